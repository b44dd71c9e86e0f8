#!/bin/sh
# Copies the front-end libraries named in deploy/vendor/package.json into registry/static/vendor.
# Needs Node 20 and npm, once, on a developer's machine, and the Python environment (for the fonts of PDF files); the result
# is committed, so running the registry needs no Node.
# Usage: sh deploy/vendor.sh
set -eu

here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT HUP INT TERM

cp "$here/vendor/package.json" "$here/vendor/package-lock.json" "$work/"
(cd "$work" && npm ci --ignore-scripts --no-audit --no-fund --silent)
node "$here/vendor/collect.mjs" "$work/node_modules" "$here/../registry/static/vendor"
"$here/../.venv/bin/python" "$here/vendor/whole_fonts.py"
echo "registry/static/vendor is up to date; see manifest.json there."
