"""A small vision transformer with random weights, exported as PyTorch does it, and what PyTorch says of some pictures.

    python3 transformer.py FOLDER PICTURES SIZE

PICTURES: raw uint8 NHWC. Writes tokens.onnx (all tokens) and classes.onnx (class token, norm, head) into FOLDER and prints as JSON the class token, the
mean of the patch tokens, and the probabilities.
"""
import json
import pathlib
import sys
import warnings

import numpy as np
import torch

warnings.filterwarnings("ignore")
folder, pictures, size = pathlib.Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
x = torch.from_numpy(np.fromfile(pictures, np.uint8).reshape(-1, size, size, 3)).permute(0, 3, 1, 2).float() / 255
torch.set_num_threads(1)
torch.manual_seed(3)
width, heads, patch, classes = 96, 3, 16, 5


class Block(torch.nn.Module):
    """Attention and two linear layers, each behind a norm and inside of a sum, written out as timm does."""

    def __init__(self):
        super().__init__()
        self.norm1, self.norm2 = torch.nn.LayerNorm(width), torch.nn.LayerNorm(width)
        self.qkv, self.proj = torch.nn.Linear(width, 3 * width), torch.nn.Linear(width, width)
        self.up, self.down = torch.nn.Linear(width, 4 * width), torch.nn.Linear(4 * width, width)

    def forward(self, x):
        b, n, c = x.shape
        q, k, v = self.qkv(self.norm1(x)).reshape(b, n, 3, heads, c // heads).permute(2, 0, 3, 1, 4).unbind(0)
        weights = (q * (c // heads) ** -0.5 @ k.transpose(-2, -1)).softmax(-1)
        x = x + self.proj((weights @ v).transpose(1, 2).reshape(b, n, c))
        return x + self.down(torch.nn.functional.gelu(self.up(self.norm2(x))))


class Transformer(torch.nn.Module):
    def __init__(self, pooled):
        super().__init__()
        self.pooled = pooled
        self.patches = torch.nn.Conv2d(3, width, patch, patch)
        self.token = torch.nn.Parameter(torch.randn(1, 1, width))
        self.positions = torch.nn.Parameter(torch.randn(1, 1 + (size // patch) ** 2, width) * 0.2)
        self.blocks = torch.nn.Sequential(*[Block() for _ in range(3)])
        self.norm = torch.nn.LayerNorm(width)
        self.head = torch.nn.Linear(width, classes)

    def forward(self, x):
        x = self.patches(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(x.shape[0], -1, -1), x], 1) + self.positions
        x = self.norm(self.blocks(x))
        return self.head(x[:, 0]) if self.pooled else x


network = Transformer(True).eval()
with torch.no_grad():
    for module in network.modules():
        if isinstance(module, torch.nn.Linear):
            module.weight.normal_(0, 1.5 / module.in_features**0.5)
    # a head whose answers are neither all alike nor 0 and 1
    network.head.weight.mul_(2 / network(x).std())
tokens = Transformer(False).eval()
tokens.load_state_dict(network.state_dict())
for module, name in [(network, "classes"), (tokens, "tokens")]:
    names = {"input_names": ["x"], "output_names": ["y"], "dynamic_axes": {"x": {0: "N"}, "y": {0: "N"}}}
    torch.onnx.export(module, x[:2], str(folder / f"{name}.onnx"), opset_version=14, **names)
with torch.no_grad():
    said = tokens(x)
    answer = {"cls": said[:, 0], "mean": said[:, 1:].mean(1), "probabilities": network(x).softmax(-1)}
print(json.dumps({key: value.tolist() for key, value in answer.items()}))
