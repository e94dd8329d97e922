"""
Models as other tools export them, and what they answer: {folder, images, models: [{name, build, format, answered}, ...]}
in, the probabilities of each image by each model out, computed by PyTorch in float64, not from the exported file.
"""
import json
import sys
import warnings
from os.path import join

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from torch_foreign import network_input

CLASSES = 5
warnings.filterwarnings("ignore")


def network(fmt):
    """
    Convolutions, batch norms with statistics that are not those of a fresh one, and a head whose logits differ from
    image to image: 0 on average over the images, with a standard deviation of 2.
    """
    torch.manual_seed(3)
    features = nn.Sequential(
        nn.Conv2d(3, 8, 3, stride=2, padding=1, bias=False),
        nn.BatchNorm2d(8, momentum=0.5),
        nn.ReLU(),
        nn.Conv2d(8, 16, 3, padding=1, groups=2),
        nn.BatchNorm2d(16, momentum=0.5),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.AdaptiveAvgPool2d(1),
    )
    head = nn.Conv2d(16, CLASSES, 1, bias=False)
    images = samples(fmt)
    with torch.no_grad():
        for _ in range(10):
            features(images)
        features.eval()
        logits = head(features(images))
        factor = 2 / logits.std(0).mean()
        head.weight.mul_(factor)
        head.bias = nn.Parameter(-factor * logits.mean(0).flatten())
    return features, head


def samples(fmt):
    """The images as the float planes that the network's layers see."""
    pixels_taken = fmt["dtype"] == "uint8"
    inputs = torch.cat([network_input(image, fmt) for image in REQUEST["images"]]).float()
    planes = inputs.permute(0, 3, 1, 2) if fmt["layout"] == "NHWC" else inputs
    return planes / 255 if pixels_taken else planes


class Logits(nn.Module):
    """[N, C]"""

    def __init__(self, fmt):
        super().__init__()
        self.features, self.head = network(fmt)

    def forward(self, x):
        return self.head(self.features(x)).flatten(1)


class Maps(Logits):
    """[N, C, 1, 1], as fully convolutional networks leave it."""

    def forward(self, x):
        return self.head(self.features(x))


class Probabilities(Logits):
    def forward(self, x):
        return super().forward(x).softmax(1)


class TwoOutputs(Logits):
    def forward(self, x):
        features = self.features(x)
        return features.flatten(1), self.head(features).flatten(1)


class Pixels(Logits):
    """uint8 [N, H, W, 3]: the normalising is in the network."""

    def forward(self, x):
        return super().forward(x.permute(0, 3, 1, 2).to(self.head.weight.dtype) / 255)


class HeldBatch(Logits):
    """Traced with a batch of 1, which stays in the graph."""

    def forward(self, x):
        return super().forward(x).reshape(1, CLASSES)


class Diverged(Logits):
    def forward(self, x):
        return super().forward(x) * float("nan")


class Sigmoid(Logits):
    def forward(self, x):
        return super().forward(x).sigmoid()


def export(build, file, fmt, **options):
    """Exports a module, and gives it for the reference."""
    module = build(fmt).eval()
    sample = torch.rand(options.pop("batch", 1), 3, fmt["height"], fmt["width"])
    if fmt["layout"] == "NHWC":
        sample = sample.permute(0, 2, 3, 1)
    if fmt["dtype"] == "uint8":
        sample = (sample * 255).to(torch.uint8)
    torch.onnx.export(module, sample, file, **{"opset_version": 13, **options})
    return module


DYNAMIC = {
    "input_names": ["input"],
    "output_names": ["scores"],
    "dynamic_axes": {"input": {0: "batch"}, "scores": {0: "batch"}},
}
ANY_SIZE = {**DYNAMIC, "dynamic_axes": {"input": {0: "n", 2: "h", 3: "w"}, "scores": {0: "n"}}}


def half(file, fmt):
    """A float32 network between casts: what takes and gives float16."""
    module = export(Logits, file, fmt, **DYNAMIC)
    model = onnx.load(file)
    graph = model.graph
    for node in graph.node:
        for names in (node.input, node.output):
            for i, name in enumerate(names):
                names[i] = {"input": "input32", "scores": "scores32"}.get(name, name)
    graph.node.insert(0, helper.make_node("Cast", ["input"], ["input32"], to=TensorProto.FLOAT))
    graph.node.append(helper.make_node("Cast", ["scores32"], ["scores"], to=TensorProto.FLOAT16))
    for value in (graph.input[0], graph.output[0]):
        value.type.tensor_type.elem_type = TensorProto.FLOAT16
    onnx.checker.check_model(model)
    onnx.save(model, file)
    return module


def external(file, fmt):
    """As newer exporters of PyTorch do: weights in a file of their own."""
    module = export(Logits, file, fmt, **DYNAMIC)
    model = onnx.load(file)
    onnx.save_model(model, file, save_as_external_data=True, location="weights.onnx.data", size_threshold=0)
    return module


