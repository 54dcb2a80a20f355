"""Makes the files in this folder with the real PyTorch: python3 make.py (made with 1.13).

Their content is stated in plain numbers in RealPyTorchFilesTests.cs and, for the training runs, in the .csv files.
"""

import argparse
import collections
import copy
import csv
import gzip
import os
import pathlib
import random

import numpy
import torch
from torch import nn

here = os.path.dirname(os.path.abspath(__file__))


def path(name):
    return os.path.join(here, name)


def dtypes():
    """Every dtype: 0, 1, 2, 3 as a 2 x 2 matrix (bool: as truth values)."""
    names = "float64 float32 float16 bfloat16 int64 int32 int16 int8 uint8 bool complex64 complex128".split()
    return {name: torch.arange(4).reshape(2, 2).to(getattr(torch, name)) for name in names}


def trainer():
    """A checkpoint as trainers write it: tensors beside values of many types of Python."""
    torch.manual_seed(0)
    model = nn.Linear(2, 1)
    optimizer = torch.optim.AdamW(model.parameters(), lr=numpy.float64(0.5))
    schedule = torch.optim.lr_scheduler.MultiStepLR(optimizer, [3, 5])
    model(torch.ones(1, 2)).sum().backward()
    optimizer.step()
    return {
        "args": argparse.Namespace(lr=0.5, device=torch.device("cpu"), out=pathlib.Path("runs/x")),
        "model": model.state_dict(),
        "parameter": nn.Parameter(torch.tensor([1.0, 2.0])),
        "optimizer": optimizer.state_dict(),
        "schedule": schedule.state_dict(),
        "rng": {"torch": torch.get_rng_state()[:8].clone(), "numpy": numpy.random.get_state(), "python": random.getstate()[0]},
        "best": numpy.int64(3),
        "loss": numpy.float32(0.25),
        "array": numpy.zeros(3),
        "counts": collections.defaultdict(int, a=1),
        "device": torch.device("cpu"),
        "classes": {"one", "two"},
        "note": b"bytes",
        "large": 2**100,
        "by pair": {(1, 2): 3, "text": 4},
        "dtype": torch.float32,
        "function": os.path.join,
    }


def layouts():
    """Views of one storage 0..11, and what has no elements or no dimensions."""
    base = torch.arange(12, dtype=torch.float64)
    grid = base.reshape(3, 4)
    return {
        "base": base,
        "transposed": grid.t(),
        "column": grid[:, 1],
        "corner": grid[1:, 2:],
        "every_third": base[1::3],
        "expanded": base[:1].expand(5),
        "scalar": torch.tensor(3.5),
        "empty": torch.zeros(0, 3),
        "alone": torch.tensor([1.5, -2.5], requires_grad=True),
    }


def nested():
    """A checkpoint as training scripts write it: model, optimizer, numbers, text, lists, and a parameter itself."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    model(torch.ones(4, 2)).sum().backward()
    optimizer.step()
    return {
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "epoch": 3,
        "best": 0.125,
        "large": 2**40,
        "negative": -5,
        "done": False,
        "note": "čau",
        "nothing": None,
        "history": [1.0, 2.0],
        "size": torch.Size([2, 3]),
        "dtype": torch.float64,
        "parameter": nn.Parameter(torch.tensor([7.0, 8.0])),
    }


def optimizers():
    """For each optimizer: weights and state after two steps under the gradient w, and the weights after the third."""
    make = {
        "sgd": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, dampening=0.5, weight_decay=0.01),
        "adam": lambda p: torch.optim.Adam(p, lr=0.1, betas=(0.8, 0.95), amsgrad=True),
        "adamw": lambda p: torch.optim.AdamW(p, lr=0.1, weight_decay=0.1),
        "rmsprop": lambda p: torch.optim.RMSprop(p, lr=0.1, momentum=0.5, centered=True),
        "adagrad": lambda p: torch.optim.Adagrad(p, lr=0.1, lr_decay=0.1),
    }
    result = {}
    for name, optimizer in make.items():
        weight = nn.Parameter(torch.tensor([1.0, -2.0, 3.0], dtype=torch.float64))
        optimizer = optimizer([weight])

        def step():
            weight.grad = weight.detach().clone()
            optimizer.step()

        step()
        step()
        result[name] = {"weight": weight.detach().clone(), "optimizer": copy.deepcopy(optimizer.state_dict())}
        step()
        result[name]["next"] = weight.detach().clone()
    return result


class NotATensor:
    pass


def train(name, model, inputs, targets, learning_rate, steps):
    """Full-batch gradient descent on half the summed squared error, averaged over the examples; losses at 0..steps."""
    torch.save(model.state_dict(), path(name + ".pt"))
    with open(path(name + ".csv"), "w", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["step", "loss"])
        for step in range(steps + 1):
            loss = 0.5 * ((model(inputs) - targets) ** 2).sum(1).mean()
            rows.writerow([step, repr(loss.item())])
            gradients = torch.autograd.grad(loss, list(model.parameters()))
            with torch.no_grad():
                for parameter, gradient in zip(model.parameters(), gradients):
                    parameter -= learning_rate * gradient


def chebyshev():
    x = torch.linspace(-1, 1, 20, dtype=torch.float64).reshape(-1, 1)
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(1, 16), nn.Tanh(), nn.Linear(16, 1)).double()
    train("chebyshev", model, x, 4 * x**3 - 3 * x, 0.05, 500)


def digits():
    with gzip.open(path("../../src/Lab/Data/digits.csv.gz"), "rt") as file:
        rows = torch.tensor([[float(cell) for cell in row] for row in csv.reader(file)][:200], dtype=torch.float64)
    targets = nn.functional.one_hot(rows[:, 64].long(), 10).double()
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(64, 10), nn.Tanh(), nn.Linear(10, 10)).double()
    train("digits", model, rows[:, :64] / 16, targets, 0.2, 50)


if __name__ == "__main__":
    torch.set_num_threads(1)
    torch.save(dtypes(), path("dtypes.pt"))
    torch.save(layouts(), path("layouts.pt"))
    torch.save(nested(), path("nested.pt"))
    torch.save(optimizers(), path("optimizers.pt"))
    torch.save({"w": torch.ones(2)}, path("old.pt"), _use_new_zipfile_serialization=False)
    torch.save(NotATensor(), path("object.pt"))
    for protocol in (2, 3, 4, 5):
        torch.save(trainer(), path(f"trainer-{protocol}.pt"), pickle_protocol=protocol)
    torch.jit.save(torch.jit.script(nn.Linear(2, 1)), path("torchscript.pt"))
    chebyshev()
    digits()
