"""Tables of imports: one batch a file, one row a row of the file."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from registry.accounts.models import Organisation
from registry.kernel.db.base import Base, BigId, Choice, choice_type
from registry.kernel.db.history import versioned
from registry.kernel.i18n import _l


class BatchState(Choice):
    """Where an import stands."""

    UPLOADED = "uploaded", _l("Đã tải lên, chờ kiểm tra")
    CHECKED = "checked", _l("Đã kiểm tra, chờ nhập")
    APPLYING = "applying", _l("Đang nhập")
    APPLIED = "applied", _l("Đã nhập")
    FAILED = "failed", _l("Không nhập được")
    CANCELLED = "cancelled", _l("Đã hủy")


class FileFormat(Choice):
    """What the content of the file is, whatever its name says."""

    CSV = "csv", "CSV"
    XLSX = "xlsx", "XLSX"
    GEOJSON = "geojson", "GeoJSON"


class RowOutcome(Choice):
    """What becomes of a row."""

    NEW = "new", _l("Sẽ nhập")
    WARNING = "warning", _l("Sẽ nhập, có lưu ý")
    EXISTING = "existing", _l("Đã có, bỏ qua")
    REFUSED = "refused", _l("Không nhập")


@versioned
class ImportBatch(Base):
    """One file of one owner for one kind of structure."""

    __tablename__ = "import_batch"
    SIDES: ClassVar[dict[str, str]] = {"owner": "organisation_id"}
    AREA: ClassVar[str | None] = None

    id: Mapped[BigId]
    #: The owner of the structures that it brings.
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    kind: Mapped[str]
    file_name: Mapped[str]
    file_format: Mapped[FileFormat] = mapped_column(choice_type(FileFormat))
    sha256: Mapped[str]
    size_bytes: Mapped[int]
    state: Mapped[BatchState] = mapped_column(choice_type(BatchState))
    #: Field name -> column header of the file.
    mapping: Mapped[dict[str, str]] = mapped_column(JSONB)
    #: Coordinate system and whether places outside the province are allowed.
    options: Mapped[dict[str, Any]] = mapped_column(JSONB)
    #: Rows by outcome, and how many there are.
    counts: Mapped[dict[str, int]] = mapped_column(JSONB)
    #: Sentences on the whole file: defaults used, how words were understood.
    notes: Mapped[list[str]] = mapped_column(JSONB)
    #: Why nothing was applied.
    failure: Mapped[str | None]
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    checked_at: Mapped[datetime | None]
    applied_at: Mapped[datetime | None]
    applied_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    #: The change that brought the structures.
    applied_change_id: Mapped[int | None]
    version: Mapped[int] = mapped_column()

    organisation: Mapped[Organisation] = relationship(lazy="raise_on_sql", viewonly=True)

    __mapper_args__: Any = {"version_id_col": version}
    __table_args__: Any = (
        UniqueConstraint("id", "organisation_id"),
        CheckConstraint("size_bytes > 0", name="size"),
        CheckConstraint("(state = 'applied') = (applied_at IS NOT NULL)", name="applied_at"),
        CheckConstraint("(state = 'failed') = (failure IS NOT NULL)", name="failure"),
        Index(None, "organisation_id", "created_at"),
        Index(None, "sha256"),
    )


class ImportRow(Base):
    """One row of a file as it was read and checked; working data of the preview, replaced by each check."""

    __tablename__ = "import_row"
    SIDES: ClassVar[dict[str, str]] = {"owner": "organisation_id"}
    AREA: ClassVar[str | None] = None

    id: Mapped[BigId]
    batch_id: Mapped[int]
    organisation_id: Mapped[int]
    #: As the file counts: the line of a table with its header and empty lines, or the feature's place.
    number: Mapped[int]
    #: The cells as text.
    raw: Mapped[list[str]] = mapped_column(JSONB)
    #: Field name -> value as it will be stored, in words.
    parsed: Mapped[dict[str, str]] = mapped_column(JSONB)
    #: [{column, value, reason, blocks}]
    problems: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    outcome: Mapped[RowOutcome] = mapped_column(choice_type(RowOutcome))
    structure_id: Mapped[int | None] = mapped_column(ForeignKey("structure.id"))

    __table_args__: Any = (
        ForeignKeyConstraint(
            ["batch_id", "organisation_id"],
            ["import_batch.id", "import_batch.organisation_id"],
            name="fk_import_row_batch_id_organisation_id",
        ),
        UniqueConstraint("batch_id", "number"),
        CheckConstraint("number > 0", name="number"),
        Index(None, "batch_id", "outcome", "number"),
        Index(None, "structure_id"),
    )
