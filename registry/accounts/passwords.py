"""Password hashes: argon2id through pwdlib, with the same work whether or not the account exists."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore
from typing import Final

from pwdlib import PasswordHash

from registry.accounts.rules import PASSWORD_MAX
from registry.kernel.errors import Busy
from registry.kernel.i18n import _

_HASHER = PasswordHash.recommended()
#: The hash, with the parameters of `_HASHER`, of a random text that was thrown away: checked where there is no account.
#: Made again at each start it would take each command and worker a tenth of a second of the processor.
OF_NOBODY: Final = "$argon2id$v=19$m=65536,t=3,p=4$4r4A/+nh/p5NA7o7lxvxJg$HYgU+q6wCTPvM9EOfA7te2Sw/7QTW0wtYWX98S/pAwM"
#: Seconds after which a sign-in that was sent away may be sent again.
RETRY_AFTER_S: Final = 3


class HashingSlots:
    """Slots of one process for work on password hashes.

    One hash is made at a time. Of those who sign in some more wait for it, and others are sent away before their
    attempt counts, so that seats of the lanes (authz/lanes.py) are left for pages however many people sign in.
    """

    def __init__(self, most: int) -> None:
        """`most`: sign-ins at once, working or waiting."""
        self._admitted = BoundedSemaphore(most)
        self.working = BoundedSemaphore(1)

    @contextmanager
    def admitted(self) -> Iterator[None]:
        """Raise Busy where as many sign in already."""
        if not self._admitted.acquire(blocking=False):
            sentence = _("Nhiều người đang đăng nhập cùng lúc; hãy thử lại sau %(s)d giây.", s=RETRY_AFTER_S)
            raise Busy(sentence, RETRY_AFTER_S)
        try:
            yield
        finally:
            self._admitted.release()


#: Half of the requests of accounts that a web process works on at once.
SLOTS: Final = HashingSlots(2)


def hash_password(password: str) -> str:
    """The argon2id hash of a password that `rules.read_password` returned."""
    with SLOTS.working:
        return _HASHER.hash(password)


def verify_password(password: str, stored: str | None) -> tuple[bool, str | None]:
    """Whether the password matches `stored`, and a new hash if the hash parameters have changed.

    Without a stored hash the same work is done and the result is False.
    """
    typed = unicodedata.normalize("NFKC", password)[: PASSWORD_MAX + 1]
    with SLOTS.working:
        right, renewed = _HASHER.verify_and_update(typed, stored or OF_NOBODY)
    return (right, renewed) if stored else (False, None)
