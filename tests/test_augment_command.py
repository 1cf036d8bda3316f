# SPDX-License-Identifier: Apache-2.0
"""`augment:` in experiment files as people write it, and `ridge augment`, which draws it."""
import struct

from command import Case, SMALL, lines_of, main, ridge

AUGMENTED = """\
augment:
  - settings: {fill: edge}
  - shift: {x: 0.1, y: [-0.05, 0.1]}
  - rotation: {degrees: 15, probability: 0.5}
  - brightness: {factor: 0.3}
""" + SMALL


class Augmenting(Case):
    def draw(self, *arguments, text=AUGMENTED):
        self.out = self.folder / "grid.png"
        return ridge("augment", self.write(text), "--out", self.out, *arguments)

    def test_picture(self):
        result = self.draw("--rows", "3", "--columns", "2")
        if "without cairo" in result.stderr:
            return
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn(str(self.out), result.stdout)
        first = self.out.read_bytes()
        self.assertEqual(first[:4], b"\x89PNG")
        width, height = struct.unpack(">II", first[16:24])
        self.assertGreater(height, 3 * 96)  # digits of 8 x 8, enlarged 12 times
        self.assertGreater(width, 3 * 96)
        self.draw("--rows", "3", "--columns", "2")
        self.assertEqual(self.out.read_bytes(), first)
        self.draw("--rows", "3", "--columns", "2", "--set",
                  "augment=[mixup: {alpha: 1}, random_crop: {height: 6, width: 7}]")
        mixed = self.out.read_bytes()
        self.assertEqual(mixed[:4], b"\x89PNG")
        self.assertNotEqual(mixed, first)
        for change in (["--seed", "7"], ["--epoch", "3"], ["--set", "augment.1.shift.x=0.3"]):
            self.draw("--rows", "3", "--columns", "2", *change)
            self.assertNotEqual(self.out.read_bytes(), first)

    def test_training_sees_it(self):
        losses = []
        for change in ("seed=1", "seed=1", "augment.2.rotation.degrees=90", "augment=[]"):
            result, out = self.train("--json", "--set", change, text=AUGMENTED)
            self.assertEqual(result.returncode, 0, result.stderr)
            losses.append(lines_of(result.stdout)[-2]["loss"])
        self.assertEqual(losses[0], losses[1])
        self.assertEqual(len(set(losses)), 3)
        self.assertGreater(losses[2], losses[3])
        plain, = lines_of(ridge("evaluate", out / "model.safetensors", SMALL.split()[4].strip(","),
                                "--json").stdout)
        self.assertGreater(plain["accuracy"], 0.5)

    def test_sweep(self):
        for key in ("augment.rotation.degrees", "rotation.degrees", "degrees"):
            result = ridge("sweep", self.write(AUGMENTED), "--out", self.folder / key, "--over",
                           key + "=5,90", "--json")
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertIn("degrees is set in rotation", result.stderr)

    def test_listing(self):
        known = {(entry["kind"], entry["name"]): entry
                 for entry in lines_of(ridge("layers", "--json").stdout)}
        fields = {field["name"]: field for field in known["augmentation", "rotation"]["fields"]}
        self.assertEqual(fields["degrees"]["type"], "range")
        self.assertEqual(fields["probability"]["range"], "(0, 1]")
        self.assertIn(("section", "settings"), known)

    def test_bad_input(self):
        for section, *parts in (
                ("{rotation: 3}", "list of operations"),
                ("[5]", "unknown operation '5'", "rotation"),
                ("[turn]", "unknown operation 'turn'", "rotation"),
                ("[rotation]", "rotation: degrees: required"),
                ("[rotation: {degrees: [20, 10]}]", "rotation: degrees: expected low <= high, got [20, 10]"),
                ("[rotation: {degrees: -5}]", "rotation: degrees: expected low <= high"),
                ("[rotation: {degrees: [1, 2, 3]}]", "rotation: degrees: expected a range", "[1, 2, 3]"),
                ("[rotation: {angle: 5}]", "rotation: unknown field 'angle'", "degrees"),
                ("[horizontal_flip: {probability: 1.5}]", "horizontal_flip: probability", "(0, 1]", "1.5"),
                ("[random_crop: {height: 9}]", "random_crop", "height", "9"),
                ("[saturation: {factor: 0.5}]", "saturation", "channels"),
                ("[hue: {turns: 0.1}]", "hue", "channels"),
                ("[zoom: {factor: 2}]", "zoom: factor: expected", "(0, 1000]"),
                ("[vertical_flip, settings: {fill: edge}]", "settings", "first"),
                ("[settings: {fill: air}]", "fill", "mirror")):
            result = ridge("train", self.write(f"augment: {section}\n" + SMALL))
            with self.subTest(section):
                self.expect_failure(result, 1, "experiment.yaml:1:", *parts)

    def test_nothing_to_draw(self):
        self.expect_failure(self.draw(text=SMALL), 1, "augment")
        rows = self.write("a,b,c\n1,2,0\n3,4,1\n", "rows.csv")
        text = AUGMENTED.replace(SMALL.split("\n", maxsplit=1)[0], f"data: {{path: {rows}}}")
        self.expect_failure(self.draw(text=text), 1, "rows [2]", "images")
        self.expect_failure(self.draw("--rows", "none"), 2, "--rows")
        result = ridge("augment", self.write(AUGMENTED), "--out", self.folder / "none" / "grid.png")
        self.expect_failure(result, 1, "grid.png")


if __name__ == "__main__":
    main()
