"""Who signs a decision: the head of the office, or a deputy by a delegation of its register (Đ54, Đ87)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import any_, func, literal, select

from registry.accounts.models import UserAccount
from registry.authz.actors import Ctx
from registry.kernel.i18n import _, _l, format_date
from registry.violations.codes import CODE, HEAD_SIGNS, Authority, DelegatedPower, Sector
from registry.violations.delegation_models import ViolationDelegation
from registry.violations.models import Violation
from registry.workflow.definition import Data, ItemsNeed
from registry.workflow.models import CaseEvent


def deputy_need(power: DelegatedPower, label: Any) -> ItemsNeed:
    """The choice of the deputy who signs by a delegation of the office, if its head does not sign himself."""
    return ItemsNeed(
        "deputy",
        label,
        _offered(power),
        required=False,
        names=_names,
        is_preset=False,
        is_single=True,
        is_guarded=True,
        hint=_l(
            "Cấp phó ký thay theo văn bản đã ghi trong sổ giao quyền của cơ quan, còn hiệu lực vào ngày quyết định."
        ),
    )


def _offered(power: DelegatedPower) -> Callable[[Ctx, Violation], Sequence[tuple[int, str]]]:
    def options(ctx: Ctx, case: Violation) -> list[tuple[int, str]]:
        since = case.reopened_on or case.minutes_on or ctx.today
        rows = ctx.session.scalars(
            select(ViolationDelegation)
            .where(
                ViolationDelegation.organisation_id.in_(ctx.actor.organisation_ids),
                literal(power.value) == any_(ViolationDelegation.powers),
                func.least(ViolationDelegation.ended_on, ViolationDelegation.valid_to) >= since,
            )
            .order_by(ViolationDelegation.deputy_name, ViolationDelegation.id)
        )
        deputies = [
            (
                row.id,
                _(
                    "%(name)s, %(post)s – %(number)s, từ %(first)s đến hết %(last)s",
                    name=row.deputy_name,
                    post=row.deputy_post,
                    number=row.number,
                    first=format_date(row.valid_from),
                    last=format_date(row.last_on),
                ),
            )
            for row in rows
        ]
        return [(HEAD_SIGNS, _("Người có thẩm quyền tự ký")), *deputies]

    return options


def _names(ctx: Ctx, case: Violation) -> Mapping[int, str]:
    """The deputies of the offices that acted in the case, for its timeline."""
    offices = select(UserAccount.organisation_id).join(CaseEvent, CaseEvent.actor_id == UserAccount.id)
    acted = offices.where(CaseEvent.workflow == CODE, CaseEvent.case_id == case.id)
    rows = ctx.session.scalars(select(ViolationDelegation).where(ViolationDelegation.organisation_id.in_(acted)))
    deputies = {row.id: f"{row.deputy_name}, {row.deputy_post}" for row in rows}
    return {HEAD_SIGNS: _("Người có thẩm quyền tự ký")} | deputies


def chosen_delegation(ctx: Ctx, data: Data) -> ViolationDelegation | None:
    """The delegation of the actor's office that a form names; None where the head signs, or for one of another."""
    number = next(iter(data.get("deputy") or ()), HEAD_SIGNS)
    row = ctx.session.get(ViolationDelegation, number, with_for_update={"read": True}, populate_existing=True)
    return row if row is not None and row.organisation_id in ctx.actor.organisation_ids else None


def deputy_problem(
    ctx: Ctx, data: Data, power: DelegatedPower, sectors: Sequence[Sector], authority: Authority | None, day: date
) -> str | None:
    """Why the deputy may not sign for the authority on a day, in these fields of law; None where he may."""
    number = next(iter(data.get("deputy") or ()), HEAD_SIGNS)
    if number == HEAD_SIGNS:
        return None
    row = chosen_delegation(ctx, data)
    if row is None or row.authority is not authority:
        return _("Văn bản giao quyền đã chọn không phải của người ra quyết định này; hãy chọn lại.")
    paper = {"number": row.number, "name": row.deputy_name}
    if power.value not in row.powers:
        return _("%(number)s không giao cho %(name)s quyền “%(power)s”.", power=power.label, **paper)
    outside = next((sector for sector in sectors if sector.value not in row.sectors), None)
    if outside is not None:
        return _(
            "%(number)s không giao quyền cho %(name)s trong lĩnh vực %(sector)s.",
            sector=str(outside.label).lower(),
            **paper,
        )
    if not row.valid_from <= day <= row.last_on:
        return _(
            "%(number)s giao quyền cho %(name)s từ %(first)s đến hết %(last)s; ngày %(day)s nằm ngoài thời hạn đó.",
            first=format_date(row.valid_from),
            last=format_date(row.last_on),
            day=format_date(day),
            **paper,
        )
    return None
