"""The hash chain: one event per writing transaction, written just before its commit, with a separate salted payload."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from sqlalchemy.orm import Session

from registry.audit.models import AuditEvent, AuditPayload
from registry.authz.actors import Actor, Ctx
from registry.kernel.context import Context
from registry.kernel.db.compiled import BoundStatement, CompiledStatement, execute_pipeline
from registry.kernel.db.pool import to_json

GENESIS = bytes(32)
_MEMO = "audit"
_AUTHOR: Final = "audit.author"
#: Key of the transaction-level advisory lock that makes the chain a chain.
_CHAIN_LOCK = 7_204_001
_SALT_BYTES = 16

#: Member of a payload: the versioned tables that the change touched. Events before revision r0004 have none.
TABLES: Final = "tables"
#: Member of a payload: versioned table -> history ids (an int8multirange) of the versions that ended because their row
#: was deleted. Events before revision r0005 have none.
DELETED: Final = "deleted"

_TOUCHED = CompiledStatement.of(
    "SELECT current_setting('registry.touched', true) AS tables, current_setting('registry.deleted', true) AS deleted,"
    " nullif(current_setting('registry.change_id', true), '')::bigint AS change_id"
)
_LOCK = CompiledStatement.of("SELECT pg_advisory_xact_lock(%(key)s)", {"key": _CHAIN_LOCK})
_LAST = CompiledStatement.of(
    f"SELECT number, digest FROM {AuditEvent.__tablename__} ORDER BY number DESC LIMIT 1"  # noqa: S608 - own
)
_COLUMNS = [column.key for column in AuditEvent.__table__.columns]
_ADD_EVENT = CompiledStatement.of(
    f"INSERT INTO {AuditEvent.__tablename__} ({', '.join(_COLUMNS)})"  # noqa: S608 - own
    f" VALUES ({', '.join(f'%({name})s' for name in _COLUMNS)})"
)
_ADD_PAYLOAD = CompiledStatement.of(
    f"INSERT INTO {AuditPayload.__tablename__} (number, salt, payload)"  # noqa: S608 - own
    " VALUES (%(number)s, %(salt)s, CAST(%(payload)s AS jsonb))"
)


@dataclass
class _Entry:
    action: str
    object_kind: str
    object_id: int | None
    on_behalf_of_id: int | None = None
    details: dict[str, Any] = field(default_factory=dict)


def record(
    ctx: Ctx,
    action: str,
    object_kind: str,
    object_id: int | None,
    *,
    on_behalf_of_id: int | None = None,
    **details: Any,
) -> None:
    """Describe what this transaction does; the first call names the event, later ones join its payload.

    `details` must be JSON; field values are not needed, since the history rows hold them.
    """
    entries: list[_Entry] = ctx.memo.setdefault(_MEMO, [])
    entries.append(_Entry(action, object_kind, object_id, on_behalf_of_id, details))


def entries_of(ctx: Context[Any]) -> Sequence[_Entry]:
    """What this transaction has recorded so far; the first entry names its event."""
    return tuple(ctx.memo.get(_MEMO, ()))


@contextmanager
def attempt(ctx: Ctx) -> Iterator[None]:
    """Take back as a whole what the block did, if it raises: rows, locks, records of the event, later work.

    For work on many things that goes on when one of them is refused. Notes of what was read stay.
    """
    entries: list[_Entry] = ctx.memo.setdefault(_MEMO, [])
    kept = [(later, len(later)) for later in (entries, ctx.before_commit, ctx.after_commit)]
    held = set(ctx.locks)
    try:
        with ctx.session.begin_nested():
            yield
    except BaseException:
        for later, length in kept:
            del later[length:]
        ctx.locks &= held
        raise


def record_as(ctx: Ctx, author: Actor) -> None:
    """Let the event of this transaction name another author than its actor, where a person stays unnamed."""
    ctx.memo[_AUTHOR] = author


def write_pending(ctx: Context[Any]) -> None:
    """Append the event of this transaction to the chain; RuntimeError for a change without one."""
    ctx.session.flush()
    entries: list[_Entry] = ctx.memo.get(_MEMO, [])
    touched = touched_by(ctx.session)
    if not entries:
        if touched.tables:
            message = f"changed {', '.join(touched.tables)} without an audit record"
            raise RuntimeError(message)
        return
    main = entries[0]
    author = ctx.memo.get(_AUTHOR, ctx.actor)
    append_event(
        ctx.session,
        touched,
        [{"action": e.action, "kind": e.object_kind, "id": e.object_id, **e.details} for e in entries],
        occurred_at=ctx.now,
        actor_id=author.id,
        actor_label=author.display_name,
        organisation_id=author.organisation_id,
        on_behalf_of_id=main.on_behalf_of_id,
        action=main.action,
        object_kind=main.object_kind,
        object_id=main.object_id,
        change_id=ctx.change_id,
        request_id=ctx.request_id,
        origin=ctx.origin,
    )


@dataclass(frozen=True)
class Touched:
    """What a change did to versioned tables, as their triggers noted it: tables, and history ids of deleted rows."""

    tables: Sequence[str]
    deleted: Mapping[str, str] = field(default_factory=dict)
    change_id: int | None = None


def touched_by(session: Session) -> Touched:
    """What the present transaction did to versioned tables."""
    (touched_row,) = _TOUCHED.execute(session.connection())
    deleted: dict[str, str] = {}
    for entry in filter(None, (touched_row.deleted or "").split(";")):
        table, _separator, ranges = entry.partition(" ")
        deleted[table] = join_ranges(deleted.get(table, ""), ranges)
    return Touched(sorted(filter(None, (touched_row.tables or "").split(","))), deleted, touched_row.change_id)


def join_ranges(*multiranges: str) -> str:
    """The text of a multirange with the ranges of all; the database puts them in order."""
    return "{" + ",".join(filter(None, (each.strip("{}") for each in multiranges))) + "}"


def append_event(session: Session, touched: Touched, entries: Sequence[Mapping[str, Any]], **columns: Any) -> None:
    """Append one event with its payload to the chain; `columns` are those of AuditEvent that are not digests."""
    payload = as_stored({"entries": list(entries), TABLES: touched.tables, DELETED: touched.deleted})
    salt = secrets.token_bytes(_SALT_BYTES)
    # A large change is digested before it makes others wait; what is last is known to who holds the lock.
    reading = [*_reading_of_history(touched.tables, int(columns["change_id"] or 0)), (_LOCK, {}), (_LAST, {})]
    *digests, _locked, last = execute_pipeline(session.connection(), reading)
    number, previous = last[0] if last else (0, GENESIS)
    values = {
        **columns,
        "number": number + 1,
        "payload_digest": digest_of_payload(salt, payload),
        "history_digest": digest_of_tables(touched.tables, dict(*digests)),
        "previous_digest": previous,
    }
    stored = {"number": number + 1, "salt": salt, "payload": to_json(payload)}
    writing = [(_ADD_EVENT, values | {"digest": digest_of_values(values)}), (_ADD_PAYLOAD, stored)]
    execute_pipeline(session.connection(), writing)


def canonical(value: Any) -> bytes:
    """The canonical bytes of a JSON value, for hashing."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str).encode()


