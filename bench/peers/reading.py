"""Reads patches with the readers people use in Python. One process is one worker; the parent starts as many as it wants."""

import ctypes
import importlib.metadata
import time

import numpy as np
from PIL import Image

from serve import serve


class OpenSlidePython:
    def __init__(self, path):
        import openslide

        self.slide = openslide.OpenSlide(path)

    def read(self, x, y, size):
        return self.slide.read_region((x, y), 0, (size, size)).convert("RGB")


class OpenSlideC:
    """The C function itself into a buffer that is used again: premultiplied BGRA, no copy, no colours turned round."""

    def __init__(self, path):
        from openslide import lowlevel

        self.lowlevel = lowlevel
        self.slide = lowlevel.open(path)
        self.buffer = None
        # Taken anew: the package's own has its checks and conversions attached.
        self.function = lowlevel._lib["openslide_read_region"]
        self.function.restype = None
        self.function.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64, ctypes.c_int32, ctypes.c_int64, ctypes.c_int64]
        self.handle = self.slide._as_parameter_

    def read(self, x, y, size):
        if self.buffer is None or len(self.buffer) != size * size * 4:
            self.buffer = (ctypes.c_uint8 * (size * size * 4))()
        self.function(self.handle, ctypes.cast(self.buffer, ctypes.c_void_p), x, y, 0, size, size)
        return np.frombuffer(self.buffer, np.uint8).reshape(size, size, 4)


class Vips:
    def __init__(self, path):
        import pyvips

        # Decoding on one thread per worker, as everybody else here.
        pyvips.cache_set_max(0)
        self.region = pyvips.Region.new(pyvips.Image.new_from_file(path, page=0))

    def read(self, x, y, size):
        return np.frombuffer(self.region.fetch(x, y, size, size), np.uint8).reshape(size, size, -1)


class TiffFile:
    def __init__(self, path):
        import tifffile
        import zarr

        store = tifffile.imread(path, aszarr=True, level=0, series=0)
        self.array = zarr.open(store, mode="r")

    def read(self, x, y, size):
        return self.array[y : y + size, x : x + size]


class TiffSlide:
    def __init__(self, path):
        import tiffslide

        self.slide = tiffslide.TiffSlide(path)

    def read(self, x, y, size):
        return self.slide.read_region((x, y), 0, (size, size), as_array=True)


class FastSlide:
    def __init__(self, path):
        import fastslide

        self.slide = fastslide.FastSlide.from_file_path(path)

    def read(self, x, y, size):
        return np.asarray(self.slide.read_region(location=(x, y), level=0, size=(size, size)).numpy())


readers = {
    "openslide-python": OpenSlidePython,
    "openslide C": OpenSlideC,
    "libvips": Vips,
    "tifffile": TiffFile,
    "tiffslide": TiffSlide,
    "fastslide": FastSlide,
}
packages = {"openslide-python": "openslide-python", "openslide C": "openslide-bin", "libvips": "pyvips-binary"}


def about(reader):
    return {"version": importlib.metadata.version(packages.get(reader, reader))}


def read(reader, path, places, size, out):
    """Opens the slide anew, so that no tile is decoded before the clock starts; resamples as the reader's users do, with Pillow."""
    began = time.perf_counter()
    cpu = time.process_time()
    slide = readers[reader](path)
    total = 0
    for x, y in places:
        picture = slide.read(x, y, size)
        if out != size:
            if not isinstance(picture, Image.Image):
                picture = Image.fromarray(np.asarray(picture))
            picture = picture.reduce(size // out) if size % out == 0 else picture.resize((out, out), Image.Resampling.BOX)
        pixels = np.asarray(picture)
        total += int(pixels[0, 0, 0])
    return {"seconds": time.perf_counter() - began, "done": len(places), "cpu": time.process_time() - cpu, "total": total}


def picture(reader, path, x, y, size):
    """The mean of one patch, by colour: shows that all read the same place."""
    slide = readers[reader](path)
    mean = np.asarray(slide.read(x, y, size)).astype(float).mean(axis=(0, 1))
    return {"mean": [float(v) for v in (mean[2::-1] if reader == "openslide C" else mean[:3])]}


tiles = []


def load_tiles(path):
    """Compressed tiles of level 0 as whole JPEG streams, in memory."""
    import tifffile

    tiles.clear()
    with tifffile.TiffFile(path) as tiff:
        page = tiff.pages[0]
        tables = page.jpegtables
        for offset, count in list(zip(page.dataoffsets, page.databytecounts))[:512]:
            if count == 0:
                continue
            tiff.filehandle.seek(offset)
            data = tiff.filehandle.read(count)
            tiles.append(data if tables is None else data[:2] + tables[2:-2] + data[2:])
    return {"count": len(tiles)}


def native():
    """libjpeg-turbo's exact transform as native code, on tiles in memory: as fast as JPEG gets on one core."""
    import imagecodecs

    began = time.perf_counter()
    cpu = time.process_time()
    pixels = 0
    out = None
    for data in tiles:
        out = imagecodecs.jpeg8_decode(data, out=None)
        pixels += out.shape[0] * out.shape[1]
    return {"seconds": time.perf_counter() - began, "done": pixels, "cpu": time.process_time() - cpu}


serve({"about": about, "read": read, "picture": picture, "load_tiles": load_tiles, "native": native})
