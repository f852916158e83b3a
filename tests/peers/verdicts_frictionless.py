"""Compares the verdicts of partition-worker and frictionless-py on cells of every type and format.

    verdicts_frictionless.py PARTITION_WORKER FOLDER

Where they differ, the words of the standard decide: partition-worker's verdict stands in
verdicts_frictionless.json with its reason, and any other difference is an error.
"""

import csv
import json
import os
import pathlib
import subprocess
import sys

import frictionless

HERE = pathlib.Path(__file__).parent

FIELDS = {
    "string": {"type": "string"},
    "email": {"type": "string", "format": "email"},
    "uri": {"type": "string", "format": "uri"},
    "binary": {"type": "string", "format": "binary"},
    "uuid": {"type": "string", "format": "uuid"},
    "number": {"type": "number"},
    "number with a comma": {"type": "number", "decimalChar": ",", "groupChar": "."},
    "number with groups": {"type": "number", "groupChar": ","},
    "number with a unit": {"type": "number", "bareNumber": False},
    "integer": {"type": "integer"},
    "integer with a unit": {"type": "integer", "bareNumber": False},
    "boolean": {"type": "boolean"},
    "boolean in words": {"type": "boolean", "trueValues": ["yes", "Y"], "falseValues": ["no", "0"]},
    "object": {"type": "object"},
    "array": {"type": "array"},
    "list": {"type": "list"},
    "list of integers": {"type": "list", "itemType": "integer", "delimiter": ";"},
    "date": {"type": "date"},
    "date by a pattern": {"type": "date", "format": "%d/%m/%Y"},
    "any date": {"type": "date", "format": "any"},
    "time": {"type": "time"},
    "time by a pattern": {"type": "time", "format": "%H:%M"},
    "datetime": {"type": "datetime"},
    "datetime by a pattern": {"type": "datetime", "format": "%Y-%m-%d %H:%M:%S"},
    "datetime with a zone": {"type": "datetime", "format": "%Y-%m-%dT%H:%M:%S%z"},
    "year": {"type": "year"},
    "yearmonth": {"type": "yearmonth"},
    "duration": {"type": "duration"},
    "geopoint": {"type": "geopoint"},
    "geopoint as an array": {"type": "geopoint", "format": "array"},
    "geopoint as an object": {"type": "geopoint", "format": "object"},
    "geojson": {"type": "geojson"},
    "any": {"type": "any"},
}

CELLS = """
a|é|-|+|.|0|1|-1|+1|00|01|-0|1.|.5|1.5|-1.50|1,5|1.234,5|1,234.5|1 234|1_000|1e5|1E+5|1e-5|1e
0x10|NaN|nan|INF|-INF|Infinity|inf|12%|$5|5 €|-$5|1.2.3|1,,2|,1|99999999999999999999|1.00|٣|１
true|True|TRUE|false|1|0|yes|Y|no|y|t|2024-02-29|2023-02-29|2024-2-9|2024-02-30|2024-13-01
0000-01-01|0001-01-01|9999-12-31|10000-01-01|-0044-03-15|29/02/2024|9/2/2024|02/29/2024|20240229
2024-02-29Z|Feb 29 2024|2024-060|2024-W09-4|12:30:45|12:30|24:00:00|25:00:00|12:30:60|12:30:45.5
12:30:45Z|12:30:45+01:00|1:2:3|123045|2024-02-29T12:30:45Z|2024-02-29T12:30:45
2024-02-29T12:30:45.123Z|2024-02-29T12:30:45+02:00|2024-02-29 12:30:45|2024-02-29T12:30
2024-02-29T24:00:00Z|2024-02-29T12:30:60Z|2024-02-29t12:30:45z|2024-02-29T12:30:45+0200
2024-02-29T12:30:45.123456789Z|2023-02-29T00:00:00Z|2024-02-29T12:30:45+15:00|2024|0|24|02024
-2024|12024|+2024|2024.0|2024-02|2024-2|2024-00|2024-13|02-2024|202402|2024-02-|P1Y|P1M|P1D|PT1H
PT1.5S|P1Y2M3DT4H5M6S|P|PT|P1|1Y|-P1D|+P1D|P1W|P-1D|p1d|P1.5D|PT1H30|P1YT|P0D|90,45|-180,-90
180.5,0|0,90.5|90.5, 45.5| 90,45|90;45|90|90,45,0|a,b|90,|NaN,0|1e1,2|[90, 45]|["90", "45"]|[90]
[90,45,0]|[181, 0]|[null, 0]|[true, 1]|{"lon": 90, "lat": 45}|{"lat": 45, "lon": 90}
{"lon": "90", "lat": "45"}|{"lon": 90}|{"lon": 90, "lat": 91}|{"lon": 90, "lat": 45, "x": 1}|{}
{"a": 1}|{"a": {"b": [1, null]}}|{'a': 1}|{"a": 1,}|{"a": NaN}|{"a": 1} x|[]|[1, 2]|["a"]|[1,]
[[1], {}]|null|"text"|[1 2]|1,2|1;2;3|1;;3|1;x|;|a;b|{"type": "Point", "coordinates": [1, 2]}
{"type": "Point"}|{"type": "Nothing", "coordinates": [1, 2]}
{"type": "Feature", "geometry": null, "properties": {}}
{"type": "FeatureCollection", "features": []}|{"type": "Point", "coordinates": [1]}
{"type": "LineString", "coordinates": [[1, 2], [3, 4]]}
{"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}
{"type": "point", "coordinates": [1, 2]}|a@b.de|a@b|@b.de|a b@c.de|a@b@c|a.b+c@d.example
"a b"@c.de|a@localhost|a@-b.de|http://example.org/|https://example.org/a?b=c#d|example.org
mailto:a@b.de|urn:isbn:1|//example.org|http:|http://|ftp://x/y z|/a/b|http://exämple.org/|YQ==
YWI=|YWJj|YQ|YQ=|Y W I=|ab-_|====|YW==Jj|123e4567-e89b-12d3-a456-426614174000
123E4567-E89B-12D3-A456-426614174000|123e4567e89b12d3a456426614174000
{123e4567-e89b-12d3-a456-426614174000}|123e4567-e89b-12d3-a456-42661417400
urn:uuid:123e4567-e89b-12d3-a456-426614174000|00000000-0000-0000-0000-000000000000
""".strip()


