#!/bin/sh
# Proves on an empty Debian 13 that a fresh clone needs nothing but `make run` and `make test`, as root in a folder that
# only root can enter, and as an ordinary user with sudo. Needs root, debootstrap and a Debian mirror.
# Usage: sh deploy/fresh-machine-trial.sh FOLDER MIRROR [root|user|all] [run|test|all]
#   FOLDER   an absent or earlier made folder for the two machines (a few GB)
#   TRIAL_COPY   paths of this machine to copy into the new one, such as apt's and pip's settings and certificates
#   TRIAL_ENV    names of variables of this machine to hand over, such as PIP_CERT
set -eu

folder=${1:?FOLDER}
mirror=${2:?MIRROR}
who=${3:-all}
what=${4:-all}
here=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
base=$folder/base
port=${PORT:-8010}
failed=0

[ "$(id -u)" -eq 0 ] || { echo 'needs root' >&2; exit 1; }

# --- machines ----------------------------------------------------------------------------------------------------

make_base() {
    [ -e "$base/.complete" ] && return
    rm -rf "$base"
    mkdir -p "$folder"
    # What "a Debian machine" has beyond the smallest: the tools to clone and to call make, sudo, certificates.
    debootstrap --variant=minbase --include=ca-certificates,git,make,sudo trixie "$base" "$mirror" \
        >"$folder/debootstrap.log" 2>&1 || { tail -n 5 "$folder/debootstrap.log" >&2; exit 1; }
    for path in ${TRIAL_COPY:-}; do
        mkdir -p "$base$(dirname "$path")"
        rm -rf "$base$path"
        cp -a "$path" "$base$path"
    done
    cp -L /etc/resolv.conf /etc/hosts "$base/etc/"
    touch "$base/.complete"
}

unmount() {
    for mount in dev/shm dev proc; do
        if mountpoint -q "$1/$mount"; then umount "$1/$mount"; fi
    done
}

make_machine() { # a new machine in $1, with the ordinary user `trial`
    unmount "$1"
    rm -rf "$1"
    cp -a "$base" "$1"
    mount -t proc proc "$1/proc"
    mount --bind /dev "$1/dev"
    mount -t tmpfs tmpfs "$1/dev/shm"
    chroot "$1" useradd --create-home --shell /bin/bash trial
    names=$(echo "${TRIAL_ENV:-}" | tr ' ' ',')
    {
        echo 'trial ALL=(ALL) NOPASSWD: ALL'
        [ -z "$names" ] || echo "Defaults env_keep += \"$(echo "$names" | tr ',' ' ')\""
    } >"$1/etc/sudoers.d/trial"
}

inside() { # account, command: in a clean environment of the machine
    account=$1
    shift
    set -- env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 \
        HOME="$(home_of "$account")" PORT="$port" "$@"
    for name in ${TRIAL_ENV:-}; do
        eval "value=\${$name:-}"
        [ -z "$value" ] || { first=$1; second=$2; shift 2; set -- "$first" "$second" "$name=$value" "$@"; }
    done
    chroot --userspec="$account:$account" --groups="$account" "$machine" "$@"
}

home_of() {
    if [ "$1" = root ]; then echo /root; else echo "/home/$1"; fi
}

# --- what is proved ----------------------------------------------------------------------------------------------

report() {
    printf '%-6s %-46s %s\n' "$1" "$2" "$3"
    [ "$3" != FAILED ] || failed=1
}

fetch() {
    "$here/.venv/bin/python" -c "import urllib.request as u; u.urlopen('http://127.0.0.1:$port/', timeout=10)" 2>/dev/null
}

serve_once() { # account, name of the log: start, wait for the page, stop in order
    began=$(date +%s)
    inside "$1" sh -c "cd '$checkout' && exec make run" >"$folder/$1-$2.log" 2>&1 &
    pid=$!
    state=FAILED
    while kill -0 $pid 2>/dev/null && [ $(($(date +%s) - began)) -lt 1500 ]; do
        if fetch; then state="answers after $(($(date +%s) - began)) s"; break; fi
        sleep 1
    done
    report "$1" "$2" "$state"
    # What a person's Ctrl-C or a service manager reaches: the server itself.
    server=$(pgrep -f -- "-m flask --app app serve" | while read -r found; do
        [ "$(readlink "/proc/$found/root")" != "$machine" ] || echo "$found"
    done | head -n 1)
    [ -z "$server" ] || kill -TERM "$server"
    if wait $pid; then report "$1" "$2: stops on SIGTERM" ok; else report "$1" "$2: stops on SIGTERM" FAILED; fi
}

trial() {
    account=$1
    machine=$folder/$account
    checkout=$(home_of "$account")/registry
    make_machine "$machine"
    git clone --quiet "$here" "$machine$checkout"
    chroot "$machine" chown -R "$account:$account" "$checkout"
    chmod 700 "$machine$(home_of "$account")"
    if [ "$what" != test ]; then
        serve_once "$account" first-run
        serve_once "$account" second-run
    fi
    if [ "$what" != run ]; then
        state=FAILED
        if inside "$account" sh -c "cd '$checkout' && make test" >"$folder/$account-test.log" 2>&1; then state=ok; fi
        report "$account" "make test: $(tail -n 1 "$folder/$account-test.log")" "$state"
    fi
    unmount "$machine"
}

make_base
[ "$who" = user ] || trial root
[ "$who" = root ] || trial trial
echo "logs: $folder/*.log"
exit $failed
