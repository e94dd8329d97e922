"""Quantised activations by PyTorch and numpy, for activations.test.ts.

Reads [{"low": number, "high": number, "values": [float32, ...]}, ...] from standard input; prints for each {"scale",
"zeroPoint": what PyTorch's observer chooses for uint8 from the range, "values": the values rounded by these as ONNX's
QuantizeLinear and DequantizeLinear say, by numpy}.
"""
import json
import sys

import numpy as np
import torch
from torch.ao.quantization.observer import MinMaxObserver


def quantize(case):
    observer = MinMaxObserver(dtype=torch.quint8, qscheme=torch.per_tensor_affine, eps=torch.finfo(torch.float32).tiny)
    observer(torch.tensor([case["low"], case["high"]]))
    scale, zero_point = (parameter.numpy()[0] for parameter in observer.calculate_qparams())
    steps = np.rint(np.array(case["values"], np.float32) / np.float32(scale)) + zero_point
    values = (np.clip(steps, 0, 255) - zero_point).astype(np.float32) * np.float32(scale)
    return {"scale": float(scale), "zeroPoint": int(zero_point), "values": values.astype(float).tolist()}


json.dump([quantize(case) for case in json.load(sys.stdin)], sys.stdout)
