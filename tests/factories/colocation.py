"""Requests to use others' structures, made by the service as their users make them."""

from datetime import date
from decimal import Decimal

from sqlalchemy import select

from registry.capacity.commands import SetPlace
from registry.capacity.models import CapacityPlace, PlaceUnit, Technology
from registry.capacity.service import set_place
from registry.colocation.codes import OfferKind, RefusalGround
from registry.colocation.commands import EditItem, EditRequest, StartRequests
from registry.colocation.models import ColocationItem, ColocationRequest
from registry.colocation.service import edit_item, edit_request, start_requests
from registry.colocation.workflow import COLOCATION
from registry.structures.codes import SharingStatus
from registry.structures.commands import EditStructure
from registry.structures.queries import get_structure
from registry.structures.writing import edit_structure
from registry.structures.writing.create_edit import current_values
from registry.workflow.engine import fire
from tests.factories.structures import make

LABEL = "Sàn 32 m"
CONTENT = {
    "kind": "new",
    "contact_name": "Trần Thị Hoa",
    "contact_phone": "0912 345 678",
    "contact_email": "hoa@vnpt.example",
    "purpose": "Phủ sóng 5G khu dân cư phía Nam",
    "wanted_from": date(2030, 1, 1),
    "term_months": 60,
}
ON_A_TOWER = {
    "quantity": 1,
    "equipment": "Trạm 5G THA0123",
    "technology": Technology.G5,
    "antennas": 3,
    "attach_height_m": Decimal("32"),
    "weight_kg": Decimal("180"),
}


def tower(ctx, *, owner="viettel", total=3, **texts):
    """A published tower with one place of so many positions (None: unknown)."""
    structure = make(ctx, owner=owner, **({"sharing_status": "available"} | texts))
    set_place(ctx, SetPlace(structure.code, LABEL, PlaceUnit.POSITION, total))
    return structure


def draft(ctx, *codes):
    """A new draft for structures of one owner."""
    (request,) = start_requests(ctx, StartRequests(codes))
    return request


def items_of(ctx, request):
    """The items of a request by id."""
    query = select(ColocationItem).where(ColocationItem.request_id == request.id).order_by(ColocationItem.id)
    return list(ctx.session.scalars(query))


def fill(ctx, request, quantity=1):
    """Say everything that a request must say; its items take the first place of their structures."""
    edit_request(ctx, EditRequest(request.id, request.version, CONTENT))
    for item in items_of(ctx, request):
        slot = select(CapacityPlace.id).where(CapacityPlace.structure_id == item.structure_id)
        values = ON_A_TOWER | {"quantity": quantity}
        place_id = ctx.session.scalar(slot.order_by(CapacityPlace.id).limit(1))
        edit_item(ctx, EditItem(request.id, item.id, request.version, place_id, values))
    return request


def filed(ctx, *codes, quantity=1):
    """A request that was sent."""
    request = fill(ctx, draft(ctx, *codes), quantity)
    return move(ctx, request, "submit")


def move(ctx, request, name, **data):
    """Make a move with the request's present version."""
    version = ctx.session.scalar(select(ColocationRequest.version).where(ColocationRequest.id == request.id))
    return fire(ctx, COLOCATION, request.id, name, data, version=version)


def accept(ctx, request, *items, **more):
    """Accept all items, or some."""
    return move(ctx, request, "accept", items=[i.id for i in items or items_of(ctx, request)], answer=None, **more)


def reject(ctx, request, *items, **more):
    """Reject all items, or some, as the form does."""
    data = {"ground": "unsafe", "evidence": "Quy hoạch 2025", "answer": "Không thuộc quy hoạch", "files": []} | more
    return move(ctx, request, "reject", items=[i.id for i in items or items_of(ctx, request)], **data)


def offer(ctx, request, *items, **more):
    """Offer other terms for all items, or some."""
    data = {
        "offer": OfferKind.TERMS,
        "ground": RefusalGround.NOT_TECHNICALLY_FEASIBLE,
        "evidence": "Bảng tính tải",
        "answer": "Chỉ còn chỗ cho một thiết bị",
        "quantity": 1,
        "files": [],
    }
    return move(ctx, request, "offer", items=[i.id for i in items or items_of(ctx, request)], **(data | more))


def case(ctx, number):
    """A request by its id, as it stands."""
    return ctx.session.get_one(ColocationRequest, number)


def place_of(ctx, code):
    """The one place of a tower, as it stands."""
    structure = get_structure(ctx, code)
    query = select(CapacityPlace).where(CapacityPlace.structure_id == structure.id)
    return ctx.session.scalars(query.execution_options(populate_existing=True)).one()


def unpublish(ctx, code, status="not_assessed"):
    """The owner publishes a structure no longer, or restricts it."""
    structure = get_structure(ctx, code)
    values = current_values(structure) | {"sharing_status": SharingStatus(status), "sharing_kind": None}
    if status == "restricted":
        values["restriction_basis"] = "Công văn 12/BCH ngày 05/01/2026"
    edit_structure(ctx, EditStructure(code, structure.version, values, None))
