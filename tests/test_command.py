# SPDX-License-Identifier: Apache-2.0
"""The ridge command as people call it: what it prints, writes and returns, also when things fail."""
import csv
import gzip
import json
import os
import resource
import signal
import subprocess

from command import Case, DIGITS, EXAMPLES, RIDGE, SMALL, WRONG_KERNEL, lines_of, main, ridge


class Usage(Case):
    def test_help_and_version(self):
        for arguments in (["--help"], ["train", "--help"], ["--version"]):
            result = ridge(*arguments)
            self.assertEqual(result.returncode, 0)
            self.assertIn("ridge", result.stdout)

    def test_wrong_usage(self):
        for arguments in (["nonsense"], ["train"], ["train", "a", "b"], ["train", "--nonsense", "a"],
                          ["train", "a", "--epochs", "0"], ["train", "a", "--epochs"],
                          ["bench", "nonsense"], ["evaluate", "a"]):
            self.expect_failure(ridge(*arguments), 2, "--help")
        self.assertEqual(ridge().returncode, 2)


class Listing(Case):
    def test_devices(self):
        self.assertIn("ridge takes", ridge("devices").stdout)
        devices = lines_of(ridge("devices", "--json").stdout)
        self.assertEqual(sum(device["chosen"] for device in devices), 1)
        self.expect_failure(ridge("devices", "--device", "no such thing"), 1, "no such thing")

    def test_layers(self):
        known = {(entry["kind"], entry["name"]): entry
                 for entry in lines_of(ridge("layers", "--json").stdout)}
        for entry in (("layer", "dense"), ("layer", "dropout"), ("optimizer", "adam"),
                      ("format", "csv"), ("section", "early_stopping"),
                      ("schedule", "one_cycle")):
            self.assertIn(entry, known)
        rate, = (field for field in known["layer", "dropout"]["fields"] if field["name"] == "rate")
        self.assertEqual(rate["range"], "[0, 1)")
        self.assertIn("max_norm", ridge("layers").stdout)


