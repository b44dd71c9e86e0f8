"""Settings that law may change: rows with a first day, a source and a flag for unconfirmed values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any, Final

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, Session, mapped_column

from registry.kernel.context import Context
from registry.kernel.dated_rows import SourcedRow, one_standing_row
from registry.kernel.days import REGULATED
from registry.kernel.db.base import Base
from registry.kernel.db.compiled import compile_statement
from registry.kernel.db.history import versioned
from registry.kernel.feature import KeyedExtensionPoint
from registry.kernel.fields import Field
from registry.kernel.i18n import LazyText, _, _l
from registry.kernel.units import Unit


@versioned
class DatedSetting(SourcedRow, Base):
    """One value of one setting from a day on, until the next row of the same key begins."""

    __tablename__ = "dated_setting"

    key: Mapped[str]
    value: Mapped[Any] = mapped_column(JSONB)

    __table_args__ = (one_standing_row("dated_setting", "key"),)


#: The row of :key in force on the day :on.
_IN_FORCE: Final = (
    select(DatedSetting)
    .where(
        DatedSetting.key == bindparam("key"),
        DatedSetting.valid_from <= bindparam("on"),
        DatedSetting.withdrawn_at.is_(None),
    )
    .order_by(DatedSetting.valid_from.desc())
    .limit(1)
)
#: Its value alone: many pages and every change of a structure read some.
_VALUE: Final = compile_statement(_IN_FORCE.with_only_columns(DatedSetting.value))


def setting(session: Session, key: str, on: date) -> Any:
    """The value of `key` in force on a day; LookupError without one."""
    if session.autoflush:
        session.flush()
    rows = _VALUE.execute(session.connection(), {"key": key, "on": _regulated(on)})
    if not rows:
        raise LookupError(_missing([key], on))
    return rows[0].value


def setting_rows(session: Session, keys: Iterable[str], on: date) -> dict[str, DatedSetting]:
    """The rows of several keys in force on a day, in one query; LookupError for a key without one."""
    required = set(keys)
    rows = rows_in_force(session, required, _regulated(on))
    missing = required - rows.keys()
    if missing:
        raise LookupError(_missing(missing, on))
    return rows


def rows_in_force(session: Session, keys: Iterable[str], on: date) -> dict[str, DatedSetting]:
    """The rows in force on a day, for those of the keys that have one."""
    query = (
        select(DatedSetting)
        .where(
            DatedSetting.key.in_(set(keys)),
            DatedSetting.valid_from <= on,
            DatedSetting.withdrawn_at.is_(None),
        )
        .order_by(DatedSetting.valid_from)
    )
    # The newest row of a key comes last and overwrites the others.
    return {row.key: row for row in session.scalars(query)}


def setting_row(session: Session, key: str, on: date) -> DatedSetting:
    """The row of `key` in force on a day; LookupError without one."""
    row = session.scalars(_IN_FORCE, {"key": key, "on": _regulated(on)}).one_or_none()
    if row is None:
        raise LookupError(_missing([key], on))
    return row


def _regulated(on: date) -> date:
    """The day whose rows apply on a day: what holds from the first day that a rule may have holds before it, too.

    A structure of 1962 is measured by the same figures as one of 2000.
    """
    return max(on, REGULATED.first(on))


def _missing(keys: Iterable[str], on: date) -> str:
    return f"no value of setting {', '.join(sorted(keys))} on {on.isoformat()}"


class PartShape(Enum):
    """How a part of a setting is stored: one value, a list, rows of an object, or rows of a mapping by their first."""

    ONE = "one"
    LIST = "list"
    ROWS = "rows"
    KEYED = "keyed"


@dataclass(frozen=True)
class SettingPart:
    """One figure of a setting, or one table: its field, and the keys that lead to it in the stored value.

    Without `path` it is the value itself. `columns` are those of a table, which is typed one row a line.
    """

    field: Field
    path: tuple[str, ...] = ()
    shape: PartShape = PartShape.ONE
    columns: tuple[Field, ...] = ()
    #: Stored as text, so that decimals stay exact.
    as_text: bool = False


class Protects(Enum):
    """The persons that a setting protects: its change needs two persons and a future day, and is shown to them."""

    OWNERS = "owners"
    REPORTERS = "reporters"
    COMMUNES = "communes"

    @property
    def label(self) -> LazyText:
        return _PROTECTED[self]


_PROTECTED: Final = {
    Protects.OWNERS: _l("chủ sở hữu công trình"),
    Protects.REPORTERS: _l("người gửi phản ánh"),
    Protects.COMMUNES: _l("địa phương đề xuất tuyến đường"),
}


@dataclass(frozen=True)
class SettingDeclaration:
    """What a page needs to know of a setting: its label, subject and parts."""

    key: str
    label: Any
    subject: Any
    parts: tuple[SettingPart, ...]
    hint: Any = ""
    #: Why it is not changed on a page; "" where it can be.
    fixed: Any = ""
    #: Whether an owner may have rows of its own (`owner_key`), in which parts may be left out.
    per_owner: bool = False
    #: What is wrong with a value as a whole: sentences by the name of a part.
    check: Callable[[Context[Any], Any], Mapping[str, str]] | None = None
    protects: Protects | None = None


def number_field(name: str, label: Any, unit: Unit | None, least: str, most: str, *, decimals: int = 0) -> Field:
    """A required number between two bounds in `unit`; whole without `decimals`."""
    return Field(
        name,
        label,
        unit,
        Decimal(least),
        Decimal(most),
        decimals=decimals or None,
        required=True,
        python_type=Decimal if decimals else int,
    )


def single_number(
    key: str,
    label: Any,
    subject: Any,
    unit: Unit | None,
    least: str,
    most: str,
    *,
    decimals: int = 0,
    hint: Any = "",
    fixed: Any = "",
    protects: Protects | None = None,
) -> SettingDeclaration:
    """A setting that is one number."""
    part = SettingPart(number_field("value", label, unit, least, most, decimals=decimals))
    return SettingDeclaration(key, label, subject, (part,), hint, fixed, protects=protects)


def in_order(lower: str, upper: str) -> Callable[[Context[Any], Any], Mapping[str, str]]:
    """A check that one figure of the object is at most another."""

    def check(_ctx: Context[Any], value: Any) -> Mapping[str, str]:
        below, above = value.get(lower), value.get(upper)
        if below is None or above is None or Decimal(str(below)) <= Decimal(str(above)):
            return {}
        sentence = _("%(lower)s lớn hơn giá trị trên (%(upper)s); cần nhỏ hơn hoặc bằng.", lower=below, upper=above)
        return {lower: sentence}

    return check


def numbers(*fields: Field) -> tuple[SettingPart, ...]:
    """Parts that stand in the stored object under the names of their fields."""
    return tuple(SettingPart(field, (field.name,)) for field in fields)


def owner_key(key: str, owner_code: str) -> str:
    """Key of an owner's own rows; figures that they omit come from the general ones."""
    return f"{key}@{owner_code}"


#: The settings that officers keep; every key in the database has one.
SETTINGS = KeyedExtensionPoint[SettingDeclaration](
    "kernel.settings", key=lambda setting_declaration: setting_declaration.key
)
