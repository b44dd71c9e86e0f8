"""Rows of a file as typed values, one column per field, in a temporary table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, partial
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
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
    or_,
    select,
    true,
)
from sqlalchemy.types import TypeEngine

from registry.imports.checking.batch import BatchCheck, RowProblem, scratch_table
from registry.imports.checking.parse import (
    FULL,
    ONLY_FILES,
    TOTAL,
    USED,
    mapped_fields,
    matches_pattern,
    parsed_texts_of,
    type_of,
    value_of,
    year_flag,
)
from registry.imports.mapping.aliases import EXCLUSIVE_USERS
from registry.imports.mapping.plan import DEFAULTS
from registry.imports.models import ImportRow
from registry.kernel.fields import Field, fields_of
from registry.kernel.i18n import _
from registry.structures.codes import SharingStatus
from registry.structures.kinds.kind import YEAR_ONLY, RuleContext, Values
from registry.structures.kinds.value_rules import COMMON_RULES, sharing_of_kind
from registry.structures.models import Structure

#: Staging column without a structure field.
COMMUNE: Final = "commune"
#: District of a commune before 01/07/2025, in a column of its own.
DISTRICT: Final = "district"
#: Statuses with capacity left, which require a total.
NEEDS_TOTAL: Final = (SharingStatus.AVAILABLE, SharingStatus.SHARED_AVAILABLE)


def stage_table(check: BatchCheck) -> Table:
    fields = {field.name: field for field in (*ONLY_FILES, *check.kind.fields().values())}
    return _stage_table(tuple((name, type(type_of(field))) for name, field in fields.items()))


@cache
def _stage_table(columns: tuple[tuple[str, type[TypeEngine[Any]]], ...]) -> Table:
    """The table of these columns; the same object each time, so that statements about it are compiled once."""
    return scratch_table(
        "check_row",
        Column("number", BigInteger),
        *(Column(name, type_()) for name, type_ in columns),
        Column(COMMUNE, Text),
        # Whether the total is empty; an unreadable one has its own problem.
        Column("total_empty", Boolean),
    )


def fill_stage(check: BatchCheck) -> Table:
    """Fill the staging table; needs `check_word`."""
    stage = stage_table(check)
    check.create(stage)
    columns: dict[str, ColumnElement[Any]] = {"number": ImportRow.number.expression}
    joined: list[Table] = []
    for name, field in mapped_fields(check).items():
        words = parsed_texts_of(check, name)
        if words is not None:
            joined.append(words)
        columns[name] = value_of(check, field, words)
    for field in mapped_fields(check).values():
        flag = year_flag(check, field)
        if flag is not None:
            is_year = matches_pattern(check.cell(field.name), f"^{YEAR_ONLY.pattern}$")
            columns[flag] = cast(case((is_year, true()), else_=null()), Boolean())
            check.written.add(flag)
    for name, field in check.kind.fields().items():
        columns.setdefault(name, _default(name, field))
    if "sharing_status" in check.column_numbers:
        columns["sharing_status"] = _with_full(columns["sharing_status"], columns.get(USED.name))
    if "name" not in check.column_numbers:
        columns["name"] = literal(f"{check.kind.label} ") + columns["own_code"]
    columns[COMMUNE] = stated_commune(check)
    columns["total_empty"] = func.btrim(check.cell(TOTAL.name)) == ""
    query: Any = check.rows(*columns.values())
    for words in joined:
        field_name = words.name.removeprefix("word_")
        same = and_(words.c.field == field_name, words.c.given == check.cell(field_name))
        query = query.outerjoin(words, same)
    check.ctx.session.execute(insert(stage).from_select(list(columns), query))
    check.analyse(stage)
    _report_missing_names(check, stage)
    return stage


def stated_commune(check: BatchCheck) -> ColumnElement[Any]:
    """The stated commune, with the district where that has a column: "Xã Hà Lĩnh, Hà Trung"."""
    commune = func.btrim(check.cell(COMMUNE))
    if DISTRICT not in check.column_numbers:
        return commune
    district = func.btrim(check.cell(DISTRICT))
    return case((and_(commune != "", district != ""), commune + ", " + district), else_=commune)


def _default(name: str, field: Field) -> ColumnElement[Any]:
    value = DEFAULTS.get(name)
    return cast(null() if value is None else literal(value), type_of(field))


def _with_full(status: ColumnElement[Any], used: ColumnElement[Any] | None) -> ColumnElement[Any]:
    few = true() if used is None else func.coalesce(used, 0) <= EXCLUSIVE_USERS
    meant = case((few, SharingStatus.EXCLUSIVE_FULL.value), else_=SharingStatus.SHARED_FULL.value)
    return case((status == FULL, meant), else_=status)


def _report_missing_names(check: BatchCheck, stage: Table) -> None:
    if "name" in check.column_numbers:
        return
    reason = _("Chưa nhập; tệp không có cột tên nên cần mã để đặt tên.")
    query: Select[Any] = select(stage.c.number).where(stage.c.own_code.is_(None))
    check.report(query, "own_code", reason)


#: The length on the map, which rules of a kind with `length_fields` compare with stated ones.
DRAWN_LENGTH: Final = "drawn_length_m"


# --- rules of values ----------------------------------------------------------------------------------------------
def run_rules(check: BatchCheck, stage: Table, source: Select[Any], columns: Mapping[str, ColumnElement[Any]]) -> None:
    """Run the rules of the kind on the rows that they select; `columns` are the merged values of file and register.

    One query reads the rows that any rule selects, and which rules these are: nearly all files have few such rows.
    """
    stage_columns = _Columns(columns)
    rules: list[Any] = [_of_sharing(check), *COMMON_RULES, *check.kind.rules]
    conditions: list[ColumnElement[bool]] = []
    for rule in rules:
        suspects = getattr(rule, "suspects", None)
        conditions.append(true() if suspects is None else suspects(stage_columns, check.context))
    shown = [column.label(name) for name, column in columns.items()]
    flags = [condition.label(_flag(number)) for number, condition in enumerate(conditions)]
    query = source.with_only_columns(stage.c.number, *shown, *flags).where(or_(*conditions))
    check.add_problems_of(query, partial(_found, check, rules))


class _Columns(dict[str, ColumnElement[Any]]):
    """Columns of values; a field that is missing is a typed NULL."""

    def __missing__(self, name: str) -> ColumnElement[Any]:
        field = fields_of(Structure).get(name)
        return cast(null(), Numeric() if field is None else type_of(field))


def _of_sharing(check: BatchCheck) -> Any:
    kind = check.kind

    class Sharing:
        def __call__(self, values: Values, _context: RuleContext) -> Any:
            return sharing_of_kind(kind, values)

        def suspects(self, values: Mapping[str, ColumnElement[Any]], _context: RuleContext) -> ColumnElement[bool]:
            return values["sharing_status"].not_in([status.value for status in kind.sharing])

    return Sharing()


def _flag(number: int) -> str:
    """Name of the column that says whether a rule selects a row."""
    return f"rule_{number}"


def _found(check: BatchCheck, rules: Sequence[Any], row: Any) -> list[RowProblem]:
    values = {name: as_python(field, row._mapping[name]) for name, field in check.kind.fields().items()}
    values[DRAWN_LENGTH] = row._mapping.get(DRAWN_LENGTH)
    known_values = {name: value for name, value in values.items() if value is not None}
    return [
        RowProblem(row.number, problem.field, problem.sentence, blocks=problem.blocks)
        for number, rule in enumerate(rules)
        if row._mapping[_flag(number)]
        for problem in rule(known_values, check.context)
    ]


def as_python(field: Field, value: Any) -> Any:
    """A staged value as the rules expect it."""
    if value is None or field.choices is None:
        return value
    return field.choices(value)
