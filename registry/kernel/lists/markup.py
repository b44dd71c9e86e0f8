"""The rows of a list as HTML, and the ways in which a column shows more than text.

All values are escaped: `Markup` is given nothing but literals and what `escape` returned. The operator % of `Markup`
escapes them, too, but takes several times as long, and the rows are most of what a list costs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from flask import get_template_attribute, url_for
from markupsafe import Markup, escape

from registry.kernel.context import Context
from registry.kernel.i18n import current_locale
from registry.kernel.lists.columns import Column, Read, format_value, reader

#: A link whose text says no word.
_WORDLESS_LINK: Final = re.compile(r"(<a [^>]*>)([^<]*)</a>")
_WORD: Final = re.compile(r"[^\W\d_]{2}")
#: Types whose texts are numbers and days.
_WORDLESS: Final = frozenset({int, Decimal, date, datetime})
#: What stands for a value that is not there.
DASH: Final = Markup('<span class="quiet">–</span>')


def rows(
    ctx: Context[Any],
    columns: Sequence[Column],
    rows_of_page: Iterable[Any],
    row_id: Callable[[Any], Any] | None = None,
) -> Markup:
    """The rows of a table; a cell carries the heading of its column, for screens where the rows are cards."""
    cells = []
    for column in columns:
        kinds = {
            "cell-main": column.main,
            "cell-wraps": column.wraps,
            "cell-code": column.is_code,
            "numeric": column.is_numeric,
            "cell-fixed": column.is_fixed,
        }
        classes = " ".join([f"c-{column.name}", *(name for name, on in kinds.items() if on)])
        heading = str(column.heading or column.label)
        start = f'<td role="cell" data-label="{escape(heading)}" class="{classes}'
        label = heading if column.kind in _WORDLESS else ""
        cells.append((column.on_page, f'{start}">', f'{start} cell-none">{DASH}</td>', label))
    parts: list[str] = []
    for row in rows_of_page:
        parts.append('<tr role="row">' if row_id is None else f'<tr role="row" data-record="{escape(row_id(row))}">')
        for show, full, empty, label in cells:
            value = show(ctx, row)
            if label and type(value) is Markup:
                value = named_links(value, label)
            if value is None or value == "":
                parts.append(empty)
            else:
                parts += (full, value if type(value) is Markup else escape(value), "</td>")
        parts.append("</tr>\n")
    return Markup("".join(parts))  # noqa: S704 - each value is escaped above


def named_links(markup: Any, label: Any) -> Any:
    """The markup with what each link without words counts or dates, for readers who hear its links alone."""
    if "<a " not in str(markup):
        return markup
    hidden = f'<span class="visually-hidden"> {escape(label)}</span></a>'

    def named(match: re.Match[str]) -> str:
        is_said = _WORD.search(match[2]) or "aria-label=" in match[1]
        return match[0] if is_said else f"{match[1]}{match[2]}{hidden}"

    return Markup(_WORDLESS_LINK.sub(named, str(markup)))  # noqa: S704 - was markup before, and the label is escaped


def unbroken(number: str | None) -> Markup:
    """The number of a paper or case within a sentence, on one line: "12/QĐ-SXD" does not end a line at its hyphen."""
    return Markup('<span class="unbroken">{}</span>').format(number) if number else Markup("")


def link(endpoint: str, text: str | Read, *, fragment: str = "", **arguments: str | Read) -> Read:
    """Shows a link; `text` and the arguments of the address are attributes or functions of the row."""
    read, readers = reader(text), {name: reader(value) for name, value in arguments.items()}

    def show(ctx: Context[Any], row: Any) -> Markup:
        values: dict[str, Any] = {name: get(ctx, row) for name, get in readers.items()}
        return anchor(url_for(endpoint, _anchor=fragment or None, **values), format_value(read(ctx, row)))

    return show


def anchor(address: str, text: Any) -> Markup:
    return Markup(f'<a href="{escape(address)}">{escape(text)}</a>')  # noqa: S704


def check_box(form_id: str, name: str, value: str, label: str) -> Markup:
    """A box of a form that stands elsewhere on the page."""
    shown = f'form="{escape(form_id)}" name="{escape(name)}" value="{escape(value)}" aria-label="{escape(label)}"'
    return Markup(f'<input class="form-check-input" type="checkbox" {shown}>')  # noqa: S704


def sub_text(text: Any) -> Markup:
    """A second, smaller text of a cell."""
    return Markup(f'<span class="cell-sub">{escape(text)}</span>')  # noqa: S704


def hint(text: Any) -> Markup:
    """A remark below the value of a cell."""
    return Markup(f'<span class="fact-hint">{escape(text)}</span>')  # noqa: S704


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
    rendered_badge: Markup = get_template_attribute("macros/badge.html", "badge")(label, tone, icon)
    return rendered_badge
