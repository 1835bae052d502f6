"""Every level of a QPTIFF as tifffile sorts its pages: RGB into files, sizes as JSON. Arguments: a folder, then the slide."""

import json
import os
import sys

import tifffile

folder, path = sys.argv[1:]
names = {"Label": "label", "Macro": "macro", "Thumbnail": "thumbnail"}


def picture(page, name):
    file = os.path.join(folder, f"tifffile-{name}.rgb")
    page.asarray().tofile(file)
    height, width = page.shape[:2]
    return {"width": width, "height": height, "pixels": file}


with tifffile.TiffFile(path) as slide:
    levels = [picture(level, n) for n, level in enumerate(slide.series[0].levels)]
    beside = {names[series.name]: picture(series, series.name) for series in slide.series[1:]}
print(json.dumps({"levels": levels, "associated": beside}))
