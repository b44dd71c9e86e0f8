"""Languages: Vietnamese texts with an English catalogue, and formats of dates, numbers and money."""

from __future__ import annotations

import functools
import io
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final

import flask_babel
from babel.dates import format_date as babel_date
from babel.dates import format_timedelta, get_month_names
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from babel.support import NullTranslations, Translations
from flask import Flask, Response, g, has_request_context, request
from flask_babel.speaklater import LazyString
from markupsafe import Markup, escape

from registry.kernel.clock import LOCAL_ZONE, term_end, utc_now

LANGUAGES: Final = {"vi": "Tiếng Việt", "en": "English"}
DEFAULT_LANGUAGE: Final = "vi"
LANGUAGE_COOKIE: Final = "language"
CATALOGUES: Final = Path(__file__).resolve().parents[2] / "translations"
_ONE_YEAR_S: Final = 365 * 24 * 3600
#: Names of values in messages that are counts.
_COUNTS: Final = frozenset(
    ("num", "count", "most", "least", "total", "length", "done", "rows", "added", "removed", "refused", "existing")
)
_COUNT: Final = re.compile(rf"%\(({'|'.join(sorted(_COUNTS))})\)d")
_THOUSAND: Final = 1000
_PROVISION: Final = re.compile(r"\bĐ\.?(\d+)(?:\.(\d+)(?:[-–](\d+))?)?(?:\.([a-zđ]))?\b")
#: "Đ.7 khoản 1-3", "Điều 43 khoản 2, 3": the clauses stand behind their article.
_CLAUSES_BEHIND: Final = re.compile(r"\b(?:Đ\.?|Điều )(\d+) khoản (\d+)(?:[-–](\d+))?((?:, \d+)*)(?![\w/])")
#: Sentences were stored with guillemets before texts had “quotation marks”.
_QUOTATION_MARKS: Final = str.maketrans("\u00ab\u00bb", "“”")


class LazyText(LazyString):  # type: ignore[misc]  # flask-babel ships no types
    """A text that is translated when shown; escaped in HTML, since its parameters may be user input."""

    def __html__(self) -> str:
        return str(escape(str(self)))


def _(message: str, /, **values: object) -> str:
    """The message in the reader's language, with its `%(name)s` filled from `values`.

    Outside an application or request it is the Vietnamese message itself.
    """
    text: str = catalogue(current_locale()).gettext(message)
    return _filled(text, values) if values else text


def _l(message: str, /, **values: object) -> LazyText:
    """Like `_`, but translated when shown: for texts that are made at import time (labels, choices, error classes).

    The result compares and formats like a str but is none: call str() before it is joined, stored or sent as JSON.
    """
    return LazyText(_, message, **values)


def _n(message: str, num: int, /, **values: object) -> str:
    """Like `_`, in the form for the count `num`, which is also `%(num)d`; Vietnamese has one form for all."""
    text: str = catalogue(current_locale()).ngettext(message, message, num)
    return _filled(text, {"num": num} | values)


def _filled(text: str, values: Mapping[str, object]) -> str:
    """A text with its values; counts have thousands separators, years and numbers of rows have none.

    Markup stays markup: it escapes the values.
    """
    large = {
        # Without Babel, which reads files: the sandbox of an import has none.
        name: f"{value:,}".replace(",", "," if current_locale() == "en" else ".")
        for name, value in values.items()
        if type(value) is int and value >= _THOUSAND and name in _COUNTS
    }
    if not large:
        return text % values
    return type(text)(_COUNT.sub(r"%(\1)s", text)) % {**values, **large}


def _n_noop(message: str, /) -> str:
    """Marks a message that is given to `_n` later: for texts that are made at import time."""
    return message


def with_quotation_marks(text: str) -> str:
    """A stored text of the program as it is written now."""
    return text.translate(_QUOTATION_MARKS)


