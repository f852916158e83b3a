#!/usr/bin/env bash
# Checks what building and testing needs: setup.sh [PROGRAM=PACKAGE ...]. As root on Debian or Ubuntu it installs what is missing, otherwise it says what to
# install. Rust itself is never installed: its version is the user's decision.
set -euo pipefail
cd "$(dirname "$0")/../.."

needed=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml | head -1)
if ! command -v cargo >/dev/null; then
    echo "cargo is not on the PATH: install Rust $needed or newer (https://rustup.rs)" >&2
    exit 1
fi
version=$(rustc --version | cut -d' ' -f2)
if [[ $(printf '%s\n' "$needed" "${version%%-*}" | sort -V | head -1) != "$needed" ]]; then
    echo "Rust $version is too old: install $needed or newer (rustup update)" >&2
    exit 1
fi

missing=()
# The C compiler builds the zstd and ring libraries, and links.
command -v cc >/dev/null || missing+=(build-essential)
# What a command needs beyond that, as PROGRAM=PACKAGE.
for need in "$@"; do
    command -v "${need%%=*}" >/dev/null || missing+=("${need#*=}")
done
if ((${#missing[@]})); then
    if [[ $(id -u) == 0 ]] && command -v apt-get >/dev/null; then
        apt-get update -qq
        apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
    else
        echo "missing: ${missing[*]}; install it (on Debian and Ubuntu: sudo apt-get install ${missing[*]}), then run this again" >&2
        exit 1
    fi
fi
