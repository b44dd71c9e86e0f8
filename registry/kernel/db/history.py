"""History tables: mirrors of the versioned tables, filled by database triggers in the same transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Identity,
    Index,
    LargeBinary,
    MetaData,
    Table,
    text,
)
from sqlalchemy.types import TypeEngine

from registry.kernel.context import Context
from registry.kernel.db.base import Base

HISTORY_SUFFIX = "_history"
ModelT = TypeVar("ModelT", bound=type[Base])
_SET_EFFECTIVE_AT = text("SELECT set_config('registry.effective_at', :moment, true)")

#: Key of Column.info: only the role that reads positions may select the column.
PROTECTED = "protected"

#: The last moment that a report froze: later writes are recorded after it (freeze_history of migrations/sql/r0016).
Table(
    "history_frozen",
    Base.metadata,
    Column("is_only", Boolean, primary_key=True, server_default="true"),
    Column("known_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("is_only", name="is_only"),
)


def versioned(model: ModelT) -> ModelT:
    """Class decorator: declare the history table of `model`; a migration attaches its triggers (`attach_history`).

    `FORMER_COLUMNS` of the model (name -> type) are columns that the table had once: its history keeps them.
    """
    _mirror(model.metadata, model.__table__, vars(model).get("FORMER_COLUMNS", {}))  # type: ignore[arg-type]
    return model


def is_versioned(model: type[Base]) -> bool:
    return model.__tablename__ + HISTORY_SUFFIX in Base.metadata.tables


def history_of(model: type[Base]) -> Table:
    return Base.metadata.tables[model.__tablename__ + HISTORY_SUFFIX]


def _mirror(metadata: MetaData, table: Table, former: Mapping[str, Any]) -> Table:
    name = table.name + HISTORY_SUFFIX
    columns = [Column(column.name, _free_type(column.type), nullable=True) for column in table.columns]
    columns += [Column(former_name, former_type, nullable=True) for former_name, former_type in former.items()]
    return Table(
        name,
        metadata,
        Column("history_id", BigInteger, Identity(), primary_key=True),
        *columns,
        Column("recorded_from", DateTime(timezone=True), nullable=False),
        Column("recorded_to", DateTime(timezone=True)),
        Column("effective_from", DateTime(timezone=True), nullable=False),
        Column("change_id", BigInteger, nullable=False),
        Column("row_digest", LargeBinary, nullable=False),
        Index(f"ix_{name}_current", "id", postgresql_where="recorded_to IS NULL"),
        Index(f"ix_{name}_id", "id", "recorded_from"),
        Index(f"ix_{name}_change", "change_id"),
    )


def _free_type(column_type: TypeEngine[Any]) -> TypeEngine[Any]:
    """A copy of the type without NOT NULL, which GeoAlchemy2 stores in the type itself."""
    copied = column_type.copy()
    if getattr(copied, "nullable", None) is False:
        vars(copied)["nullable"] = True
    return copied


@contextmanager
def effective_from(ctx: Context[Any], moment: datetime | None) -> Iterator[None]:
    """Writes of the block are effective from a moment in the past (docs/time.md); None: from now on."""
    if moment is None or moment >= ctx.now:
        yield
        return
    ctx.session.flush()
    ctx.session.execute(_SET_EFFECTIVE_AT, {"moment": moment.isoformat()})
    yield
    ctx.session.flush()
    # Not in a finally: after a failed statement the rollback of the transaction restores the setting.
    ctx.session.execute(_SET_EFFECTIVE_AT, {"moment": ctx.now.isoformat()})
