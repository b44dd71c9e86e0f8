"""Workbooks that were uploaded for a list, and how the columns of each office's workbook were read."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, deferred, mapped_column

from registry.kernel.db.base import Base, BigId
from registry.routelists.models import RouteList


class RouteWorkbook(Base):
    """The table of an uploaded workbook until its rows are stored, then what became of them; of its user alone."""

    __tablename__ = "route_workbook"

    id: Mapped[BigId]
    route_list_id: Mapped[int] = mapped_column(ForeignKey(RouteList.id))
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    file_name: Mapped[str]
    #: {"header", "columns", "rows"} as read; None once its rows are stored.
    sheet: Mapped[dict[str, Any] | None] = deferred(mapped_column(JSONB(none_as_null=True)))
    #: {"defaults", "headings", "meanings"} of `ImportStreets`.
    options: Mapped[dict[str, Any]] = mapped_column(JSONB)
    #: {"placed", "unplaced", "refused"} of `ImportedRows`; None until its rows are stored.
    outcome: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    #: The file whose columns it was read by.
    recalled_from: Mapped[str | None]
    uploaded_at: Mapped[datetime]
    version: Mapped[int]

    __table_args__ = (
        CheckConstraint("(sheet IS NULL) = (outcome IS NOT NULL)", name="stored"),
        CheckConstraint("version > 0", name="version_positive"),
        Index(None, "route_list_id"),
        Index(None, "user_id"),
    )


class RouteWorkbookLayout(Base):
    """How a workbook with certain headings was read for an organisation the last time that its rows were stored."""

    __tablename__ = "route_workbook_layout"
    SIDES: ClassVar[dict[str, str]] = {"owner": "organisation_id"}
    AREA: ClassVar[None] = None

    id: Mapped[BigId]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    #: Hash of the headings in their order, without marks and case.
    layout: Mapped[str]
    options: Mapped[dict[str, Any]] = mapped_column(JSONB)
    file_name: Mapped[str]
    used_at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("organisation_id", "layout"),)
