"""Steps of PyTorch's optimisers and learning rates of its schedulers, for the tests of this package.

    pip install torch numpy && python make_optimiser_golden.py > optimiser_golden.json

PyTorch computes in float64 here. Its Muon iterates in bfloat16; the constant is replaced, so that its own code runs in float64.
"""

import json
import sys

import numpy as np
import torch

WIDTH = 6
SHAPES = {
    "transformer.h.0.attn.c_attn.bias": [3 * WIDTH],
    "transformer.h.0.attn.c_attn.weight": [WIDTH, 3 * WIDTH],
    "transformer.h.0.attn.c_proj.bias": [WIDTH],
    "transformer.h.0.attn.c_proj.weight": [WIDTH, WIDTH],
    "transformer.h.0.ln_1.bias": [WIDTH],
    "transformer.h.0.ln_1.weight": [WIDTH],
    "transformer.h.0.ln_2.bias": [WIDTH],
    "transformer.h.0.ln_2.weight": [WIDTH],
    "transformer.h.0.mlp.c_fc.bias": [4 * WIDTH],
    "transformer.h.0.mlp.c_fc.weight": [WIDTH, 4 * WIDTH],
    "transformer.h.0.mlp.c_proj.bias": [WIDTH],
    "transformer.h.0.mlp.c_proj.weight": [4 * WIDTH, WIDTH],
    "transformer.ln_f.bias": [WIDTH],
    "transformer.ln_f.weight": [WIDTH],
    "transformer.wpe.weight": [4, WIDTH],
    "transformer.wte.weight": [5, WIDTH],
}
LEARNING_RATES = [0.02, 0.01, 0.005]
DECAY = 0.1


def values(seed, shape):
    flat = [((i * 7919 + seed * 104729) % 2001 - 1000) / 1000 for i in range(int(np.prod(shape)))]
    return torch.tensor(np.array(flat, np.float32).astype(np.float64).reshape(shape))


def is_hidden(name):
    return ".h." in name and len(SHAPES[name]) == 2


def train(make_optimisers):
    parameters = {name: values(10 * at, shape) for at, (name, shape) in enumerate(SHAPES.items())}
    # The joined matrix of queries, keys and values is three matrices.
    pieces = {
        name: list(p.chunk(3, dim=1)) if name.endswith("c_attn.weight") else [p] for name, p in parameters.items()
    }
    pieces = {name: [torch.nn.Parameter(p.clone()) for p in each] for name, each in pieces.items()}
    optimisers = make_optimisers(pieces)
    for step, learning_rate in enumerate(LEARNING_RATES):
        for at, (name, shape) in enumerate(SHAPES.items()):
            gradient = values(10 * at + step + 1, shape)
            for piece, part in zip(pieces[name], gradient.chunk(len(pieces[name]), dim=-1)):
                piece.grad = part.clone()
        for optimiser in optimisers:
            for group in optimiser.param_groups:
                group["lr"] = learning_rate
            optimiser.step()
    joined = {name: torch.cat(each, dim=-1).detach().flatten().tolist() for name, each in pieces.items()}
    return {name: [round(x, 9) for x in each] for name, each in joined.items()}


def chosen(pieces, condition):
    return [p for name, each in pieces.items() if condition(name) for p in each]


def groups(pieces, condition=lambda name: True):
    return [
        {"params": chosen(pieces, lambda n: condition(n) and len(SHAPES[n]) == 2), "weight_decay": DECAY},
        {"params": chosen(pieces, lambda n: condition(n) and len(SHAPES[n]) == 1), "weight_decay": 0.0},
    ]


def adamw(pieces):
    return [torch.optim.AdamW(groups(pieces), betas=(0.9, 0.99), eps=1e-8)]


def sgd(momentum, nesterov):
    return lambda pieces: [torch.optim.SGD(groups(pieces), lr=1, momentum=momentum, nesterov=nesterov)]


def muon(nesterov):
    def make(pieces):
        hidden = torch.optim.Muon(
            chosen(pieces, is_hidden),
            weight_decay=DECAY,
            momentum=0.95,
            nesterov=nesterov,
            adjust_lr_fn="match_rms_adamw",
        )
        rest = torch.optim.AdamW(groups(pieces, lambda n: not is_hidden(n)), betas=(0.9, 0.99), eps=1e-8)
        return [hidden, rest]

    return make


def rates(make_scheduler, steps):
    optimiser = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    scheduler = make_scheduler(optimiser)
    found = []
    for _ in range(steps):
        found.append(optimiser.param_groups[0]["lr"])
        optimiser.step()
        scheduler.step()
    return found


schedulers = torch.optim.lr_scheduler
torch.bfloat16 = torch.float64
golden = {
    "torch": torch.__version__,
    "optimisers": {
        "adamw": train(adamw),
        "sgd": train(sgd(0.9, False)),
        "sgd without momentum": train(sgd(0.0, False)),
        "sgd nesterov": train(sgd(0.9, True)),
        "muon": train(muon(True)),
        "muon without nesterov": train(muon(False)),
    },
    "schedules": {
        "cosine": rates(lambda o: schedulers.CosineAnnealingLR(o, T_max=19, eta_min=0.1), 20),
        "linear": rates(lambda o: schedulers.LinearLR(o, start_factor=1.0, end_factor=0.1, total_iters=19), 20),
        "cyclic": rates(
            lambda o: schedulers.CyclicLR(o, base_lr=0.1, max_lr=1.0, step_size_up=4, cycle_momentum=False), 20
        ),
        "restarts": rates(lambda o: schedulers.CosineAnnealingWarmRestarts(o, T_0=3, T_mult=2, eta_min=0.1), 20),
    },
}
json.dump(golden, sys.stdout, indent=None)
sys.stdout.write("\n")
