"""Makes the folder checkpoints/ with the real PyTorch: python3 checkpoints.py (made with 1.13).

The layouts that training scripts give their checkpoints, all of one small network. What is in them is stated in plain numbers in
checkpoints/truth.json: names and values of the weights, the step, options and state of the optimizer, and the weights after one more step of it
under the gradient that equals the weights.
"""

import argparse
import collections
import copy
import dataclasses
import json
import os
import pathlib
import random

import numpy
import torch
from torch import nn

folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "checkpoints")
truth = {}


def network(seed=0):
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1)).double()


def take_step(optimizer):
    for group in optimizer.param_groups:
        for p in group["params"]:
            p.grad = p.detach().clone()
    optimizer.step()


def trained(make=lambda p: torch.optim.Adam(p, lr=0.125), seed=0, steps=2):
    model = network(seed)
    optimizer = make(model.parameters())
    for _ in range(steps):
        take_step(optimizer)
    return model, optimizer


def numbers(tensor):
    return tensor.detach().to_dense().double().flatten().tolist()


def plain(value):
    if isinstance(value, torch.Tensor):
        return numbers(value) if value.dim() else value.item()
    return list(value) if isinstance(value, tuple) else value.item() if isinstance(value, numpy.generic) else value


def save(name, content, weights=None, key="", optimizer=None, step=None, next_weights=None, **options):
    """Writes a file and, where weights are given, what a reader must find in it."""
    torch.save(content, os.path.join(folder, name + ".pt"), **options)
    if weights is None:
        return
    truth[name] = {"key": key, "weights": {n: {"shape": list(w.shape), "values": numbers(w)} for n, w in weights.items()}}
    if optimizer is not None:
        kept = [{k: plain(v) for k, v in g.items() if isinstance(v, (bool, int, float, tuple, torch.Tensor, numpy.generic))} for g in optimizer["param_groups"]]
        truth[name]["optimizer"] = {
            "groups": [{"params": g["params"], "options": k} for g, k in zip(optimizer["param_groups"], kept)],
            "state": {str(i): {k: plain(v) for k, v in s.items() if v is not None} for i, s in optimizer["state"].items()},
        }
    if step is not None:
        truth[name]["step"] = step
    if next_weights is not None:
        truth[name]["next"] = numbers(next_weights)


def renamed(state, prefix):
    return collections.OrderedDict((prefix + name, tensor) for name, tensor in state.items())


def flat(model):
    return torch.cat([p.detach().flatten() for p in model.parameters()])


def save_trained(name, make, step=None, edit=lambda state: state, steps=2):
    """{"model", "optimizer"}, and the weights after one more step."""
    model, optimizer = trained(make, steps=steps)
    state = edit(copy.deepcopy(optimizer.state_dict()))
    weights = copy.deepcopy(model.state_dict())
    take_step(optimizer)
    save(name, {"model": weights, "optimizer": state}, weights, "model", state, step, flat(model))


def layouts():
    model, optimizer = trained()
    weights, state = model.state_dict(), optimizer.state_dict()
    save("bare", weights, weights)
    save("parameters", dict(network().named_parameters()), network().state_dict())
    for name, prefix in (("ddp", "module."), ("compiled", "_orig_mod."), ("ddp-compiled", "module._orig_mod."), ("compiled-ddp", "_orig_mod.module.")):
        save(name, {"model_state_dict": renamed(weights, prefix), "optimizer_state_dict": state, "iteration": 7}, weights, "model_state_dict", state, 2)
    save(
        "lightning",
        {
            "epoch": 1,
            "global_step": 12,
            "pytorch-lightning_version": "1.9.5",
            "state_dict": renamed(weights, "model."),
            "loops": {"fit_loop": {"state_dict": {}, "epoch_loop.batch_progress": {"total": {"ready": 12, "completed": 12}}}},
            "callbacks": {"ModelCheckpoint{'monitor': None}": {"best_model_score": torch.tensor(0.5), "dirpath": pathlib.Path("/x"), "best": {}}},
            "optimizer_states": [state],
            "lr_schedulers": [torch.optim.lr_scheduler.StepLR(optimizer, 10).state_dict()],
            "hparams_name": "args",
            "hyper_parameters": argparse.Namespace(lr=0.125),
        },
        weights, "state_dict", state, 2)
    average = network(1).state_dict()
    save("ema", {"model_ema": average, "model": weights, "optimizer": state}, weights, "model", state, 2)
    save("nested", {"x": {"trainer": {"net": weights, "optim": state}}, "loss": torch.tensor(0.5)}, weights, "x.trainer.net", state, 2)
    save("metrics", {"my_weights": weights, "metrics": {"loss": torch.tensor([0.5])}})
    other, other_optimizer = trained(lambda p: torch.optim.SGD(p, lr=0.5), seed=2)
    save("gan", {"generator": weights, "discriminator": nn.Linear(4, 4).state_dict(), "opt_g": state,
                 "opt_d": trained_linear().state_dict()}, weights, "generator", state, 2)
    save("two-alike", {"model": weights, "opt_1": state, "opt_2": other_optimizer.state_dict()}, weights, "model")
    save("twins", {"actor": weights, "critic": other.state_dict()})
    save("two-usual", {"model": weights, "net": other.state_dict()})
    save("optimizer-only", state)
    save("no-weights", {"epoch": 3, "rng": torch.get_rng_state()[:16].clone()})


