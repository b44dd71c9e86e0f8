"""Registers by chance: every declared figure agrees over all readers, scopes, papers, lists and moments."""

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from registry.accounts.models import Organisation
from registry.campaigns.consolidation import register_figures
from registry.campaigns.measures import stations_by_technology
from registry.capacity.commands import AddEntry, SetPlace
from registry.capacity.models import CapacityPlace, PlaceUnit, Technology
from registry.capacity.service import add_entry, set_place
from registry.dashboard.figures import count_groups, list_figures
from registry.indicators.declared import FIGURES, FigureQuery, FigureScope, read_figure
from registry.indicators.models import IndicatorUnit
from registry.structures.codes import IN_SERVICE
from registry.structures.commands import ChangeStatus
from registry.structures.filtering.url import read_filter
from registry.structures.kinds import HOSTS, KINDS
from registry.structures.listing.query import count_structures
from registry.structures.models import Structure
from registry.structures.positions.moment import When
from registry.structures.queries import get_structure
from registry.structures.writing import decommission, resume, suspend
from tests.factories.structures import make
from tests.support.rounds import seeds

START = datetime(2026, 3, 2, 2, tzinfo=UTC)
STEP = timedelta(days=20)
OWNERS = ("viettel", "vnpt")
HOLDERS = ("Viettel", "VNPT", "MobiFone")
READERS = ("so.khcn", "so.xaydung", "ubnd.tinh", "viettel", "vnpt", "ubnd.xa")
MOVES = {"suspend": suspend, "resume": resume, "decommission": decommission}


def play(ctx_of, chance, moment, number):
    """Structures of two owners with users, some of which are restricted, suspended or decommissioned afterwards."""
    for _structure in range(number):
        owner = chance.choice(OWNERS)
        status = chance.choice(("available", "not_assessed", "restricted"))
        kind = chance.choice(("antenna_tower", "antenna_tower", "cable_pole", "cable_route"))
        with ctx_of(owner, now=moment) as ctx:
            more = {"laying": chance.choice(("aerial", "underground"))} if kind == "cable_route" else {}
            if kind != "cable_route":
                more = {"sharing_status": status, **({"restriction_basis": "CV 1"} if status == "restricted" else {})}
            code = make(ctx, owner=owner, kind=kind, **more).code
            if kind == "antenna_tower" and chance.random() < 0.8:
                set_place(ctx, SetPlace(code, "Sàn 1", PlaceUnit.POSITION, 3))
                for holder in chance.sample(HOLDERS, chance.randint(0, 3)):
                    use = AddEntry(code, "Sàn 1", 1, holder=holder, technology=Technology.G4)
                    add_entry(ctx, use)
    for name in ("suspend", "decommission", "resume"):
        change(ctx_of, chance, moment, name)


def change(ctx_of, chance, moment, name):
    """One move of one structure that it is possible for."""
    fits = {"suspend": "active", "decommission": "active", "resume": "suspended"}[name]
    with ctx_of("so.khcn", now=moment, read_only=True) as ctx:
        query = select(Structure.code, Organisation.code.label("owner")).join(
            Organisation, Organisation.id == Structure.owner_organisation_id
        )
        used = select(CapacityPlace.id).where(CapacityPlace.structure_id == Structure.id, CapacityPlace.used > 0)
        query = query.where(Structure.status == fits, Organisation.code.in_(OWNERS))
        if name == "decommission":
            query = query.where(~used.exists())
        rows = [tuple(row) for row in ctx.session.execute(query.order_by(Structure.id))]
    if not rows:
        return
    code, owner = chance.choice(rows)
    with ctx_of(owner, now=moment) as ctx:
        MOVES[name](ctx, ChangeStatus(code, get_structure(ctx, code).version, reason="Lý do", on=None))


TILES = ("available", "not_assessed")
#: Figures that are not given as they were known at an earlier moment.
OF_THE_PRESENT = ("underground_cable", "streets.")


def value(ctx, code, **query):
    parts = read_figure(ctx, code, FigureQuery(**query))
    return parts and parts.value


def of_province(ctx, day):
    return {
        code: value(ctx, code, on=day)
        for code, figure in FIGURES.items()
        if FigureScope.PROVINCE in figure.scopes and not code.startswith("villages")
    }


