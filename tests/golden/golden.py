# SPDX-License-Identifier: Apache-2.0
"""What the makers of golden files share: exact random numbers, and a writer of safetensors."""
import json
import math
import pathlib
import struct

import numpy as np
import torch

FOLDER = pathlib.Path(__file__).resolve().parent
torch.set_default_dtype(torch.float64)


def save(name, tensors):
    """A safetensors file: u64 header size, JSON header, the values."""
    header, blobs, offset = {}, [], 0
    for key, tensor in tensors.items():
        whole = not tensor.is_floating_point()
        data = tensor.detach().to(torch.int32 if whole else torch.float32).contiguous()
        assert torch.isfinite(data.double()).all(), key
        blob = data.numpy().tobytes()
        header[key] = {"dtype": "I32" if whole else "F32", "shape": list(data.shape),
                       "data_offsets": [offset, offset + len(blob)]}
        blobs.append(blob)
        offset += len(blob)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path = FOLDER / f"{name}.safetensors"
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(blobs))
    print(f"{path.name}: {len(header)} tensors, {path.stat().st_size} bytes")


def normal(*shape, scale=1.0):
    """Random numbers that float32 holds exactly."""
    return (torch.randn(*shape) * scale).float().double()


def gradient_of(y, dy, *inputs):
    return torch.autograd.grad(y, inputs, dy)


def noise(seed, *shape):
    """test_random of tests/harness.c in [-1, 1), as float32: both sides make it, no file holds it."""
    i = np.arange(math.prod(shape), dtype=np.uint64)
    one = np.uint64(seed * 0xD1342543DE82EF95 % 2**64)
    with np.errstate(over="ignore"):
        z = one + i * np.uint64(0x9E3779B97F4A7C15) + np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z ^= z >> np.uint64(31)
    values = (-1 + 2 * ((z >> np.uint64(11)).astype(np.float64) * 2.0**-53)).astype(np.float32)
    return torch.from_numpy(values).double().reshape(shape)
