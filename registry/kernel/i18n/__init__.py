"""Languages: Vietnamese texts with an English catalogue; formats of dates, numbers and money."""

from flask import Flask

from registry.kernel.i18n.formats import (
    TIMEZONE,
    format_date,
    format_datetime,
    format_long_date,
    format_metres,
    format_money,
    format_number,
    format_relative,
    init_formats,
    local,
)
from registry.kernel.i18n.messages import (
    DEFAULT_LANGUAGE,
    LANGUAGE_COOKIE,
    LANGUAGES,
    LazyText,
    _,
    _l,
    current_locale,
    force_locale,
    in_language,
    init_translations,
    ngettext,
    remember_language,
)

__all__ = [
    "DEFAULT_LANGUAGE",
    "LANGUAGES",
    "LANGUAGE_COOKIE",
    "TIMEZONE",
    "LazyText",
    "_",
    "_l",
    "current_locale",
    "force_locale",
    "format_date",
    "format_datetime",
    "format_long_date",
    "format_metres",
    "format_money",
    "format_number",
    "format_relative",
    "in_language",
    "init_i18n",
    "local",
    "ngettext",
    "remember_language",
]


def init_i18n(app: Flask) -> None:
    init_translations(app)
    init_formats(app)
