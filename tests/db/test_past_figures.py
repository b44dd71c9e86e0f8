"""Figures of the overview and of data quality at a time equal those of a rebuild from what was said, and stay so."""

from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from registry.accounts.models import Organisation
from registry.capacity.commands import SetPlace
from registry.capacity.models import PlaceUnit
from registry.capacity.service import set_place
from registry.dashboard.figures import count_by_kind, count_by_unit
from registry.kernel.clock import local_date
from registry.structures.codes import Status
from registry.structures.commands import CreateStructure
from registry.structures.filtering.checks import CHECKS, months_before
from registry.structures.filtering.url import read_filter
from registry.structures.listing.query import count_structures, list_structures
from registry.structures.positions.moment import read_when
from registry.structures.writing import create_structure
from registry.upkeep.queries import count_checks, count_checks_at, freshness, list_owners_of_quality
from tests.db.test_past_rebuilt import KIND, PLACES, START, STEP, World
from tests.factories.structures import make, organisation_id, position_at, values_for

GONE = (Status.DECOMMISSIONED, Status.REMOVED)
MONTHS = 12
#: Others can only be asked of the present.
TOLD = {
    *("impossible", "days_out_of_order", "unconfirmed", "unknown_position", "no_condition", "no_capacity"),
    "no_plan_item",
}


def figures(ctx, args):
    """What the two pages count at a time."""
    when = read_when(args)
    (owner,) = ctx.session.scalars(select(Organisation.id).where(Organisation.code == "viettel"))
    fresh = freshness(ctx, when)
    return {
        "kinds": {
            figure.code: (
                figure.total,
                {status.value: number for status, number in figure.by_sharing.items()},
                figure.coarse,
            )
            for figure in count_by_kind(ctx, when)
        },
        "units": {figure.name: figure.count for figure in count_by_unit(ctx, when)},
        "fresh": (fresh.total, fresh.fresh),
        "checks": count_checks_at(ctx, owner, when),
        "owners": [row.short_name for row in list_owners_of_quality(ctx, when)],
    }


def compare(figures_read, ctx, expected, day, args, told):
    """The figures are counts of the rebuilt values, and of the lists that they open, here those of `told`."""
    total, sharing, coarse = figures_read["kinds"][KIND]
    assert total == len(expected)
    assert sharing == Counter(values["sharing_status"].value for values in expected.values())
    assert coarse == 0
    standing = [values for values in expected.values() if values["status"] not in GONE]
    since = months_before(day, MONTHS)
    fresh = [values for values in standing if values["registered_on"] >= since]
    assert figures_read["fresh"] == (len(standing), len(fresh))
    assert figures_read["checks"] == {
        **dict.fromkeys(set(CHECKS) - TOLD - {"near_others"}),
        "impossible": 0,
        "days_out_of_order": 0,
        "unconfirmed": len(standing) - len(fresh),
        "unknown_position": 0,
        "no_condition": sum(values["condition"] is None for values in standing),
        "no_capacity": len(standing),
        "no_plan_item": 0,
    }
    assert figures_read["owners"] == (["Viettel Thanh Hóa"] if standing else [])
    rows = list_structures(ctx, read_filter(MultiDict(args)), size=200).rows
    assert figures_read["units"] == Counter(row.commune_name for row in rows if row.commune_name)
    for code in told:
        listed = count_structures(ctx, read_filter(MultiDict(args | {"quality": code})))
        assert listed == figures_read["checks"][code], code
    newer = count_structures(ctx, read_filter(MultiDict(args | {"confirmed": "newer"})))
    assert newer == len(fresh)


def rebuilt(world, day, known_at):
    """The values of a time, each with the day of its registration."""
    registered = {
        rebuilt_structure.code: local_date(rebuilt_structure.statements[0].recorded_at)
        for rebuilt_structure in world.rebuilt
    }
    expected = world.expected(day, known_at)
    return {code: values | {"registered_on": registered[code]} for code, values in expected.items()}


LIVES = given(
    before=st.lists(STEP, min_size=3, max_size=9),
    after=st.lists(STEP, min_size=1, max_size=4),
    probes=st.lists(st.tuples(st.integers(-70, 0), st.integers(0, 100)), min_size=2, max_size=3),
)
CHANCES = {"deadline": None, "suppress_health_check": list(HealthCheck), "database": None}


