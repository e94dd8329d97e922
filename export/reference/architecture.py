"""Runs an architecture, as dsl/architecture.ts writes it, in PyTorch."""
import torch
import torch.nn.functional as F


def pads(size, a):
    if a["padding"] != "same":
        return a["padding"], a["padding"]
    out = -(-size // a["stride"])
    reach = (a["kernel"] - 1) * a.get("dilation", 1) + 1
    total = max((out - 1) * a["stride"] + reach - size, 0)
    return total // 2, total - total // 2


def padded(x, a, value=0.0):
    """The tensor and the padding that is left to the operator: all of it where it is the same on every side."""
    (top, bottom), (left, right) = pads(x.shape[2], a), pads(x.shape[3], a)
    if top == bottom == left == right:
        return x, top
    return F.pad(x, (left, right, top, bottom), value=value), 0


def average_pool(x, a):
    def pooled(tensor):
        tensor, padding = padded(tensor, a)
        return F.avg_pool2d(tensor, a["kernel"], a["stride"], padding)

    return pooled(x) / pooled(torch.ones_like(x[:1, :1]))


def dropout(x, rate, uniform):
    """With the numbers that the compiled graph is given, where there are any."""
    if uniform is None:
        return F.dropout(x, rate)
    return x * (uniform > rate) / (1 - rate)


def logits(layers, state, images, training=True, uniform=None, frozen=()):
    """What enters the softmax, the last layer."""
    return activations(layers, state, images, training, uniform, frozen)[layers[-1]["inputs"][0]]


def activations(layers, state, images, training=True, uniform=None, frozen=()):
    """The output of every layer by its name.

    uniform: {name: numbers in [0, 1)} for each dropout layer with a rate over 0; by default PyTorch draws them.
    frozen: names of layers that are as after .eval(), whatever the others do.
    """
    values = {}
    for layer in layers:
        kind, a, name = layer["kind"], layer["attributes"], layer["name"]
        xs = [values[i] for i in layer["inputs"]]
        get = lambda role: state.get(f"{name}.{role}")
        trains = training and name not in frozen
        if kind == "input":
            y = images
        elif kind == "conv2d":
            x, padding = padded(xs[0], a)
            y = F.conv2d(x, get("weight"), get("bias"), a["stride"], padding, a["dilation"], a["groups"])
        elif kind == "batchNorm":
            y = F.batch_norm(xs[0], get("running_mean"), get("running_var"), get("weight"), get("bias"),
                             trains, a["momentum"], a["epsilon"])
        elif kind == "layerNorm":
            y = F.layer_norm(xs[0], xs[0].shape[1:], get("weight"), get("bias"), a["epsilon"])
        elif kind == "groupNorm":
            y = F.group_norm(xs[0], a["groups"], get("weight"), get("bias"), a["epsilon"])
        elif kind == "relu":
            y = F.relu(xs[0])
        elif kind == "leakyRelu":
            y = F.leaky_relu(xs[0], a["slope"])
        elif kind == "gelu":
            y = F.gelu(xs[0], approximate=a["approximate"])
        elif kind == "silu":
            y = F.silu(xs[0])
        elif kind == "sigmoid":
            y = torch.sigmoid(xs[0])
        elif kind == "maxPool":
            x, padding = padded(xs[0], a, -float("inf"))
            y = F.max_pool2d(x, a["kernel"], a["stride"], padding)
        elif kind == "averagePool":
            y = average_pool(xs[0], a)
        elif kind == "globalAveragePool":
            y = xs[0].mean((2, 3))
        elif kind == "flatten":
            y = xs[0].flatten(1)
        elif kind == "dense":
            y = F.linear(xs[0], get("weight"), get("bias"))
        elif kind == "dropout" and (a["rate"] == 0 or not trains):
            y = xs[0]
        elif kind == "dropout":
            y = dropout(xs[0], a["rate"], uniform and uniform[name])
        elif kind == "add":
            y = sum(xs[1:], xs[0])
        elif kind == "concat":
            y = torch.cat(xs, 1)
        elif kind == "scale":
            y = xs[0] * xs[1][:, :, None, None]
        elif kind == "ensemble":
            y = sum(xs[1:], xs[0]) / len(xs)
        elif kind == "softmax":
            y = xs[0].softmax(1)
        else:
            raise ValueError(f"no layer of kind {kind}")
        values[name] = y
    return values


OPTIMIZERS = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam, "adamw": torch.optim.AdamW}


def make_optimizer(options, layers, state):
    """Weights of convolutions and dense layers decay; biases and the parameters of norms do not."""
    options = dict(options)
    kind = OPTIMIZERS[options.pop("name")]
    decay = options.pop("weight_decay", 0.0)
    weights = {f"{layer['name']}.weight" for layer in layers if layer["kind"] in ("conv2d", "dense")}
    trainable = {name: tensor for name, tensor in state.items() if tensor.requires_grad}
    groups = [
        {"params": [p for name, p in trainable.items() if name in weights], "weight_decay": decay},
        {"params": [p for name, p in trainable.items() if name not in weights], "weight_decay": 0.0},
    ]
    return kind(groups, **options)


def normalize(pixels):
    """uint8 [N, H, W, C] to what the network sees, as export/preprocess.ts has it."""
    images = pixels.permute(0, 3, 1, 2).contiguous().float()
    return (images / 255 - 0.5) / 0.25
