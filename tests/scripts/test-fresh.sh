#!/usr/bin/env bash
# Whether a newcomer's first two commands end well: makes a bare Debian 12 with make, CA roots and
# this machine's Rust and nothing else, puts a clone of the last commit into a home of mode 0700,
# and runs `make demo` and `make test` there, first as root, who may install what is missing, then
# as an ordinary user on the machine that has it now. Before that, the ordinary user must be told
# what is missing. Needs root and a Debian mirror in this machine's apt sources; no Docker.
# Everything happens in mount and process namespaces of its own. It builds all twice: some 25
# minutes on two processors, 8 GB of disk. With these it is faster, and not quite as fresh:
#
#   FRESH_ONE_BUILD=1     the ordinary user is given root's home, with all that was built in it
#   FRESH_REGISTRY=DIR    take the crates in this registry folder (~/.cargo/registry), instead of
#                         downloading them
#   FRESH_TARGET=DIR      build into this folder, which stays; the next run with it builds only what
#                         has changed
#
#   FRESH_FOLDER=DIR      where the machine is made, instead of /var/tmp
#   FRESH_LOGS=DIR        where the logs of the commands go, instead of target/fresh
#   FRESH_SUITE=NAME, FRESH_MIRROR=URL   another release of Debian than bookworm; another mirror
#                                        than the one in the apt sources
set -euo pipefail
cd "$(dirname "$0")/../.."

suite=${FRESH_SUITE:-bookworm}
logs=$(realpath -m "${FRESH_LOGS:-${CARGO_TARGET_DIR:-target}/fresh}")
user=newcomer

# What of the environment a newcomer has, too: the ways to the registries, but no tokens.
ways=()
for name in $(compgen -e); do
    case ${name,,} in
        *token* | *secret* | *password*) ;;
        http_proxy | https_proxy | no_proxy | all_proxy) ways+=("$name=${!name}") ;;
        cargo_http_* | cargo_net_* | cargo_registries_* | cargo_registry_* \
            | cargo_source_*) ways+=("$name=${!name}") ;;
        pip_index_url | pip_extra_index_url) ways+=("$name=${!name}") ;;
    esac
done

# Runs a command in the clone: as USER COMMAND...
as() {
    local name=$1 home
    shift
    home=$(chroot "$root" getent passwd "$name" | cut -d: -f6)
    # A root of its own and no chroot, from which the kernel lets nobody make a user namespace.
    unshare --mount --propagation private bash -c '
        root=$1; shift
        mount --rbind "$root" "$root" && cd "$root" && pivot_root . mnt && cd / && umount -l /mnt && exec chroot "$@"' bash "$root" \
        --userspec="$name:$name" / env -i "${ways[@]}" HOME="$home" USER="$name" LOGNAME="$name" \
            LANG=C.UTF-8 TERM=dumb \
        PATH=/opt/rust/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        bash -c 'cd ~/job-workers && exec "$@"' bash "$@" </dev/null
}

# Runs a command as a newcomer gives it, and says how it ended: try USER WORD...
try() {
    local name=$1 began=$SECONDS log code=0 end
    shift
    log=$logs/$name-${*: -1}.log
    echo "$name: $* ..."
    as "$name" "$@" >"$log" 2>&1 || code=$?
    end=$(grep -E '^[0-9]+ passed, [0-9]+ failed' "$log" | tail -1 || :)
    local how=well
    [[ $code == 0 ]] || how="exit code $code"
    report+=("$(printf '%-8s  %-10s  %5d s  %s%s' \
        "$name" "$*" $((SECONDS - began)) "$how" "${end:+: $end}")")
    if ((code)); then
        failed=1
        grep -E '^test .* FAILED$' "$log" || :
        tail -40 "$log"
        echo "the whole log: $log"
    fi
}

