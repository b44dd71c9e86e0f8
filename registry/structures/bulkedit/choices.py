"""Which fields may be changed in bulk, and which structures must refuse a value.

Only fields that no rule of a kind reads stand here (a test holds it): whether a structure takes the value then follows
from the value and from the kind alone, so that one statement can change them all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement

from registry.kernel.errors import Invalid
from registry.kernel.fields import Field, fields_of
from registry.kernel.i18n import _, _l, format_date
from registry.structures.bulkedit.commands import Change
from registry.structures.codes import NotShareableReason, SharingStatus, Status
from registry.structures.kinds import KINDS
from registry.structures.models import Structure

#: In the order of the page.
_NAMES: Final = (
    "condition",
    "last_inspected_on",
    "has_identification_mark",
    "sharing_status",
    "sharing_conditions",
    "sharing_kind",
    "max_users",
    "road_name",
    "is_urban",
    "plan_conformity",
    "land_kind",
    "land_contract",
    "funding_source",
    "standards_declared",
)
MANAGER: Final = "manager_organisation_id"
#: What goes with the sharing status: why it cannot be shared.
COMPANION: Final = {"sharing_status": "not_shareable_reason"}
ENDED: Final = (Status.DECOMMISSIONED, Status.REMOVED)


def bulk_fields() -> dict[str, Field]:
    """The fields that may be changed in bulk, by name."""
    declared = fields_of(Structure)
    found = {name: declared[name] for name in _NAMES}
    found[MANAGER] = Field(MANAGER, _l("Đơn vị quản lý"), python_type=int)
    return found


@dataclass(frozen=True)
class Refusal:
    """Structures that do not take the value, and why."""

    sentence: str
    where: ColumnElement[bool]


def refusals(change: Change) -> list[Refusal]:
    """Which structures refuse a change, in the order in which the reasons are told."""
    found = [Refusal(_("Công trình đã ngừng khai thác hoặc đã tháo dỡ."), Structure.status.in_(ENDED))]
    without = [code for code, kind in KINDS.items() if change.field in kind.leaves_out]
    if without:
        found.append(Refusal(_("Loại công trình này không có trường đó."), Structure.kind.in_(without)))
    if change.field == "sharing_status":
        takers = [code for code, kind in KINDS.items() if change.value in kind.sharing]
        found.append(Refusal(_("Loại công trình này không có giá trị đó."), Structure.kind.not_in(takers)))
    return found


def check_change(change: Change, today: Any) -> None:
    """What the common rules say of the value itself; Invalid at the field."""
    if change.field == "last_inspected_on" and change.value and change.value > today:
        sentence = _("Ngày %(day)s nằm trong tương lai; cần một ngày đã qua.", day=format_date(change.value))
        raise Invalid({"value": sentence})
    closed = change.value == SharingStatus.NOT_SHAREABLE
    if closed and not isinstance(change.companion, NotShareableReason):
        raise Invalid({"companion": _("Công trình «Không đủ điều kiện» dùng chung phải nêu lý do.")})
    if change.companion is not None and not closed:
        raise Invalid({"companion": _("Chỉ nêu lý do khi khả năng dùng chung là «Không đủ điều kiện».")})
