#!/usr/bin/env python3
"""Writes baseline_*.json: steps of the baselines on fixed logits in plain PyTorch, with autograd's gradients (schema regref-1).

The formulas are those of the methods' READMEs in src/FlipReg/Regularizers, written here once more and in float64; the files hold them rounded to float32.
`method` is the name of the options' class without "Options", `params.options` has its properties.
"""
import json
import math
import os

import torch

SEED, N, EPOCHS, BATCH = 41, 13, 4, 5

torch.set_default_dtype(torch.float64)


def single(values):
    return [[float(f"{v:.9g}") for v in row] for row in values.float().tolist()]


def at(values, y):
    return values[torch.arange(len(y)), y]


def entropy(log_p):
    return -(log_p.exp() * log_p).sum(1)


def divergence(target, log_p):
    return (target * (target.clamp_min(1e-300).log() - log_p)).sum(1)


class Case:
    """The logits, labels and epoch of a step, and what methods derive from them."""

    def __init__(self, z, y, rows, epoch, others):
        self.z, self.y, self.rows, self.epoch, self.others, self.k = z, y, rows, epoch, others, z.shape[1]
        self.log_p = torch.log_softmax(z, 1)
        self.p = self.log_p.exp()
        self.onehot = torch.nn.functional.one_hot(y, self.k).double()
        self.ce = -at(self.log_p, y)

    def soft(self, t):
        return torch.log_softmax(self.z / t, 1)


def label_smoothing(c, o, _):
    return -(((1 - o["Smoothing"]) * c.onehot + o["Smoothing"] / c.k) * c.log_p).sum(1)


def max_entropy(c, o, _):
    return c.ce - o["Strength"] * entropy(c.log_p)


def tf_reg(c, o, _):
    a, t, alpha = o["LabelProbability"], o["Temperature"], o["Strength"]
    d = torch.softmax((c.onehot * a + (1 - c.onehot) * (1 - a) / (c.k - 1)) / t, 1)
    return (1 - alpha) * c.ce + alpha * t * t * divergence(d, c.soft(t))


def bootstrap(c, o, _):
    beta = o["LabelWeight"]
    said = torch.nn.functional.one_hot(c.z.argmax(1), c.k).double() if o["Hard"] else c.p
    return -((beta * c.onehot + (1 - beta) * said) * c.log_p).sum(1)


def symmetric(c, o, _):
    log_label = torch.where(c.onehot > 0, torch.tensor(0.0), torch.tensor(float(o["LogZero"])))
    return o["HardWeight"] * c.ce - o["ReverseWeight"] * (c.p * log_label).sum(1)


def generalized(c, o, _):
    return (1 - at(c.p, c.y) ** o["Exponent"]) / o["Exponent"]


def confusion(c, o, _):
    half = len(c.y) // 2
    distance = torch.linalg.norm(c.p[:half] - c.p[half:2 * half], dim=1)
    # The sum over pairs is divided by all rows, as the mean over rows divides it.
    return c.ce + torch.nn.functional.pad(o["Strength"] * distance, (0, len(c.y) - half))


def elr(c, o, state):
    beta = o["TargetMomentum"]
    seen = beta * state["targets"][c.rows] + (1 - beta) * c.p.detach()
    state["targets"][c.rows] = seen
    return c.ce + o["Strength"] * torch.log(1 - (c.p * seen).sum(1) + 1e-6)


def lwr(c, o, state):
    t, gamma, init = o["Temperature"], o["Gamma"], o["InitialEpochs"]
    before = state["bank"][c.rows]
    if c.epoch >= init:
        state["bank"][c.rows] = c.soft(t).detach().exp()
    if c.epoch <= init:
        return c.ce
    hard, soft = gamma + (1 - gamma) * (1 - c.epoch / EPOCHS), (1 - gamma) * c.epoch / EPOCHS
    return hard * c.ce - soft * t * t * (before * c.soft(t)).sum(1)


