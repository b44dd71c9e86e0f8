"""A kind that came later is used like the first ones: a revision with one call gives it history and rights."""

import json
import subprocess
import sys

from config.settings import CHECKOUT


def test_a_kind_that_a_revision_adds_is_registered_listed_and_exported(live_url, tmp_path):
    program = [sys.executable, "-m", "tests.toy.small_cell", live_url, str(tmp_path)]
    answer = subprocess.run(program, cwd=CHECKOUT, capture_output=True, text=True, timeout=60, check=False)
    assert answer.returncode == 0, answer.stderr
    assert json.loads(answer.stdout) == {
        "/structures": [200, True],
        "/exports/structures.csv": [200, True],
        "/structures/<code>": [200, True],
    }
