"""Selects every column of a Parquet table by its bare name, with DuckDB, and tells DuckDB's own list of words that cannot be one."""

import json
import sys

import duckdb

path, names = sys.argv[1], sys.argv[2:]
found = {name: [row[0] for row in duckdb.sql(f"SELECT {name} FROM '{path}'").fetchall()] for name in names}
together = duckdb.sql(f"SELECT {', '.join(names)} FROM '{path}'").columns
words = duckdb.sql("SELECT keyword_name FROM duckdb_keywords() WHERE keyword_category IN ('reserved', 'type_function')").fetchall()
print(json.dumps({"found": found, "together": together, "words": [word for (word,) in words]}))
