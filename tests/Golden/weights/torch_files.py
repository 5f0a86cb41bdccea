"""Writes the small files of this folder with PyTorch: python3 torch_files.py FOLDER (PyTorch 1.13, torchvision 0.14)."""
import json
import os
import sys

import torch
import torchvision

folder = sys.argv[1]


def path(name):
    return os.path.join(folder, name)


torch.manual_seed(5)
network = torch.nn.Sequential()
network.add_module("conv", torch.nn.Conv2d(2, 3, 3))
network.add_module("norm", torch.nn.BatchNorm2d(3))
network.add_module("fc", torch.nn.Linear(3, 2))
network.norm.running_mean.uniform_(-1, 1)
network.norm.running_var.uniform_(0.5, 2)
state = network.state_dict()
with open(path("state.json"), "w") as file:
    json.dump({name: {"shape": list(value.shape), "values": value.double().flatten().tolist()} for name, value in state.items()}, file)

torch.save(state, path("state.pth"))
torch.save({name: value.half() if value.is_floating_point() else value for name, value in state.items()}, path("half.pth"))
torch.save({name: value.bfloat16() if value.is_floating_point() else value for name, value in state.items()}, path("bfloat16.pth"), pickle_protocol=4)
torch.save({name: torch.nn.Parameter(value) if value.is_floating_point() else value for name, value in state.items()}, path("parameters.pth"))
optimizer = torch.optim.SGD(network.parameters(), lr=0.1, momentum=0.9)
torch.save({"epoch": 3, "best": 0.5, "model": {"state_dict": {"module." + name: value for name, value in state.items()}}, "optimizer": optimizer.state_dict()}, path("nested.pth"))

# Views: all values in one storage, kernels that lie by channels, the head's matrix turned.
strided = {}
flat = torch.cat([value.flatten().float() for value in state.values()])
first = 0
for name, value in state.items():
    strided[name] = flat[first:first + value.numel()].view(value.shape)
    first += value.numel()
strided["conv.weight"] = state["conv.weight"].contiguous(memory_format=torch.channels_last)
strided["fc.weight"] = state["fc.weight"].t().contiguous().t()
torch.save(strided, path("strided.pth"))

# A whole module names its class; a file that was made to do harm names what it calls.
torch.save(network, path("module.pth"))


class Harm:
    def __reduce__(self):
        return os.system, ("touch harm_was_done",)


torch.save({"conv.weight": state["conv.weight"], "harm": Harm()}, path("harm.pth"))


def formula(name, shape):
    """Values that need no file: the same in C#."""
    count = 1
    for size in shape:
        count *= size
    seed = sum(ord(letter) * (place + 1) for place, letter in enumerate(name))
    index = torch.arange(count, dtype=torch.int64)
    unit = ((index * 7919 + seed * 104729) % 10007).double() / 10007 - 0.5
    if name.endswith("running_var"):
        unit = 1 + unit
    elif len(shape) > 1:
        unit = unit * 4 / (count // shape[0]) ** 0.5
    return unit.float().view(shape)


golden = {}
for name in ["shufflenet_v2_x1_0", "mobilenet_v2", "resnet18", "resnet50"]:
    model = getattr(torchvision.models, name)()
    model.load_state_dict({key: formula(key, value.shape) if value.is_floating_point() else value for key, value in model.state_dict().items()})
    model.eval()
    with torch.no_grad():
        golden[name] = model(formula("image", (1, 3, 64, 64)) * 4)[0, :20].tolist()
with open(path("logits.json"), "w") as file:
    json.dump(golden, file)
