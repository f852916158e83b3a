"""Start-up and memory: the smallest real work of each worker against a Python program that has only
made its client.
"""

import sys
from pathlib import Path

import bench_logs
import bench_validation
from contest import Contestant, Timed, contest, run
from redis_server import RedisServer

PEERS = Path(__file__).parent


def smallest(program, words):
    """A contestant whose time is without that of GNU time; its memory is from a run of its own."""
    return Contestant(
        program, 1, lambda: Timed(run(words, 1, weigh=False).seconds, run(words, 1).peak_mib)
    )


def tables(bench):
    """Runs the contest."""
    file, log = bench_validation.transactions(bench, 10), bench_logs.log(bench, 10)
    schema = file.parent / "transactions.schema.json"
    with RedisServer(bench.work) as server:
        return [
            contest(
                "Start, the smallest work, and end",
                None,
                [
                    smallest(
                        "partition-worker, 10 rows",
                        bench_validation.ours(bench, file, schema, "out-start"),
                    ),
                    smallest(
                        "log-aggregator, 10 lines",
                        bench_logs.ours(bench, log, bench.work / "out-start-logs"),
                    ),
                    smallest(
                        "queue-worker, status of a queue",
                        [
                            bench.worker("queue-worker"),
                            "status",
                            "--queue",
                            "q",
                            "--redis-url",
                            server.url,
                        ],
                    ),
                    smallest(
                        "sample-data, 10 rows",
                        [
                            bench.worker("sample-data"),
                            "transactions",
                            "--rows",
                            "10",
                            "--partitions",
                            "1",
                            "--output",
                            str(bench.work / "out-start-sample"),
                        ],
                    ),
                    smallest("python -c pass", [sys.executable, "-c", "pass"]),
                    smallest(
                        "python with a boto3 client",
                        [sys.executable, str(PEERS / "start_boto3.py")],
                    ),
                ],
                bench.rounds,
            )
        ]
