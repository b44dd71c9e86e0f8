"""The folder of files: whole or not at all, named by content, swept of what nobody names."""

import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from registry.files.storage import GRACE, FileStore, digest
from tests.support.clock import machine_time

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "files")


def _age(path: Path, age: timedelta) -> None:
    moment = (NOW - age).timestamp()
    os.utime(path, (moment, moment))


def test_a_file_is_found_by_its_content(store: FileStore) -> None:
    name = store.keep_served(b"abc")
    assert name == digest(b"abc")
    assert store.path(name).read_bytes() == b"abc"
    assert store.keep_served(b"abc") == name


def test_originals_stand_apart(store: FileStore) -> None:
    name = store.keep_original(b"abc")
    assert store.original_path(name).read_bytes() == b"abc"
    assert not store.path(name).exists()


def test_nobody_else_on_the_machine_may_read_them(store: FileStore) -> None:
    path = store.original_path(store.keep_original(b"abc"))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_nothing_temporary_remains(store: FileStore) -> None:
    store.keep_served(b"abc")
    assert list((store.root / "incoming").iterdir()) == []


@pytest.mark.parametrize("name", ["", "../x", "a" * 63, "A" * 64, "a" * 64 + "/.."])
def test_no_other_name_leads_anywhere(store: FileStore, name: str) -> None:
    with pytest.raises(ValueError, match="no stored name"):
        store.path(name)


def test_the_sweep_takes_only_old_files_that_no_row_names(store: FileStore) -> None:
    named, forgotten, fresh = (store.keep_served(content) for content in (b"1", b"2", b"3"))
    original = store.keep_original(b"4")
    torn = store.root / "incoming" / "torn"
    torn.write_bytes(b"half")
    for path in (store.path(named), store.path(forgotten), store.original_path(original), torn):
        _age(path, GRACE + timedelta(hours=1))
    _age(store.path(fresh), GRACE - timedelta(hours=1))
    assert store.sweep([named], [], NOW) == 3
    assert store.path(named).exists()
    assert store.path(fresh).exists()
    assert not store.path(forgotten).exists()
    assert not store.original_path(original).exists()
    assert not torn.exists()


def test_a_file_sent_again_is_fresh_again(store: FileStore) -> None:
    name = store.keep_served(b"1")
    _age(store.path(name), GRACE * 2)
    store.keep_served(b"1")
    # Its age is counted from the machine's clock, as that of every file.
    assert store.sweep([], [], machine_time()) == 0


def test_sweeping_an_empty_store_does_nothing(store: FileStore) -> None:
    assert store.sweep([], [], NOW) == 0
