"""Celery's solo worker with a task that does nothing: queue_celery.py URL TASKS. Filling the queue
and starting the worker are not timed.

Without gossip, mingling and heartbeats, which are for many workers, and with enough tasks fetched
ahead.
"""

import json
import sys
import time

from celery import Celery, signals
from celery.worker import state

from queue_task import measure

url, tasks = sys.argv[1], int(sys.argv[2])
app = Celery("bench", broker=url, backend=url)
app.conf.update(
    worker_prefetch_multiplier=64,
    worker_redirect_stdouts=False,
    broker_connection_retry_on_startup=False,
)
task = app.task(measure, name="measure")
began, done = 0.0, 0


@signals.worker_ready.connect
def ready(**_):
    """The worker takes its first task now."""
    global began
    began = time.perf_counter()


# Sent when the result is stored.
@signals.task_success.connect
def finished(**_):
    """Counts, and ends the worker after the last task."""
    global done
    done += 1
    if done == tasks:
        print(json.dumps({"tasks": done, "seconds": time.perf_counter() - began}))
        state.should_stop = 0


payload = json.dumps({"transaction_id": "TX-1", "amount": "12.34", "currency": "EUR"})
with app.producer_pool.acquire(block=True) as producer:
    for _ in range(tasks):
        task.apply_async((payload,), producer=producer)
app.worker_main(
    [
        "worker",
        "--pool=solo",
        "--loglevel=CRITICAL",
        "--without-gossip",
        "--without-mingle",
        "--without-heartbeat",
    ]
)
