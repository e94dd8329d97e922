"""Checks ONNX files with onnx.checker (full check) and prints the type of every value as onnx infers it.

Reads {"files": [...]} from standard input; prints {file: {"error": null | text, "types": {name: [type, dims | null]}}}.
Our own value_info is taken out before inference, so that what is inferred owes nothing to it.
"""
import json
import sys

import onnx


def described(value):
    tensor = value.type.tensor_type
    if not tensor.HasField("shape"):
        return [onnx.TensorProto.DataType.Name(tensor.elem_type), None]
    dims = [d.dim_value if d.HasField("dim_value") else d.dim_param for d in tensor.shape.dim]
    return [onnx.TensorProto.DataType.Name(tensor.elem_type), dims]


def check(file):
    model = onnx.load(file)
    try:
        onnx.checker.check_model(model, full_check=True)
        del model.graph.value_info[:]
        inferred = onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
    except Exception as error:
        return {"error": str(error), "types": {}}
    values = [*inferred.graph.value_info, *inferred.graph.output]
    return {"error": None, "types": {value.name: described(value) for value in values}}


json.dump({file: check(file) for file in json.load(sys.stdin)["files"]}, sys.stdout)
