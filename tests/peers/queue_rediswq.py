"""The work queue of the Kubernetes documentation (rediswq.py), with a handler that does nothing.

The same calls in the same order: two LLEN, BRPOPLPUSH and SETEX to lease a task, LREM and DEL to
complete it.
"""

import hashlib
import json
import sys
import time
import uuid

import redis


class RedisWQ:
    def __init__(self, name, url):
        self._db = redis.Redis.from_url(url)
        self._session = str(uuid.uuid4())
        self._main = name
        self._processing = name + ":processing"
        self._lease_prefix = name + ":leased_by_session:"

    def empty(self):
        return self._db.llen(self._main) == 0 and self._db.llen(self._processing) == 0

    def _key(self, item):
        return hashlib.sha224(item).hexdigest()

    def lease(self, lease_secs=10, timeout=2):
        item = self._db.brpoplpush(self._main, self._processing, timeout=timeout)
        if item:
            self._db.execute_command(
                "SETEX", self._lease_prefix + self._key(item), lease_secs, self._session
            )
        return item

    def complete(self, item):
        self._db.lrem(self._processing, 0, item)
        self._db.delete(self._lease_prefix + self._key(item))


def main():
    url, name = sys.argv[1:3]
    queue = RedisWQ(name, url)
    began, done = time.perf_counter(), 0
    while not queue.empty():
        item = queue.lease()
        if item is not None:
            queue.complete(item)
            done += 1
    print(json.dumps({"tasks": done, "seconds": time.perf_counter() - began}))


main()
