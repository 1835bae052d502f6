"""Slides and settings by chance, and what TIAToolbox makes of them: random_settings.py FOLDER [SEED [SLIDES]].

Writes slides and masks into FOLDER, and the pixels of the patches that were read, one after another, into NAME.rgb. Prints as JSON, for each slide
and each setting: the size of the slide there, the patches that its grid and the mask leave, and which of them were read.
"""

import json
import logging
import pathlib
import random
import sys

import cv2
import numpy as np
import tifffile
from tiatoolbox_reader import SlidingWindowPatchExtractor, VirtualWSIReader, WSIReader

logging.disable(logging.WARNING)
folder = pathlib.Path(sys.argv[1])
seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
count = int(sys.argv[3]) if len(sys.argv) > 3 else 12
chance = random.Random(seed)
noise = np.random.default_rng(seed)
# A level of fewer pixels has no proportions.
least = 64


def picture(width, height):
    y, x = np.mgrid[:height, :width].astype(np.float32)
    a, b, c = (chance.uniform(5, 120) for _ in range(3))
    waves = np.stack([np.sin(x / a) * np.cos(y / b), np.sin((x + y) / c), np.cos(x / b - y / c)], -1)
    return np.clip(128 + 127 * waves + noise.normal(0, chance.choice([0, 40]), waves.shape), 0, 255).astype(np.uint8)


def levels_of(whole):
    height, width = whole.shape[:2]
    yield whole
    factor = 1
    for _ in range(chance.randint(0, 3)):
        factor *= chance.choice([2, 3, 4, 2.5])
        rounded = chance.choice([np.floor, np.ceil, np.round])
        size = int(rounded(width / factor)), int(rounded(height / factor))
        if min(size) < least:
            return
        yield cv2.resize(whole, size, interpolation=cv2.INTER_AREA)


def write(path):
    mpp = chance.choice([0.11, 0.2525, 0.25, 0.499, 1 / 3, 1.0, chance.uniform(0.1, 4)])
    aspect = chance.choice([1, 1, 0.7, 1.001, 1.4])
    tile = chance.choice([(16, 16), (112, 96), (240, 240), (512, 512)])
    whole = picture(chance.randint(least, 1500), chance.randint(least, 1500))
    with tifffile.TiffWriter(path) as out:
        for i, level in enumerate(levels_of(whole)):
            layout = {"tile": tile, "compression": "zlib", "photometric": "rgb", "subfiletype": int(i > 0)}
            out.write(level, resolution=(10000 / mpp, 10000 / mpp / aspect), resolutionunit=3, **layout)


def resolution(info):
    last = info.level_count - 1
    units = chance.choice(["mpp", "mpp", "power", "baseline", "level"])
    if units == "level":
        return chance.choice([0, last, round(chance.uniform(0, last), 2)]), units
    if units == "baseline":
        return chance.choice([1, 0.5, 1 / 3, 1 / info.level_downsamples[-1], round(chance.uniform(0.05, 1.5), 3)]), units
    if units == "mpp":
        return chance.choice([0.25, 0.5, 1, 2, float(info.mpp[0]) * info.level_downsamples[-1], chance.uniform(0.1, 8)]), units
    return chance.choice([40, 20, 10, 5, 1.25, chance.uniform(1, 60)]), units


def mask_for(slide, size):
    """Any size, any proportions; often so that edges of patches fall on edges of its pixels."""
    width, height = chance.choice(
        [
            (chance.randint(1, 300), chance.randint(1, 300)),
            tuple(max(1, v // 16) for v in slide),
            tuple(max(1, v // 4) for v in size),
            tuple(slide),
        ]
    )
    return (noise.random((height, width)) < chance.choice([0, 0.02, 0.5, 0.98, 1])).astype(np.uint8)


def asked_of(slide, name, out):
    info = slide.info
    value, units = resolution(info)
    size = [int(v) for v in slide.slide_dimensions(value, units)]
    # Of a patch that is shrunk from more than a hundred million pixels `compat: tiatoolbox` would hold them all, and refuses it.
    if min(size) < 1 or 300 * 300 * np.prod(info.slide_dimensions, dtype=float) / np.prod(size) > 1e8:
        return None
    patch = chance.choice([(224, 224), (chance.randint(1, 300), chance.randint(1, 300))])
    stride = chance.choice([patch, tuple(max(1, v // 2) for v in patch), (chance.randint(1, 400), chance.randint(1, 400))])
    stride = tuple(max(v, s // 60 + 1) for v, s in zip(stride, size))
    within = chance.random() < 0.3
    kept = SlidingWindowPatchExtractor.get_coordinates(
        image_shape=size, patch_input_shape=patch, stride_shape=stride, input_within_bound=within
    )
    asked = {"value": value, "units": units, "size": size, "patch": patch, "stride": stride, "within": within}
    if chance.random() < 0.6 and len(kept) > 0:
        mask = mask_for([int(v) for v in info.slide_dimensions], size)
        share = chance.choice([0, 0, 1, 0.5, 0.25, chance.randint(0, 1000) / 1000])
        mask.tofile(folder / f"{name}.mask")
        asked["mask"] = {"file": f"{name}.mask", "width": mask.shape[1], "height": mask.shape[0], "share": share}
        reader = VirtualWSIReader(mask, info=info)
        kept = kept[SlidingWindowPatchExtractor.filter_coordinates(reader, kept, wsi_shape=size, min_mask_ratio=share)]
    asked["kept"] = kept.tolist()
    # Some that are there, the last one, and some that lie anywhere, also beside the slide.
    corners = [(chance.randint(-patch[0], size[0]), chance.randint(-patch[1], size[1])) for _ in range(2)]
    asked["read"] = asked["kept"][-1:] + chance.sample(asked["kept"], min(2, len(kept)))
    asked["read"] += [[x, y, x + patch[0], y + patch[1]] for x, y in corners]
    for bounds in asked["read"]:
        at = {"resolution": value, "units": units, "pad_constant_values": 255, "coord_space": "resolution"}
        out.write(np.ascontiguousarray(slide.read_bounds(bounds, **at)).tobytes())
    return asked


slides = []
for i in range(count):
    path = folder / f"slide-{i}.svs"
    write(path)
    slide = WSIReader.open(path)
    with open(path.with_suffix(".rgb"), "wb") as out:
        asked = [asked_of(slide, f"slide-{i}-{k}", out) for k in range(6)]
    slides.append({"path": str(path), "asked": [one for one in asked if one is not None]})
json.dump(slides, sys.stdout)
