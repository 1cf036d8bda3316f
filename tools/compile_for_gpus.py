#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compiles the kernels of the GPU walk with the code generators of GPU vendors, without a GPU.

    tools/compile_for_gpus.py [PROGRAM]...

Prints what each kernel takes of a work-item's or a group's resources. A part is left out where its
tools are missing; they are found in PATH, or where the environment names them:

    clang                    $CLANG           clang-15 or newer knows the newest devices
    NVIDIA  libclc           $LIBCLC          nvptx64--nvidiacl.bc, Debian: libclc-15
            ptxas            $PTXAS           PyPI: nvidia-cuda-nvcc-cu12
    AMD     device libraries $AMD_LIBRARIES   folder of ockl.bc, Debian: rocm-device-libs
    Intel   ocloc            $OCLOC           Debian: intel-opencl-icd
"""
import collections
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

import embed

KERNELS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cl")
OPTIONS = ["-cl-std=CL1.2", "-DRIDGE_WALK_CPU=0"]

# What networks build, with the heaviest of each kind; a program that is not here has no defines.
GELU = "-DACTIVATION=6"
VARIANTS = {
    "activation": ["-DACTIVATION=1", GELU],
    "augment": ["-DSOURCE=1 -DCHANNELS=3 -DCHANNELS_LAST=0 -DTAPS=2 -DUSED=32"],
    "augment_draw": ["-DHAVE_INDEX=1 -DHAVE_POSITION=1 -DSTAGED=0"],
    "augment_targets": ["-DTARGET=2"],
    "batch_norm": ["-DACTIVATION=1 -DFLAT=1", GELU + " -DFLAT=0"],
    "bias": ["-DACTIVATION=1"],
    "conv_depthwise": ["-DACTIVATION=1 -DSPREAD=0 -DKERNEL_Y=3u -DKERNEL_X=3u -DSTRIDE_Y=1u "
                       "-DSTRIDE_X=1u", "-DACTIVATION=1 -DSPREAD=1"],
    "conv_im2col": ["-DACTIVATION=1"],
    "conv_plain": ["-DACTIVATION=1"],
    "conv_tiled": ["-DACTIVATION=1 -DROWS=8 -DTILE_COLUMNS=64",
                   "-DACTIVATION=1 -DROWS=2 -DTILE_COLUMNS=32"],
    "conv_tiled_weights": ["-DROWS=8 -DTILE_COLUMNS=64"],
    "cross_entropy": ["", "-DSHARES=1"],
    "gather": ["-DSOURCE=0", "-DSOURCE=1"],
    "gemm_clblast": ["-DACTIVATION=1"],
    "gemm_panel": ["-DACTIVATION=1", GELU],
    "gemm_plain": ["-DACTIVATION=1"],
    "group_norm": ["-DACTIVATION=1 -DFLAT=1"],
    "layer_norm": ["-DACTIVATION=1"],
    "loss": ["-DLOSS=1 -DLABELS=1", "-DLOSS=2"],
    "pooling": ["", "-DWINDOW_HEIGHT=2u -DWINDOW_WIDTH=2u -DSTRIDE_HEIGHT=2u -DSTRIDE_WIDTH=2u"],
    "reduce": ["-DREDUCTION=0", "-DREDUCTION=1"],
    "spectrogram_mask": ["-DMEAN=1"],
    "standardise": ["-DSOURCE=0 -DFIRST=0", "-DSOURCE=1 -DFIRST=1"],
    "update": ["-DOPTIMIZER=0 -DMOMENTUM=1 -DNESTEROV=0",
               "-DOPTIMIZER=2 -DMOMENTUM=0 -DNESTEROV=0"],
}
AMD_BASE = ["opencl", "ocml", "ockl", "oclc_daz_opt_off", "oclc_unsafe_math_off",
            "oclc_finite_only_off", "oclc_correctly_rounded_sqrt_off", "oclc_abi_version_400"]


def found(variable, *names):
    for name in [os.environ.get(variable), *names]:
        if name and (os.path.exists(name) or shutil.which(name)):
            return name
    return None


CLANG = found("CLANG", "clang-15", "clang")
LIBCLC = found("LIBCLC", "/usr/lib/clc/nvptx64--nvidiacl.bc")
PTXAS = found("PTXAS", "ptxas")
AMD_LIBRARIES = found("AMD_LIBRARIES", "/usr/lib/x86_64-linux-gnu/amdgcn/bitcode")
OCLOC = found("OCLOC", "ocloc")


def run(*command, cwd=None):
    done = subprocess.run(command, capture_output=True, text=True, cwd=cwd)
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def clang(source, defines, target, cpu, libraries, result):
    linked = [word for library in libraries
              for word in ("-Xclang", "-mlink-builtin-bitcode", "-Xclang", library)]
    run(CLANG, "-x", "cl", "-O3", *OPTIONS, *defines, "-target", target, "-nogpulib", "-Xclang",
        "-target-cpu", "-Xclang", cpu, "-Xclang", "-finclude-default-header",
        "-Wno-linker-warnings", *linked, "-S", "-o", result, source)
    with open(result, encoding="utf-8") as text:
        return text.read()


def on_nvidia(source, defines, folder):
    """registers, bytes of stack and spills, of local memory; loads and stores of 16 bytes, others"""
    ptx = clang(source, defines, "nvptx64-unknown-nvcl", "sm_80", [LIBCLC], folder + "/ptx")
    report = run(PTXAS, "-v", "-arch=sm_90", "-o", folder + "/cubin", folder + "/ptx")
    rows = {}
    for part in report.split("Compiling entry function ")[1:]:
        name = re.match(r"'(\w+)'", part)[1]
        stack = sum(map(int, re.search(r"(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+)",
                                       part).groups()))
        shared = re.search(r"(\d+) bytes smem", part)
        rows[name] = [re.search(r"Used (\d+) registers", part)[1], stack, shared[1] if shared else 0]
    for name, body in re.findall(r"\.entry (\w+)\((.*?)\n}\n", ptx, re.S):
        wide = len(re.findall(r"(?:ld|st)\.global\S*\.v4", body))
        rows[name] += [wide, len(re.findall(r"(?:ld|st)\.global", body)) - wide]
        if re.search(r"\.f64\b", body):
            print(f"{name} has double precision in it")
    return rows


def on_amd(source, defines, folder):
    """vector and scalar registers, bytes of scratch, of local memory"""
    names = AMD_BASE + ["oclc_wavefrontsize64_off", "oclc_isa_version_1030"]
    text = clang(source, defines, "amdgcn-amd-amdhsa", "gfx1030",
                 [f"{AMD_LIBRARIES}/{name}.bc" for name in names], folder + "/s")
    kernels = re.findall(r"\.amdhsa_kernel (\w+)", text)
    values = [re.findall(rf"^; {key}: (\d+)", text, re.M)
              for key in ("NumVgprs", "NumSgprs", "ScratchSize", "LDSByteSize")]
    return {name: list(row) for name, row in zip(kernels, zip(*[v[-len(kernels):] for v in values]))}


# Tokens of the binary's list of patches, and which word of each is told.
INTEL_TOKENS = {15: ("local", 1), 18: ("scratch", 1), 23: ("simd", 3)}


def on_intel(source, defines, folder):
    """work-items of a thread, bytes of scratch, of local memory"""
    run(OCLOC, "compile", "-file", source, "-options", " ".join(OPTIONS + defines), "-device", "dg2",
        "-output", "intel", "-out_dir", folder, cwd=folder)
    run(OCLOC, "disasm", "-file", glob.glob(folder + "/intel*.bin")[0], "-device", "dg2", "-dump",
        folder + "/parts", cwd=folder)
    rows, token = {}, 0
    with open(folder + "/parts/PTM.txt", encoding="utf-8") as text:
        for key, *words in (line.split() for line in text if line.strip()):
            if key == "KernelName":
                row = rows[words[0]] = collections.Counter()
            elif words[:1] == ["Token"]:
                token = int(words[1])
            elif key == "Hex" and token in INTEL_TOKENS:
                name, word = INTEL_TOKENS[token]
                row[name] = int.from_bytes(bytes(int(w, 16) for w in words[4 * word:4 * word + 4]),
                                           "little")
    return {name: [row["simd"], row["scratch"], row["local"]] for name, row in rows.items()}


# Heading and format of a vendor's columns.
VENDORS = [
    ("NVIDIA sm_90", on_nvidia, CLANG and LIBCLC and PTXAS,
     ["registers", "stack", "local", "16 bytes", "other"]),
    ("AMD gfx1030", on_amd, CLANG and AMD_LIBRARIES, ["VGPRs", "SGPRs", "scratch", "local"]),
    ("Intel dg2", on_intel, OCLOC, ["SIMD", "scratch", "local"]),
]


def compile_program(name, defines, vendors):
    with tempfile.TemporaryDirectory() as folder:
        source = f"{folder}/{name}.cl"
        with open(source, "w", encoding="ascii") as text:
            text.write(embed.program(f"{KERNELS}/{name}.cl")[0])
        results = [(compiler(source, defines.split(), folder), len(columns))
                   for _, compiler, _, columns in vendors]
    for kernel in results[0][0]:
        cells = [" ".join(f"{cell:>9}" for cell in result.get(kernel, ["-"] * count))
                 for result, count in results]
        print(f"{name:18} {kernel:24} {' | '.join(cells)}  {defines}", flush=True)


def main():
    vendors = [vendor for vendor in VENDORS if vendor[2]]
    if not vendors:
        sys.exit(__doc__)
    for heading, _, _, columns in vendors:
        print(f"{heading}: {', '.join(columns)}")
    names = sys.argv[1:] or sorted(os.path.basename(path)[:-3]
                                   for path in glob.glob(KERNELS + "/*.cl"))
    for name in names:
        for defines in VARIANTS.get(name, [""]):
            compile_program(name, defines, vendors)


if __name__ == "__main__":
    main()
