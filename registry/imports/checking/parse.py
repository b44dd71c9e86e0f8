"""Parse the texts of fields: plain spellings in SQL, each other distinct text once in Python.

The SQL is compiled from the field declarations, so limits have one source; a test compares it with the field parser.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Date,
    Integer,
    Numeric,
    Table,
    Text,
    and_,
    case,
    cast,
    delete,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.types import TypeEngine

from registry.accounts.queries import find_organisation
from registry.capacity.rules import MOST_PLACES
from registry.imports.checking.batch import FETCHED, ROW_PROBLEMS, BatchCheck, scratch_table
from registry.imports.mapping.aliases import is_full, member_of
from registry.imports.mapping.date_patterns import DATE_PATTERNS, DatePattern
from registry.imports.mapping.fields import import_fields
from registry.imports.mapping.units import in_own_unit, unit_advice
from registry.imports.models import ImportRow
from registry.imports.reading.limits import storable
from registry.kernel.fields import Field, ValueRefused, parse_value
from registry.kernel.i18n import _, _n, format_date
from registry.kernel.units import MM, UNITS, M
from registry.structures.kinds.kind import YEAR_ONLY, year_flag_of

#: Precomposed Latin letters, digits and printable signs: text of these with single spaces between words is in NFC
#: already and needs no cleaning. The soft hyphen is excluded.
_LETTERS: Final = "!-~¡-¬®-ɏḀ-ỿ–—‘’“”…"
_UNUSUAL: Final = f"[^ {_LETTERS}]|^ | $|  "
_NUMBER: Final = r"^(0|[1-9][0-9]{0,11})([.,][0-9]{1,6})?$"
#: 1.234 has a thousands separator.
_GROUP: Final = r"^[1-9][0-9]{0,2}\.[0-9]{3}$"
_WHOLE: Final = "^(0|[1-9][0-9]{0,8})$"
#: Days that every month has; Python validates the others.
_DAY: Final = "^(0?[1-9]|1[0-9]|2[0-8])/(0?[1-9]|1[0-2])/(19|20)[0-9]{2}$"
TOTAL: Final = Field("capacity_total", "", minimum=Decimal(0), maximum=Decimal(MOST_PLACES), python_type=int)
USED: Final = Field("capacity_used", "", minimum=Decimal(0), maximum=Decimal(MOST_PLACES), python_type=int)
HEIGHT: Final = Field("capacity_height_m", "", unit=M, minimum=Decimal(0), maximum=Decimal(400), python_type=Decimal)
DIAMETER: Final = Field(
    "capacity_diameter_mm", "", unit=MM, minimum=Decimal(1), maximum=Decimal(2000), python_type=Decimal
)
LEVEL: Final = Field("capacity_level", "", minimum=Decimal(1), maximum=Decimal(100), python_type=int)
HOLDER: Final = Field("holder", "", max_length=200)
#: Capacity fields of files, for the default slots of a structure.
ONLY_FILES: Final = (TOTAL, USED, HEIGHT, DIAMETER, LEVEL, HOLDER)
OWNER: Final = "owner"
#: "No capacity left"; the number of users determines the status.
FULL: Final = "!full"
#: Rows with a value from which a column whose values all fail is no slip of single cells.
FEWEST_FAILING: Final = 3
_MARK: Final = "\N{REPLACEMENT CHARACTER}"
#: Day 0 of spreadsheets; dates from 1927 to 2173 have five digits.
_FIRST_DAY: Final = date(1899, 12, 30)
_DIGITS_OF_DAYS: Final = 5

PARSED_TEXTS: Final = scratch_table(
    "check_word", Column("field", Text), Column("given", Text), Column("value", Text), Column("reason", Text)
)


def matches_pattern(cell: ColumnElement[str], pattern: str) -> ColumnElement[bool]:
    """Match by code points, independent of the collation of the database."""
    return cell.collate("C").op("~", is_comparison=True)(pattern)


def number_value(cell: ColumnElement[str]) -> ColumnElement[Decimal]:
    return cast(func.replace(cell, ",", "."), Numeric())


def type_of(field: Field) -> TypeEngine[Any]:
    """Column type of a value during the check; numbers keep all decimals until they are stored."""
    kinds: dict[type, TypeEngine[Any]] = {Decimal: Numeric(), int: BigInteger(), date: Date(), bool: Boolean()}
    return kinds.get(field.python_type, Text()) if field.choices is None else Text()


def is_plain(field: Field, cell: ColumnElement[str]) -> ColumnElement[bool] | None:
    """Whether SQL can parse a text of a field; None where Python parses all (closed lists, booleans)."""
    spelt = _is_plain_spelling(field, cell)
    if spelt is None:
        return None
    return spelt if field.required else or_(cell == "", spelt)


def plain_value(field: Field, cell: ColumnElement[str]) -> ColumnElement[Any]:
    """Value of a plain text; undefined for other texts."""
    reads = {Decimal: number_value, int: lambda text: cast(text, BigInteger), date: _day_value}
    read = reads.get(field.python_type)
    return case((cell == "", null()), else_=cell if read is None else read(cell))


def _is_plain_spelling(field: Field, cell: ColumnElement[str]) -> ColumnElement[bool] | None:
    if field.choices is not None or field.python_type is bool:
        return None
    if field.python_type is date:
        return matches_pattern(cell, _DAY)
    if field.python_type is int:
        return case((matches_pattern(cell, _WHOLE), _within(field, cast(cell, BigInteger))), else_=False)
    if field.python_type is Decimal:
        plain = and_(matches_pattern(cell, _NUMBER), ~matches_pattern(cell, _GROUP))
        return case((plain, _within(field, number_value(cell))), else_=False)
    return and_(cell != "", func.length(cell) <= field.max_length, ~matches_pattern(cell, _UNUSUAL))


def _within(field: Field, value: ColumnElement[Any]) -> ColumnElement[bool]:
    limits = [value >= field.minimum] if field.minimum is not None else []
    limits += [value <= field.maximum] if field.maximum is not None else []
    return and_(True, *limits)


def _day_value(cell: ColumnElement[str]) -> ColumnElement[date]:
    parts = [cast(func.split_part(cell, "/", part_number), Integer) for part_number in (3, 2, 1)]
    day: ColumnElement[date] = func.make_date(*parts)
    return day


@dataclass(frozen=True)
class ParsedText:
    """A parsed text: its value as the database writes it, or the reason why it has none."""

    value: str | None = None
    reason: str | None = None


def mapped_fields(check: BatchCheck) -> dict[str, Field]:
    """Declared fields with a column in this file, in their order."""
    of_files = {field.name: field for field in ONLY_FILES}
    declared = {**of_files, **check.kind.fields()}
    return {name: field for name, field in declared.items() if name in check.column_numbers}


def year_flag(check: BatchCheck, field: Field) -> str | None:
    """Flag field of a date of which only the year is known; None where the file has a column for the flag."""
    name = year_flag_of(field, check.kind.fields())
    return None if name in check.column_numbers else name


def unit_of_column(check: BatchCheck, field: Field) -> str | None:
    """Unit accepted for a column, where it is not the unit of the field."""
    units: Mapping[str, str] = check.batch.options.get("units") or {}
    code = units.get(field.name)
    return code if code and field.unit is not None and code != field.unit.code else None


def _plain(check: BatchCheck, field: Field, cell: ColumnElement[str]) -> ColumnElement[bool] | None:
    """As `is_plain`, for a column of this file; None where its unit or its pattern reads plain texts otherwise."""
    pattern = pattern_of_column(check, field)
    if unit_of_column(check, field) or (pattern is not None and pattern.contradicts):
        return None
    return is_plain(field, cell)


def pattern_of_column(check: BatchCheck, field: Field) -> DatePattern | None:
    """Pattern of dates chosen for a column."""
    if field.python_type is not date:
        return None
    return DATE_PATTERNS.get((check.batch.options.get("date_patterns") or {}).get(field.name, ""))


def parse_texts(check: BatchCheck) -> None:
    """Fill `check_word` with every distinct text that SQL cannot parse; report the invalid ones."""
    check.create(PARSED_TEXTS)
    fields = mapped_fields(check)
    asked = [(name, _needs_python(check, field)) for name, field in fields.items()]
    if OWNER in check.column_numbers:
        asked.append((OWNER, check.cell(OWNER) != ""))
    if asked:
        _collect_texts(check, asked, fields)
    check.analyse(PARSED_TEXTS)
    for name, _condition in asked:
        _report_invalid(check, name)


def _needs_python(check: BatchCheck, field: Field) -> ColumnElement[bool]:
    cell = check.cell(field.name)
    plain = _plain(check, field, cell)
    return true() if plain is None else ~plain


def _collect_texts(
    check: BatchCheck, asked: list[tuple[str, ColumnElement[bool]]], fields: Mapping[str, Field]
) -> None:
    # One scan per field: unnesting all fields of each row takes five times as long.
    columns = [
        check.rows(literal(name, Text).label("field"), check.cell(name).label("given")).where(left).distinct()
        for name, left in asked
    ]
    result = check.ctx.session.execute(union_all(*columns), execution_options={"yield_per": FETCHED})
    names = ("field", "given", "value", "reason")
    for part in result.partitions():
        check.fill(PARSED_TEXTS, names, _parsed_rows(check, part, fields))


def _parsed_rows(
    check: BatchCheck, rows: Any, fields: Mapping[str, Field]
) -> Iterator[tuple[str, str, str | None, str | None]]:
    for row in rows:
        text = row.given
        parsed = _parse_owner(check, text) if row.field == OWNER else parse_text(check, fields[row.field], text)
        yield row.field, row.given, parsed.value, None if parsed.reason is None else storable(parsed.reason)


def parse_text(check: BatchCheck, field: Field, text: str) -> ParsedText:
    """Parse a text as the forms do, extended by the aliases for files."""
    if _MARK in text:
        return ParsedText(reason=_("Ô có ký tự không lưu được, nay là dấu “%(mark)s”; hãy gõ lại ô này.", mark=_MARK))
    if field.name == "sharing_status" and is_full(text):
        return ParsedText(FULL)
    pattern = pattern_of_column(check, field)
    day = pattern.parse(text) if pattern is not None else None
    if day is not None:
        text = day.isoformat()
    meant = member_of(field.name, field.choices, text) if field.choices is not None else None
    year = YEAR_ONLY.fullmatch(text) if year_flag(check, field) else None
    date_text = f"{year[1]}-01-01" if year is not None else meant.value if meant is not None else None
    if date_text is not None:
        return ParsedText(date_text)
    # Where the unit of the field was confirmed, cells may carry its symbol.
    unit = (check.batch.options.get("units") or {}).get(field.name)
    words = in_own_unit(text, UNITS[unit], field.unit) if unit and field.unit else text
    try:
        return ParsedText(_database_text(parse_value(field, words)))
    except ValueRefused as refused:
        advice = "" if unit else unit_advice(field, text)
        if field.python_type is date:
            advice = _date_advice(text, year_flag(check, field) is not None)
        return ParsedText(reason=f"{refused} {advice}".strip())


def _date_advice(stated: str, year_will_do: bool) -> str:
    text = stated.strip()
    if text.isascii() and text.isdecimal() and len(text) == _DIGITS_OF_DAYS:
        day = format_date(_FIRST_DAY + timedelta(days=int(text)))
        return _("Nếu là số ngày của bảng tính thì đó là %(day)s; hãy ghi như vậy.", day=day)
    return _("Nếu chỉ biết năm thì ghi năm, ví dụ 2010.") if year_will_do else ""


def _database_text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value.isoformat() if hasattr(value, "isoformat") else value)


def _parse_owner(check: BatchCheck, stated: str) -> ParsedText:
    """The owner in the file must be the chosen owner, under any of its names."""
    name = stated.strip()
    named = find_organisation(check.ctx.session, name) if name else check.owner
    if named is not None and named.id == check.owner.id:
        return ParsedText(str(named.id))
    remark = _("là “%(name)s”", name=named.short_name) if named else _("không phải tên gọi nào đã biết")
    return ParsedText(
        reason=_(
            "“%(given)s” %(known)s, khác chủ sở hữu đã chọn “%(owner)s”; hãy sửa tên hoặc chọn đúng đơn vị.",
            given=name,
            known=remark,
            owner=check.owner.short_name,
        )
    )


def _report_invalid(check: BatchCheck, name: str) -> None:
    columns = PARSED_TEXTS.c
    invalid = (columns.field == name, columns.reason.is_not(None))
    if not check.ctx.session.scalar(select(columns.reason).where(*invalid)):
        return
    same = and_(*invalid, columns.given == check.cell(name))
    invalid_rows = check.rows(ImportRow.number, literal(name, Text), columns.reason, true()).join(PARSED_TEXTS, same)
    check.ctx.session.execute(insert(ROW_PROBLEMS).from_select(["number", "field", "reason", "blocks"], invalid_rows))


def count_open_texts(check: BatchCheck) -> dict[str, int]:
    """Number of distinct texts without meaning, by field, of closed lists, flags, days and numbers."""
    declared = {field.name: field for field in (*ONLY_FILES, *check.kind.fields().values())}
    names = [name for name, field in declared.items() if field.choices is not None or field.python_type is not str]
    columns = PARSED_TEXTS.c
    is_open = (columns.reason.is_not(None), columns.given != "", columns.field.in_(names))
    query = select(columns.field, func.count()).where(*is_open).group_by(columns.field)
    return {row[0]: row[1] for row in check.ctx.session.execute(query)}


def was_only_suggested(check: BatchCheck, name: str) -> bool:
    """Whether a field has the column that was suggested, and no person gave one of its values a meaning."""
    suggested: Mapping[str, str] = check.batch.found.get("suggested") or {}
    has_meanings = bool((check.batch.options.get("values") or {}).get(name))
    return name in suggested and not has_meanings and check.plan.mapping.get(name) == suggested[name]


def all_values_fail(check: BatchCheck, name: str, failing: int) -> bool:
    """Whether the rows that fail by a column are all that have a value in it, and are more than slips."""
    filled = check.rows(func.count()).where(func.btrim(check.cell(name)) != "")
    return failing >= FEWEST_FAILING and failing == check.ctx.session.scalar(filled)


def note_left_out(check: BatchCheck, name: str) -> None:
    sentence = _(
        "Không giá trị nào của cột “%(column)s” là giá trị của trường “%(label)s”: cột này bị bỏ qua; nếu cần, "
        "hãy ghi nghĩa của từng giá trị hoặc chọn trường khác.",
        column=check.column_of(name),
        label=import_fields(check.plan.kind)[name].label,
    )
    check.notes.append(sentence)


def leave_out_failing_columns(check: BatchCheck) -> BatchCheck:
    """Without optional columns that were suggested and of which no value can be read; a note says which.

    A column of which a person gave a value its meaning stays.
    """
    names = [
        name for name, field in mapped_fields(check).items() if not field.required and was_only_suggested(check, name)
    ]
    failing = ROW_PROBLEMS.c.field
    query = select(failing, func.count()).where(failing.in_(names)).group_by(failing)
    left_out = []
    for name, count in check.ctx.session.execute(query).all():
        if all_values_fail(check, name, count):
            left_out.append(name)
    if not left_out:
        return check
    check.ctx.session.execute(delete(ROW_PROBLEMS).where(failing.in_(left_out)))
    for name in left_out:
        note_left_out(check, name)
    return without_columns(check, left_out)


def without_columns(check: BatchCheck, names: Collection[str]) -> BatchCheck:
    """The check without the columns of fields; what was derived for others stays."""
    mapping = {name: word for name, word in check.plan.mapping.items() if name not in names}
    reduced = replace(check, plan=replace(check.plan, mapping=mapping))
    reduced.written.update(check.written.difference(names))
    return reduced


#: Texts without effect that a note names.
_NAMED: Final = 10


def notes_on_unused(check: BatchCheck) -> list[str]:
    """Sentences on meanings of values that no cell has, and on replacements that change none."""
    notes = []
    for name, meanings in (check.batch.options.get("values") or {}).items():
        if meanings and check.column_numbers.get(name):
            trimmed = func.btrim(check.text_before_values(name))
            used = set(check.ctx.session.scalars(check.rows(trimmed).where(trimmed.in_(list(meanings))).distinct()))
            unused = [text for text in meanings if text not in used]
            if unused:
                notes.append(_unused_meanings(check, name, unused))
    for name, pairs in (check.batch.options.get("replacements") or {}).items():
        if not check.column_numbers.get(name):
            continue
        cell: ColumnElement[str] = check.raw_text(name)
        matches = []
        for searched, substitute in pairs:
            matches.append(func.bool_or(func.strpos(cell, searched) > 0))
            cell = func.replace(cell, searched, substitute)
        row = check.ctx.session.execute(check.rows(*matches)).one() if matches else ()
        notes += [
            _(
                "Không ô nào của cột “%(column)s” còn có “%(text)s” để thay; lần thay đã ghi không có tác dụng.",
                column=check.column_of(name),
                text=searched,
            )
            for (searched, _substitute), matches_any in zip(pairs, row, strict=True)
            if not matches_any
        ]
    return notes


def _unused_meanings(check: BatchCheck, name: str, unused: list[str]) -> str:
    shown = ", ".join(f"“{text}”" for text in unused[:_NAMED])
    return _n(
        "Nghĩa đã ghi cho %(num)d giá trị không có trong cột “%(column)s” của tệp này: %(texts)s; không có tác dụng.",
        len(unused),
        column=check.column_of(name),
        texts=shown + ("…" if unused[_NAMED:] else ""),
    )


def parsed_texts_of(check: BatchCheck, name: str) -> Table | None:
    """Parsed texts of one field, for a join; None where SQL parsed all."""
    some = check.ctx.session.scalar(select(func.count()).select_from(PARSED_TEXTS).where(PARSED_TEXTS.c.field == name))
    return PARSED_TEXTS.alias(f"word_{name}") if some else None  # type: ignore[return-value]


def value_of(check: BatchCheck, field: Field, words: Table | None) -> ColumnElement[Any]:
    """Value of a field, given the join with its parsed texts."""
    cell = check.cell(field.name)
    plain = _plain(check, field, cell)
    if plain is None:
        return cast(words.c.value, type_of(field)) if words is not None else cast(null(), type_of(field))
    left: ColumnElement[Any] = null() if words is None else cast(words.c.value, type_of(field))
    return case((plain, plain_value(field, cell)), else_=left)