@pytest.mark.parametrize("seed", seeds(1, 200))
def test_every_figure_agrees_over_readers_scopes_papers_and_moments(ctx_of, seed):
    chance = random.Random(seed)  # noqa: S311 -- chances of a test
    play(ctx_of, chance, START, 8)
    first = START + timedelta(hours=1)
    with ctx_of("so.khcn", now=first, read_only=True) as ctx:
        frozen, papers = of_province(ctx, ctx.today), register_figures(ctx, When(ctx.today, ctx.now))
    play(ctx_of, chance, START + STEP, 4)
    now = START + STEP + timedelta(hours=1)
    with ctx_of("so.khcn", now=now, read_only=True) as ctx:
        figures, today = of_province(ctx, ctx.today), ctx.today
        agree_with_lists(ctx, figures)
        agree_with_papers(ctx, figures)
        agree_over_owners(ctx, figures)
        for code, figure in FIGURES.items():
            if {FigureScope.READER, FigureScope.PROVINCE} <= set(figure.scopes):
                assert value(ctx, code, on=today, scope=FigureScope.READER) == figures[code], code
    for reader in READERS:
        with ctx_of(reader, now=now, read_only=True) as ctx:
            for code in ("shared_positions", "shared_stations", "underground_cable"):
                assert value(ctx, code, on=today) == figures[code], (reader, code)
    with ctx_of("so.khcn", now=now, read_only=True) as ctx:
        day = first.date()
        reread = {code: number for code, number in frozen.items() if not code.startswith(OF_THE_PRESENT)}
        assert {code: value(ctx, code, on=day, known_at=first) for code in reread} == reread
        assert register_figures(ctx, When(day, first)) == papers


def agree_with_lists(ctx, figures):
    """Counts equal the lists of structures in service, and rooms are rooms of these."""
    for code in KINDS:
        args = MultiDict([("kind", code), ("status", "active"), ("restricted", "no")])
        assert figures[f"count.{code}"] == count_structures(ctx, read_filter(args)), code
    tiles = {tile.key: tile.count for tile in list_figures(ctx)}
    assert {code: tiles[code] for code in TILES} == {code: figures[code] for code in TILES}
    room = read_filter(MultiDict([("room", "1")]))
    counted = count_groups(ctx, room, "kind", "status")
    assert {status for _kind, status in counted} <= {status.value for status in IN_SERVICE}
    assert sum(counted.values()) == count_structures(ctx, room)
    assert {kind for kind, _status in counted} <= set(HOSTS)


def agree_with_papers(ctx, figures):
    register = register_figures(ctx, When(ctx.today, ctx.now))
    units = [*register["units"], {"kinds": register["unplaced"]}]
    assert sum(sum(unit["kinds"].values()) for unit in units) == figures["count.all"]
    sharing = register["sharing"]
    assert sharing["positions"] == figures["count.antenna_tower"]
    assert sharing["shared_positions"] == figures["towers.shared"]
    assert sharing["stations"] == figures["towers.stations"]
    stated = sharing["position_pct"]
    assert (None if stated is None else Decimal(stated)) == figures["shared_positions"]
    # Each user has one technology at a tower here.
    technologies = stations_by_technology(ctx, When(ctx.today, ctx.now))
    assert sum(station.in_use for station in technologies) == figures["towers.stations"]


def agree_over_owners(ctx, figures):
    """What owners have adds up to what the province has."""
    for code, figure in FIGURES.items():
        if figure.unit is IndicatorUnit.COUNT and {FigureScope.PROVINCE, FigureScope.OWNER} <= set(figure.scopes):
            owners = ctx.session.scalars(select(Structure.owner_organisation_id).distinct()).all()
            numbers = [value(ctx, code, on=ctx.today, scope=FigureScope.OWNER, owner_id=owner) for owner in owners]
            assert sum(numbers) == figures[code], code


def test_a_figure_is_read_in_no_scope_that_it_does_not_have(ctx_of):
    with ctx_of("so.khcn", read_only=True) as ctx, pytest.raises(ValueError, match="villages_mobile"):
        read_figure(ctx, "villages_mobile", FigureQuery(date(2026, 1, 1), scope=FigureScope.READER))
