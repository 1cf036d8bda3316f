# SPDX-License-Identifier: Apache-2.0
"""Runs tests of a build folder through `meson test` and counts their cases.

usage: run_tests.py BUILD [NAME...]

Meson counts programs; a program here holds several cmocka cases, so the cases are counted from
what cmocka prints. The last line is "N passed, N failed", with ", N skipped" where some were.
"""
import json
import pathlib
import re
import subprocess
import sys

CASES = re.compile(r"\[  (PASSED|FAILED|SKIPPED) +\] (\d+) test\(s\)")


def chosen(build, names):
    """The tests whose name or suite contains one of the names."""
    listing = subprocess.run(["meson", "introspect", "--tests", build], check=True,
                             capture_output=True, text=True).stdout
    return [test["name"] for test in json.loads(listing)
            if any(name in text for name in names for text in [test["name"], *test["suite"]])]


def cases(test):
    """Passed, failed and skipped cases of one entry of Meson's log."""
    count = {"PASSED": 0, "FAILED": 0, "SKIPPED": 0}
    for what, number in CASES.findall(test.get("stdout", "") + test.get("stderr", "")):
        count[what] += int(number)
    result = {"OK": "PASSED", "EXPECTEDFAIL": "PASSED", "SKIP": "SKIPPED"}.get(test["result"],
                                                                               "FAILED")
    # a program without cmocka is one case, and so is one that died or was refused by its runner
    if not any(count.values()) or result == "FAILED":
        count[result] = max(count[result], 1)
    return count


def main(build, names):
    command = ["meson", "test", "-C", build, "--no-rebuild", "--print-errorlogs"]
    if names:
        tests = chosen(build, names)
        if not tests:
            sys.exit(f"no test has {' or '.join(names)} in its name")
        command += tests
    log = pathlib.Path(build, "meson-logs", "testlog.json")
    log.unlink(missing_ok=True)
    status = subprocess.run(command, check=False).returncode

    total = {"PASSED": 0, "FAILED": 0, "SKIPPED": 0}
    for line in log.read_text(encoding="utf-8").splitlines() if log.exists() else []:
        for what, number in cases(json.loads(line)).items():
            total[what] += number
    skipped = f", {total['SKIPPED']} skipped" if total["SKIPPED"] else ""
    print(f"{total['PASSED']} passed, {total['FAILED']} failed{skipped}")
    return 1 if status or total["FAILED"] or not total["PASSED"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
