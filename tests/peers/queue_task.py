"""The task of RQ and Celery: it does nothing, and its result is stored."""


def measure(payload):
    """The length of the payload."""
    return len(payload)
