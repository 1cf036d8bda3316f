#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Puts OpenCL sources into a C file: embed.py OUTPUT.c FILE.cl...

Includes of the form #include "name" are replaced by the file, once per source, with #line
directives so that a compiler's message names the right file and line.
"""
import os
import re
import sys

INCLUDE = re.compile(r'\s*#\s*include\s+"([^"]+)"')


def resolve(path, seen):
    lines = [f'#line 1 "{os.path.basename(path)}"\n']
    with open(path, encoding="ascii") as source:
        for number, line in enumerate(source, 1):
            match = INCLUDE.match(line)
            if not match:
                lines.append(line)
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


def main():
    output, sources = sys.argv[1], sys.argv[2:]
    parts = ["// Made by tools/embed.py from cl/.\n#include \"device/program.h\"\n"]
    table = []
    for source in sources:
        name = os.path.splitext(os.path.basename(source))[0]
        text = "".join(resolve(source, set()))
        parts.append(f"static const unsigned char {name}_text[] = {{\n{byte_array(text)}\n    0}};\n")
        table.append(f'    {{"{name}", {name}_text, {len(text)}}},')
    parts.append("const struct ridge_kernel_source ridge_kernel_sources[] = {\n" + "\n".join(table) +
                 "\n    {NULL, NULL, 0},\n};\n")
    with open(output, "w", encoding="ascii") as result:
        result.write("\n".join(parts))


if __name__ == "__main__":
    main()
