"""What torchvision's transforms make of an image, by hand: there is no torchvision here. Float64 until the end."""
import base64

import numpy as np
import torch
import torch.nn.functional as F


def decode(image):
    """{height, width, pixels: base64 of uint8 RGB} to a tensor [3, height, width]."""
    pixels = np.frombuffer(base64.b64decode(image["pixels"]), np.uint8)
    return torch.from_numpy(pixels.reshape(image["height"], image["width"], 3).copy()).permute(2, 0, 1)


def network_input(image, fmt, rounding=torch.round):
    """[1, 3, H, W] or [1, H, W, 3] in float64. torchvision rounds what it resizes of uint8."""
    pixels = rounding(resized(decode(image), fmt["fit"], fmt["height"], fmt["width"]))
    if fmt["channels"] == "BGR":
        pixels = pixels.flip(0)
    if fmt["dtype"] != "uint8":
        mean, std = (torch.tensor(fmt[key], dtype=torch.float64).view(3, 1, 1) for key in ("mean", "std"))
        pixels = (pixels * fmt["scale"] - mean) / std
    if fmt["layout"] == "NHWC":
        pixels = pixels.permute(1, 2, 0)
    return pixels.unsqueeze(0)


def resized(pixels, fit, height, width):
    """Resize, or Resize(shorterSide) and CenterCrop."""
    h, w = pixels.shape[1:]
    if fit == "stretch":
        return interpolate(pixels, (height, width))
    # torchvision/transforms/functional.py: _compute_resized_output_size and center_crop.
    size = fit["shorterSide"]
    short, long = (w, h) if w <= h else (h, w)
    new_short, new_long = size, int(size * long / short)
    new_w, new_h = (new_short, new_long) if w <= h else (new_long, new_short)
    top, left = int(round((new_h - height) / 2.0)), int(round((new_w - width) / 2.0))
    return interpolate(pixels, (new_h, new_w))[:, top : top + height, left : left + width]


def interpolate(pixels, size):
    planes = pixels.to(torch.float64).unsqueeze(0)
    return F.interpolate(planes, size, mode="bilinear", align_corners=False, antialias=True)[0]
