#!/bin/sh
# Installs what this machine lacks, and nothing it has: system packages, the Python environment, for checks Biome.
# Usage: sh deploy/setup.sh run|test|interop        (test adds what the checks and the tests need, interop LibreOffice and QGIS too)
# A second call finds the stamps, needs no network and takes well under a second.
# Honoured: PYTHON (interpreter; without it the system's own is taken, or else what PATH has), DATABASE_URL and PG_BIN
# (no PostgreSQL is installed for `run`).
set -eu

mode=${1:-run}
here=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
venv=$here/.venv
# Distributions build theirs with optimisation by profile and mend it: a fifth faster than a plain build from source.
own_python=/usr/bin/python3

say() { printf '%s\n' "$*" >&2; }
die() {
    say "LỖI: $*"
    exit 1
}

office=no
case $mode in
run | test) ;;
interop)
    mode=test
    office=yes
    ;;
*) die "deploy/setup.sh $mode không hợp lệ, cần run, test hoặc interop." ;;
esac

# --- what is missing ---------------------------------------------------------------------------------------------

# PostgreSQL 15 or later with PostGIS, found as the program itself finds it: by its files, never through PATH.
has_postgis() {
    for control in /usr/share/postgresql/*/extension/postgis.control; do
        version=${control#/usr/share/postgresql/}
        version=${version%%/*}
        [ -f "$control" ] && [ "$version" -ge 15 ] && [ -x "/usr/lib/postgresql/$version/bin/initdb" ] && return 0
    done
    for control in /usr/pgsql-*/share/extension/postgis.control /usr/local/pgsql/share/extension/postgis.control; do
        [ -f "$control" ] && return 0
    done
    return 1
}

# The interpreter to build the environment with: new enough, and able to.
find_python() {
    for found in ${PYTHON:-"$own_python" python3}; do
        "$found" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 || continue
        echo "$found"
        return 0
    done
    return 1
}

# The system's own Python would do, but for the package that makes environments.
lacks_venv_only() {
    [ -z "${PYTHON:-}" ] && [ "$(find_python)" != "$own_python" ] &&
        "$own_python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

# The browser of the tests: the one without a window, which is quicker, or the whole one.
has_chromium() {
    command -v chromium-headless-shell >/dev/null 2>&1 || command -v chromium >/dev/null 2>&1
}

# Reads the interface and the map files as GIS officers do. Without it these tests are skipped.
has_qgis() {
    command -v ogr2ogr >/dev/null 2>&1 && "$own_python" -c 'import qgis.core' 2>/dev/null
}

# Opens papers and workbooks, and reads and pictures what comes of them. Without it these tests are skipped.
has_office() {
    command -v soffice >/dev/null 2>&1 && command -v pdftotext >/dev/null 2>&1
}

# Tests the modules of scripts, and brings Biome, which checks scripts and styles.
has_node() {
    command -v node >/dev/null 2>&1 && command -v npm >/dev/null 2>&1
}

# What draws the text of PDF files. Without it all else works, so it never stops a start where nobody may install it.
has_pango() {
    for library in libpango-1.0.so.0 libpangoft2-1.0.so.0 libharfbuzz-subset.so.0; do
        found=no
        for path in /usr/lib/*/"$library" /usr/lib/"$library" /usr/lib64/"$library" /usr/local/lib/"$library"; do
            [ ! -e "$path" ] || found=yes
        done
        [ $found = yes ] || return 1
    done
}

# Measures like Times New Roman, which Decree 30/2020 asks of papers; without it they are set in another serif font.
has_serif() {
    for path in /usr/share/fonts/truetype/liberation*/LiberationSerif-Regular.ttf; do
        [ ! -e "$path" ] || return 0
    done
    return 1
}

can_install() {
    command -v apt-get >/dev/null 2>&1 && { [ "$(id -u)" -eq 0 ] || command -v sudo >/dev/null 2>&1; }
}

missing_packages() {
    if [ "$mode" = test ] || [ -z "${DATABASE_URL:-}${DATABASE_URL_FILE:-}${PG_BIN:-}${REGISTRY_PG_BIN:-}" ]; then
        has_postgis || printf 'postgresql-postgis '
    fi
    if [ ! -x "$venv/bin/python" ]; then
        if ! find_python >/dev/null; then
            printf 'python3 python3-venv '
        elif lacks_venv_only && can_install; then
            printf 'python3-venv '
        fi
    fi
    [ "$mode" = run ] || has_chromium || printf 'chromium-headless-shell '
    [ "$mode" = run ] || has_node || printf 'nodejs npm '
    has_pango || ! can_install || printf 'libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 '
    has_serif || ! can_install || printf 'fonts-liberation '
    [ $office = no ] || has_office || ! can_install ||
        printf 'libreoffice-writer-nogui libreoffice-calc-nogui poppler-utils '
    # QGIS with its own Python, and the programs of GDAL.
    [ $office = no ] || has_qgis || ! can_install || printf 'python3-qgis gdal-bin '
    # Trusted certificates for the download of the Python packages; present nearly everywhere.
    [ -e /etc/ssl/certs/ca-certificates.crt ] || printf 'ca-certificates '
}

# --- system packages ---------------------------------------------------------------------------------------------

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -- "$@"; fi
}

