# SPDX-License-Identifier: Apache-2.0
"""Golden values of single ops: activations, dense layers, losses, reductions, penalties."""
import torch
import torch.nn.functional as F

from golden import gradient_of, normal, save

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
