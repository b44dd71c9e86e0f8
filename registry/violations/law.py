"""What the law of a day says of a decision: range, competence, remedies, limitation, permits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Final

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from registry.accounts.models import Organisation, OrganisationKind
from registry.authz.actors import Ctx
from registry.kernel.clock import LOCAL_ZONE, local_date
from registry.kernel.dated_settings import rows_in_force, setting
from registry.kernel.i18n import _, format_date
from registry.kernel.i18n.stored import stored_text
from registry.structures.codes import PermitRegime
from registry.structures.kinds.value_rules import EXEMPT_FROM
from registry.violations.codes import COMMUNE_FINES_DEFENCE, SAME_PLACE, Authority, KindGroup, Offender, Remedy, Sector
from registry.violations.models import Violation, ViolationAct, ViolationCompetence, ViolationKind
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
    """The end of the act, or its discovery where it goes on (Đ6): the limitation runs from there."""
    day = local_date(case.found_at) if case.is_continuing else case.ended_on or case.occurred_on
    return datetime.combine(day, time.min, tzinfo=LOCAL_ZONE)


def decision_errors(session: Session, kind: ViolationKind, decision: ProposedDecision) -> dict[str, str]:
    """Why the authority may not decide so, by field: `authority`, `fine_vnd`, `remedies`; empty if it may."""
    competence = find_competence(session, decision.authority, kind.sector, decision.decided_on)
    if competence is None:
        return {"authority": _competence_missing(kind, decision.authority, decision.decided_on)}
    allowed = fine_range(kind.fine_min_vnd, kind.fine_max_vnd, decision.offender)
    if allowed is None or kind.fine_max_vnd is None:
        return {
            "fine_vnd": _(
                "Danh mục chưa có khung phạt có căn cứ của hành vi “%(act)s” nên không phạt tiền được; Sở Khoa học và"
                " Công nghệ bổ sung khung phạt vào danh mục khi có văn bản quy định.",
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


def remedy_errors(
    session: Session, kind: ViolationKind, authority: Authority, day: date, remedies: Sequence[Remedy]
) -> dict[str, str]:
    """Why the authority may not order remedies alone, by field: `authority`, `remedies`; empty if it may."""
    competence = find_competence(session, authority, kind.sector, day)
    if competence is None:
        return {"authority": _competence_missing(kind, authority, day)}
    if not remedies:
        return {"remedies": _("Chưa chọn biện pháp nào; quyết định không phạt phải có biện pháp khắc phục hậu quả.")}
    decision = ProposedDecision(authority, day, Offender.ORGANISATION, Decimal(0), remedies)
    problem = _remedies_problem(session, kind.sector, competence, decision)
    return {"remedies": problem} if problem else {}


def sanction_errors(
    session: Session, kind: ViolationKind, authority: Authority, day: date, remedies: Sequence[Remedy]
) -> dict[str, str]:
    """Why the authority may not sanction the act without a fine, by field: `authority`, `remedies`."""
    competence = find_competence(session, authority, kind.sector, day)
    if competence is None:
        return {"authority": _competence_missing(kind, authority, day)}
    highest = kind.fine_max_vnd or Decimal(0)
    decision = ProposedDecision(authority, day, Offender.ORGANISATION, Decimal(0), remedies)
    problems = {
        "authority": competence_problem(highest, competence.fine_max_vnd, str(authority.label)),
        "remedies": _remedies_problem(session, kind.sector, competence, decision),
    }
    return {name: problem for name, problem in problems.items() if problem}


def same_act_problem(ctx: Ctx, case: Violation, kinds: Sequence[ViolationKind]) -> str | None:
    """Another decision stands on one of the acts: same kind, near, of the same offender, and not later than it."""
    reach: dict[str, int] = setting(ctx.session, SAME_PLACE, ctx.today)
    here = select(Violation.place_m).where(Violation.id == case.id).scalar_subquery()
    same_kind = select(ViolationKind.id).where(ViolationKind.code.in_([kind.code for kind in kinds]))
    further = select(ViolationAct.violation_id).where(
        ViolationAct.violation_id == Violation.id, ViolationAct.is_active, ViolationAct.kind_id.in_(same_kind)
    )
    query = (
        select(Violation)
        .where(
            Violation.id != case.id,
            or_(Violation.kind_id.in_(same_kind), further.exists()),
            Violation.decision_on >= case.occurred_on,
            Violation.occurred_on <= local_date(case.found_at),
            _same_offender(case),
            func.ST_DWithin(Violation.place_m, here, reach["metres"]),
        )
        .order_by(Violation.id)
        .limit(1)
    )
    # Whichever office handles the other: its number says no more than that it exists, to who would decide twice.
    other = ctx.session.scalars(query).one_or_none()
    if other is None:
        return None
    return _(
        "Hồ sơ %(number)s đã có quyết định số %(decision)s ngày %(day)s về cùng hành vi này; mỗi hành vi chỉ bị xử phạt"
        " một lần, hãy gộp hồ sơ này vào hồ sơ đó.",
        number=other.number,
        decision=other.decision_number,
        day=format_date(other.decision_on),
    )


def defence_problem(ctx: Ctx, case: Violation) -> str | None:
    """Why the chair of a commune may not fine a unit of the army or the police, by the setting in force."""
    if case.organisation_id is None:
        return None
    organisation = ctx.session.get_one(Organisation, case.organisation_id)
    row = rows_in_force(ctx.session, [COMMUNE_FINES_DEFENCE], ctx.today).get(COMMUNE_FINES_DEFENCE)
    if organisation.kind is not OrganisationKind.DEFENCE or row is None or row.value:
        return None
    return _(
        "%(name)s là đơn vị quân đội, công an; theo thiết lập từ ngày %(day)s (%(source)s) Chủ tịch UBND cấp xã không"
        " xử phạt, hãy chuyển cấp có thẩm quyền.",
        name=organisation.short_name,
        day=format_date(row.valid_from),
        source=stored_text(row.source),
    )


def _same_offender(case: Violation) -> ColumnElement[bool]:
    """SQL: the same organisation, or the same name where no organisation is recorded."""
    if case.organisation_id is not None:
        return Violation.organisation_id == case.organisation_id
    name = (case.offender_name or "").lower()
    return and_(Violation.organisation_id.is_(None), func.lower(Violation.offender_name) == name)


def _competence_missing(kind: ViolationKind, authority: Authority, day: date) -> str:
    return _(
        "Danh mục chưa có thẩm quyền của %(authority)s trong lĩnh vực %(sector)s tại ngày %(day)s;"
        " hãy chọn người ra quyết định khác.",
        authority=authority.label,
        sector=str(kind.sector.label).lower(),
        day=format_date(day),
    )


def _remedies_problem(
    session: Session, sector: Sector, competence: ViolationCompetence, decision: ProposedDecision
) -> str | None:
    beyond = [remedy for remedy in decision.remedies if remedy.value not in competence.remedies]
    if not beyond:
        return None
    others = who_may_order(list_competence(session, decision.decided_on), beyond[0], sector)
    return _(
        "%(authority)s không có thẩm quyền áp dụng biện pháp “%(remedy)s” tại ngày %(day)s;"
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
