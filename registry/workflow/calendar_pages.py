"""Pages of the calendar and of the legal terms: all signed-in users read, calendar editors write."""

from __future__ import annotations

import calendar
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from typing import Any, Final

from flask import redirect, render_template, request, url_for

from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.authz.scopes import holds
from registry.dated_rows.pages import RowPages
from registry.dated_rows.proposals import (
    Decision,
    SignedProposal,
    cancel,
    decide,
    get_proposal,
    is_waiting,
    list_proposals,
)
from registry.dated_rows.service import get_row
from registry.kernel.db.session import abort
from registry.kernel.errors import Conflict, Invalid
from registry.kernel.forms.answers import Page, flash_done
from registry.kernel.forms.base import BaseForm
from registry.kernel.forms.submit import act, submit
from registry.kernel.http.errors import html_errors
from registry.kernel.i18n import _, _n, format_date, format_number, month_names
from registry.kernel.numbers import parse_id
from registry.workflow.calendar_forms import (
    CITATION,
    ChangeDayForm,
    DayForm,
    DecideTermForm,
    PreviewForm,
    TermForm,
    WithdrawDayForm,
    WithdrawTermForm,
)
from registry.workflow.calendar_service import (
    FIRST_YEAR,
    LAST_YEAR,
    TERMS,
    TermChange,
    add_day,
    change_day,
    get_day,
    get_term,
    list_days,
    list_terms,
    list_years,
    made_up_by,
    owner_names,
    owner_names_of,
    scheduled_rows,
    term_label,
    withdraw_day,
)
from registry.workflow.models import CalendarDay, DayKind, LegalTerm, TermProposal
from registry.workflow.term_proposals import PROPOSALS, propose_term, propose_withdrawal

bp = GuardedBlueprint("calendar", __name__, errors=html_errors)
_MONTHS = range(1, 13)
_SATURDAY = 5
#: Monday first.
_WEEKS = calendar.Calendar(0)


@bp.get("/calendar", permission=P.CASE_ACT)
def index(ctx: Ctx) -> str:
    year = _year(ctx)
    days = list_days(ctx, year)
    return render_template(
        "workflow/calendar.html",
        year=year,
        years=sorted({*list_years(ctx), year}),
        days=days,
        months=zip(month_names(), months_of(year, days), strict=True),
        today=ctx.today,
        may_edit=holds(ctx.actor, P.CALENDAR_EDIT),
    )


@bp.get("/calendar/days/new", permission=P.CALENDAR_EDIT)
def day_new(ctx: Ctx) -> str:
    del ctx
    return _day_page(DayForm(formdata=None), _("Thêm ngày vào lịch"))


@bp.post("/calendar/days/new", permission=P.CALENDAR_EDIT)
def day_add(ctx: Ctx) -> Page:
    form = DayForm()
    return _save_day(
        ctx,
        form,
        _("Thêm ngày vào lịch"),
        lambda: add_day(ctx, form.to_command()),
        lambda day: _("Đã thêm ngày %(day)s.", day=day),
    )


@bp.get("/calendar/days/<int:day_id>/edit", permission=P.CALENDAR_EDIT)
def day_edit(ctx: Ctx, day_id: int) -> str:
    row = get_day(ctx, day_id)
    form = ChangeDayForm(formdata=None)
    form.fill(row)
    return _day_page(form, _("Sửa ngày trong lịch"), row)


@bp.post("/calendar/days/<int:day_id>/edit", permission=P.CALENDAR_EDIT)
def day_change(ctx: Ctx, day_id: int) -> Page:
    row, form = get_day(ctx, day_id), ChangeDayForm()
    return _save_day(
        ctx,
        form,
        _("Sửa ngày trong lịch"),
        lambda: change_day(ctx, day_id, form.to_command(row.day)),
        lambda day: _("Đã sửa ngày %(day)s.", day=day),
        row,
    )


