"""Makes networks as TorchScript, data for them and the numbers of PyTorch: python3 networks.py, in this folder (made with 1.13).

networks.json has, of each network, the loss, the norm of the gradient, that of the product of the Hessian with v_i = sin(i), i = 1, 2, ...,
over the parameters in their order, the losses of gradient descent, and the buffers after it.
"""

import json
import os
import warnings
from typing import Dict, List, Optional, Tuple

import numpy
import torch
from torch import nn
from torch.nn import functional

here = os.path.dirname(__file__)
warnings.filterwarnings("ignore", category=torch.jit.TracerWarning)


def path(name):
    return os.path.join(here, name)


class Attention(nn.Module):
    """Two heads of causal attention with LayerNorm, GELU and Embedding."""

    def __init__(self, tokens=11, length=6, width=8, heads=2):
        super().__init__()
        self.heads = heads
        self.positions = nn.Parameter(torch.randn(length, width) * 0.1)
        self.embedding = nn.Embedding(tokens, width)
        self.norm1 = nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.norm2 = nn.LayerNorm(width)
        self.dense = nn.Linear(width, 4 * width)
        self.back = nn.Linear(4 * width, width)
        self.head = nn.Linear(width, tokens)
        self.register_buffer("mask", torch.ones(length, length, dtype=torch.bool).tril())

    def forward(self, x):
        n, length = x.shape
        y = self.embedding(x) + self.positions
        width = y.shape[-1]
        q, k, v = (t.reshape(n, length, self.heads, width // self.heads).transpose(1, 2) for t in self.qkv(self.norm1(y)).split(width, -1))
        shares = (q @ k.transpose(-1, -2) / (width // self.heads) ** 0.5).masked_fill(~self.mask, float("-inf")).softmax(-1)
        y = y + self.out((shares @ v).transpose(1, 2).reshape(n, length, width))
        return self.head(y + self.back(functional.gelu(self.dense(self.norm2(y)))))


class Reader(nn.Module):
    """A network that gives one number for each example, as [n]."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 1))

    def forward(self, x):
        return self.layers(x).squeeze(-1)


class TwoInputs(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(3, 2)

    def forward(self, a, b):
        return self.layer(a + b)


class TwoOutputs(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(3, 1)

    def forward(self, x):
        return self.layer(x), x


class OneLayer(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(3, 1)


class DictOutput(OneLayer):
    def forward(self, x) -> Dict[str, torch.Tensor]:
        return {"logits": self.layer(x)}


class NoneOutput(OneLayer):
    def forward(self, x) -> Optional[torch.Tensor]:
        return None


class TextOutput(OneLayer):
    def forward(self, x) -> str:
        return "a"


class NumberOutput(OneLayer):
    def forward(self, x) -> float:
        return 1.5


class ListOutput(OneLayer):
    def forward(self, x) -> List[torch.Tensor]:
        return [self.layer(x), x]


class NestedOutput(OneLayer):
    def forward(self, x) -> Tuple[torch.Tensor, Tuple[torch.Tensor, torch.Tensor]]:
        return x, (self.layer(x), x)


OUTPUTS = {"dict": DictOutput, "none": NoneOutput, "text": TextOutput, "number": NumberOutput, "list": ListOutput, "nested": NestedOutput}


def convolutions(channels=3):
    return nn.Sequential(
        nn.Conv2d(1, channels, 3, padding=1), nn.BatchNorm2d(channels), nn.Tanh(), nn.AvgPool2d(2), nn.Flatten(), nn.Linear(channels * 9, 4))


def cross_entropy(outputs, targets):
    return functional.cross_entropy(outputs.reshape(-1, outputs.shape[-1]), targets.reshape(-1))


def half_squares(outputs, targets):
    return 0.5 * (outputs.reshape(len(targets), -1) - targets.reshape(len(targets), -1)).square().sum(1).mean()


def fresh_statistics(model):
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.reset_running_stats()


def facts(model, x, y, criterion, learning_rate, steps):
    """Loss, |g| and |Hv| at the weights, and the losses of gradient descent from them."""
    parameters = list(model.parameters())
    loss = criterion(model(x), y)
    gradients = torch.autograd.grad(loss, parameters, create_graph=True)
    v = torch.arange(1, sum(p.numel() for p in parameters) + 1, dtype=torch.float64).sin().split([p.numel() for p in parameters])
    products = torch.autograd.grad(gradients, parameters, [part.reshape(p.shape) for part, p in zip(v, parameters)])
    fresh_statistics(model)
    losses = []
    for step in range(steps + 1):
        loss = criterion(model(x), y)
        losses.append(loss.item())
        if step < steps:
            with torch.no_grad():
                for parameter, gradient in zip(parameters, torch.autograd.grad(loss, parameters)):
                    parameter -= learning_rate * gradient
    norm = lambda tensors: torch.cat([t.reshape(-1) for t in tensors]).norm().item()
    return {
        "names": [name for name, _ in model.named_parameters()],
        "loss": losses[0],
        "gradient": norm(gradients),
        "product": norm(products),
        "learning_rate": learning_rate,
        "losses": losses,
        "buffers": {name: buffer.double().reshape(-1).tolist() for name, buffer in model.named_buffers()},
    }


def main():
    torch.set_num_threads(1)
    torch.manual_seed(0)
    result = {}

    # float64, traced; data as .npz, and the same compressed and column by column
    attention = Attention().double()
    x, y = torch.randint(0, 11, (7, 6)), torch.randint(0, 11, (7, 6))
    torch.jit.trace(attention, x).save(path("attention.ts"))
    numpy.savez(path("tokens.npz"), x=x.numpy(), y=y.numpy())
    numpy.savez_compressed(path("layouts.npz"), columns=numpy.asfortranarray(numpy.arange(6.0).reshape(2, 3)),
                           half=numpy.array([1.5, -2], numpy.float16), byte=numpy.array([[0, 255]], numpy.uint8), truth=numpy.array([True, False]),
                           scalar=numpy.float32(2.5), short=numpy.array([-3], numpy.int16))
    numpy.savez(path("objects.npz"), x=numpy.array([{"a": 1}], dtype=object))
    numpy.savez(path("big-endian.npz"), x=numpy.arange(3, dtype=">f8"))
    result["attention"] = facts(attention, x, y, cross_entropy, 0.5, 40)

    # float32 in the file, float64 in the run; scripted and traced; images as .pt
    images, labels = torch.randn(9, 1, 6, 6, dtype=torch.float64), torch.randint(0, 4, (9,))
    torch.save({"train": {"images": images, "labels": labels}, "epoch": 3}, path("images.pt"))
    for name in ("scripted", "traced"):
        torch.manual_seed(1)
        cnn = convolutions()
        program = torch.jit.script(cnn) if name == "scripted" else torch.jit.trace(cnn, images.float(), check_trace=False)
        fresh_statistics(cnn)
        program.save(path(f"cnn-{name}.ts"))
        result[f"cnn-{name}"] = facts(cnn.double(), images, labels, cross_entropy, 0.2, 40)

    reader, rows, numbers = Reader().double(), torch.randn(8, 3, dtype=torch.float64), torch.randn(8, dtype=torch.float64)
    torch.jit.script(reader).save(path("reader.ts"))
    torch.save({"x": rows, "y": numbers}, path("rows.pt"))
    result["reader"] = facts(reader, rows, numbers, half_squares, 0.1, 40)

    torch.jit.script(TwoInputs()).save(path("two-inputs.ts"))
    torch.jit.script(TwoOutputs()).save(path("two-outputs.ts"))
    for name, network in OUTPUTS.items():
        torch.jit.script(network()).save(path(f"{name}-output.ts"))
    torch.jit.script(nn.Sequential(nn.Linear(3, 4), nn.Dropout(0.5), nn.Linear(4, 1))).save(path("dropout.ts"))
    torch.jit.script(nn.Tanh()).save(path("no-parameters.ts"))
    with open(path("networks.json"), "w") as file:
        json.dump(result, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main()
