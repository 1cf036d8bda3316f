# SPDX-License-Identifier: Apache-2.0
"""Golden values of optimizers and of schedules of the learning rate."""
import torch

from golden import normal, save

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
