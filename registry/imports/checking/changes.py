"""Rows of registered structures: the changed fields, with old and new value as text."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Numeric,
    Select,
    Table,
    Text,
    TextClause,
    case,
    cast,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    table,
    text,
    update,
)
from sqlalchemy import column as sql_column
from sqlalchemy.dialects.postgresql import JSONB

from registry.authz.permissions import P
from registry.authz.scopes import visible
from registry.imports.checking.batch import ROW_PROBLEMS, BatchCheck, scratch_table
from registry.imports.checking.codes import MATCHES
from registry.imports.checking.stage import DRAWN_LENGTH
from registry.imports.models import ImportRow
from registry.kernel.fields import Field
from registry.kernel.i18n import _
from registry.structures.models import Structure
from registry.structures.positions.along_route import fill_lengths
from registry.structures.positions.duplicates import find_moved

#: Positions nearer than this are the same: the rest of rounding and conversion.
UNMOVED_M: Final = 0.01
#: PostgreSQL takes a hundred arguments; a pair is two.
_PAIRS_AT_ONCE: Final = 40

_LENGTHS: Final = table("check_length", sql_column("number"), sql_column(DRAWN_LENGTH, Numeric))
CHANGES: Final = scratch_table("check_change", Column("number", BigInteger), Column("changes", JSONB))


def register_columns(check: BatchCheck) -> dict[str, ColumnElement[Any]]:
    """Field -> column of the register."""
    base, own = Structure.__table__, check.kind.model.__table__
    return {name: own.c[name] if name in own.c else base.c[name] for name in check.kind.fields()}


def join_register(check: BatchCheck, stage: Table) -> Select[Any]:
    """Stage rows, each with its registered structure, if any."""
    base, own = Structure.__table__, check.kind.model.__table__
    return (
        select(stage.c.number)
        .select_from(stage)
        .outerjoin(MATCHES, MATCHES.c.number == stage.c.number)
        .outerjoin(base, base.c.id == MATCHES.c.structure_id)
        .outerjoin(own, own.c.id == MATCHES.c.structure_id)
    )


def merged_columns(check: BatchCheck, stage: Table) -> dict[str, ColumnElement[Any]]:
    """Field -> its value after the import: from the file, else from the register, else the default."""
    columns: dict[str, ColumnElement[Any]] = {}
    for name, column in register_columns(check).items():
        staged = stage.c[name]
        stored_value = cast(column, staged.type)
        columns[name] = (
            staged if name in check.written else case((MATCHES.c.number.is_(None), staged), else_=stored_value)
        )
    return columns


def with_lengths(check: BatchCheck, stage: Table) -> tuple[Select[Any], dict[str, ColumnElement[Any]]]:
    """Stage rows and merged columns for the rules, with the length on the map where rules of the kind read it."""
    source, columns = join_register(check, stage), merged_columns(check, stage)
    if not check.kind.length_fields & columns.keys():
        return source, columns
    fill_lengths(check.ctx)
    return source.outerjoin(_LENGTHS, _LENGTHS.c.number == stage.c.number), columns | {
        DRAWN_LENGTH: _LENGTHS.c.drawn_length_m
    }


def derive_fields(check: BatchCheck, stage: Table) -> None:
    """Write derived fields into the stage; they then count as set by the file."""
    follows = check.kind.settled_columns(merged_columns(check, stage))
    if not follows:
        return
    shown = [cast(expression, stage.c[name].type).label(name) for name, expression in follows.items()]
    derived = join_register(check, stage).with_only_columns(stage.c.number, *shown).subquery("settled")
    statement = (
        update(stage).values({name: derived.c[name] for name in follows}).where(derived.c.number == stage.c.number)
    )
    check.ctx.session.execute(statement.execution_options(synchronize_session=False))
    check.written.update(follows)


def find_changes(check: BatchCheck, stage: Table) -> None:
    """Fill `check_change` with changed fields of registered structures, and `check_moved`."""
    check.create(CHANGES)
    columns = register_columns(check)
    fields = {name: field for name, field in check.kind.fields().items() if name in check.written}
    differing = {name: differs(stage.c[name], columns[name]) for name in fields}
    if differing:
        pairs = {
            name: case(
                (
                    differing[name],
                    func.jsonb_build_array(display_text(field, columns[name]), display_text(field, stage.c[name])),
                )
            )
            for name, field in fields.items()
        }
        query = join_register(check, stage).with_only_columns(stage.c.number, _json_object(pairs))
        query = query.where(MATCHES.c.number.is_not(None), or_(*differing.values()))
        check.ctx.session.execute(insert(CHANGES).from_select(["number", "changes"], query))
    find_moved(check.ctx, unmoved_m=UNMOVED_M)
    _report_forbidden(check)


def _report_forbidden(check: BatchCheck) -> None:
    """Refuse changes to structures that the user may not edit: the right to import for an owner does not include it.

    The console may edit everything.
    """
    if check.ctx.actor.id is None:
        return
    changed = text(
        "check_match.number IN (SELECT number FROM check_change UNION SELECT number FROM check_moved"
        " UNION SELECT number FROM check_capacity WHERE total_to IS NOT NULL OR used_to IS NOT NULL)"
    )
    query = (
        select(MATCHES.c.number, Structure.code)
        .join(Structure, Structure.id == MATCHES.c.structure_id)
        .where(changed, visible(check.ctx, Structure, P.STRUCTURE_EDIT).is_not(True))
    )
    if check.sees_owner:
        check.report(query, "own_code", _not_editable)
    else:
        _report_hidden(check, changed)


def _report_hidden(check: BatchCheck, changed: TextClause) -> None:
    """Replace all problems of a hidden structure by one sentence: its own problems would disclose its values."""
    refused = select(ROW_PROBLEMS.c.number).where(ROW_PROBLEMS.c.blocks)
    theirs = select(MATCHES.c.number).where(or_(changed, MATCHES.c.number.in_(refused)))
    numbers = check.ctx.session.scalars(theirs).all()
    check.ctx.session.execute(delete(ROW_PROBLEMS).where(ROW_PROBLEMS.c.number.in_(theirs)))
    code = check.cell("own_code").label("code")
    rows = check.rows(ImportRow.number, code).where(ImportRow.number == func.any(numbers))
    check.report(rows, "own_code", _hidden_conflict)


def _hidden_conflict(row: Any) -> str:
    return _("Mã “%(code)s” đã được đăng ký với nội dung khác; chỉ chủ sở hữu sửa được.", code=row.code.strip())


def _not_editable(row: Any) -> str:
    return _(
        "Dòng làm thay đổi công trình %(code)s mà tài khoản không có quyền sửa; chỉ chủ sở hữu sửa được.", code=row.code
    )


def differs(staged: ColumnElement[Any], column: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether the value to be stored differs from the stored one."""
    stored_type = Text() if isinstance(staged.type, Text) else column.type
    is_different: ColumnElement[bool] = cast(staged, stored_type).is_distinct_from(cast(column, stored_type))
    return is_different


