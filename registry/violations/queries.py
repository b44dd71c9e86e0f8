"""Reads of violations and of the catalogues of acts and competence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from rapidfuzz import fuzz
from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session, aliased, joinedload

from registry.accounts.models import Organisation, OrganisationAlias, UserAccount
from registry.accounts.queries import find_organisation, may_own
from registry.authz.actors import Ctx, Role
from registry.authz.permissions import P
from registry.authz.scopes import allowed, holds, visible
from registry.kernel.clock import LOCAL_ZONE
from registry.kernel.dated_rows import Unconfirmed
from registry.kernel.dated_settings import rows_in_force
from registry.kernel.db.matching import rows_with_words
from registry.kernel.errors import NotFound
from registry.kernel.i18n import _, format_money
from registry.kernel.i18n.stored import stored_text
from registry.kernel.text import fold
from registry.structures.kinds.value_rules import PLAN_IN_FORCE
from registry.structures.models import Structure
from registry.territory.models import AdminUnit
from registry.violations.codes import LOOKALIKES, Authority, DecisionForm, KindGroup, Remedy, Sector
from registry.violations.models import Violation, ViolationCompetence, ViolationKind, ViolationPaper
from registry.violations.rules import format_fine_range, is_outdated_without_range, number_key
from registry.violations.shown_place import knows_place, shown_handler, shown_point, shown_unit
from registry.workflow.calendar import Term, compute_due_date
from registry.workflow.clocks import find_term, working_calendar

#: Made once: the columns of an alias are copies, and take longer to make than the rows of a page to read.
HANDLER: Final = aliased(Organisation)
ACCUSED: Final = aliased(Organisation)

_MOST_ON_STRUCTURE = 10
_MOST_USUAL: Final = 10
_USUAL_SINCE: Final = timedelta(days=3 * 365)
#: Names are near from this likeness on (0 to 100); shorter ones resemble too much.
_LEAST_LIKENESS: Final = 86
_SHORTEST_NAME: Final = 3
#: Without a plan in force nothing is built against it.
OFF_PLAN = "off_plan_build"


@dataclass(frozen=True)
class ViolationView:
    """A violation with the names that its page shows.

    `evidence`: whether the actor may see notes, suspects and photos; `structure_code` is None if the actor may not see
    the structure.
    """

    violation: Violation
    #: The exact place where `knows_place`, else the middle of its public cell.
    lon: float
    lat: float
    knows_place: bool
    unit_name: str | None
    inspector: str | None
    handler: str | None
    organisation: str | None
    structure_code: str | None
    evidence: bool


def get_violation(ctx: Ctx, violation_id: int) -> Violation:
    """One case with its act; NotFound if the actor may not see it."""
    query = select(Violation).where(Violation.id == violation_id, visible(ctx, Violation, P.VIOLATION_READ))
    violation = ctx.session.scalars(query.options(joinedload(Violation.kind, innerjoin=True))).one_or_none()
    if violation is None:
        raise NotFound(_("Không có hồ sơ vi phạm này, hoặc không có quyền xem."))
    return violation


def view_violation(ctx: Ctx, violation: Violation) -> ViolationView:
    names = ctx.session.execute(
        select(
            AdminUnit.name.label("unit"),
            knows_place(ctx).label("knows_place"),
            func.ST_X(shown_point(ctx)).label("lon"),
            func.ST_Y(shown_point(ctx)).label("lat"),
            UserAccount.full_name.label("inspector"),
            shown_handler(ctx, HANDLER).label("handler"),
            ACCUSED.short_name.label("accused"),
        )
        .select_from(Violation)
        .outerjoin(AdminUnit, AdminUnit.id == shown_unit(ctx))
        .outerjoin(UserAccount, UserAccount.id == Violation.created_by_id)
        .outerjoin(HANDLER, HANDLER.id == Violation.handler_organisation_id)
        .outerjoin(ACCUSED, ACCUSED.id == Violation.organisation_id)
        .where(Violation.id == violation.id)
    ).one()
    return ViolationView(
        violation=violation,
        lon=float(names.lon),
        lat=float(names.lat),
        knows_place=names.knows_place,
        unit_name=names.unit,
        inspector=names.inspector,
        handler=names.handler,
        organisation=names.accused,
        structure_code=structure_code_of(ctx, violation),
        evidence=allowed(ctx, P.VIOLATION_EVIDENCE, violation),
    )


def structure_code_of(ctx: Ctx, violation: Violation) -> str | None:
    """The code of the case's structure, if the actor may see it."""
    if violation.structure_id is None:
        return None
    query = select(Structure.code).where(
        Structure.id == violation.structure_id, visible(ctx, Structure, P.STRUCTURE_READ)
    )
    return ctx.session.scalar(query)


