"""Makes the weights that everybody uses: torchvision's networks with random weights of a fixed seed, and a head whose answers differ from patch to patch."""

import sys

import numpy as np
import torch
import torchvision
from PIL import Image


def main(architecture, out, classes, pictures):
    torch.manual_seed(20261122)
    network = getattr(torchvision.models, architecture)(weights=None, num_classes=int(classes)).eval()
    batch = np.stack([np.asarray(Image.open(p).convert("RGB").resize((224, 224))) for p in pictures])
    batch = torch.from_numpy(batch.transpose(0, 3, 1, 2).astype(np.float32) / 255)
    with torch.no_grad():
        # Random layers shrink or blow up their signal; trained ones do not: set each norm to what passes through it, as training does.
        network.train()
        for module in network.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.momentum = None
            if isinstance(module, torch.nn.Dropout):
                module.p = 0.0
        network(batch)
        network.eval()
        logits = network(batch)
        head = network.fc if hasattr(network, "fc") else network.classifier[1]
        scale = 2 / logits.std(dim=0)
        head.weight *= scale[:, None]
        head.bias -= logits.mean(dim=0)
        head.bias *= scale
        answers = network(batch).argmax(dim=1)
    torch.save(network.state_dict(), out)
    # The same under the names TIAToolbox saves: the layers before the head in a row, then the head.
    names = {}
    for name, value in network.state_dict().items():
        first, _, rest = name.partition(".")
        if architecture.startswith("resnet"):
            order = ["conv1", "bn1", "relu", "maxpool", "layer1", "layer2", "layer3", "layer4"]
            names[f"classifier.{rest}" if first == "fc" else f"feat_extract.{order.index(first)}.{rest}"] = value
        else:
            names[f"classifier.{rest.split('.')[1]}" if first == "classifier" else f"feat_extract.{rest}"] = value
    torch.save(names, out.replace(".pth", ".tiatoolbox.pth"))
    print(f"{architecture}: {len(set(answers.tolist()))} of {classes} classes among {len(pictures)} patches")


main(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:])
