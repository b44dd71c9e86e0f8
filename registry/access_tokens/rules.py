"""The text of a token; no database.

`htv_`, 43 characters of 256 random bits, and 8 characters that the installation signs them with. The prefix lets
scanners of published code recognise a leaked token; a made-up text is refused by the signature alone.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from base64 import urlsafe_b64encode
from typing import Final

PREFIX: Final = "htv_"
MAX_TOKENS: Final = 20
MAX_NAME: Final = 100
#: A token is issued for so many days at most.
MAX_DAYS: Final = 366
#: Characters of a token that its owner sees later.
SHOWN: Final = 4
_BYTES: Final = 32
_SIGNATURE: Final = 8
_FORM: Final = re.compile(rf"{PREFIX}[0-9A-Za-z_-]{{43}}[0-9A-Za-z_-]{{{_SIGNATURE}}}")


def token_text(secret: str, random: str | None = None) -> str:
    """The text of a new token; `random` are 43 characters where they follow from a form."""
    body = PREFIX + (random or secrets.token_urlsafe(_BYTES))
    return body + _signature(secret, body)


def is_signed(secret: str, text: str) -> bool:
    """Whether this installation issued a token with this text, still valid or not."""
    if not _FORM.fullmatch(text):
        return False
    return hmac.compare_digest(text[-_SIGNATURE:], _signature(secret, text[:-_SIGNATURE]))


def hash_text(text: str) -> bytes:
    """The stored hash; 256 random bits need no salt."""
    return hashlib.sha256(text.encode("utf-8", "replace")).digest()


def _signature(secret: str, body: str) -> str:
    digest = hmac.digest(secret.encode(), b"access-token:" + body.encode(), "sha256")
    return urlsafe_b64encode(digest).decode()[:_SIGNATURE]
