# SPDX-License-Identifier: Apache-2.0
"""Writes the golden files that tests/test_golden*.c compare ridge with, from PyTorch.

usage: python3 tests/golden/make.py [PART...]     (needs PyTorch on the CPU and numpy)

PART: a file without its ending; all of them where none is named.

Everything is computed in double precision from inputs that float32 holds exactly, and stored as
float32, so that the files carry PyTorch's meaning of an op and no rounding of its own kernels.
"""
import json
import math
import pathlib
import struct
import sys

import numpy as np
import torch
import torch.nn.functional as F

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


ACTIVATIONS = {
    "relu": F.relu,
    "leaky_relu": F.leaky_relu,
    "leaky_relu_0.25": lambda x: F.leaky_relu(x, 0.25),
    "elu": F.elu,
    "elu_0.5": lambda x: F.elu(x, 0.5),
    "selu": F.selu,
    "gelu": F.gelu,
    "silu": F.silu,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    # PyTorch goes over to x at 20, where float32 cannot tell; the formula itself is wanted
    "softplus": lambda x: F.softplus(x, threshold=700),
}


def activations():
    edges = torch.tensor([0.0, 0.0625, -0.0625, 1e-4, -1e-4, 5.0, -5.0, 19.0, -19.0, 85.0, -85.0])
    x = torch.cat([edges.float().double(), normal(54, scale=2)]).requires_grad_()
    dy = normal(65)
    tensors = {"x": x, "dy": dy}
    for name, function in ACTIVATIONS.items():
        y = function(x)
        tensors[f"{name}.y"] = y
        tensors[f"{name}.dx"], = gradient_of(y, dy, x)
    save("activations", tensors)


def dense():
    """y = f(x W^T + b) and its gradients, the three products of a dense layer."""
    tensors = {}
    for rows, inputs, units in [(1, 1, 1), (7, 5, 3), (17, 33, 13)]:
        case = f"{rows}x{inputs}x{units}"
        x = normal(rows, inputs).requires_grad_()
        w = normal(units, inputs).requires_grad_()
        b, dy = normal(units).requires_grad_(), normal(rows, units)
        y = F.linear(x, w, b)
        dx, dw, db = gradient_of(y, dy, x, w, b)
        for key, value in dict(x=x, w=w, b=b, y=y, relu=F.relu(y), tanh=torch.tanh(y), dy=dy,
                               dx=dx, dw=dw, db=db).items():
            tensors[f"{case}.{key}"] = value
    save("dense", tensors)


def losses():
    rows, columns = 13, 7
    x = normal(rows, columns, scale=3)
    x[0] *= 30  # logits whose exponentials float32 does not hold
    x = x.requires_grad_()
    labels = torch.arange(rows) * 5 % columns
    values = normal(rows, columns, scale=2)
    values[1, 2] = x[1, 2].item()  # an error of exactly zero
    shares = torch.rand(rows, columns).round(decimals=3).float().double()
    tensors = {"x": x, "labels": labels, "values": values, "shares": shares,
               "softmax": F.softmax(x, 1),
               "labels.right": (x.argmax(1) == labels).double(),
               "shares.right": ((x > 0) == (shares > 0.5)).double().mean(1)}

    def add(name, each):
        row_loss = each if each.dim() == 1 else each.mean(1)
        tensors[f"{name}.row_loss"] = row_loss
        tensors[f"{name}.gradient"], = torch.autograd.grad(row_loss.mean(), x)

    add("softmax_cross_entropy", F.cross_entropy(x, labels, reduction="none"))
    add("softmax_cross_entropy_0.125",
        F.cross_entropy(x, labels, reduction="none", label_smoothing=0.125))
    binary = F.binary_cross_entropy_with_logits
    add("binary_cross_entropy", binary(x, shares, reduction="none"))
    # smoothing of two classes: t (1 - s) + s / 2
    add("binary_cross_entropy_0.125",
        binary(x, shares * 0.875 + 0.0625, reduction="none"))
    add("mean_squared_error", F.mse_loss(x, values, reduction="none"))
    add("mean_absolute_error", F.l1_loss(x, values, reduction="none"))
    add("huber", F.huber_loss(x, values, reduction="none"))
    add("huber_0.25", F.huber_loss(x, values, reduction="none", delta=0.25))

    # distributions, and rows that weigh more or less than one: PyTorch smooths each by 1 / classes,
    # whatever its sum, so those only without smoothing
    mixed = torch.rand(rows, columns).round(decimals=2)
    mixed[::4] = F.one_hot(labels[::4], columns)
    even = (mixed / mixed.sum(1, keepdim=True)).float().double()
    tensors["mixed"], tensors["even"] = mixed.float().double(), even
    mixed = tensors["mixed"]
    tensors["mixed.right"] = (x.argmax(1) == mixed.argmax(1)).double()
    add("mixed_cross_entropy", F.cross_entropy(x, mixed, reduction="none"))
    add("even_cross_entropy_0.125",
        F.cross_entropy(x, even, reduction="none", label_smoothing=0.125))

    # one logit a row with integer labels
    logit = normal(rows, 1, scale=4).requires_grad_()
    classes = torch.arange(rows) * 3 % 2
    each = binary(logit, classes[:, None].double(), reduction="none")
    tensors["logit.x"], tensors["logit.labels"] = logit, classes
    tensors["logit.row_loss"] = each[:, 0]
    tensors["logit.gradient"], = torch.autograd.grad(each.mean(), logit)
    tensors["logit.right"] = ((logit[:, 0] > 0).long() == classes).double()
    save("losses", tensors)


