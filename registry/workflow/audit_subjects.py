"""What the audit log shows of cases, terms and days of the calendar."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any, Final

from flask import url_for
from sqlalchemy import Select, select

from registry.audit.subjects import Named, Subject, Tracked, named_subject
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import holds, visible
from registry.kernel.db.matching import rows_with_words
from registry.kernel.feature import Contribution
from registry.kernel.fields import Field
from registry.kernel.i18n import _, _l, format_date
from registry.kernel.i18n.stored import stored_text
from registry.workflow.calendar_service import term_label
from registry.workflow.definition import Workflow
from registry.workflow.models import CalendarDay, LegalTerm, TermProposal

_CASE: Final[Mapping[str, Any]] = {"state": _l("Trạng thái"), "title": _l("Nội dung"), "due_at": _l("Hạn xử lý")}
_DAY: Final[Mapping[str, Any]] = {
    "day": _l("Ngày"),
    "kind": _l("Là ngày"),
    "name": _l("Tên gọi"),
    "source": _l("Căn cứ"),
    "needs_verification": _l("Cần kiểm chứng"),
    "is_active": _l("Đang áp dụng"),
    "makes_up_for": _l("Làm bù cho ngày nghỉ"),
}
_TERM: Final[Mapping[str, Any]] = {
    "organisation_id": _l("Áp dụng cho"),
    "valid_from": _l("Có hiệu lực từ ngày"),
    "length": _l("Độ dài"),
    "unit": _l("Tính bằng"),
    "cut_off": _l("Giờ chốt nhận trong ngày"),
    "reminders": _l("Nhắc trước khi hết hạn"),
    "citation": _l("Căn cứ"),
    "needs_verification": _l("Cần kiểm chứng"),
    "withdrawn_reason": _l("Lý do rút"),
}
_TERM_PROPOSAL: Final[Mapping[str, Any]] = {
    **{name: label for name, label in _TERM.items() if name != "withdrawn_reason"},
    "reason": _l("Lý do rút"),
    "state": _l("Kết quả"),
    "decision_reason": _l("Lý do quyết định"),
}


def case_subject(workflow: Workflow) -> tuple[Contribution, ...]:
    """The cases of a workflow; their fields are the needs of the moves that are columns, never a position."""
    return named_subject(
        workflow.code,
        Subject(partial(_case_names, workflow), partial(_find_cases, workflow)),
        Tracked(workflow.model, partial(_case_fields, workflow), workflow.code),
    )


def _case_names(workflow: Workflow, ctx: Ctx, ids: Collection[int]) -> dict[int, Named]:
    model = workflow.model
    query = select(model.id, model.number, model.title).where(model.id.in_(ids), visible(ctx, model, workflow.read))
    return {
        row.id: Named(
            " – ".join((row.number or _("bản nháp"), stored_text(row.title))), url_for(workflow.page, case_id=row.id)
        )
        for row in ctx.session.execute(query)
    }


def _find_cases(workflow: Workflow, ctx: Ctx, words: Sequence[str]) -> Select[Any]:
    model = workflow.model
    return select(model.id).where(
        visible(ctx, model, workflow.read), rows_with_words(ctx.session, model, model.search_text(), "words", words)
    )


def _case_fields(workflow: Workflow) -> Mapping[str, Any]:
    needs = {need.name: need for move in workflow.moves for need in move.needs if isinstance(need, Field)}
    return {**needs, **_CASE}


def _days(ctx: Ctx, ids: Collection[int]) -> dict[int, Named]:
    if not holds(ctx.actor, P.CASE_ACT):
        return {}
    query = select(CalendarDay.id, CalendarDay.day, CalendarDay.name).where(CalendarDay.id.in_(ids))
    return {
        row.id: Named(
            " – ".join((format_date(row.day), stored_text(row.name))), url_for("calendar.index", year=row.day.year)
        )
        for row in ctx.session.execute(query)
    }


def _terms(ctx: Ctx, ids: Collection[int]) -> dict[int, Named]:
    if not holds(ctx.actor, P.CASE_ACT):
        return {}
    query = select(LegalTerm.id, LegalTerm.key, LegalTerm.valid_from).where(LegalTerm.id.in_(ids))
    return {
        row.id: Named(f"{term_label(row.key)} – {format_date(row.valid_from)}", url_for("calendar.terms"))
        for row in ctx.session.execute(query)
    }


def _term_proposals(ctx: Ctx, ids: Collection[int]) -> dict[int, Named]:
    if not holds(ctx.actor, P.CASE_ACT):
        return {}
    query = select(TermProposal.id, TermProposal.key, TermProposal.valid_from).where(TermProposal.id.in_(ids))
    return {
        row.id: Named(
            f"{term_label(row.key)} – {format_date(row.valid_from)}",
            url_for("calendar.term_proposal", proposal_id=row.id) if holds(ctx.actor, P.CALENDAR_EDIT) else None,
        )
        for row in ctx.session.execute(query)
    }


def _show_term(name: str, value: Any, row: Any) -> str | None:
    del row
    if name == "cut_off":
        return f"{value:%H:%M}"
    return ", ".join(map(str, value)) if name == "reminders" else None


SUBJECTS_OF_TERMS: Final[tuple[Contribution, ...]] = (
    *named_subject(
        "calendar_day", Subject(_days), Tracked(CalendarDay, lambda: _DAY, "calendar_day", shows_first=True)
    ),
    *named_subject(
        "legal_term",
        Subject(_terms),
        Tracked(LegalTerm, lambda: _TERM, "legal_term", shows_first=True, show=_show_term),
    ),
    *named_subject(
        "term_proposal",
        Subject(_term_proposals),
        Tracked(TermProposal, lambda: _TERM_PROPOSAL, "term_proposal", shows_first=True, show=_show_term),
    ),
)
