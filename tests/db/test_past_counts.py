"""Counts of a past time from the counts of today are those of the history itself, for every reader."""

import random
from datetime import date, timedelta

import pytest
from sqlalchemy import text

from registry.audit.chain import record
from registry.dashboard.figures import count_singly
from registry.structures.fastpath import past_counts
from registry.structures.filtering.filter import StructureFilter
from registry.structures.positions.moment import When
from tests.db.test_group_counts import further_change
from tests.factories.structures import HAC_THANH, make, organisation_id, place_inside
from tests.support import shared
from tests.support.changing import change
from tests.support.figures import generate
from tests.support.rounds import sizes

database, app, ctx_of, client_of, taken_back = shared.FIXTURES
pytestmark = pytest.mark.usefixtures("register")

FILTERS = (
    {},
    {"choices": {"status": ("active", "suspended")}},
    {"choices": {"kind": ("cable_pole", "antenna_tower"), "condition": ("dangerous",)}},
    {"flags": {"is_public_asset": True}},
)
NAMES = (
    ("kind", "exact", "sharing_status"),
    ("owner_organisation_id", "owner_category"),
    ("condition", "is_public_asset"),
    (past_counts.COMMUNE_THEN, "kind"),
    (past_counts.COMMUNE_THEN,),
)
#: The day of the former districts, and one on which only present communes were in force.
DAYS = (date(2025, 6, 30), date(2026, 10, 30))


@pytest.fixture(scope="module")
def register(ctx_of):
    """Structures of former and present communes, with users, requests and rounds."""
    generate(ctx_of, seed=5, count=24)


def some_time(chance, began, now):
    """A day, a moment, or both, before and since the changes began."""
    moment = began + (now - began) * chance.random()
    day = min(chance.choice((*DAYS, (moment - timedelta(days=chance.randrange(3))).date())), moment.date())
    return chance.choice((When(day), When(None, moment), When(day, moment), When(now.date()), When(None, now)))


def both_ways(ctx, structure_filter, names, monkeypatch):
    """From the counts of today, and from the history of each structure."""
    subtracted = past_counts.count_at(ctx, structure_filter, *names)
    with monkeypatch.context() as patch:
        patch.setattr(past_counts, "MOST_RECORDED", -1)
        return subtracted, past_counts.count_at(ctx, structure_filter, *names)


@pytest.mark.parametrize(("seed", "is_whole"), sizes(2, 8))
def test_counts_of_the_past_are_those_of_the_history(ctx_of, cast, clock, monkeypatch, seed, is_whole):
    chance = random.Random(seed)  # noqa: S311 - a repeatable test
    began = clock.moment - timedelta(days=20)
    with ctx_of("kiemtra1", read_only=True) as ctx:
        around = place_inside(ctx.session, ctx.actor.unit_ids) if seed % 2 else HAC_THANH
    for turn in range(10 if is_whole else 5):
        if turn:
            clock.advance(timedelta(hours=chance.randrange(1, 60)))
            chance.choice((lambda: change(ctx_of, chance, around), lambda: further_change(ctx_of, chance)))()
        for username in (*chance.sample(sorted(cast), len(cast) if is_whole else 2), "viettel", "ubnd.tinh", None):
            with ctx_of(username, read_only=True) as ctx:
                structure_filter = StructureFilter(**chance.choice(FILTERS), when=some_time(chance, began, ctx.now))
                if chance.random() < 0.3:
                    owner = organisation_id(ctx.session, "viettel")
                    structure_filter = StructureFilter(
                        structure_filter.q,
                        structure_filter.choices,
                        structure_filter.flags,
                        owner_id=owner,
                        when=structure_filter.when,
                    )
                names = chance.choice(NAMES)
                counts, each = both_ways(ctx, structure_filter, names, monkeypatch)
                assert counts == each, (turn, username, structure_filter, names)
                if past_counts.COMMUNE_THEN not in names:
                    assert counts == count_singly(ctx, structure_filter, *names), (
                        turn,
                        username,
                        structure_filter,
                        names,
                    )


def test_what_is_changed_and_deleted_later_that_day_is_counted_as_it_was_known(ctx_of, clock, monkeypatch):
    with ctx_of("so.khcn") as ctx:
        kept = make(ctx, owner="vnpt", kind="cable_pole", at=HAC_THANH).id
        gone = make(ctx, owner="vnpt", kind="cable_pole", at=HAC_THANH).id
        record(ctx, "test.change", "structure", None)
        # Only a sample may be deleted.
        ctx.session.execute(text("UPDATE structure SET is_sample = true WHERE id = :id"), {"id": gone})
    known_at = clock.moment + timedelta(hours=1)
    clock.advance(timedelta(hours=2))
    with ctx_of("so.khcn") as ctx:
        record(ctx, "test.change", "structure", None)
        ctx.session.execute(text("UPDATE structure SET status = 'suspended' WHERE id = :id"), {"id": kept})
        ctx.session.execute(text("RESET ROLE"))
        for table in ("cable_pole", "structure"):
            ctx.session.execute(text(f"DELETE FROM {table} WHERE id = :id"), {"id": gone})  # noqa: S608
        ctx.session.execute(text("SELECT add_up_structures()"))
    poles = {}
    for when in (When(None, known_at), When(None, clock.moment)):
        with ctx_of("so.khcn", read_only=True) as ctx:
            counts, each = both_ways(ctx, StructureFilter(when=when), ("kind", "status"), monkeypatch)
        assert counts == each
        poles[when] = (counts["cable_pole", "active"], counts.get(("cable_pole", "suspended"), 0))
    (active, suspended), later = poles.values()
    assert later == (active - 2, suspended + 1)


def test_a_time_since_which_nothing_was_recorded_is_counted_without_the_history(ctx_of, clock, monkeypatch):
    clock.advance(timedelta(days=2))
    yesterday = When((clock.moment - timedelta(days=1)).date())
    with ctx_of("so.khcn", read_only=True) as ctx:
        structure_filter = StructureFilter(when=yesterday)
        asked, from_history = [], past_counts._from_history
        monkeypatch.setattr(past_counts, "_from_history", lambda *of: asked.append(of) or from_history(*of))
        assert sum(past_counts.count_at(ctx, structure_filter, "kind").values()) > 0
    ((_ctx, _chosen, _when, _names, ids),) = asked
    assert ids is not None, "all structures were read from the history"
