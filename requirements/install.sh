#!/bin/sh
# install.sh run|dev: .venv from a hash-locked list; instant when nothing changed.
set -eu
cd "$(dirname "$0")/.."
lock=requirements/$1.txt
stamp=.venv/.installed-$1

say() { echo "helpdesk: $*" >&2; }
fits() { "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' 2>/dev/null; }

choose_python() {
    for candidate in ${PYTHON:-} python3 python3.13 python3.12 python3.11 python3.14; do
        if fits "$candidate"; then
            command -v "$candidate"
            return
        fi
    done
    say "Python 3.11 to 3.14 is needed and was not found. Install it, or name it: PYTHON=/path/to/python3 make run"
    exit 1
}

# Debian and Ubuntu ship Python without these; elsewhere they are always there.
need_venv() {
    "$1" -c 'import ensurepip, venv' 2>/dev/null && return
    package="$("$1" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')"
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        say "installing $package"
        apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y "$package" >/dev/null </dev/null
    else
        say "this Python cannot make virtual environments. Install the package $package and try again."
        exit 1
    fi
}

wanted="$(cksum <"$lock")"
if [ -x .venv/bin/python ] && [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ]; then
    exit 0
fi
if ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
    python="$(choose_python)"
    need_venv "$python"
    rm -rf .venv
    "$python" -m venv .venv
fi
say "installing $(grep -c '==' "$lock") packages into .venv (once; a minute or two)"
.venv/bin/python -m pip install --quiet --quiet --disable-pip-version-check --no-input \
    --require-hashes --only-binary :all: -r "$lock"
echo "$wanted" >"$stamp"
