"""Translated texts: the message ids are the Vietnamese texts themselves, English comes from the catalogue."""

import functools
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import flask_babel
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, Response, g, has_request_context, request
from flask_babel.speaklater import LazyString
from markupsafe import Markup, escape

LANGUAGES: Final = {"vi": "Tiếng Việt", "en": "English"}
DEFAULT_LANGUAGE: Final = "vi"
LANGUAGE_COOKIE: Final = "language"
TIMEZONE_NAME: Final = "Asia/Ho_Chi_Minh"
CATALOGUES: Final = Path(__file__).resolve().parents[2] / "translations"
_ONE_YEAR_S: Final = 365 * 24 * 3600


class LazyText(LazyString):  # type: ignore[misc]  # flask-babel ships no types
    """A text translated each time it is shown; escaped in HTML, since its parameters may be what a user typed."""

    def __html__(self) -> str:
        return str(escape(str(self)))


def _(message: str, /, **values: object) -> str:
    """The message in the language of the reader, with `%(name)s` places filled from `values`.

    Outside an application (scripts, unit tests) and outside a request it is the Vietnamese message itself.
    """
    said: str = catalogue(current_locale()).gettext(message)
    return said % values if values else said


def _l(message: str, /, **values: object) -> LazyText:
    """Like `_`, but translated when shown: for texts made at import time (labels, choices, error classes).

    What comes back shows itself, compares and formats like a str but is no str: call str() on it before
    it is joined, stored or sent as JSON.
    """
    return LazyText(_, message, **values)


def ngettext(singular: str, plural: str, num: int, /, **values: object) -> str:
    """The message for a count; Vietnamese has one form, so both ids are usually the same text with `%(num)d`."""
    return str(flask_babel.ngettext(singular, plural, num, **values))


def current_locale() -> str:
    """The reader's language: "vi" or "en"; Vietnamese wherever nobody has chosen (worker, CLI, tests)."""
    # Where flask-babel keeps what it chose for this request; asking it costs five times as much.
    try:
        kept = g.get("_flask_babel")
    except RuntimeError:
        return DEFAULT_LANGUAGE
    locale = getattr(kept, "babel_locale", None) or flask_babel.get_locale()
    return str(locale.language) if locale is not None else DEFAULT_LANGUAGE


@contextmanager
def force_locale(language: str) -> Iterator[None]:
    """Write in `language` whatever the reader chose, for instance a notice to somebody else. Needs an app context."""
    if language not in LANGUAGES:
        raise ValueError(f"unknown language {language!r}, expected one of {', '.join(LANGUAGES)}")
    with flask_babel.force_locale(language):
        yield


def in_language(text: object, language: str) -> str:
    """A label in one language, from its catalogue: needs no application, so what is made of it may be kept."""
    if not isinstance(text, LazyText):
        return str(text)
    said: str = catalogue(language).gettext(*text._args)
    return said % text._kwargs if text._kwargs else said


def remember_language(response: Response, language: str) -> Response:
    """Keep the reader's choice in a cookie for a year, before and after sign-in alike; ValueError if unknown."""
    if language not in LANGUAGES:
        raise ValueError(f"unknown language {language!r}, expected one of {', '.join(LANGUAGES)}")
    response.set_cookie(
        LANGUAGE_COOKIE, language, max_age=_ONE_YEAR_S, secure=request.is_secure, httponly=True, samesite="Lax"
    )
    return response


def chosen_language() -> str:
    """The language of the cookie `language`, else Vietnamese; never the browser's Accept-Language."""
    if not has_request_context():
        return DEFAULT_LANGUAGE
    chosen = request.cookies.get(LANGUAGE_COOKIE, DEFAULT_LANGUAGE)
    return chosen if chosen in LANGUAGES else DEFAULT_LANGUAGE


@functools.cache
def catalogue(language: str) -> NullTranslations:
    """The texts of one language, read from its .po file: nothing to compile, so nothing that can be stale."""
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
    """`_` of templates: the message is ours and safe, the values are escaped; `%%` is a sign of per cent."""
    said = Markup(catalogue(current_locale()).gettext(message))  # noqa: S704 - from our catalogues
    return said % values if "%" in said else said


class _Catalogues(flask_babel.Domain):  # type: ignore[misc]  # flask-babel ships no types
    def get_translations(self) -> NullTranslations:
        return catalogue(current_locale())


class _Babel(flask_babel.Babel):  # type: ignore[misc]  # flask-babel ships no types
    domain_instance = _Catalogues()


def init_translations(app: Flask) -> None:
    """Give the application its languages and its Jinja functions `_`, `gettext` and `ngettext`."""
    _Babel().init_app(
        app, default_locale=DEFAULT_LANGUAGE, default_timezone=TIMEZONE_NAME, locale_selector=chosen_language
    )
    # An application context may outlive one request (tests, CLI): the language is chosen anew for each request.
    app.before_request(flask_babel.refresh)
    # A page asks for a hundred texts; the way to them that the extension of Jinja gives is three times as long.
    app.jinja_env.globals.update(_=_marked, languages=LANGUAGES, current_locale=current_locale)
