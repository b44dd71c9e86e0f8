"""Pages of the calendar and of the legal terms: all signed-in users read, calendar editors write."""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.authz.scopes import holds
from registry.kernel.db.session import abort
from registry.kernel.errors import Invalid
from registry.kernel.forms import submit
from registry.kernel.forms.base import BaseForm
from registry.kernel.http.pages import html_errors
from registry.kernel.i18n import _, format_date, format_number
from registry.workflow.calendar_forms import (
    ChangeDayForm,
    ConfirmTermForm,
    DayForm,
    PreviewForm,
    TermForm,
    WithdrawDayForm,
    WithdrawTermForm,
)
from registry.workflow.calendar_service import (
    FIRST_YEAR,
    LAST_YEAR,
    TermChange,
    add_day,
    add_term,
    change_day,
    confirm_term,
    get_day,
    get_term,
    get_term_row,
    list_days,
    list_terms,
    list_years,
    owner_names,
    scheduled_rows,
    term_label,
    withdraw_day,
    withdraw_term,
)
from registry.workflow.models import CalendarDay, DayKind, LegalTerm

bp = GuardedBlueprint("calendar", __name__, errors=html_errors)
Page = str | tuple[str, int] | Response
_OK, _CONFLICT, _INVALID = 200, 409, 422
_YEAR_DIGITS = 4


