"""A handler for queue-worker --lines: a task a line in, its answer a line out."""

import json
import sys

for line in sys.stdin:
    ask = json.loads(line)
    sys.stdout.write(json.dumps({"id": ask["id"], "result": len(ask["task"])}) + "\n")
    sys.stdout.flush()
