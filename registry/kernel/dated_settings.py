"""Settings that law may change: rows with a first day, a source and a flag for unconfirmed values."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, Final

from sqlalchemy import UniqueConstraint, bindparam, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, Session, mapped_column

from registry.kernel.db.base import Base, BigId
from registry.kernel.db.history import versioned


@versioned
class DatedSetting(Base):
    """One value of one setting from a day on, until the next row of the same key begins."""

    __tablename__ = "dated_setting"

    id: Mapped[BigId]
    key: Mapped[str]
    valid_from: Mapped[date]
    value: Mapped[Any] = mapped_column(JSONB)
    #: Law, decision or paper that the value comes from.
    source: Mapped[str]
    #: True while the value is unconfirmed; shown wherever it is used.
    needs_verification: Mapped[bool]

    __table_args__ = (UniqueConstraint("key", "valid_from"),)


#: The row of :key in force on the day :on.
_IN_FORCE: Final = (
    select(DatedSetting)
    .where(DatedSetting.key == bindparam("key"), DatedSetting.valid_from <= bindparam("on"))
    .order_by(DatedSetting.valid_from.desc())
    .limit(1)
)


def setting(session: Session, key: str, on: date) -> Any:
    """The value of `key` in force on a day; LookupError without one."""
    row = setting_row(session, key, on)
    return row.value


def setting_rows(session: Session, keys: Iterable[str], on: date) -> dict[str, DatedSetting]:
    """The rows of several keys in force on a day, in one query; LookupError for a key without one."""
    required = set(keys)
    found = rows_in_force(session, required, on)
    missing = required - found.keys()
    if missing:
        message = f"no value of setting {', '.join(sorted(missing))} on {on.isoformat()}"
        raise LookupError(message)
    return found


def rows_in_force(session: Session, keys: Iterable[str], on: date) -> dict[str, DatedSetting]:
    """The rows in force on a day, for those of the keys that have one."""
    query = (
        select(DatedSetting)
        .where(DatedSetting.key.in_(set(keys)), DatedSetting.valid_from <= on)
        .order_by(DatedSetting.valid_from)
    )
    # The newest row of a key comes last and overwrites the others.
    return {row.key: row for row in session.scalars(query)}


def setting_row(session: Session, key: str, on: date) -> DatedSetting:
    """The row of `key` in force on a day; LookupError without one."""
    row = session.scalars(_IN_FORCE, {"key": key, "on": on}).one_or_none()
    if row is None:
        message = f"no value of setting {key} on {on.isoformat()}"
        raise LookupError(message)
    return row
