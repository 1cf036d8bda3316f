# SPDX-License-Identifier: Apache-2.0
"""Writes the python* files beside it, which test_npy.c and test_safetensors.c read: made by the
formats' own packages, so that ridge is not its own judge.

usage: python3 tests/golden/files.py      (needs numpy and safetensors)
"""
import pathlib

import numpy
from safetensors.numpy import save_file

FOLDER = pathlib.Path(__file__).resolve().parent
WEIGHT = numpy.arange(6, dtype="<f4").reshape(2, 3) / 4 - 0.5

save_file(
    {
        "weight": WEIGHT,
        "pixels": numpy.array([0, 1, 127, 128, 255], dtype="u1"),
        "labels": numpy.array([3, -1, 2147483647, -2147483648], dtype="<i4"),
        "counts": numpy.array([[7], [4294967295]], dtype="<u4"),
        "scalar": numpy.array(0.1, dtype="<f4"),
    },
    FOLDER / "python.safetensors",
    metadata={"author": "Python", "text": 'quotes ", newline\n, umlaut ü'},
)
(FOLDER / "python.safetensors").chmod(0o644)

numpy.save(FOLDER / "python_f4.npy", WEIGHT)
numpy.save(FOLDER / "python_f4_labels.npy", numpy.array([1, 4], dtype="<i8"))
with open(FOLDER / "python_f8_v2.npy", "wb") as file:
    numpy.lib.format.write_array(file, WEIGHT.astype("<f8"), version=(2, 0))
