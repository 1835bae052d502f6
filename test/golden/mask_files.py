"""Masks of one shape as other programs write them, for test/readers/mask/golden.test.ts: python mask_files.py > mask-files.json

The tissue is an L and a corner pixel, 61 x 47; the numbers of background and tissue differ from file to file. Each file is deflated. Of lossy files the number of pixels
that Pillow reads as not black is given.
"""

import base64, json, os, sys, tempfile, zlib
import numpy as np, cv2, PIL, tifffile, pyvips
from PIL import Image

W, H = 61, 47
y, x = np.mgrid[0:H, 0:W]
T = ((x >= 16) & (x < 48) & (y >= 12) & (y < 36) & ~((x >= 32) & (y >= 24))) | ((x == W - 1) & (y == H - 1))
folder = tempfile.mkdtemp()
files = []


def add(name, writer, path, **more):
    files.append({"name": name, "writer": writer, "file": base64.b64encode(zlib.compress(open(path, "rb").read(), 9)).decode(), **more})


def at(name):
    return os.path.join(folder, name.replace(" ", "_").replace("/", "_"))


def of(dtype, on=1, off=0):
    return np.where(T, np.array(on, dtype), np.array(off, dtype)).astype(dtype)


# --- PNG
def with_cv2(name, array):
    cv2.imwrite(at(name) + ".png", array)
    add(name, "OpenCV", at(name) + ".png")


with_cv2("png 8 bits, 1", of("u1"))
with_cv2("png 16 bits, 1", of("u2"))
with_cv2("png 16 bits, 256", of("u2", 256))
bgr = np.zeros((H, W, 3), "u2"); bgr[..., 0] = of("u2", 256)
with_cv2("png 16 bits, blue only", bgr)
bgra = np.full((H, W, 4), 255, "u1"); bgra[..., 3] = of("u1", 255)
with_cv2("png transparent where no tissue", bgra)
bgra = np.zeros((H, W, 4), "u1"); bgra[..., 3] = 255; bgra[..., 1] = of("u1", 1)
with_cv2("png opaque, green 1", bgra)


def with_pillow(name, image, ending="png", **options):
    image.save(at(name) + "." + ending, **options)
    add(name, "Pillow", at(name) + "." + ending)


with_pillow("png 1 bit", Image.fromarray(T))
with_pillow("png 16 bits of Pillow", Image.fromarray(of("u2", 40000)))
la = np.full((H, W, 2), 255, "u1"); la[..., 1] = of("u1", 1)
with_pillow("png grey and alpha", Image.fromarray(la, "LA"))


def palette(array, colours, bits=None, ending="png", **options):
    image = Image.fromarray(array, "P"); image.putpalette([v for c in colours for v in c])
    return image


voc = [(0, 0, 0), (128, 0, 0), (0, 128, 0)]
with_pillow("png palette, ground black", palette(of("u1", 2), voc))
with_pillow("png palette, ground white as QuPath exports it", palette(of("u1", 1), [(255, 255, 255), (200, 0, 0)] + [(0, 0, 0)] * 6))
with_pillow("png palette, black is number 1", palette(of("u1", 0, 1), [(255, 255, 255), (0, 0, 0)]))
with_pillow("png palette, ground transparent", palette(of("u1", 1), [(255, 255, 255), (200, 0, 0)]), transparency=0)
with_pillow("png palette of 4 bits", palette(of("u1", 9), [(0, 0, 0)] + [(16 * i, 0, 9) for i in range(1, 16)]), bits=4)
rgb = np.where(T[..., None], np.array([0, 0, 7], "u1"), np.array([9, 9, 9], "u1")).astype("u1")
with_pillow("png RGB with a transparent colour", Image.fromarray(rgb), transparency=(9, 9, 9))
with_pillow("gif", palette(of("u1", 1), voc[:2]), "gif")
with_pillow("webp without loss", Image.fromarray(np.repeat(of("u1", 77)[..., None], 3, 2)), "webp", lossless=True, exact=True)


def with_vips(name, array, save, **options):
    image = pyvips.Image.new_from_array(array)
    path = at(name) + ("." + save[:-4])
    getattr(image, save)(path, **options)
    add(name, "libvips", path)


