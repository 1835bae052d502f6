"""TIAToolbox's readers and patch extractors, without the packages that only its other parts use.

Whole, TIAToolbox asks for gigabytes (PyTorch, transformers, JupyterLab ...). To read an OpenSlide slide it runs its own code, OpenSlide's, NumPy's,
Pillow's and OpenCV's: these are the real ones. The modules named below are imported at the top of the same files and called by none of
the functions on the way of a pixel: they are empty here, and whoever calls one of them after all is told so.
"""

import sys
import types


class Absent(types.ModuleType):
    """A module whose names can be imported, and not be used."""

    __path__ = []

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)

        def called(*_, **__):
            raise RuntimeError(f"{self.__name__}.{name} is called, and not there")

        return type(name, (), {"__init__": called})


absent = {
    # whether there is a GPU; the class that data sets inherit from
    "torch": ["utils", "utils.data"],
    # registration of slides
    "SimpleITK": [],
    # colours of annotations and pictures of them
    "matplotlib": ["pyplot", "colors"],
    # saving of what networks answer
    "dask": ["array"],
    "psutil": [],
    "tqdm": ["auto", "dask"],
    # contrast of thumbnails
    "skimage": ["exposure"],
    # downloads
    "requests": [],
    "filelock": [],
}
for name, parts in absent.items():
    sys.modules[name] = Absent(name)
    for part in parts:
        sys.modules[f"{name}.{part}"] = Absent(f"{name}.{part}")
        if "." not in part:
            setattr(sys.modules[name], part, sys.modules[f"{name}.{part}"])
sys.modules["torch.utils"].data = sys.modules["torch.utils.data"]
sys.modules["torch.utils.data"].Dataset = type("Dataset", (), {})

import tiatoolbox  # noqa: E402

# Their own __init__ would import every tool and every network.
for package in ("tools", "models", "models.dataset"):
    module = types.ModuleType(f"tiatoolbox.{package}")
    module.__path__ = [f"{tiatoolbox.__path__[0]}/{package.replace('.', '/')}"]
    sys.modules[f"tiatoolbox.{package}"] = module

from tiatoolbox.models.dataset.dataset_abc import WSIPatchDataset  # noqa: E402, F401
from tiatoolbox.tools.patchextraction import SlidingWindowPatchExtractor  # noqa: E402, F401
from tiatoolbox.wsicore.wsireader import OpenSlideWSIReader, VirtualWSIReader, WSIReader  # noqa: E402, F401
