"""Slides, and patches of them as TIAToolbox reads them: read_as_tiatoolbox.py CMU-1 FOLDER [SEED].

Makes slides of several levels in FOLDER, reads boxes of each at many resolutions, and writes their pixels one after another into NAME.rgb.
Prints as JSON which programs it ran and, for each slide, its levels and what was read. Another seed asks for other boxes.
"""

import json
import logging
import pathlib
import random
import sys

import cv2
import numpy as np
import openslide
import tifffile
from tiatoolbox_reader import OpenSlideWSIReader, SlidingWindowPatchExtractor, WSIReader, tiatoolbox

# It warns of every box that is enlarged.
logging.disable(logging.WARNING)
cmu, folder = map(pathlib.Path, sys.argv[1:3])
seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
chance = random.Random(seed)
noise = np.random.default_rng(seed)


def levels_of(picture, downsamples, noisy=False):
    height, width = picture.shape[:2]
    for down in downsamples:
        h, w = height // down, width // down
        level = picture[: h * down, : w * down].reshape(h, down, w, down, 3).mean((1, 3)).round().astype(np.uint8)
        yield noise.integers(0, 256, level.shape, dtype=np.uint8) if noisy else level


def generic(path, levels, mpp=(0.5, 0.5)):
    """What OpenSlide calls a generic tiled TIFF."""
    with tifffile.TiffWriter(path) as out:
        for i, level in enumerate(levels):
            layout = {"tile": (112, 96), "compression": "zlib", "photometric": "rgb", "subfiletype": int(i > 0)}
            out.write(level, resolution=tuple(10000 / v for v in mpp), resolutionunit=3, **layout)


def oblong(path, levels):
    """Its pixels are higher than wide: by their width alone the objective would be another one."""
    generic(path, levels, (0.3, 0.42))


def aperio(path, levels):
    """As Aperio's scanners write: JPEG, the thumbnail behind the first level, what the slide is in words."""
    levels = list(levels)
    height, width = levels[0].shape[:2]
    words = f"Aperio Image Library v11.2.1 \r\n{width}x{height} [0,0 {width}x{height}] (240x240) JPEG/RGB Q=90|AppMag = 40|MPP = 0.2525"
    with tifffile.TiffWriter(path) as out:
        for i, level in enumerate(levels):
            layout = {"tile": (240, 240), "compression": "jpeg", "compressionargs": {"level": 90}, "photometric": "rgb", "metadata": None}
            out.write(level, description=words, subfiletype=0, **layout)
            if i == 0:
                out.write(levels[-1], description=words, rowsperstrip=16, compression="zlib", photometric="rgb", metadata=None)


def made():
    whole = np.array(openslide.OpenSlide(cmu).read_region((0, 0), 0, (2220, 2967)).convert("RGB"))
    part = whole[907:2110, 301:1802]
    yield "one-level", cmu
    for name, make, levels in [
        ("aperio-3", aperio, levels_of(whole, (1, 4, 16))),
        ("odd-3", generic, levels_of(part, (1, 2, 7))),
        ("two-levels", oblong, levels_of(part, (1, 3))),
        ("noise", generic, levels_of(part, (1, 2, 7), noisy=True)),
        ("wide", generic, levels_of(np.tile(whole[1000:1601], (1, 5, 1))[:, :9803], (1, 2, 9))),
    ]:
        make(folder / f"{name}.svs", levels)
        yield name, folder / f"{name}.svs"


def resolutions(slide):
    level_count = slide.info.level_count
    yield from (("level", v) for v in (0, 0.5, 1, 1.5, 2) if v <= level_count - 1)
    downs = slide.info.level_downsamples
    # at, just above and just below each level; between them; enlarged
    for v in [1 / d for d in downs] + [0.999 / downs[-1], 1.001 / downs[-1], 0.7, 0.31, 0.12, 1.3, 2]:
        yield "baseline", v
    for v in (0.25, 0.5, 1, 1.1, 3.5):
        yield "mpp", v
    for v in (40, 20, 10, 7, 1.25):
        yield "power", v


sizes = [(224, 224), (131, 97), (64, 40), (33, 33), (100, 128)]


def boxes(width, height, w, h):
    """All over the slide, over each of its edges, and beside it."""
    at = [(0, 0), (1, 37), (-40, -23), (5 - w, height // 3), (width // 3, 9 - h), (width * 61 // 100, height * 2 // 5)]
    at += [(width - w, height - h), (width - 90, height - 70), (width // 2, height - 5), (-7, height - 50), (width - 3, -5), (width + 20, 0)]
    at += [(chance.randint(-w, width), chance.randint(-h, height)) for _ in range(4)]
    return [[x, y, x + w, y + h] for x, y in at]


class Asked:
    """What is asked of a slide, and its answers in a file."""

    def __init__(self, slide, out):
        self.slide, self.out, self.all = slide, out, []

    def bounds(self, units, value, bounds, how="bounds"):
        at = {"resolution": value, "units": units, "pad_constant_values": 255, "coord_space": "resolution"}
        if how == "rect":
            x0, y0, x1, y1 = bounds
            self.keep(self.slide.read_rect((x0, y0), (x1 - x0, y1 - y0), **at), units, value, bounds, how)
        else:
            self.keep(self.slide.read_bounds(bounds, **at), units, value, bounds, how)

    def extractor(self, units, value, size, stride):
        made = SlidingWindowPatchExtractor(
            self.slide.input_path, patch_size=size, stride=stride, resolution=value, units=units, pad_constant_values=255
        )
        for i, bounds in enumerate(made.coordinate_list.tolist()):
            self.keep(made[i], units, value, bounds, "extractor")

    def keep(self, picture, units, value, bounds, how):
        x0, y0, x1, y1 = bounds
        assert picture.shape == (y1 - y0, x1 - x0, 3), (picture.shape, bounds)
        self.out.write(np.ascontiguousarray(picture).tobytes())
        size = [int(v) for v in self.slide.slide_dimensions(value, units)]
        self.all.append({"how": how, "units": units, "value": value, "bounds": bounds, "slide": size})


def everywhere(asked):
    for turn, (units, value) in enumerate(resolutions(asked.slide)):
        w, h = sizes[turn % len(sizes)]
        width, height = map(int, asked.slide.slide_dimensions(value, units))
        for i, bounds in enumerate(boxes(width, height, w, h)):
            asked.bounds(units, value, bounds, "rect" if i % 4 == 3 else "bounds")
        if turn % 5 == 2:
            asked.extractor(units, value, (w, h), (width // 3 + 1, height // 3 + 1))


def large(asked):
    """More than 4,096 pixels of a level at once: OpenSlide paints them in pieces."""
    for value, bounds in [(0.5, [37, -5, 4337, 100]), (0.45, [10, 20, 4000, 140]), (0.12, [-20, 5, 1100, 60]), (0.6, [5, 5, 5005, 105])]:
        asked.bounds("baseline", value, bounds)


slides = []
for name, path in made():
    slide = WSIReader.open(path)
    assert isinstance(slide, OpenSlideWSIReader)
    with open(folder / f"{name}.rgb", "wb") as out:
        asked = Asked(slide, out)
        everywhere(asked)
        if name == "wide":
            large(asked)
    slides.append({"name": name, "path": str(path), "levels": slide.info.level_dimensions, "asked": asked.all})
versions = {"tiatoolbox": tiatoolbox.__version__, "openslide": openslide.__library_version__, "opencv": cv2.__version__}
json.dump({"versions": versions, "slides": slides}, sys.stdout)