def list_on_structure(ctx: Ctx, structure_id: int) -> Sequence[Violation]:
    """The newest visible violations on a structure."""
    if not holds(ctx.actor, P.VIOLATION_READ):
        return ()
    query = (
        select(Violation)
        .where(Violation.structure_id == structure_id, visible(ctx, Violation, P.VIOLATION_READ))
        .order_by(Violation.id.desc())
        .limit(_MOST_ON_STRUCTURE)
    )
    return ctx.session.scalars(query).all()


def list_earlier_decisions(ctx: Ctx, violation: Violation) -> Sequence[Violation]:
    """Visible sanctions of the same organisation whose clean period had not ended on the day of the act, newest first.

    Who is sanctioned is clean six months after executing a warning, a year after executing another sanction (Đ7);
    until it is executed the period has not begun. What was annulled, or fined nothing, is no sanction.
    """
    if violation.organisation_id is None:
        return ()
    query = (
        select(Violation)
        .options(joinedload(Violation.kind, innerjoin=True))
        .where(
            visible(ctx, Violation, P.VIOLATION_READ),
            Violation.organisation_id == violation.organisation_id,
            Violation.id != violation.id,
            Violation.decision_form.in_((DecisionForm.FINE, DecisionForm.WARNING)),
            Violation.decision_on <= violation.occurred_on,
        )
        .order_by(Violation.decision_on.desc(), Violation.id.desc())
        .limit(_MOST_ON_STRUCTURE)
    )
    rows = ctx.session.scalars(query).all()
    return [row for row in rows if (end := clean_until(ctx, row)) is None or violation.occurred_on <= end]


def clean_until(ctx: Ctx, sanctioned: Violation) -> date | None:
    """The last day on which an act is a repetition of a sanctioned one; None while it is not executed."""
    if sanctioned.fine_vnd and sanctioned.paid_on is None:
        return None
    if sanctioned.remedies and sanctioned.remedied_on is None:
        return None
    days = [day for day in (sanctioned.decision_on, sanctioned.paid_on, sanctioned.remedied_on) if day is not None]
    executed_on = max(days)
    term = "violation.clean_warning" if sanctioned.decision_form is DecisionForm.WARNING else "violation.clean_fine"
    row = find_term(ctx.session, term, ctx.today)
    start = datetime.combine(executed_on, time.min, tzinfo=LOCAL_ZONE)
    return compute_due_date(working_calendar(ctx), Term(row.length, row.unit, row.cut_off), start).last_on


def paper_clauses(ctx: Ctx, text: str) -> Sequence[ColumnElement[bool]]:
    """SQL: cases by a number of a paper, the violator or the receipt; an organisation by papers that it was served."""
    words = text.split()
    if not words or not holds(ctx.actor, P.VIOLATION_READ):
        return ()
    of_papers = select(ViolationPaper.violation_id).where(ViolationPaper.key == number_key(text))
    served = Violation.id.in_(of_papers.where(ViolationPaper.addressee_id.in_(ctx.actor.organisation_ids)))
    if not holds(ctx.actor, P.VIOLATION_EVIDENCE):
        return (served,)
    evident = visible(ctx, Violation, P.VIOLATION_EVIDENCE)
    of_words = rows_with_words(ctx.session, Violation, Violation.papers_text(), "papers", words)
    return served, evident & of_words, evident & Violation.id.in_(of_papers)


