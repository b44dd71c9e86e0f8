"""Typed texts of a setting and its stored value, and the value in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

from registry.kernel.dated_settings import PartShape, SettingDeclaration, SettingPart
from registry.kernel.errors import Invalid
from registry.kernel.fields import Field, ValueRefused, parse_value
from registry.kernel.i18n import _, _n, format_date, format_number
from registry.kernel.i18n.stored import stored_text
from registry.kernel.numbers import plain_text

_MOST_ROWS: Final = 200


def stored_value(declaration: SettingDeclaration, typed: Mapping[str, str | None], *, is_partial: bool = False) -> Any:
    """The value to store of the typed texts by part; Invalid names each part that cannot be read.

    `is_partial` leaves out the parts without a text, as the rows of one owner do.
    """
    stored: dict[str, Any] = {}
    problems: dict[str, str] = {}
    whole: Any = stored
    for part in declaration.parts:
        text = (typed.get(part.field.name) or "").strip()
        if not text and (is_partial or not part.field.required):
            if part.shape is PartShape.KEYED:
                _put(stored, part.path, {})
            continue
        try:
            value = _READERS[part.shape](part, text)
        except ValueRefused as refused:
            problems[part.field.name] = str(refused)
            continue
        if part.path:
            _put(stored, part.path, value)
        else:
            whole = value
    if not problems and whole is stored and not stored:
        problems[declaration.parts[0].field.name] = _("Chưa nhập; cần ít nhất một giá trị.")
    if problems:
        raise Invalid(problems)
    return whole


def _put(target: dict[str, Any], path: Sequence[str], value: Any) -> None:
    for key in path[:-1]:
        target = target.setdefault(key, {})
    target[path[-1]] = value


def _read_one(part: SettingPart, text: str) -> Any:
    return _as_json(parse_value(part.field, text), as_text=part.as_text)


def _read_list(part: SettingPart, text: str) -> list[Any]:
    (column,) = part.columns
    return [_cell(column, piece, 1) for piece in text.replace(";", ",").split(",")]


def _read_rows(part: SettingPart, text: str) -> list[dict[str, Any]]:
    return [dict(zip((column.name for column in part.columns), row, strict=True)) for row in _rows_of(part, text)]


def _read_keyed(part: SettingPart, text: str) -> dict[str, dict[str, Any]]:
    names = [column.name for column in part.columns[1:]]
    rows_by_key: dict[str, dict[str, Any]] = {}
    for number, (key, *values) in enumerate(_rows_of(part, text), 1):
        if str(key) in rows_by_key:
            raise ValueRefused(_("Dòng %(row)d: “%(value)s” đã có ở dòng trên.", row=number, value=key))
        rows_by_key[str(key)] = dict(zip(names, values, strict=True))
    return rows_by_key


def _rows_of(part: SettingPart, text: str) -> list[list[Any]]:
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) > _MOST_ROWS:
        raise ValueRefused(
            _n("Có %(count)d dòng; tối đa %(most)d dòng.", len(lines), count=len(lines), most=_MOST_ROWS)
        )
    return [_row(part.columns, line, number) for number, line in enumerate(lines, 1)]


def _row(columns: Sequence[Field], line: str, number: int) -> list[Any]:
    pieces = line.split(";")
    if len(pieces) != len(columns):
        sentence = _(
            "Dòng %(row)d: “%(text)s” có %(count)d giá trị; cần %(wanted)d giá trị cách nhau bằng dấu chấm phẩy:"
            " %(names)s.",
            row=number,
            text=line.strip()[:60],
            count=len(pieces),
            wanted=len(columns),
            names="; ".join(str(column.label) for column in columns),
        )
        raise ValueRefused(sentence)
    return [_cell(column, piece, number) for column, piece in zip(columns, pieces, strict=True)]


def _cell(column: Field, text: str, number: int) -> Any:
    try:
        return _as_json(parse_value(column, text))
    except ValueRefused as refused:
        raise ValueRefused(
            _("Dòng %(row)d, %(name)s: %(reason)s", row=number, name=column.label, reason=refused)
        ) from refused


_READERS: Final = {
    PartShape.ONE: _read_one,
    PartShape.LIST: _read_list,
    PartShape.ROWS: _read_rows,
    PartShape.KEYED: _read_keyed,
}


def _as_json(value: Any, *, as_text: bool = False) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        if as_text:
            return f"{value.normalize():f}"
        return int(value) if value == value.to_integral_value() else float(value)
    return value


def typed_texts(declaration: SettingDeclaration, value: Any) -> dict[str, str]:
    """The texts of the form for a stored value, by part."""
    cleaned = {}
    for part in declaration.parts:
        inner = _inner(value, part.path)
        if inner is not None:
            cleaned[part.field.name] = _text_of(part, inner, _typed)
    return cleaned


def described(declaration: SettingDeclaration, value: Any) -> list[tuple[str, str]]:
    """Label and value in words of each part that a stored value has."""
    descriptions = []
    for part in declaration.parts:
        inner = _inner(value, part.path)
        if inner is not None:
            descriptions.append((str(part.field.label), _text_of(part, inner, _shown) or _("không có")))
    return descriptions


def _inner(value: Any, path: Iterable[str]) -> Any:
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _text_of(part: SettingPart, value: Any, show: Any) -> str:
    if part.shape is PartShape.ONE:
        return str(show(part.field, value))
    if part.shape is PartShape.LIST:
        (column,) = part.columns
        return ", ".join(show(column, entry) for entry in value)
    if part.shape is PartShape.ROWS:
        rows: list[list[Any]] = [[row.get(column.name) for column in part.columns] for row in value]
    else:
        rows = [[key, *(row.get(column.name) for column in part.columns[1:])] for key, row in value.items()]
    return "\n".join("; ".join(show(c, v) for c, v in zip(part.columns, row, strict=True)) for row in rows)


def _typed(field: Field, value: Any) -> str:
    if value is None:
        return ""
    if field.python_type is bool:
        return "true" if value else "false"
    if field.python_type is date:
        return format_date(date.fromisoformat(value))
    return plain_text(Decimal(str(value))) if field.python_type in (int, Decimal) else str(value)


def _shown(field: Field, value: Any) -> str:
    if value is None:
        return ""
    if field.python_type is bool:
        return _("Có") if value else _("Không")
    if field.python_type not in (int, Decimal):
        return stored_text(_typed(field, value))
    number = Decimal(str(value))
    return field.unit.display(number) if field.unit else format_number(number)
