"""Every level of slides, whole, as OpenSlide reads them: RGB on white into files, facts as JSON. Arguments: a folder, then the slides."""

import json
import os
import sys

import numpy as np
import openslide


def rgb(image):
    """Alpha is 0 where no tile lies, and in between along the edges of tiles that were moved by parts of a pixel."""
    rgba = np.asarray(image).astype(np.uint16)
    alpha = rgba[..., 3:]
    return ((rgba[..., :3] * alpha + 255 * (255 - alpha) + 127) // 255).astype(np.uint8)


folder, slides = sys.argv[1], sys.argv[2:]
answers = []
for number, path in enumerate(slides):
    slide = openslide.OpenSlide(path)
    properties = slide.properties
    levels = []
    for level, (width, height) in enumerate(slide.level_dimensions):
        name = os.path.join(folder, f"{number}-{level}.rgb")
        pixels = slide.read_region((0, 0), level, (width, height))
        rgb(pixels).tofile(name)
        levels.append({"width": width, "height": height, "factor": slide.level_downsamples[level], "pixels": name})
    associated = {}
    for name, image in slide.associated_images.items():
        file = os.path.join(folder, f"{number}-{name}.rgb")
        rgb(image).tofile(file)
        associated[name] = {"width": image.width, "height": image.height, "pixels": file}

    def number_of(name):
        value = properties.get(name)
        return None if value is None else float(value)

    answers.append(
        {
            "vendor": properties["openslide.vendor"],
            "levels": levels,
            "associated": associated,
            "mpp": number_of("openslide.mpp-x"),
            "power": number_of("openslide.objective-power"),
            "bounds": None
            if "openslide.bounds-x" not in properties
            else [int(properties[f"openslide.bounds-{side}"]) for side in ("x", "y", "width", "height")],
        }
    )
print(json.dumps({"version": openslide.__library_version__, "slides": answers}))
