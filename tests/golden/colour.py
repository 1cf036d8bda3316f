# SPDX-License-Identifier: Apache-2.0
"""Writes colour.safetensors: an image through operations on colours whose rule is torchvision's.
tests/test_augment_colour.c has the same list.

usage: python3 tests/golden/colour.py     (needs PyTorch, torchvision)
"""
import torch
import torchvision.transforms.functional as T

from golden import save


def image():
    """Bytes; in each channel 255 pixels below the highest, where both rules to equalise agree."""
    x = torch.randint(0, 254, (3, 16, 16), dtype=torch.uint8)
    x[:, 5, 7] = torch.tensor([254, 255, 254], dtype=torch.uint8)
    return x


def cases(x, levels):
    return {
        "brightness": T.adjust_brightness(x, 1.3),
        "contrast": T.adjust_contrast(x, 1.4),
        "saturation": T.adjust_saturation(x, 0.4),
        "hue": T.adjust_hue(x, 0.2),
        "greyscale": T.rgb_to_grayscale(x, 3),
        "gamma": T.adjust_gamma(x, 1.7),
        "invert": T.invert(x),
        "posterize": T.posterize(levels, 3).double() / 255,
        "solarize": T.solarize(x, 0.6),
        "auto_contrast": T.autocontrast(x),
        "equalise": T.equalize(levels).double() / 255,
        "blur": T.gaussian_blur(x, 7, 0.8),
        "sharpen": T.adjust_sharpness(x, 1.8),
    }


if __name__ == "__main__":
    torch.manual_seed(1)
    bytes_ = image()
    plain = (bytes_.double() / 255).float().double()
    save("colour", {"x": plain, **cases(plain, bytes_)})
