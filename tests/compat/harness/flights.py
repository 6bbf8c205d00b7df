"""Real input: flights of the vega-datasets package as keyed JSON records."""

import itertools
import json

import pyarrow.parquet as parquet

from . import tools


def records(count: int):
    """The first `count` rows as `(key, value)`: the origin airport and the row as JSON."""
    return itertools.islice(_rows(), count)


def _rows():
    table = parquet.ParquetFile(tools.flights_parquet())
    for batch in table.iter_batches(batch_size=65_536):
        for row in batch.to_pylist():
            row["date"] = row["date"].isoformat()
            value = json.dumps(row, separators=(",", ":"))
            yield row["origin"].encode(), value.encode()
