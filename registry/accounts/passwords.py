"""Password hashes: argon2id through pwdlib, with the same work whether or not the account exists."""

from __future__ import annotations

import secrets
import unicodedata
from functools import cache

from pwdlib import PasswordHash

from registry.accounts.rules import PASSWORD_MAX

_HASHER = PasswordHash.recommended()


@cache
def _dummy_hash() -> str:
    return _HASHER.hash(secrets.token_urlsafe())


def hash_password(password: str) -> str:
    """The argon2id hash of a password that `rules.read_password` returned."""
    return _HASHER.hash(password)


def verify_password(password: str, stored: str | None) -> tuple[bool, str | None]:
    """Whether the password matches `stored`, and a new hash if the hash parameters have changed.

    Without a stored hash the same work is done and the result is False.
    """
    typed = unicodedata.normalize("NFKC", password)[: PASSWORD_MAX + 1]
    right, renewed = _HASHER.verify_and_update(typed, stored or _dummy_hash())
    return (right, renewed) if stored else (False, None)


def warm_up() -> None:
    """Compute the dummy hash now, so that the first sign-in with an unknown name takes no longer than the next."""
    _dummy_hash()
