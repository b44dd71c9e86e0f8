"""How the tests are shared out: by the seconds of their files, which are written again only after a drift."""

import json

from tests.suite import __main__ as suite
from tests.suite.collection import durations_of_tests


def test_the_seconds_of_a_file_are_divided_among_its_tests():
    tests = ["tests/db/a.py::one", "tests/db/a.py::two", "tests/db/new.py::one"]

    assert durations_of_tests({"tests/db/a.py": 3.0, "tests/db/gone.py": 9.0}, tests) == {
        "tests/db/a.py::one": 1.5,
        "tests/db/a.py::two": 1.5,
    }


def test_the_seconds_are_written_only_after_a_drift(tmp_path, monkeypatch):
    monkeypatch.setattr(suite, "DURATIONS", tmp_path / "durations.json")

    suite.store([[("tests/db/a.py::one", 10.0, "passed")], [("tests/web/b.py::one", 10.5, "passed")]])
    assert not suite.DURATIONS.exists()

    suite.store([[("tests/db/a.py::one", 10.0, "passed")], [("tests/web/b.py::one", 20.0, "passed")]])
    assert json.loads(suite.DURATIONS.read_text()) == {"tests/db/a.py": 10.0, "tests/web/b.py": 20.0}
