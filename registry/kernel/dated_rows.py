"""Columns of the tables of law: a row cites a source, is confirmed against it, and is withdrawn, never deleted.

What is done with such rows is shared as well (`registry/dated_rows`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped

from registry.kernel.context import Context
from registry.kernel.db.base import BigId
from registry.kernel.feature import ExtensionPoint
from registry.kernel.i18n import _, written_provisions


class CitedRow:
    """Mixin of a row that cites a source."""

    #: The columns that name the source; a confirmation may name it more exactly.
    CITES: ClassVar[tuple[str, ...]] = ("source",)

    id: Mapped[BigId]
    #: True while it was not compared with its source; shown wherever the row is used.
    needs_verification: Mapped[bool]
    #: Not in use since then.
    withdrawn_at: Mapped[datetime | None]
    withdrawn_reason: Mapped[str | None]


class DatedRow(CitedRow):
    """Mixin of a row that applies from a day on, until the next one of its series begins."""

    valid_from: Mapped[date]


class SourcedRow(DatedRow):
    """Mixin of a dated row with one column for its source; a new table of law begins with it."""

    #: Law, decision or paper that it comes from.
    source: Mapped[str]
    #: Why it was entered; NULL for the first rows.
    reason: Mapped[str | None]

    @property
    def citation(self) -> str:
        """The source as papers and pages may cite it: only a confirmed one by its name."""
        return cite(self.source, needs_verification=self.needs_verification)


def one_standing_row(table: str, *series: str, **options: Any) -> Index:
    """Index of a table of dated rows: one row a series and day that is not withdrawn."""
    name = f"uq_{table}_{'_'.join(series)}_valid_from"
    return Index(name, *series, "valid_from", unique=True, postgresql_where=text("withdrawn_at IS NULL"), **options)


def cite(source: str, *, needs_verification: bool) -> str:
    """A legal source for papers and pages: one that is not confirmed yet is the department's own configuration."""
    return _("theo cấu hình của Sở") if needs_verification else written_provisions(source)


@dataclass(frozen=True)
class Unconfirmed:
    """Something whose legal basis is still to be confirmed: what, its source, and the page where that is done."""

    label: str
    value: str
    source: str
    endpoint: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True)
class UnconfirmedSource:
    """One group of the list of what is to be confirmed before the start."""

    heading: Any
    find: Callable[[Context[Any]], Sequence[Unconfirmed]]


UNCONFIRMED = ExtensionPoint[UnconfirmedSource]("kernel.unconfirmed")
