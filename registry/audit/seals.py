"""The seals of the notes: the worker chains them in batches, so that a request that writes a note takes no lock."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row, func, select, text
from sqlalchemy.dialects.postgresql import INT8MULTIRANGE, Range
from sqlalchemy.orm import Session
from sqlalchemy.sql.expression import cast

from registry.audit.chain import GENESIS, digest_of_values
from registry.audit.models import AuditNote, AuditSeal
from registry.authz.actors import SYSTEM_ACTOR, Actor
from registry.kernel.db.session import Database

#: Notes of one batch: a lost one is looked for among as many.
BATCH: Final = 5_000
#: Seconds between two seals; a note is sealed at most a minute after it was written.
EVERY_S: Final = 30.0
#: A note can become visible after notes with higher ids. After this time none does; a note that appears later in a gap
#: was inserted by hand.
LATE: Final = timedelta(hours=1)
#: Key of the transaction-level advisory lock of those who seal.
_SEAL_LOCK: Final = 7_204_003
_TRY_LOCK: Final = text("SELECT pg_try_advisory_xact_lock(:key)")
NOTE_COLUMNS: Final = tuple(column.key for column in AuditNote.__table__.columns)
SEAL_COLUMNS: Final = tuple(
    column.key for column in AuditSeal.__table__.columns if column.key not in ("digest", "notes")
)


def seal_notes(database: Database, now: datetime) -> int:
    """Seal all notes that are not sealed yet, a transaction for each batch; their number.

    A second worker that seals at the same time leaves it to the first.
    """
    machine: Actor = SYSTEM_ACTOR
    sealed = 0
    while True:
        with database.transaction(machine, now=now, origin="worker") as ctx:
            is_ours = ctx.session.scalar(_TRY_LOCK, {"key": _SEAL_LOCK})
            count = seal_batch(ctx.session, now) if is_ours else 0
        sealed += count
        if count < BATCH:
            return sealed


def seal_batch(session: Session, now: datetime) -> int:
    """Seal the oldest unsealed notes, at most BATCH; their number. The caller holds the lock of sealing."""
    last = session.scalars(select(AuditSeal).order_by(AuditSeal.number.desc()).limit(1)).one_or_none()
    notes = _unsealed(session, now)
    if not notes:
        return 0
    seal = AuditSeal(
        number=last.number + 1 if last else 1,
        sealed_at=now,
        notes=ranges_of(note.id for note in notes),
        note_count=len(notes),
        up_to=max(notes[-1].id, last.up_to if last else 0),
        notes_digest=digest_of_notes(notes),
        previous_digest=last.digest if last else GENESIS,
    )
    seal.digest = digest_of_seal(seal)
    session.add(seal)
    session.flush()
    return len(notes)


def _unsealed(session: Session, now: datetime) -> Sequence[Row[Any]]:
    """The oldest notes in no seal. Only seals of the last hour are read: older gaps are never filled."""
    settled = (
        select(AuditSeal.number, AuditSeal.up_to)
        .where(AuditSeal.sealed_at < now - LATE)
        .order_by(AuditSeal.number.desc())
        .limit(1)
    )
    floor = session.execute(settled).one_or_none()
    number, up_to = (floor.number, floor.up_to) if floor else (0, 0)
    recent = select(func.range_agg(AuditSeal.notes)).where(AuditSeal.number > number).scalar_subquery()
    is_sealed = cast(func.coalesce(recent, text("'{}'::int8multirange")), INT8MULTIRANGE).contains(AuditNote.id)
    query = select(*AuditNote.__table__.columns).where(AuditNote.id > up_to, ~is_sealed)
    return session.execute(query.order_by(AuditNote.id).limit(BATCH)).all()


def ranges_of(ids: Iterable[int]) -> list[Range[int]]:
    """Ascending ids as ranges [first, after last)."""
    ranges: list[Range[int]] = []
    for each in ids:
        if ranges and ranges[-1].upper == each:
            ranges[-1] = Range(ranges[-1].lower, each + 1, bounds="[)")
        else:
            ranges.append(Range(each, each + 1, bounds="[)"))
    return ranges


def digest_of_note(note: Any) -> bytes:
    """SHA-256 of all columns of a note."""
    return digest_of_values({name: getattr(note, name) for name in NOTE_COLUMNS})


def digest_of_notes(notes: Iterable[Any]) -> bytes:
    """SHA-256 over the digests of notes in ascending order of their ids."""
    running = hashlib.sha256()
    for note in notes:
        running.update(digest_of_note(note))
    return running.digest()


def digest_of_seal(seal: Any) -> bytes:
    """SHA-256 of the columns of a seal, which include the previous digest."""
    values = {name: getattr(seal, name) for name in SEAL_COLUMNS}
    return digest_of_values(values | {"notes": [[each.lower, each.upper] for each in seal.notes]})
