"""Golden numbers of the bundled stain model, by numpy alone (float64, numpy's own matrix inverse, no convolution library).

    python3 test/golden/stain/make.py [shared data folder] > test/golden/stain/stain.json

With the shared data folder, the numbers of a few real pictures in it too (the first 3 channels, as Pillow decodes them).
"""
import hashlib
import json
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
from formula import picture  # noqa: E402

PICTURES = {  # name: (height, width, low, high)
    "white": (224, 224, (255, 255, 255), (255, 255, 255)),
    "black": (64, 64, (0, 0, 0), (0, 0, 0)),
    "glass": (96, 96, (225, 225, 225), (250, 250, 250)),
    "nuclei": (224, 224, (80, 50, 120), (140, 100, 170)),
    "stroma": (224, 224, (215, 130, 170), (245, 190, 210)),
    "mixed": (100, 140, (60, 40, 90), (255, 255, 255)),
    "anything": (33, 47, (0, 0, 0), (255, 255, 255)),
}
FILES = [
    "patches/kather100k/MUS-tiatoolbox-kather1.tif",
    "patches/kather100k/TUM-tiatoolbox-kather2.tif",
    "tiles/histolab/no-tissue.png",
    "tiles/histolab/low-nuclei-score-level0.png",
    "tiles/histolab/medium-nuclei-score-level1.png",
    "tiles/TUPAC-TR-002-r34-c34-600.png",
]


def stain(rgb):
    rgb = rgb.astype(np.float64)
    density = -np.log10((rgb + 1) / 256)
    h = np.array([0.65, 0.70, 0.29])
    e = np.array([0.2159, 0.8012, 0.5581])
    h, e = h / np.linalg.norm(h), e / np.linalg.norm(e)
    rest = np.cross(h, e)
    rest /= np.linalg.norm(rest)
    amounts = density @ np.linalg.inv(np.stack([h, e, rest]))  # density = amounts @ stains
    background = 1 / (1 + np.exp(-100 * (0.06 - density.mean(-1))))
    nuclear = (1 - background) / (1 + np.exp(-40 * (amounts[..., 0] - amounts[..., 1])))
    shares = [background.mean(), nuclear.mean(), (1 - background - nuclear).mean()]
    grey = rgb @ np.array([0.299, 0.587, 0.114])
    laplacian = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:] - 4 * grey[1:-1, 1:-1]
    return {"classes": [float(s) for s in shares], "focus": float(np.log10(1 + laplacian.var()))}


def noise(seed, count):
    """The picture of a card's test vector: the generator of Numerical Recipes, the top byte of each."""
    out = np.empty(count, np.uint8)
    for i in range(count):
        seed = (seed * 1664525 + 1013904223) & 0xFFFFFFFF
        out[i] = seed >> 24
    return out


test = noise(1, 224 * 224 * 3)
golden = {"test": {"sha256": hashlib.sha256(test.tobytes()).hexdigest()} | stain(test.reshape(224, 224, 3))}
golden |= {"pictures": {}, "files": {}}
for name, (height, width, low, high) in PICTURES.items():
    facts = {"height": height, "width": width, "low": low, "high": high}
    golden["pictures"][name] = facts | stain(picture(name, height, width, low, high))
if len(sys.argv) > 1:
    from PIL import Image

    for file in FILES:
        golden["files"][file] = stain(np.asarray(Image.open(pathlib.Path(sys.argv[1], file)).convert("RGB")))
print(json.dumps(golden, indent=1))
