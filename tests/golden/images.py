# SPDX-License-Identifier: Apache-2.0
"""Golden values of convolutions and poolings."""
import torch
import torch.nn.functional as F

from golden import gradient_of, noise, save

# batch, height, width, channels, filters; kernel, stride, dilation; padding above and left, below
# and right; groups. Pairs are height, width.
CONVOLUTIONS = [
    (2, 5, 7, 3, 5, (1, 1), (1, 1), (1, 1), (0, 0), (0, 0), 1),
    (1, 7, 6, 5, 4, (1, 1), (2, 2), (1, 1), (0, 0), (0, 0), 1),
    (2, 6, 5, 3, 4, (2, 2), (2, 2), (1, 1), (0, 0), (0, 0), 1),
    (1, 5, 4, 2, 3, (2, 2), (1, 1), (1, 1), (0, 0), (1, 1), 1),  # same, as in Keras
    (3, 4, 1, 2, 1, (3, 3), (1, 1), (1, 1), (1, 1), (1, 1), 1),
    (2, 8, 8, 3, 16, (3, 3), (1, 1), (1, 1), (1, 1), (1, 1), 1),
    (1, 5, 7, 16, 16, (3, 3), (1, 1), (1, 1), (1, 1), (1, 1), 1),
    (1, 5, 6, 17, 7, (3, 3), (1, 1), (1, 1), (1, 1), (1, 1), 1),
    (2, 9, 4, 4, 6, (3, 3), (1, 1), (1, 1), (0, 0), (0, 0), 1),
    (1, 31, 33, 3, 2, (3, 3), (2, 2), (1, 1), (1, 1), (1, 1), 1),
    (1, 9, 7, 3, 4, (3, 3), (1, 1), (2, 2), (2, 2), (2, 2), 1),
    (2, 9, 11, 2, 3, (3, 3), (1, 2), (2, 3), (1, 3), (2, 0), 1),
    (2, 9, 7, 2, 3, (5, 5), (1, 1), (1, 1), (2, 2), (2, 2), 1),
    (1, 13, 11, 3, 2, (5, 5), (3, 3), (1, 1), (0, 0), (0, 0), 1),
    (1, 11, 13, 3, 2, (7, 7), (2, 2), (1, 1), (3, 3), (3, 3), 1),
    (1, 3, 4, 2, 2, (7, 7), (1, 1), (1, 1), (3, 3), (3, 3), 1),  # larger than the image
    (1, 6, 9, 3, 5, (1, 3), (1, 1), (1, 1), (0, 1), (0, 1), 1),
    (1, 7, 8, 2, 3, (5, 2), (2, 3), (1, 1), (2, 0), (2, 1), 1),
    (2, 6, 5, 4, 6, (3, 3), (1, 1), (1, 1), (1, 1), (1, 1), 2),
    (1, 7, 6, 9, 3, (3, 3), (2, 1), (1, 1), (1, 1), (1, 1), 3),
    (2, 6, 5, 8, 8, (3, 3), (1, 1), (1, 1), (1, 1), (1, 1), 8),  # depthwise
    (1, 7, 8, 5, 10, (3, 3), (2, 2), (1, 1), (1, 1), (1, 1), 5),
    (1, 9, 10, 16, 16, (5, 5), (1, 1), (2, 2), (4, 4), (4, 4), 16),
    (2, 1, 17, 3, 4, (1, 5), (1, 2), (1, 1), (0, 4), (0, 0), 1),  # a signal, from the past only
    (1, 13, 11, 4, 6, (3, 3), (1, 1), (1, 1), (1, 1), (1, 1), 1),
]
# height, width, channels; window, stride, padding on both sides
POOLINGS = [
    (8, 6, 3, (2, 2), (2, 2), (0, 0)),
    (7, 5, 17, (2, 2), (2, 2), (0, 0)),
    (7, 9, 1, (3, 3), (2, 2), (1, 1)),
    (5, 6, 4, (3, 3), (1, 1), (1, 1)),
    (6, 7, 16, (3, 2), (1, 2), (1, 0)),
    (5, 7, 3, (1, 1), (2, 2), (0, 0)),
    (1, 13, 5, (1, 4), (1, 3), (0, 2)),
    (5, 7, 6, (5, 7), (1, 1), (0, 0)),  # global
]


def channels_first(x):
    return x.permute(0, 3, 1, 2)


def channels_last(x):
    return x.permute(0, 2, 3, 1)


def convolve(x, w, c):
    """Of images [batch, height, width, channels]."""
    *_, kernel, stride, dilation, before, after, groups = c
    padded = F.pad(channels_first(x), (before[1], after[1], before[0], after[0]))
    return channels_last(F.conv2d(padded, w, None, stride, 0, dilation, groups))


def convolutions(tensors):
    """y, dx and dw of noise 1 (x), 2 (w) and 3 (dy); "size": the largest sum of magnitudes, by which
    rounding is measured. "transposed": the input gradient as PyTorch's transposed convolution."""
    for i, c in enumerate(CONVOLUTIONS):
        batch, height, width, channels, filters, kernel, stride, dilation, before, after, groups = c
        x = noise(1, batch, height, width, channels).requires_grad_()
        w = noise(2, filters, channels // groups, *kernel).requires_grad_()
        y = convolve(x, w, c)
        dy = noise(3, *y.shape)
        dx, dw = gradient_of(y, dy, x, w)
        x1, w1 = x.detach().abs().requires_grad_(), w.detach().abs().requires_grad_()
        y1 = convolve(x1, w1, c)
        sizes = [size.max() for size in (y1, *gradient_of(y1, dy.abs(), x1, w1))]
        if before == after:
            rest = [(size + 2 * p - d * (k - 1) - 1) % s for size, p, d, k, s
                    in zip((height, width), before, dilation, kernel, stride)]
            back = F.conv_transpose2d(channels_first(dy), w, None, stride, before, rest, groups,
                                      dilation)
            assert torch.allclose(channels_last(back), dx)
        shape = [batch, height, width, channels, filters, *kernel, *stride, *dilation, *before,
                 *after, groups]
        tensors.update({f"conv_{i}.shape": torch.tensor(shape), f"conv_{i}.y": y, f"conv_{i}.dx": dx,
                        f"conv_{i}.dw": dw, f"conv_{i}.sizes": torch.stack(sizes)})


def poolings(tensors):
    """Of noise 1 (x) and 2 (dy), two images each."""
    for i, (height, width, channels, window, stride, pad) in enumerate(POOLINGS):
        x = noise(1, 2, height, width, channels).requires_grad_()
        ways = {"max": lambda x: F.max_pool2d(x, window, stride, pad),
                "average": lambda x: F.avg_pool2d(x, window, stride, pad, False, False),
                "average_padded": lambda x: F.avg_pool2d(x, window, stride, pad)}
        shape = [2, height, width, channels, *window, *stride, *pad]
        tensors[f"pool_{i}.shape"] = torch.tensor(shape)
        for name, way in ways.items():
            if name == "average_padded" and pad == (0, 0):
                continue
            y = channels_last(way(channels_first(x)))
            dx, = gradient_of(y, noise(2, *y.shape), x)
            tensors[f"pool_{i}.{name}.y"], tensors[f"pool_{i}.{name}.dx"] = y, dx


def images():
    tensors = {}
    convolutions(tensors)
    poolings(tensors)
    save("images", tensors)
