"""The columns that every case has."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, ForeignKey, Index, Label, func, literal_column
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from registry.kernel.db.base import BigId, Choice


def words_index(table: str) -> Index:
    """The index of `Case.words`, for the table's arguments."""
    words: Label[str] = literal_column("fold((coalesce(number, '') || ' ') || title)").label("words")
    return Index(f"ix_{table}_words", words, postgresql_using="gin", postgresql_ops={"words": "gin_trgm_ops"})


class Case:
    """Mixin of the cases' tables; each adds `state: Mapped[ItsStates]` and what it is about.

    The engine alone writes state, state_since, due_at and number; `version` rises with every change of the row, and a
    decision on another version than the one that was read is refused (PROMISES P21).
    """

    id: Mapped[BigId]
    #: Public number such as DC-2026-000123; given when the case is sent off.
    number: Mapped[str | None] = mapped_column(unique=True)
    #: What it is about, in one line, as it was called when it was written.
    title: Mapped[str]
    state: Mapped[Choice]
    state_since: Mapped[datetime]
    #: End of the term that runs now; NULL where none does.
    due_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    version: Mapped[int]

    @declared_attr
    def created_by_id(self) -> Mapped[int | None]:
        """Account that opened the case."""
        return mapped_column(ForeignKey("user_account.id"))

    @classmethod
    def words(cls) -> ColumnElement[str]:
        """SQL: number and title as search compares them, spelt as in the index."""
        number = func.coalesce(cls.number, literal_column("''"))
        return func.fold(number.op("||")(literal_column("' '")).op("||")(cls.title))
