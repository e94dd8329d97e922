"""Loss and gradients of many declared models in PyTorch, in float64, from numbers that are all given.

Reads a JSON request from standard input, a list of
  architecture  as dsl/architecture.ts writes it
  parameters    {name: {"shape", "data"}}, running statistics included
  images        {"shape": [N, H, W, C], "data"} of 0 to 255
  labels        a list of N
  uniform       {name: {"shape", "data"}} for each dropout layer that draws lots
  frozen        names of layers that are as after .eval(), without gradients
all data being float32 in base64. Prints JSON, a list of {loss, gradients: {name: data}}, gradients as float32.
"""
import json
import sys

import torch
import torch.nn.functional as F

from architecture import logits, normalize
from packing import packed, tensor


def answer(model):
    state = {name: tensor(value).double() for name, value in model["parameters"].items()}
    frozen = model["frozen"]
    trainable = {
        name: value.requires_grad_()
        for name, value in state.items()
        if "running" not in name and name.rsplit(".", 1)[0] not in frozen
    }
    images = normalize(tensor(model["images"])).double()
    uniform = {name: tensor(value) for name, value in model["uniform"].items()}
    outputs = logits(model["architecture"]["layers"], state, images, uniform=uniform, frozen=frozen)
    loss = F.cross_entropy(outputs, torch.tensor(model["labels"]))
    found = torch.autograd.grad(loss, list(trainable.values()), allow_unused=True)
    gradients = {name: packed(gradient) for name, gradient in zip(trainable, found) if gradient is not None}
    return {"loss": loss.item(), "gradients": gradients}


json.dump([answer(model) for model in json.load(sys.stdin)], sys.stdout)
