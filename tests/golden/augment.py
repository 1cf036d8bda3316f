# SPDX-License-Identifier: Apache-2.0
"""Writes augment.safetensors: an image through operations of augmentation whose rule is the same in
torchvision, PyTorch, SciPy or Pillow. tests/test_golden_augment.c has the same list.

usage: python3 tests/golden/augment.py     (needs PyTorch, torchvision, SciPy, Pillow)
"""
import numpy as np
import torch
import torch.nn.functional as F
import torchvision
import torchvision.transforms.functional as T
from PIL import Image
from scipy.ndimage import map_coordinates

from golden import save

BILINEAR, NEAREST = T.InterpolationMode.BILINEAR, T.InterpolationMode.NEAREST
HEIGHT, WIDTH = 7, 9


# Without `fill`: with one torchvision multiplies what lies at the border by its share twice.
def affine(x, angle=0.0, translate=(0, 0), scale=1.0, shear=(0.0, 0.0)):
    return T.affine(x, angle, list(translate), scale, list(shear), BILINEAR)


def shifted(x, right, down, mode):
    """Bilinear, through SciPy, whose modes reach any distance."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH].astype(float)
    places = np.stack([rows - down, columns - right])
    return torch.stack([torch.from_numpy(map_coordinates(plane.numpy(), places, order=1, mode=mode,
                                                         cval=0.5)) for plane in x])


def enlarged(x):
    """Bicubic, through Pillow (a = -1/2), which does otherwise at borders: only the middle."""
    planes = [np.asarray(Image.fromarray(plane.float().numpy()).resize((2 * WIDTH, 2 * HEIGHT),
                                                                        Image.BICUBIC)) for plane in x]
    return torch.from_numpy(np.stack(planes)).double()


def cases(x):
    return {
        "rotation": T.rotate(x, 30.0, BILINEAR),
        "rotation_nearest": T.rotate(x, -50.0, NEAREST),
        "shear_shift": affine(x, translate=(2, -1), shear=(20.0, 0.0)),
        "shear_both": affine(x, shear=(15.0, -25.0)),
        "zoom": affine(x, scale=1.3),
        "rotation_zoom": affine(x, angle=-20.0, scale=0.8),
        "resize": F.interpolate(x[None], (11, 5), mode="bilinear", align_corners=False)[0],
        "resize_bicubic": enlarged(x),
        "centre_crop": T.center_crop(x, [3, 5]),
        "constant": shifted(x, 3.25, -2.5, "grid-constant"),
        "edge": shifted(x, 3.25, -2.5, "nearest"),
        "reflect": shifted(x, 31.25, -40.5, "reflect"),
        "mirror": shifted(x, 31.25, -40.5, "mirror"),
        "wrap": shifted(x, -31.75, 40.5, "grid-wrap"),
    }


if __name__ == "__main__":
    print("torchvision", torchvision.__version__)
    torch.manual_seed(1)
    image = torch.rand(2, HEIGHT, WIDTH).float().double()
    save("augment", {"x": image} | cases(image))
