"""How the cost of a unit changes with the amount: it should not."""

import shutil

import bench_logs
import bench_validation
from bench_queue import Tasks
from contest import curve, run
from redis_server import RedisServer

# Of a row and of a line in the sample data, nearly.
ROW_BYTES, LINE_BYTES = 91, 213


def sizes(bench, unit_bytes):
    """Rows or lines of 1 MB to 2 GB."""
    return [
        max(10, int(megabytes * 1e6 / unit_bytes * bench.scale))
        for megabytes in [1, 10, 100, 500, 2000]
    ]


def points(made, command):
    """Points of a curve over input sizes; each file's size in MB."""
    megabytes = [bench_validation.megabytes(file) for file in made]
    return [
        (
            round(size, 1) if size < 10 else round(size),
            size,
            lambda file=file: run(command(file), 1),
        )
        for size, file in zip(megabytes, made)
    ]


def tables(bench):
    """Makes the files, measures, and removes the large ones."""
    rows = [bench_validation.transactions(bench, count) for count in sizes(bench, ROW_BYTES)]
    logs = [bench_logs.log(bench, count) for count in sizes(bench, LINE_BYTES)]
    rounds = bench.rounds.fewer()
    out = bench.work / "out-scale-logs"
    try:
        by_size = [
            curve(
                "partition-worker, by the size of its input",
                "MB",
                "MB",
                points(
                    rows,
                    lambda file: bench_validation.ours(
                        bench, file, bench_validation.without_key(file)
                    ),
                ),
                rounds,
                [
                    "Whole processes on one processor, without a primary key, whose values are "
                    "kept in memory."
                ],
            ),
            curve(
                "log-aggregator, by the size of its input",
                "MB",
                "MB",
                points(logs, lambda file: bench_logs.ours(bench, file, out)),
                rounds,
                [
                    "Memory grows with the distinct keys of the tables, until these have reached "
                    "the limit of `--exact-keys`."
                ],
            ),
        ]
    finally:
        for file in [*rows[2:], *logs[2:]]:
            shutil.rmtree(bench.work / file.relative_to(bench.work).parts[0])
    with RedisServer(bench.work) as server:
        tasks = Tasks(bench, server)
        lengths = [bench.sized(count) for count in [1_000, 10_000, 100_000, 1_000_000]]
        many = bench.sized(300_000)
        return [
            *by_size,
            curve(
                "queue-worker, by the length of the queue",
                "tasks",
                "tasks",
                [
                    (
                        count,
                        count,
                        lambda count=count: tasks.worker(count, "--handler", "simulate=0s"),
                    )
                    for count in lengths
                ],
                bench.rounds,
            ),
            curve(
                "queue-worker, by the number of workers",
                "workers",
                "tasks",
                [
                    (number, many, lambda number=number: tasks.workers(many, number))
                    for number in [1, 2, 4, 8]
                ],
                bench.rounds,
                [
                    "Redis takes a processor of its own: the machine's number of processors bounds "
                    "what more workers can add. The peak is that "
                    "of all workers together."
                ],
            ),
        ]
