"""Occupations of Viettel's poles, written down by the service and taken along their way."""

from datetime import UTC, date, datetime

from registry.occupations.commands import OpenOccupation
from registry.occupations.models import Occupation
from registry.occupations.service import open_occupation
from registry.occupations.workflow import OCCUPATION
from registry.workflow.engine import fire
from tests.factories.structures import make, organisation_id, place_inside

#: Tuesday, ten in the morning in Việt Nam.
NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)
FOUND = {
    "equipment": "Cáp quang 24 sợi",
    "quantity": 2,
    "marks": "VNPT THA 0912",
    "found_on": date(2026, 11, 20),
    "is_dead": False,
    "evidence": "Hai sợi cáp treo chung gông, không có trong hợp đồng nào",
}
CONTRACT = {"contract_number": "15/HĐ-2024", "contract_on": date(2024, 5, 6), "files": ["hop-dong.pdf"]}


def pole(ctx_of, *, now=NOW, **texts):
    """The code of a pole of Viettel in the area of ubnd.xa and kiemtra1."""
    with ctx_of("ubnd.xa", now=now, read_only=True) as ctx:
        at = place_inside(ctx.session, ctx.actor.unit_ids)
    with ctx_of("viettel", now=now) as ctx:
        return make(ctx, kind="cable_pole", at=at, **texts).code


def noted(ctx_of, *, code=None, by="viettel", occupant="vnpt", now=NOW, place_id=None, **values):
    """An occupation written down; returns its id. `occupant` None: nobody knows."""
    code = code or pole(ctx_of, now=now)
    with ctx_of(by, now=now) as ctx:
        occupant_id = organisation_id(ctx.session, occupant) if occupant else None
        return open_occupation(ctx, OpenOccupation(code, FOUND | values, place_id, occupant_id)).id


def move(ctx_of, username, occupation_id, name, *, now=NOW, **data):
    """Make a move in its own transaction with the version as it stands; returns the state it led to."""
    with ctx_of(username, now=now) as ctx:
        version = ctx.session.get_one(Occupation, occupation_id).version
        return fire(ctx, OCCUPATION, occupation_id, name, data, version=version).state


def told(ctx_of, **facts):
    """One that was told: VNPT is to answer, or everybody is asked whose it is."""
    by, now = facts.get("by", "viettel"), facts.get("now", NOW)
    occupation_id = noted(ctx_of, **facts)
    move(ctx_of, by, occupation_id, "notify", now=now)
    return occupation_id


def get(ctx_of, occupation_id, *, now=NOW):
    """An occupation as it stands."""
    with ctx_of("so.khcn", now=now, read_only=True) as ctx:
        occupation = ctx.session.get_one(Occupation, occupation_id)
        ctx.session.expunge(occupation)
        return occupation
