"""Losses and their gradients by autograd, in float64.

Reads [{"classes", "logits", "labels", "options": {label_smoothing, focal_gamma, class_weights}, "mixup": {partner, share} | null}, ...]
from standard input; prints [{"loss", "gradient"}, ...].
"""
import json
import sys

import torch

from losses import classification_loss

results = []
for case in json.load(sys.stdin):
    logits = torch.tensor(case["logits"], dtype=torch.float64).reshape(-1, case["classes"]).requires_grad_()
    mixup = case["mixup"] and (torch.tensor(case["mixup"]["partner"]), case["mixup"]["share"])
    loss = classification_loss(logits, torch.tensor(case["labels"]), mixup=mixup, **case["options"])
    loss.backward()
    results.append({"loss": loss.item(), "gradient": logits.grad.flatten().tolist()})
json.dump(results, sys.stdout)
