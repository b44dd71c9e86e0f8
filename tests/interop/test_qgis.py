"""QGIS of Debian, headless and with its own Python: signs in by token, adds a collection and the tiles, draws them."""

import json
import os
import re
import struct
import subprocess
from pathlib import Path

import pytest

from registry.kernel.exports.dataset import Dataset, ExportRecord, FileColumn
from registry.kernel.exports.map_files import write_gpkg
from registry.ogc.styles import map_symbols
from registry.structures.map.layers import MAP_LAYERS
from tests.support.qgis import NEEDS_QGIS, OPEN_FILE, QGIS_PYTHON, SCRIPT
from tests.web.test_ogc_clients import DOCUMENT, app, client_of, ctx_of, database, server, taken_back, token

__all__ = ["app", "client_of", "ctx_of", "database", "server", "taken_back", "token"]
pytestmark = [pytest.mark.interop, NEEDS_QGIS]


KINDS = ("Cột ăng ten", "Cột treo cáp", "Bể cáp", "Cống, bể “<A>” & “B”")
COLUMNS = [FileColumn("kind", "Loại công trình"), FileColumn("name", "Tên")]


def pictures():
    folder = Path(os.environ.get("INTEROP_PICTURES", "var/interop")).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def ask_qgis(script, folder, *arguments):
    """What a script prints as JSON in QGIS's own Python."""
    done = subprocess.run(
        [QGIS_PYTHON, "-c", script, *arguments],
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen", "HOME": str(folder)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.strip().splitlines()[-1])


def test_qgis_opens_a_geopackage_with_symbols_labels_and_names_of_fields(tmp_path):
    folder, path = pictures(), tmp_path / "cong-trinh.gpkg"
    records = [
        ExportRecord((kind, f"Trạm {number}"), struct.pack("<BI2d", 1, 1, 105.7 + number / 250, 19.8 + at / 250))
        for at, kind in enumerate(KINDS)
        for number in range(5)
    ]
    line = struct.pack("<BII4d", 1, 2, 2, 105.7, 19.797, 105.718, 19.814)
    records.append(ExportRecord((KINDS[0], "Tuyến Hàm Rồng"), line))
    write_gpkg(Dataset("Công trình", "cong-trinh", COLUMNS, [], lambda: iter(records)), path)
    names = "cong_trinh_diem,cong_trinh_tuyen"
    facts = ask_qgis(OPEN_FILE, folder, str(path), names, str(folder / "qgis-geopackage.png"))
    points = facts["cong_trinh_diem"]
    assert points["renderer"] == "categorizedSymbol"
    assert points["values"] == sorted(KINDS)
    assert len(set(points["colours"])) == len(KINDS)
    for layer in facts.values():
        assert layer["labels"] == "name"
        assert layer["aliases"].items() >= {"kind": "Loại công trình", "name": "Tên"}.items()


def test_qgis_reads_a_collection_and_draws_the_tiles_in_the_style_of_the_map(server, token, app):
    folder = pictures()
    picture = folder / "qgis.png"
    example = next(block for block in re.findall(r"```python\n(.*?)```", DOCUMENT, re.DOTALL) if "qgis" in block)
    layers = {layer.collection: layer for layer in MAP_LAYERS.values() if layer.collection}
    facts = ask_qgis(SCRIPT, folder, server, token, str(picture), example, ",".join(layers))
    assert facts["features"] > 3
    assert facts["is_valid"]
    assert facts["tiles_valid"]
    symbols = map_symbols(Path(app.static_folder) / "map" / "symbols.svg")
    # The factory makes structures that are not assessed.
    assert symbols["not_assessed"].colour in facts["colours"]
    expected = {
        code: [f"{layer.code}-{look}-{shape}" for look in layer.looks for shape in ("line", "point")]
        for code, layer in layers.items()
    }
    assert facts["styles"] == expected
