"""What the law of a day says of a decision: range, competence, remedies, limitation, permits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Final

from sqlalchemy.orm import Session

from registry.authz.actors import Ctx
from registry.kernel.clock import LOCAL_ZONE, local_date
from registry.kernel.dated_settings import rows_in_force
from registry.kernel.i18n import _, format_date
from registry.structures.codes import PermitRegime
from registry.structures.kinds.value_rules import EXEMPT_FROM
from registry.violations.codes import Authority, KindGroup, Offender, Remedy, Sector
from registry.violations.models import Violation, ViolationCompetence, ViolationKind
from registry.violations.queries import find_competence, list_competence, lookalikes, who_may_order
from registry.violations.rules import competence_problem, fine_problem, fine_range, law_day
from registry.workflow.calendar import Term, compute_due_date
from registry.workflow.clocks import find_term, working_calendar

#: Terms of the limitation period: of telecommunications, and of building and prices.
LIMITATION_TERM: Final = "violation.limitation"
LONG_LIMITATION_TERM: Final = "violation.limitation_long"


@dataclass(frozen=True)
class ProposedDecision:
    """What an authority is about to decide; the fine in đồng."""

    authority: Authority
    decided_on: date
    offender: Offender
    fine_vnd: Decimal
    remedies: Sequence[Remedy] = ()


@dataclass(frozen=True)
class CaseLaw:
    """What the page of a case says of the law: last day of the limitation, permit regime, acts that lie close."""

    limitation: date
    regime: PermitRegime | None
    close_acts: Sequence[ViolationKind]


def case_law(ctx: Ctx, case: Violation) -> CaseLaw:
    """The law of a case whose kind is loaded."""
    kind, day = case.kind, law_day(case.occurred_on, local_date(case.found_at), is_continuing=case.is_continuing)
    return CaseLaw(
        limitation_end(ctx, limitation_term(kind.sector), limitation_start(case)),
        permit_regime_on(ctx.session, case.occurred_on) if kind.kind_group is KindGroup.BUILDING else None,
        lookalikes(ctx.session, kind.code, day, case.occurred_on),
    )


def limitation_start(case: Violation) -> datetime:
    """The act, or its discovery where it goes on (Luật Xử lý vi phạm hành chính Đ6): the limitation runs from there."""
    day = local_date(case.found_at) if case.is_continuing else case.occurred_on
    return datetime.combine(day, time.min, tzinfo=LOCAL_ZONE)


def decision_errors(session: Session, kind: ViolationKind, decision: ProposedDecision) -> dict[str, str]:
    """Why the authority may not decide so, by field: `authority`, `fine_vnd`, `remedies`; empty if it may."""
    competence = find_competence(session, decision.authority, kind.sector, decision.decided_on)
    if competence is None:
        sentence = _(
            "Danh mục chưa có thẩm quyền của %(authority)s trong lĩnh vực %(sector)s tại ngày %(day)s;"
            " hãy chọn người ra quyết định khác.",
            authority=decision.authority.label,
            sector=str(kind.sector.label).lower(),
            day=format_date(decision.decided_on),
        )
        return {"authority": sentence}
    allowed = fine_range(kind.fine_min_vnd, kind.fine_max_vnd, decision.offender)
    if allowed is None or kind.fine_max_vnd is None:
        return {
            "fine_vnd": _(
                "Danh mục chưa có khung phạt của hành vi «%(act)s»; hãy sửa hồ sơ, chọn hành vi có khung phạt.",
                act=kind.act,
            )
        }
    beyond = competence_problem(kind.fine_max_vnd, competence.fine_max_vnd, str(decision.authority.label))
    problems = {
        "authority": beyond,
        "fine_vnd": None
        if beyond
        else fine_problem(decision.fine_vnd, allowed, competence.fine_max_vnd, decision.offender),
        "remedies": _remedies_problem(session, kind.sector, competence, decision),
    }
    return {name: problem for name, problem in problems.items() if problem}


def _remedies_problem(
    session: Session, sector: Sector, competence: ViolationCompetence, decision: ProposedDecision
) -> str | None:
    beyond = [remedy for remedy in decision.remedies if remedy.value not in competence.remedies]
    if not beyond:
        return None
    others = who_may_order(list_competence(session, decision.decided_on), beyond[0], sector)
    return _(
        "%(authority)s không có thẩm quyền áp dụng biện pháp «%(remedy)s» tại ngày %(day)s;"
        " người có thẩm quyền: %(others)s.",
        authority=decision.authority.label,
        remedy=beyond[0].label,
        day=format_date(decision.decided_on),
        others=", ".join(str(other.label) for other in others) or _("chưa có trong danh mục"),
    )


def limitation_term(sector: Sector) -> str:
    """The key of the term within which an act of a field of law may be fined."""
    return LIMITATION_TERM if sector is Sector.TELECOM else LONG_LIMITATION_TERM


def limitation_end(ctx: Ctx, term: str, start: datetime) -> date:
    """The last day of a limitation period, by today's law."""
    return term_end(ctx, term, start)


def term_end(ctx: Ctx, term: str, start: datetime) -> date:
    """The last day of a term that begins at a moment, by today's law."""
    row = find_term(ctx.session, term, ctx.today)
    return compute_due_date(working_calendar(ctx), Term(row.length, row.unit, row.cut_off), start).last_on


def permit_regime_on(session: Session, started_on: date) -> PermitRegime:
    """Whether works begun on a day needed a building permit or are exempt, and announced, by the law of 2025."""
    row = rows_in_force(session, [EXEMPT_FROM], started_on).get(EXEMPT_FROM)
    if row is None:
        return PermitRegime.PERMIT
    return PermitRegime.EXEMPT if started_on >= date.fromisoformat(row.value) else PermitRegime.PERMIT
