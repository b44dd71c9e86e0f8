"""Whole public lists are made once for a version of the register and served as files; other answers are not stored."""

from pathlib import Path

import pytest

from registry.authz.concurrency import PUBLIC_FILES
from registry.exports.jobs import STORE
from registry.exports.storage import ExportStore
from tests.factories.structures import make
from tests.web.test_costly_answers import all_of, others

__all__ = ["others"]
FILE = "/exports/structures.geojson"


@pytest.fixture(autouse=True)
def store(app, tmp_path, monkeypatch):
    """A store of the test's own."""
    own = ExportStore(tmp_path)
    monkeypatch.setitem(app.extensions, STORE, own)
    return own


def fetched(client, where=FILE):
    with client.get(where) as answer:
        return answer.status_code, answer.headers.get("Content-Disposition"), answer.get_data()


def stored(store):
    return sorted(path.name.rpartition(".")[0] for path in Path(store.root, "public").glob("*"))


def test_one_that_is_stored_is_served_to_a_crowd_without_a_slot(client_of, ctx_of, store, others):
    with ctx_of("viettel") as ctx:
        make(ctx)
    with others(*all_of(PUBLIC_FILES)):
        assert fetched(client_of(None))[0] == 503
    first = fetched(client_of(None))
    assert first[0] == 200
    assert stored(store) == ["structures.geojson.vi"]
    (content,) = Path(store.root, "public").glob("*/content")
    content.write_bytes(first[2] + b" ")
    assert fetched(client_of(None)) == (200, first[1], first[2] + b" ")


def test_a_change_of_the_register_makes_another_and_deletes_the_former_one(client_of, ctx_of, store):
    with ctx_of("viettel") as ctx:
        make(ctx)
    before = fetched(client_of(None))[2]
    with ctx_of("viettel") as ctx:
        make(ctx)
    after = fetched(client_of(None))[2]
    assert after != before
    assert stored(store) == ["structures.geojson.vi"]


def test_a_filter_a_language_and_a_reader_with_an_account_have_files_of_their_own(client_of, ctx_of, store):
    with ctx_of("viettel") as ctx:
        make(ctx)
    assert fetched(client_of("viettel"))[0] == 200
    assert fetched(client_of(None), FILE + "?kind=manhole")[0] == 200
    assert stored(store) == []
    english = client_of(None)
    english.set_cookie("language", "en")
    public, foreign = fetched(client_of(None))[2], fetched(english)[2]
    assert stored(store) == ["structures.geojson.en", "structures.geojson.vi"]
    assert public != foreign or b"GeoJSON" in public
