"""Notes: looks, exports, refusals and sign-in attempts, each in a short transaction of its own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import bindparam, func, insert, select

from registry.audit.models import AuditNote
from registry.authz.actors import Actor, Ctx
from registry.kernel.clock import utc_now
from registry.kernel.db.compiled import CompiledStatement, compile_statement
from registry.kernel.db.pool import to_json
from registry.kernel.db.session import Database

_LOOKS = "looks"
_COUNTED = "counted"
#: Actions of notes: a look at exact positions, and one with an answer about what others have not published.
ACCESS, QUESTION = "look", "question"
_NOTED: Final = [column for column in AuditNote.__table__.columns if column.name != "id"]
#: One statement and no more: a look at the map writes one a tile. A crash may lose the notes of its last moment.
_NOTE: Final = compile_statement(
    insert(AuditNote.metadata.tables[AuditNote.__tablename__]).from_select(
        [column.name for column in _NOTED],
        select(*(bindparam(column.name, type_=column.type) for column in _NOTED)).where(
            func.set_config("synchronous_commit", "off", True) == "off"
        ),
    )
)


class AuditNoteWriter:
    """Writes notes on a connection apart from the request's, so that a rolled back request still leaves its note."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def __call__(self, actor: Actor, action: str, **said: Any) -> None:
        """Note `action` of `actor`, with the arguments of `written`."""
        self._database.append(*note_statement(actor, action, **said))


def note_statement(
    actor: Actor,
    action: str,
    *,
    owner_ids: Iterable[int] = (),
    request_id: str = "",
    origin: str = "",
    **details: Any,
) -> tuple[CompiledStatement, dict[str, Any]]:
    """The statement that notes `action` of `actor`; `owner_ids` are the organisations that may read it."""
    return _NOTE, {
        "occurred_at": utc_now(),
        "actor_id": actor.id,
        "actor_label": actor.display_name,
        "organisation_id": actor.organisation_id,
        "action": action,
        "owner_ids": sorted(set(owner_ids)),
        "request_id": request_id,
        "origin": origin,
        "details": to_json(details),
    }


def log_access(ctx: Ctx, what: str, owners: Iterable[int | None], **details: Any) -> None:
    """Remember that this request showed exact positions of other owners; the guard writes one note at its end."""
    others = {owner for owner in owners if owner is not None} - set(ctx.actor.organisation_ids)
    if not others:
        return
    looks: list[dict[str, Any]] = ctx.memo.setdefault(_LOOKS, [])
    looks.append({"what": what, "owners": sorted(others), **details})


def log_answer(ctx: Ctx, what: str, owners: Iterable[int | None], *, number: int, cells: int, **details: Any) -> None:
    """Remember that this request said yes or no about what others have not published: noted and counted, a no too.

    `number` is that of the question among those of its day, `cells` how many cells were answered with yes.
    """
    others = {owner for owner in owners if owner is not None} - set(ctx.actor.organisation_ids)
    looks: list[dict[str, Any]] = ctx.memo.setdefault(_LOOKS, [])
    looks.append({"what": what, "owners": sorted(others), "number": number, "cells": cells, **details})
    ctx.memo[_COUNTED] = True


def logged_accesses(ctx: Ctx) -> tuple[list[dict[str, Any]], set[int]]:
    """What this request looked at, and the organisations concerned."""
    looks: list[dict[str, Any]] = ctx.memo.get(_LOOKS, [])
    return looks, {owner for entry in looks for owner in entry["owners"]}


def log_action(ctx: Ctx) -> str:
    """What the note of this request is called."""
    return QUESTION if ctx.memo.get(_COUNTED) else ACCESS
