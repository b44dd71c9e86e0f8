"""A kind of structure is one module, of whatever day: a revision with one call gives it history and rights.

The rest of the registry reads what it is capable of, never its name: a small cell on a lamp post carries antennas and
is no mast.
"""

import json
import subprocess
import sys

from config.settings import CHECKOUT


def test_a_kind_that_a_revision_adds_is_known_by_its_capabilities_registered_listed_and_exported(live_url, tmp_path):
    program = [sys.executable, "-m", "tests.toy.small_cell", live_url, str(tmp_path)]
    answer = subprocess.run(program, cwd=CHECKOUT, capture_output=True, text=True, timeout=60, check=False)
    assert answer.returncode == 0, answer.stderr
    answer_data = json.loads(answer.stdout)
    assert answer_data["capabilities"] == {
        "hosts": True,
        "mast": False,
        "position of a station": True,
        "columns of a file": {"name": "Tên công trình", "antenna_height_m": "Cao độ ăng ten (m)"},
        "fields": ["antenna_height_m", "name", "sharing_status"],
    }
    assert answer_data["in use"] == {
        "/structures": [200, True],
        "/exports/structures.csv": [200, True],
        "/structures/<code>": [200, True],
    }
