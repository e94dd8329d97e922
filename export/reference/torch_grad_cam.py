"""Grad-CAM (https://arxiv.org/abs/1610.02391) of declared models in PyTorch, by its autograd and in float64.

Reads a JSON request from standard input, a list of
  architecture  as dsl/architecture.ts writes it
  parameters    {name: {"shape", "data"}}, running statistics included
  images        {"shape": [1, H, W, C], "data"} of 0 to 255
  label         the class that is asked about
  layer         the name of one with rows and columns
all data being float32 in base64. Prints JSON, a list of maps [h, w], each row-major float32 in base64.
"""
import json
import sys

import torch

from architecture import activations, normalize
from packing import packed, tensor


def grad_cam(model):
    state = {name: tensor(value).double() for name, value in model["parameters"].items()}
    images = normalize(tensor(model["images"])).double().requires_grad_()
    layers = model["architecture"]["layers"]
    values = activations(layers, state, images, training=False)
    logit = values[layers[-1]["inputs"][0]][0, model["label"]]
    features = values[model["layer"]]
    (gradient,) = torch.autograd.grad(logit, features)
    return packed(torch.relu((gradient.mean((2, 3), keepdim=True) * features).sum(1)))


json.dump([grad_cam(model) for model in json.load(sys.stdin)], sys.stdout)
