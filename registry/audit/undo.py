"""Take back what the actor has just saved: each feature declares its saves that can be, and one page does it.

A save is a change with its audit event: action and record say which declaration applies. It is taken back by who made
it, within `UNDO_HOURS`, unless somebody has changed the record since. The message after a save has the button where
`undo_address` gives an address.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import Table, inspect, select
from sqlalchemy.exc import IntegrityError

from registry.audit.chain import entries_of, record, touched_by
from registry.audit.labels import ACTION_LABELS
from registry.audit.models import AuditEvent
from registry.authz.actors import Ctx
from registry.kernel.db.base import Base, table_of
from registry.kernel.db.history import PROTECTED, history_of
from registry.kernel.errors import Conflict, DomainError
from registry.kernel.feature import Contribution, KeyedExtensionPoint
from registry.kernel.i18n import _, _l

#: Hours within which a save can be taken back by who made it.
UNDO_HOURS: Final = 24
#: The action of the event of what takes a save back: `<kind>.undo`.
UNDONE: Final = "undo"
#: Columns that a save writes by itself; a record that gets its values back has new ones.
_OWN: Final = frozenset({"id", "version", "updated_at"})


@dataclass(frozen=True)
class Undoable:
    """Saves of one kind of record that can be taken back."""

    #: The kind of the record in the audit log.
    kind: str
    #: The record of an id, locked, if the actor may change it in its present state; refuses otherwise.
    editable: Callable[[Ctx, int], Any]
    #: Takes a change of the record back; returns what the audit event says of it. Conflict says why it cannot be.
    take_back: Callable[[Ctx, Any, int], dict[str, Any]]
    #: Whether the change that the present transaction makes can be taken back; of an id and a change.
    is_offered: Callable[[Ctx, int, int], bool]
    #: Endpoint and arguments of the page of the record.
    address: Callable[[Ctx, Any], tuple[str, Mapping[str, Any]]]


#: By kind and action of the audit event (`_key`).
UNDOABLE = KeyedExtensionPoint[Undoable]("audit.undo")


def _key(kind: str | None, action: str) -> str:
    return f"{kind} {action}"


def undoable(declared: Undoable, *actions: str) -> tuple[Contribution, ...]:
    """A kind of record with the actions of its saves that can be taken back, for `Feature.provides`.

    An action without a dot is one of the kind: "edit" is "<kind>.edit".
    """
    return (
        UNDOABLE.named(
            {
                _key(declared.kind, action if "." in action else f"{declared.kind}.{action}"): declared
                for action in actions
            }
        ),
        ACTION_LABELS.named({f"{declared.kind}.{UNDONE}": _l("Hoàn tác lần lưu gần nhất")}),
    )


def restorable(
    kind: str,
    model: type[Base],
    editable: Callable[[Ctx, int], Any],
    address: Callable[[Ctx, Any], tuple[str, Mapping[str, Any]]],
    *,
    parts: Sequence[type[Base]] = (),
    columns: Collection[str] | None = None,
    after: Callable[[Ctx, Any], None] | None = None,
    rebuilt: Collection[str] = (),
) -> Undoable:
    """Saves that change rows of versioned tables only; these get the values from before.

    `parts`: further models whose rows belong to the record. `columns`: those of the record that are taken back; a save
    that changed another one is not. `after` holds the record to the rules of its service, and writes the tables
    `rebuilt`, which follow from it.
    """
    models = (model, *parts)
    names = {table_of(each).name for each in models} | set(rebuilt)

    def is_offered(ctx: Ctx, _record_id: int, change_id: int) -> bool:
        if not set(touched_by(ctx.session).tables) <= names:
            return False
        rows = [row for each in models for row in rows_of_change(ctx, each, change_id)]
        kept = [row for row in rows if row.model is model and columns is not None and not row.changed <= set(columns)]
        return bool(rows) and not kept and all(row.former is not None for row in rows)

    def take_back(ctx: Ctx, restored: Any, change_id: int) -> dict[str, Any]:
        rows = [row for each in models for row in rows_of_change(ctx, each, change_id)]
        if not all(row.is_current for row in rows):
            raise Conflict(_("Dữ liệu này đã được thay đổi sau lần lưu đó nên không hoàn tác được; hãy mở lại trang."))
        if any(row.former is None for row in rows):
            raise Conflict(_("Lần lưu này đã thêm dòng mới nên không hoàn tác được; hãy sửa lại thông tin."))
        for row in rows:
            _restore(ctx, row)
        if after is not None:
            after(ctx, restored)
        return {}

    return Undoable(kind, editable, take_back, is_offered, address)


@dataclass(frozen=True)
class ChangedRow:
    """A row of a versioned table that a change wrote: its values before and after."""

    model: type[Base]
    id: int
    #: None for a row that the change added.
    former: dict[str, Any] | None
    saved: dict[str, Any]
    #: Whether no later change wrote the row.
    is_current: bool

    @property
    def changed(self) -> set[str]:
        """The columns with other values."""
        return {
            name
            for name, value in self.saved.items()
            if name not in _OWN and self.former is not None and self.former[name] != value
        }


def rows_of_change(ctx: Ctx, model: type[Base], change_id: int) -> list[ChangedRow]:
    """What a change wrote to the versioned table of a model."""
    table, history = table_of(model), history_of(model)
    names = _columns(table)
    columns = [history.c[name] for name in names]
    row_state = (history.c.history_id, history.c.recorded_from, history.c.recorded_to)
    saved = ctx.session.execute(
        select(*columns, *row_state).where(history.c.change_id == change_id).order_by(history.c.history_id)
    ).all()
    first = {row.id: row for row in reversed(saved)}
    last = {row.id: row for row in saved}
    rows = []
    for row_id, row in last.items():
        former = ctx.session.execute(
            select(*columns)
            .where(
                history.c.id == row_id,
                history.c.history_id < first[row_id].history_id,
                history.c.recorded_to == first[row_id].recorded_from,
            )
            .order_by(history.c.history_id.desc())
            .limit(1)
        ).one_or_none()
        values = {name: row._mapping[name] for name in names}
        former_values = None if former is None else dict(former._mapping)
        rows.append(ChangedRow(model, row_id, former_values, values, row.recorded_to is None))
    return rows


def _columns(table: Table) -> list[str]:
    """Names of the columns that can be given back."""
    return [column.name for column in table.columns if column.computed is None and not column.info.get(PROTECTED)]


def _restore(ctx: Ctx, changed: ChangedRow) -> None:
    row = ctx.session.get_one(changed.model, changed.id, with_for_update=True, populate_existing=True)
    mapper = inspect(changed.model)
    columns = mapper.local_table.c
    for name in changed.changed:
        setattr(row, mapper.get_property_by_column(columns[name]).key, (changed.former or {})[name])
    if mapper.version_id_col is None and "version" in columns:
        row.version += 1  # type: ignore[attr-defined]  # the column is one of the table
    ctx.session.flush()


def can_undo(ctx: Ctx) -> bool:
    """Whether the actor can take back what the present transaction has saved."""
    entries = entries_of(ctx)
    declared = UNDOABLE.get(_key(entries[0].object_kind, entries[0].action)) if entries else None
    if declared is None or entries[0].object_id is None or ctx.change_id is None:
        return False
    try:
        declared.editable(ctx, entries[0].object_id)
    except DomainError:
        return False
    return declared.is_offered(ctx, entries[0].object_id, ctx.change_id)


def undo_save(ctx: Ctx, change_id: int) -> tuple[Undoable, Any]:
    """Give a record the values from before a save of the actor; Conflict says in one sentence why it cannot be."""
    event = ctx.session.execute(
        select(
            AuditEvent.actor_id,
            AuditEvent.object_kind,
            AuditEvent.action,
            AuditEvent.object_id,
            AuditEvent.occurred_at,
        ).where(AuditEvent.change_id == change_id)
    ).one_or_none()
    declared = UNDOABLE.get(_key(event.object_kind, event.action)) if event is not None else None
    if (
        event is None
        or declared is None
        or event.actor_id != ctx.actor.id
        or event.occurred_at <= ctx.now - timedelta(hours=UNDO_HOURS)
    ):
        raise Conflict(
            _(
                "Chỉ hoàn tác được lần lưu của chính mình trong vòng %(hours)d giờ; lần lưu này không còn hoàn tác"
                " được.",
                hours=UNDO_HOURS,
            )
        )
    restored = declared.editable(ctx, event.object_id)
    try:
        with ctx.session.begin_nested():
            details = declared.take_back(ctx, restored, change_id)
    except IntegrityError as error:
        raise Conflict(
            _("Không hoàn tác được: giá trị cũ nay trùng với dữ liệu khác hoặc không còn dùng được.")
        ) from error
    record(
        ctx, f"{declared.kind}.{UNDONE}", declared.kind, event.object_id, **{"reverted_change": change_id, **details}
    )
    return declared, restored
