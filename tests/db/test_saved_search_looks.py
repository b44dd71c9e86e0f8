"""Looks at watched searches: what is new is told once, to its owner alone, and of nothing that they may not see."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text
from werkzeug.datastructures import MultiDict

from registry.accounts.service import disable_user
from registry.audit.chain import record
from registry.audit.models import AuditEvent, AuditNote
from registry.kernel.clock import utc_now
from registry.kernel.errors import Invalid, NotFound
from registry.notices.queries import count_unread
from registry.notices.texts import notice_text
from registry.saved_searches import jobs, service
from registry.saved_searches.jobs import run_check, run_checks
from registry.saved_searches.models import SavedSearch, WatchResult, WatchState
from registry.saved_searches.queries import found_ids, get_search
from registry.saved_searches.service import ChangeSearch, DeleteSearch, SearchOptions, change_search, delete_search
from registry.structures.commands import ChangeStatus
from registry.structures.filtering.url import read_filter
from registry.structures.listing.query import list_structures
from registry.structures.listing.saved_filters import expand_saved
from registry.structures.writing import suspend
from tests.factories.saved_searches import FAR, QUARTER, TOWERS_HERE, keep, look_again, told, tower
from tests.support.fixtures import account


@pytest.fixture
def watched(ctx_of):
    """Viettel watches towers with room here; one stood here before. The id of the search."""
    with ctx_of("vnpt") as ctx:
        tower(ctx)
    with ctx_of("viettel") as ctx:
        return keep(ctx, watched=True).id


def notices_of(ctx_of, username="viettel"):
    with ctx_of(username, read_only=True) as ctx:
        return told(ctx)


def test_nothing_is_told_of_what_was_there_and_each_new_tower_is_told_once(ctx_of, app, database, watched):
    assert look_again(database) == 1
    assert notices_of(ctx_of) == []
    with ctx_of("vnpt") as ctx:
        code = tower(ctx).code
        for away, free, texts in (
            (FAR, 2, {}),
            (0.001, 0, {}),
            (0.001, None, {}),
            (0.001, 2, {"sharing_status": "not_assessed"}),
        ):
            tower(ctx, away=away, free=free, **texts)
    assert look_again(database, 2 * QUARTER) == 1
    assert look_again(database, 3 * QUARTER) == 1
    (notice,) = notices_of(ctx_of)
    assert (notice.event, notice.params["count"], notice.params["codes"]) == ("found", 1, [code])
    with app.test_request_context():
        reading = notice_text(notice)
    assert reading.sentence == f"Có 1 công trình mới khớp bộ lọc đã lưu: {code}."
    assert (reading.title, reading.endpoint) == ("Cột còn chỗ", "structures.list")
    with ctx_of("viettel", read_only=True) as ctx:
        assert count_unread(ctx) == 1
        args = expand_saved(ctx, MultiDict({name: str(value) for name, value in reading.arguments.items()}))
        assert [row.code for row in list_structures(ctx, read_filter(args)).rows] == [code]
    for username in ("vnpt", "so.khcn", "dienluc"):
        with ctx_of(username, read_only=True) as ctx:
            assert count_unread(ctx) == 0
            with pytest.raises(NotFound):
                found_ids(ctx, notice.params["find_id"])
    assert watched == notice.subject_id


def test_a_long_notice_names_the_first_codes_and_counts_the_rest(ctx_of, app, database, watched):
    with ctx_of("vnpt") as ctx:
        codes = sorted(tower(ctx, away=0.0001 * number).code for number in range(7))
    look_again(database)
    (notice,) = notices_of(ctx_of)
    assert notice.params["codes"] == codes[:5]
    with app.test_request_context():
        assert notice_text(notice).sentence.endswith(f"{codes[4]} và 2 công trình khác.")
    with ctx_of("viettel", read_only=True) as ctx:
        assert len(found_ids(ctx, notice.params["find_id"])) == 7
    assert watched


def test_whose_towers_are_named_can_read_that_they_were(ctx_of, database, watched):
    with ctx_of("vnpt") as ctx:
        tower(ctx)
    look_again(database)
    look_again(database, 2 * QUARTER)
    with ctx_of("vnpt", read_only=True) as ctx:
        notes = ctx.session.scalars(select(AuditNote).where(AuditNote.action == "look")).all()
        (note,) = [note for note in notes if note.details["endpoint"] == "saved_searches.look"]
        assert note.owner_ids == [ctx.actor.organisation_id]
        assert note.details["looks"] == [{"what": "saved_search", "owners": note.owner_ids, "rows": 1}]
    with ctx_of("viettel", read_only=True) as ctx:
        assert note.actor_id == ctx.actor.id
    assert watched


def test_a_search_shows_what_its_owner_may_see_now(ctx_of, database):
    """A look after the publication was taken back tells nothing: rights are those of the moment."""
    with ctx_of("viettel") as ctx:
        keep(ctx, watched=True)
    with ctx_of("vnpt") as ctx:
        structure = tower(ctx)
        suspend(ctx, ChangeStatus(structure.code, structure.version, "bảo trì"))
    look_again(database)
    assert notices_of(ctx_of) == []


def test_who_sees_cells_only_is_told_of_cells_by_code_and_of_no_attribute(ctx_of, database):
    with ctx_of("ubnd.tinh") as ctx:
        keep(ctx, "kind=antenna_tower&near=19.807,105.776&within=500", "quanh đây", watched=True)
        keep(ctx, TOWERS_HERE, "còn chỗ", watched=True)
    with ctx_of("vnpt") as ctx:
        code = tower(ctx).code
        tower(ctx, sharing_status="restricted")
        tower(ctx, status="planned")
    look_again(database)
    assert [(n.params["name"], n.params["codes"]) for n in notices_of(ctx_of, "ubnd.tinh")] == [("quanh đây", [code])]
    with ctx_of("vnpt", read_only=True) as ctx:
        notes = select(AuditNote).where(AuditNote.action == "look")
        assert ctx.session.scalars(notes).all() == []


def test_what_left_and_came_back_is_new_again(ctx_of, database, watched):
    with ctx_of("viettel", read_only=True) as ctx:
        assert len(ctx.session.get(WatchState, watched).structure_ids) == 1
    with ctx_of("vnpt") as ctx:
        structure = tower(ctx)
        code, version = structure.code, structure.version
    look_again(database)
    with ctx_of("vnpt") as ctx:
        suspend(ctx, ChangeStatus(code, version, "bảo trì"))
    look_again(database, 2 * QUARTER)
    with ctx_of("vnpt") as ctx:
        ctx.session.execute(text("UPDATE structure SET status = 'active' WHERE code = :code"), {"code": code})
        record(ctx, "test.change", "structure", None)
    look_again(database, 3 * QUARTER)
    assert [notice.params["codes"] for notice in notices_of(ctx_of)] == [[code], [code]]


def test_two_looks_that_began_together_tell_once_and_a_late_one_brings_nothing_back(ctx_of, database, watched):
    now = utc_now() + QUARTER
    with ctx_of("vnpt") as ctx:
        tower(ctx)
    with ctx_of("viettel", read_only=True) as ctx:
        first, second = jobs.check(ctx, watched), jobs.check(ctx, watched)
    with ctx_of("quantri", now=now) as ctx:
        assert jobs.store_result(ctx, first) is True
        assert jobs.store_result(ctx, second) is False
    assert len(notices_of(ctx_of)) == 1
    look_again(database, 2 * QUARTER)
    assert len(notices_of(ctx_of)) == 1


def test_a_run_looks_at_each_search_once_and_two_workers_share_them(ctx_of, database):
    with ctx_of("viettel") as ctx:
        for number in range(3):
            keep(ctx, name=f"số {number}", watched=True)
        keep(ctx, name="không báo")
    now = utc_now() + QUARTER
    assert run_checks(database, now) == 3
    assert run_checks(database, now) == 0
    assert run_checks(database, now + QUARTER, budget_s=0) == 0
    with ctx_of("quantri", now=now + QUARTER) as ctx:
        first = jobs.take_due(ctx, now + QUARTER)
    # The next run goes on with those that wait longest.
    with ctx_of("quantri", now=now + QUARTER) as ctx:
        assert jobs.take_due(ctx, now + QUARTER).search_id != first.search_id


def test_a_closed_account_is_told_nothing(ctx_of, database, watched):
    with ctx_of("quantri") as ctx:
        disable_user(ctx, account(ctx.session, "viettel").id)
    with ctx_of("vnpt") as ctx:
        tower(ctx)
    assert look_again(database) == 0
    with ctx_of("so.khcn", read_only=True) as ctx:
        owner_id = ctx.session.get(SavedSearch, watched).user_id
        assert told(ctx) == []
    # Closed between the choice of the search and the look.
    run_check(database, jobs.DueSearch(watched, owner_id), utc_now() + QUARTER)
    assert notices_of(ctx_of, "so.khcn") == []


def test_too_many_matches_cannot_be_watched_and_end_the_watching(ctx_of, app, database, watched, monkeypatch):
    monkeypatch.setattr(service, "MAX_WATCHED_MATCHES", 1)
    monkeypatch.setattr(jobs, "MAX_WATCHED_MATCHES", 1)
    with ctx_of("vnpt") as ctx:
        tower(ctx)
    with pytest.raises(Invalid) as refused, ctx_of("viettel") as ctx:
        keep(ctx, name="quá nhiều", watched=True)
    assert "không theo dõi được" in refused.value.fields["is_watched"][0]
    look_again(database)
    look_again(database, 2 * QUARTER)
    (notice,) = notices_of(ctx_of)
    with app.test_request_context():
        assert "không được theo dõi nữa" in notice_text(notice).sentence
    with ctx_of("so.khcn", read_only=True) as ctx:
        assert ctx.session.get(SavedSearch, watched).is_watched is False
        assert ctx.session.get(WatchState, watched) is None
        stops = select(AuditEvent).where(AuditEvent.action == "saved_search.stop")
        assert len(ctx.session.scalars(stops).all()) == 1


def test_a_filter_that_the_list_no_longer_takes_ends_the_watching_and_not_the_job(ctx_of, database, watched):
    with ctx_of("viettel") as ctx:
        keep(ctx, name="khác", watched=True)
        ctx.session.execute(text("UPDATE saved_search SET query = 'kind=gone' WHERE id = :id"), {"id": watched})
        record(ctx, "test.change", "saved_search", watched)
    with ctx_of("vnpt") as ctx:
        tower(ctx)
    assert look_again(database) == 2
    assert [(notice.event, notice.params["name"]) for notice in notices_of(ctx_of)] == [
        ("stopped", "Cột còn chỗ"),
        ("found", "khác"),
    ]


def test_watching_again_begins_afresh_and_deleting_ends_everything(ctx_of, database, watched):
    def wish(**wishes):
        with ctx_of("viettel") as ctx:
            saved_search = get_search(ctx, watched)
            change_search(ctx, ChangeSearch(watched, saved_search.version, SearchOptions("Cột còn chỗ", **wishes)))

    wish()
    with ctx_of("vnpt") as ctx:
        tower(ctx)
    assert look_again(database) == 0
    wish(is_watched=True)
    assert look_again(database, 2 * QUARTER) == 1
    assert notices_of(ctx_of) == []
    with ctx_of("vnpt") as ctx:
        tower(ctx)
    look_again(database, 3 * QUARTER)
    with ctx_of("viettel") as ctx:
        delete_search(ctx, DeleteSearch(watched, get_search(ctx, watched).version))
        for table in (WatchState, WatchResult):
            assert ctx.session.scalars(select(table)).all() == []
    assert len(notices_of(ctx_of)) == 1


def test_the_list_of_an_old_notice_is_forgotten_in_words(ctx_of, database, watched):
    with ctx_of("vnpt") as ctx:
        tower(ctx)
    look_again(database)
    (notice,) = notices_of(ctx_of)
    look_again(database, timedelta(days=91))
    with pytest.raises(NotFound, match="không còn được giữ"), ctx_of("viettel", read_only=True) as ctx:
        found_ids(ctx, notice.params["find_id"])
    assert watched
