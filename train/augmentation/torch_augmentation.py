"""PyTorch's word on augmentation, for tests: {"size": [height, width], "geometries": [...], "colours": [...]} in,
{"warped": [...], "coloured": [...]} out, each image flat [H, W, 3] and not rounded. The image is noise.py's.
"""
import json
import math
import sys
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

sys.path.insert(0, str(Path(__file__).parents[2] / "export" / "reference"))
from noise import uniform  # noqa: E402

request = json.load(sys.stdin)
height, width = request["size"]
noise = np.floor(uniform("augmentation", height * width * 3).astype(np.float64) * 256)
image = torch.from_numpy(noise.reshape(1, height, width, 3)).permute(0, 3, 1, 2)


def flat(planes):
    return planes[0].permute(1, 2, 0).flatten().tolist()


def translation(x, y):
    return torch.tensor([[1, 0, x], [0, 1, y], [0, 0, 1]], dtype=torch.float64)


def warped(g):
    """Where a pixel goes, step by step; affine_grid wants the inverse, in units of half the image."""
    c, s = math.cos(g["rotation"]), math.sin(g["rotation"])
    flip = torch.diag(torch.tensor([-1.0 if g["flipX"] else 1.0, -1.0 if g["flipY"] else 1.0, 1.0], dtype=torch.float64))
    rotate = torch.tensor([[c, -s, 0], [s, c, 0], [0, 0, 1]], dtype=torch.float64)
    stretch = math.sqrt(g["aspect"])
    scale = torch.diag(torch.tensor([g["scale"] * stretch, g["scale"] / stretch, 1.0], dtype=torch.float64))
    shift = translation(g["right"] * width, g["down"] * height)
    half = torch.diag(torch.tensor([width / 2, height / 2, 1.0], dtype=torch.float64))
    forward = shift @ rotate @ scale @ flip
    theta = torch.linalg.inv(half) @ torch.linalg.inv(forward) @ half
    grid = F.affine_grid(theta[None, :2], image.shape, align_corners=False)
    return F.grid_sample(image, grid, mode="bilinear", padding_mode="reflection", align_corners=False)


def grey(x):
    r, g, b = x.unbind(1)
    return (0.299 * r + 0.587 * g + 0.114 * b).unsqueeze(1)


def blend(x, other, factor):
    return factor * x + (1 - factor) * other


def coloured(c):
    """torchvision's functional.adjust_*, without its clamping between; the hue in YUV."""
    x = blend(image, torch.zeros_like(image), c["brightness"])
    x = blend(x, grey(x).mean((1, 2, 3), keepdim=True), c["contrast"])
    x = blend(x, grey(x), c["saturation"])
    yuv = torch.tensor([[0.299, 0.587, 0.114], [0, 0, 0.492], [0.877, 0, 0]], dtype=torch.float64)
    yuv[1:] -= torch.tensor([[0.492], [0.877]], dtype=torch.float64) * yuv[0]
    gains = c["gains"]
    c, s = math.cos(c["hue"]), math.sin(c["hue"])
    turn = torch.tensor([[1, 0, 0], [0, c, -s], [0, s, c]], dtype=torch.float64)
    x = torch.einsum("ij,njhw->nihw", torch.linalg.inv(yuv) @ turn @ yuv, x)
    return (x * torch.tensor(gains, dtype=torch.float64).reshape(1, 3, 1, 1)).clamp(0, 255)


answer = {
    "warped": [flat(warped(geometry)) for geometry in request["geometries"]],
    "coloured": [flat(coloured(colour)) for colour in request["colours"]],
}
json.dump(answer, sys.stdout)
