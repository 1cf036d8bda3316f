#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Everything, tests included, is free of warnings for clang. Those come before it makes code, so it makes none here;
# subproject.sh links and runs what it makes.
set -eu
source=$1
command -v clang >/dev/null && command -v clang++ >/dev/null || exit 77
build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT
CC=clang CXX=clang++ meson setup "$build" "$source" -Dwerror=true -Dbuildtype=debug \
    -Ddefault_library=both -Dsanitized=false
ninja -C "$build" cl/kernels.c
python3 - "$build" <<'END'
import concurrent.futures, json, os, pathlib, shlex, subprocess, sys

def check(entry):
    words = shlex.split(entry["command"])
    at = words.index("-o")
    return subprocess.run(words[:at] + words[at + 2:] + ["-fsyntax-only"], cwd=entry["directory"]).returncode

with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
    entries = json.loads(pathlib.Path(sys.argv[1], "compile_commands.json").read_text())
    failed = sum(map(bool, pool.map(check, entries)))
    print(f"{len(entries)} sources, {failed} refused")
    sys.exit(failed > 0 or not entries)
END
