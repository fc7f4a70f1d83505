# shellcheck shell=bash
# What the scripts of this folder share; sourced, never run.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export ROOT

say() { printf '%s\n' "$*" >&2; }

die() {
    say "error: $*"
    exit 1
}

as_root() {
    if [[ $(id -u) -eq 0 ]]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        die "this needs root or sudo: $*"
    fi
}

# packages NAME...: installs those Debian packages that are missing.
packages() {
    local name missing=()
    for name in "$@"; do
        [[ $(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null) == installed ]] || missing+=("$name")
    done
    [[ ${#missing[@]} -eq 0 ]] && return
    command -v apt-get >/dev/null || die "install these packages first: ${missing[*]}"
    say "installing ${missing[*]}"
    # The list may be days old, or absent on a new machine: only then is an update worth its half minute.
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}" \
        >/dev/null 2>&1 && return
    as_root apt-get update -q >/dev/null || say "apt-get update failed, trying with the list as it is"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}" \
        >/dev/null || die "apt-get could not install: ${missing[*]}"
}

# command_package COMMAND PACKAGE: a command counts wherever it came from; a second python3 beside one that is
# already there would only be in the way.
command_package() {
    command -v "$1" >/dev/null || packages "$2"
}

# pip ARGUMENT...: the pip of the python3 in the path, or else Debian's.
pip() {
    if python3 -m pip --version >/dev/null 2>&1; then
        python3 -m pip "$@"
    else
        packages python3-pip
        /usr/bin/python3 -m pip "$@"
    fi
}

# python_tools: what tests and benchmarks in Python need, in .build-venv, and the browser that they drive.
python_tools() {
    local venv=$ROOT/.build-venv
    python3 -c 'import venv, ensurepip' 2>/dev/null || packages python3-venv
    [[ -x ${CHROMIUM:-/usr/bin/chromium} ]] || packages chromium
    [[ -x $venv/bin/python3 ]] || python3 -m venv "$venv" || return
    "$venv/bin/python3" -m pip install --quiet --disable-pip-version-check \
        -r "$ROOT/Tests/Browser/requirements.txt" -r "$ROOT/Tests/Compose/requirements.txt"
}

# prometheus_tools: prometheus and promtool in .build-tools/prometheus/usr/bin. Unpacked, not installed: Debian's package
# would start a server of its own.
prometheus_tools() {
    local tools=$ROOT/.build-tools/prometheus fetched
    [[ -x $tools/usr/bin/promtool ]] && return
    command -v apt-get >/dev/null || die "this needs Debian's package prometheus, and there is no apt-get"
    say "fetching prometheus"
    mkdir -p "$ROOT/.build-tools"
    fetched=$(mktemp -d "$ROOT/.build-tools/fetch.XXXXXX")
    if ! (
        cd "$fetched" || exit
        apt-get download -q prometheus >/dev/null 2>&1 && exit
        as_root apt-get update -q >/dev/null
        apt-get download -q prometheus >/dev/null
    ) || ! dpkg-deb -x "$fetched"/prometheus_*.deb "$fetched/tree"; then
        rm -rf "$fetched"
        die "apt-get gave no prometheus"
    fi
    # Moved into place whole: a fetch cut short, or two at once, leave no half behind.
    mv -T "$fetched/tree" "$tools" 2>/dev/null || [[ -x $tools/usr/bin/promtool ]] || die "cannot write $tools"
    rm -rf "$fetched"
}

# listening PORT: does anybody accept connections on 127.0.0.1:PORT?
listening() {
    (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# free_ports N: N ports that nobody has at this moment, one a line.
free_ports() {
    python3 - "$1" <<'PYTHON'
import socket, sys
held = [socket.socket() for _ in range(int(sys.argv[1]))]
for one in held:
    one.bind(("127.0.0.1", 0))
    print(one.getsockname()[1])
PYTHON
}

# wait_until SECONDS COMMAND...: polls the command until it succeeds; fails once the time is over.
wait_until() {
    local deadline=$((SECONDS + $1))
    shift
    until "$@"; do
        ((SECONDS < deadline)) || return 1
        sleep 0.2
    done
}
