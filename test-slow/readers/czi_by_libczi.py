"""CZI slides as libCZI, Zeiss' own library, reads and writes them. Arguments: a folder, then the slides to read. Writes some of its own, too, of noise in overlapping pictures."""

import json
import os
import sys

import numpy as np
from pylibCZIrw import czi

folder, slides = sys.argv[1], sys.argv[2:]
noise = np.random.default_rng(1).integers(0, 256, (90, 120, 3), dtype=np.uint8)
written = []
for options in ("uncompressed:", "zstd0:ExplicitLevel=3", "zstd1:ExplicitLevel=3", "zstd1:ExplicitLevel=3;PreProcess=HiLoByteUnpack"):
    name = os.path.join(folder, f"written-{len(written)}.czi")
    with czi.create_czi(name, exist_ok=True, compression_options=options) as out:
        for m, (x, y) in enumerate([(0, 0), (100, 0), (0, 80), (100, 85)]):
            out.write(data=np.ascontiguousarray(np.roll(noise, 7 * m, 0)[..., ::-1]), plane={"C": 0}, location=(x - 5, y + 3))
        out.write_metadata(document_name="noise", scale_x=3e-7, scale_y=3e-7)
    written.append(name)

answers = []
for number, path in enumerate(slides + written):
    with czi.open_czi(path) as slide:
        box = slide.total_bounding_box
        (left, right), (top, bottom) = box["X"], box["Y"]
        pixels = slide.read(roi=(left, top, right - left, bottom - top), background_pixel=(1, 1, 1))
    name = os.path.join(folder, f"libczi-{number}.rgb")
    np.ascontiguousarray(pixels[..., ::-1]).astype(np.uint8).tofile(name)
    answers.append({"path": path, "width": right - left, "height": bottom - top, "pixels": name})
print(json.dumps(answers))
