"""Makes the network and the data of torchscript.yaml with PyTorch: python3 torchscript.py, in this folder (made with 1.13)."""

import torch
from torch import nn


class Reader(nn.Module):
    """Reads a row of letters, and says whether it has more of one letter than of another."""

    def __init__(self, letters=6, length=8, width=16, heads=2):
        super().__init__()
        self.letters = nn.Embedding(letters, width)
        self.places = nn.Parameter(0.1 * torch.randn(length, width))
        self.block = Block(width, heads)
        self.head = nn.Linear(width, 3)

    def forward(self, x):
        return self.head(self.block(self.letters(x) + self.places).mean(1))


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.dense = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, x):
        q, k, v = (t.unflatten(-1, (self.heads, -1)).transpose(1, 2) for t in self.attention(self.norm1(x)).chunk(3, -1))
        shares = (q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5).softmax(-1)
        x = x + self.out((shares @ v).transpose(1, 2).flatten(2))
        return x + self.dense(self.norm2(x))


torch.manual_seed(0)
model = Reader()
x = torch.randint(0, 6, (300, 8))
y = 1 + torch.sign((x == 0).sum(1) - (x == 1).sum(1))  # 0: fewer letters 0 than letters 1; 1: as many; 2: more

torch.jit.trace(model, x).save("torchscript.ts")
torch.save({"x": x, "y": y}, "torchscript.pt")
