"""
DICOM slides, whole levels as RGB into files: by pydicom and imagecodecs (each frame where it belongs, colours by the marks in the bytes), and by
wsidicom. Arguments: a folder, then folders of series.
"""

import json
import os
import sys

import imagecodecs
import numpy as np
import pydicom
import wsidicom
from pydicom.encaps import generate_frames

folder, slides = sys.argv[1], sys.argv[2:]


def frames(data):
    count = int(data.get("NumberOfFrames", 1))
    syntax = data.file_meta.TransferSyntaxUID
    shape = (data.Rows, data.Columns, 3)
    if not syntax.is_encapsulated:
        size = shape[0] * shape[1] * 3
        for i in range(count):
            one = np.frombuffer(data.PixelData[i * size : (i + 1) * size], np.uint8)
            yield np.moveaxis(one.reshape(3, *shape[:2]), 0, -1) if data.PlanarConfiguration == 1 else one.reshape(shape)
        return
    if syntax == "1.2.840.10008.1.2.5":
        pixels = data.pixel_array
        yield from pixels if count > 1 else [pixels]
        return
    tables = (data.ExtendedOffsetTable, data.ExtendedOffsetTableLengths) if "ExtendedOffsetTable" in data else None
    for frame in generate_frames(data.PixelData, number_of_frames=count, extended_offsets=tables):
        if syntax.endswith((".80", ".81")):
            yield imagecodecs.jpegls_decode(frame)
        elif syntax.endswith((".50", ".51")):
            marked = b"JFIF" in frame[:64] or b"Adobe" in frame[:1024]
            rgb = data.PhotometricInterpretation == "RGB" and not marked
            yield imagecodecs.jpeg8_decode(frame, **({"colorspace": "rgb", "outcolorspace": "rgb"} if rgb else {}))
        else:
            yield imagecodecs.jpeg2k_decode(frame)


def assembled(parts):
    parts = sorted(parts, key=lambda data: data.get("InConcatenationNumber", 0))
    one = parts[0]
    width, height = one.TotalPixelMatrixColumns, one.TotalPixelMatrixRows
    across = -(-width // one.Columns)
    canvas = np.full((height + one.Rows, width + one.Columns, 3), 255, np.uint8)
    k = 0
    for data in parts:
        for i, frame in enumerate(frames(data)):
            if data.get("DimensionOrganizationType") == "TILED_SPARSE":
                place = data.PerFrameFunctionalGroupsSequence[i].PlanePositionSlideSequence[0]
                x, y = place.ColumnPositionInTotalImagePixelMatrix - 1, place.RowPositionInTotalImagePixelMatrix - 1
            else:
                x, y = k % across * one.Columns, k // across * one.Rows
            canvas[y : y + frame.shape[0], x : x + frame.shape[1]] = frame
            k += 1
    return np.ascontiguousarray(canvas[:height, :width])


def instances(path):
    files = [os.path.join(path, name) for name in sorted(os.listdir(path))]
    groups = {}
    for data in map(pydicom.dcmread, files):
        groups.setdefault((data.ImageType[2], data.get("ConcatenationUID", data.SOPInstanceUID)), []).append(data)
    return groups


def written(name, pixels):
    file = os.path.join(folder, name)
    np.ascontiguousarray(pixels).tofile(file)
    return {"width": pixels.shape[1], "height": pixels.shape[0], "pixels": file}


def by_wsidicom(number, path):
    levels = []
    with wsidicom.WsiDicom.open(path) as slide:
        for i, level in enumerate(slide.pyramid):
            pixels = np.asarray(slide.read_region((0, 0), level.level, (level.size.width, level.size.height)).convert("RGB"))
            levels.append(written(f"{number}-wsidicom-{i}.rgb", pixels))
        mpp = slide.mpp
    return {"levels": levels, "mpp": [mpp.width, mpp.height]}


answers = []
for number, path in enumerate(slides):
    groups = instances(path)
    levels = sorted((parts for (role, _), parts in groups.items() if role == "VOLUME"), key=lambda parts: -parts[0].TotalPixelMatrixColumns)
    answer = {"pydicom": [written(f"{number}-pydicom-{i}.rgb", assembled(parts)) for i, parts in enumerate(levels)]}
    answer["pictures"] = {
        role: written(f"{number}-{role}.rgb", assembled(parts)) for (role, _), parts in groups.items() if role != "VOLUME"
    }
    try:
        answer["wsidicom"] = by_wsidicom(number, path)
    except Exception as error:  # What it does not open is said by the test.
        answer["wsidicom"] = {"error": f"{type(error).__name__}: {error}"}
    answers.append(answer)
print(json.dumps({"pydicom": pydicom.__version__, "wsidicom": wsidicom.__version__ if hasattr(wsidicom, "__version__") else "", "slides": answers}))
