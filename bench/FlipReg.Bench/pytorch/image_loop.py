"""The training loop people write by hand in PyTorch, timed, on a network for images that is read as FlipReg's JSON: cross-entropy, SGD with momentum.

Reads one line per run from standard input ("run") and answers with rows per second of one epoch.
"""
import argparse
import json
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn


class Residual(nn.Module):
    def __init__(self, body, shortcut):
        super().__init__()
        self.body, self.shortcut = body, shortcut

    def forward(self, x):
        return self.body(x) + self.shortcut(x)


def build(layers, width):
    """A Sequential of a list of layers, and the channels behind it."""
    modules = []
    for layer in layers:
        kind = layer["layer"]
        if kind == "conv2d":
            modules.append(nn.Conv2d(width, layer["outputs"], layer["kernel"], layer["stride"], layer["padding"], groups=layer["groups"], bias=layer["bias"]))
            width = layer["outputs"]
        elif kind == "batchNorm":
            modules.append(nn.BatchNorm2d(width))
        elif kind == "relu":
            modules.append(nn.ReLU(inplace=True))
        elif kind == "maxPool":
            modules.append(nn.MaxPool2d(layer["kernel"], layer["stride"], layer["padding"]))
        elif kind == "globalAveragePool":
            modules += [nn.AdaptiveAvgPool2d(1), nn.Flatten()]
        elif kind == "residual":
            body, after = build(layer["body"], width)
            shortcut, _ = build(layer.get("shortcut") or [], width)
            modules.append(Residual(body, shortcut))
            width = after
        elif kind == "linear":
            modules.append(nn.Linear(width, layer["outputs"]))
            width = layer["outputs"]
        else:
            raise ValueError(kind)
    return nn.Sequential(*modules), width


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--spec", required=True)
    parser.add_argument("--rows", type=int, default=512)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--channels-last", action="store_true")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(1)
    with open(args.spec, encoding="utf-8") as file:
        spec = json.load(file)
    model, classes = build(spec["layers"], spec["image"][0])
    images = torch.randn(args.rows, *spec["image"])
    labels = torch.randint(0, classes, (args.rows,))
    layout = torch.channels_last if args.channels_last else torch.contiguous_format
    model = model.to(memory_format=layout)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, weight_decay=5e-4)

    def epoch():
        order = torch.randperm(args.rows)
        for first in range(0, args.rows, args.batch):
            rows = order[first:first + args.batch]
            loss = F.cross_entropy(model(images[rows].contiguous(memory_format=layout)), labels[rows])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()

    epoch()
    print(f"PyTorch {torch.__version__}, {args.threads} threads, {'channels last' if args.channels_last else 'contiguous'}", flush=True)
    for line in sys.stdin:
        if line.strip() != "run":
            break
        start = time.perf_counter()
        epoch()
        print(args.rows / (time.perf_counter() - start), flush=True)


if __name__ == "__main__":
    main()
