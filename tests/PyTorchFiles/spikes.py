"""Makes the folder spikes/ with the real PyTorch: python3 spikes.py (made with 1.13).

Trainings with spikes whose causes are known, because the script made them: 20 networks (edge of stability, a raised learning rate, a second moment
that has decayed, a lost optimizer state, a bad batch, noise, rounding), 12 linear models whose phase is quadratic, and a linear regression on a
feature that is not scaled. Each has a folder with before.pt, after.pt and batches.pt, where it has them. Networks and data are shared. cases.json
says for each which they are, what the cause is, and with which options it is diagnosed.
"""

import json
import os

import torch
from torch import nn

torch.set_num_threads(1)
root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "spikes")
cases = []
shared = {}


def mse(model, x, y):
    return 0.5 * ((model(x) - y) ** 2).sum(1).mean()


def curve(n=20, degree=3):
    x = torch.linspace(-1, 1, n).reshape(-1, 1)
    return x, torch.cos(degree * torch.acos(x.clamp(-1, 1)))


def mlp(seed, inputs=1, hidden=32, outputs=1):
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(inputs, hidden), nn.Tanh(), nn.Linear(hidden, hidden), nn.Tanh(), nn.Linear(hidden, outputs))


def save(path, name, model, optimizer):
    torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict()}, os.path.join(path, name))


def same(kind, value, write):
    """The name of a shared file: one file for equal values."""
    names = shared.setdefault(kind, [])
    equal = next((name for name, other in names if other.keys() == value.keys() and all(torch.equal(other[k], value[k]) for k in value)), None)
    if equal is None:
        equal = f"{kind}-{len(names) + 1}.{'ts' if kind == 'net' else 'pt'}"
        names.append((equal, {k: v.clone() for k, v in value.items()}))
        write(os.path.join(root, equal))
    return equal


def case(name, cause, model, x, y, options=""):
    path = os.path.join(root, name)
    os.makedirs(path, exist_ok=True)
    shapes = {k: torch.zeros_like(v) for k, v in model.state_dict().items()}
    data = {"x": x, "y": y}
    cases.append({
        "name": name,
        "cause": cause,
        "model": same("net", shapes, lambda file: torch.jit.trace(model, x[:2]).save(file)),
        "data": same("data", data, lambda file: torch.save(data, file)),
        "options": options.split(),
    })
    return path


def train(model, optimizer, x, y, steps, batches=None):
    for step in range(steps):
        xb, yb = (x, y) if batches is None else batches(step)
        optimizer.zero_grad()
        mse(model, xb, yb).backward()
        optimizer.step()


def edge(name, seed, lr, warm, more, degree=3, **kind):
    x, y = curve(degree=degree)
    model = mlp(seed)
    optimizer = torch.optim.SGD(model.parameters(), lr=lr, **kind)
    train(model, optimizer, x, y, warm)
    path = case(name, "edge_of_stability", model, x, y)
    save(path, "before.pt", model, optimizer)
    train(model, optimizer, x, y, more)
    save(path, "after.pt", model, optimizer)


def rate(name, seed, make, low, high, warm, more):
    x, y = curve()
    model = mlp(seed)
    optimizer = make(model.parameters(), low)
    train(model, optimizer, x, y, warm)
    path = case(name, "learning_rate_change", model, x, y)
    save(path, "before.pt", model, optimizer)
    for group in optimizer.param_groups:
        group["lr"] = high
    train(model, optimizer, x, y, more)
    save(path, "after.pt", model, optimizer)


def decayed(name, seed, lr, warm, more, beta2=0.999):
    x, y = curve()
    model = mlp(seed)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr, betas=(0.9, beta2))
    train(model, optimizer, x, y, warm)
    path = case(name, "preconditioner", model, x, y)
    save(path, "before.pt", model, optimizer)
    train(model, optimizer, x, y, more)
    save(path, "after.pt", model, optimizer)


def reset(name, seed, lr, warm, more, kind=torch.optim.Adam):
    x, y = curve()
    model = mlp(seed)
    optimizer = kind(model.parameters(), lr=lr)
    train(model, optimizer, x, y, warm)
    path = case(name, "state_reset", model, x, y, "--optimizer adamw" if kind is torch.optim.AdamW else "")
    save(path, "before.pt", model, optimizer)
    optimizer = kind(model.parameters(), lr=lr)
    train(model, optimizer, x, y, more)
    save(path, "after.pt", model, optimizer)