@settings(max_examples=2, **CHANCES)
@LIVES
def test_figures_of_the_past_are_those_of_a_rebuild_and_stay_so(database, ctx_of, before, after, probes):
    with database._bind.begin_nested() as savepoint:
        compare_worlds(World(ctx_of), before, after, probes, by_turns=2)
        savepoint.rollback()


@pytest.mark.trial
@settings(max_examples=40, **CHANCES)
@LIVES
def test_figures_of_the_past_are_those_of_a_rebuild_and_stay_so_in_many_lives(database, ctx_of, before, after, probes):
    with database._bind.begin_nested() as savepoint:
        compare_worlds(World(ctx_of), before, after, probes)
        savepoint.rollback()


def compare_worlds(world, before, after, probes, *, by_turns=1):
    """`by_turns`: into how many parts the lists of checks are divided, of which each comparison has one."""
    for step in before:
        world.take(*step)
    span, kept = world.moment - START, []
    with world.reading() as ctx:
        for number, (days, share) in enumerate(probes, 1):
            day, known_at = local_date(world.moment) + timedelta(days=days), START + span * share / 100
            args = {"as_of": day.isoformat(), "recorded_at": known_at.isoformat()}
            figures_read = figures(ctx, args)
            told = sorted(TOLD)[number % by_turns :: by_turns]
            compare(figures_read, ctx, rebuilt(world, day, known_at), day, args, told)
            kept.append((args, figures_read))
        only_day = {"as_of": day.isoformat()}
        told = sorted(TOLD)[::by_turns]
        compare(figures(ctx, only_day), ctx, rebuilt(world, day, ctx.now), day, only_day, told)
    for step in after:
        world.take(*step)
    with world.reading() as ctx:
        for args, figures_read in kept:
            assert figures(ctx, args) == figures_read


def test_today_as_a_day_of_the_past_gives_the_figures_of_the_present(ctx_of):
    with ctx_of("viettel") as ctx:
        make(ctx, condition=None)
        make(ctx, kind="cable_pole", condition="good", sharing_status="available")
        placed = make(ctx, position_method="unknown")
        set_place(ctx, SetPlace(placed.code, "Sàn 1", PlaceUnit.POSITION, 2))
    with ctx_of("vnpt") as ctx:
        make(ctx, owner="vnpt", sharing_status="available")
        make(ctx, owner="vnpt")
    for username in ("viettel", "vnpt", "so.khcn"):
        with ctx_of(username, read_only=True) as ctx:
            when = read_when({"as_of": ctx.today.isoformat()})
            owner = organisation_id(ctx.session, "vnpt" if username == "vnpt" else "viettel")
            assert count_by_kind(ctx, when) == count_by_kind(ctx), username
            assert count_by_unit(ctx, when) == count_by_unit(ctx), username
            assert freshness(ctx, when) == freshness(ctx), username
            now, then = count_checks(ctx, owner), count_checks_at(ctx, owner, when)
            assert {code for code, number in then.items() if number is None} == set(now) - TOLD
            assert {code: then[code] for code in TOLD} == {code: now[code] for code in TOLD}, username
            names = [row.short_name for row in list_owners_of_quality(ctx)]
            assert [row.short_name for row in list_owners_of_quality(ctx, when)] == names


def test_a_value_that_was_impossible_then_counts_then_alone(ctx_of):
    """The day of building lay ahead of the day that is asked for, not of today."""
    with ctx_of("viettel", now=START) as ctx:
        owner = organisation_id(ctx.session, "viettel")
        values = values_for(KIND, built_on="01/01/2026")
        late = CreateStructure(KIND, owner, values, position_at(*PLACES[0]), effective_on=date(2025, 12, 1))
        create_structure(ctx, late)
    with ctx_of("so.khcn", now=START + timedelta(days=30), read_only=True) as ctx:
        for args, number in (
            ({"as_of": "2025-12-15"}, 1),
            ({"as_of": "2026-01-01"}, 0),
            ({"as_of": "2025-12-15", "recorded_at": "2026-01-04"}, 0),
        ):
            assert count_checks_at(ctx, owner, read_when(args))["impossible"] == number, args
            listed = read_filter(MultiDict(args | {"quality": "impossible"}))
            assert count_structures(ctx, listed) == number, args
