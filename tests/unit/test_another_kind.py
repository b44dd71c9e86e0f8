"""A kind of structure is one module: the rest of the registry reads what it is capable of, never its name."""

import json
import subprocess
import sys

from config.settings import CHECKOUT


def test_a_small_cell_on_a_lamp_post_carries_antennas_and_is_no_mast():
    program = [sys.executable, "-m", "tests.toy.small_cell"]
    answer = subprocess.run(program, cwd=CHECKOUT, capture_output=True, text=True, timeout=60, check=False)
    assert answer.returncode == 0, answer.stderr
    assert json.loads(answer.stdout) == {
        "hosts": True,
        "mast": False,
        "position of a station": True,
        "columns of a file": {"name": "Tên công trình", "antenna_height_m": "Cao độ ăng ten (m)"},
        "fields": ["antenna_height_m", "name", "sharing_status"],
    }
