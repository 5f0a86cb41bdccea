#!/usr/bin/env python3
"""Writes ferelr_k4.json: steps of FER-ELR on fixed logits in plain PyTorch, with autograd's gradients (schema regref-1).

The formulas are those of src/FlipReg/Regularizers/FerElr/README.md, written here once more and in float64; the file holds them rounded to float32.
"""
import json
import math
import os

import torch

SEED, N, K, EPOCHS, BATCH = 23, 13, 4, 6, 5
T, MU, GAMMA, INIT, STRENGTH, MOMENTUM, EPSILON = 5.0, 1.0, 0.1, 2, 3.0, 0.9, 1e-6

torch.set_default_dtype(torch.float64)
generator = torch.Generator().manual_seed(SEED)


def single(values):
    return [[float(f"{v:.9g}") for v in row] for row in values.float().tolist()]


labels = torch.randint(K, (N,), generator=generator)
bank, targets = torch.zeros(N, K), torch.zeros(N, K)
steps = []
for epoch in range(1, EPOCHS + 1):
    order = torch.randperm(N, generator=generator)
    hard = GAMMA + (1 - GAMMA) * (1 - epoch / EPOCHS)
    soft = (1 - GAMMA) * epoch / EPOCHS
    for first in range(0, N, BATCH):
        rows = order[first:first + BATCH]
        # One row in five is nearly certain: 1 - <p, t> gets small.
        z = torch.randn(len(rows), K, generator=generator) * 2
        z[0] += 12 * torch.nn.functional.one_hot(labels[rows[0]], K)
        z = z.float().double().requires_grad_()
        y = labels[rows]
        log_p = torch.log_softmax(z, 1)
        log_soft = torch.log_softmax(z / T, 1)
        ce = -log_p[torch.arange(len(rows)), y]
        seen = MOMENTUM * targets[rows] + (1 - MOMENTUM) * log_p.detach().exp()
        loss = ce
        if epoch > INIT:
            keep = -(bank[rows] * log_soft).sum(1)
            agreement = (log_p.exp() * seen).sum(1)
            strength = hard * STRENGTH * min(1, 2 * epoch / EPOCHS)
            loss = hard * ce + soft * T * T * keep + strength * torch.log(1 - agreement + EPSILON)
        loss = loss.mean()
        loss.backward()
        if epoch >= INIT:
            weight = 1 - torch.exp(-MU * torch.exp(-ce.detach()))
            bank[rows] = (1 - weight)[:, None] * bank[rows] + weight[:, None] * log_soft.detach().exp()
        targets[rows] = seen
        steps.append({
            "step": len(steps), "epoch": epoch, "phase": "vanilla" if epoch <= INIT else "ferelr",
            "batch_index": rows.tolist(), "labels": y.tolist(), "logits": single(z.detach()), "loss": float(f"{loss.item():.9g}"),
            "grad_logits": single(z.grad), "state_after": {"bank": single(bank), "targets": single(targets)},
        })

with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "ferelr_k4.json"), "w", encoding="ascii") as file:
    json.dump({
        "schema": "regref-1", "method": "ferelr", "name": "ferelr_k4", "seed": SEED, "note": f"{N} rows in batches of {BATCH}; the first row of a batch is nearly certain",
        "params": {"T": T, "mu": MU, "gamma": GAMMA, "init": INIT, "strength": STRENGTH, "momentum": MOMENTUM, "epochs": EPOCHS, "batch_size": BATCH},
        "N": N, "K": K, "labels": labels.tolist(), "steps": steps,
    }, file, separators=(",", ":"))
    file.write("\n")
assert math.isfinite(sum(step["loss"] for step in steps))