@bp.get("/calendar", permission=P.CASE_ACT)
def index(ctx: Ctx) -> str:
    year = _year(ctx)
    days = list_days(ctx, year)
    return render_template(
        "workflow/calendar.html",
        year=year,
        years=sorted({*list_years(ctx), year}),
        days=days,
        months=months_of(year, days),
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
    count = submit(ctx, form, lambda: add_day(ctx, form.to_command()))
    if count is None:
        return _day_page(form, _("Thêm ngày vào lịch")), _INVALID
    waits = _foresee(ctx, form, count)
    if waits is not None:
        return _day_page(form, _("Thêm ngày vào lịch"), moved=count), waits
    return _to_year(_("Đã thêm ngày %(day)s.", day=format_date(form.day.value)), form.day.value.year, count)


@bp.get("/calendar/days/<int:day_id>/edit", permission=P.CALENDAR_EDIT)
def day_edit(ctx: Ctx, day_id: int) -> str:
    row = get_day(ctx, day_id)
    form = ChangeDayForm(formdata=None)
    form.fill(row)
    return _day_page(form, _("Sửa ngày trong lịch"), row)


@bp.post("/calendar/days/<int:day_id>/edit", permission=P.CALENDAR_EDIT)
def day_change(ctx: Ctx, day_id: int) -> Page:
    row, form = get_day(ctx, day_id), ChangeDayForm()
    count = submit(ctx, form, lambda: change_day(ctx, day_id, form.to_command(row.day)))
    if count is None:
        return _day_page(form, _("Sửa ngày trong lịch"), row), _INVALID
    waits = _foresee(ctx, form, count)
    if waits is not None:
        return _day_page(form, _("Sửa ngày trong lịch"), row, moved=count), waits
    return _to_year(_("Đã sửa ngày %(day)s.", day=format_date(row.day)), row.day.year, count)


@bp.get("/calendar/days/<int:day_id>/withdraw", permission=P.CALENDAR_EDIT)
def day_leave(ctx: Ctx, day_id: int) -> str:
    return _day_page(WithdrawDayForm(formdata=None), _("Bỏ ngày khỏi lịch"), get_day(ctx, day_id))


@bp.post("/calendar/days/<int:day_id>/withdraw", permission=P.CALENDAR_EDIT)
def day_withdraw(ctx: Ctx, day_id: int) -> Page:
    row, form = get_day(ctx, day_id), WithdrawDayForm()
    count = submit(ctx, form, lambda: withdraw_day(ctx, day_id, form.source.value))
    if count is None:
        return _day_page(form, _("Bỏ ngày khỏi lịch"), row), _INVALID
    waits = _foresee(ctx, form, count)
    if waits is not None:
        return _day_page(form, _("Bỏ ngày khỏi lịch"), row, moved=count), waits
    return _to_year(_("Đã bỏ ngày %(day)s khỏi lịch.", day=format_date(row.day)), row.day.year, count)


@bp.get("/terms", permission=P.CASE_ACT)
def terms(ctx: Ctx) -> str:
    found = list_terms(ctx)
    return render_template(
        "workflow/terms.html",
        terms=found,
        owners=owner_names(ctx, found),
        today=ctx.today,
        may_edit=holds(ctx.actor, P.CALENDAR_EDIT),
    )


@bp.get("/terms/<key>/new", permission=P.CALENDAR_EDIT)
def term_new(ctx: Ctx, key: str) -> str:
    form = TermForm(formdata=None)
    form.fill(_newest(ctx, key))
    return _term_page(ctx, form, _("Thêm dòng thời hạn"), key)


@bp.post("/terms/<key>/new", permission=P.CALENDAR_EDIT)
def term_add(ctx: Ctx, key: str) -> Page:
    get_term(ctx, key)
    form = TermForm()
    change = submit(ctx, form, lambda: add_term(ctx, form.to_command(key)))
    if change is None:
        return _term_page(ctx, form, _("Thêm dòng thời hạn"), key), _INVALID
    waits = _foresee(ctx, form, change.moved, change.replaced)
    if waits is not None:
        return _term_page(ctx, form, _("Thêm dòng thời hạn"), key, change=change), waits
    done = [_("Đã thêm dòng thời hạn."), *(_replaced(row) for row in change.replaced)]
    flash(_done(" ".join(done), change.moved), "success")
    return redirect(url_for("calendar.terms", _anchor=key), code=303)


@bp.get("/terms/<int:term_id>/withdraw", permission=P.CALENDAR_EDIT)
def term_leave(ctx: Ctx, term_id: int) -> str:
    row = get_term_row(ctx, term_id)
    return _term_page(ctx, WithdrawTermForm(formdata=None), _("Rút dòng thời hạn"), row.key, row)


@bp.post("/terms/<int:term_id>/withdraw", permission=P.CALENDAR_EDIT)
def term_withdraw(ctx: Ctx, term_id: int) -> Page:
    row, form = get_term_row(ctx, term_id), WithdrawTermForm()
    change = submit(ctx, form, lambda: withdraw_term(ctx, term_id, form.reason.value))
    if change is None:
        return _term_page(ctx, form, _("Rút dòng thời hạn"), row.key, row), _INVALID
    waits = _foresee(ctx, form, change.moved)
    if waits is not None:
        return _term_page(ctx, form, _("Rút dòng thời hạn"), row.key, row, change), waits
    flash(_done(_("Đã rút dòng thời hạn từ %(day)s.", day=format_date(row.valid_from)), change.moved), "success")
    return redirect(url_for("calendar.terms", _anchor=row.key), code=303)


@bp.get("/terms/<int:term_id>/confirm", permission=P.CALENDAR_EDIT)
def term_check(ctx: Ctx, term_id: int) -> str:
    row = get_term_row(ctx, term_id)
    form = ConfirmTermForm(formdata=None)
    form.citation.data = row.citation
    return _term_page(ctx, form, _("Xác nhận căn cứ"), row.key, row)


@bp.post("/terms/<int:term_id>/confirm", permission=P.CALENDAR_EDIT)
def term_confirm(ctx: Ctx, term_id: int) -> Page:
    row, form = get_term_row(ctx, term_id), ConfirmTermForm()
    if submit(ctx, form, lambda: confirm_term(ctx, term_id, form.citation.value)) is None:
        return _term_page(ctx, form, _("Xác nhận căn cứ"), row.key, row), _INVALID
    flash(_("Đã xác nhận căn cứ của thời hạn."), "success")
    return redirect(url_for("calendar.terms", _anchor=row.key), code=303)


def _year(ctx: Ctx) -> int:
    """The year of the query string, by default the current one; Invalid for any other text."""
    typed = request.args.get("year", "")
    if not typed:
        return ctx.today.year
    if not (typed.isdecimal() and len(typed) == _YEAR_DIGITS and FIRST_YEAR <= int(typed) <= LAST_YEAR):
        sentence = _(
            "Năm «%(year)s» không có trong lịch; hãy chọn từ %(first)d đến %(last)d.",
            year=typed[:20],
            first=FIRST_YEAR,
            last=LAST_YEAR,
        )
        raise Invalid({"year": sentence})
    return int(typed)


def _newest(ctx: Ctx, key: str) -> LegalTerm:
    """The newest general row of a term, from which a new row starts."""
    rows = get_term(ctx, key).rows
    return next((row for row in rows if row.organisation_id is None and row.withdrawn_at is None), rows[0])


def _foresee(ctx: Ctx, form: PreviewForm, moved: int, replaced: Sequence[LegalTerm] = ()) -> int | None:
    """Roll back and return the status for a preview page; None if the change was previewed or has no consequences.

    A change whose consequences differ from those previewed is shown again (409).
    """
    effect = f"{moved}:{','.join(str(row.id) for row in replaced)}"
    if form.seen.data == effect or (not form.seen.data and not moved and not replaced):
        return None
    is_stale = bool(form.seen.data)
    form.seen.data = effect
    abort(ctx)
    return _CONFLICT if is_stale else _OK


def _day_page(form: BaseForm, title: str, row: CalendarDay | None = None, moved: int | None = None) -> str:
    return render_template("workflow/calendar_form.html", form=form, title=title, row=row, moved=moved)


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
        replaced=[_row_words(each) for each in change.replaced] if change else [],
        scheduled=[_row_words(each) for each in scheduled_rows(ctx, key)] if isinstance(form, TermForm) else [],
    )


def _row_words(row: LegalTerm) -> str:
    return _(
        "%(length)s %(unit)s từ ngày %(day)s (%(citation)s)",
        length=format_number(row.length),
        unit=row.unit.label,
        day=format_date(row.valid_from),
        citation=row.citation,
    )


def _replaced(row: LegalTerm) -> str:
    return _("Dòng đã lên lịch %(row)s được thay và giữ lại trong lịch sử.", row=_row_words(row))


def _to_year(message: str, year: int, count: int) -> Response:
    flash(_done(message, count), "success")
    return redirect(url_for("calendar.index", year=year), code=303)


def _done(message: str, count: int) -> str:
    outcome = (
        _("%(count)d hồ sơ đang mở có hạn cuối mới.", count=count) if count else _("Không hồ sơ nào đổi hạn cuối.")
    )
    return f"{message} {outcome}"


_MONTHS = range(1, 13)
_SATURDAY = 5
#: Monday first.
_WEEKS = calendar.Calendar(0)


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
