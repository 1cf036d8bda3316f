# SPDX-License-Identifier: Apache-2.0
"""Golden runs of dense networks, and of one with normalisation."""
import math
import sys

import torch
import torch.nn.functional as F

from golden import normal, save


def split(weights, **options):
    """Parameter groups: `options` for weights only."""
    return [{"params": weights[0::2], **options}, {"params": weights[1::2], "weight_decay": 0.0}]


def binary(y, target):
    return F.binary_cross_entropy_with_logits(y[:, 0], target.to(y.dtype))


# name: activation, outputs, loss, (l1, l2), optimizer
NETWORKS = {
    "adam": (F.relu, 3, F.cross_entropy, (0, 0),
             lambda w: torch.optim.Adam(split(w), lr=0.01)),
    "sgd": (torch.tanh, 1, binary, (0.001, 0.002),
            lambda w: torch.optim.SGD(split(w), lr=0.1, momentum=0.9, nesterov=True)),
    "adamw": (F.silu, 2, F.mse_loss, (0, 0),
              lambda w: torch.optim.AdamW(split(w, weight_decay=0.05), lr=0.01)),
}
ROWS = 24


def start(case, seed):
    """Data, target and initial weights of a 5-7-7-n network."""
    torch.manual_seed(seed)
    outputs = NETWORKS[case][1]
    target = normal(ROWS, outputs)
    if case != "adamw":
        target = torch.arange(ROWS) * 7 % max(outputs, 2)
    weights = []
    for inputs, units in [(5, 7), (7, 7), (7, outputs)]:
        weights += [normal(units, inputs, scale=math.sqrt(1.5 / inputs)), normal(units, scale=0.1)]
    return normal(ROWS, 5), target, weights


def train(case, data, target, weights, dtype=torch.float64):
    """Ten steps on all rows: losses before and penalties after each step, final weights, the
    nearest that a relu input comes to its kink, the smallest gradient that is not zero."""
    hidden, _, loss, (l1, l2), make = NETWORKS[case]
    data = data.to(dtype)
    target = target.to(dtype) if target.is_floating_point() else target
    weights = [w.to(dtype).clone().requires_grad_() for w in weights]
    optimizer, kink, smallest, losses, penalties = make(weights), math.inf, math.inf, [], []

    def penalty():
        return sum(l1 * w.abs().sum() + l2 * (w * w).sum() for w in weights[0::2])

    for _ in range(10):
        y = data
        for layer in range(0, len(weights), 2):
            y = F.linear(y, weights[layer], weights[layer + 1])
            if layer < len(weights) - 2:
                kink = min(kink, y.detach().abs().min().item()) if hidden is F.relu else kink
                y = hidden(y)
        value = loss(y, target)
        optimizer.zero_grad()
        (value + penalty()).backward()
        losses.append(value.detach())
        smallest = min(smallest, min(w.grad[w.grad != 0].abs().min().item() for w in weights))
        optimizer.step()
        penalties.append(penalty().detach())
    return (torch.stack(losses), torch.stack(penalties)), [w.detach() for w in weights], kink, smallest


def networks():
    """Runs on which float32 and double agree: no relu input near its kink, no gradient so small
    that Adam's quotient makes noise of it. How far PyTorch's own float32 run ends from the double
    one is stored too, as the measure of what another float32 run may differ by."""
    tensors = {}
    names = [f"dense_{layer}.{kind}" for layer in (1, 2, 3) for kind in ("weight", "bias")]
    for case in NETWORKS:
        for seed in range(1, 5000):
            data, target, weights = start(case, seed)
            (losses, penalties), ends, kink, smallest = train(case, data, target, weights)
            if kink > 1e-4 and smallest > 1e-4:
                break
        else:
            sys.exit(f"{case}: no seed keeps clear of kinks and vanishing gradients")
        rounded = train(case, data, target, weights, torch.float32)[1]
        error = max((a.double() - b).abs().max() for a, b in zip(rounded, ends))
        print(f"{case}: seed {seed}, nearest kink {kink:.2g}, smallest gradient {smallest:.2g}, "
              f"float32 ends within {error:.2g}")
        tensors.update({f"{case}.x": data, f"{case}.target": target, f"{case}.loss": losses,
                        f"{case}.penalty": penalties, f"{case}.float32_error": error[None]})
        for name, weight, end in zip(names, weights, ends):
            tensors[f"{case}.start.{name}"], tensors[f"{case}.end.{name}"] = weight, end
    save("networks", tensors)


