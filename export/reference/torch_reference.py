"""Trains a declared architecture in PyTorch and prints what came out: the numbers our graphs are held against.

Reads a JSON request from standard input:
  architecture  as dsl/architecture.ts writes it
  batch         images in a step
  optimizers    {label: {"name": "sgd"|"adam"|"adamw", ...options of torch.optim}}
  steps         optimizer steps for each optimizer
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


def uniform(name, count):
    seed = 0x811C9DC5
    for byte in name.encode():
        seed = ((seed ^ byte) * 0x01000193) & 0xFFFFFFFF
    x = np.arange(count, dtype=np.uint32) * np.uint32(0x9E3779B1) + np.uint32(seed)
    x = (x ^ (x >> np.uint32(16))) * np.uint32(0x7FEB352D)
    x = (x ^ (x >> np.uint32(15))) * np.uint32(0x846CA68B)
    x = x ^ (x >> np.uint32(16))
    return ((x >> np.uint32(8)).astype(np.float64) / 2**24).astype(np.float32)


def noise(name, shape):
    u = uniform(name, int(np.prod(shape))).astype(np.float64)
    if name.endswith("running_mean"):
        u = np.zeros_like(u)
    elif name.endswith("running_var"):
        u = np.ones_like(u)
    elif len(shape) > 1:
        u = (2 * u - 1) * np.sqrt(6 / np.prod(shape[1:]))
    elif name.endswith("weight"):
        u = 0.5 + u
    else:
        u = u - 0.5
    return torch.from_numpy(u.astype(np.float32).reshape(shape))


def pads(size, a):
    if a["padding"] != "same":
        return a["padding"], a["padding"]
    out = -(-size // a["stride"])
    total = max((out - 1) * a["stride"] + a["kernel"] - size, 0)
    return total // 2, total - total // 2


def padded(x, a, value=0.0):
    (top, bottom), (left, right) = pads(x.shape[2], a), pads(x.shape[3], a)
    return F.pad(x, (left, right, top, bottom), value=value)


def average_pool(x, a):
    total = F.avg_pool2d(padded(x, a), a["kernel"], a["stride"])
    count = F.avg_pool2d(padded(torch.ones_like(x[:1, :1]), a), a["kernel"], a["stride"])
    return total / count


def logits(layers, state, images, training=True):
    values, last = {}, None
    for layer in layers:
        kind, a, name = layer["kind"], layer["attributes"], layer["name"]
        xs = [values[i] for i in layer["inputs"]]
        get = lambda role: state.get(f"{name}.{role}")
        if kind == "input":
            y = images
        elif kind == "conv2d":
            y = F.conv2d(padded(xs[0], a), get("weight"), get("bias"), stride=a["stride"])
        elif kind == "batchNorm":
            y = F.batch_norm(xs[0], get("running_mean"), get("running_var"), get("weight"), get("bias"),
                             training, a["momentum"], a["epsilon"])
        elif kind == "relu":
            y = F.relu(xs[0])
        elif kind == "leakyRelu":
            y = F.leaky_relu(xs[0], a["slope"])
        elif kind == "maxPool":
            y = F.max_pool2d(padded(xs[0], a, -float("inf")), a["kernel"], a["stride"])
        elif kind == "averagePool":
            y = average_pool(xs[0], a)
        elif kind == "globalAveragePool":
            y = xs[0].mean((2, 3))
        elif kind == "flatten":
            y = xs[0].flatten(1)
        elif kind == "dense":
            y = F.linear(xs[0], get("weight"), get("bias"))
        elif kind == "dropout":
            assert a["rate"] == 0, "PyTorch draws other random numbers: compare without dropout"
            y = xs[0]
        elif kind == "add":
            y = sum(xs[1:], xs[0])
        elif kind == "concat":
            y = torch.cat(xs, 1)
        elif kind == "softmax":
            return xs[0]
        else:
            raise ValueError(f"no layer of kind {kind}")
        values[name] = y
    raise ValueError("an architecture ends with a softmax")


OPTIMIZERS = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam, "adamw": torch.optim.AdamW}


def make_optimizer(options, trainable):
    options = dict(options)
    kind = OPTIMIZERS[options.pop("name")]
    decay = options.pop("weight_decay", 0.0)
    # Decay for weights alone, not for biases and norms.
    groups = [
        {"params": [p for p in trainable if p.dim() > 1], "weight_decay": decay},
        {"params": [p for p in trainable if p.dim() <= 1], "weight_decay": 0.0},
    ]
    return kind(groups, **options)


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
    images = torch.from_numpy(pixels.astype(np.float32)).permute(0, 3, 1, 2).contiguous()
    return (images / 255 - 0.5) / 0.25, torch.from_numpy(labels)


def packed(tensor, samples):
    flat = tensor.detach().double().flatten()
    step = 1 if samples is None else max(1, flat.numel() // samples)
    kept = flat[::step].float().numpy()
    return {"norm": flat.norm().item(), "step": step, "data": base64.b64encode(kept.tobytes()).decode()}


def run(request, options):
    torch.manual_seed(0)
    state = initial_state(request)
    trainable = [p for p in state.values() if p.requires_grad]
    optimizer = make_optimizer(options, trainable)
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
    result = {"torch": torch.__version__, "runs": {}}
    samples = request["samples"]
    pack = lambda tensors: {name: packed(tensor, samples) for name, tensor in tensors.items()}
    for label, options in request["optimizers"].items():
        losses, gradients, state = run(request, options)
        result.setdefault("gradients", pack(gradients))
        result["runs"][label] = {"losses": losses, "state": pack(state)}
    json.dump(result, sys.stdout, indent=1)


main()
