# SPDX-License-Identifier: Apache-2.0
"""Writes the golden files that tests/test_golden*.c compare ridge with, from PyTorch.

usage: python3 tests/golden/make.py [PART...]     (needs PyTorch on the CPU and numpy)

PART: a file without its ending; all of them where none is named.

Everything is computed in double precision from inputs that float32 holds exactly, and stored as
float32, so that the files carry PyTorch's meaning of an op and no rounding of its own kernels.
"""
import sys

import torch

from cnn import cnn
from images import images
from networks import networks
from normalisation import group_norm, normalisation
from ops import activations, dense, losses, penalties, reductions
from updates import optimizers, schedules

if __name__ == "__main__":
    print("PyTorch", torch.__version__)
    for number, part in enumerate([activations, dense, losses, reductions, optimizers, networks,
                                   schedules, penalties, normalisation, images, cnn, group_norm]):
        if part.__name__ in sys.argv[1:] or len(sys.argv) == 1:
            torch.manual_seed(number)
            part()
