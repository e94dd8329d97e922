"""[{image, format}, ...] in; the network's input for each as a flat list out, of pixels that are not rounded."""
import json
import sys

from torch_foreign import network_input

inputs = (network_input(case["image"], case["format"], rounding=lambda pixels: pixels) for case in json.load(sys.stdin))
json.dump([values.flatten().tolist() for values in inputs], sys.stdout)