def reductions():
    x = normal(1009, scale=3)
    x[::7] = 0
    w = normal(6, 11, scale=2)
    tensors = {"x": x, "sum": x.sum()[None], "l1": x.norm(1)[None],
               "squares": (x * x).sum()[None], "norm": x.norm(2)[None],
               "largest": x.abs().max()[None], "zeros": (x == 0).sum()[None].double(),
               "w": w, "max_norm_3": torch.renorm(w, 2, 0, 3.0)}
    save("reductions", tensors)


def orthogonal(w, factor):
    """OrthogonalRegularizer of Keras 3, mode "rows"."""
    unit = F.normalize(w, dim=1)
    product = unit @ unit.T
    off_diagonal = product * (1 - torch.eye(len(w)))
    return factor * 0.5 * off_diagonal.abs().sum() / (len(w) * (len(w) - 1) / 2)


def penalties():
    """Keras' modes are those of its kernel; here they are those of the matrix that is given."""
    w, y = normal(7, 11).requires_grad_(), normal(6, 5).requires_grad_()
    activity = (0.5 * y.abs().sum() + 0.25 * (y * y).sum()) / len(y)
    tensors = {"orthogonal.w": w, "activity.y": y, "activity.penalty": activity[None],
               "activity.gradient": torch.autograd.grad(activity, y)[0]}
    for mode, matrix in ("rows", w), ("columns", w.T):
        penalty = orthogonal(matrix, 0.25)
        tensors[f"orthogonal.{mode}.penalty"] = penalty[None]
        tensors[f"orthogonal.{mode}.gradient"], = torch.autograd.grad(penalty, w)
    save("penalties", tensors)


# name: constructor; "l2" and "l1" variants are made of each (AdamW has its own decay instead)
OPTIMIZERS = {
    "sgd": lambda p, **o: torch.optim.SGD(p, lr=0.125, **o),
    "sgd_momentum": lambda p, **o: torch.optim.SGD(p, lr=0.125, momentum=0.875, **o),
    "sgd_nesterov": lambda p, **o: torch.optim.SGD(p, lr=0.125, momentum=0.875, nesterov=True,
                                                   **o),
    "adam": lambda p, **o: torch.optim.Adam(p, lr=0.03125, **o),
    "adamw": lambda p, **o: torch.optim.AdamW(p, lr=0.03125, **{"weight_decay": 0.0625, **o}),
    "rmsprop": lambda p, **o: torch.optim.RMSprop(p, lr=0.03125, **o),
    "rmsprop_momentum": lambda p, **o: torch.optim.RMSprop(p, lr=0.03125, momentum=0.875, **o),
}
STEPS = 5
L2, L1 = 0.03125, 0.015625  # PyTorch's weight_decay is 2 L2