class Training(Case):
    """One trained model, then everything that can be asked of it."""

    def test_train_evaluate_predict(self):
        result, out = self.train("--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        *epochs, final = lines_of(result.stdout)
        self.assertEqual([epoch["epoch"] for epoch in epochs], [1, 2, 3])
        self.assertLess(epochs[2]["loss"], epochs[0]["loss"])
        self.assertGreater(final["test_accuracy"], 0.7)
        model = out / "model.safetensors"
        self.assertEqual(final["model"], str(model))
        self.check_history(out / "history.csv", epochs)
        evaluated, = lines_of(ridge("evaluate", model, DIGITS, "--json").stdout)
        self.assertEqual(evaluated["accuracy"], final["test_accuracy"])
        self.assertEqual(evaluated["loss"], final["test_loss"])
        self.check_predictions(model, final["test_accuracy"])
        self.check_samples(model)
        self.check_safetensors(model)

    def check_history(self, path, epochs):
        with open(path, newline="", encoding="ascii") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual(len(rows), len(epochs))
        for row, epoch in zip(rows, epochs):
            for key in ("loss", "accuracy", "val_loss", "val_accuracy"):
                self.assertAlmostEqual(float(row[key]), epoch[key], delta=1e-6)

    def check_predictions(self, model, accuracy):
        out = self.folder / "predictions.csv"
        self.assertEqual(ridge("predict", model, DIGITS, "--out", out).returncode, 0)
        self.assertEqual(ridge("predict", model, DIGITS).stdout, out.read_text())
        labels = gzip.open(DIGITS / "test-labels-idx1-ubyte.gz").read()[8:]
        with open(out, newline="", encoding="ascii") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual(len(rows), len(labels))
        right = 0
        for row, label in zip(rows, labels):
            shares = [float(row[f"p{i}"]) for i in range(10)]
            self.assertAlmostEqual(sum(shares), 1, delta=1e-5)
            self.assertEqual(int(row["class"]), shares.index(max(shares)))
            right += int(row["class"]) == label
        self.assertAlmostEqual(right / len(labels), accuracy)

    def check_samples(self, model):
        sampled = ridge("predict", model, DIGITS, "--samples", "5")
        self.assertEqual(sampled.returncode, 0, sampled.stderr)
        self.assertEqual(ridge("predict", model, DIGITS, "--samples", "5").stdout, sampled.stdout)
        rows = list(csv.DictReader(sampled.stdout.splitlines()))
        for row in rows:
            shares = [float(row[f"p{i}"]) for i in range(10)]
            self.assertAlmostEqual(sum(shares), 1, delta=1e-5)
            self.assertEqual(int(row["class"]), shares.index(max(shares)))
        spread = [float(row[f"p{i}_deviation"]) for row in rows for i in range(10)]
        self.assertGreaterEqual(min(spread), 0)
        self.assertGreater(max(spread), 0.01)
        single = ridge("predict", model, DIGITS, "--samples", "1")
        self.assertNotEqual(single.returncode, 0)
        self.assertIn("samples: expected 2 or more for a deviation, got 1", single.stderr)

    def check_safetensors(self, model):
        try:
            from safetensors import safe_open
        except ImportError:
            return
        with safe_open(model, framework="np") as file:
            self.assertEqual(len(list(file.keys())), 4)

    def test_same_seed_same_bits(self):
        models = []
        for name in ("first", "second"):
            out = self.folder / name
            self.assertEqual(ridge("train", self.write(SMALL), "--out", out).returncode, 0)
            models.append((out / "model.safetensors").read_bytes())
        self.assertEqual(*models)

    def test_plain_lines(self):
        result, out = self.train()
        self.assertIn("epoch 3/3", result.stderr)
        self.assertNotIn("\r", result.stderr)
        self.assertIn("device memory at most", result.stderr)
        self.assertIn(str(out / "model.safetensors"), result.stdout)

    def test_set_and_epochs(self):
        result, _ = self.train("--json", "--epochs", "2", "--set", "network.0.rate=0",
                               "--set", "network.1.units=16", "--set", "optimizer.adam.rate=0.01")
        *epochs, final = lines_of(result.stdout)
        self.assertEqual(final["epochs"], 2)
        self.assertAlmostEqual(epochs[0]["rate"], 0.01, delta=1e-8)
        self.assertIn(" 1040\n", result.stderr)  # 64 x 16 weights and 16 biases

    def test_schedule(self):
        rates = {"{cosine: {warmup: 1, by_epoch: true}}": [None, 0.003, 0.0015],
                 "{step: {every: 2, factor: 0.5}}": [0.003, 0.003, 0.0015]}
        for schedule, wanted in rates.items():
            result, out = self.train("--json", "--set", "schedule=" + schedule)
            self.assertEqual(result.returncode, 0, result.stderr)
            *epochs, _ = lines_of(result.stdout)
            for epoch, rate in zip(epochs, wanted):
                if rate:
                    self.assertAlmostEqual(epoch["rate"], rate, delta=1e-8)
            self.check_history(out / "history.csv", epochs)

    def test_reduce_on_plateau(self):
        plateau = "reduce_on_plateau={patience: 1, factor: 0.5, min_delta: 100}"
        result, out = self.train("--json", "--set", plateau)
        *epochs, _ = lines_of(result.stdout)
        self.assertEqual([epoch["reduced"] for epoch in epochs], [False, True, True])
        self.assertAlmostEqual(epochs[2]["rate"], 0.0015, delta=1e-8)
        with open(out / "history.csv", newline="", encoding="ascii") as file:
            self.assertEqual([row["reduced"] for row in csv.DictReader(file)], ["0", "1", "1"])
        result, _ = self.train("--set", plateau)
        self.assertIn("after epoch 2 the rate of 0.003 is reduced", result.stderr)
        self.assertIn("rate 0.0015", result.stderr)
        result, _ = self.train("--set", plateau, "--set", "early_stopping={patience: 1}")
        self.assertIn("before reduce_on_plateau would lower the rate", result.stderr)

    def test_branches_and_bare_names(self):
        text = SMALL.replace("  - dense: {units: 10}\n", """\
  - dense: {units: 32, name: side, from: input}
  - dense: {units: 32, name: main}
  - add: {from: [main, side]}
  - add: {from: [add_1, side]}
  - flatten
  - dense: {units: 10}
""")
        result, _ = self.train("--epochs", "1", text=text)
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_lambdas(self):
        """1237 rows to train on: lambda/2m of 2474 is ridge's l2 of 1, however it is written."""
        wanted, _ = self.train("--epochs", "1", "--json", "--set", "network.1.l2=1")
        wanted = lines_of(wanted.stdout)[0]["penalty"]
        self.assertGreater(wanted, 0)
        for changes in (["network.1.l2={lambda: 2474, convention: lambda/2m}"],
                        ["network.1.l2={lambda: 1237, convention: lambda/m}"],
                        ["network.1.l2=2474", "penalty_convention=lambda/2m"],
                        ["network.1.l2={lambda: 2, convention: lambda/2}",
                         "penalty_convention=lambda/m"]):
            arguments = [part for change in changes for part in ("--set", change)]
            result, _ = self.train("--epochs", "1", "--json", *arguments)
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertEqual(lines_of(result.stdout)[0]["penalty"], wanted)

    def test_penalties_by_layer(self):
        changes = ("network.1.l1=1e-4", "network.1.orthogonal=0.1", "network.1.activity_l2=0.01",
                   "network.2.bias_l2=0.5")
        arguments = [part for change in changes for part in ("--set", change)]
        losses = {}
        for without in ("false", "true"):
            result, out = self.train("--json", "--epochs", "2", *arguments, "--set",
                                     f"val_loss_without_penalty={without}")
            self.assertEqual(result.returncode, 0, result.stderr)
            *epochs, final = lines_of(result.stdout)
            self.assertEqual(final["val_loss_includes_penalty"], without == "false")
            self.assertAlmostEqual(final["val_loss"], epochs[-1]["val_loss"], delta=1e-6)
            losses[without] = final["val_loss"]
            parts = {part["name"]: part for part in final["penalties"]}
            self.assertEqual(list(parts), ["dense_1.weight", "dense_1.bias", "dense_2.weight",
                                           "dense_2.bias", "dense_1"])
        self.assertTrue(parts["dense_1"]["of_output"])
        for name, kind in (("dense_1.weight", "l1"), ("dense_1.weight", "orthogonal"),
                           ("dense_2.bias", "l2"), ("dense_1", "l2")):
            self.assertGreater(parts[name][kind], 0)
        self.assertEqual(parts["dense_2.weight"]["zeros"], 0)
        evaluated, = lines_of(ridge("evaluate", out / "model.safetensors", DIGITS, "--json").stdout)
        self.assertFalse(evaluated["loss_includes_penalty"])
        of_weights = sum(part[kind] for part in parts.values() if not part["of_output"]
                         for kind in ("l1", "l2", "orthogonal"))
        self.assertGreater(evaluated["penalty"], of_weights)
        self.assertGreater(losses["false"] - losses["true"], of_weights)
        plain, _ = self.train("--epochs", "1", *arguments)
        self.assertRegex(plain.stdout, r"validation  loss [0-9.]+ \(with the penalty of")
        self.assertRegex(plain.stdout, r"test        loss [0-9.]+ \(without the penalty of")
        self.assertRegex(plain.stdout, r"dense_1\.weight .* 0\.00 %")

    def test_check(self):
        result = ridge("check", self.write(SMALL), "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(len(lines_of(result.stdout)), 4)

    def test_bench(self):
        launches = lines_of(ridge("bench", "launch", "--json").stdout)
        self.assertTrue(launches)
        for launch in launches:
            quartiles = [launch["us_lower_quartile"], launch["us"], launch["us_upper_quartile"]]
            self.assertTrue(0 < quartiles[0] and quartiles == sorted(quartiles))

    def test_check_finds_a_wrong_gradient(self):
        """The derivative of relu is 3 % too large, by a library that changes the kernels' text."""
        environment = dict(os.environ, LD_PRELOAD=WRONG_KERNEL, RIDGE_CACHE="off",
                           RIDGE_TEST_FROM="(type)(1.0f) : (type)(0.0f)",
                           RIDGE_TEST_TO="(type)(1.03f) : (type)(0.0f)")
        result = ridge("check", self.write(SMALL), env=environment)
        self.expect_failure(result, 1, "gradients")
        worst = {line.split()[0]: float(line.split()[1]) for line in result.stdout.splitlines()[1:]}
        for name, error in worst.items():
            self.assertEqual(error > 1e-2, name.startswith("dense_1"), result.stdout)

    def test_tune(self):
        """tests/test_tune.c has the search."""
        result = ridge("tune", self.write(SMALL), "--seconds", "1", "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        *products, total = lines_of(result.stdout)
        self.assertEqual(len(products), 5)  # nobody wants the gradient of the input
        self.assertTrue(all(product["seconds_after"] > 0 for product in products))
        self.assertEqual(total["wrong"], 0)
        self.expect_failure(ridge("tune", "--seconds", "soon"), 2, "--seconds")
        environment = dict(os.environ, RIDGE_GEMM="plain")
        result = ridge("tune", self.write(SMALL), env=environment)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("nothing to tune", result.stderr)
        self.expect_failure(ridge("tune", "missing.yaml", env=environment), 1, "missing.yaml")

    def test_profile(self):
        result = ridge("profile", self.write(SMALL), "--batch", "32", "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        *launches, total = lines_of(result.stdout)
        self.assertEqual(len(launches), total["launches"])
        self.assertEqual(total["batch"], 32)
        self.assertGreater(total["seconds_undivided"], 0)
        for key in ("seconds", "bytes", "operations"):
            self.assertAlmostEqual(sum(launch[key] for launch in launches) / total[key], 1)
        self.assertTrue(all(launch["bytes"] > 0 for launch in launches))
        phases = [launch["phase"] for launch in launches]
        self.assertEqual((phases[0], phases[-1]), ("gather", "advance"))
        self.assertIn(("dense_1", "forward", "gemm_panel"),
                      [(launch["layer"], launch["phase"], launch["kernel"]) for launch in launches])
        product = sum(launch["operations"] for launch in launches
                      if (launch["layer"], launch["phase"]) == ("dense_2", "forward"))
        self.assertEqual(product, 32 * 10 * (2 * 32 + 1))  # with the bias
        self.assertIn("undivided", ridge("profile", self.folder / "experiment.yaml").stdout)

    def test_data_folder(self):
        text = SMALL.replace(str(DIGITS), "digits")
        self.expect_failure(self.train(text=text)[0], 1, "experiment.yaml:1:", "digits")
        environment = dict(os.environ, RIDGE_DATA=str(EXAMPLES / "data"))
        result = ridge("train", self.write(text), "--out", self.folder, "--epochs", "1",
                       env=environment)
        self.assertEqual(result.returncode, 0, result.stderr)


# What replaces what in SMALL, and what the message must say.
BAD_EXPERIMENTS = (
    ("  - dense: {units: 10}", "  - dence: {units: 10}", ":5:", "dence", "dropout"),
    ("units: 32", "unit: 32", ":4:", "unit", "activation"),
    ("{units: 32, activation: relu}", "{}", ":4:", "units", "required"),
    ("units: 32", "units: many", ":4:", "units", "many"),
    ("units: 32", "units: [3, 2]", ":4:", "units"),
    ("activation: relu", "activation: rulu", ":4:", "rulu", "softplus"),
    ("rate: 0.2", "rate: 1", ":3:", "rate", "[0, 1)"),
    ("activation: relu", "l2: -1", ":4:", "l2", "-1"),
    ("activation: relu", "max_norm: 0", ":4:", "max_norm", "above 0"),
    ("activation: relu", "max_norm: -2", ":4:", "max_norm", "above 0", "-2"),
    ("activation: relu", "unit_norm: true, max_norm: 2", ":4:", "unit_norm", "max_norm"),
    ("activation: relu", "min_norm: 3, max_norm: 2", ":4:", "min_norm", "at most max_norm, 2"),
    ("activation: relu", "proximal: true", ":4:", "proximal", "l1"),
    ("rate: 0.003", "clip_norm: 1, clip_value: 2", ":6:", "clip_norm", "at most one"),
    ("rate: 0.003", "momentum: 0.9", ":6:", "momentum", "adam does not take it"),
    ("seed: 1", "delta: 2", "delta", "softmax_cross_entropy does not take it"),
    ("activation: relu", "l2: {lambda: 0, convention: lambda/2m}", ":4:", "'l2: 0'"),
    ("activation: relu", "l2: {lambda: 0.7}", ":4:", "l2", "lambda/2m"),
    ("activation: relu", "l2: {lamda: 0.7, convention: lambda}", ":4:", "lamda"),
    ("activation: relu", "l2: {lambda: 0.7, convention: lambda/n}", ":4:", "lambda/n", "lambda/m"),
    ("activation: relu", "units2: {lambda: 1}", ":4:", "units2"),
    ("rate: 0.2", "l2: 1", ":3:", "l2", "unknown"),
    ("  - dense: {units: 10}", "  - activity_penalty\n  - dense: {units: 10}", ":5:", "above 0",
     "leave the layer out"),
    ("units: 10", "units: 1, orthogonal: 0.1", ":5:", "at least 2 rows", "32 columns"),
    ("units: 10", "units: 10, bias_orthogonal: 0.1", ":5:", "bias_orthogonal"),
    ("rate: 0.2", "l2: {lambda: 1, convention: lambda}", ":3:", "l2", "unknown"),
    ("seed: 1", "penalty_convention: lambda/3", ":9:", "lambda/3", "lambda/2m"),
    ("{adam: {rate: 0.003}}", "{adem: {rate: 0.003}}", ":6:", "adem", "rmsprop"),
    ("rate: 0.003", "rate: -0.003", ":6:", "rate"),
    ("rate: 0.003", "rate: nan", ":6:", "rate"),
    ("rate: 0.003", "rate: 0", ":6:", "rate", "above 0"),
    ("batch: 64", "bach: 64", ":7:", "bach", "early_stopping"),
    ("batch: 64", "batch: 0.5", ":7:", "batch"),
    ("seed: 1", "epochs: 2", ":9:", "epochs", "twice"),
    ("seed: 1", "loss: softmax", ":9:", "softmax_cross_entropy"),
    ("seed: 1", "seed: 1: 2", ":9:"),
    ("seed: 1", "early_stopping: {monitor: loss, patience: -1}", ":9:", "patience"),
    ("seed: 1", "early_stopping: {patience: 2, start_from_epoch: 3}", ":9:", "3 epochs"),
    ("validation: 200}", "validation: 0}\nearly_stopping: {monitor: val_loss}", ":2:", "monitor"),
    ("seed: 1", "reduce_on_plateau: {factor: 0.5}", ":9:", "patience"),
    ("seed: 1", "reduce_on_plateau: {patience: 1, factor: 1}", ":9:", "(0, 1)"),
    ("seed: 1", "reduce_on_plateau: {patience: 1, factor: 0}", ":9:", "(0, 1)"),
    ("seed: 1", "schedule: {step: {every: 0}}", ":9:", "every", "above 0"),
    ("seed: 1", "schedule: cosy", ":9:", "cosy", "cosine"),
    ("seed: 1", "schedule: {cosine: {every: 2}}", ":9:", "every", "over"),
    ("seed: 1", "schedule: {step: {every: 0.5}}", ":9:", "every"),
    ("seed: 1", "schedule: {linear: {warmup: 3}}", ":9:", "warmup", "3 epochs"),
    ("seed: 1", "schedule: {cosine: {kind: step}}", ":9:", "kind"),
    ("validation: 200", "validation: 1437", ":1:", "validation"),
    ("format: idx", "format: idy", ":1:", "idy", "npy"),
    ("digits,", "digits/none,", ":1:", "none"),
    ("network:\n", "network: {}\nnotwork:\n", ":3:", "notwork"),
    ("  - dense: {units: 10}", "  - add", ":5:", "add", "2 inputs"),
    ("  - dense: {units: 10}", "  - dense: {units: 10, from: nobody}", ":5:", "nobody"),
    ("  - dense: {units: 10}", "  - dense: {units: 9}", ":2:", "10 classes"),
)


class BadInput(Case):
    def test_experiments(self):
        for old, new, *parts in BAD_EXPERIMENTS:
            with self.subTest(new=new):
                self.assertIn(old, SMALL)
                result, out = self.train(text=SMALL.replace(old, new))
                self.expect_failure(result, 1, *parts)
                self.assertFalse((out / "model.safetensors").exists())

    def test_not_an_experiment(self):
        self.expect_failure(ridge("train", self.folder / "none.yaml"), 1, "none.yaml")
        for text in ("", "just text", "[1, 2]", "a: &a [*a]", "a: {b: [}", "\x00\x01"):
            with self.subTest(text=text):
                self.expect_failure(ridge("train", self.write(text)), 1, "experiment.yaml")

    def test_set(self):
        for change in ("network.9.rate=1", "network.0.rate=1", "nothing", "batch.x=1", "=1"):
            with self.subTest(change=change):
                result, _ = self.train("--set", change)
                self.expect_failure(result, 1, "--set " + change)

    def test_labels(self):
        data = self.write("a,b,label\n1,2,0\n2,3,1\n3,1,2\n", "rows.csv")
        text = SMALL[SMALL.index("network"):].replace("units: 10", "units: 2")
        result, _ = self.train(text=f"data: {{path: {data}}}\n{text}")
        self.expect_failure(result, 1, "experiment.yaml:2:", "3 classes")
        self.write("a,b,label\n1,2,0\n2,nan,1\n3,1,2\n", "rows.csv")
        result, _ = self.train(text=f"data: {{path: {data}}}\n{text}")
        self.expect_failure(result, 1, "experiment.yaml:1:", "rows.csv")

    def test_broken_model(self):
        self.expect_failure(ridge("evaluate", self.folder / "none", DIGITS), 1, "none")
        self.expect_failure(ridge("evaluate", self.write("broken", "model"), DIGITS), 1, "model")

    def test_not_finite(self):
        result, out = self.train("--set", "optimizer={sgd: {rate: 1e30}}")
        self.assertEqual(result.returncode, 1)
        self.assertIn("NaN or infinite", result.stderr)
        self.assertTrue((out / "history.csv").exists())


class Saving(Case):
    def test_folder_that_cannot_be_written(self):
        self.write("a file", "taken")
        for out in (self.folder / "taken", self.folder / "taken" / "out", "/proc/ridge"):
            with self.subTest(out=out):
                result = ridge("train", self.write(SMALL), "--out", out)
                self.expect_failure(result, 1, str(out))

    def test_full_disk(self):
        """A limit on the size of files stands for it; the earlier model stays as it was."""
        large = SMALL.replace("units: 32", "units: 16000")  # 4.8 MB, more than any kernel
        result, out = self.train("--epochs", "1", text=large)
        self.assertEqual(result.returncode, 0, result.stderr)
        model = out / "model.safetensors"
        before = model.read_bytes()

        def limit():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (4 << 20, 4 << 20))

        result = ridge("train", self.folder / "experiment.yaml", "--out", out, "--epochs", "1",
                       preexec_fn=limit)
        self.expect_failure(result, 1, "model.safetensors")
        self.assertEqual(model.read_bytes(), before)
        self.assertEqual(sorted(path.name for path in out.iterdir()),
                         ["history.csv", "model.safetensors"])

    def test_full_output(self):
        with open("/dev/full", "w", encoding="ascii") as full:
            self.expect_failure(ridge("layers", stdout=full), 1, "standard output")

    def test_interrupt(self):
        out = self.folder / "out"
        command = [RIDGE, "train", self.write(SMALL), "--out", out, "--json",
                   "--epochs", "1000000", "--set", "optimizer.adam.rate=0.01"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True) as process:
            epochs = [json.loads(process.stdout.readline())]
            while epochs[-1]["improved"]:  # until the best weights are not the latest
                epochs.append(json.loads(process.stdout.readline()))
            process.send_signal(signal.SIGINT)
            # not communicate(), which loses what readline() has read ahead
            rest, errors = process.stdout.read(), process.stderr.read()
        self.assertEqual(process.returncode, 0, errors)
        *more, final = lines_of(rest)
        best = min(epochs + more, key=lambda epoch: epoch["val_loss"])
        self.assertEqual(final["ended"], "interrupted")
        self.assertTrue(final["restored"])
        self.assertEqual(final["best_epoch"], best["epoch"])
        self.assertAlmostEqual(final["val_loss"], best["val_loss"], delta=1e-6)
        self.assertEqual(ridge("evaluate", final["model"], DIGITS).returncode, 0)


if __name__ == "__main__":
    main()
