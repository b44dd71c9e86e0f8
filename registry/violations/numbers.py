"""Papers of cases with their numbers: the next one of agency, kind and year, or a typed one; never given again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import ColumnElement, func, select

from registry.authz.actors import Ctx
from registry.documents.issued import issued_paper
from registry.kernel.errors import Forbidden
from registry.kernel.i18n import _, format_date
from registry.violations.codes import CODE, Offender, PaperKind
from registry.violations.models import Violation, ViolationPaper
from registry.violations.rules import number_key


def next_number(ctx: Ctx, kind: PaperKind, on: date) -> str:
    """The number that a paper of the actor's agency would get, if it were signed now."""
    return _numbered(kind, _last(ctx, kind, on.year) + 1)


def issue_paper(ctx: Ctx, case: Violation, kind: PaperKind, on: date, typed: str | None = None) -> str:
    """Enter a paper with the typed number or the next of the actor's agency; its content is frozen after the move.

    Rows stay locked until the commit, so that given numbers have no gaps. The caller has asked `number_problem`.
    """
    agency = ctx.actor.organisation_id
    if agency is None or ctx.actor.id is None:
        raise Forbidden
    _lock(ctx, kind, on.year)
    number = None if typed else _last(ctx, kind, on.year) + 1
    text = typed or _numbered(kind, number or 0)
    issued = issued_paper(ctx, CODE, case.id, kind.value)
    paper = ViolationPaper(
        violation_id=case.id,
        kind=kind,
        organisation_id=agency,
        year=on.year,
        number=number,
        edition=1 if issued is None else issued.edition + 1,
        text=text,
        key=number_key(text),
        given_on=on,
        given_at=ctx.now,
        given_by_id=ctx.actor.id,
        addressee_id=_addressee(case, kind),
    )
    ctx.session.add(paper)
    return text


def _addressee(case: Violation, kind: PaperKind) -> int | None:
    """The organisation that a paper is served to; one between offices, or against a person, is served to none."""
    if kind in (PaperKind.NOTICE, PaperKind.TRANSFER) or case.offender is Offender.INDIVIDUAL:
        return None
    return case.organisation_id


def number_problem(ctx: Ctx, kind: PaperKind, typed: str | None, on: date) -> str | None:
    """Why a number cannot be entered: another paper of this agency and year has it, or it would break the order."""
    _lock(ctx, kind, on.year)
    if not typed:
        return _order_problem(ctx, kind, on)
    taken = (
        select(Violation.number)
        .join(ViolationPaper, ViolationPaper.violation_id == Violation.id)
        .where(*_row(ctx, kind, on.year), ViolationPaper.key == number_key(typed))
    )
    case_number = ctx.session.scalar(taken)
    if case_number is None:
        return None
    return _(
        "Số “%(number)s” đã cấp cho hồ sơ %(case)s; hãy để trống để hệ thống cấp số kế tiếp.",
        number=typed,
        case=case_number,
    )


def _order_problem(ctx: Ctx, kind: PaperKind, on: date) -> str | None:
    """Numbers follow the days of the papers; a day before the last one is of a number that was taken elsewhere."""
    query = (
        select(ViolationPaper)
        .where(*_row(ctx, kind, on.year), ViolationPaper.number.is_not(None))
        .order_by(ViolationPaper.number.desc())
        .limit(1)
    )
    last = ctx.session.scalars(query).one_or_none()
    if last is None or last.given_on <= on:
        return None
    return _(
        "Số %(last)s đã cấp cho văn bản ngày %(day)s, sau ngày %(on)s của văn bản này; số kế tiếp không được đứng sau"
        " một ngày muộn hơn, hãy ghi số đã lấy ở sổ văn thư.",
        last=last.text,
        day=format_date(last.given_on),
        on=format_date(on),
    )


def papers_of(ctx: Ctx, case: Violation) -> Mapping[PaperKind, Sequence[ViolationPaper]]:
    """The issued papers of a case by kind, newest first; the actor may read the case."""
    query = select(ViolationPaper).where(ViolationPaper.violation_id == case.id).order_by(ViolationPaper.id.desc())
    papers: dict[PaperKind, list[ViolationPaper]] = {}
    for paper in ctx.session.scalars(query):
        papers.setdefault(paper.kind, []).append(paper)
    return papers


def _lock(ctx: Ctx, kind: PaperKind, year: int) -> None:
    row_of_numbers = func.hashtext(f"violation_paper {ctx.actor.organisation_id} {kind.value} {year}")
    ctx.session.execute(select(func.pg_advisory_xact_lock(row_of_numbers)))


def _last(ctx: Ctx, kind: PaperKind, year: int) -> int:
    """The last number in use: a given one, or a typed one of the same form, which the next must not meet."""
    last = ctx.session.scalar(select(func.max(ViolationPaper.number)).where(*_row(ctx, kind, year))) or 0
    typed = ctx.session.scalars(
        select(ViolationPaper.key).where(*_row(ctx, kind, year), ViolationPaper.number.is_(None))
    )
    taken = set(typed)
    while number_key(_numbered(kind, last + 1)) in taken:
        last += 1
    return int(last)


def _row(ctx: Ctx, kind: PaperKind, year: int) -> tuple[ColumnElement[bool], ...]:
    agency = ctx.actor.organisation_id
    return ViolationPaper.organisation_id == agency, ViolationPaper.kind == kind, ViolationPaper.year == year


def _numbered(kind: PaperKind, number: int) -> str:
    return f"{number:02d}/{kind.suffix}"