def trained_linear():
    model = nn.Linear(4, 4)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
    take_step(optimizer)
    return optimizer


@dataclasses.dataclass
class Settings:
    lr: float = 0.125


class Own:
    def __init__(self):
        self.weights = torch.ones(2)


def types():
    """Values of many types beside weights and optimizer."""
    for protocol in (2, 3, 4, 5):
        model, optimizer = trained(lambda p: torch.optim.SGD(p, lr=numpy.float64(0.125), momentum=numpy.float32(0.5)))
        schedule = torch.optim.lr_scheduler.MultiStepLR(optimizer, [3, 5])
        state = optimizer.state_dict()
        save(
            f"trainer-{protocol}",
            {
                "args": argparse.Namespace(lr=0.5, device=torch.device("cpu"), out=pathlib.Path("runs/x")),
                "model": model.state_dict(),
                "optimizer": state,
                "scheduler": schedule.state_dict(),
                "scaler": {"scale": 65536.0, "growth_factor": 2.0, "backoff_factor": 0.5, "growth_interval": 2000, "_growth_tracker": 3},
                "rng": {"torch": torch.get_rng_state()[:16].clone(), "numpy": numpy.random.get_state(), "python": random.getstate()},
                "settings": Settings(),
                "own": Own(),
                "config": {"path": pathlib.Path("x"), "device": torch.device("cpu"), "dtype": torch.float32},
                "iteration": numpy.int64(40),
                "best": numpy.float32(0.25),
                "half": numpy.float16(0.5),
                "small": numpy.int32(-3),
                "done": numpy.bool_(True),
                "array": numpy.zeros(2),
            },
            model.state_dict(), "model", state, 40, pickle_protocol=protocol)
    whole = network()
    save("whole-module", whole)
    save("module-inside", {"model": whole, "epoch": 3})
    save("quantized", {"state_dict": {"weight": torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.qint8)}})
    save("sparse", {"model": {"weight": torch.eye(2).to_sparse()}})
    norm = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2)).state_dict()
    save("extra-state", {"model": {**norm, "_extra_state": Own()}}, norm, "model")


def tensors():
    for name, dtype in (("half", torch.float16), ("bfloat16", torch.bfloat16)):
        weights = network().to(dtype).state_dict()
        save(name, weights, weights)
    tied = network()
    weights = tied.state_dict()
    weights["decoder"] = weights["0.weight"]
    save("tied", {"model": weights}, weights, "model")
    grid = torch.arange(12, dtype=torch.float64).reshape(3, 4)
    weights = {"transposed": grid.t(), "column": grid[:, 1], "corner": grid[1:, 2:], "expanded": grid[0, 3:].expand(2)}
    save("views", {"net": weights}, weights, "net")


def modern(**options):
    """What PyTorch 2 adds to each group."""
    def edit(state):
        for group in state["param_groups"]:
            group.update({"foreach": None, "differentiable": False, "fused": None, **options})
        return state
    return edit


def on_gpu(state):
    """As with capturable=True: learning rate and steps are tensors of the GPU."""
    for group in state["param_groups"]:
        group.update(capturable=True, lr=torch.tensor(group["lr"], dtype=torch.float64))
    for values in state["state"].values():
        values["step"] = torch.tensor(float(values["step"]))
    return state


def old(state):
    """Before PyTorch 1.12, steps were numbers."""
    for values in state["state"].values():
        values["step"] = int(values["step"])
    return state


def by_kind(p):
    """Weight decay for matrices only, as in nanoGPT: the numbers of the optimizer are not in the order of the network."""
    p = list(p)
    groups = [{"params": [q for q in p if q.dim() > 1], "weight_decay": 0.5}, {"params": [q for q in p if q.dim() == 1], "weight_decay": 0.0, "lr": 0.25}]
    return torch.optim.AdamW(groups, lr=0.125)


def by_layer(p):
    p = list(p)
    return torch.optim.Adam([{"params": p[:2]}, {"params": p[2:], "lr": 0.03125}], lr=0.125)