def current_locale() -> str:
    """The reader's language, "vi" or "en"; Vietnamese without a request (worker, CLI, tests)."""
    # The locale that flask-babel cached for this request; calling flask-babel takes five times as long.
    try:
        cached = g.get("_flask_babel")
    except RuntimeError:
        return DEFAULT_LANGUAGE
    locale = getattr(cached, "babel_locale", None) or flask_babel.get_locale()
    return str(locale.language) if locale is not None else DEFAULT_LANGUAGE


@contextmanager
def force_locale(language: str) -> Iterator[None]:
    """Use `language` in the block instead of the reader's, for example for a notice. Needs an app context."""
    if language not in LANGUAGES:
        raise ValueError(f"unknown language {language!r}, expected one of {', '.join(LANGUAGES)}")
    with flask_babel.force_locale(language):
        yield


def in_language(text: object, language: str) -> str:
    """A label in one language; needs no application, so the result may be cached."""
    if not isinstance(text, LazyText):
        return str(text)
    translated: str = catalogue(language).gettext(*text._args)
    return translated % text._kwargs if text._kwargs else translated


def remember_language(response: Response, language: str) -> Response:
    """Store the language in a cookie for a year; ValueError for an unknown one."""
    if language not in LANGUAGES:
        raise ValueError(f"unknown language {language!r}, expected one of {', '.join(LANGUAGES)}")
    response.set_cookie(
        LANGUAGE_COOKIE, language, max_age=_ONE_YEAR_S, secure=request.is_secure, httponly=True, samesite="Lax"
    )
    return response


def chosen_language() -> str:
    """The language of the cookie `language`, else Vietnamese; Accept-Language is ignored."""
    if not has_request_context():
        return DEFAULT_LANGUAGE
    language = request.cookies.get(LANGUAGE_COOKIE, DEFAULT_LANGUAGE)
    return language if language in LANGUAGES else DEFAULT_LANGUAGE


@functools.cache
def catalogue(language: str) -> NullTranslations:
    """The translations of a language, read from its .po file, so that no compiled file can be stale."""
    path = CATALOGUES / language / "LC_MESSAGES" / "messages.po"
    if language == DEFAULT_LANGUAGE:
        return NullTranslations()
    with path.open("rb") as source:
        po = read_po(source, locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, po)
    compiled.seek(0)
    return Translations(compiled)


def _marked(message: str, /, **values: object) -> Markup:
    """`_` for templates: the message is trusted, the values are escaped; `%%` is a percent sign."""
    marked = Markup(catalogue(current_locale()).gettext(message))  # noqa: S704 - from our catalogues
    # A message without values is shared with labels of the program, where a percent sign is single.
    return Markup(_filled(marked, values)) if values else marked.replace("%%", "%")  # noqa: S704 - values are escaped


def _marked_count(singular: str, plural: str, num: int, /, **values: object) -> Markup:
    """`_n` for templates, which state both forms: the message is trusted, the values are escaped."""
    marked = Markup(catalogue(current_locale()).ngettext(singular, plural, num))  # noqa: S704 - from our catalogues
    return Markup(_filled(marked, {"num": num} | values))  # noqa: S704 - values are escaped


class _Catalogues(flask_babel.Domain):  # type: ignore[misc]  # flask-babel ships no types
    def get_translations(self) -> NullTranslations:
        return catalogue(current_locale())


class _Babel(flask_babel.Babel):  # type: ignore[misc]  # flask-babel ships no types
    domain_instance = _Catalogues()


def init_translations(app: Flask) -> None:
    _Babel().init_app(
        app, default_locale=DEFAULT_LANGUAGE, default_timezone=LOCAL_ZONE.key, locale_selector=chosen_language
    )
    # An application context may outlive a request (tests, CLI): the language is chosen for each request.
    app.before_request(flask_babel.refresh)
    # A page has a hundred texts, and the i18n extension of Jinja takes three times as long for each.
    app.jinja_env.globals.update(_=_marked, ngettext=_marked_count, languages=LANGUAGES, current_locale=current_locale)


