"""int8 weights by PyTorch and numpy, for int8.test.ts.

Reads {"weights": [[numbers of float32] of each channel]} from standard input; prints {"scales": what PyTorch's observer for
symmetric weights chooses for each channel, "values": the weights in steps of them, nearest integers with ties to even by
numpy, "numbers": what these stand for, as base64 of float32}.
"""
import base64
import json
import sys

import numpy as np
import torch
from torch.ao.quantization.observer import PerChannelMinMaxObserver

weights = np.array(json.load(sys.stdin)["weights"], np.float32)
observer = PerChannelMinMaxObserver(
    ch_axis=0,
    dtype=torch.qint8,
    qscheme=torch.per_channel_symmetric,
    quant_min=-127,
    quant_max=127,
    eps=torch.finfo(torch.float32).tiny,
)
observer(torch.from_numpy(weights))
scales = observer.calculate_qparams()[0].numpy().astype(np.float32)[:, None]
values = np.rint(weights / scales)
json.dump(
    {
        "scales": scales[:, 0].astype(float).tolist(),
        "values": values.astype(int).ravel().tolist(),
        "numbers": base64.b64encode((values.astype(np.float32) * scales).tobytes()).decode(),
    },
    sys.stdout,
)
