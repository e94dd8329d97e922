"""Calibration, coverage and separation in numpy, written from the papers: JSON in, JSON out."""
import json
import sys

import numpy as np

request = json.load(sys.stdin)
p = np.array(request["probabilities"])
y = np.array(request["labels"])
n, classes = p.shape
confidence, prediction = p.max(1), p.argmax(1)
right = prediction == y

edges = np.linspace(0, 1, 16)
ece = 0.0
for low, high in zip(edges[:-1], edges[1:]):
    inside = (confidence > low) & (confidence <= high)
    if inside.any():
        ece += inside.mean() * abs(right[inside].mean() - confidence[inside].mean())

known, others = np.array(request["known"]), np.array(request["others"])
wins = (known[:, None] > others[None, :]).mean() + 0.5 * (known[:, None] == others[None, :]).mean()
# The largest threshold that 95 % of the known images reach.
threshold = max(t for t in known if (known >= t).mean() >= 0.95)

f1 = []
for c in np.unique(y):
    precision = (right & (y == c)).sum() / max((prediction == c).sum(), 1)
    recall = (right & (y == c)).sum() / (y == c).sum()
    f1.append(0.0 if precision + recall == 0 else 2 * precision * recall / (precision + recall))

print(
    json.dumps(
        {
            "nll": float(-np.log(p[np.arange(n), y]).mean()),
            "brier": float(((p - np.eye(classes)[y]) ** 2).sum(1).mean()),
            "ece": float(ece),
            "macroF1": float(np.mean(f1)),
            "auroc": float(wins),
            "fpr95": float((others >= threshold).mean()),
            "coverage": [
                [float((confidence >= t).mean()), float(right[confidence >= t].mean())]
                for t in request["thresholds"]
            ],
        }
    )
)
