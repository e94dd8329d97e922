"""Learning rates by torch.optim.lr_scheduler.

Reads [{"name", "options", "rate", "steps", "warmup"}, ...] from standard input, all counted in steps; prints the rates of each.
"""
import json
import sys
import warnings

import torch
from torch.optim import lr_scheduler

# A scheduler is stepped here without its optimizer, which torch warns of.
warnings.filterwarnings("ignore")

SCHEDULERS = {
    "constant": lambda o, steps, rate: lr_scheduler.LambdaLR(o, lambda step: 1.0),
    "step": lambda o, steps, rate, milestones, gamma: lr_scheduler.MultiStepLR(o, milestones, gamma),
    "cosine": lambda o, steps, rate, final: lr_scheduler.CosineAnnealingLR(o, steps, eta_min=final * rate),
    "one-cycle": lambda o, steps, rate, rise, initial, final: lr_scheduler.OneCycleLR(
        o, rate, total_steps=steps, pct_start=rise, div_factor=1 / initial,
        final_div_factor=initial / final, cycle_momentum=False),
}


def rates(name, options, rate, steps, warmup):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=rate)
    warming = warmup and lr_scheduler.LinearLR(optimizer, 1 / (warmup + 1), total_iters=warmup)
    scheduler = SCHEDULERS[name](optimizer, steps - warmup, rate, **options)
    if warming:
        scheduler = lr_scheduler.SequentialLR(optimizer, [warming, scheduler], [warmup])
    result = []
    for _ in range(steps):
        result.append(optimizer.param_groups[0]["lr"])
        if len(result) < steps:
            scheduler.step()
    return result


json.dump([rates(**case) for case in json.load(sys.stdin)], sys.stdout)
