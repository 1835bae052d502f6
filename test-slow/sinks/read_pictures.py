"""Opens a TIFF with tifffile and OpenSlide, or a .npy with NumPy, and tells what they see as JSON."""

import hashlib
import json
import sys

import numpy as np


def sha(array):
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()


def tiff(path):
    import tifffile

    with tifffile.TiffFile(path) as file:
        series = file.series[0]
        page = file.pages[0]
        unit = {2: 25400, 3: 10000}[int(page.tags["ResolutionUnit"].value)]
        number, per = page.tags["XResolution"].value
        return {
            "series": len(file.series),
            "levels": [list(level.shape) for level in series.levels],
            "dtype": str(series.dtype),
            "mpp": unit * per / number,
            "pixels": sha(series.asarray()),
            "last": np.asarray(series.levels[-1].asarray(), dtype=float).mean(),
        }


def slide(path):
    import openslide

    with openslide.OpenSlide(path) as opened:
        region = np.asarray(opened.read_region((0, 0), 0, opened.dimensions))
        return {
            "levels": [list(size) for size in opened.level_dimensions],
            "mpp": float(opened.properties["openslide.mpp-x"]),
            "rgb": sha(region[..., :3]),
        }


if __name__ == "__main__":
    kind, path = sys.argv[1:]
    if kind == "npy":
        array = np.load(path)
        print(json.dumps({"shape": list(array.shape), "dtype": str(array.dtype), "pixels": sha(array)}))
    else:
        print(json.dumps({"tiff": tiff, "slide": slide}[kind](path)))
