"""The names timm and torchvision give the same tensors, paired by order, and what timm's own networks say of the golden pictures.

    python3 test/golden/architectures/names.py > test/golden/architectures/names.json

Needs Debian's python3-torch and python3-torchvision, and timm 0.9.16 with safetensors, huggingface_hub and PyYAML from PyPI.
"""
import json
import pathlib
import sys

import numpy as np
import timm
import torch
import torchvision.models as models

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent))
from formula import picture  # noqa: E402
from networks import Network  # noqa: E402


source = (HERE / "make.py").read_text().split("\nfor name in sys.argv")[0]
make = {"__file__": str(HERE / "make.py")}
exec(source, make)

TIMM = {"resnet18": "resnet18", "resnext50_32x4d": "resnext50_32x4d", "densenet121": "densenet121", "mobilenet_v2": "mobilenetv2_100"}
TORCHVISION = ["resnet50", "densenet121", "mobilenet_v2", "googlenet"]


def counted(state):
    return {key: value for key, value in state.items() if not key.endswith("num_batches_tracked")}


def paired(ours, theirs):
    """By order; the shapes must agree, or the order is not the same."""
    assert len(ours) == len(theirs), (len(ours), len(theirs))
    for (a, x), (b, y) in zip(ours.items(), theirs.items()):
        assert x.shape == y.shape, (a, b, x.shape, y.shape)
    return dict(zip(theirs, ours))


out = {"timm": {"version": timm.__version__}, "torchvision": {}}
for name, timm_name in TIMM.items():
    golden = json.loads((HERE / f"{name}.json").read_text())
    height, width = golden["height"], golden["width"]
    network = timm.create_model(timm_name, num_classes=9).eval()
    pairs = paired(counted(Network(name, 9).state_dict()), counted(network.state_dict()))
    with torch.no_grad():
        for key, value in counted(network.state_dict()).items():
            value.copy_(make["weight_of"](pairs[key], tuple(value.shape), golden["head"], golden["gain"]))
        pictures = np.stack([picture("first", height, width), picture("second", height, width, (150, 80, 120), (255, 200, 220))])
        x = torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 255
        probabilities = torch.softmax(network(x), -1)
    out["timm"][name] = {"names": pairs, "probabilities": probabilities.tolist()}
    print(name, "against TIAToolbox", np.abs(np.array(golden["probabilities"]) - probabilities.numpy()).max(), file=sys.stderr)
for name in TORCHVISION:
    options = {"aux_logits": False, "init_weights": False} if name == "googlenet" else {}
    whole = getattr(models, name)(weights=None, num_classes=9, **options)
    out["torchvision"][name] = {"names": paired(counted(Network(name, 9).state_dict()), counted(whole.state_dict()))}
print(json.dumps(out, indent=0))
