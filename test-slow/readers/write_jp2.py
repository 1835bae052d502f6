"""JPEG 2000 pictures in many ways of cutting and packing, each with what Pillow decodes of it. Arguments: a folder, a picture."""

import json
import os
import sys

import numpy as np
from PIL import Image

folder, source = sys.argv[1:]
picture = Image.open(source).convert("RGB")
picture = Image.fromarray(np.tile(np.asarray(picture), (3, 4, 1))[:200, :333])
ways = {
    "tiles of 32": dict(tile_size=(32, 32), num_resolutions=3),
    "tiles of 64, precincts": dict(tile_size=(64, 64), num_resolutions=4, precinct_size=(32, 32), codeblock_size=(16, 16)),
    "tiles of 128 x 64, five wavelets": dict(tile_size=(128, 64), num_resolutions=6),
    "tiles of 128, by position": dict(tile_size=(128, 128), num_resolutions=3, progression="PCRL", precinct_size=(64, 64)),
    "tiles of 48, no power of two": dict(tile_size=(48, 48), num_resolutions=3),
    "one piece": dict(num_resolutions=5),
    "without a colour transform": dict(tile_size=(64, 64), mct=0),
    "layers": dict(tile_size=(64, 64), num_resolutions=3, quality_layers=[40, 10, 1]),
    "with loss, tiles of 64": dict(tile_size=(64, 64), num_resolutions=3, irreversible=True, quality_layers=[8]),
}
answers = []
for number, (name, options) in enumerate(ways.items()):
    file = os.path.join(folder, f"{number}.jp2")
    picture.save(file, "JPEG2000", **{"irreversible": False, **options})
    pixels = np.asarray(Image.open(file).convert("RGB"))
    pixels.tofile(f"{file}.rgb")
    answers.append({"name": name, "file": file, "pixels": f"{file}.rgb", "lossy": options.get("irreversible", False)})
print(json.dumps(answers))
