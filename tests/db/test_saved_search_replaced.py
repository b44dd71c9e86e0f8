"""Another filter under the name of a kept one: by its owner alone, and what had matched begins afresh."""

import pytest
from sqlalchemy import select

from registry.audit.models import AuditEvent
from registry.kernel.errors import Conflict, Invalid, NotFound
from registry.saved_searches import jobs, service
from registry.saved_searches.models import SavedSearch, WatchResult, WatchState
from registry.saved_searches.queries import get_search
from registry.saved_searches.service import ReplaceFilter, replace_filter
from registry.structures.listing.query import matching_ids
from tests.db.test_saved_searches import colleague
from tests.factories.saved_searches import QUARTER, TOWERS_HERE, keep, look_again, told, tower
from tests.factories.structures import make

__all__ = ["colleague"]
WIDER = "kind=antenna_tower&near=19.807%2C105.776&within=5000"


@pytest.fixture
def watched(ctx_of):
    """Viettel watches towers with room here, of which there are two; the default, shared. The id of the search."""
    with ctx_of("vnpt") as ctx:
        tower(ctx)
    with ctx_of("viettel") as ctx:
        search_id = keep(ctx, watched=True, shared=True, default=True).id
    with ctx_of("vnpt") as ctx:
        tower(ctx, away=0.0005)
    return search_id


def replace(ctx, search_id, query=WIDER, *, version=None):
    version = get_search(ctx, search_id).version if version is None else version
    return replace_filter(ctx, ReplaceFilter(search_id, version, query))


def test_the_filter_alone_is_another_one(ctx_of, watched):
    with ctx_of("viettel") as ctx:
        before = get_search(ctx, watched)
        kept_values = (before.name, before.slug, before.is_shared, before.is_watched, before.is_default, before.user_id)
        after = replace(ctx, watched, WIDER + "&sort=name&cursor=x&saved=y&opened=z")
        assert after.query == WIDER + "&sort=name"
        assert kept_values == (
            after.name,
            after.slug,
            after.is_shared,
            after.is_watched,
            after.is_default,
            after.user_id,
        )


def test_what_had_matched_begins_afresh(ctx_of, database, watched):
    look_again(database)
    with ctx_of("viettel") as ctx:
        assert len(told(ctx)) == 1
        assert len(ctx.session.scalars(select(WatchResult)).all()) == 1
    with ctx_of("vnpt") as ctx:
        make(ctx, owner="vnpt", sharing_status="available", at=(105.79, 19.807))
    with ctx_of("viettel") as ctx:
        replace(ctx, watched)
        look = ctx.session.scalars(select(WatchState)).one()
        assert set(look.structure_ids) == set(matching_ids(ctx, read(WIDER), 100))
        assert len(look.structure_ids) == 3
        assert ctx.session.scalars(select(WatchResult)).all() == []
    look_again(database, 2 * QUARTER)
    with ctx_of("vnpt") as ctx:
        new = make(ctx, owner="vnpt", sharing_status="available", at=(105.795, 19.807)).code
    look_again(database, 3 * QUARTER)
    with ctx_of("viettel") as ctx:
        (_old, notice) = told(ctx)
        assert notice.params["codes"] == [new]


def read(query):
    return jobs.read_filter(jobs.args_of(SavedSearch(query=query)))


def test_a_look_at_the_old_filter_that_is_still_running_is_dropped(ctx_of, watched):
    with ctx_of("viettel", read_only=True) as ctx:
        look_result = jobs.check(ctx, watched)
    assert len(look_result.new) == 1
    with ctx_of("viettel") as ctx:
        replace(ctx, watched)
    with ctx_of(None) as ctx:
        assert jobs.store_result(ctx, look_result) is False
    with ctx_of("viettel") as ctx:
        assert told(ctx) == []


def test_nobody_else_replaces_it(ctx_of, watched, colleague):
    for username in (colleague, "so.khcn", "quantri"):
        with pytest.raises(NotFound), ctx_of(username) as ctx:
            replace(ctx, watched, version=2)
    with ctx_of("viettel") as ctx:
        assert get_search(ctx, watched).query == TOWERS_HERE


def test_a_stale_form_replaces_nothing(ctx_of, watched):
    with ctx_of("viettel") as ctx:
        version = get_search(ctx, watched).version
        replace(ctx, watched, version=version)
    with pytest.raises(Conflict, match="Cột còn chỗ"), ctx_of("viettel") as ctx:
        replace(ctx, watched, TOWERS_HERE, version=version)
    with ctx_of("viettel") as ctx:
        assert get_search(ctx, watched).query == WIDER


@pytest.mark.parametrize(("query", "words"), [("", "chưa lọc"), ("kind=antenna_tower&foo=1", "“foo”")])
def test_what_cannot_be_kept_does_not_come_in_its_place(ctx_of, watched, query, words):
    with pytest.raises(Invalid, match=words), ctx_of("viettel") as ctx:
        replace(ctx, watched, query)


def test_what_matches_too_much_cannot_be_watched(ctx_of, watched, monkeypatch):
    monkeypatch.setattr(service, "MAX_WATCHED_MATCHES", 1)
    with pytest.raises(Invalid, match="không theo dõi được"), ctx_of("viettel") as ctx:
        replace(ctx, watched)
    with ctx_of("viettel") as ctx:
        assert get_search(ctx, watched).query == TOWERS_HERE


def test_a_replacement_is_recorded(ctx_of, watched):
    with ctx_of("viettel") as ctx:
        replace(ctx, watched)
    with ctx_of("so.khcn", read_only=True) as ctx:
        query = select(AuditEvent).where(AuditEvent.action == "saved_search.replace")
        event = ctx.session.scalars(query).one()
        assert event.object_id == watched


def test_one_that_is_not_watched_is_not_looked_at(ctx_of):
    with ctx_of("viettel") as ctx:
        saved = keep(ctx)
        replace(ctx, saved.id)
        assert ctx.session.scalars(select(WatchState)).all() == []
