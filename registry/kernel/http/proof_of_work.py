"""Proof of work (ALTCHA, SHA-256) that a browser does before a server takes what a stranger sends.

A challenge is signed and bound to a purpose, a subject, an amount of work and a term; a proof holds for nothing else.
`spend` uses a proof up in the caller's transaction: one that is rolled back gives it back, so that a form that is
refused for another reason is sent again without new work. `static/js/proof_of_work.mjs` does the work.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import parse_qsl

from altcha.v1 import ChallengeOptions, create_challenge, verify_solution
from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from registry.kernel.db.base import Base

#: Hashes that a phone computes in about a second.
ONE_SECOND: Final = 60_000
_MAX_PROOF_LENGTH: Final = 2000


class SpentProof(Base):
    """A proof that was used up, by its challenge, until its term ends."""

    __tablename__ = "spent_proof"

    challenge: Mapped[str] = mapped_column(primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)


@dataclass(frozen=True)
class _Proof:
    challenge: str
    work: int
    expires_at: datetime


@dataclass(frozen=True)
class ProofOfWork:
    """Challenges of one purpose; `secret` signs them."""

    secret: str = field(repr=False)
    purpose: str
    term: timedelta = timedelta(minutes=30)

    def challenge(self, subject: str, now: datetime, work: int = ONE_SECOND) -> dict[str, Any]:
        """A challenge as the browser reads it; half of `work` is its mean number of hashes."""
        bound = {"purpose": self.purpose, "subject": _digest(subject), "work": str(work)}
        options = ChallengeOptions(
            algorithm="SHA-256", max_number=work, hmac_key=self.secret, expires=now + self.term, params=bound
        )
        return dict(create_challenge(options).to_dict())

    def is_solved(self, subject: str, proof: str, now: datetime, work: int = ONE_SECOND) -> bool:
        """Whether at least `work` was done for this subject and the term is not over; a spent proof counts, too."""
        return self._read(subject, proof, now, work) is not None

    def spend(self, session: Session, subject: str, proof: str, now: datetime, work: int = ONE_SECOND) -> bool:
        """`is_solved`, once for each proof: of two transactions at one instant, one gets True."""
        read = self._read(subject, proof, now, work)
        if read is None:
            return False
        row = insert(SpentProof).values(challenge=read.challenge, expires_at=read.expires_at)
        return session.scalar(row.on_conflict_do_nothing().returning(SpentProof.challenge)) is not None

    def _read(self, subject: str, proof: str, now: datetime, work: int) -> _Proof | None:
        if not proof or len(proof) > _MAX_PROOF_LENGTH:
            return None
        try:
            payload = json.loads(base64.b64decode(proof, validate=True))
            bound = dict(parse_qsl(str(payload["salt"]).partition("?")[2]))
            # The clock of the registry decides, not that of the library.
            is_signed = verify_solution(proof, self.secret, check_expires=False)[0]
            if not is_signed:
                return None
            read = _read_bound(str(payload["challenge"]), bound, now)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError):
            return None
        is_ours = bound.get("purpose") == self.purpose and bound.get("subject") == _digest(subject)
        return read if is_ours and read.work >= work and read.expires_at >= now else None


def forget_spent_proofs(session: Session, now: datetime) -> int:
    """Delete spent proofs whose term is over; returns the number deleted."""
    removed = session.execute(delete(SpentProof).where(SpentProof.expires_at < now).returning(SpentProof.challenge))
    return len(removed.all())


def _read_bound(challenge: str, bound: Mapping[str, str], now: datetime) -> _Proof:
    expires_at = datetime.fromtimestamp(int(bound["expires"]), tz=now.tzinfo)
    return _Proof(challenge, int(bound["work"]), expires_at)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
