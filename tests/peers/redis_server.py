"""A Redis of the benchmark's own, ended with it."""

import socket
import subprocess
import time

import redis


class RedisServer:
    """A redis-server on a free port of the loopback interface, with nothing kept; use it in a
    `with`.
    """

    def __init__(self, folder):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self.port}"
        self.process = subprocess.Popen(
            [
                "redis-server",
                "--port",
                str(self.port),
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--appendonly",
                "no",
                "--dir",
                str(folder),
            ],
            stdout=subprocess.DEVNULL,
        )
        self.client = redis.Redis.from_url(self.url)

    def __enter__(self):
        deadline = time.monotonic() + 30
        while True:
            try:
                self.client.ping()
                return self
            except (redis.ConnectionError, redis.BusyLoadingError):
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise
                time.sleep(0.01)

    def __exit__(self, *_):
        self.client.close()
        self.process.kill()
        self.process.wait()
