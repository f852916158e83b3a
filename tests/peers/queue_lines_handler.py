"""A handler for queue-worker --lines: a task a line in, a result a line out."""

import sys

for line in sys.stdin:
    sys.stdout.write(str(len(line)) + "\n")
    sys.stdout.flush()
