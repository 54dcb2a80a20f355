"""python3 same.py A B C D ...: whether PyTorch's restricted reader finds the same in A and B, in C and D, and so on, layouts
and sharing included. Exit code 3: this Python has no PyTorch.
"""

import pickle
import sys

try:
    import torch
except ImportError:
    sys.exit(3)


def storages(value, found):
    """The storage that each tensor lies in, as the index of the first tensor that lies there."""
    if isinstance(value, torch.Tensor):
        if value.numel():
            found.append(value.storage().data_ptr())
    elif isinstance(value, dict):
        for inner in value.values():
            storages(inner, found)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            storages(inner, found)
    return [found.index(pointer) for pointer in found]


def same(a, b, where):
    if isinstance(a, torch.Tensor):
        assert isinstance(b, torch.Tensor), where
        assert (a.dtype, a.shape, a.requires_grad) == (b.dtype, b.shape, b.requires_grad), where
        assert a.numel() == 0 or a.stride() == b.stride(), where
        assert torch.equal(a, b), where
    elif isinstance(a, dict):
        assert list(a) == list(b), where
        for key in a:
            same(a[key], b[key], f"{where}.{key}")
    elif isinstance(a, (list, tuple)):
        assert len(a) == len(b), where
        for i, (x, y) in enumerate(zip(a, b)):
            same(x, y, f"{where}.{i}")
    else:
        assert a == b and type(a) is type(b), where


def load(path):
    try:
        return torch.load(path, weights_only=True)
    except pickle.UnpicklingError as e:
        # The restricted reader of PyTorch 1.13 does not know floating-point numbers, not even in PyTorch's own files.
        if "Unsupported operand 71" not in str(e):
            raise
        return torch.load(path)


for original, again in zip(sys.argv[1::2], sys.argv[2::2]):
    first, second = load(original), load(again)
    same(first, second, original)
    assert storages(first, []) == storages(second, []), original
