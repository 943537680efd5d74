"""Polars on the task of the `aggregate` bench: python polars_peer.py VALUES SEGMENTS ROUNDS THREADS.

VALUES and SEGMENTS are files of little-endian 32-bit integers: a value, and the number of its segment. Groups the columns,
which are in memory, by segment: count, minimum, maximum, sum, sum of squares and five percentiles by nearest rank. Prints the
sum over all groups of each statistic, and the median seconds. Written for speed: Polars is told that the segments are in order,
and `quantile` is several times faster than sorting and taking a position; "equiprobable" is the nearest rank.
"""
import os
import sys
import time

values_path, segments_path, rounds, threads = sys.argv[1:]
os.environ["POLARS_MAX_THREADS"] = threads

import numpy
import polars as pl

frame = pl.DataFrame(
    {
        "segment": numpy.fromfile(segments_path, dtype="<i4"),
        "value": numpy.fromfile(values_path, dtype="<i4"),
    }
).with_columns(pl.col("segment").set_sorted())
value = pl.col("value")
wide = value.cast(pl.Int64)
statistics = [
    pl.len().alias("count"),
    value.min().alias("min"),
    value.max().alias("max"),
    wide.sum().alias("sum"),
    (wide * wide).sum().alias("squares"),
] + [value.quantile(percent / 100, interpolation="equiprobable").alias(f"p{percent}") for percent in (5, 25, 50, 75, 95)]

seconds = []
for _ in range(int(rounds)):
    start = time.perf_counter()
    groups = frame.group_by("segment").agg(statistics)
    seconds.append(time.perf_counter() - start)
digest = [int(groups[name].cast(pl.Int64).sum()) for name in groups.columns[1:]]
print(*digest, sorted(seconds)[len(seconds) // 2])
