"""RQ with a task that does nothing: queue_rq.py URL TASKS fork|simple. Filling the queue, starting
and ending the worker are not timed.
"""

import json
import logging
import sys

import redis
from rq import Queue, SimpleWorker, Worker
from rq.job import Job

from queue_task import measure


def main():
    url, tasks, kind = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    logging.getLogger("rq.worker").setLevel(logging.ERROR)
    db = redis.Redis.from_url(url)
    queue = Queue("rq", connection=db)
    payload = json.dumps({"transaction_id": "TX-1", "amount": "12.34", "currency": "EUR"})
    queue.enqueue_many([Queue.prepare_data(measure, args=(payload,)) for _ in range(tasks)])
    worker = {"fork": Worker, "simple": SimpleWorker}[kind]([queue], connection=db)
    worker.work(burst=True, max_jobs=tasks)
    # By its own clock, as a worker may take a second to notice that it has ended.
    jobs = Job.fetch_many(queue.finished_job_registry.get_job_ids(), connection=db)
    seconds = (
        max(job.ended_at for job in jobs) - min(job.started_at for job in jobs)
    ).total_seconds()
    print(json.dumps({"tasks": len(jobs), "seconds": seconds}))


main()