def distilled(c, o, _):
    """CS-KD and SD: towards other logits, where there are any."""
    if c.others is None:
        return c.ce
    t = o["Temperature"]
    return c.ce + o["Strength"] * t * t * divergence(torch.softmax(c.others / t, 1), c.soft(t))


CASES = [
    ("LabelSmoothing", label_smoothing, {"Smoothing": 0.1}, [4, 2]),
    ("MaxEntropy", max_entropy, {"Strength": 0.1}, [4, 2]),
    ("TfReg", tf_reg, {"Strength": 0.1, "Temperature": 20.0, "LabelProbability": 0.99}, [4, 2]),
    ("Bootstrap", bootstrap, {"Hard": False, "LabelWeight": 0.95}, [4, 2]),
    ("Bootstrap", bootstrap, {"Hard": True, "LabelWeight": 0.8}, [4, 2]),
    ("SymmetricCrossEntropy", symmetric, {"HardWeight": 0.1, "ReverseWeight": 1.0, "LogZero": -4.0}, [4, 2]),
    ("GeneralizedCrossEntropy", generalized, {"Exponent": 0.7}, [4, 2]),
    ("PairwiseConfusion", confusion, {"Strength": 10.0}, [4, 2]),
    ("Elr", elr, {"Strength": 3.0, "TargetMomentum": 0.7}, [4, 2]),
    ("Lwr", lwr, {"Temperature": 5.0, "Gamma": 0.1, "InitialEpochs": 1}, [4, 2]),
    ("CsKd", distilled, {"Temperature": 4.0, "Strength": 1.0}, [4, 2]),
    ("SnapshotDistillation", distilled, {"Temperature": 2.0, "Strength": 1.0, "Cycles": 2}, [4, 2]),
]


def write(method, loss_of, options, k, number):
    generator = torch.Generator().manual_seed(SEED + number)
    labels = torch.randint(k, (N,), generator=generator)
    state = {name: torch.zeros(N, k) for name in {"Elr": ["targets"], "Lwr": ["bank"]}.get(method, [])}
    steps = []
    for epoch in range(1, EPOCHS + 1):
        order = torch.randperm(N, generator=generator)
        for first in range(0, N, BATCH):
            rows = order[first:first + BATCH]
            y = labels[rows]
            # One row in five is nearly certain.
            z = torch.randn(len(rows), k, generator=generator) * 2
            z[0] += 12 * torch.nn.functional.one_hot(y[0], k)
            others = (torch.randn(len(rows), k, generator=generator) * 2).float().double()
            has_others = method == "CsKd" or (method == "SnapshotDistillation" and epoch > EPOCHS // options["Cycles"])
            z = z.float().double().requires_grad_()
            loss = loss_of(Case(z, y, rows, epoch, others if has_others else None), options, state).mean()
            loss.backward()
            step = {
                "step": len(steps), "epoch": epoch, "phase": method, "batch_index": rows.tolist(), "labels": y.tolist(), "logits": single(z.detach()),
                "loss": float(f"{loss.item():.9g}"), "grad_logits": single(z.grad), "state_after": {name: single(value) for name, value in state.items()},
            }
            if has_others:
                step["other_logits"] = single(others)
            steps.append(step)

    name = f"baseline_{method.lower()}{'_hard' if options.get('Hard') else ''}_k{k}"
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), name + ".json"), "w", encoding="ascii") as file:
        json.dump({
            "schema": "regref-1", "method": method, "name": name, "seed": SEED + number, "note": f"{N} rows in batches of {BATCH}; the first row of a batch is nearly certain",
            "params": {"options": options, "epochs": EPOCHS, "batch_size": BATCH}, "N": N, "K": k, "labels": labels.tolist(), "steps": steps,
        }, file, separators=(",", ":"))
        file.write("\n")
    assert math.isfinite(sum(step["loss"] for step in steps)), name


for i, (method, loss_of, options, sizes) in enumerate(CASES):
    for k in sizes:
        write(method, loss_of, options, k, i)
