"""The training loop people write by hand in PyTorch, timed: cross-entropy, SGD with momentum, data in memory.

Reads one line per run from standard input ("run"), trains the warmed-up model for --epochs epochs and answers with rows per second, so that
the caller can alternate runs of several programs.
"""
import argparse
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn


def threads_of(count):
    return f"{count} thread{'' if count == 1 else 's'} (its best here)"


def libraries():
    """The libtorch and BLAS files this process has loaded."""
    with open("/proc/self/maps", encoding="utf-8") as maps:
        paths = {line.split()[-1] for line in maps if "/" in line}
    return ", ".join(sorted(path for path in paths if "libtorch_cpu" in path or "blas" in path.rsplit("/", 1)[-1]))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--layers", default="20,128,128,10")
    parser.add_argument("--rows", type=int, default=20000)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(1)
    sizes = [int(size) for size in args.layers.split(",")]
    layers = []
    for inputs, outputs in zip(sizes[:-1], sizes[1:]):
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
    model = nn.Sequential(*layers[:-1])
    features = torch.randn(args.rows, sizes[0])
    labels = torch.randint(0, sizes[-1], (args.rows,))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, weight_decay=5e-4)

    def epoch():
        order = torch.randperm(args.rows)
        for first in range(0, args.rows, args.batch):
            rows = order[first:first + args.batch]
            loss = F.cross_entropy(model(features[rows]), labels[rows])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()

    epoch()
    print(f"PyTorch {torch.__version__}, {threads_of(args.threads)}, {libraries()}", flush=True)
    for line in sys.stdin:
        if line.strip() != "run":
            break
        start = time.perf_counter()
        for _ in range(args.epochs):
            epoch()
        print(args.rows * args.epochs / (time.perf_counter() - start), flush=True)


if __name__ == "__main__":
    main()
