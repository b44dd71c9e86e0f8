"""Whole public lists are made by the worker and served as files; no visitor waits for one, other answers are made."""

from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from registry.authz.concurrency import PUBLIC_FILES
from registry.exports import public_files
from registry.exports.jobs import STORE
from registry.exports.storage import ExportStore
from registry.kernel.exports.dataset import ExportFormat
from registry.kernel.exports.lists import list_of
from tests.factories.structures import make
from tests.support.public_files import make_all
from tests.web.test_costly_answers import all_of, others

__all__ = ["others"]
FILE = "/exports/structures.geojson"
LANGUAGES = 2


@pytest.fixture(autouse=True)
def store(app, tmp_path, monkeypatch):
    """A store of the test's own."""
    own = ExportStore(tmp_path)
    monkeypatch.setitem(app.extensions, STORE.name, own)
    return own


@pytest.fixture(autouse=True)
def one_format(monkeypatch):
    """The list has one format: what is said is the same of all."""
    monkeypatch.setattr(public_files, "_formats", lambda exported: [ExportFormat.GEOJSON] if exported.is_stored else [])


def fetched(client, where=FILE):
    with client.get(where) as answer:
        return answer.status_code, answer.headers.get("Content-Disposition"), answer.get_data()


def stored(store):
    return sorted(path.name.rpartition(".")[0] for path in Path(store.root, "public").glob("*"))


def test_until_the_first_one_is_made_a_visitor_is_answered_at_once_when_to_come_again(app, client_of, store):
    with client_of(None).get(FILE) as early:
        assert early.status_code == 503
        assert int(early.headers["Retry-After"]) > 0
        assert "đang được hệ thống lập" in early.text
    assert stored(store) == []
    assert make_all(app) == LANGUAGES
    assert fetched(client_of(None))[0] == 200


def test_one_that_is_made_is_served_to_a_crowd_without_a_slot(app, client_of, ctx_of, others):
    with ctx_of("viettel") as ctx:
        make(ctx)
    make_all(app)
    with others(*all_of(PUBLIC_FILES)):
        assert fetched(client_of(None))[0] == 200


def test_a_visitor_gets_the_newest_with_its_moment_until_the_next_is_made(app, client_of, ctx_of, store, clock):
    with ctx_of("viettel") as ctx:
        make(ctx)
    make_all(app)
    first = fetched(client_of(None))
    with ctx_of("viettel") as ctx:
        make(ctx)
    clock.advance(timedelta(minutes=5))
    assert make_all(app) == 0
    assert fetched(client_of(None)) == first
    clock.advance(timedelta(minutes=6))
    assert make_all(app) == LANGUAGES
    second = fetched(client_of(None))
    assert second[1] != first[1]
    assert second[2] != first[2]
    assert stored(store) == ["structures.geojson.en", "structures.geojson.vi"]


def test_one_of_this_version_is_not_made_again(app, ctx_of, clock):
    with ctx_of("viettel") as ctx:
        make(ctx)
    assert make_all(app) == LANGUAGES
    clock.advance(timedelta(minutes=11))
    assert make_all(app) == 0


def test_a_filter_a_language_and_a_reader_with_an_account_have_files_of_their_own(app, client_of, ctx_of, store):
    with ctx_of("viettel") as ctx:
        make(ctx)
    assert fetched(client_of("viettel"))[0] == 200
    assert fetched(client_of(None), FILE + "?kind=manhole")[0] == 200
    assert stored(store) == []
    make_all(app)
    english = client_of(None)
    english.set_cookie("language", "en")
    public, foreign = fetched(client_of(None))[2], fetched(english)[2]
    assert public != foreign or b"GeoJSON" in public


def test_the_more_making_takes_the_rarer_it_is(app, store, ctx_of, clock, monkeypatch):
    with ctx_of("viettel") as ctx:
        make(ctx)
    moments = iter(range(0, 10_000, 120))
    monkeypatch.setattr(public_files, "_RUN_S", 10_000)
    monkeypatch.setattr(public_files, "time", SimpleNamespace(monotonic=lambda: next(moments)))
    make_all(app)
    with ctx_of("viettel") as ctx:
        make(ctx)
    clock.advance(timedelta(minutes=15))
    assert list(public_files._due(store)) == []
    clock.advance(timedelta(hours=2))
    assert {due[2] for due in public_files._due(store)} == {list_of("structures")}
