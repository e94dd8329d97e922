"""float16 by numpy, for float16.test.ts.

Reads {"values": [numbers of float32]} from standard input; prints {"bits": the float16 bits of each, "numbers": what each
of the 65536 float16 bit patterns stands for, as base64 of float32}.
"""
import base64
import json
import sys

import numpy as np

values = np.array(json.load(sys.stdin)["values"], np.float32)
numbers = np.arange(65536, dtype=np.uint16).view(np.float16).astype(np.float32)
json.dump(
    {
        "bits": values.astype(np.float16).view(np.uint16).tolist(),
        "numbers": base64.b64encode(numbers.tobytes()).decode(),
    },
    sys.stdout,
)
