"""Patterns of dates that a column may have, in place of day/month/year."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from registry.kernel.i18n import _l
from registry.kernel.text import TextRefused, fold

_CENTURY: Final = 2_000
#: Two digits above this mean the century before.
_LAST_SHORT_YEAR: Final = 69


@dataclass(frozen=True)
class DatePattern:
    """`expression` has the groups y, m and (unless days are the first of the month) d, of a folded text."""

    code: str
    label: Any
    expression: re.Pattern[str]
    #: Whether a plain day/month/year reads otherwise by this pattern.
    contradicts: bool = False

    def parse(self, text: str) -> date | None:
        """The day of a text; None where it does not fit."""
        try:
            match = self.expression.fullmatch(fold(text))
        except TextRefused:
            return None
        if match is None:
            return None
        parts = {name: int(digits) for name, digits in match.groupdict().items()}
        year = parts["y"]
        if len(match["y"]) == 2:  # noqa: PLR2004 - 19 for 2019
            year += _CENTURY if year <= _LAST_SHORT_YEAR else _CENTURY - 100
        try:
            return date(year, parts["m"], parts.get("d", 1))
        except ValueError:
            return None


_YEAR: Final = r"(?P<y>(?:19|20)\d{2})"
DATE_PATTERNS: Final[Mapping[str, DatePattern]] = {
    pattern.code: pattern
    for pattern in (
        DatePattern(
            "my",
            _l("tháng/năm, ghi là ngày 01 của tháng"),
            re.compile(rf"(?:thang|t\.?)?\s*(?P<m>\d{{1,2}})\s*(?:[/.\-]|nam|,)\s*(?:nam\s*)?{_YEAR}"),
        ),
        DatePattern(
            "ym",
            _l("năm-tháng, ghi là ngày 01 của tháng"),
            re.compile(rf"{_YEAR}\s*[/.\-]\s*(?P<m>\d{{1,2}})"),
        ),
        DatePattern(
            "mdy",
            _l("tháng/ngày/năm (kiểu Mỹ)"),
            re.compile(rf"(?P<m>\d{{1,2}})[/.\-](?P<d>\d{{1,2}})[/.\-]{_YEAR}"),
            contradicts=True,
        ),
        DatePattern(
            "ymd",
            _l("năm/tháng/ngày"),
            re.compile(rf"{_YEAR}\s*[/.\-]?\s*(?P<m>\d{{2}})\s*[/.\-]?\s*(?P<d>\d{{2}})"),
        ),
        DatePattern(
            "dmy2",
            _l("ngày/tháng/năm, năm ghi hai chữ số"),
            re.compile(r"(?P<d>\d{1,2})[/.\-](?P<m>\d{1,2})[/.\-](?P<y>\d{2})"),
        ),
        DatePattern(
            "words",
            _l("ngày … tháng … năm …"),
            re.compile(rf"(?:ngay)?\s*(?P<d>\d{{1,2}})\s*thang\s*(?P<m>\d{{1,2}})\s*nam\s*{_YEAR}"),
        ),
    )
}


def suggest_pattern(unread: Sequence[str], others: Sequence[str] = ()) -> str | None:
    """The one pattern that fits all texts that are no day/month/year; `others` must then fit, too.

    A text of two readings (03/04/2019) never decides.
    """
    fitting = [
        code
        for code, pattern in DATE_PATTERNS.items()
        if unread
        and all(pattern.parse(text) is not None for text in unread)
        and (not pattern.contradicts or all(pattern.parse(text) is not None for text in others))
    ]
    return fitting[0] if len(fitting) == 1 else None