make_root() {
    # What apt makes of its sources, whichever way they are written.
    apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
        awk -v suite="$suite" '$2 == suite || $2 ~ "^" suite "-" { print "deb", $1, $2, $3 }' \
            | sort -u >"$work/sources"
    local mirror=${FRESH_MIRROR:-$(awk -v suite="$suite" '$3 == suite { print $2; exit }' \
        "$work/sources")}
    if [[ ! $mirror ]]; then
        echo "the apt sources of this machine have no Debian $suite (after apt-get update): give" \
            "FRESH_MIRROR" >&2
        return 1
    fi
    [[ ! ${FRESH_MIRROR:-} ]] || echo "deb $mirror $suite main" >"$work/sources"
    if ! debootstrap --force-check-gpg --variant=minbase --include=make,ca-certificates "$suite" \
        "$root" "$mirror" >"$logs/debootstrap.log" 2>&1; then
        tail -20 "$logs/debootstrap.log" >&2
        return 1
    fi

    # The ways of this machine to the registries: mirrors, proxies, certificates.
    cp "$work/sources" "$root/etc/apt/sources.list"
    apt-config dump | grep -E '^Acquire::(https?|Check-)' >"$root/etc/apt/apt.conf.d/90machine" || :
    if compgen -G '/usr/local/share/ca-certificates/*.crt' >/dev/null; then
        cp /usr/local/share/ca-certificates/*.crt "$root/usr/local/share/ca-certificates/"
        chroot "$root" update-ca-certificates >/dev/null 2>&1
    fi
    local pip
    for pip in /etc/pip.conf "$HOME/.pip/pip.conf" "$HOME/.config/pip/pip.conf"; do
        [[ ! -f $pip ]] || cat "$pip" >>"$root/etc/pip.conf"
    done
    printf '127.0.0.1 localhost\n::1 localhost\n' >"$root/etc/hosts"
    # What is installed is not started, as in every chroot: there is no init.
    printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
    chmod 0755 "$root/usr/sbin/policy-rc.d"

    mount -t proc proc "$root/proc"
    mount --rbind /sys "$root/sys"
    mount --rbind /dev "$root/dev"
    mkdir "$root/opt/rust"
    mount --bind "$sysroot" "$root/opt/rust"
    mount -o remount,bind,ro "$root/opt/rust"
    chroot "$root" useradd --create-home --shell /bin/bash "$user"
}

# A clone in the home of USER.
clone() {
    local name=$1 home cargo
    home=$root$(chroot "$root" getent passwd "$name" | cut -d: -f6)
    git clone --quiet --no-hardlinks "$work/repository" "$home/job-workers"
    mkdir -p "$home/.cargo"
    for cargo in config.toml config; do
        [[ ! -f ${CARGO_HOME:-$HOME/.cargo}/$cargo ]] \
            || cp "${CARGO_HOME:-$HOME/.cargo}/$cargo" "$home/.cargo/"
    done
    if [[ ${FRESH_REGISTRY:-} ]]; then
        mkdir "$home/.cargo/registry"
        cp -a "$FRESH_REGISTRY/index" "$FRESH_REGISTRY/cache" "$home/.cargo/registry/"
    fi
    if [[ ${FRESH_TARGET:-} ]]; then
        mkdir -p "$FRESH_TARGET/$name" "$home/job-workers/target"
        # Only what was built stays. With the tools of an earlier run nobody would install what they
        # are made with.
        rm -rf "$FRESH_TARGET/$name/"{tools,pypi}
        mount --bind "$FRESH_TARGET/$name" "$home/job-workers/target"
    fi
    chroot "$root" chown -R "$name:$name" "${home#"$root"}"
    chmod 0700 "$home"
}

inside() {
    work=$1
    root=$work/root
    revision=$(git -C "$work/repository" rev-parse --short HEAD)
    failed=
    report=()
    began=$SECONDS
    echo "making a Debian $suite below $work ..."
    make_root
    report+=("$(printf '%-8s  %-10s  %5d s' '' debootstrap $((SECONDS - began)))")

    clone "$user"
    local log=$logs/$user-bare.log
    echo "$user: make test, on the bare machine ..."
    began=$SECONDS
    # Nothing may be built before that is known: it is a matter of seconds.
    if as "$user" make test >"$log" 2>&1 || ! grep -q '^missing: .*apt-get install' "$log" \
        || grep -q Compiling "$log"; then
        failed=1
        report+=("$(printf '%-8s  %-10s  %5d s  was not told what is missing: %s' "$user" 'make test' $((SECONDS - began)) "$log")")
    else
        report+=("$(printf '%-8s  %-10s  %5d s  %s' "$user" 'make test' $((SECONDS - began)) "stops: $(grep -o '^missing: [^;]*' "$log")")")
    fi

    clone root
    try root make demo
    try root make test

    if [[ ${FRESH_ONE_BUILD:-} == 1 ]]; then
        # Cargo uses again what lies at the same place.
        chroot "$root" usermod --home /root "$user"
        rm -rf "$root/root/job-workers/"{demo-output,target/tools,target/pypi}
        chroot "$root" chown -R "$user:$user" /root
    fi
    try "$user" make demo
    try "$user" make test

    printf '\nDebian %s, Rust %s, revision %s%s:\n' "$suite" \
        "$("$sysroot/bin/rustc" --version | cut -d' ' -f2)" "$revision" \
        "${FRESH_ONE_BUILD:+, one build}${FRESH_REGISTRY:+, crates of this machine}${FRESH_TARGET:+, built in $FRESH_TARGET}"
    printf '  %s\n' "${report[@]}"
    [[ ! $failed ]]
}

sysroot=$(rustc --print sysroot)
if [[ ${1:-} == --inside ]]; then
    inside "$2"
    exit
fi

if [[ $(id -u) != 0 ]]; then
    echo "this makes a machine with its own mounts and users, which only root may" >&2
    exit 1
fi
if [[ ! -x $sysroot/bin/cargo || $sysroot == /usr ]]; then
    echo "$sysroot is no toolchain of its own that another machine can be lent: install Rust by" \
        "rustup" >&2
    exit 1
fi
[[ -z $(git status --porcelain) ]] || \
    echo "note: the clone has the last commit, and not what is uncommitted here"
mkdir -p "$logs"
folder=$(realpath -m "${FRESH_FOLDER:-/var/tmp}")
mkdir -p "$folder"
# What a run that was killed left behind. One that still runs holds its lock.
for left in "$folder"/job-workers-fresh-*; do
    [[ ! -d $left ]] || flock --nonblock "$left" rm -rf --one-file-system "$left" || :
done

work=$(mktemp -d "$folder/job-workers-fresh-XXXXXX")
chmod 0755 "$work"
exec 9<"$work"
flock 9
# As it is now: the run takes a while, and goes on in this repository meanwhile.
git init --quiet --initial-branch main "$work/repository"
git push --quiet "$work/repository" HEAD:refs/heads/fresh
git -C "$work/repository" checkout --quiet fresh
namespace=
clean_up() {
    # With its first process die all others, and only then is that one's end told; with the last go
    # the mounts.
    if [[ $namespace ]]; then
        local first
        read -r first <"/proc/$namespace/task/$namespace/children" || first=$namespace
        kill -KILL $first 2>/dev/null || :
        wait "$namespace" 2>/dev/null || :
    fi
    for _ in $(seq 100); do
        rm -rf --one-file-system "$work" 2>/dev/null && break
        sleep 0.3
    done
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
# The shell starts what it does not wait for with SIGINT ignored, which the tests would inherit.
# When this script is killed, so is all below it.
env --default-signal=INT,QUIT setpriv --pdeathsig KILL unshare \
    --mount --pid --fork --kill-child --propagation private \
    "$0" --inside "$work" 9<&- &
namespace=$!
code=0
wait "$namespace" || code=$?
namespace=
exit "$code"
