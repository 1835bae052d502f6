"""Reads one table with pyarrow, pandas and DuckDB and prints the rows each of them sees, as JSON."""

import json
import math
import struct
import sys

import datafusion
import duckdb
import pandas as pd
import polars
import pyarrow as pa
import pyarrow.csv
import pyarrow.ipc
import pyarrow.parquet

path, kind = sys.argv[1:3]


def plain(value):
    """Values as JSON knows them; bytes are a vector: five float32, or three float16; NaN of pandas is a missing value."""
    if isinstance(value, (bytes, bytearray)):
        return list(struct.unpack("<5f" if len(value) == 20 else "<3e", value))
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return None
    return value


def rows(names, records):
    return [{name: plain(value) for name, value in zip(names, record)} for record in records]


def of_arrow(table):
    return rows(table.column_names, zip(*(column.to_pylist() for column in table.columns)))


def of_pandas(frame):
    return rows(list(frame.columns), zip(*(frame[name].astype(object) for name in frame.columns)))


def of_duckdb(relation):
    return rows(relation.columns, relation.fetchall())


seen = {}
metadata = None
types = None
if kind == "parquet":
    table = pyarrow.parquet.read_table(path)
    metadata = json.loads(pyarrow.parquet.read_metadata(path).metadata[b"tiastream"])
    seen = {
        "pyarrow": of_arrow(table),
        "pandas": of_pandas(pd.read_parquet(path)),
        "duckdb": of_duckdb(duckdb.sql(f"SELECT * FROM read_parquet('{path}')")),
        "polars": of_arrow(polars.read_parquet(path).to_arrow()),
        # Built on the Rust crate, which checks the types in the footer.
        "datafusion": of_arrow(datafusion.SessionContext().read_parquet(path).to_arrow_table()),
    }
elif kind == "arrow":
    table = pyarrow.ipc.open_file(path).read_all()
    metadata = json.loads(table.schema.metadata[b"tiastream"])
    seen = {
        "pyarrow": of_arrow(table),
        "pandas": of_pandas(pd.read_feather(path)),
        # Built on Rust: it reads by the footer, and refuses dictionaries that grow.
        "polars": of_arrow(polars.read_ipc(path).to_arrow()),
        # From front to back, behind the magic word.
        "stream": of_arrow(pyarrow.ipc.open_stream(open(path, "rb").read()[8:]).read_all()),
        # DuckDB knows no halffloat of Arrow (of Parquet it does).
        "duckdb": of_duckdb(duckdb.from_arrow(table.select([f.name for f in table.schema if "halffloat" not in str(f.type)]))),
    }
elif kind == "csv":
    # Strings keep their empty text apart from null only where the reader is told to look at the quotes.
    table = pyarrow.csv.read_csv(
        path,
        parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True),
        convert_options=pyarrow.csv.ConvertOptions(strings_can_be_null=True, quoted_strings_can_be_null=False),
    )
    seen = {
        "pyarrow": of_arrow(table),
        "pandas": of_pandas(pd.read_csv(path)),
        "duckdb": of_duckdb(duckdb.sql(f"SELECT * FROM read_csv('{path}', quote='\"', escape='\"', header=true, new_line='\\r\\n')")),
    }
elif kind == "jsonl":
    frame = pd.read_json(path, lines=True, dtype=False, precise_float=True) if open(path).read(1) else pd.DataFrame()
    seen = {"pandas": of_pandas(frame)}
    if len(frame):
        seen["duckdb"] = of_duckdb(duckdb.sql(f"SELECT * FROM read_json('{path}', format='newline_delimited')"))
if kind in ("parquet", "arrow"):
    types = {field.name: str(field.type) for field in table.schema}
print(json.dumps({"seen": seen, "metadata": metadata, "types": types, "version": pa.__version__}))
