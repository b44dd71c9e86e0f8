"""Password hashes: argon2id through pwdlib, the same work for accounts that exist and for those that do not."""

from __future__ import annotations

import secrets
import unicodedata
from functools import cache

from pwdlib import PasswordHash

from registry.accounts.rules import PASSWORD_MAX

_HASHER = PasswordHash.recommended()


@cache
def _nobodys_hash() -> str:
    """The hash of a password that nobody knows, for accounts without one."""
    return _HASHER.hash(secrets.token_urlsafe())


def hash_password(password: str) -> str:
    """The argon2id hash of a password as `rules.read_password` gives it."""
    return _HASHER.hash(password)


def verify_password(password: str, stored: str | None) -> tuple[bool, str | None]:
    """Whether the password is the one behind `stored`, and a new hash where the parameters have moved on.

    Without a stored hash the same work is done and the answer is no.
    """
    typed = unicodedata.normalize("NFKC", password)[: PASSWORD_MAX + 1]
    right, renewed = _HASHER.verify_and_update(typed, stored or _nobodys_hash())
    return (right, renewed) if stored else (False, None)


def warm_up() -> None:
    """Make the spare hash now, so that the first sign-in of an unknown name takes no longer than the next."""
    _nobodys_hash()
