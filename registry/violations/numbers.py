"""Numbers of papers: the next one of agency, kind and year, given when the paper is signed and never again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import ColumnElement, func, select

from registry.authz.actors import Ctx
from registry.kernel.errors import Forbidden
from registry.kernel.i18n import _
from registry.kernel.text import register_code
from registry.violations.codes import PaperKind
from registry.violations.models import Violation, ViolationPaper


def next_number(ctx: Ctx, kind: PaperKind, on: date) -> str:
    """The number that a paper of the actor's agency would get, if it were signed now."""
    return _numbered(kind, _last(ctx, kind, on.year) + 1)


def give_number(ctx: Ctx, case: Violation, kind: PaperKind, on: date) -> str:
    """Give a paper its number in the row of the actor's agency; rows stay locked until the commit, without gaps."""
    agency = ctx.actor.organisation_id
    if agency is None or ctx.actor.id is None:
        raise Forbidden
    row_of_numbers = func.hashtext(f"violation_paper {agency} {kind.value} {on.year}")
    ctx.session.execute(select(func.pg_advisory_xact_lock(row_of_numbers)))
    paper = ViolationPaper(
        violation_id=case.id,
        kind=kind,
        organisation_id=agency,
        year=on.year,
        number=_last(ctx, kind, on.year) + 1,
        given_on=on,
        given_at=ctx.now,
        given_by_id=ctx.actor.id,
    )
    ctx.session.add(paper)
    return paper.text


def number_problem(ctx: Ctx, kind: PaperKind, typed: str | None, on: date) -> str | None:
    """Why a typed number cannot be recorded: the register gave it to another paper of this agency and year."""
    if not typed:
        return None
    taken = (
        select(ViolationPaper.number, Violation.number.label("case_number"))
        .join(Violation, Violation.id == ViolationPaper.violation_id)
        .where(*_row(ctx, kind, on.year))
    )
    wanted = register_code("".join(typed.split()))
    for row in ctx.session.execute(taken):
        if wanted == _numbered(kind, row.number).upper():
            return _(
                "Số «%(number)s» đã cấp cho hồ sơ %(case)s; hãy để trống để hệ thống cấp số kế tiếp.",
                number=typed,
                case=row.case_number,
            )
    return None


def papers_of(ctx: Ctx, case: Violation) -> Mapping[PaperKind, Sequence[ViolationPaper]]:
    """The numbered papers of a case by kind, newest first; the actor may read the case."""
    query = select(ViolationPaper).where(ViolationPaper.violation_id == case.id).order_by(ViolationPaper.id.desc())
    papers: dict[PaperKind, list[ViolationPaper]] = {}
    for paper in ctx.session.scalars(query):
        papers.setdefault(paper.kind, []).append(paper)
    return papers


def _last(ctx: Ctx, kind: PaperKind, year: int) -> int:
    last = ctx.session.scalar(select(func.max(ViolationPaper.number)).where(*_row(ctx, kind, year)))
    return 0 if last is None else int(last)


def _row(ctx: Ctx, kind: PaperKind, year: int) -> tuple[ColumnElement[bool], ...]:
    agency = ctx.actor.organisation_id
    return ViolationPaper.organisation_id == agency, ViolationPaper.kind == kind, ViolationPaper.year == year


def _numbered(kind: PaperKind, number: int) -> str:
    return f"{number:02d}/{kind.suffix}"
