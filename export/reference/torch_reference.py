"""Trains a declared architecture in PyTorch and prints what came out: the numbers our graphs are held against.

Reads a JSON request from standard input:
  architecture  as dsl/architecture.ts writes it
  batch         images in a step
  classes       number of classes
  parameters    {name: shape}, running statistics included
  optimizers    {label: {"name": "sgd"|"adam"|"adamw", ...options of torch.optim}}
  steps         optimizer steps for each optimizer
  computing     {"threads": n, "oneDnn": bool}, or nothing for PyTorch's defaults
  samples       largest number of elements kept of a tensor (evenly spaced); all where it is null
Prints JSON: losses of each run, gradients of the first step, weights and running statistics after the last.
Weights and images are noise from a hash of (name, position), which noise.ts computes to the same bits.
"""
import base64
import json
import sys

import numpy as np
import torch
import torch.nn.functional as F

from architecture import logits, make_optimizer, normalize
from noise import uniform


def noise(name, shape):
    u = uniform(name, int(np.prod(shape))).astype(np.float64)
    if name.endswith("running_var"):
        u = np.ones_like(u)
    elif len(shape) > 1:
        u = (2 * u - 1) * np.sqrt(6 / np.prod(shape[1:]))
    elif name.endswith("weight"):
        u = np.where(u < 0.25, -1, 1) * (0.5 + u)
    else:
        u = u - 0.5
    return torch.from_numpy(u.astype(np.float32).reshape(shape))


def initial_state(request):
    state = {}
    for name, shape in request["parameters"].items():
        tensor = noise(name, shape)
        state[name] = tensor if "running" in name else tensor.requires_grad_()
    return state


def batch_of(request, step):
    entry = request["architecture"]["layers"][0]["attributes"]
    shape = (request["batch"], entry["height"], entry["width"], entry["channels"])
    pixels = np.floor(uniform(f"images/{step}", int(np.prod(shape))) * 256).reshape(shape)
    labels = np.floor(uniform(f"labels/{step}", request["batch"]) * request["classes"]).astype(np.int64)
    return normalize(torch.from_numpy(pixels.astype(np.uint8))), torch.from_numpy(labels)


def packed(tensor, samples):
    flat = tensor.detach().double().flatten()
    step = 1 if samples is None else max(1, flat.numel() // samples)
    kept = flat[::step].float().numpy()
    return {"norm": flat.norm().item(), "step": step, "data": base64.b64encode(kept.tobytes()).decode()}


def run(request, options):
    # PyTorch draws other random numbers than we do.
    assert all(layer["attributes"].get("rate", 0) == 0 for layer in request["architecture"]["layers"]), "no dropout"
    torch.manual_seed(0)
    state = initial_state(request)
    optimizer = make_optimizer(options, request["architecture"]["layers"], state)
    losses, gradients = [], {}
    for step in range(request["steps"]):
        images, labels = batch_of(request, step)
        optimizer.zero_grad()
        loss = F.cross_entropy(logits(request["architecture"]["layers"], state, images), labels)
        loss.backward()
        if step == 0:
            gradients = {name: p.grad.clone() for name, p in state.items() if p.requires_grad and p.grad is not None}
        optimizer.step()
        losses.append(loss.item())
    return losses, gradients, state


def main():
    request = json.load(sys.stdin)
    if "computing" in request:
        torch.set_num_threads(request["computing"]["threads"])
        torch.backends.mkldnn.m.set_flags(request["computing"]["oneDnn"])
    result = {"torch": torch.__version__, "runs": {}}
    samples = request["samples"]
    pack = lambda tensors: {name: packed(tensor, samples) for name, tensor in tensors.items()}
    for label, options in request["optimizers"].items():
        losses, gradients, state = run(request, options)
        result.setdefault("gradients", pack(gradients))
        result["runs"][label] = {"losses": losses, "state": pack(state)}
    json.dump(result, sys.stdout, indent=1)


if __name__ == "__main__":
    main()
