"""Which tables can be taken back with the change that wrote them: rows that only migrations write (make_revertible)."""

from __future__ import annotations

from sqlalchemy import BigInteger, SmallInteger, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from registry.kernel.db.base import Base


class RevertibleTable(Base):
    """One versioned table of structures, as the database's own function reads it (structures/service/revert.py)."""

    __tablename__ = "revertible_table"

    name: Mapped[str] = mapped_column(primary_key=True)
    #: Above that of the tables it refers to.
    rank: Mapped[int] = mapped_column(SmallInteger, unique=True)
    #: SQL: the structure's id of a history row `h`.
    structure: Mapped[str]
    #: Columns that triggers keep.
    kept: Mapped[list[str]] = mapped_column(ARRAY(Text))
    #: SQL over `h` (former) and `n` (now): the row may be brought back before the tables of lower rank.
    gives_room: Mapped[str | None]
    #: The application deletes rows of it.
    deletes: Mapped[bool]


class RevertRun(Base):
    """A change that a transaction of now takes back, as `begin_revert` wrote it; gone again when it ends."""

    __tablename__ = "revert_run"

    change_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    #: The number of the transaction: steps are taken in it alone.
    transaction: Mapped[int] = mapped_column(BigInteger)