def list_possible_offenders(ctx: Ctx) -> Sequence[Organisation]:
    """The organisations that own or use structures today, by name."""
    query = select(Organisation).where(may_own(ctx.today)).order_by(Organisation.short_name)
    return ctx.session.scalars(query).all()


def similar_organisation(ctx: Ctx, name: str) -> Organisation | None:
    """The organisation whose name, short name or other spelling a typed name resembles most; None if none is near."""
    exact = find_organisation(ctx.session, name)
    if exact is not None:
        return exact
    typed = fold(name)
    spellings = select(OrganisationAlias.organisation_id, OrganisationAlias.folded).where(OrganisationAlias.is_active)
    by_id = {row.id: row for row in list_possible_offenders(ctx)}
    names = [(row.id, fold(text)) for row in by_id.values() for text in (row.name, row.short_name)]
    names += [(row.organisation_id, row.folded) for row in ctx.session.execute(spellings)]
    scores = [
        (_likeness(typed, other), number) for number, other in names if number in by_id and len(other) >= _SHORTEST_NAME
    ]
    best, number = max(scores, default=(0.0, 0))
    return by_id[number] if best >= _LEAST_LIKENESS else None


def _likeness(typed: str, other: str) -> float:
    """0 to 100: letters in order, or the whole other name among the typed words."""
    if f" {other} " in f" {typed} ":
        return 100
    return fuzz.ratio(typed, other)


def list_kinds(session: Session, on: date, occurred_on: date | None = None) -> Sequence[ViolationKind]:
    """The acts of the decrees in force on a day, by group; `occurred_on` excludes acts legal on that day."""
    query = select(ViolationKind).where(*_in_force(ViolationKind, on))
    if occurred_on is not None:
        query = query.where(or_(ViolationKind.acts_until.is_(None), ViolationKind.acts_until >= occurred_on))
        plan = rows_in_force(session, [PLAN_IN_FORCE], occurred_on).get(PLAN_IN_FORCE)
        # There was no plan before the first row.
        if plan is None or not plan.value:
            query = query.where(ViolationKind.code != OFF_PLAN)
    rows = session.scalars(query.order_by(ViolationKind.id)).all()
    groups = list(type(rows[0].kind_group)) if rows else []
    places = {row.code: index for index, row in enumerate(rows)}
    close = {code: codes for codes in LOOKALIKES for code in codes}

    def place(row: ViolationKind) -> tuple[int, int, int]:
        """By group; an act that lies close to another one stands next to it."""
        codes = close.get(row.code, (row.code,))
        first = min(places[code] for code in codes if code in places)
        return groups.index(row.kind_group), first, codes.index(row.code)

    return sorted(rows, key=place)


def acts_of_office(ctx: Ctx, acts: Sequence[ViolationKind]) -> list[ViolationKind]:
    """Of some acts those that the actor's office logs: the department of construction those of works and streets."""
    roles = set(ctx.actor.roles)
    if Role.CONSTRUCTION_DEPARTMENT not in roles or roles & {Role.AREA_INSPECTOR, Role.LEAD_DEPARTMENT}:
        return list(acts)
    return [act for act in acts if act.sector is Sector.CONSTRUCTION or act.kind_group is KindGroup.BUILDING]


def usual_acts(ctx: Ctx, acts: Sequence[ViolationKind]) -> list[ViolationKind]:
    """The ten acts that were logged most in the area of the actor in the last years; others of the list fill up."""
    since = ctx.now - _USUAL_SINCE
    query = (
        select(ViolationKind.code, func.count().label("cases"))
        .join(Violation, Violation.kind_id == ViolationKind.id)
        .where(visible(ctx, Violation, P.VIOLATION_READ), Violation.created_at >= since)
        .group_by(ViolationKind.code)
    )
    counts = {row.code: row.cases for row in ctx.session.execute(query)}
    offered = [act for act in acts if not is_outdated_without_range(act)]
    return sorted(offered, key=lambda act: -counts.get(act.code, 0))[:_MOST_USUAL]


