"""Patches as TIAToolbox's own patch prediction reads them: read_patches.py JOB.json, which names slide, patches and the file for the pixels."""

import json
import sys

import numpy as np
import openslide
import tifffile
from tiatoolbox import __version__
from tiatoolbox.wsicore.wsireader import OpenSlideWSIReader, WSIReader

job = json.load(open(sys.argv[1]))


def make(path, source, noise):
    """A pyramid of odd sizes from a real slide (or of noise, the worst case), that OpenSlide opens as a generic TIFF."""
    base = openslide.OpenSlide(source)
    width, height = 1501, 1203
    picture = np.array(base.read_region((301, 907), 0, (width, height)).convert("RGB"))
    rng = np.random.default_rng(1)
    if noise:
        picture = rng.integers(0, 256, picture.shape, dtype=np.uint8)
    with tifffile.TiffWriter(path) as out:
        for level in (1, 2, 7):
            h, w = height // level, width // level
            part = picture[: h * level, : w * level].reshape(h, level, w, level, 3).mean((1, 3)).round().astype(np.uint8)
            if noise:
                part = rng.integers(0, 256, part.shape, dtype=np.uint8)
            out.write(part, tile=(112, 96), compression="zlib", photometric="rgb", subfiletype=0 if level == 1 else 1, resolution=(20000, 20000), resolutionunit=3)


if job.get("make"):
    make(job["slide"], job["make"]["from"], job["make"]["noise"])
# The suffix .svs sends a slide to OpenSlide.
slide = WSIReader.open(job["slide"])
assert isinstance(slide, OpenSlideWSIReader)
with open(job["out"], "wb") as out:
    for at in job["patches"]:
        picture = slide.read_bounds(
            at["bounds"], resolution=at["value"], units=at["units"], coord_space="resolution", pad_constant_values=255
        )
        x0, y0, x1, y1 = at["bounds"]
        assert picture.shape == (y1 - y0, x1 - x0, 3), picture.shape
        out.write(np.ascontiguousarray(picture).tobytes())
json.dump(
    {
        "version": __version__,
        "openslide": openslide.__library_version__,
        "downsamples": slide.openslide_wsi.level_downsamples,
        "dimensions": slide.openslide_wsi.level_dimensions,
        "mpp": [float(v) for v in slide.info.mpp],
    },
    sys.stdout,
)