@bp.get("/calendar/days/<int:day_id>/withdraw", permission=P.CALENDAR_EDIT)
def day_leave(ctx: Ctx, day_id: int) -> str:
    row = get_day(ctx, day_id)
    return _day_page(WithdrawDayForm(formdata=None), _("Bỏ ngày khỏi lịch"), row, with_days=made_up_by(ctx, row))


@bp.post("/calendar/days/<int:day_id>/withdraw", permission=P.CALENDAR_EDIT)
def day_withdraw(ctx: Ctx, day_id: int) -> Page:
    row, form = get_day(ctx, day_id), WithdrawDayForm()
    with_days = made_up_by(ctx, row)
    return _save_day(
        ctx,
        form,
        _("Bỏ ngày khỏi lịch"),
        lambda: withdraw_day(ctx, day_id, form.source.value),
        lambda day: _("Đã bỏ ngày %(day)s khỏi lịch.", day=day),
        row,
        with_days,
    )


@bp.get("/terms", permission=P.CASE_ACT)
def terms(ctx: Ctx) -> str:
    listed_terms = list_terms(ctx)
    return render_template(
        "workflow/terms.html",
        groups=_by_workflow(listed_terms),
        owners=owner_names(ctx, listed_terms),
        today=ctx.today,
        may_edit=holds(ctx.actor, P.CALENDAR_EDIT),
        proposals=list_proposals(ctx, PROPOSALS, is_waiting(PROPOSALS)),
        term_label=term_label,
    )


def _by_workflow(listed_terms: Sequence[Any]) -> list[tuple[str, list[Any]]]:
    """The terms of each workflow, under the name that their labels begin with."""
    by_workflow: dict[str, list[Any]] = {}
    for term in listed_terms:
        by_workflow.setdefault(term.key.partition(".")[0], []).append(term)
    return [(str(group[0].label).partition(":")[0], group) for group in by_workflow.values()]


@bp.get("/terms/<key>/new", permission=P.CALENDAR_EDIT)
def term_new(ctx: Ctx, key: str) -> str:
    form = TermForm(formdata=None)
    form.fill(_newest(ctx, key))
    return _term_page(ctx, form, _("Thêm dòng thời hạn"), key)


@bp.post("/terms/<key>/new", permission=P.CALENDAR_EDIT)
def term_add(ctx: Ctx, key: str) -> Page:
    get_term(ctx, key)
    form = TermForm()
    return _propose_term(ctx, form, _("Thêm dòng thời hạn"), key, lambda: propose_term(ctx, form.to_command(key)))


@bp.get("/terms/<int:term_id>/withdraw", permission=P.CALENDAR_EDIT)
def term_leave(ctx: Ctx, term_id: int) -> str:
    row = get_row(ctx, TERMS, term_id)
    return _term_page(ctx, WithdrawTermForm(formdata=None), _("Rút dòng thời hạn"), row.key, row)


@bp.post("/terms/<int:term_id>/withdraw", permission=P.CALENDAR_EDIT)
def term_withdraw(ctx: Ctx, term_id: int) -> Page:
    row, form = get_row(ctx, TERMS, term_id), WithdrawTermForm()
    return _propose_term(
        ctx,
        form,
        _("Rút dòng thời hạn"),
        row.key,
        lambda: propose_withdrawal(ctx, term_id, form.reason.value),
        row,
    )


@bp.get("/terms/proposals/<int:proposal_id>", permission=P.CALENDAR_EDIT)
def term_proposal(ctx: Ctx, proposal_id: int) -> str:
    """A proposed change of a term, and what the reader may do with it."""
    return _proposal_page(ctx, _signed(ctx, proposal_id), DecideTermForm(formdata=None))


