"""Writes of villages; each with an audit event."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from sqlalchemy import func, select

from registry.audit.chain import record
from registry.audit.undo import restorable
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import require
from registry.kernel.days import order_problems
from registry.kernel.errors import Conflict, Invalid
from registry.kernel.fields import fields_named, labels_of, value_problems
from registry.kernel.i18n import _, format_date
from registry.villages.commands import AddVillage, ChangeVillages, EditVillage
from registry.villages.models import (
    COVERAGE,
    DAY_ORDERS,
    NEW_VILLAGE,
    OFFERS,
    Village,
    VillageCoverage,
    VillageKind,
    VillageSuccession,
)
from registry.villages.queries import first_day, get_village, latest_coverage, list_communes

#: Kind of object in the audit log.
VILLAGE: Final = "village"
_ONE_DAY: Final = timedelta(days=1)


def add_village(ctx: Ctx, command: AddVillage) -> Village:
    """Add a village that exists; Invalid names every wrong field."""
    require(ctx, P.VILLAGE_EDIT)
    values = command.values
    problems = value_problems(fields_named(Village, *NEW_VILLAGE), values, ctx.today)
    problems |= order_problems(DAY_ORDERS, labels_of(Village), values)
    if command.commune_id not in {unit.id for unit in list_communes(ctx)}:
        problems["commune"] = _("Xã, phường đã chọn không thuộc địa bàn của đơn vị; hãy chọn trong danh sách.")
    elif "name" not in problems and _is_taken(ctx, command.commune_id, values["kind"], values["name"]):
        problems["name"] = _taken(values["kind"], values["name"])
    if problems:
        raise Invalid(problems)
    village = Village(commune_id=command.commune_id, **values)
    ctx.session.add(village)
    ctx.session.flush()
    record(ctx, f"{VILLAGE}.add", VILLAGE, village.id, name=village.name)
    return village


def edit_village(ctx: Ctx, command: EditVillage) -> Village:
    """Change the coverage of a village; Conflict if somebody else changed it, Invalid for days that cannot be."""
    village = _own(ctx, command.village_id)
    if village.version != command.version:
        raise Conflict(_("%(name)s đã được người khác sửa sau khi mở trang; hãy đọc lại.", name=_name(village)))
    problems = value_problems(fields_named(Village, *COVERAGE), command.values, ctx.today)
    began_on = ctx.session.scalar(select(first_day(village.id)))
    problems |= order_problems(DAY_ORDERS, labels_of(Village), {**command.values, "valid_from": began_on})
    if problems:
        raise Invalid(problems)
    for name in COVERAGE:
        setattr(village, name, command.values[name])
    ctx.session.flush()
    record(ctx, f"{VILLAGE}.edit", VILLAGE, village.id, name=village.name)
    return village


def change_villages(ctx: Ctx, command: ChangeVillages) -> list[Village]:
    """Merge, split or rename villages of one commune (NĐ 185/2026/NĐ-CP); returns the successors.

    The predecessors end on the day before; each successor succeeds all of them. A successor is covered since all
    predecessors are; households are added up for a single successor, and unknown for several.
    """
    former = [_own(ctx, village_id) for village_id in dict.fromkeys(command.village_ids)]
    names = list(dict.fromkeys(name.strip() for name in command.names if name.strip()))
    _check_change(ctx, command, former, names)
    for village in former:
        village.valid_to = command.effective_on - _ONE_DAY
        village.legal_basis = village.legal_basis or command.decision
    # The names of those that ended are free again.
    ctx.session.flush()
    households = [village.households for village in former]
    total_households = sum(number for number in households if number is not None) if None not in households else None
    successors = []
    for name in names:
        successor = Village(
            commune_id=former[0].commune_id,
            kind=command.kind,
            name=name,
            households=total_households if len(names) == 1 else None,
            mobile_on=_since([village.mobile_on for village in former]),
            ftth_on=_since([village.ftth_on for village in former]),
            valid_from=command.effective_on,
            legal_basis=command.decision,
        )
        ctx.session.add(successor)
        successors.append(successor)
    ctx.session.flush()
    for successor in successors:
        for village in former:
            ctx.session.add(
                VillageSuccession(
                    predecessor_id=village.id,
                    successor_id=successor.id,
                    effective_on=command.effective_on,
                    decision=command.decision,
                )
            )
    ctx.session.flush()
    _hand_over(ctx, former, successors, command)
    record(ctx, f"{VILLAGE}.change", VILLAGE, successors[0].id, former=[village.id for village in former], names=names)
    return successors


def _hand_over(ctx: Ctx, former: Sequence[Village], successors: Sequence[Village], command: ChangeVillages) -> None:
    """What an operator states of all predecessors on their last day holds for each successor from its first day."""
    row = latest_coverage(command.effective_on - _ONE_DAY)
    rows: dict[int, list[VillageCoverage]] = {}
    for coverage in ctx.session.scalars(select(row).where(row.village_id.in_([village.id for village in former]))):
        rows.setdefault(coverage.organisation_id, []).append(coverage)
    for organisation_id, its in rows.items():
        states = {name: all(getattr(coverage, name) for coverage in its) or None for name in OFFERS}
        if len(its) == len(former) and any(states.values()):
            for successor in successors:
                ctx.session.add(
                    VillageCoverage(
                        village_id=successor.id,
                        organisation_id=organisation_id,
                        valid_from=command.effective_on,
                        source=its[0].source,
                        known_at=ctx.now,
                        entered_by_id=ctx.actor.id,
                        **states,
                    )
                )
    ctx.session.flush()


def _check_change(ctx: Ctx, command: ChangeVillages, former: list[Village], names: list[str]) -> None:
    problems: dict[str, str] = {}
    on = command.effective_on
    first = max((village.valid_from for village in former if village.valid_from), default=None)
    if on > ctx.today:
        problems["effective_on"] = _(
            "Ngày %(day)s chưa đến; muộn nhất là hôm nay %(today)s.", day=format_date(on), today=format_date(ctx.today)
        )
    elif first is not None and on <= first:
        problems["effective_on"] = _(
            "Ngày %(day)s không dùng được; cần sau ngày %(first)s khi thôn, bản hiện nay hình thành.",
            day=format_date(on),
            first=format_date(first),
        )
    ended = [village for village in former if village.valid_to is not None]
    if ended:
        problems[""] = _(
            "%(name)s đã kết thúc ngày %(day)s; hãy mở lại trang.",
            name=_name(ended[0]),
            day=format_date(ended[0].valid_to),
        )
    if len({village.commune_id for village in former}) > 1:
        problems["others"] = _("Các thôn, bản đã chọn thuộc các xã khác nhau; chỉ sắp xếp trong một xã, phường.")
    taken = {village.id for village in former}
    if not names:
        problems["names"] = _("Chưa có tên thôn, bản, khu phố mới; mỗi dòng một tên.")
    for name in names:
        if _is_taken(ctx, former[0].commune_id, command.kind, name, besides=taken):
            problems["names"] = _taken(command.kind, name)
    if len(former) == len(names) == 1 and (former[0].name, former[0].kind) == (names[0], command.kind):
        problems["names"] = _("Tên và loại không đổi; hãy ghi tên mới.")
    if problems:
        raise Invalid(problems)


def _own(ctx: Ctx, village_id: int) -> Village:
    village = get_village(ctx, village_id)
    require(ctx, P.VILLAGE_EDIT, village)
    ctx.session.refresh(village, with_for_update=True)
    return village


def _since(days: list[date | None]) -> date | None:
    known_days = [day for day in days if day is not None]
    return max(known_days) if len(known_days) == len(days) else None


def _is_taken(ctx: Ctx, commune_id: int, kind: VillageKind, name: str, besides: set[int] | None = None) -> bool:
    query = select(Village.id).where(
        Village.commune_id == commune_id,
        Village.kind == kind,
        Village.valid_to.is_(None),
        func.fold(Village.name) == func.fold(name),
        Village.id.not_in(besides or set()),
    )
    return ctx.session.scalar(query.limit(1)) is not None


def _taken(kind: VillageKind, name: str) -> str:
    return _("Xã, phường này đã có %(kind)s “%(name)s”.", kind=str(kind.label).lower(), name=name)


def _name(village: Village) -> str:
    return f"{village.kind.label} {village.name}"


#: What is known of a village is taken back as a whole; that it was merged, split or renamed is not.
UNDO: Final = restorable(
    VILLAGE, Village, _own, lambda _ctx, village: ("villages.detail", {"village_id": village.id}), columns=COVERAGE
)
