"""Counts by group, kept by the database, say for every reader what counting the structures one by one says."""

import random
from datetime import date, timedelta

import pytest
from sqlalchemy import select, text

from registry.audit.chain import record
from registry.dashboard.figures import count_on_days, count_singly
from registry.structures.fastpath import group_counts
from registry.structures.filtering.checks import good_until_now
from registry.structures.filtering.filter import StructureFilter
from registry.structures.models import Structure
from registry.structures.positions.moment import When
from registry.upkeep.queries import freshness
from tests.factories.structures import HAC_THANH, make, place_inside
from tests.support import shared
from tests.support.changing import change
from tests.support.figures import generate
from tests.support.rounds import sizes

database, app, ctx_of, client_of, taken_back = shared.FIXTURES
pytestmark = pytest.mark.usefixtures("register")

FILTERS = (
    {},
    {"choices": {"kind": ("cable_pole", "cable_duct"), "condition": ("dangerous",)}},
    {"choices": {"sharing_status": ("available",)}},
    {"flags": {"is_public_asset": True}},
    {"extra": {"room": "1"}},
    {"extra": {"used": "1"}},
    {"quality": "no_capacity"},
    {"confirmed": "newer"},
    {"confirmed": "older", "since": date(2026, 1, 1)},
)
#: Ends of years are kept, other days are read from the facts.
DAYS = ((date(2024, 12, 31), date(2025, 12, 31)), (date(2024, 11, 9), date(2025, 12, 31)), (date(2026, 10, 30),))
NAMES = (("kind", "exact", "sharing_status"), ("owner_organisation_id",), ("owner_category",), ("commune_id", "status"))
WHAT = ("add up", "place", "condition", "survey", "of the past", "new", "deleted", "public", "commune")
#: A pole that nothing names.
FREE_POLE = (
    "SELECT id FROM cable_pole WHERE id NOT IN (SELECT structure_id FROM capacity_place)"
    " AND id NOT IN (SELECT structure_id FROM structure_disclosure)"
    " AND id NOT IN (SELECT structure_id FROM cable_member)"
    " AND id NOT IN (SELECT structure_id FROM colocation_item) ORDER BY id LIMIT 1"
)


@pytest.fixture(scope="module")
def register(ctx_of):
    """Structures of former and present communes, with users, requests and rounds."""
    generate(ctx_of, seed=3, count=24)


def further_change(ctx_of, chance):
    """One thing that happens to what groups and days are made of, beside where structures stand."""
    what = chance.choice(WHAT)
    moment = None
    with ctx_of("so.khcn") as ctx:
        some = chance.sample(list(ctx.session.scalars(select(Structure.id).order_by(Structure.id))), 3)
        record(ctx, "test.change", "structure", None)
        if what == "place":
            ctx.session.execute(
                text("UPDATE capacity_place SET total = coalesce(total, 0) + 3 WHERE id % 2 = :odd"),
                {"odd": chance.randrange(2)},
            )
        elif what == "add up":
            since = good_until_now(ctx)
            ctx.session.execute(text("RESET ROLE"))
            ctx.session.execute(text("SELECT count_fresh_since(:since), add_up_structures()"), {"since": since})
        elif what == "new":
            make(ctx, owner="vnpt", kind="cable_pole", at=HAC_THANH)
        elif what == "deleted":
            ctx.session.execute(text("RESET ROLE"))
            structure_id = ctx.session.scalar(text(FREE_POLE))
            ctx.session.execute(text("UPDATE structure SET is_sample = true WHERE id = :id"), {"id": structure_id})
            for table in ("cable_pole", "structure"):
                ctx.session.execute(text(f"DELETE FROM {table} WHERE id = :id"), {"id": structure_id})  # noqa: S608
        elif what == "of the past":
            ago = ctx.now - timedelta(days=chance.randrange(1, 900))
            ctx.session.execute(text("SELECT set_config('registry.effective_at', :at, true)"), {"at": ago.isoformat()})
            moment = "UPDATE structure SET name = name || ' cũ', status = 'active' WHERE id = ANY(:ids)"
        elif what == "commune":
            moment = "UPDATE structure SET commune_id = (SELECT min(commune_id) FROM structure) WHERE id = ANY(:ids)"
        else:
            column = {
                "condition": "condition = 'dangerous'",
                "survey": "surveyed_on = '2026-06-01'",
                "public": "is_public_asset = NOT is_public_asset",
            }[what]
            moment = f"UPDATE structure SET {column} WHERE id = ANY(:ids)"  # noqa: S608
        if moment:
            ctx.session.execute(text(moment), {"ids": some})


def compared(ctx, chance):
    """Some counts of a reader from the groups, and one by one."""
    structure_filter, names = StructureFilter(**chance.choice(FILTERS)), chance.choice(NAMES)
    assert group_counts.is_grouped(structure_filter, names)
    days = [When(day) for day in chance.choice(DAYS)]
    kept = (group_counts.count_groups(ctx, structure_filter, *names), count_on_days(ctx, days), freshness(ctx))
    alone = count_singly(ctx, structure_filter, *names)
    on_days = [sum(count_singly(ctx, StructureFilter(when=when), "kind").values()) for when in days]
    since = freshness(ctx, When(recorded_at=ctx.now))
    return kept, (alone, on_days, since), (structure_filter, names, days)


@pytest.mark.parametrize(("seed", "is_whole"), sizes(2, 8))
def test_counts_by_group_are_those_of_the_structures_themselves(ctx_of, cast, seed, is_whole):
    chance = random.Random(seed)  # noqa: S311 - a repeatable test
    with ctx_of("kiemtra1", read_only=True) as ctx:
        around = place_inside(ctx.session, ctx.actor.unit_ids) if seed % 2 else HAC_THANH
    for turn in range(8 if is_whole else 4):
        if turn:
            chance.choice((lambda: change(ctx_of, chance, around), lambda: further_change(ctx_of, chance)))()
        for username in (*chance.sample(sorted(cast), len(cast) if is_whole else 2), "viettel", "ubnd.tinh", None):
            with ctx_of(username, read_only=True) as ctx:
                kept, alone, asked = compared(ctx, chance)
            assert kept == alone, (turn, username, asked)
