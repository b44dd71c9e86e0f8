"""Tables of imports: batches, rows as read, and results of the last check."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from geoalchemy2 import Geometry
from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, deferred, mapped_column, relationship

from registry.accounts.models import Organisation
from registry.kernel.db.base import Base, BigId, Choice, Metres, choice_type
from registry.kernel.db.history import versioned
from registry.kernel.i18n import _l


class BatchState(Choice):
    """State of a batch."""

    READING = "reading", _l("Đang đọc tệp")
    CHOOSING = "choosing", _l("Chờ chọn bảng của tệp")
    READ = "read", _l("Đã đọc, chờ chọn cột")
    CHECKING = "checking", _l("Đang kiểm tra")
    CHECKED = "checked", _l("Đã kiểm tra, chờ nhập")
    APPLYING = "applying", _l("Đang nhập")
    APPLIED = "applied", _l("Đã nhập")
    UNDOING = "undoing", _l("Đang hoàn tác")
    UNDONE = "undone", _l("Đã hoàn tác")
    FAILED = "failed", _l("Không nhập được")
    CANCELLED = "cancelled", _l("Đã hủy")


class FileFormat(Choice):
    """Format of a file by its content."""

    CSV = "csv", "CSV"
    TSV = "tsv", "TSV"
    XLSX = "xlsx", "XLSX"
    XLS = "xls", "XLS"
    ODS = "ods", "ODS"
    GEOJSON = "geojson", "GeoJSON"
    KML = "kml", "KML"
    KMZ = "kmz", "KMZ"
    SHP = "shp", "Shapefile"
    GPKG = "gpkg", "GeoPackage"


class RowOutcome(Choice):
    """Outcome of a row."""

    NEW = "new", _l("Sẽ thêm mới")
    CHANGED = "changed", _l("Sẽ cập nhật")
    UNCHANGED = "unchanged", _l("Đã có, không đổi")
    DUPLICATE = "duplicate", _l("Trùng, bỏ qua")
    REFUSED = "refused", _l("Không nhập")


class RowChoice(Choice):
    """Decision on a duplicate row."""

    NEW = "new", _l("Thêm mới")
    UPDATE = "update", _l("Cập nhật công trình đã có")
    SKIP = "skip", _l("Bỏ qua")


class MissingChoice(Choice):
    """Decision on a structure that a full delivery does not list."""

    KEEP = "keep", _l("Giữ nguyên")
    DECOMMISSION = "decommission", _l("Ngừng khai thác")


@versioned
class ImportBatch(Base):
    """One table of a file: one owner, one kind of structure."""

    __tablename__ = "import_batch"
    SIDES: ClassVar[dict[str, str]] = {"owner": "organisation_id"}
    AREA: ClassVar[str | None] = None
    CREATOR: ClassVar[str] = "created_by_id"

    id: Mapped[BigId]
    #: Owner of the structures.
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    #: Kind of structure.
    kind: Mapped[str]
    file_name: Mapped[str]
    #: None until the file has been read.
    file_format: Mapped[FileFormat | None] = mapped_column(choice_type(FileFormat))
    #: Sheet or layer.
    table_name: Mapped[str | None]
    sha256: Mapped[str]
    size_bytes: Mapped[int]
    state: Mapped[BatchState] = mapped_column(choice_type(BatchState))
    #: Field name -> column header of the file.
    mapping: Mapped[dict[str, str]] = mapped_column(JSONB)
    #: Choices of the user: system, encoding, header row, units, full delivery, positions outside the province.
    options: Mapped[dict[str, Any]] = mapped_column(JSONB)
    #: Findings of the reader: tables, headers, samples, encoding, statements on the coordinate system.
    found: Mapped[dict[str, Any]] = mapped_column(JSONB)
    #: Number of rows, in total and by outcome.
    counts: Mapped[dict[str, int]] = mapped_column(JSONB)
    #: Notes on the whole file: defaults, interpretations.
    notes: Mapped[list[str]] = mapped_column(JSONB)
    #: Why nothing was applied.
    failure: Mapped[str | None]
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    checked_at: Mapped[datetime | None]
    applied_at: Mapped[datetime | None]
    applied_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    #: Change that wrote the structures.
    applied_change_id: Mapped[int | None]
    undone_at: Mapped[datetime | None]
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    version: Mapped[int] = mapped_column()

    organisation: Mapped[Organisation] = relationship(lazy="raise_on_sql", viewonly=True)

    __mapper_args__: Any = {"version_id_col": version}
    __table_args__: Any = (
        UniqueConstraint("id", "organisation_id"),
        CheckConstraint("size_bytes > 0", name="size"),
        CheckConstraint("(state IN ('applied', 'undoing', 'undone')) = (applied_at IS NOT NULL)", name="applied_at"),
        CheckConstraint("(state = 'undone') = (undone_at IS NOT NULL)", name="undone_at"),
        CheckConstraint("(state = 'failed') = (failure IS NOT NULL)", name="failure"),
        Index(None, "organisation_id", "created_at"),
        Index(None, "sha256"),
    )


class ImportRow(Base):
    """One row as read from the file; visible with its batch."""

    __tablename__ = "import_row"

    batch_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    #: Number in the file: of the line, counting headers and empty lines, or of the feature.
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    #: In the order of `found["header"]`.
    cells: Mapped[list[str]] = mapped_column(ARRAY(Text))
    #: WKT in the coordinates of the file, where rows have a geometry of their own.
    geometry: Mapped[str | None]
    #: Why the row cannot be taken as it was read; a correction of the row settles it.
    problem: Mapped[str | None]
    #: The cells as read, if the row was corrected.
    original: Mapped[list[str] | None] = mapped_column(ARRAY(Text))

    __table_args__: Any = (
        ForeignKeyConstraint(["batch_id"], ["import_batch.id"], ondelete="CASCADE"),
        CheckConstraint("number > 0", name="number"),
    )


def without_quiet(problems: list[dict[str, Any]] | None) -> list[dict[str, Any]]:
    """Problems without quiet notes."""
    return [problem for problem in problems or () if not problem.get("quiet")]


class ImportResult(Base):
    """Result of the last check of a row; replaced by each check.

    No foreign keys: 200,000 of them cost seconds, and only the preview reads these rows.
    """

    __tablename__ = "import_result"

    batch_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    outcome: Mapped[RowOutcome] = mapped_column(choice_type(RowOutcome))
    #: Imported with remarks.
    warned: Mapped[bool]
    #: The structure that the row became, changes or duplicates.
    structure_id: Mapped[int | None]
    #: [{field, column, value, reason, blocks}]; "quiet" for notes on the interpretation, "other" for the number of
    #: another row of the file, "double" where both have one code.
    problems: Mapped[list[dict[str, Any]] | None] = mapped_column(JSONB)
    #: {field: [before, after]} as text.
    changes: Mapped[dict[str, list[str]] | None] = mapped_column(JSONB)
    #: Distance of the move in metres.
    moved_m: Mapped[Metres | None]
    #: Position in WGS 84 for the map; None where it was refused.
    place: Mapped[Any] = deferred(
        mapped_column(Geometry("GEOMETRY", srid=4326, spatial_index=False), nullable=True), raiseload=True
    )

    __table_args__: Any = (
        Index("ix_import_result_batch_id_outcome_number", "batch_id", "outcome", "number"),
        Index("ix_import_result_problems", "batch_id", "number", postgresql_where="problems IS NOT NULL"),
    )

    @property
    def remarks(self) -> list[dict[str, Any]]:
        return without_quiet(self.problems)


class ImportDecision(Base):
    """Decision on a duplicate row; survives further checks."""

    __tablename__ = "import_decision"

    batch_id: Mapped[int] = mapped_column(
        ForeignKey("import_batch.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    choice: Mapped[RowChoice] = mapped_column(choice_type(RowChoice))
    #: The earlier row into which this one was merged.
    merged_into: Mapped[int | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    decided_at: Mapped[datetime]


class ImportMissing(Base):
    """A structure of the owner and kind that a full delivery does not list."""

    __tablename__ = "import_missing"

    batch_id: Mapped[int] = mapped_column(
        ForeignKey("import_batch.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    structure_id: Mapped[int] = mapped_column(
        ForeignKey("structure.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    #: None while it is open.
    choice: Mapped[MissingChoice | None] = mapped_column(choice_type(MissingChoice))
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    decided_at: Mapped[datetime | None]

    __table_args__: Any = (
        Index(None, "structure_id"),
        Index("ix_import_missing_open", "batch_id", postgresql_where="choice IS NULL"),
    )


class ImportProgress(Base):
    """Progress of the worker; written in separate short transactions, so that others see it."""

    __tablename__ = "import_progress"

    batch_id: Mapped[int] = mapped_column(
        ForeignKey("import_batch.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    #: reading, checking, applying or undoing.
    step: Mapped[str]
    done: Mapped[int]
    #: None where it is unknown.
    total: Mapped[int | None]
    started_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    cancel_requested: Mapped[bool] = mapped_column(server_default="false")


class RememberedLayout(Base):
    """The columns of an applied import, suggested for later files of the owner with the same headings in this order."""

    __tablename__ = "import_layout"
    SIDES: ClassVar[dict[str, str]] = {"owner": "organisation_id"}
    AREA: ClassVar[str | None] = None
    CREATOR: ClassVar[str] = "used_by_id"

    id: Mapped[BigId]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    kind: Mapped[str]
    #: `layouts.layout_key` of the headings.
    layout: Mapped[str]
    header: Mapped[list[str]] = mapped_column(JSONB)
    #: Heading -> field, None where the column was ignored on purpose; columns without values are left out.
    fields: Mapped[dict[str, str | None]] = mapped_column(JSONB)
    #: Meanings of values, patterns of dates and replacements, as in the options of a batch, and split columns.
    meanings: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    file_name: Mapped[str]
    #: The import that left it; its undo forgets it.
    batch_id: Mapped[int] = mapped_column(ForeignKey("import_batch.id"), index=True)
    used_at: Mapped[datetime]
    used_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    version: Mapped[int] = mapped_column()

    organisation: Mapped[Organisation] = relationship(lazy="raise_on_sql", viewonly=True)

    __mapper_args__: Any = {"version_id_col": version}
    __table_args__: Any = (UniqueConstraint("organisation_id", "kind", "layout"),)
