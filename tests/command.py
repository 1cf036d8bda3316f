# SPDX-License-Identifier: Apache-2.0
"""What the tests of the ridge command share: running it, a small experiment, expecting failures.

usage: test_NAME.py RIDGE EXAMPLES WRONG_KERNEL

Runs on the device of $RIDGE_DEVICE. Ends with the summary that cmocka prints, so that the cases are
counted with those of the other tests.
"""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

RIDGE, EXAMPLES, WRONG_KERNEL = sys.argv[1], pathlib.Path(sys.argv[2]).resolve(), sys.argv[3]
DIGITS = EXAMPLES / "data" / "digits"
SMALL = f"""\
data: {{format: idx, path: {DIGITS}, validation: 200}}
network:
  - dropout: {{rate: 0.2}}
  - dense: {{units: 32, activation: relu}}
  - dense: {{units: 10}}
optimizer: {{adam: {{rate: 0.003}}}}
batch: 64
epochs: 3
seed: 1
"""


def ridge(*arguments, **options):
    options.setdefault("stdout", subprocess.PIPE)
    return subprocess.run([RIDGE, *map(str, arguments)], stderr=subprocess.PIPE, text=True,
                          timeout=120, check=False, **options)


def lines_of(text):
    return [json.loads(line) for line in text.splitlines()]


class Case(unittest.TestCase):
    """A temporary folder, and what is expected of every failure: a status and one message."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def write(self, text, name="experiment.yaml"):
        path = self.folder / name
        path.write_text(text)
        return path

    def expect_failure(self, result, status, *parts):
        errors = [line for line in result.stderr.splitlines() if line.startswith("ridge: ")]
        self.assertEqual(result.returncode, status, result.stderr)
        self.assertEqual(len(errors), 1, result.stderr)
        for part in parts:
            self.assertIn(part, errors[0])

    def train(self, *arguments, text=SMALL):
        out = self.folder / "out"
        return ridge("train", self.write(text), "--out", out, *arguments), out


def main():
    """Runs the cases of the file that was started."""
    outcome = unittest.main(argv=sys.argv[:1], exit=False, verbosity=2).result
    failed = len(outcome.failures) + len(outcome.errors)
    print(f"[  PASSED  ] {outcome.testsRun - failed} test(s).")
    if failed:
        print(f"[  FAILED  ] {failed} test(s)")
        sys.exit(1)