NO_BREAK_SPACE: Final = "\N{NO-BREAK SPACE}"
_MONTHS_WITH_ZERO: Final = (1, 2)
_DAYS_WITH_ZERO_BELOW: Final = 10

Number = int | Decimal


#: Bytes of a kilobyte; below ten of them a decimal is shown.
_KILO: Final = 1024
_TEN_KB: Final = 10 * _KILO


def local(moment: datetime) -> datetime:
    """The moment in Vietnamese time (UTC+7); ValueError for one without a time zone."""
    if moment.tzinfo is None:
        raise ValueError(f"moment {moment.isoformat()} has no time zone, expected an aware datetime")
    return moment.astimezone(LOCAL_ZONE)


def _day_of(value: date) -> date:
    return local(value).date() if isinstance(value, datetime) else value


def format_date(value: date | None) -> str:
    """The Vietnamese day of a date or moment: "05/12/2026", in English "5 Dec 2026"; "" for None.

    Fields and files have `typed_date`, the same in both languages.
    """
    if value is None:
        return ""
    day = _day_of(value)
    return typed_date(day) if current_locale() == DEFAULT_LANGUAGE else _english_date(day)


def format_datetime(value: datetime | None) -> str:
    """A moment in Vietnamese time: "05/12/2026 10:32", in English "5 Dec 2026 10:32"; "" for None."""
    return "" if value is None else f"{format_date(value)} {local(value):%H:%M}"


def format_date_near(value: date, today: date) -> str:
    """A date or moment as `format_date` says it, but of the year of `today` without it: "05/12", in English "5 Dec"."""
    day = _day_of(value)
    if day.year != today.year:
        return format_date(day)
    return f"{day:%d/%m}" if current_locale() == DEFAULT_LANGUAGE else _english_date(day).removesuffix(f" {day.year}")


def format_moment_near(value: datetime | None, today: date) -> str:
    """A moment in Vietnamese time, its day as `format_date_near` says it: "05/12 10:32"; "" for None."""
    return "" if value is None else f"{format_date_near(value, today)} {local(value):%H:%M}"


def typed_date(value: date | None) -> str:
    """dd/MM/yyyy, as people type a day and files keep it; "" for None."""
    return "" if value is None else _day_of(value).strftime("%d/%m/%Y")


def typed_datetime(value: datetime | None) -> str:
    """dd/MM/yyyy HH:mm in Vietnamese time, as people type a moment and files keep it; "" for None."""
    return "" if value is None else local(value).strftime("%d/%m/%Y %H:%M")


@functools.lru_cache(maxsize=4096)
def _english_date(day: date) -> str:
    return babel_date(day, "d MMM y", locale="en")


#: English names of months, short and long, in lower case.
_ENGLISH_MONTHS: Final = {
    name.casefold(): month
    for width in ("abbreviated", "wide")
    for month, name in get_month_names(width, "format", "en").items()
}


def english_month(name: str) -> int | None:
    """The month of an English name ("Dec", "December"); None for any other word."""
    return _ENGLISH_MONTHS.get(name.casefold())


def format_term_end(value: datetime | None) -> str:
    """An exclusive end: the last day of the term, or the moment where it is not the end of a day; "" for None."""
    if value is None:
        return ""
    end = term_end(value)
    return format_datetime(end) if isinstance(end, datetime) else format_date(end)


def format_relative(value: datetime | None, now: datetime | None = None) -> str:
    """Time from `now` (default: current time): "3 ngày trước", "in 2 hours", "vừa xong"."""
    if value is None:
        return ""
    delta = local(value) - (now or utc_now())
    if abs(delta) < timedelta(seconds=1):
        return _("vừa xong")
    return format_timedelta(delta, add_direction=True, locale=current_locale())


def month_names() -> list[str]:
    """The months of a year as headings, in the language of the reader."""
    names = get_month_names("wide", "stand-alone", current_locale())
    return [names[month][:1].upper() + names[month][1:] for month in range(1, 13)]


