#!/usr/bin/env python3
"""What people write to count an access log: a regular expression and dictionaries. Usage:
count_log.py LOG RESULT
"""

import json
import re
import sys
from collections import Counter
from datetime import datetime, timezone

LINE = re.compile(
    r'(\S+) \S+ \S+ \[([^\]]+)\] "((?:[^"\\]|\\.)*)" (\d{3}|-) (\d+|-) "((?:[^"\\]|\\.)*)" '
    r'"((?:[^"\\]|\\.)*)"?'
)
FROM, TO = (datetime(2024, month, 1, tzinfo=timezone.utc) for month in (5, 6))

days, hours, statuses, paths, missing, clients, sent, referrers, agents = (
    Counter() for _ in range(9)
)
visitors = set()
requests = total = unparsed = 0
times = {}
with open(sys.argv[1], encoding="utf-8", errors="surrogateescape") as log:
    for line in log:
        found = LINE.match(line)
        if not found:
            unparsed += 1
            continue
        client, when, request, status, size, referrer, agent = found.groups()
        minute = when[:17] + when[20:]
        time = times.get(minute)
        if time is None:
            time = times[minute] = datetime.strptime(minute, "%d/%b/%Y:%H:%M %z").astimezone(
                timezone.utc
            )
        if not FROM <= time < TO:
            continue
        size = 0 if size == "-" else int(size)
        parts = request.split(" ")
        path = (parts[1] if len(parts) > 1 else request).split("?")[0]
        requests += 1
        total += size
        days[time.date()] += 1
        hours[time.hour] += 1
        statuses[status] += 1
        (missing if status == "404" else paths)[path] += 1
        clients[client] += 1
        sent[client] += size
        referrers[referrer] += 1
        agents[agent] += 1
        visitors.add((client, agent, time.day))

result = {
    "requests": requests,
    "bytes": total,
    "unparsed": unparsed,
    "visitors": len(visitors),
    "days": {str(day): count for day, count in sorted(days.items())},
    "hours": dict(sorted(hours.items())),
    "statuses": dict(sorted(statuses.items())),
    "paths": paths.most_common(100),
    "not_found": missing.most_common(100),
    "clients": [
        [client, count, sent[client]]
        for client, count in sorted(clients.items(), key=lambda item: (-item[1], item[0]))[:100]
    ],
    "referrers": referrers.most_common(100),
    "agents": agents.most_common(100),
}
with open(sys.argv[2], "w") as target:
    json.dump(result, target)
