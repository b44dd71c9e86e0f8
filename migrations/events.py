"""Events of the audit chain for what revisions write into versioned tables, so that the verifier can check it."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from alembic.runtime.migration import MigrationContext, MigrationInfo
from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from registry.audit.chain import Touched, append_event, touched_by
from registry.authz.actors import SYSTEM_ACTOR

#: Up to this revision histories were written without events; it gives them theirs.
FIRST_RECORDED = "r0005"
_HISTORIES = text(
    "SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'"
    " AND c.relname LIKE '%\\_history' AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid"
    " AND a.attname = 'row_digest') ORDER BY 1"
)


def record_revision(
    *,
    ctx: MigrationContext,
    step: MigrationInfo,
    heads: Any,
    run_args: Any,  # alembic's names
) -> None:
    """Append an event for what a revision changed in versioned tables, in its transaction (`begin_change`)."""
    if (step.is_upgrade and str(step.up_revision_id) <= FIRST_RECORDED) or ctx.connection is None:
        return
    with _session(ctx.connection) as session, session.begin():
        if session.scalar(text("SELECT to_regclass('public.audit_event')")) is None:
            return
        touched = touched_by(session)
        if touched.tables:
            _append(session, touched, str(step.up_revision_id))


def record_unbound(connection: Connection) -> None:
    """Append an event for each change in the histories that has none."""
    with _session(connection) as session, session.begin():
        changes: dict[int, list[str]] = {}
        for history in session.scalars(_HISTORIES).all():
            query = text(
                f"SELECT DISTINCT h.change_id FROM {history} h"  # names from the catalogue
                " WHERE NOT EXISTS (SELECT FROM audit_event e WHERE e.change_id = h.change_id)"
            )
            for change_id in session.scalars(query):
                changes.setdefault(change_id, []).append(history.removesuffix("_history"))
        for change_id, tables in sorted(changes.items()):
            _append(session, Touched(sorted(tables), change_id=change_id), FIRST_RECORDED)


def _session(connection: Connection) -> Session:
    return Session(connection, join_transaction_mode="create_savepoint")


def _append(session: Session, touched: Touched, revision: str) -> None:
    actor: Any = SYSTEM_ACTOR
    append_event(
        session,
        touched,
        [{"action": "schema.revise", "kind": "schema", "id": None, "revision": revision}],
        occurred_at=session.scalar(text("SELECT now()")),
        actor_id=actor.id,
        actor_label=actor.display_name,
        organisation_id=actor.organisation_id,
        on_behalf_of_id=None,
        action="schema.revise",
        object_kind="schema",
        object_id=None,
        change_id=touched.change_id,
        request_id=uuid4().hex,
        origin="cli",
    )