with_vips("png interlaced", of("u1", 3), "pngsave", interlace=True)
with_vips("png interlaced, 16 bits", of("u2", 256), "pngsave", interlace=True)
with_vips("png of 2 bits", of("u1", 255), "pngsave", bitdepth=2)
with_vips("png interlaced, 1 bit", of("u1", 255), "pngsave", bitdepth=1, interlace=True)

# --- TIFF
def with_tifffile(name, array, **options):
    tifffile.imwrite(at(name) + ".tif", array, metadata=None, **options)
    add(name, "tifffile", at(name) + ".tif")


for dtype, on, off in [("u1", 1, 0), ("u2", 256, 0), ("u4", 65536, 0), ("u8", 2**40, 0), ("i1", -1, 0), ("i2", -256, 0), ("i4", -1, 0), ("i8", 2**33, 0),
                       ("f2", 0.001, -0.0), ("f4", 0.25, np.nan), ("f8", 1e-300, -0.0), ("f4", -3, 0)]:
    for order in "<>":
        if order == ">" and dtype[1] == "1": continue
        with_tifffile(f"tif {order}{dtype} {on}", of(dtype, on, off), byteorder=order, photometric="minisblack")
with_tifffile("tif bits", T, photometric="minisblack")
with_tifffile("tif array of booleans", T)
with_tifffile("tif 8 bits, 0 is white", of("u1", 0, 255), photometric="miniswhite")
with_tifffile("tif 16 bits, 0 is white", of("u2", 7, 65535), photometric="miniswhite")
for compression in ["deflate", "lzw", "zstd", "packbits"]:
    with_tifffile(f"tif {compression}", of("u2", 256), photometric="minisblack", compression=compression)
for dtype, on in [("u1", 1), ("u2", 300), ("u4", 70000), ("f4", 0.5), ("f8", 0.1), ("f2", 1)]:
    for order in "<>":
        with_tifffile(f"tif {order}{dtype} with predictor, tiles", of(dtype, on), byteorder=order, photometric="minisblack", compression="deflate", predictor=True, tile=(16, 32))
rgb = np.zeros((H, W, 3), "u1"); rgb[..., 2] = of("u1")
with_tifffile("tif RGB, blue 1, strips of 5", rgb, photometric="rgb", rowsperstrip=5)
with_tifffile("tif RGB in planes, tiles", np.moveaxis(rgb, 2, 0).copy(), photometric="rgb", planarconfig="separate", tile=(16, 16), compression="deflate", predictor=True)
rgba = np.full((H, W, 4), 255, "u1"); rgba[..., 3] = of("u1", 255)
with_tifffile("tif RGBA", rgba, photometric="rgb", extrasamples=["unassalpha"])
with_tifffile("tif RGBA in planes", np.moveaxis(rgba, 2, 0).copy(), photometric="rgb", planarconfig="separate", extrasamples=["unassalpha"])
many = np.zeros((H, W, 5), "u2"); many[..., 4] = of("u2", 256)
with_tifffile("tif five channels", many, photometric="minisblack", planarconfig="contig")
ga = np.full((H, W, 2), 9, "u1"); ga[..., 1] = of("u1", 1)
with_tifffile("tif grey and alpha", ga, photometric="minisblack", planarconfig="contig", extrasamples=["unassalpha"])
with_tifffile("tif three pages", np.stack([of("u1", 0), of("u1", 5), of("u1", 0)]), photometric="minisblack")
colormap = np.zeros((3, 256), "u2"); colormap[0, 1:] = 65535
with_tifffile("tif palette", of("u1", 3), photometric="palette", colormap=colormap)
colormap = np.full((3, 256), 65535, "u2"); colormap[1:, 1] = 0; colormap[:, 2:] = 0
with_tifffile("tif palette, ground white", of("u1", 1), photometric="palette", colormap=colormap)
with_tifffile("tif BigTIFF", of("u2", 256), bigtiff=True, photometric="minisblack")
path = at("pyramid") + ".ome.tif"
with tifffile.TiffWriter(path) as tif:
    tif.write(of("u1"), subifds=1, tile=(16, 16), photometric="minisblack", compression="deflate", metadata=None)
    tif.write(np.ascontiguousarray(of("u1")[::2, ::2]), subfiletype=1, tile=(16, 16), photometric="minisblack", compression="deflate", metadata=None)
