"""Tensors in JSON: float32 in base64, row-major."""
import base64

import numpy as np
import torch


def tensor(packed):
    """{"shape", "data"} as a tensor."""
    numbers = np.frombuffer(base64.b64decode(packed["data"]), np.float32)
    return torch.from_numpy(numbers.reshape(packed["shape"]).copy())


def packed(tensor):
    """The numbers alone."""
    return base64.b64encode(tensor.detach().float().contiguous().numpy().tobytes()).decode()
