"""Values of the columns of a file: listed with counts and suggestions, given a meaning, replaced over a column."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import Any, Final

from sqlalchemy import Select, case, func, or_, true

from registry.authz.actors import Ctx
from registry.imports.checking.batch import BatchCheck
from registry.imports.checking.parse import is_plain, mapped_fields, parse_text
from registry.imports.checking.run import check_of
from registry.imports.commands import ReplaceText, SetValues
from registry.imports.mapping.date_patterns import DATE_PATTERNS, suggest_pattern
from registry.imports.mapping.fields import import_fields
from registry.imports.mapping.units import unit_problems
from registry.imports.mapping.values import (
    MOST_VALUES,
    SpellingCluster,
    carries_unit,
    clusters_of,
    empty_marks_of,
    is_empty_mark,
    suggest_value,
)
from registry.imports.models import BatchState, ImportBatch
from registry.imports.reading.limits import storable
from registry.imports.service.check import recheck
from registry.imports.service.common import locked, note
from registry.kernel.errors import Conflict, Invalid
from registry.kernel.fields import Field
from registry.kernel.i18n import _, _n, format_number
from registry.kernel.text import fold

#: Values of a column that a page lists.
LISTED: Final = 100
#: Distinct values that are searched for suggestions and clusters.
READ: Final = 5_000
#: Replacements of one column.
_MOST_REPLACEMENTS: Final = 20
_EXAMPLES: Final = 10
#: Most frequent values among which near spellings are looked for: each is compared with each.
_CLUSTERED: Final = 2_000
#: Longer texts are no values that could be given a meaning.
_LONGEST: Final = 500
#: Columns whose values are not listed: they are positions or relations of their own.
_LIST_TYPES: Final = (date, Decimal, int)


@dataclass(frozen=True)
class ListedValue:
    """A distinct text of a column: how often it occurs, its meaning, and what is suggested.

    `decided` is the text that was chosen for it, `suggested` one that may be chosen; "" means nothing, None that there
    is none. `is_open`: as it stands, it refuses its rows.
    """

    text: str
    count: int
    decided: str | None = None
    suggested: str | None = None
    is_open: bool = False
    meaning: str = ""


@dataclass(frozen=True)
class ColumnValues:
    """Values of one mapped column; `pattern` and `unit` are those chosen, the suggested ones mend all open values."""

    field: Field
    label: Any
    column: str
    values: Sequence[ListedValue]
    #: Open values that are not listed.
    unlisted: int = 0
    #: Whether it has as many meanings as a column may have.
    is_full: bool = False
    pattern: str | None = None
    suggested_pattern: str | None = None
    suggested_unit: str | None = None
    unit: str | None = None

    @property
    def open_count(self) -> int:
        return self.unlisted + sum(value.is_open for value in self.values)

    @property
    def has_suggestions(self) -> bool:
        pending = any(value.suggested is not None and value.decided is None for value in self.values)
        return pending or bool(self.suggested_pattern or self.suggested_unit)


@dataclass(frozen=True)
class Facet:
    """All texts of one column with their counts (the most frequent first), clusters, and replacements."""

    name: str
    label: Any
    column: str
    values: Sequence[ListedValue]
    distinct: int
    clusters: Sequence[SpellingCluster] = ()
    replacements: Sequence[Sequence[str]] = ()


@dataclass(frozen=True)
class Replacement:
    """What a replacement would do: rows that change, examples (before, after, rows), rows that it empties."""

    rows: int
    emptied: int
    examples: Sequence[tuple[str, str, int]] = field(default_factory=tuple)


def list_values(ctx: Ctx, batch: ImportBatch, *, listed: int = LISTED) -> list[ColumnValues]:
    """Columns of closed lists, flags, days and numbers with their values; text columns with marks of nothing."""
    check = check_of(ctx, batch)
    fields = [field for name, field in mapped_fields(check).items() if check.column_numbers[name]]
    columns = [_column_values(check, field, listed) for field in fields]
    return [column for column in columns if column is not None]


def _column_values(check: BatchCheck, field: Field, listed: int) -> ColumnValues | None:
    options = check.batch.options
    decided: Mapping[str, str] = (options.get("values") or {}).get(field.name) or {}
    is_listed = field.choices is not None or field.python_type is bool
    rows = _distinct(check, field, everything=is_listed, decided=list(decided))
    listed_texts = {text for text, _count in rows}
    # A meaning of a value that does not come any more can be taken back, too.
    rows += [(text, 0) for text in decided if text not in listed_texts]
    values = [_listed_value(check, field, text, count, decided) for text, count in rows]
    values = [value for value in values if is_listed or value.is_open or value.decided is not None or _is_mark(value)]
    if not values:
        return None
    values.sort(key=lambda value: (not value.is_open, -value.count))
    unread = [value.text for value in values if value.is_open and not is_empty_mark(value.text)]
    units = (options.get("units") or {}).get(field.name)
    carrying = any(carries_unit(field, text) for text in unread)
    return ColumnValues(
        field,
        import_fields(check.plan.kind)[field.name].label,
        check.column_of(field.name),
        values[:listed],
        unlisted=_count_unlisted(check, field.name, values, listed),
        is_full=len(decided) >= MOST_VALUES,
        pattern=(options.get("date_patterns") or {}).get(field.name),
        suggested_pattern=_suggested_pattern(check, field, unread) if field.python_type is date else None,
        suggested_unit=field.unit.code if carrying and field.unit is not None and units is None else None,
        unit=units,
    )


def _count_unlisted(check: BatchCheck, name: str, values: Sequence[ListedValue], listed: int) -> int:
    """Open values of a column that are not listed, those included that are too many to be read."""
    read = sum(value.is_open for value in values)
    shown = sum(value.is_open for value in values[:listed])
    counted = (check.batch.found.get("open_by_field") or {}).get(name, 0) if len(values) >= READ else 0
    return max(read, counted) - shown


def _is_mark(value: ListedValue) -> bool:
    return value.suggested is not None


def _suggested_pattern(check: BatchCheck, field: Field, unread: Sequence[str]) -> str | None:
    text = func.btrim(check.text_before_values(field.name))
    others = check.ctx.session.scalars(check.rows(text).where(text != "").distinct().limit(READ)).all()
    return suggest_pattern(unread, [other for other in others if other not in unread and not is_empty_mark(other)])


def _distinct(check: BatchCheck, field: Field, *, everything: bool, decided: Sequence[str]) -> list[tuple[str, int]]:
    """Distinct texts of a column with their counts; of days and numbers those that SQL cannot read, of texts marks."""
    text = func.btrim(check.text_before_values(field.name))
    wanted: Any = true()
    if not everything and field.python_type in _LIST_TYPES:
        plain = is_plain(field, text)
        wanted = true() if plain is None or (check.batch.options.get("date_patterns") or {}).get(field.name) else ~plain
    elif not everything:
        wanted = func.lower(text).in_(empty_marks_of(field))
    wanted = or_(wanted, text.in_(decided)) if decided else wanted
    query: Select[Any] = check.rows(text, func.count()).where(text != "", wanted, func.length(text) <= _LONGEST)
    query = query.group_by(text)
    rows = check.ctx.session.execute(query.order_by(func.count().desc(), text).limit(READ))
    return [(row[0], row[1]) for row in rows]


def _listed_value(check: BatchCheck, field: Field, text: str, count: int, decided: Mapping[str, str]) -> ListedValue:
    stated = decided.get(text)
    parsed = parse_text(check, field, text if stated is None else stated)
    is_open = parsed.reason is not None
    suggested = None
    if is_open or (stated is None and fold(text) in empty_marks_of(field) and field.python_type is str):
        suggested = suggest_value(field, text)
    meaning = "" if is_open else _meaning(field, parsed.value, text if stated is None else stated)
    return ListedValue(text, count, stated, suggested, is_open, meaning)


def _meaning(field: Field, value: str | None, text: str) -> str:
    if value is None:
        return _("(để trống)")
    if field.choices is not None:
        member = next((member for member in field.choices if member.value == value), None)
        return str(member.label) if member is not None else text
    if field.python_type is bool:
        return _("Có") if value == "true" else _("Không")
    return value


# --- decisions ----------------------------------------------------------------------------------------------------
def set_values(ctx: Ctx, command: SetValues) -> ImportBatch:
    """Give values of columns a meaning, or take it back (None); all rows are then checked again.

    Invalid names column and text where a field cannot have the meaning.
    """
    batch = _changeable(ctx, command.batch_id, command.version)
    check = check_of(ctx, batch)
    meanings = {name: dict(texts) for name, texts in (batch.options.get("values") or {}).items()}
    patterns = {**(batch.options.get("date_patterns") or {}), **command.date_patterns}
    units = {**(batch.options.get("units") or {}), **command.units}
    problems = _pattern_problems(command.date_patterns)
    problems |= unit_problems(batch.kind, command.units)
    for name, decided in command.values.items():
        problems |= _decide(check, name, decided, meanings.setdefault(name, {}))
    if command.accepts_suggestions:
        _take_suggestions(ctx, batch, meanings, patterns, units)
    problems |= {
        name: _n(
            "Cột “%(column)s” có nghĩa ghi cho %(num)d giá trị, tối đa %(most)s; hãy sửa trong tệp.",
            len(texts),
            column=check.column_of(name),
            most=format_number(MOST_VALUES),
        )
        for name, texts in meanings.items()
        if len(texts) > MOST_VALUES
    }
    if problems:
        raise Invalid(problems)
    batch.options = batch.options | {
        "values": {name: texts for name, texts in meanings.items() if texts},
        "date_patterns": {name: code for name, code in patterns.items() if code},
        "units": units,
    }
    recheck(ctx, batch)
    note(ctx, "import.values", batch, values=batch.options["values"], date_patterns=batch.options["date_patterns"])
    return batch


def _decide(
    check: BatchCheck, name: str, decided: Mapping[str, str | None], meanings: dict[str, str]
) -> dict[str, str]:
    """Enter decisions on the texts of one column; returns the problem of the field, if any."""
    if not check.column_numbers.get(name):
        return {name: _no_such_column(name)}
    field = mapped_fields(check).get(name)
    problems = {}
    for text, meant in decided.items():
        meanings.pop(text.strip(), None)
        if meant is None:
            continue
        reason = parse_text(check, field, meant).reason if field is not None else None
        if reason:
            problems[name] = _(
                "Cột “%(column)s”, giá trị “%(text)s”: %(reason)s",
                column=check.column_of(name),
                text=text,
                reason=reason,
            )
        meanings[text.strip()] = meant
    return problems


def _pattern_problems(patterns: Mapping[str, str]) -> dict[str, str]:
    return {
        name: _("Không có mẫu ngày “%(code)s”; cần một trong: %(all)s.", code=code, all=", ".join(DATE_PATTERNS))
        for name, code in patterns.items()
        if code and code not in DATE_PATTERNS
    }


def _changeable(ctx: Ctx, batch_id: int, version: int | None) -> ImportBatch:
    batch = locked(ctx, batch_id, version)
    require_mapping(batch)
    return batch


def require_mapping(batch: ImportBatch) -> None:
    """Conflict unless the columns of a batch were confirmed and it is not applied yet."""
    is_checked = batch.state in (BatchState.CHECKED, BatchState.FAILED)
    if not (is_checked and batch.options.get("system") and "header" in batch.found):
        raise Conflict(
            _(
                "Lô nhập đang ở trạng thái “%(state)s”; nghĩa của giá trị chỉ ghi sau khi chọn cột, trước khi nhập.",
                state=batch.state.label,
            )
        )


def _no_such_column(name: str) -> str:
    return _("Tệp không có cột nào ghi vào trường “%(name)s”; hãy chọn cột trước.", name=name)


def _take_suggestions(
    ctx: Ctx,
    batch: ImportBatch,
    values: dict[str, dict[str, str]],
    patterns: dict[str, str],
    units: dict[str, str],
) -> None:
    for column in list_values(ctx, batch, listed=READ):
        name = column.field.name
        if column.suggested_pattern and name not in patterns:
            patterns[name] = column.suggested_pattern
        if column.suggested_unit and not units.get(name):
            units[name] = column.suggested_unit
        of_field = values.setdefault(name, {})
        for value in column.values:
            if value.suggested is not None and value.text not in of_field and len(of_field) < MOST_VALUES:
                of_field[value.text] = value.suggested


# --- one column: facets, clusters, find and replace -----------------------------------------------------------------
def facet_of(ctx: Ctx, batch: ImportBatch, name: str) -> Facet | None:
    """The texts of a mapped column; None where no column is mapped to the field."""
    check = check_of(ctx, batch)
    if not check.column_numbers.get(name):
        return None
    counts = _counts(check, name)
    decided: Mapping[str, str] = (batch.options.get("values") or {}).get(name) or {}
    text = func.btrim(check.text_before_values(name))
    distinct = len(counts)
    if distinct >= READ:
        distinct = ctx.session.scalar(check.rows(func.count(func.distinct(text))).where(text != "")) or 0
    values = [ListedValue(each, count, decided.get(each)) for each, count in list(counts.items())[:LISTED]]
    left = {each: count for each, count in counts.items() if each not in decided}
    field = mapped_fields(check).get(name)
    is_text = field is None or (field.python_type is str and field.choices is None)
    return Facet(
        name,
        import_fields(batch.kind)[name].label,
        check.column_of(name),
        values,
        distinct,
        clusters_of(dict(islice(left.items(), _CLUSTERED))) if is_text and name not in _CODES else (),
        (batch.options.get("replacements") or {}).get(name) or (),
    )


#: Columns of codes and coordinates: near texts are different things.
_CODES: Final = frozenset({"own_code", "registry_code", "x", "y", "latitude", "longitude", "position"})


def _counts(check: BatchCheck, name: str) -> dict[str, int]:
    text = func.btrim(check.text_before_values(name))
    query: Select[Any] = check.rows(text, func.count()).where(text != "", func.length(text) <= _LONGEST).group_by(text)
    rows = check.ctx.session.execute(query.order_by(func.count().desc(), text).limit(READ))
    return {row[0]: row[1] for row in rows}


def merge_cluster(ctx: Ctx, batch_id: int, version: int, name: str, texts: Sequence[str], best: str) -> ImportBatch:
    """Give all spellings of a cluster the meaning of one of them."""
    return set_values(ctx, SetValues(batch_id, version, {name: {text: best for text in texts if text != best}}))


def preview_replacement(ctx: Ctx, batch: ImportBatch, name: str, searched: str, substitute: str) -> Replacement:
    """What a replacement over a column would do."""
    check = check_of(ctx, batch)
    if not check.column_numbers.get(name):
        raise Invalid({"searched": _no_such_column(name)})
    before = check.text_before_values(name)
    after = func.replace(before, searched, substitute)
    is_emptied = case((func.btrim(after) == "", 1), else_=0)
    matching = check.rows().where(func.strpos(before, searched) > 0)
    total, emptied = ctx.session.execute(
        matching.with_only_columns(func.count(), func.coalesce(func.sum(is_emptied), 0))
    ).one()
    grouped = matching.with_only_columns(before, after, func.count()).group_by(before, after)
    examples = ctx.session.execute(grouped.order_by(func.count().desc(), before).limit(_EXAMPLES)).all()
    return Replacement(total, emptied, [(row[0], row[1], row[2]) for row in examples])


def as_searched(text: str) -> str:
    """A text as cells have it: composed, with its spaces."""
    return unicodedata.normalize("NFC", storable(text))


def replace_text(ctx: Ctx, command: ReplaceText) -> ImportBatch:
    """Replace a text in all cells of a column; the file stays, and the replacement can be taken back."""
    batch = _changeable(ctx, command.batch_id, command.version)
    searched, substitute = as_searched(command.searched), as_searched(command.substitute)
    if not searched:
        raise Invalid({"searched": _("Chưa ghi chữ cần tìm; hãy ghi ít nhất một ký tự.")})
    preview = preview_replacement(ctx, batch, command.field, searched, substitute)
    if not preview.rows:
        raise Invalid({"searched": _("Không ô nào của cột có “%(text)s”.", text=searched)})
    declared = import_fields(batch.kind)[command.field].declared
    if preview.emptied and declared is not None and declared.required:
        sentence = _n(
            "Thay như vậy làm trống %(num)d ô của trường bắt buộc “%(label)s”; hãy ghi chữ thay vào.",
            preview.emptied,
            label=declared.label,
        )
        raise Invalid({"substitute": sentence})
    replacements = {name: list(pairs) for name, pairs in (batch.options.get("replacements") or {}).items()}
    of_field = replacements.setdefault(command.field, [])
    if len(of_field) >= _MOST_REPLACEMENTS:
        sentence = _n("Cột này đã có %(num)d lần thay; hãy bỏ bớt hoặc sửa trong tệp.", len(of_field))
        raise Invalid({"searched": sentence})
    of_field.append([searched, substitute])
    return _with_replacements(ctx, batch, replacements)


def undo_replacement(ctx: Ctx, batch_id: int, version: int, name: str) -> ImportBatch:
    """Take back the last replacement of a column."""
    batch = _changeable(ctx, batch_id, version)
    replacements = {field: list(pairs) for field, pairs in (batch.options.get("replacements") or {}).items()}
    if not replacements.get(name):
        raise Conflict(_("Cột này không có lần thay nào để bỏ."))
    replacements[name].pop()
    return _with_replacements(ctx, batch, replacements)


#: Characters of a prefix of codes.
_LONGEST_PREFIX: Final = 20


def set_code_prefix(ctx: Ctx, batch_id: int, version: int | None, prefix: str) -> ImportBatch:
    """Put a prefix before every code of a file, "" for none; rows are checked again."""
    batch = _changeable(ctx, batch_id, version)
    cleaned = as_searched(prefix).strip()
    if len(cleaned) > _LONGEST_PREFIX:
        raise Invalid(
            {
                "code_prefix": _(
                    "Tiền tố “%(prefix)s” quá dài; tối đa %(most)d ký tự.", prefix=cleaned, most=_LONGEST_PREFIX
                )
            }
        )
    batch.options = batch.options | {"code_prefix": cleaned}
    recheck(ctx, batch)
    note(ctx, "import.values", batch, code_prefix=cleaned)
    return batch


def _with_replacements(ctx: Ctx, batch: ImportBatch, replacements: Mapping[str, Sequence[Any]]) -> ImportBatch:
    batch.options = batch.options | {"replacements": {name: pairs for name, pairs in replacements.items() if pairs}}
    recheck(ctx, batch)
    note(ctx, "import.values", batch, replacements=batch.options["replacements"])
    return batch
