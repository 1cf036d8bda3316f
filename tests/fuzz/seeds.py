# SPDX-License-Identifier: Apache-2.0
"""Writes a first corpus for each fuzz target: small good files of every kind that is read.

usage: python3 tests/fuzz/seeds.py FOLDER      (makes FOLDER/csv, FOLDER/gzip, ...)
"""
import gzip
import json
import pathlib
import struct
import sys

GOLDEN = pathlib.Path(__file__).resolve().parent.parent / "golden"


def idx(code, shape, data):
    return bytes([0, 0, code, len(shape)]) + struct.pack(f">{len(shape)}I", *shape) + data


def npy(kind, shape, data, version=1):
    text = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    length = struct.pack("<H" if version == 1 else "<I", len(text))
    return b"\x93NUMPY" + bytes([version, 0]) + length + text + data


def safetensors(header, data):
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def pair(first, second):
    return struct.pack("<H", len(first)) + first + second


def entry(kind, shape, begin, end):
    return {"dtype": kind, "shape": shape, "data_offsets": [begin, end]}


images = idx(0x08, (2, 2, 3), bytes(range(12)))
labels = idx(0x08, (2,), bytes([4, 0]))
floats = struct.pack("<2f", 1.5, -2)
pixels = bytes(range(256)) * 12
SEEDS = {
    "cifar": [
        b"\x09" + pixels,
        b"\x13\x63" + pixels,
        pair(b"\x00" + pixels, (b"\x01" + pixels) * 2),
    ],
    "csv": [
        b"a,b\n1,2\n3,4\n",
        b"1,2.5,0\r\n-3,4e2,1\r\n",
        b'"a;""x",b\n"1",2\n\n 3 ,4',
        b"1;2\n3;0.5\n",
        b"a\tb\tc\n1\t2\t3\n",
        b"\xef\xbb\xbfb\n7\n",
    ],
    "gzip": [
        gzip.compress(b"text"),
        gzip.compress(b"a") + gzip.compress(b"b" * 300) + bytes(4),
        gzip.compress(bytes(100000)),
    ],
    "idx": [
        images,
        pair(images, labels),
        idx(0x0D, (1, 2), struct.pack(">2f", 1, 2)),
        idx(0x08, (1, 1, 1, 1, 1), b"x"),
    ],
    "npy": [
        npy("<f4", (2, 1), floats),
        npy("<f8", (1, 2), struct.pack("<2d", 1, 2), 2),
        pair(npy("|u1", (2, 3), b"abcdef"), npy("<i8", (2,), struct.pack("<2q", 1, 0), 3)),
        pair(npy("<f4", (2,), floats), npy("<f4", (2, 1), floats)),
    ],
    "safetensors": [
        safetensors({}, b""),
        safetensors(
            {
                "__metadata__": {"k": "v"},
                "a": entry("F32", [2], 0, 8),
                "b": entry("U8", [], 8, 9),
            },
            floats + b"x",
        ),
        safetensors(
            {
                "a": entry("U32", [1, 1, 1, 1], 4, 8),
                "b": entry("I32", [1], 0, 4),
                "c": entry("U8", [0, 2], 0, 0),
            },
            floats,
        ),
        (GOLDEN / "python.safetensors").read_bytes(),
    ],
}

for target, inputs in SEEDS.items():
    folder = pathlib.Path(sys.argv[1]) / target
    folder.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(inputs):
        (folder / f"seed{number}").write_bytes(data)
