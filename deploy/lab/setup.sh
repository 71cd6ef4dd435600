#!/bin/sh
# What the demo and the acceptance tests need on Debian 12/13 or a recent Ubuntu.
# Says what it installs before it does; takes well under a second when everything is there.
# `setup.sh bench` adds what only the benches need, a C compiler for the core among it.
set -eu
cd "$(dirname "$0")/../.."

cache=${XDG_CACHE_HOME:-$HOME/.cache}/cti_router

has() { command -v "$1" >/dev/null 2>&1; }

asterisk_is_usable() {
    has asterisk && [ "$(asterisk -V | sed 's/[^0-9]*\([0-9]*\).*/\1/')" -ge 20 ]
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

packages=
has python3 || packages="$packages python3"
has sipp || packages="$packages sip-tester"
[ -e /etc/ssl/certs/ca-certificates.crt ] || packages="$packages ca-certificates"
# What the pages are tried in, and letters with all their accents.
has chromium || packages="$packages chromium"
[ -e /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf ] || packages="$packages fonts-dejavu-core"
if [ "${1:-}" = bench ]; then
    has tshark || packages="$packages tshark"
    has gcc || packages="$packages gcc libc6-dev"
    [ ! -x /usr/bin/python3 ] || [ -e "$(/usr/bin/python3 -c 'import sysconfig; print(sysconfig.get_path("include"))')/Python.h" ] ||
        packages="$packages python3-dev"
fi
has setpriv && has unshare && has nsenter || packages="$packages util-linux"
if asterisk_is_usable; then
    # Else they come with it, into its root filesystem.
    has sox || packages="$packages sox"
    has espeak-ng || packages="$packages espeak-ng"
else
    has mmdebstrap || packages="$packages mmdebstrap"
    [ -e /usr/share/keyrings/debian-archive-keyring.gpg ] || packages="$packages debian-archive-keyring"
fi
# ensurepip is what Debian leaves out of python3 and puts into python3-venv.
has uv && uv --version >/dev/null 2>&1 || python3 -c 'import ensurepip' 2>/dev/null || packages="$packages python3-venv"

if [ -n "$packages" ]; then
    has apt-get || { echo "setup: please install the equivalents of:$packages" >&2; exit 1; }
    echo "setup: installing with apt-get:$packages"
    as_root apt-get update -qq
    # shellcheck disable=SC2086 -- one word a package
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install --yes -qq --no-install-recommends $packages
fi

axe=$(sed -n 's/^VERSION = "\(.*\)"$/\1/p' deploy/lab/axe.py)
[ -e "$cache/axe-core-$axe.min.js" ] || python3 deploy/lab/axe.py

if has uv && uv --version >/dev/null 2>&1; then
    uv=uv
else
    uv=$cache/uv-venv/bin/uv
    if [ ! -x "$uv" ]; then
        echo "setup: installing uv into $cache/uv-venv"
        python3 -m venv "$cache/uv-venv"
        "$cache/uv-venv/bin/pip" install --quiet --disable-pip-version-check uv
    fi
fi

# The distribution's own interpreter, where it is new enough: what a router will run on, and built with care for speed.
is_new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }
if is_new_enough /usr/bin/python3; then
    export UV_PYTHON=/usr/bin/python3 UV_PYTHON_DOWNLOADS=never
elif is_new_enough python3; then
    export UV_PYTHON_DOWNLOADS=never
fi
"$uv" sync --quiet