def optimizers():
    """Weights with regularisation and a bias without, five given gradients."""
    weight, bias = normal(37), normal(5)
    weight[3] = 0  # sign(0) = 0
    gradients = normal(STEPS, 42)
    gradients[:, 5:9] *= 2.0**-20  # where epsilon counts, and where
    gradients[:, 9] *= 2.0**-30  # it counts most
    tensors = {"start": torch.cat([weight, bias]), "gradients": gradients}
    for name, make in OPTIMIZERS.items():
        for variant in ["plain", "l2", "l1"]:
            if name == "adamw" and variant != "plain":
                continue
            w, b = weight.clone().requires_grad_(), bias.clone().requires_grad_()
            groups = [{"params": [w]}, {"params": [b], "weight_decay": 0.0}]
            if variant == "l2":
                groups[0]["weight_decay"] = 2 * L2
            optimizer = make(groups)
            trace = []
            for gradient in gradients:
                w.grad, b.grad = gradient[:37].clone(), gradient[37:].clone()
                if variant == "l1":
                    w.grad += torch.autograd.grad(L1 * w.abs().sum(), w)[0]
                optimizer.step()
                trace.append(torch.cat([w.detach(), b.detach()]))
            tensors[f"{name}.{variant}"] = torch.stack(trace)
    save("optimizers", tensors)


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


def schedules():
    """The rate of each step under PyTorch's schedulers, with a rate of 0.5 and 4 steps an epoch."""
    rate, steps, epochs = 0.5, 4, 6
    schedulers = torch.optim.lr_scheduler

    def trace(count, make, every=1):
        optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=rate)
        scheduler, rates = make(optimizer), []
        for i in range(count):
            rates.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            if i % every == every - 1:
                scheduler.step()
        return torch.tensor(rates)

    total = steps * epochs
    after = total - 2 * steps  # a warm-up of 2 epochs

    def warm(make):
        return lambda o: schedulers.SequentialLR(
            o, [schedulers.LinearLR(o, 0.25, total_iters=2 * steps), make(o)], [2 * steps])

    plateaus = {}
    values = [1, .75, .75, .875, .75, .74, .74, .74, .74, .5, .51, .52, .5, .5, .49997, .4, .4, .4, .4,
              .4, .4, .4, .4, .4]
    for name, options in {
            "plateau": dict(factor=0.25, patience=1),
            "plateau_absolute": dict(factor=0.5, patience=2, threshold=0.0625,
                                     threshold_mode="abs", cooldown=2),
            "plateau_min": dict(factor=0.5, patience=0, min_lr=0.0625, cooldown=1),
            "plateau_max": dict(factor=0.5, patience=1, mode="max", threshold=0.25)}.items():
        optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=rate)
        scheduler, rates = schedulers.ReduceLROnPlateau(optimizer, eps=0, **options), []
        for value in values:
            rates.append(optimizer.param_groups[0]["lr"])
            scheduler.step(1 / value if name == "plateau_max" else value)
        plateaus[name] = torch.tensor(rates)

    save("schedules", plateaus | {
        "values": torch.tensor(values),
        "step": trace(total, lambda o: schedulers.StepLR(o, 2, 0.25), steps),
        "exponential": trace(total, lambda o: schedulers.ExponentialLR(o, 0.75), steps),
        "exponential_by_step":
            trace(total, lambda o: schedulers.ExponentialLR(o, 0.75 ** (1 / steps))),
        "cosine": trace(total, lambda o: schedulers.CosineAnnealingLR(o, total, 0.03125)),
        "cosine_by_epoch":
            trace(total, lambda o: schedulers.CosineAnnealingLR(o, epochs, 0.03125), steps),
        "linear": trace(total, lambda o: schedulers.LinearLR(o, 1, 0.0625, total)),
        "linear_over": trace(total, lambda o: schedulers.LinearLR(o, 1, 0.0625, 3 * steps)),
        "one_cycle": trace(total, lambda o: schedulers.OneCycleLR(
            o, rate, total, cycle_momentum=False)),
        "one_cycle_fields": trace(total, lambda o: schedulers.OneCycleLR(
            o, rate, total, pct_start=0.25, div_factor=8, final_div_factor=64,
            cycle_momentum=False)),
        "warmup_cosine": trace(total, warm(
            lambda o: schedulers.CosineAnnealingLR(o, after, 0.03125))),
        "warmup_linear": trace(total, warm(
            lambda o: schedulers.LinearLR(o, 1, 0.0625, after))),
    })


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


