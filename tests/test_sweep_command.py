# SPDX-License-Identifier: Apache-2.0
"""`ridge sweep` as people call it: values, seeds, folds, going on where it was, what it refuses."""
import pathlib
import signal
import subprocess

from command import Case, EXAMPLES, RIDGE, SMALL, lines_of, main, ridge


class Sweeping(Case):
    MOONS = f"""\
data: {{path: {EXAMPLES / "data" / "moons.csv"}, validation: 0.2}}
network:
  - dense: {{units: 16, activation: relu, l2: 0.5}}
  - dense: {{units: 1}}
loss: binary_cross_entropy
optimizer: {{adam: {{rate: 0.01}}}}
batch: 32
epochs: 20
seed: 3
"""
    OVER = ("--over", "l2=0,0.01,10")

    def sweep(self, *arguments, text=MOONS, **options):
        self.out = self.folder / "out"
        return ridge("sweep", self.write(text), "--out", self.out, *arguments, **options)

    def runs(self):
        return lines_of((self.out / "runs.jsonl").read_text())

    def test_values_and_spread(self):
        result = self.sweep(*self.OVER, "--seeds", "2", "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        *points, final = lines_of(result.stdout)
        self.assertIn("l2 is set in dense_1\n", result.stderr)
        self.assertEqual([point["values"]["l2"] for point in points], [0, 0.01, 10])
        self.assertEqual([point["runs"] for point in points], [2, 2, 2])
        best = min(points, key=lambda point: (point["val_error"], point["val_loss"]))
        self.assertEqual([point["best"] for point in points], [point is best for point in points])
        self.assertEqual((final["best"], final["fit"]), (best["values"], best["fit"]))
        self.assertAlmostEqual(final["guess_error"], 37 / 80)
        self.assertEqual(points[2]["fit"], "underfit")
        if "picture" in final:
            self.assertEqual(pathlib.Path(final["picture"]).read_bytes()[:4], b"\x89PNG")
        self.check_runs(points[1])
        table = self.sweep(*self.OVER, "--seeds", "2")
        self.assertIn("6 of 6 runs are in", table.stderr)
        for part in ("validation error", "<- best", "diagnosis", "rule", "next", "train it"):
            self.assertIn(part, table.stdout)
        self.assertEqual(len(self.runs()), 6)

    def check_runs(self, point):
        """A run is what `ridge train` gives, losses without penalties; the point is their mean."""
        errors = []
        for seed in (3, 4):
            result = ridge("train", self.folder / "experiment.yaml", "--json", "--out", self.folder,
                           "--set", "network.0.dense.l2=0.01", "--set", f"seed={seed}",
                           "--set", "val_loss_without_penalty=true")
            final = lines_of(result.stdout)[-1]
            run, = (line["result"] for line in self.runs() if line["run"]["seed"] == seed and
                    line["run"]["experiment"]["network"][0]["dense"]["l2"] == "0.01")
            self.assertEqual(run["val_loss"], final["val_loss"])
            self.assertAlmostEqual(run["val_error"], 1 - final["val_accuracy"])
            errors.append(run["val_error"])
        self.assertAlmostEqual(point["val_error"], sum(errors) / 2)
        self.assertAlmostEqual(point["val_error_spread"], abs(errors[0] - errors[1]) / 2 ** 0.5)

    def test_folds(self):
        result = self.sweep("--over", "rate=0,0.5", "--folds", "3", "--json",
                            text=SMALL.replace("epochs: 3", "epochs: 1"))
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("1437 rows in 3 folds, each class spread evenly", result.stderr)
        *points, _ = lines_of(result.stdout)
        self.assertEqual([point["runs"] for point in points], [3, 3])
        self.assertEqual([run["run"]["fold"] for run in self.runs()], [0, 0, 1, 1, 2, 2])

    def test_textbook_lambda(self):
        """lambda/2m on 80 rows: a lambda of 160 is ridge's 1."""
        losses = []
        for value, convention in (("160", ["--convention", "lambda/2m"]), ("1", [])):
            result = self.sweep("--over", f"l2={value}", "--json", *convention)
            losses.append(lines_of(result.stdout)[0]["val_loss"])
        self.assertEqual(*losses)

    def test_goes_on_where_it_was(self):
        first = self.sweep(*self.OVER, "--json")
        path = self.out / "runs.jsonl"
        path.write_text(path.read_text()[:-20])  # as a crash may leave it
        again = self.sweep(*self.OVER, "--json")
        self.assertIn("1 line of", again.stderr)
        self.assertIn("2 of 3 runs are in", again.stderr)
        self.assertEqual(again.stdout, first.stdout)
        changed = self.sweep(*self.OVER, text=self.MOONS.replace("units: 16", "units: 17"))
        self.assertNotIn("runs are in", changed.stderr)
        fresh = self.sweep(*self.OVER, "--fresh")
        self.assertNotIn("runs are in", fresh.stderr)
        self.assertEqual(len(self.runs()), 3)

    def test_ends_and_goes_on(self):
        text = self.MOONS.replace("epochs: 20", "epochs: 1000")
        for number, status in ((signal.SIGINT, 1), (signal.SIGKILL, -9)):
            with self.subTest(number=number):
                self.out = self.folder / number.name
                command = [RIDGE, "sweep", self.write(text), "--out", self.out, *self.OVER,
                           "--seeds", "2"]
                with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE,
                                      text=True) as process:
                    while "run 1 of 6" not in process.stderr.readline():
                        pass
                    process.send_signal(number)
                    errors = process.stderr.read()
                self.assertEqual(process.returncode, status, errors)
                if number == signal.SIGINT:
                    self.assertIn("interrupted", errors)
                finished = len(self.runs())
                self.assertIn(finished, range(1, 6))
                result = ridge(*command[1:])
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertIn(f"{finished} of 6 runs are in", result.stderr)
                self.assertEqual(len(self.runs()), 6)

    def test_diverged(self):
        result = self.sweep("--over", "optimizer={sgd: {rate: 1e30}},adam", "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        wild, tame, _ = lines_of(result.stdout)
        self.assertEqual((wild["diverged"], wild["fit"], wild["val_error"]), (1, "diverged", None))
        self.assertTrue(tame["best"])

    def test_refused(self):
        for arguments, *parts in (
                (["--over", "l22=0,1"], "'l2'", "optimizer.rate"),
                (["--over", "momentum=0,1"], "'optimizer.momentum'"),
                (["--over", "l2=0,x"], "--over l2=x", "number"),
                (["--over", "l2=0,0.0"], "twice"),
                (["--over", "l2=0,1", "--over", "dense_1.l2=0,1"], "already"),
                (["--over", "seed=1,2"], "--seeds"),
                (["--over", "dense_2.units=1,2"], "units=2", "2 outputs"),
                ([*self.OVER, "--folds", "101"], "2 to 100", "101"),
                ([*self.OVER, "--folds", "1"], "2 to 100"),
                ([*self.OVER, "--target", "50"], "46.25", "50"),
                ([*self.OVER, "--set", "data.validation=0"], "--folds 5")):
            with self.subTest(arguments=arguments):
                self.expect_failure(self.sweep(*arguments), 1, *parts)
                self.assertFalse(self.out.exists() and self.runs())
        self.expect_failure(self.sweep(), 2, "--over", "--help")
        own = self.MOONS + f"validation: {{path: {EXAMPLES / 'data' / 'moons.csv'}}}\n"
        self.expect_failure(self.sweep(*self.OVER, "--folds", "5", text=own), 1, ":10:", "--folds")


if __name__ == "__main__":
    main()
