"""Training steps of a GPT-2 by PyTorch, eager, as its users write them.

Usage: torch_peer.py CONFIG, a JSON object with V, L, H, D, T (as in the benchmark's figures), B sequences a step and threads. Each line
of input is one round, {"steps": n}; see openPythonPeer. A step is the gradient of the mean loss over B sequences, clipping, and AdamW.
"""

import json
import resource
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

# OpenMP's threads spin for work before they sleep, GNU's for up to 0.04 s: what answers sooner takes a processor from whoever is next.
RESTED_SECONDS = 0.1


class Block(nn.Module):
    def __init__(self, width: int, heads: int):
        super().__init__()
        self.heads = heads
        self.norm_1, self.norm_2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.query_key_value, self.project = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.widen, self.narrow = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        batch, length, width = x.shape
        parts = self.query_key_value(self.norm_1(x)).split(width, dim=2)
        query, key, value = (part.view(batch, length, self.heads, -1).transpose(1, 2) for part in parts)
        mixed = F.scaled_dot_product_attention(query, key, value, is_causal=True)
        x = x + self.project(mixed.transpose(1, 2).reshape(batch, length, width))
        return x + self.narrow(F.gelu(self.widen(self.norm_2(x)), approximate="tanh"))


class Model(nn.Module):
    def __init__(self, vocabulary: int, layers: int, heads: int, width: int, length: int):
        super().__init__()
        self.tokens, self.places = nn.Embedding(vocabulary, width), nn.Embedding(length, width)
        self.blocks = nn.Sequential(*(Block(width, heads) for _ in range(layers)))
        self.norm = nn.LayerNorm(width)

    def forward(self, tokens: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        x = self.tokens(tokens) + self.places(torch.arange(tokens.shape[1]))
        logits = self.norm(self.blocks(x)) @ self.tokens.weight.T
        return F.cross_entropy(logits.flatten(0, 1), targets.flatten())


def main() -> None:
    c = json.loads(sys.argv[1])
    torch.manual_seed(1)
    torch.set_num_threads(c["threads"])
    model = Model(c["V"], c["L"], c["H"], c["D"], c["T"])
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.99), weight_decay=0.1)
    stream = torch.randint(c["V"], (100_000,))

    def step() -> None:
        starts = torch.randint(len(stream) - c["T"] - 1, (c["B"],))
        rows = torch.stack([stream[start : start + c["T"] + 1] for start in starts.tolist()])
        loss = model(rows[:, :-1], rows[:, 1:])
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()

    print(json.dumps({"name": f"PyTorch {torch.__version__}, eager"}), flush=True)
    for line in sys.stdin:
        seconds = []
        for _ in range(json.loads(line)["steps"]):
            start = time.perf_counter()
            step()
            seconds.append(time.perf_counter() - start)
        time.sleep(RESTED_SECONDS)
        peak = 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        print(json.dumps({"seconds": seconds, "peakBytes": peak}), flush=True)


if __name__ == "__main__":
    main()
