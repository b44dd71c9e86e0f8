"""Rows of a file as typed values, one column per field, in a temporary table."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    MetaData,
    Numeric,
    Select,
    Table,
    Text,
    and_,
    case,
    cast,
    func,
    insert,
    literal,
    null,
    select,
    true,
)

from registry.imports.checking.batch import Frame, Trouble
from registry.imports.checking.parse import (
    FULL,
    ONLY_FILES,
    TOTAL,
    USED,
    WORDS,
    matches,
    read_fields,
    type_of,
    value_of,
    words_of,
    year_field,
)
from registry.imports.mapping.plan import DEFAULTS
from registry.imports.mapping.value_aliases import EXCLUSIVE_USERS
from registry.imports.models import ImportRow
from registry.kernel.fields import Field, fields_of
from registry.kernel.i18n import _
from registry.structures.codes import SharingStatus
from registry.structures.contract import RuleContext, Values
from registry.structures.models import Structure
from registry.structures.rules import COMMON_RULES, sharing_of_kind
from registry.structures.years import YEAR

#: Columns of the stage that no structure has.
COMMUNE: Final = "commune"
#: The district that a commune of before 01/07/2025 lay in, where it has a column of its own.
DISTRICT: Final = "district"
#: Statuses that say that places are left, so that how many there are must be said.
NEEDS_TOTAL: Final = (SharingStatus.AVAILABLE, SharingStatus.SHARED_AVAILABLE)


def stage_table(frame: Frame) -> Table:
    fields = {field.name: field for field in (*ONLY_FILES, *frame.kind.fields().values())}
    return Table(
        "check_row",
        MetaData(),
        Column("number", BigInteger),
        *(Column(name, type_of(field)) for name, field in fields.items()),
        Column(COMMUNE, Text),
        # Whether the file leaves the total of places empty: an unreadable one is refused by another sentence.
        Column("total_empty", Boolean),
        prefixes=["TEMPORARY"],
        postgresql_on_commit="DROP",
    )


def fill_stage(frame: Frame) -> Table:
    """Fill the staging table; needs `check_word`."""
    stage = stage_table(frame)
    frame.create(stage)
    made: dict[str, ColumnElement[Any]] = {"number": ImportRow.number.expression}
    joined: list[Table] = []
    for name, field in read_fields(frame).items():
        words = words_of(frame, name)
        if words is not None:
            joined.append(words)
        made[name] = value_of(frame, field, words)
    for field in read_fields(frame).values():
        flag = year_field(frame, field)
        if flag is not None:
            is_year = matches(frame.cell(field.name), f"^{YEAR.pattern}$")
            made[flag] = cast(case((is_year, true()), else_=null()), Boolean())
            frame.written.add(flag)
    for name, field in frame.kind.fields().items():
        made.setdefault(name, _default(name, field))
    if "sharing_status" in frame.at:
        made["sharing_status"] = _with_full(made["sharing_status"], made.get(USED.name))
    if "name" not in frame.at:
        made["name"] = literal(f"{frame.kind.label} ") + made["own_code"]
    made[COMMUNE] = _commune(frame)
    made["total_empty"] = func.btrim(frame.cell(TOTAL.name)) == ""
    query: Any = frame.rows(*made.values())
    for words in joined:
        field_name = words.name.removeprefix("word_")
        same = and_(words.c.field == field_name, words.c.given == frame.cell(field_name))
        query = query.outerjoin(words, same)
    frame.ctx.session.execute(insert(stage).from_select(list(made), query))
    frame.settle(stage)
    _tell_missing_names(frame, stage)
    return stage


def _commune(frame: Frame) -> ColumnElement[Any]:
    """The stated commune, with the district where that has a column: "Xã Hà Lĩnh, Hà Trung"."""
    commune = func.btrim(frame.cell(COMMUNE))
    if DISTRICT not in frame.at:
        return commune
    district = func.btrim(frame.cell(DISTRICT))
    return case((and_(commune != "", district != ""), commune + ", " + district), else_=commune)


def _default(name: str, field: Field) -> ColumnElement[Any]:
    value = DEFAULTS.get(name)
    return cast(null() if value is None else literal(value), type_of(field))


def _with_full(status: ColumnElement[Any], used: ColumnElement[Any] | None) -> ColumnElement[Any]:
    few = true() if used is None else func.coalesce(used, 0) <= EXCLUSIVE_USERS
    meant = case((few, SharingStatus.EXCLUSIVE_FULL.value), else_=SharingStatus.SHARED_FULL.value)
    return case((status == FULL, meant), else_=status)


def _tell_missing_names(frame: Frame, stage: Table) -> None:
    if "name" in frame.at:
        return
    reason = _("Còn trống; tệp không có cột tên nên cần mã để đặt tên.")
    query: Select[Any] = select(stage.c.number).where(stage.c.own_code.is_(None))
    frame.explain(query, lambda row: [Trouble(row.number, "own_code", reason)])


# --- rules of values ----------------------------------------------------------------------------------------------
def run_rules(frame: Frame, stage: Table, source: Select[Any], columns: Mapping[str, ColumnElement[Any]]) -> None:
    """Run the rules of the kind on the rows that they select; `columns` are the merged values of file and register."""
    fields = frame.kind.fields()
    shown = [column.label(name) for name, column in columns.items()]
    known = _Columns(columns)
    usual = [*COMMON_RULES, *frame.kind.rules]
    for rule in (_of_sharing(frame), *usual):
        suspects = getattr(rule, "suspects", None)
        condition = true() if suspects is None else suspects(known, frame.context)
        query = source.with_only_columns(stage.c.number, *shown).where(condition)
        frame.explain(query, partial(_found, frame, rule, fields))


class _Columns(dict[str, ColumnElement[Any]]):
    """Columns of values; a field that is missing is a typed NULL."""

    def __missing__(self, name: str) -> ColumnElement[Any]:
        field = fields_of(Structure).get(name)
        return cast(null(), Numeric() if field is None else type_of(field))


def _of_sharing(frame: Frame) -> Any:
    kind = frame.kind

    class Sharing:
        def __call__(self, values: Values, _context: RuleContext) -> Any:
            return sharing_of_kind(kind, values)

        def suspects(self, values: Mapping[str, ColumnElement[Any]], _context: RuleContext) -> ColumnElement[bool]:
            return values["sharing_status"].not_in([status.value for status in kind.sharing])

    return Sharing()


def _found(frame: Frame, check: Any, fields: Mapping[str, Field], row: Any) -> list[Trouble]:
    values = {name: in_python(field, row._mapping[name]) for name, field in fields.items()}
    known = {name: value for name, value in values.items() if value is not None}
    return [
        Trouble(row.number, problem.field, problem.sentence, blocks=problem.blocks)
        for problem in check(known, frame.context)
    ]


def in_python(field: Field, value: Any) -> Any:
    """A staged value as the rules expect it."""
    if value is None or field.choices is None:
        return value
    return field.choices(value)


__all__ = ["COMMUNE", "NEEDS_TOTAL", "WORDS", "fill_stage", "in_python", "run_rules", "stage_table"]
