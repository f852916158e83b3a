#!/usr/bin/env python3
"""Counts an access log with DuckDB on one thread, as count_log.py does: count_log_duckdb.py LOG
RESULT

Cutting the line with one regular expression is slower than this: a space as the delimiter and
quotes as quotes give the fields. Lines with another number of fields are rejected, and counted as
unparsed; so are those that are not UTF-8, for which it has no way.
"""

import json
import sys

import duckdb

LINES = """
    CREATE TEMP TABLE lines AS
    WITH fields AS (
        SELECT client, try_strptime(substr(local, 2) || zone[:5], '%d/%b/%Y:%H:%M:%S%z') AS moment,
               split_part(
                   CASE WHEN contains(request, ' ') THEN split_part(request, ' ', 2)
                        ELSE request END, '?', 1
               ) AS path,
               status, CASE size WHEN '-' THEN 0 ELSE try_cast(size AS BIGINT) END AS sent,
               referrer, agent
        FROM read_csv($log, auto_detect=false, all_varchar=true, header=false, delim=' ',
                      quote='"', escape='\\', store_rejects=true, parallel=false,
                      columns={'client': 'VARCHAR', 'identity': 'VARCHAR', 'login': 'VARCHAR',
                               'local': 'VARCHAR', 'zone': 'VARCHAR', 'request': 'VARCHAR',
                               'status': 'VARCHAR', 'size': 'VARCHAR', 'referrer': 'VARCHAR',
                               'agent': 'VARCHAR'})
    )
    SELECT * FROM fields
    WHERE moment >= '2024-05-01T00:00:00Z'::TIMESTAMPTZ
      AND moment < '2024-06-01T00:00:00Z'::TIMESTAMPTZ
"""
TOP = (
    "SELECT {key}, count(*) AS found FROM lines {where} GROUP BY 1 ORDER BY found DESC, 1 LIMIT 100"
)

database = duckdb.connect(config={"threads": 1})
database.execute("SET TimeZone = 'UTC'")
database.execute(LINES, {"log": sys.argv[1]})


def rows(query):
    """What a query answers, as lists."""
    return [list(row) for row in database.execute(query).fetchall()]


def top(key, where=""):
    """The most frequent values, and how often each is there."""
    return rows(TOP.format(key=key, where=where))


((requests, total, visitors),) = rows(
    "SELECT count(*), sum(sent)::BIGINT, (SELECT count(*) FROM (SELECT DISTINCT client, agent, "
    "day(moment) FROM lines)) FROM lines"
)
result = {
    "requests": requests,
    "bytes": total,
    "unparsed": rows("SELECT count(DISTINCT line) FROM reject_errors")[0][0],
    "visitors": visitors,
    "days": dict(
        rows("SELECT strftime(moment, '%Y-%m-%d'), count(*) FROM lines GROUP BY 1 ORDER BY 1")
    ),
    "hours": dict(rows("SELECT hour(moment), count(*) FROM lines GROUP BY 1 ORDER BY 1")),
    "statuses": dict(rows("SELECT status, count(*) FROM lines GROUP BY 1 ORDER BY 1")),
    "paths": top("path", "WHERE status <> '404'"),
    "not_found": top("path", "WHERE status = '404'"),
    "clients": rows(
        "SELECT client, count(*) AS found, sum(sent)::BIGINT FROM lines GROUP BY 1 ORDER BY found "
        "DESC, 1 LIMIT 100"
    ),
    "referrers": top("referrer"),
    "agents": top("agent"),
}
with open(sys.argv[2], "w") as target:
    json.dump(result, target)
