"""Notes on access to exact positions, exports, refusals and sign-in attempts, each in its own short transaction."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import bindparam, func, insert, select

from registry.audit.models import AuditNote
from registry.authz.actors import Actor, Ctx
from registry.kernel.clock import utc_now
from registry.kernel.db.base import table_of
from registry.kernel.db.compiled import CompiledStatement, compile_statement
from registry.kernel.db.pool import to_json
from registry.kernel.db.session import Database

_ACCESSES = "looks"
_COUNTED = "counted"
#: Actions of notes: access to exact positions, and an answer about unpublished data of others.
ACCESS, QUESTION = "look", "question"
_NOTED: Final = [column for column in AuditNote.__table__.columns if column.name != "id"]
#: A single statement, since the map writes a note per tile. Without fsync: a crash may lose the latest notes.
_NOTE: Final = compile_statement(
    insert(table_of(AuditNote)).from_select(
        [column.name for column in _NOTED],
        select(*(bindparam(column.name, type_=column.type) for column in _NOTED)).where(
            func.set_config("synchronous_commit", "off", True) == "off"
        ),
    )
)


class AuditNoteWriter:
    """Writes notes on a separate connection, so that a rolled back request still leaves its note."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def __call__(self, actor: Actor, action: str, **details: Any) -> None:
        """Write a note with the arguments of `note_statement`."""
        self._database.append(*note_statement(actor, action, **details))


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


def seen_by_owner(rows: Iterable[Any]) -> dict[str, Any]:
    """The entry `seen` of rows that are shown exactly: owner id -> [number of rows, names of their communes].

    Each owner reads its own part only. JSON has no other keys than texts.
    """
    views_by_owner: dict[str, tuple[int, set[str]]] = {}
    for row in rows:
        owner, name = row.owner_organisation_id, getattr(row, "commune_name", None)
        if owner is not None:
            number, names = views_by_owner.get(str(owner), (0, set()))
            views_by_owner[str(owner)] = (number + 1, names | ({name} if name else set()))
    return {owner: [number, sorted(names)] for owner, (number, names) in views_by_owner.items()}


def log_access(ctx: Ctx, what: str, owners: Iterable[int | None], **details: Any) -> None:
    """Record that this request showed exact positions of other owners; the guard writes one note at its end."""
    others = {owner for owner in owners if owner is not None} - set(ctx.actor.organisation_ids)
    if not others:
        return
    accesses: list[dict[str, Any]] = ctx.memo.setdefault(_ACCESSES, [])
    accesses.append({"what": what, "owners": sorted(others), **details})


def log_personal_data(ctx: Ctx, what: str, owner_id: int, **details: Any) -> None:
    """Record that this request showed personal data, to whomever; the organisation `owner_id` answers for them."""
    accesses: list[dict[str, Any]] = ctx.memo.setdefault(_ACCESSES, [])
    accesses.append({"what": what, "owners": [owner_id], **details})


def log_answer(ctx: Ctx, what: str, owners: Iterable[int | None], *, number: int, cells: int, **details: Any) -> None:
    """Record a yes or no about unpublished data of others: it is noted and counted, a no too.

    `number` is the number of the question on its day, `cells` the number of cells answered with yes.
    """
    others = {owner for owner in owners if owner is not None} - set(ctx.actor.organisation_ids)
    accesses: list[dict[str, Any]] = ctx.memo.setdefault(_ACCESSES, [])
    accesses.append({"what": what, "owners": sorted(others), "number": number, "cells": cells, **details})
    ctx.memo[_COUNTED] = True


def logged_accesses(ctx: Ctx) -> tuple[list[dict[str, Any]], set[int]]:
    """The accesses of this request, and the organisations concerned."""
    accesses: list[dict[str, Any]] = ctx.memo.get(_ACCESSES, [])
    return accesses, {owner for entry in accesses for owner in entry["owners"]}


def log_action(ctx: Ctx) -> str:
    return QUESTION if ctx.memo.get(_COUNTED) else ACCESS
