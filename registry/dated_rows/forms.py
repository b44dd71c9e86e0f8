"""Forms of rows of law, made from the declaration of their table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from registry.dated_rows.tables import REASON, LawTable
from registry.kernel.fields import Field
from registry.kernel.forms.base import BaseForm
from registry.kernel.forms.builder import as_typed, declared_form, form_field, values_of


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
