#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Puts OpenCL sources into a C file: embed.py OUTPUT.c FILE.cl...

Includes of the form #include "name" are replaced by the file, once per source, with #line
directives so that a compiler's message names the right file and line.

Every kernel becomes a function NAME_of_group, which is told its group, and on CPUs a kernel that
calls it, see FUNCTION_OF_GROUP in cl/common.h. For fused plans (lib/device/fusion.c), which put
several sources into one, the names that a source defines for itself go with it.
"""
import os
import re
import sys

INCLUDE = re.compile(r'\s*#\s*include\s+"([^"]+)"')
# A kernel's name, parameters and body, by the layout of the sources.
KERNEL = re.compile(r"^__kernel void (\w+)\((.*?)\)\n(\{\n.*?^\}\n)", re.M | re.S)
LIST = re.compile(r"^#define ([A-Z_]+)[ \t]+((?:.*\\\n)*.*)$", re.M)
TENSOR = re.compile(r"(?:IN|OUT|INOUT)\([^()]*,\s*(\w+)\)")
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
                lines.append(line)
                continue
            included = os.path.join(os.path.dirname(path), match.group(1))
            if included not in seen:
                seen.add(included)
                lines += resolve(included, seen)
            lines.append(f'#line {number + 1} "{os.path.basename(path)}"\n')
    return lines


def arguments(parameters, lists):
    """What a kernel of these parameters passes on; lists: what macros without arguments stand for."""
    names = []
    for parameter in re.split(r",(?![^()]*\))", parameters.replace("\\\n", " ")):
        parameter = parameter.strip()
        tensor = TENSOR.fullmatch(parameter)
        if tensor:
            names += [tensor.group(1), tensor.group(1) + "_offset"]
        elif parameter in lists:
            names += arguments(lists[parameter], lists)
        else:
            names.append(re.search(r"\w+$", parameter).group())
    return names


def with_functions(text, resolved):
    """The text with a function for each kernel. resolved: the same with its includes."""
    lists = dict(LIST.findall(resolved))

    def split(kernel):
        name, parameters, body = kernel.groups()
        passed = ", ".join(arguments(parameters, lists))
        joined = " ".join(parameters.split())
        return (f"FUNCTION_OF_GROUP({name})(GROUP_PARAMETERS {parameters})\n{body[:-1]} "
                f"KERNEL_OF_GROUPS({name}, ({joined}), (THIS_GROUP, {passed}))\n")

    return KERNEL.sub(split, text)


def program(path):
    """A source as it is compiled, and the names that it defines."""
    text = "".join(resolve(path, set()))
    names = {found for pattern in NAMES for found in pattern.findall(text)}
    names |= {kernel.group(1) + "_of_group" for kernel in KERNEL.finditer(text)}
    return with_functions(text, text), names


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
        text, names = program(source)
        macros = set(MACRO.findall(text))
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
