"""Expected pixels of whole levels, by Pillow and libtiff: writes levels.json. Run in the shared data folder with Debian's python3-pil."""

import hashlib
import io
import json
import sys

import numpy as np
from PIL import Image

Image.MAX_IMAGE_PIXELS = None

PAGES = [
    "wsi/aperio/CMU-1-Small-Region.svs", "wsi/aperio/small.svs", "wsi/tiff/slaid-test.tif", "wsi/tiff/slaid-patch-8-level.tif",
    "wsi/tiff/boxes.tiff", "wsi/tiff/small_HE_levels.tiff", "wsi/tiff/panimg-valid_tiff.tif", "wsi/tiff/yb10kx5k.zstd.tiff",
    "wsi/tiff/CMU-1-Small-Region.jpeg.tiff", "wsi/tiff/CMU-1-Small-Region.webp.tiff", "wsi/tiff/usda_naip_256_webp_z3.tif",
    "wsi/ometiff/XYC-pyramid-lzw.ome.tiff", "wsi/ometiff/qupath/cells.ome.tif", "wsi/tiff/XYC-half-mpp.tiff", "wsi/tiff/kidney-48-5.tif",
    "patches/kather100k/MUS-tiatoolbox-kather1.tif", "patches/kather100k/TUM-tiatoolbox-kather2.tif", "wsi/tiff/orientation/test_orient1.tif",
]
# JFIF tiles under an RGB tag: libtiff refuses them, so each tile is decoded as the JPEG file that it is.
TILES = ["wsi/ometiff/OS-1-detail.ome.tif", "wsi/ometiff/OS-2-ndpi.ome.tif", "wsi/ometiff/XYC-pyramid-jpeg.ome.tiff"]


def on_white(image):
    if image.mode != "RGBA":
        return np.array(image.convert("RGB"))
    rgba = np.array(image).astype(np.int64)
    alpha = rgba[:, :, 3:]
    return ((rgba[:, :, :3] * alpha + 255 * (255 - alpha) + 127) // 255).astype(np.uint8)


def by_tiles(path):
    image = Image.open(path)
    data = open(path, "rb").read()
    width, height = image.size
    tile = image.tag_v2[322]
    out = np.zeros((height + tile, width + tile, 3), np.uint8)
    columns = -(-width // tile)
    tables = bytes(image.tag_v2[347]) if 347 in image.tag_v2 else b""
    for i, (offset, count) in enumerate(zip(image.tag_v2[324], image.tag_v2[325])):
        jpeg = data[offset : offset + count]
        if tables:
            jpeg = tables[:-2] + jpeg[2:]
        y, x = i // columns * tile, i % columns * tile
        out[y : y + tile, x : x + tile] = np.array(Image.open(io.BytesIO(jpeg)).convert("RGB"))
    return out[:height, :width]


def facts(pixels):
    return {
        "width": pixels.shape[1],
        "height": pixels.shape[0],
        "sha256": hashlib.sha256(pixels.tobytes()).hexdigest(),
        "mean": [round(float(m), 2) for m in pixels.reshape(-1, 3).mean(0)],
    }


def pages(path):
    image = Image.open(path)
    levels = []
    for page in range(image.n_frames):
        image.seek(page)
        levels.append(facts(on_white(image)))
    return levels


found = {path: pages(path) for path in PAGES}
found.update({path: [facts(np.ascontiguousarray(by_tiles(path)))] for path in TILES})
json.dump({"tool": f"Pillow {Image.__version__}, libtiff, libjpeg-turbo", "files": found}, sys.stdout, indent=1)
