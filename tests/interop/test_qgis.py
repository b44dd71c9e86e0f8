"""QGIS of Debian, headless and with its own Python: signs in by token, adds a collection and the tiles, draws them."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.support.qgis import NEEDS_QGIS, QGIS_PYTHON, SCRIPT
from tests.web.test_ogc_clients import DOCUMENT, app, client_of, ctx_of, database, server, taken_back, token

__all__ = ["app", "client_of", "ctx_of", "database", "server", "taken_back", "token"]
pytestmark = [pytest.mark.interop, NEEDS_QGIS]


def test_qgis_draws_a_collection_and_the_tiles(server, token):
    folder = Path(os.environ.get("INTEROP_PICTURES", "var/interop")).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    picture = folder / "qgis.png"
    example = next(block for block in re.findall(r"```python\n(.*?)```", DOCUMENT, re.DOTALL) if "qgis" in block)
    done = subprocess.run(
        [QGIS_PYTHON, "-c", SCRIPT, server, token, str(picture), example],
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen", "HOME": str(folder)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    facts = json.loads(done.stdout.strip().splitlines()[-1])
    assert facts["features"] > 3
    assert facts["is_valid"]
    assert facts["tiles_valid"]
    assert facts["colours"] > 2
