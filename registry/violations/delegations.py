"""The register of delegations of the heads of offices to their deputies (Đ54, Đ87)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import Select, select

from registry.audit.chain import record
from registry.authz.actors import Ctx, Role
from registry.authz.permissions import P
from registry.authz.scopes import require, visible
from registry.files.service import AddFile, add_file
from registry.files.storage import FileStore
from registry.kernel.days import order_problems
from registry.kernel.errors import Forbidden, Invalid, MoveRefused, NotFound
from registry.kernel.fields import fields_named, labels_of, value_problems
from registry.kernel.i18n import _, format_date
from registry.violations.codes import Authority, DelegatedPower, Sector
from registry.violations.delegation_models import DAY_ORDERS, NEW_DELEGATION, ViolationDelegation
from registry.violations.models import Violation

#: Kind of object in the audit log and of files.
DELEGATION: Final = "violation_delegation"
_AUTHORITIES: Final = {
    Role.COMMUNE_PC: Authority.COMMUNE_CHAIR,
    Role.LEAD_DEPARTMENT: Authority.LEAD_DIRECTOR,
    Role.PROVINCIAL_PC: Authority.PROVINCE_CHAIR,
}


@dataclass(frozen=True)
class AddDelegation:
    """A delegation of the head of the actor's office; `values` by the names of `NEW_DELEGATION`, and its scan."""

    values: Mapping[str, Any]
    powers: Sequence[str]
    sectors: Sequence[str]
    file_name: str = ""
    content: bytes = b""


@dataclass(frozen=True)
class EndDelegation:
    """The last day of a delegation that ends before its term, and why."""

    delegation_id: int
    ended_on: date
    reason: str


def delegations_query(ctx: Ctx) -> Select[Any]:
    """The delegations of the actor's office."""
    require(ctx, P.DELEGATION_KEEP)
    return select(ViolationDelegation).where(visible(ctx, ViolationDelegation, P.DELEGATION_KEEP))


def get_delegation(ctx: Ctx, delegation_id: int) -> ViolationDelegation:
    """NotFound for one of another office."""
    query = delegations_query(ctx).where(ViolationDelegation.id == delegation_id)
    row: ViolationDelegation | None = ctx.session.scalars(query).one_or_none()
    if row is None:
        raise NotFound(_("Sổ giao quyền của cơ quan không có văn bản này."))
    return row


def owner_of_scan(ctx: Ctx, delegation_id: int, permission: P) -> int:
    """The office whose files the scans are."""
    del permission
    return get_delegation(ctx, delegation_id).organisation_id


def add_delegation(ctx: Ctx, store: FileStore, command: AddDelegation) -> ViolationDelegation:
    """Enter a delegation; Invalid names every wrong field."""
    require(ctx, P.DELEGATION_KEEP)
    authority = next((office for role, office in _AUTHORITIES.items() if role in ctx.actor.roles), None)
    if authority is None or ctx.actor.organisation_id is None:
        raise Forbidden
    values = command.values
    problems = value_problems(fields_named(ViolationDelegation, *NEW_DELEGATION), values, ctx.today)
    problems |= order_problems(DAY_ORDERS, labels_of(ViolationDelegation), values)
    if "signed_on" not in problems and values["signed_on"] > ctx.today:
        problems["signed_on"] = _(
            "Ngày ký văn bản %(day)s sau hôm nay (%(today)s); chỉ ghi văn bản đã ký.",
            day=format_date(values["signed_on"]),
            today=format_date(ctx.today),
        )
    for name, codes, choices in (("powers", command.powers, DelegatedPower), ("sectors", command.sectors, Sector)):
        if not codes or not set(codes) <= {choice.value for choice in choices}:
            problems[name] = _("Chưa chọn mục nào; hãy chọn ít nhất một mục trong danh sách.")
    if problems:
        raise Invalid(problems)
    row = ViolationDelegation(
        organisation_id=ctx.actor.organisation_id,
        authority=authority,
        powers=[power.value for power in DelegatedPower if power.value in command.powers],
        sectors=[sector.value for sector in Sector if sector.value in command.sectors],
        **values,
    )
    ctx.session.add(row)
    ctx.session.flush()
    if command.content:
        scan = AddFile(subject_kind=DELEGATION, subject_id=row.id, file_name=command.file_name, content=command.content)
        add_file(ctx, store, scan)
    record(ctx, f"{DELEGATION}.add", DELEGATION, row.id, number=row.number)
    return row


def end_delegation(ctx: Ctx, command: EndDelegation) -> ViolationDelegation:
    """End a delegation before its term; Invalid for a day before what the deputy has signed under it."""
    row = get_delegation(ctx, command.delegation_id)
    # A decision that is made at this instant waits, and then finds the end.
    ctx.session.refresh(row, with_for_update=True)
    if row.ended_on is not None:
        raise MoveRefused(
            _(
                "Văn bản giao quyền %(number)s đã chấm dứt, còn hiệu lực đến hết ngày %(day)s.",
                number=row.number,
                day=format_date(row.ended_on),
            )
        )
    signed = select(Violation.decision_number, Violation.decision_on).where(Violation.delegation_id == row.id)
    last = ctx.session.execute(signed.order_by(Violation.decision_on.desc()).limit(1)).one_or_none()
    problem = None
    if not row.valid_from <= command.ended_on <= row.valid_to:
        problem = _(
            "Ngày %(day)s ngoài thời hạn giao quyền, từ %(first)s đến hết %(last)s.",
            day=format_date(command.ended_on),
            first=format_date(row.valid_from),
            last=format_date(row.valid_to),
        )
    elif last is not None and command.ended_on < last.decision_on:
        problem = _(
            "Cấp phó đã ký Quyết định số %(number)s ngày %(day)s theo văn bản này; cần từ ngày đó.",
            number=last.decision_number,
            day=format_date(last.decision_on),
        )
    if problem:
        raise Invalid({"ended_on": problem})
    row.ended_on, row.end_reason = command.ended_on, command.reason
    ctx.session.flush()
    record(ctx, f"{DELEGATION}.end", DELEGATION, row.id, number=row.number)
    return row


def citation_of(row: ViolationDelegation) -> str:
    """The paper, as decisions cite it."""
    return f"Quyết định số {row.number} ngày {format_date(row.signed_on)}"
