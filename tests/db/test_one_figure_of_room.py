"""Record, file, offer, filter, site search, route search and screening read one figure of free room from one ledger."""

import random

import pytest
from sqlalchemy import select

from registry.capacity.commands import SetPlace
from registry.capacity.models import UNPLACED, CapacityPlace, PlaceUnit
from registry.capacity.offers import is_full
from registry.capacity.queries import place_totals
from registry.capacity.room import rooms_of
from registry.capacity.rules import usual_unit
from registry.capacity.service import set_place
from registry.colocation.queries import place_options
from registry.colocation.screening.models import Verdict
from registry.colocation.screening.service import screen_now
from registry.exports.structures import _slot_sums
from registry.kernel.errors import Invalid
from registry.planned_routes.queries import candidates
from registry.planned_sites.rules import Need, judge
from registry.structures.filtering.filter import StructureFilter
from registry.structures.kinds import KINDS
from registry.structures.listing.query import list_structures
from registry.structures.models import Structure
from registry.structures.queries import get_structure
from tests.factories.cables import LAT, LON, cable
from tests.factories.screening import ask, occupy, site
from tests.support.rounds import sizes

#: Of two places it is not known which one a cable has.
TWO = {"Vị trí 1": PlaceUnit.CABLE, "Vị trí 2": PlaceUnit.CABLE}
CARRYING = ("cable_pole", "power_pole_shared", "cable_duct", "technical_trench")


def generated(ctx_of, chance, kind):
    """The code of a structure of Viettel with places, uses, and cables of VNPT that the ledger gives no place."""
    labels = [f"Vị trí {number}" for number in range(chance.randint(1, 2))]
    unit = usual_unit(KINDS[kind])
    with ctx_of("viettel") as ctx:
        structure = site(ctx, kind, places=dict.fromkeys(labels, unit), total=chance.randint(1, 2), at=(LON, LAT))
        for label in labels:
            if chance.random() < 0.5:
                occupy(ctx, structure.code, label)
        code = structure.code
    with ctx_of("vnpt") as ctx:
        for _number in range(chance.randint(0, 3)):
            cable(ctx, code, owner="vnpt")
    return code


def figures(ctx, code, kind):
    """Each reader's figure of what is free for certain."""
    structure = get_structure(ctx, code)
    sums = _slot_sums(CapacityPlace.__table__)
    rooms = rooms_of(ctx, [structure.id])[structure.id]
    verdict = judge(structure, rooms, None, Need(kind, 1), frozenset())
    return {
        "record": place_totals(ctx, [structure.id])[structure.id].free,
        "file": ctx.session.scalar(select(sums.c.places_free).where(sums.c.structure_id == structure.id)),
        "site search": verdict.free,
        "route search": candidates(ctx, [structure.id], 1)[structure.id].free,
    }


@pytest.mark.parametrize(("seed", "is_whole"), sizes(2, 40))
@pytest.mark.parametrize("kind", CARRYING)
def test_every_reader_has_one_figure_of_free_room(ctx_of, kind, seed, is_whole):
    chance = random.Random(f"{seed}{kind}{is_whole}")  # noqa: S311 -- chances of a test
    code = generated(ctx_of, chance, kind)
    with ctx_of("vnpt") as ctx:
        by_reader = figures(ctx, code, kind)
        (free,) = set(by_reader.values())
        listed = {row.code for row in list_structures(ctx, StructureFilter(extra={"room": "1"})).rows}
        assert (code in listed) is (free > 0), by_reader
        structure = get_structure(ctx, code)
        assert ctx.session.scalar(select(is_full(Structure.id)).where(Structure.code == code)) is (free == 0)
        (screening,) = screen_now(ctx, ask(ctx, structure)).values()
        assert free > 0 or screening.verdict is not Verdict.FITS


def test_cables_without_a_place_make_the_screening_of_the_last_free_one_a_study_with_the_reason(ctx_of):
    with ctx_of("viettel") as ctx:
        code = site(ctx, "cable_pole", places=TWO, total=1, at=(LON, LAT)).code
    with ctx_of("vnpt") as ctx:
        cable(ctx, code, owner="vnpt")
        cable(ctx, code, owner="vnpt")
        (screening,) = screen_now(ctx, ask(ctx, get_structure(ctx, code))).values()
    steps = [step[1] for step in screening.steps]
    assert any("2 cáp đi qua công trình chưa rõ ở vị trí nào" in step for step in steps), steps
    assert screening.verdict is Verdict.NEEDS_STUDY


def test_no_request_asks_for_the_place_of_cables_without_one(ctx_of):
    with ctx_of("viettel") as ctx:
        code = site(ctx, "cable_pole", places=TWO, total=1, at=(LON, LAT)).code
    with ctx_of("vnpt") as ctx:
        cable(ctx, code, owner="vnpt")
        structure = get_structure(ctx, code)
        assert UNPLACED not in str(place_options(ctx, structure.id))
        with pytest.raises(Invalid):
            ask(ctx, structure, label=UNPLACED)


def test_a_name_of_cables_without_a_place_is_no_place_of_an_owner(ctx_of):
    with ctx_of("viettel") as ctx:
        code = site(ctx, "cable_pole", places=TWO, total=1, at=(LON, LAT)).code
        with pytest.raises(Invalid):
            set_place(ctx, SetPlace(code, UNPLACED.upper(), PlaceUnit.CABLE, 3))
