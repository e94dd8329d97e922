"""The measures by their definitions: reads a list of cases from standard input, prints a list of answers.

Undefined is null. See scikit-learn's User Guide, "Metrics and scoring"; written out in numpy, which is enough."""

import json
import sys

import numpy as np

np.seterr(all="ignore")


def measures(labels, predictions, classes):
    y, p = np.array(labels), np.array(predictions)
    precision = np.array([np.mean(y[p == c] == c) if (p == c).any() else np.nan for c in range(classes)])
    recall = np.array([np.mean(p[y == c] == c) if (y == c).any() else np.nan for c in range(classes)])
    f1 = 2 * precision * recall / (precision + recall)
    # Without true positives the harmonic mean is 0 / 0, or one of the two is undefined: scikit-learn gives 0.
    seen = np.array([((y == c) | (p == c)).any() for c in range(classes)])
    f1[seen & np.isnan(f1)] = 0
    present = np.unique(y)
    return {
        "accuracy": np.mean(y == p),
        "balancedAccuracy": np.mean(recall[present]),
        "macroF1": np.mean(f1[present]),
        "precision": nullable(precision),
        "recall": nullable(recall),
        "f1": nullable(f1),
    }


def nullable(values):
    return [None if np.isnan(value) else value for value in values]


json.dump([measures(**case) for case in json.load(sys.stdin)], sys.stdout)
