"""OME-Zarr stores of every kind that zarr-python and ome-zarr write, and what they read of them: pixels into files, sizes as JSON. Argument: a folder."""

import asyncio
import json
import os
import sys
import zipfile

import numcodecs
import numpy as np
import ome_zarr.format
import ome_zarr.writer
import zarr
import zarr.codecs as z3

folder = sys.argv[1]
random = np.random.default_rng(1)
colours = [{"label": n, "color": c, "active": True, "window": {"start": 0, "end": 255, "min": 0, "max": 255}}
           for n, c in zip("RGB", ["FF0000", "00FF00", "0000FF"])]
said = []


def picture(height, width):
    y, x = np.mgrid[:height, :width]
    smooth = np.stack([x * 3 + y, x + y * 5, (x * y) // 16], -1)
    return ((smooth + random.integers(0, 9, smooth.shape)) % 256).astype("u1")


full = picture(199, 301)
levels = [full, np.ascontiguousarray(full[::2, ::2]), np.ascontiguousarray(full[::4, ::4])]


def tell(name, store, paths, axes, where=None):
    """What zarr-python reads of the arrays just written, as rows of RGB."""
    out = []
    for n, path in enumerate(paths):
        a = np.asarray(zarr.open_array(store, path=path, mode="r")[:])
        order = [axes.index(one) for one in axes if one not in "yxc"] + [axes.index(one) for one in "yxc"]
        rgb = a.transpose(order).reshape([a.shape[axes.index(one)] for one in "yxc"])
        file = os.path.join(folder, f"{name}-{n}.rgb")
        np.ascontiguousarray(rgb).tofile(file)
        out.append({"width": rgb.shape[1], "height": rgb.shape[0], "pixels": file})
    said.append({"name": name, "path": where or store, "levels": out})


zipped = ["v2-blosc-lz4", "v2-without-some", "v2-in-series", "v3-zstd", "v3-shards", "v3-shards-with-holes"]


async def copied(source, target):
    prototype = zarr.core.buffer.default_buffer_prototype()
    async for key in source.list():
        await target.set(key, await source.get(key, prototype))


def attributes(axes, version):
    kinds = {"t": "time", "c": "channel"}
    named = [{"name": a, "type": kinds.get(a, "space"), **({"unit": "nanometer"} if a in "yx" else {})} for a in axes]
    datasets = [{"path": str(n), "coordinateTransformations": [
        {"type": "scale", "scale": [250.0 * 2**n if a == "x" else 500.0 * 2**n if a == "y" else 1.0 for a in axes]}]} for n in range(len(levels))]
    ngff = {"multiscales": [{"version": version, "axes": named, "datasets": datasets}], "omero": {"channels": colours}}
    return ngff if version == "0.4" else {"ome": {"version": version, **ngff}}


def write(name, axes, chunks, version, group="", leave=None, fill=0, **how):
    store = os.path.join(folder, f"{name}.ome.zarr")
    format = 2 if version == "0.4" else 3
    root = zarr.open_group(store, mode="w", zarr_format=format)
    if group:
        root.attrs.put({"bioformats2raw.layout": 3} if format == 2 else {"ome": {"version": version, "bioformats2raw.layout": 3}})
        root = root.create_group(group)
    root.attrs.put(attributes(axes, version))
    for n, level in enumerate(levels):
        extra = [a for a in axes if a not in "yxc"]
        data = level.transpose(["yxc".index(a) for a in axes if a in "yxc"])
        for a in extra:
            data = np.expand_dims(data, axes.index(a))
        if leave is not None:
            data = data.copy()
            hole = tuple(leave * chunks[i] if a == "x" else slice(None) for i, a in enumerate(axes))
            hole = tuple(slice(h, h + chunks[i]) if isinstance(h, int) else h for i, h in enumerate(hole))
            data[hole] = fill
        a = root.create_array(str(n), shape=data.shape, chunks=chunks, dtype="u1", fill_value=fill, **how)
        # Chunks of nothing but the fill value are not written.
        a[...] = data
    paths = [f"{group}/{n}" if group else str(n) for n in range(len(levels))]
    tell(name, store, paths, axes)
    if name in zipped:
        # Copied by zarr-python's own store, and read from it.
        where = os.path.join(folder, f"{name}.ozx")
        with zarr.storage.ZipStore(where, mode="w", compression=zipfile.ZIP_STORED) as packed:
            asyncio.run(copied(zarr.storage.LocalStore(store), packed))
        with zarr.storage.ZipStore(where, mode="r") as packed:
            tell(f"{name}-zip", packed, paths, axes, where)


slash = {"chunk_key_encoding": {"name": "v2", "separator": "/"}}
five = "tczyx"
v2 = lambda name, axes=five, chunks=(1, 1, 1, 64, 64), **how: write(f"v2-{name}", axes, chunks, "0.4", **{**slash, **how})
v3 = lambda name, axes="cyx", chunks=(3, 64, 64), **how: write(f"v3-{name}", axes, chunks, "0.5", **how)

v2("blosc-lz4", compressors=numcodecs.Blosc("lz4"))
v2("blosc-zstd-bitshuffle", compressors=numcodecs.Blosc("zstd", shuffle=2), chunks=(1, 3, 1, 100, 77))
v2("blosc-blosclz", compressors=numcodecs.Blosc("blosclz"), axes="yxc", chunks=(64, 64, 3))
v2("blosc-zlib", compressors=numcodecs.Blosc("zlib"), axes="cyx", chunks=(2, 50, 1000))
v2("zstd", compressors=numcodecs.Zstd(3))
v2("gzip", compressors=numcodecs.GZip(5))
v2("zlib", compressors=numcodecs.Zlib(5))
v2("lz4", compressors=numcodecs.LZ4())
v2("none", compressors=None)
v2("columns-first", compressors=numcodecs.Zstd(3), order="F")
v2("with-dots", compressors=numcodecs.Zstd(3), chunk_key_encoding={"name": "v2", "separator": "."})
v2("without-some", compressors=numcodecs.Zstd(3), leave=1, fill=200)
v2("in-series", compressors=numcodecs.Blosc("lz4"), group="0", leave=0, fill=0)
v3("zstd", compressors=z3.ZstdCodec())
v3("blosc", compressors=z3.BloscCodec(cname="lz4"), axes=five, chunks=(1, 1, 1, 64, 64))
v3("gzip", compressors=z3.GzipCodec())
v3("none", compressors=None)
v3("checked", compressors=[z3.ZstdCodec(), z3.Crc32cCodec()])
v3("turned", compressors=z3.ZstdCodec(), filters=[z3.TransposeCodec(order=(1, 2, 0))])
v3("named-as-v2", compressors=z3.ZstdCodec(), chunk_key_encoding={"name": "v2", "separator": "."})
v3("shards", compressors=z3.ZstdCodec(), shards=(3, 256, 128))
v3("shards-of-planes", compressors=z3.BloscCodec(cname="zstd"), axes=five, chunks=(1, 1, 1, 32, 32), shards=(1, 3, 1, 128, 96))
v3("shards-with-holes", compressors=z3.ZstdCodec(), shards=(3, 128, 128), leave=2, fill=255)
v3("shards-turned", compressors=z3.GzipCodec(), filters=[z3.TransposeCodec(order=(2, 1, 0))], shards=(3, 128, 128))
v3("shards-table-first", compressors=None, chunks=(3, 128, 128), serializer=z3.ShardingCodec(
    chunk_shape=(3, 32, 32), codecs=[z3.BytesCodec(), z3.ZstdCodec()], index_location="start"))
v3("in-series", compressors=z3.ZstdCodec(), group="0")

for version, format in (("0.4", ome_zarr.format.FormatV04()), ("0.5", ome_zarr.format.FormatV05())):
    name = f"ome-zarr-py-{version}"
    store = os.path.join(folder, f"{name}.ome.zarr")
    group = zarr.open_group(store, mode="w", zarr_format=format.zarr_format)
    scales = [[{"type": "scale", "scale": [1, 0.5 * 2**n, 0.25 * 2**n]}] for n in range(len(levels))]
    axes = [{"name": "c", "type": "channel"}, *({"name": a, "type": "space", "unit": "micrometer"} for a in "yx")]
    ome_zarr.writer.write_multiscale([level.transpose(2, 0, 1) for level in levels], group, fmt=format, axes=axes,
                                     coordinate_transformations=scales, storage_options={"chunks": (1, 64, 64)})
    if version == "0.4":
        group.attrs["omero"] = {"channels": colours}
    else:
        group.attrs["ome"] = {**group.attrs["ome"], "omero": {"channels": colours}}
    tell(name, store, [d["path"] for d in (group.attrs if version == "0.4" else group.attrs["ome"])["multiscales"][0]["datasets"]], "cyx")

print(json.dumps(said))
