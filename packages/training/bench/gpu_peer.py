"""GPT-2's training step in eager PyTorch on a CUDA card; prints the seconds of steps as JSON. See gpu_speed.ts.

Arguments: vocabulary, context, layers, heads, width, batch, warm-up steps, steps.
"""
import contextlib
import json
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

V, T, L, H, D, B, WARM_UP, STEPS = map(int, sys.argv[1:])


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.ln_1, self.ln_2 = nn.LayerNorm(D), nn.LayerNorm(D)
        self.c_attn, self.c_proj = nn.Linear(D, 3 * D), nn.Linear(D, D)
        self.fc, self.proj = nn.Linear(D, 4 * D), nn.Linear(4 * D, D)

    def forward(self, x):
        q, k, v = (p.view(B, T, H, D // H).transpose(1, 2) for p in self.c_attn(self.ln_1(x)).split(D, dim=2))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.c_proj(y.transpose(1, 2).reshape(B, T, D))
        return x + self.proj(F.gelu(self.fc(self.ln_2(x)), approximate="tanh"))


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.wte, self.wpe = nn.Embedding(V, D), nn.Embedding(T, D)
        self.blocks, self.ln_f = nn.ModuleList(Block() for _ in range(L)), nn.LayerNorm(D)

    def forward(self, tokens, targets):
        x = self.wte(tokens) + self.wpe(torch.arange(T, device=tokens.device))
        for block in self.blocks:
            x = block(x)
        logits = F.linear(self.ln_f(x), self.wte.weight)
        return F.cross_entropy(logits.view(-1, V).float(), targets.reshape(-1))


def measure(arithmetic):
    torch.backends.cuda.matmul.allow_tf32 = arithmetic == "tf32"
    torch.manual_seed(1)
    model = Model().cuda()
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-4, betas=(0.9, 0.99), weight_decay=0.1)
    tokens = torch.randint(V, (B, T + 1), device="cuda")
    cast = torch.autocast("cuda", torch.bfloat16) if arithmetic == "bf16" else contextlib.nullcontext()
    seconds = []
    for _ in range(WARM_UP + STEPS):
        torch.cuda.synchronize()
        start = time.perf_counter()
        optimiser.zero_grad(set_to_none=True)
        with cast:
            loss = model(tokens[:, :-1], tokens[:, 1:])
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        loss.item()
        torch.cuda.synchronize()
        seconds.append(time.perf_counter() - start)
    return seconds[WARM_UP:]


print(json.dumps({"version": torch.__version__, "steps": {a: measure(a) for a in ("float32", "tf32", "bf16")}}))
