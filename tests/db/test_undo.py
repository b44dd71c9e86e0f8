"""What has just been saved is taken back by who saved it: every declared kind of save, generated from UNDOABLE."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from registry.audit.models import AuditEvent
from registry.audit.undo import UNDO_HOURS, UNDOABLE, can_undo, undo_save
from registry.kernel.errors import Conflict, DomainError
from registry.saved_searches.models import SavedSearch
from registry.saved_searches.service import ChangeSearch, SearchOptions, change_search
from tests.factories import saved_searches as searches
from tests.factories import (
    tariffs,
)
from tests.support.saves import Save, whole
from tests.support.saves_of_cases import SAVES_OF_CASES
from tests.support.saves_of_records import SAVES_OF_RECORDS, applying

LATER = timedelta(minutes=5)
SAVES = SAVES_OF_RECORDS | SAVES_OF_CASES


def saved(ctx_of, clock, save, number=1, write=None):
    """The change of a save, and whether its message has the button."""
    clock.advance(LATER)
    with ctx_of(save.username) as ctx:
        (write or save.write)(ctx, number)
        ctx.session.flush()
        return ctx.change_id, can_undo(ctx)


def looked_at(ctx_of, save):
    with ctx_of(save.username, read_only=True) as ctx:
        return save.look(ctx)


def test_every_declared_save_is_tried_here(app):
    del app
    assert set(SAVES) == set(UNDOABLE)


@pytest.mark.parametrize("name", SAVES)
def test_a_save_is_taken_back_once_and_audited(ctx_of, clock, name):
    save = SAVES[name](ctx_of)
    before = looked_at(ctx_of, save)
    change, is_offered = saved(ctx_of, clock, save)
    assert is_offered
    assert looked_at(ctx_of, save) != before
    clock.advance(LATER)
    with ctx_of(save.username) as ctx:
        undo_save(ctx, change)
    assert looked_at(ctx_of, save) == before
    with ctx_of(save.username, read_only=True) as ctx:
        newest = select(AuditEvent.action, AuditEvent.object_kind).order_by(AuditEvent.number.desc()).limit(1)
        last = ctx.session.execute(newest).one()
    assert (last.object_kind, last.action) == (name.split()[0], f"{name.split()[0]}.undo")
    clock.advance(LATER)
    with pytest.raises(DomainError), ctx_of(save.username) as ctx:
        undo_save(ctx, change)


@pytest.mark.parametrize("name", SAVES)
def test_a_save_that_was_followed_by_another_stays(ctx_of, clock, name):
    save = SAVES[name](ctx_of)
    change, _is_offered = saved(ctx_of, clock, save)
    saved(ctx_of, clock, save, 2, save.again)
    after = looked_at(ctx_of, save)
    clock.advance(LATER)
    with pytest.raises(Conflict, match=r"[.]$") as refused, ctx_of(save.username) as ctx:
        undo_save(ctx, change)
    assert len(re.findall(r"[.!](?= |$)", str(refused.value))) == 1
    assert looked_at(ctx_of, save) == after


def test_saves_of_others_of_yesterday_and_of_other_kinds_stay(ctx_of, clock):
    save = SAVES["village village.edit"](ctx_of)
    change, _is_offered = saved(ctx_of, clock, save)
    attempts = [("so.khcn", change), ("viettel", change), (save.username, change - 1), (save.username, change + 1000)]
    for username, change_id in attempts:
        with pytest.raises(Conflict, match="lần lưu của chính mình"), ctx_of(username) as ctx:
            undo_save(ctx, change_id)
    clock.advance(timedelta(hours=UNDO_HOURS))
    with pytest.raises(Conflict, match="lần lưu của chính mình"), ctx_of(save.username) as ctx:
        undo_save(ctx, change)


def test_what_has_consequences_of_its_own_is_not_offered(ctx_of, clock):
    with ctx_of("viettel") as ctx:
        search_id = searches.keep(ctx).id
    watch = Save(
        "viettel",
        lambda ctx, _number: change_search(ctx, ChangeSearch(search_id, 1, SearchOptions("Cột", is_watched=True))),
        whole(SavedSearch),
    )
    assert saved(ctx_of, clock, watch)[1] is False
    today = Save("viettel", lambda ctx, _number: tariffs.publish(ctx, 200_000, first=ctx.today), applying)
    assert saved(ctx_of, clock, today)[1] is False
