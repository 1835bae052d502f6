"""
torchvision's wheel for CUDA beside a PyTorch without CUDA: its compiled operators do not load, and importing it fails on each of them.
Networks that classify use none, so declarations without code are enough. Where torchvision loads as it is, nothing is done.
"""

import importlib
import re
import sys

library = None
for _ in range(32):
    try:
        importlib.import_module("torchvision")
        break
    except RuntimeError as error:
        missing = re.search(r"operator torchvision::(\w+) does not exist", str(error))
        if not missing:
            raise
        import torch

        for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
            del sys.modules[name]
        # Each attempt declares anew, together with all names so far: a first import has registered against them.
        library = library or torch.library.Library("torchvision", "DEF")
        library.define(f"{missing[1]}(Tensor a, Tensor b, float c) -> Tensor")
