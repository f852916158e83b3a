"""Writes families.tsv from uap-core's regexes.yaml, whose path is given. Needs PyYAML."""

import pathlib
import sys

import yaml

KINDS = [
    ("browser", "user_agent_parsers", "family_replacement"),
    ("system", "os_parsers", "os_replacement"),
]


def lines(expressions):
    for kind, section, replacement in KINDS:
        for entry in expressions[section]:
            line = "\t".join([kind, entry["regex"], entry.get(replacement, "")])
            assert "\n" not in line and line.count("\t") == 2, line
            yield line.rstrip("\t")


expressions = yaml.safe_load(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
families = pathlib.Path(__file__).with_name("families.tsv")
families.write_text("".join(line + "\n" for line in lines(expressions)), encoding="utf-8")
