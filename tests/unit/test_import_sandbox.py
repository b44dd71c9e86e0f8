"""The process that reads uploads: its walls, its limits, and that nothing it says is simply believed."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from registry.imports.reading import client, protocol, selftest
from registry.imports.reading.client import open_file
from registry.imports.reading.limits import MAX_BYTES
from registry.imports.reading.protocol import FileDescription, ReadOptions, Row, TableDescription
from registry.kernel import sandbox_process
from registry.kernel.errors import Invalid
from registry.kernel.sandbox_process import PREFIX
from tests.hostile.databases import geopackage, shapefile

pytestmark = pytest.mark.real_reader

CHECKOUT = Path(__file__).resolve().parents[2]
TABLE = TableDescription("S", "", ("a", "b"), 1, None)
WALLS = b'{"sandbox":{}}\n'
DESCRIPTION = protocol.description_line(FileDescription("csv", (TABLE,)))
BROKEN, MEMORY, TIME = "bị hỏng", "quá nhiều bộ nhớ", "quá nhiều thời gian"


def rows_line(*rows):
    return protocol.to_line({"rows": rows})


@pytest.fixture
def upload(tmp_path):
    path = tmp_path / "upload"
    path.write_bytes(b"a;b\r\n1;2\r\n")
    return path


@pytest.fixture
def impostor(monkeypatch, upload):
    """Gives a function that reads a file by a process that runs the given code instead of ours."""

    def read(code, *lines):
        script = f"import sys, os, time; [sys.stdout.buffer.write(line) for line in {list(lines)!r}]; "
        script += f"sys.stdout.flush(); {code}"
        monkeypatch.setattr(sandbox_process, "_START", script.replace("{", "{{").replace("}", "}}"))
        with open_file(upload, ReadOptions()) as reading:
            return list(reading)

    return read


def refusal(read, *arguments):
    with pytest.raises(Invalid) as caught:
        read(*arguments)
    assert list(caught.value.fields) == ["file"]
    return caught.value.message


# --- walls ----------------------------------------------------------------------------------------------------------


def test_behind_the_walls_there_is_no_network_no_other_file_no_program_and_little_memory(tmp_path):
    report = selftest.selftest(tmp_path)
    assert (report.network, report.files, report.programs, report.memory) == (True, True, True, True)
    assert report.ok
    assert os.listdir(tmp_path) == []


@pytest.mark.skipif(os.geteuid() != 0 or shutil.which("setpriv") is None, reason="needs root to become another user")
def test_the_walls_stand_for_an_ordinary_user_too(tmp_path):
    """It may read all files, as an ordinary user of an installed program may read the program, and nothing else."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.chown(folder, 65534, 65534)
        code = (
            "import sys; sys.path.insert(0, sys.argv[1]); from pathlib import Path;"
            "from registry.imports.reading.selftest import selftest; print(selftest(Path(sys.argv[2])))"
        )
        as_nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=+dac_read_search"]
        command = [*as_nobody, "--ambient-caps=+dac_read_search", "--", sys.executable, "-c", code, CHECKOUT, folder]
        done = subprocess.run(command, capture_output=True, text=True, check=True, cwd="/", env={"TMPDIR": folder})
    assert done.stdout.strip() == "SelfTest(network=True, files=True, programs=True, memory=True)"


