# SPDX-License-Identifier: Apache-2.0
"""Golden runs of convolutional networks."""
import math

import torch
import torch.nn.functional as F

from golden import noise, save

# batch, channels, height, width; filters of the first and of the second pair of convolutions, units,
# classes. The first is the network that `ridge bench mnist-cnn` trains, without its dropout.
CNNS = {"mnist": (8, 1, 28, 28, 32, 64, 256, 10), "odd": (6, 3, 9, 11, 5, 7, 6, 3)}


def cnn_start(case):
    """Weights are noise 2, 3, ... times a power of 2 near He's; all else begins as in ridge."""
    _, channels, height, width, first, second, units, classes = CNNS[case]
    shapes = {"conv2d_1": (first, channels, 3, 3), "conv2d_2": (first, first, 3, 3),
              "conv2d_3": (second, first, 3, 3), "conv2d_4": (second, second, 3, 3),
              "dense_1": (units, second * (height // 4) * (width // 4)), "dense_2": (classes, units)}
    scales, start = [], {}
    for i, (layer, shape) in enumerate(shapes.items()):
        scales.append(2.0 ** round(math.log2(math.sqrt(6 / math.prod(shape[1:])))))
        start[f"{layer}.weight"] = noise(i + 2, *shape) * scales[-1]
        if i < 4:
            start[f"batch_norm_{i + 1}.gamma"] = torch.ones(shape[0])
            start[f"batch_norm_{i + 1}.beta"] = torch.zeros(shape[0])
        else:
            start[f"{layer}.bias"] = torch.zeros(shape[0])
    return scales, start


def cnn_forward(x, w, state, training):
    for i in range(1, 5):
        x = F.conv2d(x, w[f"conv2d_{i}.weight"], None, 1, 1)
        x = F.relu(F.batch_norm(x, *state[i - 1], w[f"batch_norm_{i}.gamma"],
                                w[f"batch_norm_{i}.beta"], training))
        x = F.max_pool2d(x, 2) if i % 2 == 0 else x
    x = F.relu(F.linear(x.flatten(1), w["dense_1.weight"], w["dense_1.bias"]))
    return F.linear(x, w["dense_2.weight"], w["dense_2.bias"])


def train_cnn(case, dtype):
    """Ten steps of Adam on noise 1: losses, weights and statistics, probabilities of inference."""
    batch, channels, height, width, first, second, _, classes = CNNS[case]
    x = noise(1, batch, channels, height, width).to(dtype)
    target = torch.arange(batch) * 7 % classes
    w = {name: value.to(dtype).requires_grad_() for name, value in cnn_start(case)[1].items()}
    state = [(torch.zeros(count, dtype=dtype), torch.ones(count, dtype=dtype))
             for count in (first, first, second, second)]
    optimizer, losses = torch.optim.Adam(list(w.values()), lr=0.001), []
    for _ in range(10):
        loss = F.cross_entropy(cnn_forward(x, w, state, True), target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.detach())
    probabilities = F.softmax(cnn_forward(x, w, state, False).detach(), 1)
    ends = {name: value.detach() for name, value in w.items()}
    for i, (mean, variance) in enumerate(state):
        ends[f"batch_norm_{i + 1}.running_mean"] = mean
        ends[f"batch_norm_{i + 1}.running_variance"] = variance
    return {"loss": torch.stack(losses), "probabilities": probabilities} | ends


def cnn():
    """Of each tensor at most 64 values, every so many of them; and how far PyTorch's own float32 run
    ends from the double one, over all of its values, as the measure of what another may differ by."""
    tensors = {}
    for case in CNNS:
        exact, rounded = train_cnn(case, torch.float64), train_cnn(case, torch.float32)
        tensors[f"{case}.scales"] = torch.tensor(cnn_start(case)[0])
        for name, value in exact.items():
            error = (rounded[name].double() - value).abs().max()
            values = value.flatten()
            values = values if name == "probabilities" else values[::-(-len(values) // 64)]
            tensors[f"{case}.{name}"], tensors[f"{case}.{name}.float32_error"] = values, error[None]
            print(f"{case}: {name} within {error:.2g}, largest {value.abs().max():.2g}")
    save("cnn", tensors)
