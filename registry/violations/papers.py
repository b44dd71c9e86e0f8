"""The content of the papers of a case: minutes, notice, draft of the decision, check of the remedy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm.attributes import set_committed_value

from registry.accounts.letterhead import letterhead
from registry.accounts.models import Organisation, UserAccount
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import allowed
from registry.documents.issued import IssuedPaper, IssuedPdf, freeze_paper, issued_paper, made_again, official_paper
from registry.documents.official import (
    BLANK,
    COMMITTEE,
    OfficialPaper,
    bare_name,
    undated,
    within_text,
    written_day,
)
from registry.kernel.errors import MoveRefused, NotFound
from registry.kernel.i18n import _
from registry.territory.models import AdminUnit
from registry.territory.queries import get_province
from registry.violations.codes import CODE, Authority, DecisionForm, PaperKind, ViolationState
from registry.violations.further_papers import CONTENT
from registry.violations.location import unit_of_day
from registry.violations.models import Violation, ViolationKind, ViolationPaper
from registry.violations.numbers import papers_of
from registry.violations.paper_contents import TITLES


def available_kinds(case: Violation) -> list[PaperKind]:
    """The papers of which the case has a draft now, or the first one."""
    kinds = [PaperKind.MINUTES] if case.minutes_number or case.state in _BEFORE else []
    if case.minutes_number and case.decision_form is not DecisionForm.REMEDIES_ONLY:
        kinds.append(PaperKind.DECISION)
    if case.minutes_number and case.decision_form in (None, DecisionForm.REMEDIES_ONLY):
        kinds.append(PaperKind.REMEDIES_DECISION)
    if case.decision_number or case.state is ViolationState.NOT_VIOLATION:
        kinds.append(PaperKind.NOTICE)
    if case.remedy_due_on:
        kinds.append(PaperKind.REMEDY_CHECK)
    return kinds


_BEFORE: Final = frozenset({ViolationState.VERIFYING, ViolationState.COMPLEX, ViolationState.MINUTES_OVERDUE})


def make_paper(ctx: Ctx, case: Violation, kind: PaperKind, issued: ViolationPaper | None) -> OfficialPaper:
    """A paper of a case whose kind is loaded; MoveRefused before its time. Without a number it is a draft."""
    if issued is None and kind not in available_kinds(case):
        raise MoveRefused(_("%(number)s chưa đến bước lập “%(paper)s”.", number=case.number, paper=str(kind.label)))
    number, on = _number_and_day(case, kind, issued)
    unit = unit_of_day(ctx, case, on or ctx.today)
    parent, lines = _letterhead(ctx, case, kind, issued)
    return OfficialPaper(
        parent=parent,
        agency=lines,
        number=number or f"{BLANK}/{kind.suffix}",
        place_and_day=f"{bare_name(unit.name)}, {written_day(on)}" if on else undated(bare_name(unit.name)),
        title=TITLES[kind],
        recipients=_recipients(case, kind, unit),
        remark="" if number else _remark(case, kind),
        **CONTENT[kind](ctx, case, lines),
    )


def freeze_papers(ctx: Ctx, case: Violation) -> None:
    """Store the content of each paper that was issued in this transaction: what follows changes none of them."""
    rows = [row for rows in papers_of(ctx, case).values() for row in rows]
    for row in sorted(rows, key=lambda row: row.id):
        if row.edition is not None and issued_paper(ctx, CODE, case.id, row.kind.value, row.edition) is None:
            set_committed_value(case, "kind", ctx.session.get_one(ViolationKind, case.kind_id))
            freeze_paper(ctx, CODE, case.id, row.kind.value, make_paper(ctx, case, row.kind, row))


def served_paper(ctx: Ctx, case: Violation, kind: PaperKind, issued: ViolationPaper | None) -> OfficialPaper:
    """The paper as it was issued; without one a draft of now."""
    stored = stored_paper(ctx, case, issued)
    if stored is not None:
        return official_paper(stored.content)
    paper = make_paper(ctx, case, kind, issued)
    return paper if _number_and_day(case, kind, issued)[0] is None else made_again(ctx, paper)


def find_paper(ctx: Ctx, case: Violation, kind: PaperKind, edition: int | None) -> ViolationPaper | None:
    """An issued paper of a case: the last one of its kind, or a certain edition; NotFound for an unknown edition.

    A decision that was annulled is no longer the last one: a draft of the next follows it.
    """
    rows = readable_papers(ctx, case).get(kind, ())
    if edition is not None:
        row = next((row for row in rows if row.edition == edition), None)
        if row is None:
            raise NotFound(_("Không có bản %(edition)d của “%(paper)s”.", edition=edition, paper=str(kind.label)))
        return row
    current = {PaperKind.DECISION: case.decision_number, PaperKind.REMEDIES_DECISION: case.decision_number}
    if kind in current:
        return next((row for row in rows if row.text == current[kind]), None)
    return rows[0] if rows else None


def readable_papers(ctx: Ctx, case: Violation) -> Mapping[PaperKind, Sequence[ViolationPaper]]:
    """The issued papers of a case that the actor may read: an organisation those that were served to it."""
    papers = papers_of(ctx, case)
    if allowed(ctx, P.VIOLATION_EVIDENCE, case):
        return papers
    own = ctx.actor.organisation_ids
    return {kind: [row for row in rows if row.addressee_id in own] for kind, rows in papers.items()}


def stored_paper(ctx: Ctx, case: Violation, row: ViolationPaper | None) -> IssuedPaper | None:
    """The stored content of an issued paper; None for a draft, and for papers of before whose content was not kept."""
    if row is None or row.edition is None:
        return None
    return issued_paper(ctx, CODE, case.id, row.kind.value, row.edition)


def files_of_papers(ctx: Ctx, case: Violation) -> dict[tuple[str, int], str]:
    """SHA-256 of the PDF files that were served, by kind and edition."""
    query = (
        select(IssuedPaper.paper, IssuedPaper.edition, IssuedPdf.sha256)
        .join(IssuedPdf, IssuedPdf.id == IssuedPaper.id)
        .where(IssuedPaper.subject_kind == CODE, IssuedPaper.subject_id == case.id)
    )
    return {(row.paper, row.edition): row.sha256 for row in ctx.session.execute(query)}


def digests_of(ctx: Ctx, case: Violation) -> dict[tuple[str, int], str]:
    """SHA-256 of the stored papers of a case, by kind and edition."""
    query = select(IssuedPaper.paper, IssuedPaper.edition, IssuedPaper.digest).where(
        IssuedPaper.subject_kind == CODE, IssuedPaper.subject_id == case.id
    )
    return {(row.paper, row.edition): row.digest for row in ctx.session.execute(query)}


def _number_and_day(case: Violation, kind: PaperKind, issued: ViolationPaper | None) -> tuple[str | None, date | None]:
    if issued is not None:
        return issued.text, issued.given_on
    if kind is PaperKind.MINUTES:
        return case.minutes_number, case.minutes_on
    if kind is PaperKind.DECISION:
        return case.decision_number, case.decision_on
    return None, None


def _letterhead(ctx: Ctx, case: Violation, kind: PaperKind, issued: ViolationPaper | None) -> tuple[str, list[str]]:
    """The agency of the paper; a decision of the province's chair, which others record, is of its committee."""
    if kind in _DECISIONS and case.authority is Authority.PROVINCE_CHAIR:
        province = get_province(ctx.session)
        return "", [COMMITTEE, (province.name if province else "tỉnh").upper()]
    return letterhead(ctx, ctx.session.get_one(Organisation, _agency_id(ctx, case, kind, issued)))


