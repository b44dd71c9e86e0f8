"""Events of the audit chain for what revisions write into versioned tables, so that the verifier can check it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import uuid4

from alembic.runtime.migration import MigrationContext, MigrationInfo
from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from registry.audit.chain import Touched, append_event, touched_by
from registry.authz.actors import SYSTEM_ACTOR

#: Up to this revision histories were written without events; it gives them theirs.
FIRST_RECORDED = "r0005"
#: From this revision on each one that begins a change is an event, also where no versioned row changed.
FIRST_ANNOUNCED = "r0109"
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
    """Append an event for what a revision changed, in its transaction (`begin_change`)."""
    revision = str(step.up_revision_id)
    if (step.is_upgrade and revision <= FIRST_RECORDED) or ctx.connection is None:
        return
    with _session(ctx.connection) as session, session.begin():
        if session.scalar(text("SELECT to_regclass('public.audit_event')")) is None:
            return
        touched = touched_by(session)
        if touched.tables or (touched.change_id is not None and revision >= FIRST_ANNOUNCED):
            _append(session, touched, revision)


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


#: The legal term that a revision before the baseline deleted. Histories did not name their deletions then, and a
#: version that ends by a statement that no event names is what the verifier looks for.
_FORMER_DELETION = text(
    "SELECT int8multirange(int8range(h.history_id, h.history_id + 1))::text AS ended, h.recorded_to"
    " FROM legal_term_history h"
    " WHERE h.key = 'agreement.end' AND h.valid_from = '2000-01-01' AND h.recorded_to IS NOT NULL"
    "  AND h.recorded_to < (SELECT min(occurred_at) FROM audit_event WHERE action = 'schema.revise')"
    "  AND h.recorded_to NOT IN (SELECT occurred_at FROM audit_event)"
    "  AND NOT EXISTS (SELECT FROM legal_term_history later WHERE later.id = h.id AND later.history_id > h.history_id)"
    "  AND NOT EXISTS (SELECT FROM legal_term present WHERE present.id = h.id)"
)
_NEXT_CHANGE = text("SELECT nextval('change_id_seq')")


def name_former_deletion(connection: Connection, revision: str) -> None:
    """Append an event that names what a revision before the baseline deleted, in a register that came through it."""
    with _session(connection) as session, session.begin():
        for row in session.execute(_FORMER_DELETION).all():
            touched = Touched(["legal_term"], {"legal_term": row.ended}, session.scalar(_NEXT_CHANGE))
            _append(session, touched, revision, occurred_at=row.recorded_to)


def _session(connection: Connection) -> Session:
    return Session(connection, join_transaction_mode="create_savepoint")


def _append(session: Session, touched: Touched, revision: str, occurred_at: datetime | None = None) -> None:
    actor: Any = SYSTEM_ACTOR
    append_event(
        session,
        touched,
        [{"action": "schema.revise", "kind": "schema", "id": None, "revision": revision}],
        occurred_at=occurred_at or session.scalar(text("SELECT now()")),
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
