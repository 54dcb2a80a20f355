"""Full-batch gradient descent in PyTorch, with the sharpness by a cold eigsh of SciPy at every step.

Arguments: folder with inputs.f32, targets.f32 and point.f32, learning rate, steps, threads, hidden widths.
Prints seconds per plain and per monitored step (medians), Hessian-vector products per step, and the last sharpness, as JSON.
"""
import json
import os
import statistics
import sys
import time

threads = sys.argv[4]
os.environ["OMP_NUM_THREADS"] = threads

import numpy as np
import torch
from scipy.sparse.linalg import LinearOperator, eigsh

folder, rate, steps, hidden = sys.argv[1], float(sys.argv[2]), int(sys.argv[3]), [int(w) for w in sys.argv[5:]]
torch.set_num_threads(int(threads))
OUTPUTS = 10
TOLERANCE = 1e-3


def read(name, columns):
    return torch.from_numpy(np.fromfile(os.path.join(folder, name + ".f32"), dtype=np.float32).reshape(-1, columns))


targets = read("targets", OUTPUTS)
inputs = read("inputs", np.fromfile(os.path.join(folder, "inputs.f32"), dtype=np.float32).size // len(targets))
widths = [inputs.shape[1], *hidden, OUTPUTS]
layers = []
for before, after in zip(widths, widths[1:]):
    layers += [torch.nn.Linear(before, after), torch.nn.Tanh()]
network = torch.nn.Sequential(*layers[:-1])
parameters = list(network.parameters())
torch.nn.utils.vector_to_parameters(read("point", 1).flatten(), parameters)


def loss():
    return 0.5 * (network(inputs) - targets).square().sum() / len(inputs)


def step():
    for parameter, gradient in zip(parameters, torch.autograd.grad(loss(), parameters)):
        parameter.data.sub_(gradient, alpha=rate)


def sharpness():
    """The largest eigenvalue, and the products it took."""
    products = 0

    def product(vector):
        nonlocal products
        products += 1
        vector = torch.from_numpy(np.asarray(vector, dtype=np.float32).ravel())
        gradient = torch.cat([g.flatten() for g in torch.autograd.grad(loss(), parameters, create_graph=True)])
        return torch.cat([h.flatten() for h in torch.autograd.grad(gradient @ vector, parameters)]).numpy()

    size = sum(p.numel() for p in parameters)
    values = eigsh(LinearOperator((size, size), matvec=product, dtype=np.float32), k=1, which="LA", tol=TOLERANCE, return_eigenvectors=False)
    return float(values[0]), products


plain, monitored, counts, last = [], [], [], 0.0
for _ in range(steps):
    start = time.perf_counter()
    last, products = sharpness()
    between = time.perf_counter()
    step()
    end = time.perf_counter()
    plain.append(end - between)
    monitored.append(end - start)
    counts.append(products)

print(json.dumps({
    "plain": statistics.median(plain),
    "monitored": statistics.median(monitored),
    "products": statistics.mean(counts),
    "sharpness": last,
}))
