"""Golden outputs of the 17 networks, by PyTorch, for weights and pictures that both sides compute (formula.py).

    python3 test/golden/architectures/make.py [network …]        (Debian: python3-torch, python3-torchvision)

writes NETWORK.json beside this file: the pictures' size, how the head is scaled (so that the probabilities are neither all
alike nor 0 and 1), logits and probabilities.
"""
import json
import math
import pathlib
import sys

import numpy as np
import torch

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent))
from formula import floats, picture  # noqa: E402
from networks import NAMES, Network  # noqa: E402

HEIGHT, WIDTH, CLASSES = 72, 104, 9


# how strong the norms are: so that what a picture shows still shows at the end
GAINS = {"densenet": 1.5, "mobilenet_v2": 1.1, "mobilenet_v3_large": 1.25, "mobilenet_v3_small": 1.3}


def weight_of(key, shape, head, gain):
    count = math.prod(shape)
    if key.endswith("running_mean"):
        low, high = -0.3, 0.3
    elif key.endswith("running_var"):
        low, high = 0.5, 1.5
    elif key == "classifier.weight":
        low, high = -head, head
    elif len(shape) == 4:
        bound = math.sqrt(6 / (shape[1] * shape[2] * shape[3]))
        low, high = -bound, bound
    elif key.endswith("weight"):
        low, high = 0.5 * gain, gain
    else:
        low, high = -0.3, 0.3
    return torch.from_numpy(floats(key, count, low, high).reshape(shape))


for name in sys.argv[1:] or NAMES:
    network = Network(name, CLASSES)
    state = network.state_dict()
    gain = next((g for start, g in GAINS.items() if name.startswith(start)), 1.0)
    for key, value in state.items():
        if not key.endswith("num_batches_tracked"):
            value.copy_(weight_of(key, tuple(value.shape), 1.0, gain))
    pictures = np.stack([picture("first", HEIGHT, WIDTH), picture("second", HEIGHT, WIDTH, (150, 80, 120), (255, 200, 220))])
    with torch.no_grad():
        features = network.features(pictures)
        spread = (features @ state["classifier.weight"].T).std().item()
        head = float(f"{2 / spread:.3g}")
        state["classifier.weight"].copy_(weight_of("classifier.weight", tuple(state["classifier.weight"].shape), head, gain))
        logits = network.classifier(features)
        probabilities = network(pictures)
    golden = {
        "torch": torch.__version__,
        "height": HEIGHT,
        "width": WIDTH,
        "gain": gain,
        "head": head,
        "tensors": sum(not k.endswith("num_batches_tracked") for k in state),
        "logits": logits.tolist(),
        "probabilities": probabilities.tolist(),
    }
    (HERE / f"{name}.json").write_text(json.dumps(golden, indent=1) + "\n")
    apart = (probabilities[0] - probabilities[1]).abs().max().item()
    print(f"{name}: features {features.std().item():.3g}, head {head}, pictures {apart:.3g} apart", file=sys.stderr)
