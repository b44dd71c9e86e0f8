"""Forms and pages of rows of law: confirm and withdraw for each table, and all pages of one that declares no others."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Generic

from flask import redirect, render_template, url_for

from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.scopes import holds
from registry.dated_rows.service import (
    add_row,
    confirm_row,
    get_row,
    list_series,
    row_of_today,
    rows_of_series,
    withdraw_row,
)
from registry.dated_rows.tables import REASON, SOURCE, DatedTable, LawTable, RowT
from registry.kernel.errors import Invalid
from registry.kernel.fields import Field, display_value
from registry.kernel.forms.answers import Page, flash_done
from registry.kernel.forms.base import BaseForm
from registry.kernel.forms.builder import as_typed, declared_form, form_field, values_of
from registry.kernel.forms.submit import submit
from registry.kernel.http.errors import html_errors
from registry.kernel.i18n import _, _l


class WithdrawRowForm(BaseForm):
    """Why a row was a mistake."""

    reason = form_field(REASON)


def confirm_form(sources: Sequence[Field], row: Any | None = None) -> BaseForm:
    """The source as it was compared; of a row as it is stored, else as it was sent."""
    form_class = declared_form("ConfirmRowForm", sources)
    if row is None:
        return form_class()
    return form_class(formdata=None, data={field.name: as_typed(field, getattr(row, field.name)) for field in sources})


def row_form(table: LawTable[Any], *, is_new_series: bool, row: Any | None = None, is_sent: bool = False) -> BaseForm:
    """The form of a new row: with the fields of the series for the first one, else filled with the newest row."""
    fields = (*(table.series_fields if is_new_series else ()), *table.row_fields)
    form_class = declared_form("LawRowForm", fields)
    if is_sent:
        return form_class()
    typed = {"needs_verification": "true"}
    if row is not None:
        typed |= {field.name: as_typed(field, getattr(row, field.name)) for field in table.own_fields}
    return form_class(formdata=None, data=typed)


def new_row(table: LawTable[Any], form: BaseForm, before: Any | None) -> Any:
    """The row of a valid form, in the series of `before`, or in a new one."""
    fields = (*(table.series_fields if before is None else ()), *table.row_fields)
    series = {} if before is None else dict(zip(table.series, table.key_of(before), strict=True))
    return table.model(**series, **values_of(form, (field.name for field in fields)))


_WITHDRAWAL: Final = _l("Rút dòng")


@dataclass(frozen=True)
class RowPages(Generic[RowT]):
    """How the pages of one row are reached, and the page that they are part of."""

    table: DatedTable[RowT]
    #: Address of a row, with its id as the only argument.
    address: str
    #: First part of the names of the endpoints; `check` and `confirm`, `leave` and `withdraw` follow.
    name: str
    #: The fields that name the source.
    sources: Sequence[Field]
    #: The page of a row, where the reader comes from and goes back to.
    page_of: Callable[[Ctx, Any], str]
    #: The whole page of a form with its title, for a row.
    frame: Callable[[Ctx, BaseForm, str, Any], str]
    #: Title of the withdrawal.
    withdrawal: Any = _WITHDRAWAL
    #: Withdraws a row for a reason, or proposes it and returns the sentence that says so; None: pages of its own do.
    withdraw: Callable[[Ctx, int, str], Any] | None = None


def with_row_pages(bp: GuardedBlueprint, *declared: RowPages[Any]) -> GuardedBlueprint:
    """The blueprint of a feature with the pages that confirm and withdraw the rows of its tables."""
    for pages in declared:
        _add_row_pages(bp, pages)
    return bp


def _add_row_pages(bp: GuardedBlueprint, pages: RowPages[Any]) -> None:
    (argument,) = re.findall(r"<int:(\w+)>", pages.address)
    table, title = pages.table, _l("Xác nhận căn cứ")

    @bp.get(f"{pages.address}/confirm", permission=table.permission, endpoint=f"{pages.name}check")
    def check(ctx: Ctx, **arguments: int) -> str:
        row = get_row(ctx, table, arguments[argument])
        return pages.frame(ctx, confirm_form(pages.sources, row), str(title), row)

    @bp.post(f"{pages.address}/confirm", permission=table.permission, endpoint=f"{pages.name}confirm")
    def confirm(ctx: Ctx, **arguments: int) -> Page:
        row, form = get_row(ctx, table, arguments[argument]), confirm_form(pages.sources)

        def save() -> Any:
            sources = {field.name: form[field.name].value or "" for field in pages.sources}
            return confirm_row(ctx, table, row.id, sources)

        return _saved(ctx, pages, row, form, str(title), save, _("Đã xác nhận căn cứ."))

    take_out = pages.withdraw
    if take_out is None:
        return

    @bp.get(f"{pages.address}/withdraw", permission=table.permission, endpoint=f"{pages.name}leave")
    def leave(ctx: Ctx, **arguments: int) -> str:
        row = get_row(ctx, table, arguments[argument])
        return pages.frame(ctx, WithdrawRowForm(formdata=None), str(pages.withdrawal), row)

    @bp.post(f"{pages.address}/withdraw", permission=table.permission, endpoint=f"{pages.name}withdraw")
    def withdraw_post(ctx: Ctx, **arguments: int) -> Page:
        row, form = get_row(ctx, table, arguments[argument]), WithdrawRowForm()
        done = _("Đã rút dòng %(row)s; dòng đã rút vẫn được giữ với lý do.", row=table.name_of(row))
        return _saved(
            ctx, pages, row, form, str(pages.withdrawal), lambda: take_out(ctx, row.id, form.reason.value), done
        )


def _saved(
    ctx: Ctx,
    pages: RowPages[Any],
    row: Any,
    form: BaseForm,
    title: str,
    call: Callable[[], Any],
    done: str,
) -> Page:
    saved = submit(ctx, form, call)
    if saved is None:
        return pages.frame(ctx, form, title, row), form.refusal_status
    flash_done(ctx, saved if isinstance(saved, str) else done)
    return redirect(pages.page_of(ctx, row), code=303)


def law_pages(table: LawTable[Any]) -> GuardedBlueprint:
    """All pages of a table of law, named after it: its list, the history of a series, add, confirm and withdraw."""
    bp, pages = GuardedBlueprint(table.name, __name__, errors=html_errors), _LawPages(table)
    row_address = f"{table.address}/<int:row_id>"
    bp.get(table.address, permission=table.read, endpoint="index")(pages.index)
    bp.get(row_address, permission=table.read, endpoint="history")(pages.history)
    bp.get(f"{table.address}/new", permission=table.permission, endpoint="new")(pages.new)
    bp.post(f"{table.address}/new", permission=table.permission, endpoint="create")(pages.create)
    bp.get(f"{row_address}/new", permission=table.permission, endpoint="next")(pages.following)
    bp.post(f"{row_address}/new", permission=table.permission, endpoint="add")(pages.add)
    of_row = RowPages(table, row_address, "", (SOURCE,), pages.page_of, pages.frame, withdraw=partial(withdraw, table))
    return with_row_pages(bp, of_row)


def withdraw(table: DatedTable[Any], ctx: Ctx, row_id: int, reason: str) -> Any:
    """`RowPages.withdraw` of a table that one person changes."""
    return withdraw_row(ctx, table, row_id, reason)


@dataclass(frozen=True)
class _LawPages:
    """The views of one table."""

    table: LawTable[Any]

    def page_of(self, ctx: Ctx, row: Any) -> str:
        del ctx
        return url_for(f"{self.table.name}.history", row_id=row.id)

    def frame(self, ctx: Ctx, form: BaseForm, title: str, row: Any | None) -> str:
        back = url_for(f"{self.table.name}.index") if row is None else self.page_of(ctx, row)
        return render_template("dated_rows/form.html", form=form, title=title, table=self.table, row=row, back=back)

    def index(self, ctx: Ctx) -> str:
        series = [(rows[0], row_of_today(ctx, rows)) for rows in list_series(ctx, self.table)]
        return self._page(ctx, "dated_rows/list.html", series=series)

    def history(self, ctx: Ctx, row_id: int) -> str:
        rows = rows_of_series(ctx, self.table, get_row(ctx, self.table, row_id))
        return self._page(ctx, "dated_rows/history.html", rows=rows, in_force=row_of_today(ctx, rows), today=ctx.today)

    def new(self, ctx: Ctx) -> str:
        return self.frame(ctx, row_form(self.table, is_new_series=True), _("Thêm dòng"), None)

    def create(self, ctx: Ctx) -> Page:
        return self._added(ctx, None)

    def following(self, ctx: Ctx, row_id: int) -> str:
        newest = rows_of_series(ctx, self.table, get_row(ctx, self.table, row_id))[0]
        return self.frame(ctx, row_form(self.table, is_new_series=False, row=newest), _("Thêm dòng"), newest)

    def add(self, ctx: Ctx, row_id: int) -> Page:
        return self._added(ctx, get_row(ctx, self.table, row_id))

    def _page(self, ctx: Ctx, template: str, **facts: Any) -> str:
        may_edit = holds(ctx.actor, self.table.permission)
        return render_template(template, table=self.table, show=display_value, may_edit=may_edit, **facts)

    def _added(self, ctx: Ctx, before: Any | None) -> Page:
        table, form = self.table, row_form(self.table, is_new_series=before is None, is_sent=True)

        def save() -> Any:
            row = new_row(table, form, before)
            if before is None and rows_of_series(ctx, table, row):
                sentence = _("“%(series)s” đã có; hãy thêm dòng ở trang của mục này.", series=table.title_of(row))
                raise Invalid({table.series[0]: sentence})
            return add_row(ctx, table, row)

        row = submit(ctx, form, save)
        if row is None:
            return self.frame(ctx, form, _("Thêm dòng"), before), form.refusal_status
        flash_done(ctx, _("Đã thêm dòng; dòng trước đó áp dụng đến hết ngày hôm trước."))
        return redirect(self.page_of(ctx, row), code=303)