def test_directories_that_a_killed_program_left_are_removed_and_those_in_use_are_not(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    old, young, other = (tmp_path / name for name in (f"{PREFIX}old", f"{PREFIX}young", "other"))
    for folder in (old, young, other):
        folder.mkdir()
        (folder / "input").write_bytes(b"x")
    for folder in (old, other):
        os.utime(folder, (0, 0))
    selftest.remove_leftovers()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other", f"{PREFIX}young"]


def test_a_missing_wall_is_named_with_the_remedy():
    report = selftest.SelfTest(network=False, files=True, programs=True, memory=True)
    assert not report.ok
    assert "mạng" in report.detail
    assert "seccomp" in report.detail


def test_the_directory_of_a_file_is_gone_when_it_is_closed(upload):
    before = set(Path(tempfile.gettempdir()).glob(f"{PREFIX}*"))
    with open_file(upload, ReadOptions()) as reading:
        private = reading._private
        assert private not in before
        assert private.exists()
    assert not private.exists()


def test_the_process_has_an_empty_environment_and_dies_with_its_reader(upload, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://secret")
    with open_file(upload, ReadOptions()) as reading:
        pid = reading._process.pid
        assert os.getpgid(pid) == pid
        assert "secret" not in Path(f"/proc/{pid}/cmdline").read_text()
    assert reading._process.returncode is not None
    assert not Path(f"/proc/{pid}").exists()


def test_without_a_closed_network_what_gdal_reads_is_refused_and_the_rest_is_read(upload, tmp_path, monkeypatch):
    code = (
        "import sys; sys.path.insert(0, sys.argv.pop()); from registry.kernel import sandbox;"
        "sandbox.enter_sandbox = lambda private: sandbox.SandboxStatus(network=False, files=True, user=True);"
        "from registry.imports.reading.child import main; main()"
    )
    monkeypatch.setattr(sandbox_process, "_START", code)
    for number, content in enumerate((geopackage(), shapefile())):
        path = tmp_path / str(number)
        path.write_bytes(content)
        assert "không chặn được mạng" in refusal(open_file, path, ReadOptions())
    with open_file(upload, ReadOptions()) as reading:
        assert [row.cells for row in reading] == [("1", "2")]


def test_options_of_any_length_reach_the_process(upload):
    words = tuple(f"từ {number}" for number in range(50_000))
    with open_file(upload, ReadOptions(known_headers=words)) as reading:
        assert [row.cells for row in reading] == [("1", "2")]
        assert "từ 7" not in Path(f"/proc/{reading._process.pid}/cmdline").read_text()


# --- limits ---------------------------------------------------------------------------------------------------------


def test_a_file_that_takes_too_long_is_refused(impostor, monkeypatch):
    monkeypatch.setattr(client, "DESCRIBE_S", 0.3)
    assert TIME in refusal(impostor, "time.sleep(60)", WALLS)


def test_the_time_of_rows_is_counted_too(impostor, monkeypatch):
    monkeypatch.setattr(client, "DESCRIBE_S", 1)
    assert TIME in refusal(impostor, "time.sleep(60)", WALLS, DESCRIPTION)


def test_a_process_that_stood_in_line_for_a_processor_gets_its_time_back_up_to_a_limit(impostor, monkeypatch):
    monkeypatch.setattr(client, "cpu_wait_s", lambda _pid: 1_000.0)
    monkeypatch.setattr(client, "DESCRIBE_S", 0.1)
    assert TIME in refusal(impostor, "time.sleep(60)", WALLS)
    monkeypatch.setattr(client, "MOST_BUSY", 10_000)
    assert impostor("pass", WALLS, DESCRIPTION, b'{"end":0}\n') == []


def test_processor_time_is_bounded_by_the_kernel(impostor):
    code = "import resource; resource.setrlimit(resource.RLIMIT_CPU, (1, 2))\nwhile True: pass"
    assert TIME in refusal(impostor, code, WALLS)


@pytest.mark.parametrize(
    ("number", "words"),
    [
        # A library that is refused memory, and the kernel where the machine has none.
        (signal.SIGSEGV, MEMORY),
        (signal.SIGBUS, MEMORY),
        (signal.SIGABRT, MEMORY),
        (signal.SIGKILL, MEMORY),
        (signal.SIGXCPU, TIME),
        (signal.SIGTERM, BROKEN),
    ],
    ids=["SIGSEGV", "SIGBUS", "SIGABRT", "SIGKILL", "SIGXCPU", "SIGTERM"],
)
def test_a_signal_that_ends_the_process_is_answered_with_the_limit_it_stands_for(impostor, number, words):
    """Whatever was seen of its memory by then: it may take all of it between two looks."""
    code = f"import resource; resource.setrlimit(resource.RLIMIT_CORE, (0, 0)); os.kill(os.getpid(), {int(number)})"
    assert words in refusal(impostor, code, WALLS, DESCRIPTION)


def test_an_empty_or_huge_file_starts_no_process(tmp_path, monkeypatch):
    monkeypatch.setattr(client, "start", None)
    path = tmp_path / "upload"
    path.write_bytes(b"")
    assert "rỗng" in refusal(open_file, path, ReadOptions())
    with path.open("wb") as out:
        out.truncate(MAX_BYTES + 1)
    assert "100 MB" in refusal(open_file, path, ReadOptions())


# --- nothing is believed --------------------------------------------------------------------------------------------


def test_rows_come_as_they_were_said(impostor):
    lines = (WALLS, DESCRIPTION, rows_line((2, None, ["1", "2"]), (4, "POINT (1 2)", ["x", ""])), b'{"end":2}\n')
    assert impostor("pass", *lines) == [Row(2, ("1", "2")), Row(4, ("x", ""), "POINT (1 2)")]


@pytest.mark.parametrize(
    "lines",
    [
        (),
        (b"hello\n",),
        (b"[" * 100_000 + b"\n",),
        (b'{"sandbox":{},"end":0}\n',),
        (b'{"other":1}\n',),
        (WALLS, b'{"description":{}}\n'),
        (WALLS, b'{"description":7}\n'),
        (WALLS, b'{"rows":[]}\n'),
        (WALLS, DESCRIPTION.replace(b'"csv"', b'"exe"')),
        (WALLS, DESCRIPTION.replace(b'"b"', b'"\\u0000"')),
        (WALLS, DESCRIPTION.replace(b'["a","b"]', json.dumps(["a"] * 301).encode())),
        (WALLS, DESCRIPTION.replace(b'"row_count":null', b'"row_count":1e9')),
        (WALLS, DESCRIPTION),
        (WALLS, DESCRIPTION, rows_line((2, None, ["1", "2"]))),
        (WALLS, DESCRIPTION, rows_line((2, None, ["1", "2"])), b'{"end":1'),
        (WALLS, DESCRIPTION, rows_line((2, None, ["1", "2"])), b'{"end":2}\n'),
        (WALLS, DESCRIPTION, rows_line((2, None, ["1"])), b'{"end":1}\n'),
        (WALLS, DESCRIPTION, rows_line((2, None, ["1", 2])), b'{"end":1}\n'),
        (WALLS, DESCRIPTION, rows_line((2, None, ["1", None])), b'{"end":1}\n'),
        (WALLS, DESCRIPTION, rows_line((2, None, ["1", "a\x00b"])), b'{"end":1}\n'),
        (WALLS, DESCRIPTION, rows_line((2, 7, ["1", "2"])), b'{"end":1}\n'),
        (WALLS, DESCRIPTION, rows_line((2, None, ["1", "x" * 40_000])), b'{"end":1}\n'),
        (WALLS, DESCRIPTION, b'{"rows":[[2,null,["1","\\ud800"]]]}\n', b'{"end":1}\n'),
        (WALLS, DESCRIPTION, rows_line((2, None, ["1", "2"]), (2, None, ["1", "2"])), b'{"end":2}\n'),
        (WALLS, DESCRIPTION, rows_line((-1, None, ["1", "2"])), b'{"end":1}\n'),
        (WALLS, DESCRIPTION, b'{"failed":"KeyError at x.py:1"}\n'),
        (WALLS, b'{"refused":7}\n'),
    ],
    ids=range(27),
)
def test_what_the_process_would_not_say_makes_the_file_a_broken_one(impostor, lines):
    assert BROKEN in refusal(impostor, "pass", *lines)


def test_a_line_without_end_is_not_gathered(impostor):
    assert BROKEN in refusal(impostor, f"sys.stdout.buffer.write(b'x' * {protocol.MAX_LINE + 3_000_000})", WALLS)


def test_a_process_that_closes_its_output_and_lives_on_leaves_a_broken_file(impostor):
    assert BROKEN in refusal(impostor, "os.close(1); time.sleep(600)", WALLS, DESCRIPTION)


def test_a_refusal_may_come_in_the_middle(impostor):
    lines = (WALLS, DESCRIPTION, rows_line((2, None, ["1", "2"])), protocol.to_line({"refused": "Dòng 3 sai."}))
    assert refusal(impostor, "pass", *lines) == "Dòng 3 sai."


def test_a_refusal_speaks_the_language_of_the_reader(tmp_path):
    path = tmp_path / "upload"
    path.write_bytes(b"%PDF-1.7")
    sentence = refusal(open_file, path, ReadOptions(language="en"))
    assert "PDF" in sentence
    assert "Tệp" not in sentence


def test_a_long_row_travels_whole():
    batch = protocol.Batch()
    row = Row(1, ("đ" * 32_767,) * 40, "LINESTRING (" + ", ".join(["105.1234567 19.1234567"] * 50_000) + ")")
    assert batch.add(row)
    line = batch.take()
    assert len(line) < protocol.MAX_LINE
    name, value = protocol.message_from(line)
    assert name == "rows"
    assert protocol.rows_from(value, 40, 0) == [row]
