#!/bin/sh
# PgBouncer for the one test that goes through it: through apt where we may.
set -eu
PATH="$PATH:/usr/sbin"

found() { command -v pgbouncer >/dev/null; }
say() { echo "helpdesk: $*" >&2; }

if found; then
    exit 0
fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    say "installing PgBouncer for its test (once)"
    # RUNLEVEL=1: the package shall not start a service of its own.
    apt-get update -qq &&
        RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends \
            pgbouncer >/dev/null 2>&1 </dev/null || say "apt-get failed"
fi
if found; then
    exit 0
fi
if [ -n "${CI:-}" ]; then
    say "PgBouncer is needed in CI and could not be installed."
    exit 1
fi
say "no PgBouncer: the test that goes through it will be SKIPPED. Install pgbouncer to run it."
