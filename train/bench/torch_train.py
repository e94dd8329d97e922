"""Trains an architecture in PyTorch as fast as it goes; spoken to by benchCli.ts.

First line of standard input: {"architecture", "parameters", "optimizer", "batch", "threads", "pixels", "labels"},
the last two being files of uint8 [count, H, W, 3] and int32 [count]. Then a line {"steps": n} each time; answers
{"seconds", "loss", "peakBytes"}.
"""
import json
import resource
import sys
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

sys.path.insert(0, str(Path(__file__).parents[2] / "export" / "reference"))
from architecture import logits, make_optimizer, normalize  # noqa: E402

setup = json.loads(sys.stdin.readline())
torch.set_num_threads(setup["threads"])
torch.manual_seed(0)
layers, batch = setup["architecture"]["layers"], setup["batch"]
entry = layers[0]["attributes"]
pixels = np.fromfile(setup["pixels"], np.uint8).reshape(-1, entry["height"], entry["width"], entry["channels"])
labels = torch.from_numpy(np.fromfile(setup["labels"], np.int32).astype(np.int64))

state = {}
for name, shape in setup["parameters"].items():
    if "running" in name:
        state[name] = torch.zeros(shape) if name.endswith("mean") else torch.ones(shape)
    elif len(shape) > 1:
        state[name] = torch.nn.init.kaiming_uniform_(torch.empty(shape), nonlinearity="relu").requires_grad_()
    else:
        state[name] = (torch.ones(shape) if name.endswith("weight") else torch.zeros(shape)).requires_grad_()
optimizer = make_optimizer(setup["optimizer"], layers, state)

position = 0
for line in sys.stdin:
    steps = json.loads(line)["steps"]
    started = time.perf_counter()
    total = 0.0
    for _ in range(steps):
        if position + batch > len(pixels):
            position = 0
        images = normalize(torch.from_numpy(pixels[position : position + batch]))
        optimizer.zero_grad(set_to_none=True)
        loss = F.cross_entropy(logits(layers, state, images), labels[position : position + batch])
        loss.backward()
        optimizer.step()
        total += loss.item()
        position += batch
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - pixels.nbytes
    print(json.dumps({"seconds": seconds, "loss": total / steps, "peakBytes": peak}), flush=True)
