"""Antialiased bilinear resizing by PyTorch of the noise that noise.ts makes: [[height, width, size], ...] in, planes out."""
import json
import sys

import numpy as np
import torch
import torch.nn.functional as F

from noise import uniform

results = []
for i, (height, width, size) in enumerate(json.load(sys.stdin)):
    pixels = np.floor(uniform(f"resize/{i}", height * width * 3).astype(np.float64) * 256).reshape(1, height, width, 3)
    planes = torch.from_numpy(pixels).permute(0, 3, 1, 2)
    resized = F.interpolate(planes, (size, size), mode="bilinear", align_corners=False, antialias=True)
    results.append(resized.flatten().tolist())
json.dump(results, sys.stdout)