def by_name(p):
    p = list(p)
    return torch.optim.SGD([{"params": [p[3], p[0]], "lr": 0.25}, {"params": [p[2], p[1]]}], lr=0.125, momentum=0.5)


def with_names(state):
    state["param_groups"][0]["param_names"] = ["2.bias", "0.weight"]
    state["param_groups"][1]["param_names"] = ["2.weight", "0.bias"]
    return state


def named_state(state):
    """As FSDP saves it: by names instead of numbers."""
    names = list(network().state_dict())
    return {"state": {names[i]: s for i, s in state["state"].items()}, "param_groups": [{**g, "params": names} for g in state["param_groups"]]}


def optimizers():
    save_trained("gd", lambda p: torch.optim.SGD(p, lr=0.125))
    save_trained("gd-decay", lambda p: torch.optim.SGD(p, lr=0.125, weight_decay=0.5))
    save_trained("momentum", lambda p: torch.optim.SGD(p, lr=0.125, momentum=0.75))
    save_trained("nesterov", lambda p: torch.optim.SGD(p, lr=0.125, momentum=0.75, nesterov=True))
    save_trained("ema-momentum", lambda p: torch.optim.SGD(p, lr=0.125, momentum=0.75, dampening=0.75))
    save_trained("momentum-before-the-first-step", lambda p: torch.optim.SGD(p, lr=0.125, momentum=0.75), steps=0)
    save_trained("rmsprop", lambda p: torch.optim.RMSprop(p, lr=0.125, alpha=0.875), 2)
    save_trained("adam", lambda p: torch.optim.Adam(p, lr=0.125, betas=(0.75, 0.875), eps=0.0625), 2)
    save_trained("adam-decay", lambda p: torch.optim.Adam(p, lr=0.125, weight_decay=0.5), 2)
    save_trained("adamw", lambda p: torch.optim.AdamW(p, lr=0.125, weight_decay=0.5), 2)
    save_trained("adam-modern", lambda p: torch.optim.Adam(p, lr=0.125, weight_decay=0.5), 2, modern(decoupled_weight_decay=False))
    save_trained("adamw-modern", lambda p: torch.optim.AdamW(p, lr=0.125, weight_decay=0.5), 2, modern(decoupled_weight_decay=True))
    save_trained("capturable", lambda p: torch.optim.Adam(p, lr=0.125), 2, on_gpu)
    save_trained("adam-old", lambda p: torch.optim.Adam(p, lr=0.125), 2, old)
    save_trained("groups-by-kind", by_kind, 2)
    save_trained("groups-by-layer", by_layer, 2)
    save_trained("groups-with-names", by_name, None, with_names)
    save_trained("groups-without-names", by_name)
    save_trained("frozen", lambda p: torch.optim.Adam(list(p)[2:], lr=0.125), 2)
    save_trained("frozen-without-state", lambda p: torch.optim.SGD(list(p)[2:], lr=0.125))
    save_trained("adagrad", lambda p: torch.optim.Adagrad(p, lr=0.125), 2)
    save_trained("adamax", lambda p: torch.optim.Adamax(p, lr=0.125), 2)
    save_trained("radam", lambda p: torch.optim.RAdam(p, lr=0.125), 2)
    save_trained("nadam", lambda p: torch.optim.NAdam(p, lr=0.125), 2)
    save_trained("amsgrad", lambda p: torch.optim.Adam(p, lr=0.125, amsgrad=True), 2)
    save_trained("maximize", lambda p: torch.optim.SGD(p, lr=0.125, maximize=True))
    save_trained("dampening", lambda p: torch.optim.SGD(p, lr=0.125, momentum=0.75, dampening=0.5))
    save_trained("centered", lambda p: torch.optim.RMSprop(p, lr=0.125, centered=True), 2)
    save_trained("rmsprop-momentum", lambda p: torch.optim.RMSprop(p, lr=0.125, momentum=0.5), 2)
    model, optimizer = trained()
    save("fsdp", {"model": model.state_dict(), "optimizer": named_state(optimizer.state_dict())}, model.state_dict(), "model")
    larger = nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 1)).double()
    foreign = torch.optim.Adam(larger.parameters(), lr=0.125)
    take_step(foreign)
    save("foreign-optimizer", {"model": model.state_dict(), "optimizer": foreign.state_dict()}, model.state_dict(), "model", foreign.state_dict(), 1)


if __name__ == "__main__":
    torch.set_num_threads(1)
    random.seed(0)
    numpy.random.seed(0)
    os.makedirs(folder, exist_ok=True)
    layouts()
    types()
    tensors()
    optimizers()
    with open(os.path.join(folder, "truth.json"), "w", newline="\n") as file:
        file.write("{\n" + ",\n".join(f"{json.dumps(name)}: {json.dumps(entry)}" for name, entry in truth.items()) + "\n}\n")
