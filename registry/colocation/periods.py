"""The span of legal days that figures are of, and the one before it that they are compared with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from werkzeug.datastructures import MultiDict

from registry.authz.actors import Ctx
from registry.kernel.errors import Invalid
from registry.kernel.i18n import _, format_date
from registry.structures.filtering.url import read_day

_ONE_DAY: Final = timedelta(days=1)
#: A year of days, and the longest span: what is compared lies at most twice as far back.
_YEAR: Final = timedelta(days=365)
_MOST_YEARS: Final = 10
Args = MultiDict[str, str]


@dataclass(frozen=True)
class Period:
    """Days from `first` to `last`, both included."""

    first: date
    last: date

    @property
    def before(self) -> Period:
        """As many days directly before."""
        return Period(self.first - (self.last - self.first) - _ONE_DAY, self.first - _ONE_DAY)


def read_period(ctx: Ctx, args: Args) -> Period:
    """The period that an address names: the last 365 days up to today unless it says another.

    Invalid for what is no day, a day to come, an end before its beginning, and more than ten years.
    """
    last = read_day(args, "to") or ctx.today
    first = read_day(args, "from") or last_year(last).first
    if last > ctx.today:
        sentence = _(
            "Chưa có số liệu đến ngày %(day)s; hãy chọn ngày cuối từ hôm nay %(today)s về trước.",
            day=format_date(last),
            today=format_date(ctx.today),
        )
        raise Invalid({"to": sentence})
    if first > last:
        raise Invalid({"from": _order(first, last)})
    if last - first > _YEAR * _MOST_YEARS:
        sentence = _(
            "Từ %(first)s đến %(last)s là quá dài; hãy chọn nhiều nhất %(years)d năm.",
            first=format_date(first),
            last=format_date(last),
            years=_MOST_YEARS,
        )
        raise Invalid({"from": sentence})
    return Period(first, last)


def last_year(last: date) -> Period:
    """The 365 days up to a day."""
    return Period(last - _YEAR + _ONE_DAY, last)


def check_order(first: date | None, last: date | None) -> None:
    """Invalid where the end lies before the beginning."""
    if first is not None and last is not None and first > last:
        raise Invalid({"from": _order(first, last)})


def _order(first: date, last: date) -> str:
    return _(
        "Ngày đầu %(first)s sau ngày cuối %(last)s; ngày đầu phải không muộn hơn ngày cuối.",
        first=format_date(first),
        last=format_date(last),
    )
