"""Translated texts: the message ids are the Vietnamese texts, the catalogue has the English ones."""

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
    """A text that is translated when shown; escaped in HTML, since its parameters may be user input."""

    def __html__(self) -> str:
        return str(escape(str(self)))


def _(message: str, /, **values: object) -> str:
    """The message in the reader's language, with its `%(name)s` filled from `values`.

    Outside an application or request it is the Vietnamese message itself.
    """
    text: str = catalogue(current_locale()).gettext(message)
    return text % values if values else text


def _l(message: str, /, **values: object) -> LazyText:
    """Like `_`, but translated when shown: for texts that are made at import time (labels, choices, error classes).

    The result compares and formats like a str but is none: call str() before it is joined, stored or sent as JSON.
    """
    return LazyText(_, message, **values)


def ngettext(singular: str, plural: str, num: int, /, **values: object) -> str:
    """The message for a count; Vietnamese has one form, so both ids are usually the same text with `%(num)d`."""
    return str(flask_babel.ngettext(singular, plural, num, **values))


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
    chosen = request.cookies.get(LANGUAGE_COOKIE, DEFAULT_LANGUAGE)
    return chosen if chosen in LANGUAGES else DEFAULT_LANGUAGE


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
    return marked % values if "%" in marked else marked


class _Catalogues(flask_babel.Domain):  # type: ignore[misc]  # flask-babel ships no types
    def get_translations(self) -> NullTranslations:
        return catalogue(current_locale())


class _Babel(flask_babel.Babel):  # type: ignore[misc]  # flask-babel ships no types
    domain_instance = _Catalogues()


def init_translations(app: Flask) -> None:
    _Babel().init_app(
        app, default_locale=DEFAULT_LANGUAGE, default_timezone=TIMEZONE_NAME, locale_selector=chosen_language
    )
    # An application context may outlive a request (tests, CLI): the language is chosen for each request.
    app.before_request(flask_babel.refresh)
    # A page has a hundred texts, and the i18n extension of Jinja takes three times as long for each.
    app.jinja_env.globals.update(_=_marked, languages=LANGUAGES, current_locale=current_locale)
