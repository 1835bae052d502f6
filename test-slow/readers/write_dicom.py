"""DICOM slides by pydicom, their frames by imagecodecs and pydicom's own RLE: one for each codec. Arguments: a folder, a picture (PNG)."""

import json
import os
import sys

import imagecodecs
import numpy as np
import pydicom
from PIL import Image
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate, encapsulate_extended
from pydicom.pixels.encoders import RLELosslessEncoder
from pydicom.uid import UID, VLWholeSlideMicroscopyImageStorage, generate_uid

folder, picture = sys.argv[1:]
whole = np.asarray(Image.open(picture).convert("RGB"))
# Noise besides the smooth picture: every decoder's worst case.
noise = np.random.default_rng(1).integers(0, 256, whole.shape, dtype=np.uint8)
whole = np.concatenate([whole, noise], axis=1)
height, width = whole.shape[:2]
side = 32
columns, rows = -(-width // side), -(-height // side)
canvas = np.pad(whole, ((0, rows * side - height), (0, columns * side - width), (0, 0)), mode="edge")
tiles = [np.ascontiguousarray(canvas[y : y + side, x : x + side]) for y in range(0, rows * side, side) for x in range(0, columns * side, side)]


def rle(tile):
    return RLELosslessEncoder.encode(
        tile, rows=side, columns=side, samples_per_pixel=3, bits_allocated=8, bits_stored=8,
        pixel_representation=0, photometric_interpretation="RGB", number_of_frames=1, planar_configuration=0,
    )


def jpeg(**options):
    return lambda tile: imagecodecs.jpeg8_encode(tile, level=90, **options)


def ycc(tile):
    """BT.601 in floating point, rounded: what the samples are, the test asks a decoder for."""
    r, g, b = (tile[..., i].astype(float) for i in range(3))
    y = 0.299 * r + 0.587 * g + 0.114 * b
    cb, cr = 128 + (b - y) / 1.772, 128 + (r - y) / 1.402
    return np.clip(np.stack([y, cb, cr], -1).round(), 0, 255).astype(np.uint8)


same = lambda tile, _: tile  # noqa: E731
j2k = lambda _, data: imagecodecs.jpeg2k_decode(data)  # noqa: E731
# name: syntax, photometric, encode, what a decoder gives (tile, data)
kinds = {
    "native": ("1.2.840.10008.1.2.1", "RGB", None, same),
    "implicit": ("1.2.840.10008.1.2", "RGB", None, same),
    "deflated": ("1.2.840.10008.1.2.1.99", "RGB", None, same),
    "big-endian": ("1.2.840.10008.1.2.2", "RGB", None, same),
    # In words of two bytes, each with its highest byte first.
    "big-endian-words": ("1.2.840.10008.1.2.2", "RGB", lambda t: np.frombuffer(t.tobytes(), np.uint16).byteswap().tobytes(), same),
    **{
        f"jpeg-lossless-{p}": (
            "1.2.840.10008.1.2.4.70" if p == 1 else "1.2.840.10008.1.2.4.57", "RGB",
            lambda t, p=p: imagecodecs.jpeg8_encode(t, lossless=True, predictor=p), lambda _, d: imagecodecs.jpeg8_decode(d),
        )
        for p in range(1, 8)
    },
    "rle": ("1.2.840.10008.1.2.5", "RGB", rle, same),
    "jpeg-444": ("1.2.840.10008.1.2.4.50", "YBR_FULL", jpeg(subsampling="444"), lambda _, d: imagecodecs.jpeg8_decode(d)),
    "jpeg-422": ("1.2.840.10008.1.2.4.50", "YBR_FULL_422", jpeg(subsampling="422"), lambda _, d: imagecodecs.jpeg8_decode(d)),
    "jpeg-420": ("1.2.840.10008.1.2.4.50", "YBR_FULL_422", jpeg(subsampling="420"), lambda _, d: imagecodecs.jpeg8_decode(d)),
    "jpeg-rgb": (
        "1.2.840.10008.1.2.4.50", "RGB", jpeg(subsampling="444", colorspace="rgb", outcolorspace="rgb"),
        lambda _, d: imagecodecs.jpeg8_decode(d, colorspace="rgb", outcolorspace="rgb"),
    ),
    "jpeg-ls": ("1.2.840.10008.1.2.4.80", "RGB", imagecodecs.jpegls_encode, same),
    "jpeg-ls-near": (
        "1.2.840.10008.1.2.4.81", "RGB", lambda t: imagecodecs.jpegls_encode(t, level=3), lambda _, d: imagecodecs.jpegls_decode(d),
    ),
    "j2k": ("1.2.840.10008.1.2.4.90", "YBR_RCT", lambda t: imagecodecs.jpeg2k_encode(t, codecformat="j2k", reversible=True), same),
    "j2k-no-mct": (
        "1.2.840.10008.1.2.4.90", "RGB", lambda t: imagecodecs.jpeg2k_encode(t, codecformat="j2k", reversible=True, mct=False), same,
    ),
    "j2k-lossy": ("1.2.840.10008.1.2.4.91", "YBR_ICT", lambda t: imagecodecs.jpeg2k_encode(t, level=40, codecformat="j2k"), j2k),
    "htj2k": ("1.2.840.10008.1.2.4.201", "YBR_RCT", lambda t: imagecodecs.htj2k_encode(t, reversible=True), same),
    "htj2k-lossy": (
        "1.2.840.10008.1.2.4.203", "YBR_ICT", lambda t: imagecodecs.htj2k_encode(t, level=0.01, reversible=False),
        # By OpenJPEG: imagecodecs' OpenJPH lets what is brighter than white become black.
        j2k,
    ),
    "htj2k-in-name": (
        "1.2.840.10008.1.2.4.201", "RGB", lambda t: imagecodecs.jpeg2k_encode(t, codecformat="j2k", reversible=True), same,
    ),
}


def slide(name, syntax, photometric, frames, table):
    data = Dataset()
    data.SOPClassUID = VLWholeSlideMicroscopyImageStorage
    data.SOPInstanceUID = generate_uid()
    data.SeriesInstanceUID = generate_uid()
    data.StudyInstanceUID = generate_uid()
    data.Modality = "SM"
    data.ImageType = ["ORIGINAL", "PRIMARY", "VOLUME", "NONE"]
    data.DimensionOrganizationType = "TILED_FULL"
    data.TotalPixelMatrixColumns, data.TotalPixelMatrixRows = width, height
    data.Columns, data.Rows, data.NumberOfFrames = side, side, len(frames)
    data.SamplesPerPixel, data.PhotometricInterpretation, data.PlanarConfiguration = 3, photometric, 0
    data.BitsAllocated, data.BitsStored, data.HighBit, data.PixelRepresentation = 8, 8, 7, 0
    measures = Dataset()
    measures.PixelSpacing = [0.00025, 0.0005]
    shared = Dataset()
    shared.PixelMeasuresSequence = [measures]
    data.SharedFunctionalGroupsSequence = [shared]
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = UID(syntax)
    data.file_meta.MediaStorageSOPClassUID = data.SOPClassUID
    data.file_meta.MediaStorageSOPInstanceUID = data.SOPInstanceUID
    if table == "native":
        data.PixelData = b"".join(frames)
    elif table == "extended":
        data.PixelData, data.ExtendedOffsetTable, data.ExtendedOffsetTableLengths = encapsulate_extended(frames)
    else:
        data.PixelData = encapsulate(frames, has_bot=table == "basic")
    if table != "native":
        data["PixelData"].is_undefined_length = True
    else:
        data["PixelData"].VR = "OW" if "words" in name else "OB"
    path = os.path.join(folder, f"{name}.dcm")
    data.save_as(path, enforce_file_format=True)
    if "words" in name:
        # pydicom reads it so, too.
        assert all((one == tile).all() for one, tile in zip(pydicom.dcmread(path).pixel_array, tiles))
    return path


answers = []
for name, (syntax, photometric, encode, decoded) in kinds.items():
    data = [tile.tobytes() if encode is None else encode(tile) for tile in tiles]
    shown = canvas.copy()
    for i, (tile, one) in enumerate(zip(tiles, data)):
        y, x = i // columns * side, i % columns * side
        shown[y : y + side, x : x + side] = decoded(tile, one)
    pixels = os.path.join(folder, f"{name}.rgb")
    np.ascontiguousarray(shown[:height, :width]).tofile(pixels)
    for table in ["native"] if encode is None or "words" in name else ["basic", "extended", "none"]:
        answers.append({"name": f"{name}, {table}", "file": slide(f"{name}-{table}", syntax, photometric, data, table), "pixels": pixels})
print(json.dumps({"pydicom": pydicom.__version__, "imagecodecs": imagecodecs.__version__, "slides": answers}))
