"""The audit chains of a restored database, for the drill."""

from __future__ import annotations

from datetime import datetime

from registry.audit.verifier import reading, verify


def check_chains(url: str, moment: datetime) -> list[str]:
    """What the verifier finds in the database at `url`, which shows the register as of `moment`."""
    with reading(url) as connection:
        return verify(connection, moment).findings
