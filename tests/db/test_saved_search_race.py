"""A look that ends while the owner changes the search waits for its turn: neither is refused for a deadlock."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from registry.authz.blueprint import DATABASE
from registry.kernel.db.session import WEB_ROLE, Database
from registry.saved_searches import jobs
from registry.saved_searches.models import SavedSearch, WatchState
from registry.saved_searches.queries import get_search
from registry.saved_searches.service import (
    ChangeSearch,
    DeleteSearch,
    ReplaceFilter,
    SearchOptions,
    change_search,
    delete_search,
    replace_filter,
)
from tests.factories.saved_searches import TOWERS_HERE, keep, told, tower
from tests.support.live import context, wait_until_blocked

_ENDS = 20


@pytest.fixture
def rival_database(live_url):
    database = Database(live_url, role=WEB_ROLE)
    yield database
    database.dispose()


def unwatch(ctx, search):
    change_search(ctx, ChangeSearch(search.id, search.version, SearchOptions("Không theo dõi", False, False, False)))


def delete(ctx, search):
    delete_search(ctx, DeleteSearch(search.id, search.version))


def replace(ctx, search):
    replace_filter(ctx, ReplaceFilter(search.id, search.version, TOWERS_HERE + "&sort=name"))


@pytest.mark.parametrize("too_much", [False, True], ids=["found", "too much"])
@pytest.mark.parametrize("change", [unwatch, delete, replace])
def test_the_owner_changes_a_search_while_its_look_ends(live_app, rival_database, monkeypatch, change, too_much):
    database = DATABASE.of(live_app)
    with live_app.app_context(), context(database, "viettel") as ctx:
        search_id = keep(ctx, watched=True).id
    with live_app.app_context(), context(database, "vnpt") as ctx:
        tower(ctx)
    with live_app.app_context(), context(database, "viettel", read_only=True) as ctx:
        look_result = jobs.check(ctx, search_id)
    assert len(look_result.new) == 1
    if too_much:
        monkeypatch.setattr(jobs, "MAX_WATCHED_MATCHES", 0)

    def end_the_look():
        with live_app.app_context(), context(database) as ctx:
            return jobs.store_result(ctx, look_result)

    with live_app.app_context(), ThreadPoolExecutor(1) as pool:
        with context(rival_database, "viettel") as ctx:
            # Where the owner's change is when it has the search and not yet the look.
            search = get_search(ctx, search_id)
            ctx.session.refresh(search, with_for_update=True)
            ending = pool.submit(end_the_look)
            wait_until_blocked(ctx.session)
            change(ctx, search)
        assert ending.result(timeout=_ENDS) is False
        with context(database, "viettel", read_only=True) as ctx:
            kept = ctx.session.scalars(select(SavedSearch.is_watched)).all()
            looks = ctx.session.scalars(select(WatchState.number)).all()
            assert told(ctx) == []
    assert (kept, looks) == {unwatch: ([False], []), delete: ([], []), replace: ([True], [2])}[change]
