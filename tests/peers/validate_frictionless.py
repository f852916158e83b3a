#!/usr/bin/env python3
"""Validates a CSV file with frictionless: validate_frictionless.py INPUT SCHEMA. Prints the counts
as JSON, and writes nothing.
"""

import json
import sys

from frictionless import Resource, Schema, system

source, schema = sys.argv[1:3]
with system.use_context(trusted=True):
    resource = Resource(
        path=source, schema=Schema.from_descriptor(schema), format="csv", encoding="utf-8"
    )
    task = resource.validate(limit_errors=1_000_000_000).tasks[0]
rejected = len({error.row_number for error in task.errors})
print(
    json.dumps(
        {
            "rows": task.stats["rows"],
            "accepted": task.stats["rows"] - rejected,
            "rejected": rejected,
        }
    )
)
