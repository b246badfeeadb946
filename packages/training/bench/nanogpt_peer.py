"""nanoGPT's example for processors, by PyTorch, eager: the recipe's model, batches, schedule and decay; windows at random places.

Usage: nanogpt_peer.py CONFIG, a JSON object with the figure's sizes, the recipe's settings, the text's path and the part of it that is
held out. A line of input {"steps": n} is one round, whose time is answered; {"loss": true} asks for the loss over all windows of the
held-out text. See openPythonPeer.
"""

import json
import math
import sys
import time

import torch
from torch import nn

from torch_peer import Model


def initialise(model: Model, layers: int) -> None:
    for name, parameter in model.named_parameters():
        if name.endswith("bias"):
            nn.init.zeros_(parameter)
        elif parameter.dim() > 1:
            writes = name.endswith(("project.weight", "narrow.weight"))
            nn.init.normal_(parameter, 0.0, 0.02 / math.sqrt(2 * layers) if writes else 0.02)


def main() -> None:
    c = json.loads(sys.argv[1])
    torch.manual_seed(c["seed"])
    torch.set_num_threads(c["threads"])
    with open(c["path"]) as file:
        text = file.read()
    places = {character: index for index, character in enumerate(sorted(set(text)))}
    stream = torch.tensor([places[character] for character in text])
    cut = int(len(stream) * (1 - c["heldOut"]))
    training, held_out = stream[:cut], stream[cut:]
    length, batch, steps = c["T"], c["B"], c["steps"]

    model = Model(len(places), c["L"], c["H"], c["D"], length)
    initialise(model, c["L"])
    decaying = [parameter for parameter in model.blocks.parameters() if parameter.dim() > 1]
    known = {id(parameter) for parameter in decaying}
    others = [parameter for parameter in model.parameters() if id(parameter) not in known]
    groups = [{"params": decaying, "weight_decay": c["weightDecay"]}, {"params": others, "weight_decay": 0.0}]
    optimiser = torch.optim.AdamW(groups, lr=c["learningRate"], betas=(c["beta1"], c["beta2"]))

    def rate(step: int) -> float:
        peak, last, warm_up = c["learningRate"], c["finalLearningRate"], c["warmupSteps"]
        if step < warm_up:
            return peak * (step + 1) / (warm_up + 1)
        part = (step - warm_up) / (steps - 1 - warm_up)
        return last + (peak - last) * 0.5 * (1 + math.cos(math.pi * part))

    def make_step(step: int) -> None:
        for group in optimiser.param_groups:
            group["lr"] = rate(step)
        starts = torch.randint(len(training) - length, (batch,))
        rows = torch.stack([training[start : start + length + 1] for start in starts.tolist()])
        loss = model(rows[:, :-1], rows[:, 1:])
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), c["clip"])
        optimiser.step()

    @torch.no_grad()
    def loss_held_out() -> float:
        whole = (len(held_out) - 1) // length
        rows = held_out[: whole * length].view(whole, length)
        targets = held_out[1 : whole * length + 1].view(whole, length)
        batches = list(zip(rows.split(64), targets.split(64)))
        batches.append((held_out[whole * length : -1].unsqueeze(0), held_out[whole * length + 1 :].unsqueeze(0)))
        nats = sum(model(row, target).item() * target.numel() for row, target in batches if target.numel() > 0)
        return nats / (len(held_out) - 1)

    print(json.dumps({"name": f"PyTorch {torch.__version__}, eager"}), flush=True)
    done = 0
    for line in sys.stdin:
        request = json.loads(line)
        if "loss" in request:
            print(json.dumps({"loss": loss_held_out()}), flush=True)
            continue
        start = time.perf_counter()
        for step in range(done, done + request["steps"]):
            make_step(step)
        done += request["steps"]
        print(json.dumps({"seconds": [time.perf_counter() - start]}), flush=True)


main()
