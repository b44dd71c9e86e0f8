"""The rows of a list as HTML, and the ways in which a column shows more than text. All values are escaped."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any, Final

from flask import get_template_attribute, url_for
from markupsafe import Markup

from registry.kernel.context import Context
from registry.kernel.i18n import current_locale
from registry.kernel.lists.columns import Column, Read, format_value, reader

#: What stands for a value that is not there.
DASH: Final = Markup('<span class="quiet">–</span>')
_ROW: Final = Markup('<tr role="row">')
_RECORD: Final = Markup('<tr role="row" data-record="%s">')
_ROW_END: Final = Markup("</tr>\n")
_CELL: Final = Markup('<td role="cell" data-label="%s" class="%s">')
_CELL_END: Final = Markup("</td>")
_LINK: Final = Markup('<a href="%s">%s</a>')
_SUB: Final = Markup('<span class="cell-sub">%s</span>')
_HINT: Final = Markup('<span class="fact-hint">%s</span>')


def rows(
    ctx: Context[Any], columns: Sequence[Column], found: Iterable[Any], row_id: Callable[[Any], Any] | None = None
) -> Markup:
    """The rows of a table; a cell carries the heading of its column, for screens where the rows are cards."""
    cells = []
    for column in columns:
        classes = " ".join(
            name
            for name, on in (("cell-main", column.main), ("cell-wraps", column.wraps), ("numeric", column.is_numeric))
            if on
        )
        label = str(column.heading or column.label)
        empty = _CELL % (label, f"{classes} cell-none".strip()) + DASH
        cells.append((column.on_page, _CELL % (label, classes), empty))
    parts: list[Any] = []
    for row in found:
        parts.append(_ROW if row_id is None else _RECORD % (row_id(row),))
        for show, full, empty in cells:
            value = show(ctx, row)
            if value is None or value == "":
                parts += (empty, _CELL_END)
            else:
                parts += (full, value, _CELL_END)
        parts.append(_ROW_END)
    return Markup("").join(parts)


def link(endpoint: str, text: str | Read, *, fragment: str = "", **arguments: str | Read) -> Read:
    """Shows a link; `text` and the arguments of the address are attributes or functions of the row."""
    read, readers = reader(text), {name: reader(value) for name, value in arguments.items()}

    def show(ctx: Context[Any], row: Any) -> Markup:
        values: dict[str, Any] = {name: get(ctx, row) for name, get in readers.items()}
        return anchor(url_for(endpoint, _anchor=fragment or None, **values), format_value(read(ctx, row)))

    return show


def anchor(address: str, text: Any) -> Markup:
    return _LINK % (address, text)


def sub_text(text: Any) -> Markup:
    """A second, smaller text of a cell."""
    return _SUB % (text,)


def hint(text: Any) -> Markup:
    """A remark below the value of a cell."""
    return _HINT % (text,)


def macro(template: str, name: str, value: str | Read | None = None) -> Read:
    """Shows what a macro makes of the row, or of a value of it."""
    read = None if value is None else reader(value)

    def show(ctx: Context[Any], row: Any) -> Any:
        return get_template_attribute(template, name)(row if read is None else read(ctx, row)).strip()

    return show


def badge(label: Any, tone: str, icon: str | None = None) -> Markup:
    """A state in words, colour and shape."""
    return _badge(current_locale(), str(label), tone, icon)


@lru_cache(maxsize=512)
def _badge(_locale: str, label: str, tone: str, icon: str | None) -> Markup:
    made: Markup = get_template_attribute("macros/badge.html", "badge")(label, tone, icon)
    return made
