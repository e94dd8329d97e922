"""Prints, for each operator named on standard input as JSON {"opset": n, "operators": [...]}, its version in that set."""
import json
import sys

import onnx

request = json.load(sys.stdin)
json.dump({name: onnx.defs.get_schema(name, request["opset"]).since_version for name in request["operators"]}, sys.stdout)