install_packages() {
    command -v apt-get >/dev/null 2>&1 ||
        die "Máy thiếu: $*; đây không phải Debian, cần tự cài PostgreSQL từ bản 15 kèm PostGIS và Python từ bản 3.11."
    [ "$(id -u)" -eq 0 ] || command -v sudo >/dev/null 2>&1 ||
        die "Máy thiếu: $*; cần chạy bằng root: apt-get install $*"
    say "Đang cài gói hệ thống: $*"
    # Debian would start a server of its own on port 5432, which the registry does not use.
    no_cluster=/etc/postgresql-common/createcluster.d/passive-registry.conf
    as_root mkdir -p "${no_cluster%/*}"
    echo 'create_main_cluster = false' | as_root tee "$no_cluster" >/dev/null
    log=$(mktemp)
    ok=yes
    as_root apt-get -q update >"$log" 2>&1 || ok=no
    # Older releases have the whole browser only.
    if ! apt-cache show chromium-headless-shell >/dev/null 2>&1; then
        set -- $(printf '%s ' "$@" | sed 's/chromium-headless-shell/chromium/')
    fi
    [ $ok = no ] ||
        as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install "$@" >>"$log" 2>&1 ||
        ok=no
    as_root rm -f "$no_cluster"
    if [ $ok = no ]; then
        tail -n 5 "$log" >&2
        rm -f "$log"
        die "Không cài được gói hệ thống: $*; cần kiểm tra mạng và nguồn apt rồi chạy lại."
    fi
    rm -f "$log"
}

# --- the Python environment --------------------------------------------------------------------------------------

lists() {
    echo requirements.txt
    [ "$1" = run ] || echo requirements-dev.txt
}

# What the environment was made from: the lists, the place (scripts in it name it) and the interpreter.
fingerprint() {
    { (cd "$here" && cat $(lists "$1")); echo "$venv"; readlink -f "$venv/bin/python" || true; } | sha256sum
}

is_current() {
    [ -x "$venv/bin/python" ] || return 1
    [ -f "$venv/.stamp-$mode" ] && [ "$(cat "$venv/.stamp-$mode")" = "$(fingerprint "$mode")" ]
}

install_python() {
    say "Đang chuẩn bị môi trường Python trong .venv"
    if ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
        rm -rf "$venv"
        "$python" -m venv "$venv" || die "Không tạo được $venv bằng $python."
    fi
    # Removed first: an interrupted installation must not look finished.
    rm -f "$venv"/.stamp-*
    set --
    for list in $(lists "$mode"); do set -- "$@" -r "$here/$list"; done
    PIP_ROOT_USER_ACTION=ignore "$venv/bin/python" -m pip install \
        --quiet --disable-pip-version-check --no-input --require-hashes "$@" ||
        die "Không cài được các gói Python trong requirements.txt; cần kiểm tra mạng rồi chạy lại."
    # The environment for tests holds everything that running needs.
    fingerprint run >"$venv/.stamp-run"
    [ "$mode" = run ] || fingerprint test >"$venv/.stamp-test"
}

# --- what checks the scripts and styles ----------------------------------------------------------------------------

# Named by its lock, as the Python environment by its lists.
has_biome() {
    [ "$mode" = run ] ||
        { [ -x "$here/node_modules/.bin/biome" ] &&
            cmp -s "$here/package-lock.json" "$here/node_modules/.stamp-package-lock.json"; }
}

install_biome() {
    say "Đang cài Biome trong node_modules"
    (cd "$here" && npm ci --ignore-scripts --no-audit --no-fund --silent) ||
        die "Không cài được Biome theo package-lock.json; cần kiểm tra mạng rồi chạy lại."
    cp "$here/package-lock.json" "$here/node_modules/.stamp-package-lock.json"
}

# --- all of it ---------------------------------------------------------------------------------------------------

packages=$(missing_packages)
# shellcheck disable=SC2086  # one word a package
[ -z "$packages" ] || install_packages $packages
is_current && has_biome && exit 0
python=$(find_python) || [ -x "$venv/bin/python" ] ||
    die "${PYTHON:-python3} không dùng được, cần Python từ bản 3.11 kèm venv."
# Two calls at once take turns; the second finds the work done.
[ -w "$here" ] || die "Không ghi được vào $here, cần quyền ghi để tạo môi trường Python (.venv)."
exec 9>"$here/.setup.lock"
flock 9
is_current || install_python
has_biome || install_biome
