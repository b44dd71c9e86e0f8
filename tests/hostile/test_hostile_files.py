"""Every hostile file is refused with its reason, in time, in little memory, without a connection or a stray file."""

import json
import os
import select
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from config.settings import CHECKOUT
from registry.imports.reading.client import DESCRIBE_S
from tests.hostile import archives, databases, maps, texts
from tests.hostile.cases import OUTSIDE, PORT

MODULES = (texts, maps, archives, databases)
REFUSED = {name: case for module in MODULES for name, case in module.REFUSED.items()}
HARMLESS = {name: case for module in MODULES for name, case in module.HARMLESS.items()}
MOST_MEMORY_KB = 600 * 1024
#: One of each family of files, and those that the limits end.
AS_THE_PRODUCT = (
    "10,000 columns",
    "GeoJSON nested 5,000,000 deep",
    "KML with entities of other files",
    "KMZ with entities",
    "workbook of 9 MB of blanks",
    "sheet of OpenOffice repeated without end",
    "old workbook with far cells",
    "GeoPackage whose layer is a view without end",
    "Shapefile whose attributes claim 4 billion rows",
)


def parameters(cases):
    return [pytest.param(case, id=name, marks=[pytest.mark.trial] * case.is_long) for name, case in cases.items()]


@pytest.fixture(scope="module")
def canary():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


@pytest.fixture(scope="module")
def make(canary):
    """A function: case, path -> the content is in the file.

    Made in a process of its own: the memory of a process counts for those that it starts.
    """
    port = str(canary.getsockname()[1]).encode()
    cases = list(REFUSED.values()) + list(HARMLESS.values())
    (orders, to_maker), (answers, from_maker) = os.pipe(), os.pipe()
    maker = os.fork()
    if maker == 0:
        try:
            os.close(to_maker)
            for line in os.fdopen(orders):
                number, path = json.loads(line)
                Path(path).write_bytes(cases[number].make().replace(b":" + PORT, b":" + port))
                os.write(from_maker, b".")
        finally:
            os._exit(0)
    for theirs in (orders, from_maker):
        os.close(theirs)

    def ask(case, path):
        os.write(to_maker, json.dumps([cases.index(case), str(path)]).encode() + b"\n")
        assert os.read(answers, 1), "the maker has died"

    yield ask
    for ours in (to_maker, answers):
        os.close(ours)
    os.waitpid(maker, 0)


@pytest.fixture
def written(canary, make, tmp_path):
    """Gives a function that writes a content under a name that says nothing; afterwards nothing may have happened."""

    def write(case):
        path = tmp_path / "upload"
        make(case, path)
        return path

    private = tmp_path / "private"
    private.mkdir()
    yield write
    assert not select.select([canary], [], [], 0)[0], "it connected"
    for folder in (Path("/tmp"), Path.cwd(), *tmp_path.parents, *Path.cwd().parents):  # noqa: S108
        assert not (folder / OUTSIDE).exists(), "it wrote outside"
    assert sorted(os.listdir(tmp_path)) == ["private", "upload"]
    assert os.listdir(private) == []


def asking(*command):
    """Gives a function: path and private folder -> what became of the file (tests/hostile/reader.py)."""
    whole = (sys.executable, *command)
    with subprocess.Popen(whole, cwd=CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:

        def read(path, most_rows=None):
            order = {"path": str(path), "private": str(path.parent / "private"), "most_rows": most_rows}
            process.stdin.write(json.dumps(order) + "\n")
            process.stdin.flush()
            return json.loads(process.stdout.readline())

        yield read
        process.stdin.close()


@pytest.fixture(scope="module")
def reader():
    yield from asking("-m", "tests.hostile.reader")


@pytest.fixture(scope="module")
def product_reader():
    """One that starts the reading process as the product does."""
    yield from asking("-m", "tests.hostile.reader", "--product")


@pytest.fixture
def large_reader():
    """One that has more memory than any reading process may have."""
    code = "held = bytearray(b'x') * (600 << 20); from tests.hostile.reader import main; main()"
    yield from asking("-c", code, "--product")


@pytest.mark.parametrize("case", parameters(REFUSED))
def test_a_hostile_file_is_refused_with_its_reason(case, written, reader):
    is_refused_as_it_should(case, reader(written(case), case.most_rows))


def is_refused_as_it_should(case, answer):
    assert answer["refused"] is not None, answer
    assert answer["refused"]["fields"] == ["file"]
    assert case.words in answer["refused"]["message"]
    assert "\n" not in answer["refused"]["message"]
    assert answer["seconds"] < DESCRIBE_S
    assert answer["peak_kb"] < MOST_MEMORY_KB


@pytest.mark.parametrize("name", AS_THE_PRODUCT)
def test_a_process_that_is_started_as_the_product_does_refuses_it_alike(name, written, product_reader):
    is_refused_as_it_should(REFUSED[name], product_reader(written(REFUSED[name])))


def test_a_file_that_needs_much_memory_is_told_so_by_a_large_process_too(written, large_reader):
    case = REFUSED["sheet of OpenOffice repeated to 18,000,000 cells"]
    assert case.words in large_reader(written(case))["refused"]["message"]


@pytest.mark.parametrize("case", parameters(HARMLESS))
def test_what_looks_hostile_but_is_text_is_read_as_text(case, written, reader):
    answer = reader(written(case))
    assert answer["rows"]
    assert case.words in "\n".join(answer["first"])
    assert answer["peak_kb"] < MOST_MEMORY_KB


def test_there_are_enough_of_them():
    assert len(REFUSED) >= 70
    assert len(HARMLESS) >= 10
