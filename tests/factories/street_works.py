"""Announced works, made by the services as their users make them."""

from datetime import date
from decimal import Decimal

from sqlalchemy import select

from registry.street_works.commands import AnnounceWork
from registry.street_works.service import announce_work
from registry.street_works.workflow import STREET_WORK
from registry.streets.work_models import StreetWork, StreetWorkKind
from registry.workflow.engine import fire
from tests.factories.planned_routes import geojson

VALUES = {
    "kind": StreetWorkKind.WATER,
    "work": "Thay ống cấp nước D200",
    "from_place": None,
    "to_place": None,
    "starts_on": date(2026, 12, 10),
    "ends_on": date(2027, 1, 20),
    "is_dug": True,
    "width_m": Decimal("0.8"),
    "depth_m": Decimal("1.2"),
    "contact_name": "Nguyễn Văn Bình",
    "contact_phone": "0237 3852 000",
    "note": None,
}


def work(ctx_of, *places, username="dienluc", street="", commune=None, now=None, line=None, **values):
    """The id of announced work along places (metres east, north of the origin of planned routes)."""
    drawn = line or (geojson(*places) if places else None)
    with ctx_of(username, now=now) as ctx:
        return announce_work(ctx, AnnounceWork(VALUES | values, street, commune, drawn)).id


def move(ctx_of, work_id, name, *, username="dienluc", now=None, **data):
    """Make a move with the version as it stands; the state after it."""
    with ctx_of(username, now=now) as ctx:
        version = ctx.session.scalars(select(StreetWork.version).where(StreetWork.id == work_id)).one()
        return fire(ctx, STREET_WORK, work_id, name, data, version=version).state
