"""How the tests are shared out between processes, and how what each of them counted is summed up."""

import pytest

from tests.suite.price import Price, table
from tests.suite.shares import scope_of


@pytest.mark.parametrize(
    ("test", "scope"),
    [
        ("tests/db/test_tariffs.py::test_replaced[a::b]", "tests/db/test_tariffs.py"),
        ("tests/permissions/test_moves.py::test_moves", "tests/permissions"),
        ("tests/process/test_serve.py::test_serve", "tests/process"),
    ],
)
def test_a_file_or_a_folder_that_shares_rows_goes_to_one_process(test, scope):
    assert scope_of(test) == scope


def test_two_processes_are_summed_up():
    price = Price()
    for seconds in (1.5, 2.0):
        other = Price()
        other.layers["db", "call"] += seconds
        other.layers["db", "statements"] += 600
        other.files["tests/db/test_tariffs.py"] += seconds
        other.fixtures["register"] += seconds
        other.times["register"] += 1
        price.add(other.as_data())

    lines = [line.split() for line in table(price)]

    assert ["3.5", "tests/db/test_tariffs.py"] in lines
    assert ["3.5", "register", "(2)"] in lines
    assert ["db", "0.0", "3.5", "0.0", "0.0", "0.0", "0.0", "0", "0", "0", "1,200"] in lines
