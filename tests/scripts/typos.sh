#!/usr/bin/env bash
# Looks for misspelt words in everything that is committed; _typos.toml has what is right here.
set -euo pipefail
cd "$(dirname "$0")/../.."
"$(command -v typos || tests/scripts/from-pypi.sh typos==1.52.0 typos)"