def letterhead_of(ctx: Ctx, case: Violation) -> tuple[str, list[str]]:
    """The head of a paper of the office that handles the case: the body above, and the agency in lines."""
    return letterhead(ctx, ctx.session.get_one(Organisation, case.handler_organisation_id))


def _remark(case: Violation, kind: PaperKind) -> str:
    """That it is a draft, and that the law it cites was not compared with its text."""
    if case.kind.needs_verification and kind in _CITING:
        return "Bản dự thảo, chưa có số; căn cứ pháp lý cần kiểm chứng"
    return "Bản dự thảo, chưa có số"


_DECISIONS: Final = frozenset({PaperKind.DECISION, PaperKind.REMEDIES_DECISION})
_CITING: Final = frozenset({PaperKind.MINUTES, *_DECISIONS})


def _agency_id(ctx: Ctx, case: Violation, kind: PaperKind, issued: ViolationPaper | None) -> int:
    """The agency that numbered the paper, or that of who recorded the decision; of a draft, that of who may decide."""
    if issued is not None:
        return issued.organisation_id
    if kind not in _DECISIONS:
        return case.handler_organisation_id
    if case.decided_by_id is not None:
        return ctx.session.get_one(UserAccount, case.decided_by_id).organisation_id
    own = ctx.actor.organisation_id
    return own if own is not None and allowed(ctx, P.VIOLATION_DECIDE, case) else case.handler_organisation_id


def _recipients(case: Violation, kind: PaperKind, unit: AdminUnit) -> list[str]:
    if kind is PaperKind.TRANSFER:
        return ["Như trên", f"UBND {within_text(unit.name)}", f"Lưu: VT, hồ sơ {case.number}"]
    named = case.offender_name if case.offender_name and kind is not PaperKind.NOTICE else None
    treasury = "Kho bạc Nhà nước nơi thu tiền phạt" if kind is PaperKind.DECISION and case.fine_vnd else None
    lines = [named, f"UBND {within_text(unit.name)}", treasury, f"Lưu: VT, hồ sơ {case.number}"]
    return [line for line in lines if line]