def clusters(seed, n=256, inputs=8):
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(n, inputs, generator=generator)
    w = torch.randn(inputs, 1, generator=generator)
    return x, torch.tanh(x @ w)


def bad(name, seed, make, warm, more, at, size=16, scale=6.0):
    x, y = clusters(seed)
    generator = torch.Generator().manual_seed(seed + 1)
    model = mlp(seed, inputs=8)
    optimizer = make(model.parameters())
    draw = lambda step: (lambda i: (x[i], y[i]))(torch.randint(0, len(x), (size,), generator=generator))
    train(model, optimizer, x, y, warm, batches=draw)
    path = case(name, "bad_batch", model, x, y, "--optimizer adamw" if isinstance(optimizer, torch.optim.AdamW) else "")
    save(path, "before.pt", model, optimizer)
    window = [draw(0) for _ in range(more)]
    window[at] = (scale * torch.rand(size, 8, generator=generator), scale * torch.randn(size, 1, generator=generator))
    torch.save({"x": torch.stack([a for a, _ in window]), "y": torch.stack([b for _, b in window])}, os.path.join(path, "batches.pt"))
    train(model, optimizer, x, y, more, batches=lambda step: window[step])
    save(path, "after.pt", model, optimizer)


def noise(name, seed, warm, more, lr=0.02, size=4):
    x, y = clusters(seed)
    generator = torch.Generator().manual_seed(seed + 1)
    y = y + 0.5 * torch.randn(y.shape, generator=generator)
    model = mlp(seed, inputs=8)
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    draw = lambda step: torch.randint(0, len(x), (size,), generator=generator)
    train(model, optimizer, x, y, warm, batches=lambda s: (lambda i: (x[i], y[i]))(draw(s)))
    path = case(name, "noise", model, x, y)
    save(path, "before.pt", model, optimizer)
    window = torch.stack([draw(0) for _ in range(more)])
    torch.save({"indices": window}, os.path.join(path, "batches.pt"))
    train(model, optimizer, x, y, more, batches=lambda step: (x[window[step]], y[window[step]]))
    save(path, "after.pt", model, optimizer)


def stale(name, seed, lr, warm, more, size=32):
    """RMSProp after a feature was silent for long: its second moment has decayed."""
    x, y = clusters(seed)
    quiet = x.clone()
    quiet[:, 4:] = 0
    generator = torch.Generator().manual_seed(seed + 1)
    model = mlp(seed, inputs=8)
    with torch.no_grad():
        model[0].weight[:, 4:] = 0
    optimizer = torch.optim.RMSprop(model.parameters(), lr=lr, alpha=0.999)
    draw = lambda step: torch.randint(0, len(x), (size,), generator=generator)
    train(model, optimizer, x, y, warm, batches=lambda s: (lambda i: (quiet[i], y[i]))(draw(s)))
    path = case(name, "preconditioner", model, x, y)
    save(path, "before.pt", model, optimizer)
    window = torch.stack([draw(0) for _ in range(more)])
    torch.save({"indices": window}, os.path.join(path, "batches.pt"))
    train(model, optimizer, x, y, more, batches=lambda step: (x[window[step]], y[window[step]]))
    save(path, "after.pt", model, optimizer)


def examples(count=30):
    generator = torch.Generator().manual_seed(7)
    x = torch.randn(count, 4, generator=generator) * torch.tensor([2.0, 1.2, 0.8, 0.5])
    return x, x @ torch.randn(4, 1, generator=generator) + 0.01 * torch.randn(count, 1, generator=generator)


def quadratic(name, seed, make, warm, options=""):
    """A linear model near its minimum. The second moments forget so slowly that they are constant for the next 200 steps."""
    x, y = examples()
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(4, 1))
    optimizer = make(model.parameters())
    train(model, optimizer, x, y, warm)
    save(case(name, "quadratic", model, x, y, options), "before.pt", model, optimizer)


def regression(name, lr):
    x, y = torch.arange(65.0, 101, 5).reshape(-1, 1), torch.arange(200.0, 551, 50).reshape(-1, 1)
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(1, 1))
    save(case(name, "divergence", model, x, y), "before.pt", model, torch.optim.SGD(model.parameters(), lr=lr))


