"""Forms that could not be accepted: shown again, carried through sign-in, and sent once more."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from flask import current_app, render_template, request
from itsdangerous import BadData, URLSafeTimedSerializer
from werkzeug.exceptions import HTTPException

from registry.kernel.forms.base import KEY_FIELD, hidden_names
from registry.kernel.services import Service
from registry.kernel.text import check_characters

#: Renders the sign-in page with a form: (sentence, signed form, URL to return to) -> HTML.
SignInPage = Callable[[str, str, str], str]
SIGN_IN_PAGE = Service[SignInPage | None]("registry.kernel.sign_in_page", default=None)
#: Seconds for which a form is offered again after sign-in.
_MAX_AGE_S: Final = 3_600
_SALT: Final = "kept-form"
_CSRF: Final = "csrf_token"
#: Fields of templates without meaning for a reader; those of forms are known by being hidden.
_TECHNICAL: Final = frozenset({_CSRF, KEY_FIELD, "version", "digest", "query", "statement"})
#: No person types such a word: a token, a digest, a proof.
_TOKEN: Final = re.compile(r"[\w+/=.-]{32,}", re.ASCII)
_SECRET: Final = ("password", "current", "repeated")
_HOME: Final = "/"


@dataclass(frozen=True)
class Submission:
    """A submitted form: its URL, its fields in order, the URL of its page, and whether files were lost."""

    path: str
    fields: tuple[tuple[str, str], ...]
    back: str
    had_files: bool

    @property
    def typed(self) -> list[str]:
        """What a person typed, for display: no record ids, no hidden fields, no tokens."""
        hidden = _TECHNICAL | hidden_names()
        values = (value.strip() for name, value in self.fields if name not in hidden)
        return [
            value for value in dict.fromkeys(values) if value and not value.isdecimal() and not _TOKEN.fullmatch(value)
        ]

    @property
    def signed(self) -> str:
        return _signer().dumps([self.path, self.fields, self.back, self.had_files])


def current_submission() -> Submission | None:
    """The form of this request; None without one, for one with a password, from another site, or too large to read."""
    try:
        if request.method != "POST" or not request.form or not _from_here():
            return None
    except HTTPException:
        return None
    fields = tuple((name, value) for name, value in request.form.items(multi=True) if name != _CSRF)
    if any(secret in name for name, _value in fields for secret in _SECRET) or not all(map(_is_sound, fields)):
        return None
    had_files = any(file.filename for _name, file in request.files.items(multi=True))
    return Submission(request.full_path.rstrip("?"), fields, previous_page(), had_files)


def load_submission(text: str | None) -> Submission | None:
    """The form that `signed` wrote within the last hour; None for any other text."""
    try:
        path, fields, back, had_files = _signer().loads(text or "", max_age=_MAX_AGE_S)
    except (BadData, ValueError):
        return None
    return Submission(path, tuple((name, value) for name, value in fields), back, had_files)


def resubmission_page(form: Submission, message: str, status: int) -> str:
    """The page that shows what was typed and sends it again under the token of the current session."""
    return render_template("errors/kept.html", kept=form, message=message, status=status)


def previous_page() -> str:
    """The page of this site that held the form; the start page without a referrer."""
    parts = urlsplit(request.referrer or "")
    if parts.netloc != request.host or not parts.path.startswith("/") or parts.path.startswith("//"):
        return _HOME
    return parts.path + (f"?{parts.query}" if parts.query else "")


def _from_here() -> bool:
    """Whether a page of this site sent the form: a foreign form must not come back with a valid token."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("Origin") or request.referrer
    return origin is not None and urlsplit(origin).netloc == request.host


def _is_sound(field: tuple[str, str]) -> bool:
    try:
        for text in field:
            check_characters(text)
    except ValueError:
        return False
    return True


def _signer() -> URLSafeTimedSerializer:
    secret: Any = current_app.config["SECRET_KEY"]
    return URLSafeTimedSerializer(str(secret), salt=_SALT)
