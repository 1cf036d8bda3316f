# SPDX-License-Identifier: Apache-2.0
"""Golden values of batch, layer and group normalisation."""
import torch
import torch.nn.functional as F

from golden import gradient_of, normal, save
from networks import normalised_network


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