class Offset(nn.Module):
    """A network whose float32 loss rounds away what it learns: numbers near one cancel."""
    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(1, 8)
        self.outer = nn.Linear(8, 1)

    def forward(self, x):
        return (torch.tanh(self.outer(torch.tanh(self.inner(x))) * 1e-6 + 1.0) - 0.7615941559557649) * 1e6


def precision(name, seed):
    x, y = curve()
    torch.manual_seed(seed)
    model = Offset()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    path = case(name, "precision", model, x, y)
    save(path, "before.pt", model, optimizer)
    train(model, optimizer, x, y, 100)
    save(path, "after.pt", model, optimizer)


sgd = lambda p, lr: torch.optim.SGD(p, lr=lr)
heavy = lambda p, lr: torch.optim.SGD(p, lr=lr, momentum=0.9)
adam = lambda p, lr: torch.optim.Adam(p, lr=lr)

if __name__ == "__main__":
    edge("edge-1", 0, 0.10, 700, 200)
    edge("edge-2", 1, 0.2, 640, 200, degree=4)
    edge("edge-3", 2, 0.15, 50, 60, momentum=0.9)
    rate("rate-1", 0, sgd, 0.05, 0.25, 400, 100)
    rate("rate-2", 1, heavy, 0.03, 0.4, 300, 100)
    rate("rate-3", 2, adam, 0.001, 0.02, 1500, 100)
    decayed("decayed-1", 0, 0.003, 1500, 300)
    decayed("decayed-2", 1, 0.01, 700, 300)
    decayed("decayed-3", 2, 0.005, 1200, 300, beta2=0.9995)
    stale("decayed-4", 0, 0.01, 1500, 40)
    stale("decayed-5", 1, 0.02, 1500, 40)
    reset("reset-1", 0, 0.005, 400, 60)
    reset("reset-2", 1, 0.01, 300, 60)
    reset("reset-3", 2, 0.005, 400, 60, kind=torch.optim.AdamW)
    bad("bad-1", 0, lambda p: torch.optim.SGD(p, lr=0.05), 300, 20, 7)
    bad("bad-2", 1, lambda p: torch.optim.Adam(p, lr=0.003), 300, 20, 5)
    bad("bad-3", 2, lambda p: torch.optim.AdamW(p, lr=0.003), 300, 30, 12, scale=4.0)
    noise("noise-1", 0, 300, 20)
    noise("noise-2", 1, 300, 20)
    precision("precision-1", 0)

    quadratic("quadratic-sgd-1", 1, lambda p: torch.optim.SGD(p, lr=0.2), 40)
    quadratic("quadratic-sgd-2", 2, lambda p: torch.optim.SGD(p, lr=0.35), 40)
    quadratic("quadratic-momentum-1", 3, lambda p: torch.optim.SGD(p, lr=0.3, momentum=0.9), 200)
    quadratic("quadratic-momentum-2", 4, lambda p: torch.optim.SGD(p, lr=0.4, momentum=0.5), 60)
    quadratic("quadratic-nesterov-1", 5, lambda p: torch.optim.SGD(p, lr=0.2, momentum=0.9, nesterov=True), 200)
    quadratic("quadratic-nesterov-2", 6, lambda p: torch.optim.SGD(p, lr=0.25, momentum=0.5, nesterov=True), 60)
    quadratic("quadratic-adam-1", 7, lambda p: torch.optim.Adam(p, lr=0.01, betas=(0.9, 0.9999)), 20000)
    quadratic("quadratic-adam-2", 8, lambda p: torch.optim.Adam(p, lr=0.02, betas=(0.8, 0.9999)), 20000)
    quadratic("quadratic-adamw-1", 9, lambda p: torch.optim.AdamW(p, lr=0.01, betas=(0.9, 0.9999), weight_decay=0.05), 20000, "--optimizer adamw")
    quadratic("quadratic-adamw-2", 10, lambda p: torch.optim.AdamW(p, lr=0.02, betas=(0.8, 0.9999), weight_decay=0.01), 20000, "--optimizer adamw")
    quadratic("quadratic-rmsprop-1", 11, lambda p: torch.optim.RMSprop(p, lr=0.004, alpha=0.9999), 20000)
    quadratic("quadratic-rmsprop-2", 12, lambda p: torch.optim.RMSprop(p, lr=0.005, alpha=0.9999), 20000)
    regression("regression", 3e-4)
    with open(os.path.join(root, "cases.json"), "w") as file:
        json.dump(cases, file, indent=1)
        file.write("\n")
