"""Structures with what they bear, occupants with what they weigh, and requests that say all a screening asks."""

from decimal import Decimal

from sqlalchemy import select

from registry.capacity.commands import AddEntry, SetPlace
from registry.capacity.models import CapacityPlace, PlaceUnit
from registry.capacity.service import add_entry, set_place
from registry.colocation.commands import EditItem, EditRequest
from registry.colocation.screening.models import SpanOver
from registry.colocation.screening.service import screen_now
from registry.colocation.service import edit_item, edit_request
from registry.structures.commands import EditStructure
from registry.structures.queries import get_structure
from registry.structures.writing import edit_structure
from registry.structures.writing.create_edit import current_values
from tests.factories.colocation import CONTENT, ON_A_TOWER, draft, items_of
from tests.factories.sites import height_in
from tests.factories.structures import make

OPEN = {"sharing_status": "available"}
TOWER = {"height_m": "42", "rated_area_m2": "12", "rated_area_height_m": "42", "mast_form": "monopole"}
POLE = {"length_m": "8,5", "setting_depth_m": "1,4", "pole_role": "straight", "rated_top_load_n": "3000"}
POWER_POLE = POLE | {"length_m": "10", "voltage_kv": "0,4", "lowest_power_line_m": "7,3"}
DUCT = {"bore_count": "4", "bore_diameter_mm": "110"}
TRENCH = {"tray_width_mm": "300", "tray_rated_kg_m": "15"}
ON_A_TOWER_WITH_AREA = ON_A_TOWER | {"attach_height_m": Decimal(36), "exposed_area_m2": Decimal("2.4")}
ON_A_POLE = {
    "quantity": 1,
    "equipment": "Cáp quang 24 sợi",
    "cables": 1,
    "cable_diameter_mm": Decimal(12),
    "attach_height_m": Decimal(6),
    "span_m": Decimal(40),
    "cable_mass_kg_m": Decimal("0.15"),
    "tension_n": Decimal(1500),
    "crosses": SpanOver.LANE,
}
IN_A_DUCT = {"quantity": 1, "equipment": "Cáp quang 48 sợi", "cables": 2, "cable_diameter_mm": Decimal(20)}
ON_A_TRAY = {
    "quantity": 1,
    "equipment": "Cáp quang 96 sợi",
    "cables": 4,
    "cable_diameter_mm": Decimal(20),
    "cable_mass_kg_m": Decimal("0.9"),
}
#: Kind -> what its structure bears, its place, what is asked of it.
KINDS = {
    "antenna_tower": (TOWER, ("Sàn 36 m", PlaceUnit.POSITION), ON_A_TOWER_WITH_AREA),
    "cable_pole": (POLE, ("Cột", PlaceUnit.CABLE), ON_A_POLE),
    "power_pole_shared": (POWER_POLE, ("Cột", PlaceUnit.CABLE), ON_A_POLE),
    "cable_duct": (DUCT, ("Ống", PlaceUnit.BORE), IN_A_DUCT),
    "technical_trench": (TRENCH, ("Tầng", PlaceUnit.LEVEL), ON_A_TRAY),
    "technical_tunnel": (TRENCH, ("Tầng", PlaceUnit.LEVEL), ON_A_TRAY),
}


def site(ctx, kind, *, total=3, owner="viettel", places=None, **texts):
    """A published structure of a kind that says what it bears, with its usual place or others (label -> unit)."""
    bears, usual, _asked = KINDS[kind]
    structure = make(ctx, owner=owner, kind=kind, **(OPEN | bears | texts))
    for label, unit in (places or dict([usual])).items():
        set_place(ctx, SetPlace(structure.code, label, unit, total, height_in(label)))
    return structure


def occupy(ctx, code, label, quantity=1, *, holder="Viettel", **loads):
    """Something in use at a place, with what it weighs."""
    measures = {name: Decimal(str(value)) for name, value in loads.items()}
    return add_entry(ctx, AddEntry(code, label, quantity, holder=holder, loads=measures))


def ask(ctx, structure, *, label=None, **values):
    """A complete draft for one structure, asking for its first place or the one of this label."""
    request = draft(ctx, structure.code)
    edit_request(ctx, EditRequest(request.id, request.version, CONTENT))
    (item,) = (each for each in items_of(ctx, request) if each.structure_id == structure.id)
    wanted = select(CapacityPlace.id).where(CapacityPlace.structure_id == structure.id).order_by(CapacityPlace.id)
    if label is not None:
        wanted = wanted.where(CapacityPlace.label == label)
    asked = KINDS[structure.kind][2] | values
    edit_item(ctx, EditItem(request.id, item.id, request.version, ctx.session.scalar(wanted.limit(1)), asked))
    return request


def screened(ctx, structure, **values):
    """What the screening says of a draft for one structure."""
    return screen_now(ctx, ask(ctx, structure, **values))[structure.id]


def change(ctx, code, **values):
    """The owner edits a structure."""
    structure = get_structure(ctx, code)
    edit_structure(ctx, EditStructure(code, structure.version, current_values(structure) | values, None))
