"""Regions of a slide as OpenSlide reads them, RGB on white, each into a file. Arguments: a folder, the slide, a JSON list of [level, x, y, width, height] (x and y of level 0)."""

import json
import os
import sys

import numpy as np
import openslide

folder, path, regions = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
slide = openslide.OpenSlide(path)
names = []
for number, (level, x, y, width, height) in enumerate(regions):
    rgba = np.asarray(slide.read_region((x, y), level, (width, height))).astype(np.uint16)
    alpha = rgba[..., 3:]
    name = os.path.join(folder, f"region-{number}.rgb")
    ((rgba[..., :3] * alpha + 255 * (255 - alpha) + 127) // 255).astype(np.uint8).tofile(name)
    names.append(name)
print(json.dumps(names))