def format_long_date(value: date | None) -> str:
    """The date as in official documents: "ngày 01 tháng 3 năm 2026" (Decree 30/2020), "1 March 2026".

    Days below 10 and the months 1 and 2 get a leading zero against forgery.
    """
    if value is None:
        return ""
    day = _day_of(value)
    if current_locale() != DEFAULT_LANGUAGE:
        return babel_date(day, "d MMMM yyyy", locale=current_locale())
    day_text = f"{day.day:02d}" if day.day < _DAYS_WITH_ZERO_BELOW else str(day.day)
    month_text = f"{day.month:02d}" if day.month in _MONTHS_WITH_ZERO else str(day.month)
    return f"ngày {day_text} tháng {month_text} năm {day.year}"


def format_number(value: Number | None, decimals: int | None = None) -> str:
    """1.234.567,8 in Vietnamese, 1,234,567.8 in English; `decimals` fixes their number, else all are shown."""
    if value is None:
        return ""
    if type(value) is int:
        return _format_whole(value, decimals, current_locale())
    if decimals is None:
        return format_decimal(value, locale=current_locale(), decimal_quantization=False)
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    return format_decimal(value, format=pattern, locale=current_locale())


@functools.lru_cache(maxsize=4096)
def _format_whole(value: int, decimals: int | None, locale: str) -> str:
    """Pages write the same whole numbers again and again."""
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    return format_decimal(value, format=pattern, locale=locale)


def format_money(value: Number | None) -> str:
    """Whole đồng with their name, as all texts write money: "1.234.567 đồng", "1,234,567 VND"."""
    return "" if value is None else NO_BREAK_SPACE.join((format_number(value, 0), _("đồng")))


def written_provisions(text: str) -> str:
    """A legal source with its provisions as papers write them: "Đ42.2.b" is "điểm b khoản 2 Điều 42"."""
    return _PROVISION.sub(_written_provision, _CLAUSES_BEHIND.sub(_written_clauses, text))


def _written_provision(match: re.Match[str]) -> str:
    article, clause, last, point = match.groups()
    return " ".join(filter(None, (point and f"điểm {point}", clause and _clauses(clause, last), f"Điều {article}")))


def _written_clauses(match: re.Match[str]) -> str:
    article, clause, last, others = match.groups()
    return f"{_clauses(clause, last)}{others} Điều {article}"


def _clauses(first: str, last: str | None) -> str:
    if not last:
        return f"khoản {first}"
    return f"khoản {first}, {last}" if int(last) == int(first) + 1 else f"khoản {first} đến khoản {last}"


def format_metres(value: Number | None, decimals: int | None = None) -> str:
    """A length with its unit after a no-break space: "45,5 m"."""
    return "" if value is None else f"{format_number(value, decimals)}{NO_BREAK_SPACE}m"


def format_size(count: int | None) -> str:
    """A file size in bytes, KB or MB of 1,024."""
    if count is None:
        return ""
    if count < _KILO:
        return f"{format_number(count)}{NO_BREAK_SPACE}byte"
    if count < _KILO * _KILO:
        return f"{format_number(Decimal(count) / _KILO, 1 if count < _TEN_KB else 0)}{NO_BREAK_SPACE}KB"
    return f"{format_number(Decimal(count) / _KILO / _KILO, 1)}{NO_BREAK_SPACE}MB"


def init_formats(app: Flask) -> None:
    """Register the Jinja filters of dates, numbers, money, metres and sizes."""
    app.jinja_env.filters.update(
        date=format_date,
        typed_date=typed_date,
        datetime=format_datetime,
        term_end=format_term_end,
        relative_time=format_relative,
        long_date=format_long_date,
        number=format_number,
        money=format_money,
        metres=format_metres,
        file_size=format_size,
        provisions=written_provisions,
    )


def init_i18n(app: Flask) -> None:
    init_translations(app)
    init_formats(app)