def as_stored(value: Any) -> Any:
    """A JSON value as a JSONB column gives it back: keys are text, and numbers are those that PostgreSQL keeps."""
    return json.loads(json.dumps(value, default=str), parse_float=_stored_number)


def _stored_number(written: str) -> float | int:
    plain = format(Decimal(written), "f")
    return float(plain) + 0.0 if "." in plain else int(plain)


def digest_of_payload(salt: bytes, payload: dict[str, Any]) -> bytes:
    """SHA-256 of salt and canonical payload."""
    return hashlib.sha256(salt + canonical(payload)).digest()


#: Columns that the digest of an event covers: all but itself.
EVENT_COLUMNS: Final = tuple(name for name in _COLUMNS if name != "digest")


def digest_of_event(event: Any) -> bytes:
    """SHA-256 of the columns of an event or row, which include the previous digest (PROMISES 7.7)."""
    return digest_of_values({name: getattr(event, name) for name in EVENT_COLUMNS})


def digest_of_values(values: dict[str, Any]) -> bytes:
    """SHA-256 of named values: moments as seconds, bytes as hexadecimal digits."""
    plain = {name: _plain(value) for name, value in values.items()}
    return hashlib.sha256(canonical(plain)).digest()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.timestamp()
    return value.hex() if isinstance(value, bytes) else value


#: SQL of the digest of the history rows of one change in one table: contents and times. When a version ended follows
#: from the next one.
HISTORY_DIGEST: Final = (
    "sha256(convert_to(string_agg(concat_ws(' ', history_id, encode(row_digest, 'hex'),"
    " extract(epoch FROM recorded_from), extract(epoch FROM effective_from)), ',' ORDER BY history_id), 'UTF8'))"
)


def digest_of_history(session: Session, tables: Sequence[str], change_id: int) -> bytes:
    """SHA-256 over the history rows of one change, table by table in order of writing.

    `tables` come from the trigger, never from user input.
    """
    digest_rows = execute_pipeline(session.connection(), _reading_of_history(tables, change_id))
    return digest_of_tables(tables, dict(*digest_rows))


def _reading_of_history(tables: Sequence[str], change_id: int) -> list[BoundStatement]:
    """The statement that reads the digests of one change, as pairs of table and digest; none without tables."""
    return [(_statement_of_history(tuple(tables)), {"change_id": change_id})] if tables else []


@lru_cache(maxsize=256)
def _statement_of_history(tables: tuple[str, ...]) -> CompiledStatement:
    query = f"SELECT '{{0}}', {HISTORY_DIGEST} FROM {{0}}_history WHERE change_id = %(change_id)s"  # noqa: S608
    return CompiledStatement.of(" UNION ALL ".join(query.format(table) for table in tables))


def digest_of_tables(tables: Iterable[str], digests: Mapping[str, Any]) -> bytes:
    """SHA-256 over the digests of the tables of a change; a table whose rows were only deleted has none."""
    running = hashlib.sha256()
    for table in tables:
        digest = digests.get(table)
        running.update(table.encode() + b":" + (bytes(digest) if digest else b""))
    return running.digest()
