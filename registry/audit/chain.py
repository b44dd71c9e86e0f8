"""The hash chain: one event per writing transaction, written just before its commit, with a separate salted payload."""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from registry.audit.models import AuditEvent, AuditPayload
from registry.authz.actors import Ctx
from registry.kernel.context import Context

GENESIS = bytes(32)
_MEMO = "audit"
#: Key of the transaction-level advisory lock that makes the chain a chain.
_CHAIN_LOCK = 7_204_001
_SALT_BYTES = 16

_TOUCHED = text("SELECT current_setting('registry.touched', true)")
_LOCK = text("SELECT pg_advisory_xact_lock(:key)")


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


def write_pending(ctx: Context[Any]) -> None:
    """Append the event of this transaction to the chain; RuntimeError for a change without one."""
    ctx.session.flush()
    entries: list[_Entry] = ctx.memo.get(_MEMO, [])
    touched = sorted(filter(None, (ctx.session.scalar(_TOUCHED) or "").split(",")))
    if not entries:
        if touched:
            message = f"changed {', '.join(touched)} without an audit record"
            raise RuntimeError(message)
        return
    main = entries[0]
    payload = {
        "entries": [{"action": e.action, "kind": e.object_kind, "id": e.object_id, **e.details} for e in entries]
    }
    salt = secrets.token_bytes(_SALT_BYTES)
    history_digest = digest_of_history(ctx.session, touched, int(ctx.change_id or 0))
    ctx.session.execute(_LOCK, {"key": _CHAIN_LOCK})
    last = ctx.session.execute(
        select(AuditEvent.number, AuditEvent.digest).order_by(AuditEvent.number.desc()).limit(1)
    ).one_or_none()
    event = AuditEvent(
        number=last.number + 1 if last else 1,
        occurred_at=ctx.now,
        actor_id=ctx.actor.id,
        actor_label=ctx.actor.display_name,
        organisation_id=ctx.actor.organisation_id,
        on_behalf_of_id=main.on_behalf_of_id,
        action=main.action,
        object_kind=main.object_kind,
        object_id=main.object_id,
        change_id=ctx.change_id,
        request_id=ctx.request_id,
        origin=ctx.origin,
        payload_digest=digest_of_payload(salt, payload),
        history_digest=history_digest,
        previous_digest=last.digest if last else GENESIS,
    )
    event.digest = digest_of_event(event)
    ctx.session.add(event)
    ctx.session.flush()
    ctx.session.add(AuditPayload(number=event.number, salt=salt, payload=payload))
    ctx.session.flush()


def canonical(value: Any) -> bytes:
    """The canonical bytes of a JSON value, for hashing."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str).encode()


def digest_of_payload(salt: bytes, payload: dict[str, Any]) -> bytes:
    """SHA-256 of salt and canonical payload."""
    return hashlib.sha256(salt + canonical(payload)).digest()


def digest_of_event(event: AuditEvent) -> bytes:
    """SHA-256 of the event's own columns, which include the previous digest (PROMISES 7.7)."""
    columns = [column.key for column in AuditEvent.__table__.columns if column.key != "digest"]
    values = {name: getattr(event, name) for name in columns}
    values["occurred_at"] = event.occurred_at.timestamp()
    plain = {name: value.hex() if isinstance(value, bytes) else value for name, value in values.items()}
    return hashlib.sha256(canonical(plain)).digest()


def digest_of_history(session: Session, tables: list[str], change_id: int) -> bytes:
    """SHA-256 over the digests of all history rows of one change, table by table in order of writing.

    `tables` come from the trigger, never from user input.
    """
    running = hashlib.sha256()
    for table in tables:
        query = text(
            f"SELECT sha256(convert_to(string_agg(encode(row_digest, 'hex'), '' ORDER BY history_id), 'UTF8'))"  # noqa: S608
            f" FROM {table}_history WHERE change_id = :change_id"
        )
        found = session.scalar(query, {"change_id": change_id})
        running.update(table.encode() + b":" + (bytes(found) if found else b""))
    return running.digest()
