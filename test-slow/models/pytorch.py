"""Networks with random weights, saved as people save them, and what PyTorch says of some pictures.

    python3 pytorch.py FOLDER PICTURES HEIGHT WIDTH

PICTURES: raw uint8 NHWC. Takes names of networks from stdin, a line each. Writes FOLDER/NETWORK/zip.pth and legacy.pth with
TIAToolbox's keys and, where timm has the network, timm.safetensors with timm's; then prints probabilities as a line of JSON. For DenseNet also those with the ReLU that timm has and
TIAToolbox has not.
"""
import json
import pathlib
import re
import struct
import sys

import numpy as np
import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "test/golden/architectures"))
from networks import Network  # noqa: E402

root, pictures, height, width = sys.argv[1:]
pictures = np.fromfile(pictures, np.uint8).reshape(-1, int(height), int(width), 3)
# one thread: on a machine that does other things too, several wait for each other
torch.set_num_threads(1)


def timm_key(name, key):
    """The name of timm 0.9 for the same tensor, written from timm's modules; None where timm has no such network."""
    head = {"classifier.weight": "weight", "classifier.bias": "bias"}.get(key)
    if re.match("resne|wide", name):
        if head:
            return f"fc.{head}"
        _, index, rest = key.split(".", 2)
        return {"0": "conv1.", "1": "bn1."}.get(index, f"layer{int(index) - 3}.") + rest
    if name.startswith("densenet"):
        return key.replace("feat_extract.", "features.")
    if name == "mobilenet_v2":
        if head:
            return f"classifier.{head}"
        _, index, rest = key.split(".", 2)
        index = int(index)
        if index == 0:
            return ("conv_stem." if rest[0] == "0" else "bn1.") + rest[2:]
        if index == 18:
            return ("conv_head." if rest[0] == "0" else "bn2.") + rest[2:]
        stage, block = [(s, b) for s, n in enumerate((1, 2, 3, 4, 3, 3, 1)) for b in range(n)][index - 1]
        parts = ["conv.0.0", "conv.0.1", "conv.1", "conv.2"] if stage == 0 else ["conv.0.0", "conv.0.1", "conv.1.0", "conv.1.1", "conv.2", "conv.3"]
        names = ["conv_dw", "bn1", "conv_pw", "bn2"] if stage == 0 else ["conv_pw", "bn1", "conv_dw", "bn2", "conv_pwl", "bn3"]
        for part, timm in zip(parts, names):
            if rest.startswith(part + "."):
                return f"blocks.{stage}.{block}.{timm}.{rest[len(part) + 1:]}"
    return None


def answer_of(name, folder):
    torch.manual_seed(sum(name.encode()))
    network = Network(name, 9)
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.weight.uniform_(0.5, 1.2)
                module.bias.uniform_(-0.3, 0.3)
                module.running_mean.uniform_(-0.3, 0.3)
                module.running_var.uniform_(0.5, 1.5)
            elif isinstance(module, torch.nn.Conv2d):
                torch.nn.init.kaiming_uniform_(module.weight, nonlinearity="relu")
                if module.bias is not None:
                    module.bias.uniform_(-0.2, 0.2)
        # a head whose answers are neither all alike nor 0 and 1
        features = network.features(pictures[:2])
        network.classifier.bias.uniform_(-0.5, 0.5)
        network.classifier.weight.normal_()
        spread = (features @ network.classifier.weight.T).std()
        network.classifier.weight.mul_(2 / spread)
        answer = {"probabilities": network(pictures).tolist()}
        if name.startswith("densenet"):
            x = torch.relu(network.feat_extract(torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 255))
            answer["withRelu"] = torch.softmax(network.classifier(x.mean((2, 3))), -1).tolist()

    state = network.state_dict()
    torch.save(state, folder / "zip.pth")
    torch.save(state, folder / "legacy.pth", _use_new_zipfile_serialization=False)

    renamed = {timm_key(name, key): value for key, value in state.items() if not key.endswith("num_batches_tracked")}
    if None not in renamed:
        header, at = {}, 0
        for key, value in renamed.items():
            header[key] = {"dtype": "F32", "shape": list(value.shape), "data_offsets": [at, at + 4 * value.numel()]}
            at += 4 * value.numel()
        text = json.dumps(header).encode()
        with open(folder / "timm.safetensors", "wb") as out:
            out.write(struct.pack("<Q", len(text)) + text)
            for value in renamed.values():
                out.write(value.contiguous().numpy().tobytes())
    return answer


for line in sys.stdin:
    name = line.strip()
    folder = pathlib.Path(root) / name
    folder.mkdir()
    print(json.dumps(answer_of(name, folder)), flush=True)