@bp.post("/terms/proposals/<int:proposal_id>", permission=P.CALENDAR_EDIT)
def term_decide(ctx: Ctx, proposal_id: int) -> Page:
    """The decision of the second person; what it would move is shown first."""
    view, form = _signed(ctx, proposal_id), DecideTermForm()
    changes: list[TermChange | None] = []

    def run() -> bool:
        is_confirmed = form.decision.data == "confirm"
        decision = Decision(proposal_id, is_confirmed, form.reason.value or "")
        changes.append(decide(ctx, PROPOSALS, decision)[1])
        return True

    if submit(ctx, form, run) is None:
        return _proposal_page(ctx, view, form), form.refusal_status
    (change,) = changes
    if change is None:
        flash_done(ctx, _("Đã ghi là không xác nhận."))
    else:
        status = _preview_status(ctx, form, change.moved, change.replaced)
        if status is not None:
            return _proposal_page(ctx, view, form, change), status
        flash_done(ctx, _changed(change))
    return redirect(url_for("calendar.terms", _anchor=view.proposal.key), code=303)


@bp.post("/terms/proposals/<int:proposal_id>/cancel", permission=P.CALENDAR_EDIT)
def term_cancel(ctx: Ctx, proposal_id: int) -> Page:
    """The proposer takes the proposal back."""
    done = act(ctx, lambda: cancel(ctx, PROPOSALS, proposal_id))
    flash_done(ctx, _("Đã rút đề xuất."))
    return redirect(url_for("calendar.terms", _anchor=done.key), code=303)


def _year(ctx: Ctx) -> int:
    """The year of the query string, by default the current one; Invalid for any other text."""
    typed = request.args.get("year", "")
    if not typed:
        return ctx.today.year
    year = parse_id(typed)
    if year is None or not FIRST_YEAR <= year <= LAST_YEAR:
        sentence = _(
            "Năm “%(year)s” không có trong lịch; hãy chọn từ %(first)d đến %(last)d.",
            year=typed[:20],
            first=FIRST_YEAR,
            last=LAST_YEAR,
        )
        raise Invalid({"year": sentence})
    return year


def _newest(ctx: Ctx, key: str) -> LegalTerm:
    """The newest general row of a term, from which a new row starts."""
    rows = get_term(ctx, key).rows
    return next((row for row in rows if row.organisation_id is None and row.withdrawn_at is None), rows[0])


def _save_day(
    ctx: Ctx,
    form: PreviewForm,
    title: str,
    call: Callable[[], int],
    done: Callable[[str], str],
    row: CalendarDay | None = None,
    with_days: Sequence[CalendarDay] = (),
) -> Page:
    moved = submit(ctx, form, call)
    if moved is None:
        return _day_page(form, title, row, with_days=with_days), form.refusal_status
    status = _preview_status(ctx, form, moved)
    if status is not None:
        return _day_page(form, title, row, moved, with_days), status
    day: date = row.day if row else form["day"].value
    flash_done(ctx, _with_moved(done(format_date(day)), moved))
    return redirect(url_for("calendar.index", year=day.year), code=303)


def _propose_term(
    ctx: Ctx,
    form: PreviewForm,
    title: str,
    key: str,
    call: Callable[[], TermChange],
    row: LegalTerm | None = None,
) -> Page:
    change = submit(ctx, form, call)
    if change is None:
        return _term_page(ctx, form, title, key, row), form.refusal_status
    status = _preview_status(ctx, form, change.moved, change.replaced)
    if status is not None:
        return _term_page(ctx, form, title, key, row, change), status
    flash_done(ctx, _("Đã ghi đề xuất; thay đổi được ghi khi một cán bộ khác của Sở xác nhận."))
    return redirect(url_for("calendar.terms", _anchor=key), code=303)


def _changed(change: TermChange) -> str:
    replaced = [
        _("Dòng đã lên lịch %(row)s được thay và giữ lại trong lịch sử.", row=_row_label(former))
        for former in change.replaced
    ]
    return _with_moved(" ".join([_("Đã xác nhận thay đổi."), *replaced]), change.moved)


