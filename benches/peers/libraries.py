"""DuckDB, ClickHouse (chdb) and Polars on the task of the `peers` bench: python libraries.py PEER KIND FILE THREADS.

Groups the records of a file by user and day, with count, minimum, maximum and mean of every number, and prints what the
driver compares: groups, records, the sum of all values in thousandths, and the sum of the squared group sizes.
"""
import sys

FIELDS = {
    "heart_rate": ("date_time", ["value"]),
    "nutrition": ("date", ["calories", "protein", "carbs", "fat", "fiber", "sugar", "sodium"]),
}


def statistics(fields, mean="avg"):
    """The select list of a grouping in SQL."""
    return ", ".join(f"min({f}) lo_{f}, max({f}) hi_{f}, {mean}({f}) mean_{f}, sum({f}) sum_{f}" for f in fields)


def digest_of(fields, round_to_int):
    """The select list of the digest over the groups."""
    total = " + ".join(f"sum({round_to_int.format(f'sum_{f} * 1000')})" for f in fields)
    checked = " + ".join(f"count(lo_{f}) + count(hi_{f}) + count(mean_{f})" for f in fields)
    return f"count(*), sum(n), {total}, sum(n * n), {checked}"


def duckdb(kind, path, threads):
    import duckdb as engine

    time, fields = FIELDS[kind]
    form = "newline_delimited" if path.endswith(".ndjson") else "array"
    columns = ", ".join([f"user_id: 'VARCHAR', {time}: 'VARCHAR'"] + [f"{f}: 'DOUBLE'" for f in fields])
    source = f"read_json('{path}', format='{form}', columns={{{columns}}})"
    connection = engine.connect(config={"threads": threads})
    groups = f"select count(*) n, {statistics(fields)} from {source} group by user_id, {time}[1:10]"
    digest = digest_of(fields, "cast(round({}) as bigint)")
    return connection.execute(f"select {digest} from ({groups})").fetchone()[:4]


def chdb(kind, path, threads):
    import chdb as engine

    time, fields = FIELDS[kind]
    columns = ", ".join([f"user_id String, {time} String"] + [f"{f} Float64" for f in fields])
    source = f"file('{path}', 'JSONEachRow', '{columns}')"
    groups = f"select count() n, {statistics(fields)} from {source} group by user_id, substring({time}, 1, 10)"
    digest = digest_of(fields, "toInt64(round({}))")
    answer = engine.query(f"select {digest} from ({groups}) settings max_threads={threads}", "CSV")
    return [int(part) for part in str(answer).strip().split(",")[:4]]


def polars(kind, path, threads):
    import os

    os.environ["POLARS_MAX_THREADS"] = str(threads)
    import polars as pl

    time, fields = FIELDS[kind]
    schema = {"user_id": pl.String, time: pl.String} | {f: pl.Float64 for f in fields}
    if path.endswith(".ndjson"):
        frame = pl.scan_ndjson(path, schema=schema)
    else:
        frame = pl.read_json(path, schema=schema).lazy()
    made = [pl.len().cast(pl.Int64).alias("n")]
    for f in fields:
        made += [pl.col(f).min().alias(f"lo_{f}"), pl.col(f).max().alias(f"hi_{f}")]
        made += [pl.col(f).mean().alias(f"mean_{f}"), pl.col(f).sum().alias(f"sum_{f}")]
    groups = frame.group_by("user_id", pl.col(time).str.slice(0, 10)).agg(made).collect(engine="streaming")
    total = sum(int((groups[f"sum_{f}"] * 1000).round().cast(pl.Int64).sum()) for f in fields)
    return groups.height, int(groups["n"].sum()), total, int((groups["n"] ** 2).sum())


if __name__ == "__main__":
    peer, kind, path, threads = sys.argv[1:]
    print(*(int(part) for part in globals()[peer](kind, path, int(threads))))
