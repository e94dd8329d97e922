"""What the layers of declared models give at inference in PyTorch, in float64.

Reads a JSON request from standard input, a list of models as torch_gradients.py has them, each with
  layer         the name of one with rows and columns
Prints JSON, a list of {activations: {name: data}, gradient: data}, float32 in base64: the output of every layer, and the
gradient of the layer's unit in the middle, summed over channels and images, with respect to the normalised images.
"""
import json
import sys

import torch

from architecture import activations, normalize
from packing import packed, tensor


def features(model):
    state = {name: tensor(value).double() for name, value in model["parameters"].items()}
    images = normalize(tensor(model["images"])).double().requires_grad_()
    values = activations(model["architecture"]["layers"], state, images, training=False)
    y = values[model["layer"]]
    (gradient,) = torch.autograd.grad(y[:, :, y.shape[2] // 2, y.shape[3] // 2].sum(), images)
    return {"activations": {name: packed(value) for name, value in values.items()}, "gradient": packed(gradient)}


json.dump([features(model) for model in json.load(sys.stdin)], sys.stdout)