def cells():
    found = {cell: None for line in CELLS.split("\n") for cell in line.split("|")}
    return [cell for cell in found if cell != ""] + [" ", "1 ", " 1", "\ta", "1\n", "true "]


def of_frictionless(descriptor, values):
    field = frictionless.Field.from_descriptor({"name": "cell", **descriptor})
    for value in values:
        # A reader that fails has not accepted the cell.
        try:
            _, notes = field.read_cell(value)
        except Exception:
            notes = {"type": "it failed"}
        yield not notes


def of_partition_worker(worker, folder, descriptor, values):
    folder.mkdir(parents=True)
    fields = [{"name": "id", "type": "integer"}, {"name": "cell", **descriptor}]
    (folder / "schema.json").write_text(json.dumps({"fields": fields}))
    with open(folder / "in.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerows([["id", "cell"], *enumerate(values)])
    arguments = ["validate", "--input", "in.csv", "--schema", "schema.json", "--output", "out"]
    environment = {
        "JOB_COMPLETION_INDEX": "0",
        "TOTAL_PARTITIONS": "1",
        "JOB_WORKER_TERMINATION_MESSAGE": "message.json",
        "PATH": os.environ["PATH"],
    }
    ran = subprocess.run(
        [worker, *arguments], cwd=folder, env=environment, capture_output=True, check=False
    )
    assert ran.returncode == 0, (descriptor, ran.stderr.decode())
    with open(folder / "out/part-00000/accepted.csv", newline="", encoding="utf-8") as file:
        accepted = {int(row["id"]) for row in csv.DictReader(file)}
    yield from (number in accepted for number in range(len(values)))


def main():
    worker, folder = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2])
    known = json.loads((HERE / "verdicts_frictionless.json").read_text(encoding="utf-8"))
    values, count, new, unused = cells(), 0, [], []
    for number, (name, descriptor) in enumerate(FIELDS.items()):
        ours = of_partition_worker(worker, folder / str(number), descriptor, values)
        theirs = of_frictionless(descriptor, values)
        listed = {cell: group["why"] for group in known.get(name, []) for cell in group["cells"]}
        differ = set()
        for value, own, other in zip(values, ours, theirs, strict=True):
            count += 1
            if own != other:
                differ.add(value)
                if value not in listed:
                    new.append((name, value, own, other))
        unused += [(name, cell) for cell in listed if cell not in differ]
    told = {True: "accepts", False: "rejects"}
    for name, value, own, other in new:
        print(f"{name}: {value!r}: partition-worker {told[own]}, frictionless {told[other]}")
    for name, value in unused:
        print(f"{name}: {value!r}: listed as a difference, and it is none")
    listed = sum(len(group["cells"]) for groups in known.values() for group in groups)
    print(f"{count} verdicts, {len(new)} differences that are not listed, {listed} that are")
    sys.exit(1 if new or unused else 0)


main()