def _json_object(pairs: Mapping[str, ColumnElement[Any]]) -> ColumnElement[Any]:
    names = list(pairs)
    json_object: ColumnElement[Any] | None = None
    for start in range(0, len(names), _PAIRS_AT_ONCE):
        arguments = [
            part for name in names[start : start + _PAIRS_AT_ONCE] for part in (literal(name, Text), pairs[name])
        ]
        json_part = func.jsonb_build_object(*arguments)
        json_object = json_part if json_object is None else json_object.op("||")(json_part)
    return func.jsonb_strip_nulls(json_object)


def display_text(field: Field, value: ColumnElement[Any]) -> ColumnElement[str]:
    """A value as Vietnamese text; "" for NULL."""
    shown: ColumnElement[Any]
    if field.choices is not None:
        labels = {member.value: str(member.label) for member in field.choices}
        shown = case(labels, value=cast(value, Text), else_=cast(value, Text))
    elif field.python_type is bool:
        shown = case((value.is_(True), _("Có")), (value.is_(False), _("Không")))
    elif field.python_type is date:
        shown = func.to_char(value, "DD/MM/YYYY")
    elif field.python_type is Decimal:
        shown = func.replace(cast(func.trim_scale(value), Text), ".", ",")
    else:
        shown = cast(value, Text)
    return func.coalesce(shown, "")
