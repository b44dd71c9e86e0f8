"""The audit chain of a restored database: each event holds the digest of the one before it."""

from __future__ import annotations

from typing import Final

import psycopg

from registry.audit.chain import GENESIS
from registry.kernel.i18n import _

_BROKEN: Final = (
    "SELECT e.number FROM audit_event e LEFT JOIN audit_event p ON p.number = e.number - 1"
    " WHERE e.previous_digest <> coalesce(p.digest, CASE e.number WHEN 1 THEN %s ELSE '' END::bytea) ORDER BY 1 LIMIT 1"
)


def check_chain(connection: psycopg.Connection) -> list[str]:
    """A sentence that names the first event that does not follow from the one before it; none for an unbroken chain."""
    row = connection.execute(_BROKEN, [GENESIS]).fetchone()
    return [] if row is None else [_("Chuỗi kiểm toán bị đứt ở sự kiện số %(number)d.", number=row[0])]
