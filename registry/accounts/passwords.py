"""Password hashes: argon2id through pwdlib, with the same work whether or not the account exists."""

from __future__ import annotations

import unicodedata
from typing import Final

from pwdlib import PasswordHash

from registry.accounts.rules import PASSWORD_MAX

_HASHER = PasswordHash.recommended()
#: The hash, with the parameters of `_HASHER`, of a random text that was thrown away: checked where there is no account.
#: Made again at each start it would take each command and worker a tenth of a second of the processor.
OF_NOBODY: Final = "$argon2id$v=19$m=65536,t=3,p=4$4r4A/+nh/p5NA7o7lxvxJg$HYgU+q6wCTPvM9EOfA7te2Sw/7QTW0wtYWX98S/pAwM"


def hash_password(password: str) -> str:
    """The argon2id hash of a password that `rules.read_password` returned."""
    return _HASHER.hash(password)


def verify_password(password: str, stored: str | None) -> tuple[bool, str | None]:
    """Whether the password matches `stored`, and a new hash if the hash parameters have changed.

    Without a stored hash the same work is done and the result is False.
    """
    typed = unicodedata.normalize("NFKC", password)[: PASSWORD_MAX + 1]
    right, renewed = _HASHER.verify_and_update(typed, stored or OF_NOBODY)
    return (right, renewed) if stored else (False, None)
