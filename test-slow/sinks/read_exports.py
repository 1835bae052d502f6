"""Opens each export with the tool it is for (or the library that tool stands on) and prints what was found, as JSON."""

import json
import sys

kind, path = sys.argv[1:3]


def annotations():
    # Some builds of Python lack what TIAToolbox asks of sqlite3.
    import sqlite3

    if not hasattr(sqlite3.Connection, "enable_load_extension"):
        import pysqlite3

        sys.modules["sqlite3"] = sqlite3 = pysqlite3
    from tiatoolbox.annotation.storage import SQLiteStore

    connection = sqlite3.connect(path)
    check = connection.execute("SELECT rtreecheck('rtree')").fetchone()[0]
    integrity = connection.execute("PRAGMA integrity_check").fetchone()[0]
    connection.close()
    store = SQLiteStore(path)
    found = [[key, list(a.geometry.bounds), a.geometry.geom_type, a.properties] for key, a in store.items()]
    box = (1000, 500, 3000, 1500)
    queried = sorted(int(key) for key in store.iquery(box))
    typed = sorted(int(key) for key in store.iquery(where="props['type'] == 'Tumor'"))
    # It stays a store one may write to: the tree is balanced again when entries go and come.
    from shapely.geometry import Polygon
    from tiatoolbox.annotation.storage import Annotation

    changed = "none"
    if found:
        for key in list(store.keys())[::2]:
            store.remove(key)
        store.append_many([Annotation(Polygon.from_bounds(i, i, i + 5, i + 5), {"type": "new"}) for i in range(300)])
        store.commit()
        changed = store.con.execute("SELECT rtreecheck('rtree')").fetchone()[0]
    store.close()
    return {"check": check, "integrity": integrity, "found": found, "queried": queried, "typed": typed, "changed": changed}


def zarr_group():
    import zarr

    # Version 2 knows a ZIP file by its name, version 3 wants to be told.
    told = path.endswith(".zip") and not zarr.__version__.startswith("2.")
    group = zarr.open_group(zarr.storage.ZipStore(path, mode="r") if told else path, mode="r")
    return {
        "version": zarr.__version__.split(".")[0],
        "fingerprint": group.attrs["tiastream"]["fingerprint"],
        "arrays": {name: {"dtype": str(array.dtype), "values": array[:].tolist()} for name, array in group.arrays()},
    }


def clam():
    import h5py

    with h5py.File(path) as file:
        coords = file["coords"]
        return {
            "dtype": [str(coords.dtype), str(file["features"].dtype)],
            "coords": coords[:].tolist(),
            "features": file["features"][:].tolist(),
            "patch_size": int(coords.attrs["patch_size"]),
            "patch_level": int(coords.attrs["patch_level"]),
            "level_dim": [int(n) for n in coords.attrs["level_dim"]],
            "name": coords.attrs["name"],
        }


def geoparquet():
    import geopandas

    frame = geopandas.read_parquet(path)
    return {
        "crs": None if frame.crs is None else str(frame.crs),
        "bounds": [list(g.bounds) for g in frame.geometry],
        "valid": bool(frame.geometry.is_valid.all()),
        "total": [] if frame.empty else list(frame.total_bounds),
        "classes": [None if name != name else name for name in frame["class"]],
    }


def qupath():
    """QuPath is a program with windows: its rules, checked strictly, and shapely for the polygons."""
    import uuid

    from shapely.geometry import shape

    collection = json.load(open(path))
    features = collection["features"]
    for feature in features:
        assert set(feature) == {"type", "id", "geometry", "properties"}, feature
        assert uuid.UUID(feature["id"]).version == 5
        properties = feature["properties"]
        assert properties["objectType"] in ("annotation", "detection", "tile", "cell", "tmaCore", "root")
        assert set(properties) <= {"objectType", "classification", "isLocked", "measurements", "metadata", "name", "color"}
        assert all(isinstance(v, (int, float)) for v in properties["measurements"].values())
        if "classification" in properties:
            assert set(properties["classification"]) == {"name", "color"}
            assert all(0 <= c <= 255 for c in properties["classification"]["color"])
    shapes = [shape(feature["geometry"]) for feature in features]
    return {
        "ids": len({feature["id"] for feature in features}),
        "bounds": [list(s.bounds) for s in shapes],
        "valid": all(s.is_valid for s in shapes),
        "classes": [f["properties"].get("classification", {}).get("name") for f in features],
    }


def wsinfer():
    import pandas

    frame = pandas.read_csv(path)
    return {"columns": list(frame.columns), "rows": frame.values.tolist()}


def tiatoolbox_json():
    """Read as the examples of TIAToolbox 1.6 do: lists side by side, turned into arrays."""
    import numpy

    raw = json.load(open(path))
    coordinates = numpy.array(raw["coordinates"], dtype=int).reshape(-1, 4)
    probabilities = numpy.array(raw["probabilities"], dtype=numpy.float32).reshape(len(coordinates), 3)
    return {
        "predictions": numpy.array(raw["predictions"], dtype=int).tolist(),
        "coordinates": coordinates.tolist(),
        "probabilities": probabilities.tolist(),
        "resolution": raw["resolution"],
        "units": raw["units"],
    }


kinds = {
    "annotations": annotations,
    "zarr": zarr_group,
    "clam": clam,
    "geoparquet": geoparquet,
    "qupath": qupath,
    "wsinfer": wsinfer,
    "tiatoolbox-json": tiatoolbox_json,
}
print(json.dumps(kinds[kind]()))
