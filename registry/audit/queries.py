"""Queries of the audit chain and of notes."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, Select, func, select

from registry.audit.access_log import QUESTION
from registry.audit.models import AuditEvent, AuditNote
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import require
from registry.kernel.db.compiled import BoundStatement, compile_statement
from registry.kernel.db.session import prefetched_row

_VERSION = "audit.version"
_LAST_DIGEST = compile_statement(select(AuditEvent.digest).order_by(AuditEvent.number.desc()).limit(1))
#: Prefetched by the guard; `register_version` reads the row.
LAST_EVENT: Final[BoundStatement] = (_LAST_DIGEST, {})


def frequent_askers(ctx: Ctx, since: datetime, least: int) -> list[Row[Any]]:
    """Organisations that asked at least `least` questions since a moment about structures of an owner.

    `asker`, `owner` (ids of organisations) and `asked`, sorted by the two.
    """
    owner = func.unnest(AuditNote.owner_ids).label("owner")
    asked = (
        select(AuditNote.organisation_id.label("asker"), owner)
        .where(AuditNote.action == QUESTION, AuditNote.occurred_at >= since, AuditNote.organisation_id.is_not(None))
        .subquery("asked")
    )
    query = (
        select(asked.c.asker, asked.c.owner, func.count().label("asked"))
        .group_by(asked.c.asker, asked.c.owner)
        .having(func.count() >= least)
        .order_by(asked.c.asker, asked.c.owner)
    )
    return list(ctx.session.execute(query))


def events_query(ctx: Ctx) -> Select[Any]:
    """The events of the audit chain."""
    require(ctx, P.AUDIT_READ)
    named = ("number", "occurred_at", "actor_id", "actor_label", "action", "object_kind", "object_id", "change_id")
    return select(*(getattr(AuditEvent, name) for name in (*named, "origin", "digest")))


def register_version(ctx: Ctx) -> bytes | None:
    """The digest of the last event, which changes with every commit; None while this transaction may write.

    None also before the first event.
    """
    if not ctx.read_only:
        return None
    if _VERSION not in ctx.memo:
        last = prefetched_row(ctx.session, _LAST_DIGEST) or next(iter(_LAST_DIGEST.execute(ctx.connection)), None)
        ctx.memo[_VERSION] = last.digest if last is not None else None
    cached_version: bytes | None = ctx.memo[_VERSION]
    return cached_version
