"""The declaration of a table of law."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, Generic, TypeVar

from sqlalchemy import func, select

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.kernel.dated_rows import CitedRow
from registry.kernel.days import REGULATED
from registry.kernel.feature import KeyedExtensionPoint
from registry.kernel.fields import Field, fields_of
from registry.kernel.i18n import _, _l, format_date

RowT = TypeVar("RowT", bound=CitedRow)
#: The days that a row of law may begin on; what exactly is possible is said by the rows that stand.
FIRST_DAYS: Final = REGULATED
VALID_FROM: Final = Field("valid_from", _l("Có hiệu lực từ ngày"), required=True, python_type=date, span=FIRST_DAYS)
MARK: Final = Field("needs_verification", _l("Cần kiểm chứng"), required=True, python_type=bool)
SOURCE: Final = Field(
    "source",
    _l("Căn cứ"),
    max_length=500,
    required=True,
    hint=_l("Văn bản, điều, khoản; ví dụ: khoản 2 Điều 4 Quyết định 12/2027/QĐ-UBND ngày 15/3/2027."),
)
REASON: Final = Field("reason", _l("Lý do"), max_length=500, required=True, multiline=True)


def _name_of(row: Any) -> str:
    return _("có hiệu lực từ %(day)s", day=format_date(row.valid_from))


def _no_facts(_row: Any) -> Mapping[str, Any]:
    return {}


@dataclass(frozen=True)
class DatedTable(Generic[RowT]):
    """A table of law: its rows, in series of which one row applies on a day, and who may change them."""

    model: type[RowT]
    #: First part of the names of its actions in the audit log; `.add`, `.confirm` and `.withdraw` follow.
    action: str
    #: The right to change it.
    permission: P
    #: The columns that rows of one series have in common.
    series: tuple[str, ...]
    #: What a row is called behind "the row".
    name_of: Callable[[Any], str] = _name_of
    #: What the audit log says of a row, next to its series and first day.
    facts: Callable[[Any], Mapping[str, Any]] = _no_facts
    #: Whether a row may begin before a later one that stands, and then applies up to it.
    inserts: bool = False
    #: Whether a series keeps its first row; a function of that row.
    keeps_first: Callable[[Any], bool] = field(default=lambda _row: True)
    #: Invalid for a row that others rest on, so that it is not withdrawn.
    check_withdrawal: Callable[[Ctx, Any], None] | None = None
    #: Excludes other changes until the transaction ends, where a lock of the table alone is not enough.
    own_lock: Callable[[Ctx], None] | None = None

    @property
    def name(self) -> str:
        """Name of the table, and of its objects in the audit log."""
        return str(self.model.__tablename__)  # type: ignore[attr-defined]

    def lock(self, ctx: Ctx) -> None:
        """Exclude other changes of the table until the transaction ends."""
        if self.own_lock is not None:
            self.own_lock(ctx)
        else:
            ctx.session.execute(select(func.pg_advisory_xact_lock(func.hashtext(self.name))))

    def key_of(self, row: Any) -> Sequence[Any]:
        """The values of the columns of its series."""
        return [getattr(row, column) for column in self.series]


#: All tables of law, by the name of the table.
DATED_TABLES = KeyedExtensionPoint[DatedTable[Any]]("dated_rows.tables", key=lambda table: table.name)


@dataclass(frozen=True, kw_only=True)
class LawTable(DatedTable[RowT]):
    """A table with the pages of this package; its other fields are the declared columns (`col`) of the model.

    `pages.law_pages` and `contributions.law_contributions` are what its feature mounts.
    """

    #: Heading of its list, and its name in the audit log.
    label: Any
    #: The right to read it.
    read: P
    #: Address of its list.
    address: str
    #: The name of the series of a row.
    title_of: Callable[[Any], str]

    @property
    def own_fields(self) -> tuple[Field, ...]:
        """The declared columns that are not those of the series."""
        declared = fields_of(self.model)  # type: ignore[arg-type]  # a model of a table is a declarative class
        return tuple(declared_field for name, declared_field in declared.items() if name not in self.series)

    @property
    def series_fields(self) -> tuple[Field, ...]:
        """The declared columns of the series."""
        declared = fields_of(self.model)  # type: ignore[arg-type]  # a model of a table is a declarative class
        return tuple(declared[name] for name in self.series)

    @property
    def row_fields(self) -> tuple[Field, ...]:
        """The fields of a new row of a series."""
        return (*self.own_fields, VALID_FROM, SOURCE, MARK, REASON)
