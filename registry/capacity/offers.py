"""The relation between what a structure is offered as and its ledger, declared once (`OFFERS`)."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, func, select

from registry.authz.actors import Ctx
from registry.capacity.models import UNPLACED, CapacityPlace
from registry.kernel.errors import Invalid
from registry.kernel.i18n import _, _l
from registry.structures.bulk_edit.commands import BulkChange
from registry.structures.bulk_edit.queries import Refusal
from registry.structures.codes import SharingStatus
from registry.structures.filtering.checks import Check
from registry.structures.models import Structure
from registry.structures.relations import Hardness, RecordRelation, RelationRule

#: Offered as having room.
OFFERED: Final = (SharingStatus.AVAILABLE, SharingStatus.SHARED_AVAILABLE)


def is_full(structure_id: Any) -> ColumnElement[bool]:
    """SQL: all declared places of a structure have a known total, and nothing is free for certain."""
    slot = CapacityPlace.__table__.alias()
    is_placed = slot.c.label != UNPLACED
    free = func.sum(slot.c.free).filter(is_placed)
    unplaced = func.coalesce(func.sum(slot.c.used).filter(~is_placed), 0)
    is_counted = func.bool_and(slot.c.total.is_not(None)).filter(is_placed)
    full = select(and_(is_counted, free <= unplaced)).where(slot.c.structure_id == structure_id)
    return func.coalesce(full.correlate_except(slot).scalar_subquery(), False)


def full_sentence(status: SharingStatus) -> str:
    """Why a full structure is not offered as having room."""
    return _(
        "Sổ sức chứa ghi công trình đã hết chỗ nên không nhận “%(status)s”; hãy chọn “%(full)s” hoặc “%(private)s”,"
        " hoặc sửa sức chứa.",
        status=status.label,
        full=SharingStatus.SHARED_FULL.label,
        private=SharingStatus.EXCLUSIVE_FULL.label,
    )


OFFERED_FULL: Final = RelationRule(
    "offered_full",
    _l("Khai còn chỗ nhưng đã hết chỗ"),
    Hardness.REFUSE,
    date(2026, 11, 1),
    lambda structure, _limits: and_(structure.sharing_status.in_(OFFERED), is_full(structure.id)),
    lambda structure, _limits: full_sentence(structure.sharing_status),
)
OFFERS: Final = RecordRelation("offers", _l("Khả năng dùng chung và sức chứa"), (OFFERED_FULL,), "")


def watch_offer(ctx: Ctx, structure: Structure, changed: Collection[str], _is_moved: bool) -> Callable[[], None] | None:
    """A `RelationWatch`: a structure that becomes offered as having room has some, by its ledger."""
    if "sharing_status" not in changed or structure.id is None:
        return None

    def check() -> None:
        is_hard = OFFERED_FULL.hardness_on(ctx.today) is Hardness.REFUSE
        if is_hard and structure.sharing_status in OFFERED and ctx.session.scalar(select(is_full(structure.id))):
            raise Invalid({"sharing_status": OFFERED_FULL.sentence(structure, {})})

    return check


def refuse_in_bulk(change: BulkChange) -> Refusal | None:
    """The structures that a bulk edit does not offer as having room."""
    if change.field != "sharing_status" or change.value not in OFFERED:
        return None
    return Refusal(full_sentence(SharingStatus(change.value)), is_full(Structure.id))


OFFERED_FULL_CHECK: Final = Check(
    OFFERED_FULL.code,
    OFFERED_FULL.label,
    _l("Không còn chỗ trống theo sổ sức chứa; sửa khả năng dùng chung (sửa hàng loạt được), hoặc sửa sức chứa."),
    lambda _ctx: OFFERED_FULL.breaks(Structure, {}),
    is_recorded=True,
    bulk_field="sharing_status",
)
