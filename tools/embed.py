#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Puts OpenCL sources into a C file: embed.py OUTPUT.c FILE.cl...

Includes of the form #include "name" are replaced by the file, once per source, with #line
directives so that a compiler's message names the right file and line.

For fused plans (lib/device/fusion.c), which put several sources into one, every kernel is given
GROUP_PARAMETERS, and with each source go the names that it defines for itself.
"""
import os
import re
import sys

INCLUDE = re.compile(r'\s*#\s*include\s+"([^"]+)"')
KERNEL = re.compile(r"^__kernel void (\w+)\(")
MACRO = re.compile(r"^\s*#\s*define\s+(\w+)", re.M)
# What stands at file scope, by the layout of the sources: functions, structs, types.
NAMES = [re.compile(pattern, re.M) for pattern in (
    r"^(?:static|GROUP_FUNCTION|APART|__kernel)\b[^;={}(]*\b(\w+)\(",
    r"^DEFINE_GROUP_REDUCTION\(\w+, (\w+),",
    r"^struct (\w+) {",
    r"^} (\w+);",
)]


def resolve(path, seen):
    lines = [f'#line 1 "{os.path.basename(path)}"\n']
    with open(path, encoding="ascii") as source:
        for number, line in enumerate(source, 1):
            match = INCLUDE.match(line)
            if not match:
                lines.append(KERNEL.sub(r"__kernel void \1(GROUP_PARAMETERS ", line))
                continue
            included = os.path.join(os.path.dirname(path), match.group(1))
            if included not in seen:
                seen.add(included)
                lines += resolve(included, seen)
            lines.append(f'#line {number + 1} "{os.path.basename(path)}"\n')
    return lines


def byte_array(text):
    data = text.encode("ascii")
    rows = (data[i:i + 24] for i in range(0, len(data), 24))
    return "\n".join("    " + ",".join(map(str, row)) + "," for row in rows)


def name_array(what, source, names):
    words = "".join(f'    "{name}",\n' for name in sorted(names))
    return f"static const char *const {source}_{what}[] = {{\n{words}    NULL}};\n"


def main():
    output, sources = sys.argv[1], sys.argv[2:]
    parts = ["// Made by tools/embed.py from cl/.\n#include \"device/program.h\"\n"]
    table = []
    for source in sources:
        name = os.path.splitext(os.path.basename(source))[0]
        text = "".join(resolve(source, set()))
        macros = set(MACRO.findall(text))
        names = {found for pattern in NAMES for found in pattern.findall(text)}
        if names & macros:
            sys.exit(f"{source}: both a macro and something else: {', '.join(names & macros)}")
        parts.append(f"static const unsigned char {name}_text[] = {{\n{byte_array(text)}\n    0}};\n")
        parts += [name_array("names", name, names), name_array("macros", name, macros)]
        table.append(f'    {{"{name}", {name}_text, {len(text)}, {name}_names, {name}_macros}},')
    parts.append("const struct ridge_kernel_source ridge_kernel_sources[] = {\n" + "\n".join(table) +
                 "\n    {NULL, NULL, 0, NULL, NULL},\n};\n")
    with open(output, "w", encoding="ascii") as result:
        result.write("\n".join(parts))


if __name__ == "__main__":
    main()