def _proposal_page(
    ctx: Ctx, view: SignedProposal[TermProposal], form: DecideTermForm, change: TermChange | None = None
) -> str:
    return render_template(
        "workflow/term_proposal.html",
        form=form,
        view=view,
        label=term_label(view.proposal.key),
        owner=owner_names_of(ctx, [view.proposal.organisation_id]).get(view.proposal.organisation_id or 0, ""),
        is_own=view.proposal.proposed_by_id == ctx.actor.id,
        change=change,
        replaced=[_row_label(each) for each in change.replaced] if change else [],
    )


def _signed(ctx: Ctx, proposal_id: int) -> SignedProposal[TermProposal]:
    """One proposal with the names of its persons; NotFound without one."""
    get_proposal(ctx, PROPOSALS, proposal_id)
    (signed,) = list_proposals(ctx, PROPOSALS, TermProposal.id == proposal_id)
    return signed


def _preview_status(ctx: Ctx, form: PreviewForm, moved: int, replaced: Sequence[LegalTerm] = ()) -> int | None:
    """Roll back and return the status for a preview page; None if the change was previewed or has no consequences.

    A change whose consequences differ from those previewed is shown again (409).
    """
    effect = f"{moved}:{','.join(str(row.id) for row in replaced)}"
    if form.seen.data == effect or (not form.seen.data and not moved and not replaced):
        return None
    is_stale = bool(form.seen.data)
    form.seen.data = effect
    abort(ctx)
    return Conflict.status if is_stale else HTTPStatus.OK


def _day_page(
    form: BaseForm,
    title: str,
    row: CalendarDay | None = None,
    moved: int | None = None,
    with_days: Sequence[CalendarDay] = (),
) -> str:
    return render_template(
        "workflow/calendar_form.html", form=form, title=title, row=row, moved=moved, with_days=with_days
    )


def _term_page(
    ctx: Ctx,
    form: BaseForm,
    title: str,
    key: str,
    row: LegalTerm | None = None,
    change: TermChange | None = None,
) -> str:
    return render_template(
        "workflow/terms_form.html",
        form=form,
        title=title,
        key=key,
        label=term_label(key),
        row=row,
        change=change,
        replaced=[_row_label(each) for each in change.replaced] if change else [],
        scheduled=[_row_label(each) for each in scheduled_rows(ctx, key)] if isinstance(form, TermForm) else [],
    )


def _row_label(row: LegalTerm) -> str:
    return _(
        "%(length)s %(unit)s từ ngày %(day)s (%(citation)s)",
        length=format_number(row.length),
        unit=row.unit.label,
        day=format_date(row.valid_from),
        citation=row.citation,
    )


def _with_moved(message: str, count: int) -> str:
    outcome = _n("%(num)d hồ sơ đang mở có hạn cuối mới.", count) if count else _("Không hồ sơ nào đổi hạn cuối.")
    return f"{message} {outcome}"


@dataclass(frozen=True)
class DayCell:
    """One day of a month: `look` is work, weekend, off or made_up."""

    day: date
    look: str
    entry: CalendarDay | None


#: Weeks of seven days; None before the first and after the last day of the month.
Month = list[list[DayCell | None]]


def months_of(year: int, entries: Iterable[CalendarDay]) -> list[Month]:
    by_day = {entry.day: entry for entry in entries if entry.is_active}
    return [
        [[_cell(day, by_day.get(day)) if day.month == month else None for day in week] for week in weeks]
        for month in _MONTHS
        for weeks in [_WEEKS.monthdatescalendar(year, month)]
    ]


def _cell(day: date, entry: CalendarDay | None) -> DayCell:
    if entry is not None:
        return DayCell(day, "off" if entry.kind is DayKind.DAY_OFF else "made_up", entry)
    return DayCell(day, "work" if day.weekday() < _SATURDAY else "weekend", None)


ROW_PAGES: Final = RowPages(
    TERMS,
    "/terms/<int:term_id>",
    "term_",
    (CITATION,),
    page_of=lambda _ctx, row: url_for("calendar.terms", _anchor=row.key),
    frame=lambda ctx, form, title, row: _term_page(ctx, form, title, row.key, row),
)