def normalisation():
    """Batch and layer normalisation with their gradients, running statistics of three batches,
    and ten steps of a network that has both."""
    tensors = {}
    for case, shape in {"flat": (13, 5), "images": (3, 4, 2, 5)}.items():
        channels = shape[1]
        gamma, beta = normal(channels).requires_grad_(), normal(channels).requires_grad_()
        mean, variance = normal(channels), torch.rand(channels).float().double() + 1
        tensors.update({f"{case}.gamma": gamma, f"{case}.beta": beta,
                        f"{case}.mean.start": mean.clone(),
                        f"{case}.variance.start": variance.clone()})
        for step in range(3):
            x = (3 + normal(*shape, scale=2)).float().double().requires_grad_()
            dy = normal(*shape)
            y = F.batch_norm(x, mean, variance, gamma, beta, True, 0.1, 1e-5)
            dx, dgamma, dbeta = gradient_of(y, dy, x, gamma, beta)
            for key, value in dict(x=x, y=y, dy=dy, dx=dx, dgamma=dgamma, dbeta=dbeta).items():
                tensors[f"{case}.{step}.{key}"] = value
        tensors.update({f"{case}.mean": mean, f"{case}.variance": variance, f"{case}.inference":
                        F.batch_norm(x, mean, variance, gamma, beta, False, 0.1, 1e-5)})
    x = (normal(7, 33) - 2).float().double().requires_grad_()
    gamma, beta, dy = normal(33).requires_grad_(), normal(33).requires_grad_(), normal(7, 33)
    y = F.layer_norm(x, (33,), gamma, beta, 1e-5)
    dx, dgamma, dbeta = gradient_of(y, dy, x, gamma, beta)
    for key, value in dict(x=x, y=y, gamma=gamma, beta=beta, dy=dy, dx=dx, dgamma=dgamma,
                           dbeta=dbeta).items():
        tensors[f"layer.{key}"] = value
    normalised_network(tensors)
    save("normalisation", tensors)


def group_norm():
    """Group normalisation of 2 samples of 6 channels in 7 places, in groups of 6, 2 and 1 channels:
    [sample, channel, place], and once more with the channels last."""
    tensors = {}
    for groups in 1, 3, 6:
        x = (normal(2, 6, 7, scale=2) + 3).float().double().requires_grad_()
        gamma, beta, dy = normal(6).requires_grad_(), normal(6).requires_grad_(), normal(2, 6, 7)
        y = F.group_norm(x, groups, gamma, beta, 1e-5)
        dx, dgamma, dbeta = gradient_of(y, dy, x, gamma, beta)
        for last in "first", "last":
            for key, value in dict(x=x, y=y, dy=dy, dx=dx).items():
                tensors[f"{last}.{groups}.{key}"] = value.transpose(1, 2) if last == "last" else value
            for key, value in dict(gamma=gamma, beta=beta, dgamma=dgamma, dbeta=dbeta).items():
                tensors[f"{last}.{groups}.{key}"] = value
    save("group_norm", tensors)


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


if __name__ == "__main__":
    print("PyTorch", torch.__version__)
    for number, part in enumerate([activations, dense, losses, reductions, optimizers, networks,
                                   schedules, penalties, normalisation, images, cnn, group_norm]):
        if part.__name__ in sys.argv[1:] or len(sys.argv) == 1:
            torch.manual_seed(number)
            part()