def keras(file, fmt):
    """What tf2onnx writes for a Keras model: NHWC in, transposed to Conv and back, SAME padding, MatMul, Add, Softmax."""
    rng = np.random.default_rng(1)
    draw = lambda *shape: rng.normal(0, np.sqrt(2 / np.prod(shape[1:])), shape).astype(np.float32)
    filters, bias, kernel, offset = draw(8, 3, 3, 3), draw(8, 1)[:, 0], draw(8, CLASSES), draw(CLASSES, 1)[:, 0]
    pooled = keras_features(samples(fmt), torch.from_numpy(filters), torch.from_numpy(bias)).numpy()
    kernel *= 2 / (pooled @ kernel).std(0).mean()
    offset -= (pooled @ kernel).mean(0)
    graph = helper.make_graph(
        [
            helper.make_node("Transpose", ["input_1"], ["conv__6:0"], perm=[0, 3, 1, 2]),
            helper.make_node(
                "Conv", ["conv__6:0", "filters", "bias"], ["conv"], strides=[2, 2], pads=[0, 0, 1, 1], kernel_shape=[3, 3]
            ),
            helper.make_node("Relu", ["conv"], ["relu"]),
            helper.make_node("Transpose", ["relu"], ["relu__8:0"], perm=[0, 2, 3, 1]),
            helper.make_node("ReduceMean", ["relu__8:0"], ["pooled"], axes=[1, 2], keepdims=0),
            helper.make_node("MatMul", ["pooled", "kernel"], ["product"]),
            helper.make_node("Add", ["product", "offset"], ["biased"]),
            helper.make_node("Softmax", ["biased"], ["dense"], axis=-1),
        ],
        "tf2onnx",
        [helper.make_tensor_value_info("input_1", TensorProto.FLOAT, ["unk__9", fmt["height"], fmt["width"], 3])],
        [helper.make_tensor_value_info("dense", TensorProto.FLOAT, ["unk__10", CLASSES])],
        [
            numpy_helper.from_array(value, name)
            for name, value in {"filters": filters, "bias": bias, "kernel": kernel, "offset": offset}.items()
        ],
    )
    model = helper.make_model(graph, producer_name="tf2onnx", opset_imports=[helper.make_opsetid("", 13)], ir_version=7)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, file)
    weights = [torch.from_numpy(value).double() for value in (filters, bias, kernel, offset)]

    class Reference(nn.Module):
        def forward(self, x):
            filters, bias, kernel, offset = weights
            return keras_features(x.permute(0, 3, 1, 2), filters, bias) @ kernel + offset

    return Reference()


def keras_features(planes, filters, bias):
    # SAME at stride 2 on even sizes: all padding is behind.
    return F.conv2d(F.pad(planes, (0, 1, 0, 1)), filters, bias, stride=2).relu().mean((2, 3))


BUILDS = {
    "dynamic": lambda file, fmt: export(Logits, file, fmt, **DYNAMIC),
    "anySize": lambda file, fmt: export(Logits, file, fmt, **ANY_SIZE),
    # As exporters did for years: fixed batch, numbered names, weights listed as inputs.
    "fixed": lambda file, fmt: export(Probabilities, file, fmt, opset_version=9, keep_initializers_as_inputs=True),
    "maps": lambda file, fmt: export(Maps, file, fmt, **DYNAMIC),
    "twoOutputs": lambda file, fmt: export(TwoOutputs, file, fmt, output_names=["features", "scores"]),
    "pixels": lambda file, fmt: export(Pixels, file, fmt, **DYNAMIC),
    "batchOf4": lambda file, fmt: export(Logits, file, fmt, batch=4),
    "heldBatch": lambda file, fmt: export(HeldBatch, file, fmt, **DYNAMIC),
    "diverged": lambda file, fmt: export(Diverged, file, fmt, **DYNAMIC),
    "sigmoid": lambda file, fmt: export(Sigmoid, file, fmt, **DYNAMIC),
    "half": half,
    "external": external,
    "keras": keras,
}


def answer(module, image, fmt):
    with torch.no_grad():
        scores = module.double()(network_input(image, fmt).to(torch.uint8 if fmt["dtype"] == "uint8" else torch.float64))
    scores = scores[-1] if isinstance(scores, tuple) else scores
    scores = scores.flatten()
    return (scores if isinstance(module, Probabilities) else scores.softmax(0)).tolist()


REQUEST = json.load(sys.stdin)
answers = {}
for each in REQUEST["models"]:
    module = BUILDS[each["build"]](join(REQUEST["folder"], each["name"] + ".onnx"), each["format"])
    images = REQUEST["images"] if each["answered"] else []
    answers[each["name"]] = [answer(module, image, each["format"]) for image in images]
json.dump(answers, sys.stdout)