def close_acts(rows: Sequence[ViolationKind]) -> list[ViolationKind]:
    """Those of some acts that lie close to another one of them, for a comparison."""
    codes = {row.code for row in rows}
    close = {code for group in LOOKALIKES if len(codes.intersection(group)) > 1 for code in group}
    return [row for row in rows if row.code in close]


def lookalikes(session: Session, code: str, on: date, occurred_on: date) -> list[ViolationKind]:
    """An act and those that lie close to it; empty if there are none on these days."""
    codes = next((codes for codes in LOOKALIKES if code in codes), ())
    return close_acts([row for row in list_kinds(session, on, occurred_on) if row.code in codes]) if codes else []


def kind_code(session: Session, kind_id: int) -> str:
    return session.get_one(ViolationKind, kind_id).code


def find_kind(session: Session, code: str, on: date, occurred_on: date) -> ViolationKind | None:
    """The row of an act for a day of law and a day of the act."""
    return next((row for row in list_kinds(session, on, occurred_on) if row.code == code), None)


def find_act(session: Session, code: str) -> str | None:
    """The label of an act in its newest row, in force or not; None for an unknown code."""
    # Compared in Python: typed text may contain characters that PostgreSQL refuses.
    rows = session.execute(
        select(ViolationKind.code, ViolationKind.act).order_by(
            ViolationKind.withdrawn_at.is_(None), ViolationKind.valid_from
        )
    )
    return {row.code: row.act for row in rows}.get(code)


def list_competence(session: Session, on: date) -> Sequence[ViolationCompetence]:
    """The authorities that may decide on a day, lowest fine first."""
    query = select(ViolationCompetence).where(*_in_force(ViolationCompetence, on))
    return session.scalars(query.order_by(ViolationCompetence.fine_max_vnd)).all()


def find_competence(session: Session, authority: Authority, sector: Sector, on: date) -> ViolationCompetence | None:
    """The competence of an authority in a field of law on a day."""
    mine = (row for row in list_competence(session, on) if row.authority is authority and row.sector is sector)
    return next(mine, None)


def who_may_order(competences: Iterable[ViolationCompetence], remedy: Remedy, sector: Sector) -> list[Authority]:
    """Of the competences of a day, the authorities that may order a remedy in a field of law."""
    return [row.authority for row in competences if row.sector is sector and remedy.value in row.remedies]


def _in_force(
    model: type[ViolationKind] | type[ViolationCompetence], on: date
) -> tuple[ColumnElement[bool], ColumnElement[bool], ColumnElement[bool]]:
    return model.withdrawn_at.is_(None), model.valid_from <= on, or_(model.valid_to.is_(None), model.valid_to >= on)


def unconfirmed_kinds(ctx: Ctx) -> list[Unconfirmed]:
    """The acts and competences of today or later whose legal basis is still to be confirmed."""
    if not holds(ctx.actor, P.VIOLATION_READ):
        return []
    later = [
        *ctx.session.scalars(
            select(ViolationKind)
            .where(ViolationKind.needs_verification, *_ends_after(ViolationKind, ctx.today))
            .order_by(ViolationKind.kind_group, ViolationKind.id)
        )
    ]
    powers = [
        *ctx.session.scalars(
            select(ViolationCompetence)
            .where(ViolationCompetence.needs_verification, *_ends_after(ViolationCompetence, ctx.today))
            .order_by(ViolationCompetence.id)
        )
    ]
    acts = [(stored_text(row.act), format_fine_range(row), row, "catalogue.kind", {"act": row.code}) for row in later]
    fines = [
        (
            str(row.authority.label),
            format_money(row.fine_max_vnd),
            row,
            "catalogue.competence",
            {"authority": row.authority.value},
        )
        for row in powers
    ]
    return [
        Unconfirmed(label, value, ", ".join(filter(None, (row.decree, row.article))), endpoint, arguments)
        for label, value, row, endpoint, arguments in (*acts, *fines)
    ]


def _ends_after(model: Any, day: date) -> list[ColumnElement[bool]]:
    return [model.withdrawn_at.is_(None), or_(model.valid_to.is_(None), model.valid_to >= day)]
