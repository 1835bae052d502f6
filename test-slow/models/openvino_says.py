"""What OpenVINO's own Python and ONNX Runtime say of pictures, one thread each.

    python3 openvino_says.py MODEL PICTURES SIZE BATCH

PICTURES: raw uint8 NHWC. Prints as JSON, for each output, its numbers by onnxruntime in float32 and by OpenVINO in float32 and in bfloat16 (where the
processor has it).
"""
import json
import sys

import numpy as np
import onnxruntime
import openvino

model, pictures, size, batch = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
x = np.fromfile(pictures, np.uint8).reshape(-1, size, size, 3)
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
name, kind = session.get_inputs()[0].name, session.get_inputs()[0].type
given = x if kind == "tensor(uint8)" else (x.transpose(0, 3, 1, 2).astype(np.float32) / np.float32(255))
outputs = [one.name for one in session.get_outputs()]
said = {"version": openvino.__version__, "onnxruntime": dict(zip(outputs, (y.tolist() for y in session.run(outputs, {name: given}))))}
core = openvino.Core()
for precision in ["f32", "bf16"]:
    if precision == "bf16" and "BF16" not in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        continue
    graph = core.read_model(model)
    graph.reshape({name: [batch, *given.shape[1:]]})
    compiled = core.compile_model(graph, "CPU", {"INFERENCE_PRECISION_HINT": precision, "INFERENCE_NUM_THREADS": 1, "NUM_STREAMS": 1})
    parts = [compiled(given[i : i + batch]) for i in range(0, len(given), batch)]
    said[precision] = {one: np.concatenate([part[one] for part in parts]).tolist() for one in outputs}
print(json.dumps(said))
