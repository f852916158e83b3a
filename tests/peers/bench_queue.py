"""Tasks through one Redis: queue-worker and its peers, each with a task that does nothing.

All have the same machine and the same Redis. Python programs time their loop alone, without their
start; ours are timed as whole processes.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

from contest import Contestant, Running, Timed, contest, run
from redis_server import RedisServer

PEERS = Path(__file__).parent
QUEUE = "q"


class Tasks:
    """Fills a queue in a Redis, and lets programs empty it."""

    def __init__(self, bench, server):
        self.bench, self.server = bench, server
        self.environment = {"REDIS_URL": server.url, "QUEUE_NAME": QUEUE, "RUST_LOG": "error"}

    def fill(self, count):
        """An empty Redis, but for so many tasks."""
        self.server.client.flushall()
        lines = "".join(
            f'{{"transaction_id":"TX-{number}","amount":"12.34","currency":"EUR"}}\n'
            for number in range(count)
        )
        subprocess.run(
            [self.bench.worker("queue-worker"), "push"],
            input=lines.encode(),
            check=True,
            stdout=subprocess.DEVNULL,
            env={**os.environ, **self.environment},
        )

    def stored(self, count):
        """Asserts that every task has a result, and is gone."""
        found = self.server.client.llen(f"{{{QUEUE}}}:results"), self.server.client.llen(QUEUE)
        assert found == (count, 0), f"results and tasks in the queue: {found}, of {count}"

    def worker(self, count, *words):
        """One worker of ours empties a queue of so many tasks."""
        self.fill(count)
        timed = run(
            [self.bench.worker("queue-worker"), "run", *words], environment=self.environment
        )
        self.stored(count)
        return timed

    def workers(self, count, number):
        """So many at once; the peak memory is that of all."""
        self.fill(count)
        command = [self.bench.worker("queue-worker"), "run", "--handler", "simulate=0s"]
        running = [Running(command, environment=self.environment) for _ in range(number)]
        ended = [worker.end() for worker in running]
        seconds = running[-1].started + ended[-1].seconds - running[0].started
        self.stored(count)
        return Timed(seconds, sum(worker.peak_mib for worker in ended))

    def peer(self, count, script, *words):
        """A Python program that says how many tasks it did in how many seconds."""
        timed = run([sys.executable, str(PEERS / script), self.server.url, *words])
        said = json.loads(timed.output.splitlines()[-1])
        assert said["tasks"] == count, f"{script} did {said['tasks']} of {count}"
        return Timed(said["seconds"], timed.peak_mib)

    def emptying(self, count, script):
        """A peer that empties a queue as ours does."""
        self.fill(count)
        timed = self.peer(count, script, QUEUE)
        assert self.server.client.llen(QUEUE) == 0, f"{script} left tasks"
        return timed

    def producing(self, count, script, *words):
        """A peer that has a format of its own, and fills its queue before."""
        self.server.client.flushall()
        return self.peer(count, script, str(count), *words)

    def limit(self, count):
        """What Redis can do at most: LPOP with 64 commands on their way."""
        self.fill(count)
        timed = run(
            [
                "redis-benchmark",
                "-p",
                str(self.server.port),
                "-n",
                str(count),
                "-c",
                "1",
                "-P",
                "64",
                "--csv",
                "LPOP",
                QUEUE,
            ]
        )
        # A header, then the test's name and its requests a second.
        rate = float(timed.output.splitlines()[-1].split(",")[1].strip('"'))
        return Timed(count / rate, None)


def tables(bench):
    """Runs the contest."""
    many, lines, loop, some, few = (
        bench.sized(count) for count in [300_000, 100_000, 20_000, 4_000, 300]
    )
    simulate = ["--handler", "simulate=0s"]
    handler = ["--lines", "--", sys.executable, str(PEERS / "queue_lines_handler.py")]
    with RedisServer(bench.work) as server:
        tasks = Tasks(bench, server)
        return [
            contest(
                "No-op tasks through one Redis, results stored",
                "tasks",
                [
                    Contestant("queue-worker", many, lambda: tasks.worker(many, *simulate)),
                    Contestant(
                        "queue-worker, 2 tasks at once",
                        many,
                        lambda: tasks.worker(many, *simulate, "--concurrency", "2"),
                    ),
                    Contestant("queue-worker, five of them", many, lambda: tasks.workers(many, 5)),
                    Contestant(
                        "queue-worker --lines, Python handler",
                        lines,
                        lambda: tasks.worker(lines, *handler),
                    ),
                    Contestant(
                        "the same with --window 32",
                        lines,
                        lambda: tasks.worker(lines, "--window", "32", *handler),
                    ),
                    Contestant("redis-benchmark LPOP, the limit", many, lambda: tasks.limit(many)),
                    Contestant(
                        "redis-py LPOP loop, loses tasks",
                        loop,
                        lambda: tasks.emptying(loop, "queue_lpop.py"),
                    ),
                    Contestant(
                        "Celery, solo", some, lambda: tasks.producing(some, "queue_celery.py")
                    ),
                    Contestant(
                        "rediswq of the Kubernetes docs",
                        some,
                        lambda: tasks.emptying(some, "queue_rediswq.py"),
                    ),
                    Contestant(
                        "RQ, SimpleWorker",
                        bench.sized(1_000),
                        lambda: tasks.producing(bench.sized(1_000), "queue_rq.py", "simple"),
                    ),
                    Contestant(
                        "RQ, a process a task",
                        few,
                        lambda: tasks.producing(few, "queue_rq.py", "fork"),
                    ),
                ],
                bench.rounds,
                [
                    "Any processor may be used. The peers have fewer tasks, as they would take "
                    "minutes; their start is not counted, ours is. The LPOP "
                    "loop, rediswq and redis-benchmark store no results. The peak of five workers "
                    "is the sum of theirs.",
                ],
            )
        ]