add("tif pyramid in SubIFDs", "tifffile", path)
path = at("smallfirst") + ".tif"
with tifffile.TiffWriter(path) as tif:
    tif.write(np.full((9, 11), 1, "u1"), photometric="minisblack", metadata=None)
    tif.write(of("u1"), photometric="minisblack", metadata=None)
add("tif with a thumbnail first", "tifffile", path)
for compression in ["group3", "group4", "packbits", "tiff_deflate", "raw"]:
    with_pillow(f"tif bits of Pillow, {compression}", Image.fromarray(T), "tif", compression=compression)
with_pillow("tif palette of Pillow", palette(of("u1", 2), voc), "tif")
with_vips("tif tiles and levels of libvips", of("u1", 255), "tiffsave", tile=True, tile_width=16, tile_height=16, pyramid=True, compression="deflate")
with_vips("tif bits of libvips", of("u1", 255), "tiffsave", bitdepth=1)
with_vips("tif bits of libvips, 0 is white", of("u1", 255), "tiffsave", bitdepth=1, miniswhite=True, compression="packbits")
with_vips("tif floats of libvips", of("f4", 0.5), "tiffsave", compression="lzw", predictor="float")

# --- NumPy
def with_numpy(name, array):
    np.save(at(name) + ".npy", array)
    add(name, "NumPy", at(name) + ".npy")


for dtype, on, off in [("?", 1, 0), ("i1", -1, 0), ("u1", 200, 0), (">u2", 256, 0), ("<i4", -1, 0), (">i8", 2**40, 0), ("<u8", 2**63, 0),
                       ("<f2", 6e-8, np.nan), (">f4", 0.1, np.nan), ("<f8", 1e-300, -0.0), (">f8", -1, np.nan), ("<f4", np.inf, 0)]:
    with_numpy(f"npy {dtype} {on}", of(dtype, on, off))
with_numpy("npy in Fortran's order", np.asfortranarray(of("<f4", 0.5)))
with_numpy("npy (1, H, W)", of("u1")[None])
with_numpy("npy (1, H, W) in Fortran's order", np.asfortranarray(of("u1")[None]))
with_numpy("npy (H, W, 1)", of("u1")[..., None])
with_numpy("npy (1, H, W, 1)", of("u1")[None, ..., None])
with_numpy("npy (H, W, 3)", rgb)
with_numpy("npy (H, W, 3) in Fortran's order", np.asfortranarray(rgb))
with_numpy("npy (3, H, W)", np.moveaxis(rgb, 2, 0).copy())
with_numpy("npy (3, H, W) in Fortran's order", np.asfortranarray(np.moveaxis(rgb, 2, 0).copy()))
with_numpy("npy (H, W, 70)", np.repeat(of("?")[..., None], 70, 2))
np.lib.format.write_array(open(at("v2") + ".npy", "wb"), of("u1"), version=(2, 0))
add("npy of version 2", "NumPy", at("v2") + ".npy")

# --- with loss
for name, path, save in [("jpeg", at("l") + ".jpg", lambda p: Image.fromarray(of("u1", 255)).save(p, quality=60)),
                         ("tif of JPEG tiles", at("l") + ".tif", lambda p: tifffile.imwrite(p, of("u1", 255), compression="jpeg", tile=(32, 32), metadata=None))]:
    save(path)
    read = np.array(Image.open(path)) if path.endswith("jpg") else tifffile.imread(path)
    add(name, "Pillow" if path.endswith("jpg") else "tifffile", path, count=int((read > 0).sum()))

json.dump({"by": f"NumPy {np.__version__}, OpenCV {cv2.__version__}, Pillow {PIL.__version__}, tifffile {tifffile.__version__}, libvips {pyvips.version(0)}.{pyvips.version(1)}.{pyvips.version(2)}",
           "tissue": int(T.sum()), "files": files}, sys.stdout, indent=0)