# The network of normalisation: tensors that are trained, in order, and those that are kept.
NORMALISED = {"dense_1.weight": (7, 5), "batch_norm_1.gamma": (7,), "batch_norm_1.beta": (7,),
              "dense_2.weight": (7, 7), "batch_norm_2.gamma": (7,), "batch_norm_2.beta": (7,),
              "dense_3.weight": (7, 7), "dense_3.bias": (7,), "layer_norm_1.gamma": (7,),
              "layer_norm_1.beta": (7,), "dense_4.weight": (3, 7), "dense_4.bias": (3,)}


def normalised_forward(x, w, state, training):
    """Logits, and what the relu is applied to."""
    def batch_norm(x, number):
        return F.batch_norm(x, state[2 * number - 2], state[2 * number - 1],
                            w[f"batch_norm_{number}.gamma"], w[f"batch_norm_{number}.beta"],
                            training)
    z = batch_norm(F.linear(x, w["dense_1.weight"]), 1)
    y = torch.tanh(batch_norm(F.linear(F.relu(z), w["dense_2.weight"]), 2))
    y = F.linear(y, w["dense_3.weight"], w["dense_3.bias"])
    y = F.silu(F.layer_norm(y, (7,), w["layer_norm_1.gamma"], w["layer_norm_1.beta"]))
    return F.linear(y, w["dense_4.weight"], w["dense_4.bias"]), z.detach()


def train_normalised(data, target, start, dtype=torch.float64):
    """As train(), with the running statistics and the probabilities of inference at the end."""
    data = data.to(dtype)
    w = {name: value.to(dtype).clone().requires_grad_() for name, value in start.items()}
    state = [torch.full((7,), float(i % 2), dtype=dtype) for i in range(4)]
    optimizer = torch.optim.Adam(list(w.values()), lr=0.01)
    kink, smallest, losses = math.inf, math.inf, []
    for _ in range(10):
        y, z = normalised_forward(data, w, state, True)
        kink = min(kink, z.abs().min().item())
        loss = F.cross_entropy(y, target)
        optimizer.zero_grad()
        loss.backward()
        losses.append(loss.detach())
        smallest = min(smallest, min(v.grad.abs().min().item() for v in w.values()))
        optimizer.step()
    y, z = normalised_forward(data, w, state, False)
    kink = min(kink, z.abs().min().item())
    ends = {name: value.detach() for name, value in w.items()}
    for i, kind in enumerate(["mean", "variance"] * 2):
        ends[f"batch_norm_{i // 2 + 1}.running_{kind}"] = state[i]
    return torch.stack(losses), ends, F.softmax(y.detach(), 1), kink, smallest


def normalised_network(tensors):
    """Ten steps on which float32 and double agree; see networks()."""
    for seed in range(1, 5000):
        torch.manual_seed(seed)
        data, target = normal(ROWS, 5), torch.arange(ROWS) * 7 % 3
        start = {}
        for name, shape in NORMALISED.items():
            near = 1 if name.endswith("gamma") else 0
            scale = 0.1 if len(shape) == 1 else math.sqrt(1.5 / shape[-1])
            start[name] = (near + normal(*shape, scale=scale)).float().double()
        losses, ends, probabilities, kink, smallest = train_normalised(data, target, start)
        if kink > 1e-4 and smallest > 1e-4:
            break
    else:
        sys.exit("normalisation: no seed keeps clear of kinks and vanishing gradients")
    _, rounded, other, _, _ = train_normalised(data, target, start, torch.float32)
    error = max((rounded[name].double() - ends[name]).abs().max() for name in ends)
    error = max(error, (other.double() - probabilities).abs().max())
    print(f"normalisation: seed {seed}, nearest kink {kink:.2g}, smallest gradient {smallest:.2g}, "
          f"float32 ends within {error:.2g}")
    tensors.update({"x": data, "target": target, "loss": losses, "probabilities": probabilities,
                    "float32_error": error[None]})
    tensors.update({f"start.{name}": value for name, value in start.items()})
    tensors.update({f"end.{name}": value for name, value in ends.items()})
