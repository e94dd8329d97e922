"""Trains a declared architecture in PyTorch with the options of a run, and prints the weights that it ends with.

Reads a JSON request from standard input:
  architecture, batch, classes, parameters   as torch_reference.py
  learningRates                              one for each step
  mixup                                      {partners: one list for each step, shares}, for the runs that ask for it
  runs   {label: {"optimizer": {"name", ...options of torch.optim}, "loss": options of losses.py, "clipNorm", "ema", "mixup",
         "frozen": names of layers that are as after .eval() and without gradients}}, all but the optimizer optional
Prints JSON: {label: {losses, state}}, the state with the averages `NAME.ema` where there are any.
"""
import json
import sys

import torch
from torch.nn.utils import clip_grad_norm_
from torch.optim.swa_utils import AveragedModel

from architecture import logits, make_optimizer
from losses import classification_loss
from torch_reference import batch_of, initial_state, packed


def holder(state):
    """A module that has the state as its parameters and buffers; names of either have no dots."""
    module = torch.nn.Module()
    for name, tensor in state.items():
        key = name.replace(".", "/")
        if tensor.requires_grad:
            module.register_parameter(key, torch.nn.Parameter(tensor.detach()))
        else:
            module.register_buffer(key, tensor)
    return module


def named(module):
    return {name.replace("/", "."): tensor for name, tensor in module.state_dict(keep_vars=True).items()}


def run(request, options):
    layers = request["architecture"]["layers"]
    frozen = options.get("frozen", [])
    initial = initial_state(request)
    for name, tensor in initial.items():
        tensor.requires_grad_(tensor.requires_grad and name.rsplit(".", 1)[0] not in frozen)
    module = holder(initial)
    state = named(module)
    optimizer = make_optimizer({"lr": 0.0, **options["optimizer"]}, layers, state)
    decay = options.get("ema")
    # n averaged models, the first of which was copied: (1 + k) / (10 + k) for k = n - 1.
    average = decay and AveragedModel(
        module,
        avg_fn=lambda mean, new, n: mean + (1 - min(decay, n.item() / (n.item() + 9))) * (new - mean),
        use_buffers=True,
    )
    losses = []
    for step, rate in enumerate(request["learningRates"]):
        images, labels = batch_of(request, step)
        mixup = None
        if options.get("mixup"):
            partner, share = torch.tensor(request["mixup"]["partners"][step]), request["mixup"]["shares"][step]
            images = share * images + (1 - share) * images[partner]
            mixup = partner, share
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.zero_grad()
        outputs = logits(layers, state, images, frozen=frozen)
        loss = classification_loss(outputs, labels, mixup=mixup, **options.get("loss", {}))
        loss.backward()
        if options.get("clipNorm"):
            clip_grad_norm_(module.parameters(), options["clipNorm"])
        optimizer.step()
        if average:
            average.update_parameters(module)
        losses.append(loss.item())
    averages = {f"{name}.ema": tensor for name, tensor in named(average.module).items()} if average else {}
    return {"losses": losses, "state": {name: packed(t, None) for name, t in {**state, **averages}.items()}}


if __name__ == "__main__":
    request = json.load(sys.stdin)
    json.dump({label: run(request, options) for label, options in request["runs"].items()}, sys.stdout)
