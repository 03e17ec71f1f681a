#!/bin/sh
# Chromium and the fonts of our four languages for the browser tests: through apt where we may.
set -eu

browser() {
    for name in chromium chromium-browser google-chrome google-chrome-stable; do
        command -v "$name" >/dev/null && return
    done
    return 1
}
fonts() { fc-list :lang=zh 2>/dev/null | grep -q Noto &&
    fc-list :lang=fa 2>/dev/null | grep -q Noto && fc-list 2>/dev/null | grep -q Emoji; }
say() { echo "helpdesk: $*" >&2; }

if browser && fonts; then
    exit 0
fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    say "installing Chromium and fonts for the browser tests (once)"
    apt-get update -qq &&
        DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends \
            chromium fontconfig fonts-noto-core fonts-noto-cjk fonts-noto-color-emoji >/dev/null </dev/null || say "apt-get failed"
fi
if browser; then
    exit 0
fi
if [ -n "${CI:-}" ]; then
    say "Chromium is needed in CI and could not be installed."
    exit 1
fi
say "no Chromium: the browser tests will be SKIPPED. Install chromium, fonts-noto-core, fonts-noto-cjk and fonts-noto-color-emoji to run them."
