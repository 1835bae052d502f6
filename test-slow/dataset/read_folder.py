"""Opens a folder of tables as one, with one reader of others, and prints what it sees as JSON: rows a slide, sums, types, and what a filter finds.

The folder is given as a folder wherever the reader takes one: nothing is said of the files in it.
"""

import json
import os
import sys

reader, folder, slide = sys.argv[1:4]
# Below which the catalogue of pyiceberg and the copy of delta-rs lie.
work = sys.argv[4]
CLASS = "prob_hematoxylin_rich"


def of_pyarrow():
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.dataset as ds

    # A dataset reads what is no hidden file: one that is no Parquet would end it.
    dataset = ds.dataset(folder, format="parquet")
    table = dataset.to_table()
    one = dataset.to_table(filter=pc.field("slide") == slide)
    return facts_of_arrow(table, one)


def facts_of_arrow(table, one):
    import pyarrow.compute as pc

    slides = table.column("slide").cast("string")
    counts = {entry["values"]: entry["counts"] for entry in pc.value_counts(slides).to_pylist()}
    vectors = table.column("features").to_pylist()
    return {
        "slides": counts,
        "index": pc.sum(table.column("index")).as_py(),
        "class": pc.sum(table.column(CLASS)).as_py(),
        "nulls": table.column(CLASS).null_count,
        "age": pc.sum(table.column("age")).as_py(),
        "vector": sum(vector[0] for vector in vectors if vector is not None),
        "width": sorted({len(vector) for vector in vectors if vector is not None}),
        "one": one.num_rows,
        "types": {field.name: str(field.type) for field in table.schema},
    }


SQL = f"""SELECT slide, count(*), sum("index"), sum({CLASS}), count(*) - count({CLASS}), sum(age) FROM %s GROUP BY slide"""


def facts_of_groups(groups, vector, width, one, types):
    """Of (slide, rows, sum of index, sum of a class, nulls, sum of age)."""
    total = lambda i: sum(group[i] for group in groups if group[i] is not None)
    return {
        "slides": {group[0]: group[1] for group in groups},
        "index": int(total(2)),
        "class": float(total(3)),
        "nulls": total(4),
        "age": float(total(5)),
        "vector": float(vector),
        "width": sorted(width),
        "one": one,
        "types": types,
    }


def of_duckdb():
    import duckdb

    db = duckdb.connect()
    # The one that takes no folder, but a pattern.
    source = f"'{folder}/*.parquet'"
    groups = db.sql(SQL % source).fetchall()
    vector = db.sql(f"SELECT sum(features[1]) FROM {source}").fetchall()[0][0]
    width = [row[0] for row in db.sql(f"SELECT DISTINCT len(features) FROM {source} WHERE features IS NOT NULL").fetchall()]
    one = db.sql(f"SELECT count(*) FROM {source} WHERE slide = '{slide}'").fetchall()[0][0]
    types = {row[0]: row[1] for row in db.sql(f"DESCRIBE SELECT * FROM {source}").fetchall()}
    return facts_of_groups(groups, vector, width, one, types)


def of_polars():
    import polars as pl

    frame = pl.scan_parquet(folder)
    table = frame.collect()
    one = frame.filter(pl.col("slide") == slide).collect()
    facts = facts_of_arrow(table.to_arrow(), one.to_arrow())
    facts["types"] = {name: str(kind) for name, kind in table.schema.items()}
    return facts


def of_spark():
    from pyspark.sql import SparkSession

    # For a few small queries: no time is spent on compiling them well.
    os.environ.setdefault("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
    session = (
        SparkSession.builder.master("local[1]")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.sql.shuffle.partitions", "1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.sql.warehouse.dir", os.path.join(work, "warehouse"))
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("ERROR")
    frame = session.read.parquet(folder)
    wanted = frame.where(frame.slide == slide)
    rows = frame.select("slide", "index", CLASS, "age", "features").collect()
    groups = {}
    for row in rows:
        groups.setdefault(row.slide, []).append(row)
    known = [row.features for row in rows if row.features is not None]
    of = lambda name, some: sum(row[name] for row in some if row[name] is not None)
    facts = facts_of_groups(
        [(key, len(some), of("index", some), of(CLASS, some), sum(row[CLASS] is None for row in some), of("age", some)) for key, some in groups.items()],
        sum(vector[0] for vector in known),
        {len(vector) for vector in known},
        len(wanted.select("index").collect()),
        dict(frame.dtypes),
    )
    facts["pushed"] = f"EqualTo(slide,{slide})" in wanted._jdf.queryExecution().toString()
    return facts


def of_deltalake():
    import shutil

    import pyarrow as pa
    from deltalake import DeltaTable, convert_to_deltalake

    # It writes its log into the folder: into a copy.
    copy = os.path.join(work, "delta")
    shutil.copytree(folder, copy)
    convert_to_deltalake(copy)
    table = DeltaTable(copy)
    everything = pa.table(table.to_pyarrow_dataset().to_table())
    import pyarrow.compute as pc

    one = table.to_pyarrow_dataset().to_table(filter=pc.field("slide") == slide)
    facts = facts_of_arrow(everything, one)
    actions = pa.table(table.get_add_actions(flatten=True)).to_pylist()
    facts["files"] = len(actions)
    # What prunes: the least and the greatest slide of each file.
    facts["bounds"] = sorted([action.get("min.slide"), action.get("max.slide")] for action in actions if action["num_records"])
    return facts


def of_pyiceberg():
    from pyiceberg.catalog.sql import SqlCatalog
    from pyiceberg.expressions import EqualTo

    import pyarrow.dataset as ds

    catalog = SqlCatalog("here", uri=f"sqlite:///{work}/catalog.db", warehouse=f"file://{work}/iceberg")
    catalog.create_namespace("cohort")
    files = sorted(os.path.join(folder, name) for name in os.listdir(folder))
    table = catalog.create_table("cohort.patches", schema=ds.dataset(folder, format="parquet").schema)
    table.add_files(files)
    everything = table.scan().to_arrow()
    scan = table.scan(row_filter=EqualTo("slide", slide))
    facts = facts_of_arrow(everything, scan.to_arrow())
    facts["files"] = len(files)
    facts["planned"] = len(list(scan.plan_files()))
    return facts


print(json.dumps(globals()[f"of_{reader}"]()))
sys.stdout.flush()
# Threads of a reader may still run, and one of them takes a wrong end for a crash.
os._exit(0)
