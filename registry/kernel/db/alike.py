"""Rows that change alike are written by one statement, so that the triggers that write history run once for all."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, Final, TypeAlias

from sqlalchemy import inspect, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from registry.kernel.db.day_orders import refuse_disorder

#: The column that each change of a row raises: rows that are changed alike have different values in it.
_VERSION: Final = "version"
Changes: TypeAlias = tuple[tuple[str, Hashable], ...]


def flush_alike(session: Session, rows: Sequence[Any]) -> None:
    """`session.flush()`, with one statement for all of these stored rows of a model that have the same changes."""
    groups: dict[tuple[type[Any], Changes], list[Any]] = {}
    for row in rows:
        changes = _changes(row) if inspect(row).persistent and session.is_modified(row) else None
        if changes is not None:
            groups.setdefault((type(row), changes), []).append(row)
    if any(len(group) > 1 for group in groups.values()):
        refuse_disorder(session)
    for (model, changes), group in groups.items():
        if len(group) > 1:
            _write(session, model, dict(changes), group)
    session.flush()


def _changes(row: Any) -> Changes | None:
    """The changed columns of a row with their values, the version as how much it was raised; None for other changes."""
    changes: list[tuple[str, Hashable]] = []
    for attribute in inspect(row).attrs:
        history = attribute.history
        if not history.has_changes():
            continue
        value = history.added[0] if history.added else None
        if attribute.key not in inspect(type(row)).column_attrs or not isinstance(value, Hashable):
            return None
        if attribute.key == _VERSION:
            if not history.deleted:
                return None
            value -= history.deleted[0]
        changes.append((attribute.key, value))
    return tuple(changes)


def _write(session: Session, model: Any, changes: dict[str, Any], rows: Sequence[Any]) -> None:
    values = dict(changes)
    if _VERSION in values:
        values[_VERSION] = model.version + values[_VERSION]
    query = update(model).where(model.id.in_([row.id for row in rows])).values(values)
    with session.no_autoflush:
        written = session.execute(query, execution_options={"synchronize_session": False}).rowcount  # type: ignore[attr-defined]
    if written != len(rows):
        message = f"{model.__tablename__}: {written} of {len(rows)} rows were there to be written"
        raise RuntimeError(message)
    computed = [each.key for each in inspect(model).column_attrs if each.columns[0].computed is not None]
    for row in rows:
        for name in changes:
            set_committed_value(row, name, getattr(row, name))
        # As after a flush: the database computes them again.
        if computed:
            session.expire(row, computed)
