#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Puts OpenCL sources into a C file: embed.py OUTPUT.c FILE.cl...

Includes of the form #include "name" are replaced by the file, once per source, with #line
directives so that a compiler's message names the right file and line.

Every kernel becomes a function NAME_of_group, which is told its group, and on CPUs a kernel that
calls it, see FUNCTION_OF_GROUP in cl/common.h. That kernel takes its buffers first, in order, and
then its numbers, two at a time. Of a text with RIDGE_BUNDLED, which is part of the bundle
(lib/device/bundle.c), only those become kernels that have a RIDGE_BUNDLED_NAME. For fused plans
(lib/device/fusion.c), which put several sources into one, the names that a source defines for
itself go with it.
"""
import os
import re
import sys

INCLUDE = re.compile(r'\s*#\s*include\s+"([^"]+)"')
# A kernel's name, parameters and body, by the layout of the sources.
KERNEL = re.compile(r"^__kernel void (\w+)\((.*?)\)\n(\{\n.*?^\}\n)", re.M | re.S)
LIST = re.compile(r"^#define ([A-Z_]+)[ \t]+((?:.*\\\n)*.*)$", re.M)
TENSOR = re.compile(r"(IN|OUT|INOUT)(\([^()]*,\s*(\w+)\))")
NUMBER = re.compile(r"(uint|int|ulong|float)\s+(\w+)")
POINTER = re.compile(r"__(?:global|local)\b.*\*\s*(?:restrict\s+)?(\w+)")
# How a number is got back from a word of 64 bits.
FROM_WORD = {"ulong": "{}", "uint": "(uint){}", "int": "(int){}", "float": "as_float((uint){})"}
LINE = re.compile(r'^#line (\d+) ("[^"]*")\n', re.M)
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


def flat(parameters, lists):
    """The parameters one by one; lists: what macros without arguments stand for."""
    for parameter in re.split(r",(?![^()]*\))", parameters.replace("\\\n", " ")):
        parameter = parameter.strip()
        if parameter in lists:
            yield from flat(lists[parameter], lists)
        else:
            yield parameter


def kernel_of_groups(name, parameters):
    """The kernel that takes these parameters, numbers in pairs, and passes them on one by one."""
    buffers, passed, numbers = [], [], 0

    def next_number(kind):
        nonlocal numbers
        word = f"numbers_{numbers // 2}.{'xy'[numbers % 2]}"
        numbers += 1
        return FROM_WORD[kind].format(word)

    for parameter in parameters:
        if match := TENSOR.fullmatch(parameter):
            buffers.append(f"{match[1]}_BUFFER{match[2]}")
            passed += [match[3], next_number("ulong")]
        elif match := NUMBER.fullmatch(parameter):
            passed.append(next_number(match[1]))
        elif match := POINTER.fullmatch(parameter):
            buffers.append(parameter)
            passed.append(match[1])
        else:
            sys.exit(f"kernel {name}: a parameter of no known kind: {parameter}")
    pairs = [f"ulong2 numbers_{i}" for i in range((numbers + 1) // 2)]
    return (f"KERNEL_OF_GROUPS({name}, ({', '.join(buffers + pairs)}), "
            f"(THIS_GROUP, {', '.join(passed)}))")


def line_at(text, position):
    """The directive that says which line of which file stands at the position of the text."""
    start, number, name = 0, 1, ""
    for directive in LINE.finditer(text, 0, position):
        start, number, name = directive.end(), int(directive[1]), directive[2]
    return f"#line {number + text.count(chr(10), start, position)} {name}".rstrip()


def with_functions(text, resolved):
    """The text with a function for each kernel. resolved: the same with its includes."""
    lists = dict(LIST.findall(resolved))

    def split(kernel):
        name, parameters, body = kernel.groups()
        entry = kernel_of_groups(name, flat(parameters, lists))
        return (f"FUNCTION_OF_GROUP({name})(GROUP_PARAMETERS {parameters})\n{body}"
                f"#if !defined(RIDGE_BUNDLED) || defined(RIDGE_BUNDLED_{name})\n{entry}\n#endif\n"
                f"{line_at(text, kernel.end())}\n")

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
