"""CQL2 (OGC 21-065) to SQL: text through the `cql2` library to JSON, JSON to conditions over an allow-listed tree.

Only what stands here is understood; everything else is refused with a sentence. All values are bound. The conditions
stand in parentheses next to those that say what the reader may see, and read nothing but its rows.

The parser of the library is written in Rust: it takes time exponential in nested parentheses, and a text nested
deeper than its stack ends the process. Texts are therefore refused by length and nesting before it sees them.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

import cql2
import shapely
from shapely.errors import ShapelyError
from sqlalchemy import ColumnElement, Text, and_, bindparam, cast, false, func, literal, not_, or_, true

from registry.kernel.clock import LOCAL_ZONE
from registry.kernel.i18n import _
from registry.kernel.text import shown
from registry.ogc.collections import GEOMETRY, Property
from registry.ogc.crs import Crs
from registry.ogc.errors import BadParameter

NAME: Final = "filter"
MAX_TEXT: Final = 4_000
MAX_JSON: Final = 64_000
_MOST_NESTED: Final = 8
#: Operators, in sum over a tree.
_MOST_NODES: Final = 500
_MOST_POSITIONS: Final = 10_000
_DEEPEST: Final = 40
_SIGNS: Final = re.compile(r"(?:[-+]\s*){8}|(?:\bnot\b\s*){8}", re.IGNORECASE)
_QUOTED: Final = re.compile(r"'(?:[^']|'')*'")
_LARGEST: Final = 10**15
_WGS84: Final = 4326
_COMPARE: Final[Mapping[str, Callable[[Any, Any], ColumnElement[bool]]]] = {
    "=": lambda left, right: left == right,
    "<>": lambda left, right: left != right,
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}
_JOINED: Final[Mapping[str, Any]] = {"and": and_, "or": or_}
_SWAPPED: Final = {"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_TEMPORAL: Final = {"t_after": ">", "t_before": "<", "t_equals": "="}
_SPATIAL: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "s_intersects": func.ST_Intersects,
    "s_disjoint": func.ST_Disjoint,
    "s_within": func.ST_Within,
    "s_contains": func.ST_Contains,
    "s_touches": func.ST_Touches,
    "s_crosses": func.ST_Crosses,
    "s_overlaps": func.ST_Overlaps,
    "s_equals": func.ST_Equals,
}
#: Functions of texts that stand around both sides of a comparison.
_FOLDS: Final = ("casei", "accenti")


def read_text(text: str) -> Any:
    """The JSON of a CQL2 text; BadParameter where it cannot be read, is too long or nested too deep."""
    if len(text) > MAX_TEXT:
        raise _refusal(_("Bộ lọc dài quá %(most)d ký tự.", most=MAX_TEXT))
    bare = _QUOTED.sub("''", text)
    depth = deepest = 0
    for character in bare:
        depth += (character == "(") - (character == ")")
        deepest = max(deepest, depth)
    if deepest > _MOST_NESTED or _SIGNS.search(bare):
        raise _refusal(_("Bộ lọc lồng nhau quá %(most)d tầng.", most=_MOST_NESTED))
    try:
        return cql2.parse_text(text).to_json()
    except (ValueError, TypeError, cql2.ParseError, cql2.ValidationError) as error:
        raise _refusal(_("Bộ lọc không đúng CQL2: “%(text)s”.", text=shown(text))) from error


def read_json(text: str) -> Any:
    """The tree of a CQL2 JSON text; BadParameter where it is no JSON or too large."""
    if len(text) > MAX_JSON:
        raise _refusal(_("Bộ lọc dài quá %(most)d ký tự.", most=MAX_JSON))
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _refusal(_("Bộ lọc không đúng CQL2: “%(text)s”.", text=shown(text))) from error


@dataclass
class FilterCompiler:
    """Compiles one tree over the columns of a collection; `crs` is that of its geometries."""

    columns: Mapping[str, ColumnElement[Any]]
    properties: Mapping[str, Property]
    crs: Crs
    nodes: int = 0

    def condition(self, tree: Any, depth: int = 0) -> ColumnElement[bool]:
        """The condition of a tree; BadParameter names what is not understood."""
        self.nodes += 1
        if self.nodes > _MOST_NODES or depth > _DEEPEST:
            raise _refusal(_("Bộ lọc có quá %(most)d điều kiện.", most=_MOST_NODES))
        if isinstance(tree, bool):
            return true() if tree else false()
        operator, arguments = self._operation(tree)
        if operator in _JOINED:
            parts = [self.condition(argument, depth + 1) for argument in arguments]
            if not parts:
                raise _refusal(_("Phép “%(operator)s” của bộ lọc thiếu điều kiện.", operator=operator))
            joined: ColumnElement[bool] = _JOINED[operator](*parts).self_group()
            return joined
        if operator == "not":
            (argument,) = self._counted(operator, arguments, 1)
            return not_(self.condition(argument, depth + 1))
        return self._predicate(operator, arguments)

    def _predicate(self, operator: str, arguments: list[Any]) -> ColumnElement[bool]:
        if operator in _COMPARE or operator in _TEMPORAL:
            left, right = self._counted(operator, arguments, 2)
            compared = _TEMPORAL.get(operator, operator)
            return self._comparison(compared, left, right, moments=operator in _TEMPORAL)
        if operator in _SPATIAL:
            return self._spatial(operator, *self._counted(operator, arguments, 2))
        others = {"isNull": self._is_null, "like": self._like, "between": self._between, "in": self._in}
        if operator not in others:
            raise _refusal(_("Bộ lọc không có phép “%(operator)s”.", operator=shown(operator)))
        return others[operator](arguments)

    # --- parts ---
    def _operation(self, tree: Any) -> tuple[str, list[Any]]:
        if isinstance(tree, dict) and isinstance(tree.get("op"), str) and isinstance(tree.get("args"), list):
            return tree["op"], tree["args"]
        if isinstance(tree, dict) and set(tree) == {"property"}:
            name = tree["property"]
            prop = self.properties.get(name) if isinstance(name, str) else None
            if prop is not None and prop.kind is bool:
                return "=", [tree, True]
        raise _refusal(_("Bộ lọc cần một điều kiện, không phải “%(text)s”.", text=_text_of(tree)))

    def _counted(self, operator: str, arguments: list[Any], number: int) -> list[Any]:
        if len(arguments) != number:
            sentence = _("Phép “%(operator)s” của bộ lọc cần %(number)d thành phần.", operator=operator, number=number)
            raise _refusal(sentence)
        return arguments

    def _property(self, argument: Any) -> Property | None:
        if not isinstance(argument, dict) or set(argument) != {"property"}:
            return None
        name = argument["property"]
        prop = self.properties.get(name) if isinstance(name, str) else None
        if prop is None:
            raise _refusal(_("Bộ dữ liệu không có thuộc tính “%(name)s”.", name=_text_of(name)))
        return prop

    def _is_null(self, arguments: list[Any]) -> ColumnElement[bool]:
        (argument,) = self._counted("isNull", arguments, 1)
        return self._any_column(argument).is_(None)

    def _any_column(self, argument: Any) -> ColumnElement[Any]:
        if isinstance(argument, dict) and argument.get("property") in _GEOMETRY_NAMES:
            return self.columns[GEOMETRY]
        prop = self._property(argument)
        if prop is None:
            raise _refusal(_("Bộ lọc cần tên thuộc tính, không phải “%(text)s”.", text=_text_of(argument)))
        return self.columns[prop.name]

    def _folded(self, argument: Any) -> tuple[Any, list[str]]:
        folds: list[str] = []
        while isinstance(argument, dict) and argument.get("op") in _FOLDS and len(folds) <= len(_FOLDS):
            folds.append(argument["op"])
            (argument,) = self._counted(argument["op"], argument.get("args") or [], 1)
        return argument, folds

    def _comparison(self, operator: str, left: Any, right: Any, *, moments: bool = False) -> ColumnElement[bool]:
        left, left_folds = self._folded(left)
        right, right_folds = self._folded(right)
        if self._property(left) is None:
            left, right, operator = right, left, _SWAPPED[operator]
        prop = self._property(left)
        if prop is None:
            raise _refusal(_("Bộ lọc cần tên thuộc tính, không phải “%(text)s”.", text=_text_of(left)))
        if moments and prop.kind not in (date, datetime):
            raise _refusal(_("Thuộc tính “%(name)s” không phải ngày hay thời điểm.", name=prop.name))
        other = self._property(right)
        folds = [*left_folds, *right_folds]
        column: Any = self.columns[prop.name]
        if other is not None:
            if _family(other) != _family(prop):
                raise _refusal(_("Không so sánh được “%(name)s” với “%(other)s”.", name=prop.name, other=other.name))
            value: Any = self.columns[other.name]
        else:
            value = self._literal(prop, right)
        if folds:
            if _family(prop) != "text":
                raise _refusal(_("Thuộc tính “%(name)s” không phải chữ.", name=prop.name))
            column, value = _fold(column, folds), _fold(value, folds)
        return _COMPARE[operator](column, value)

    def _like(self, arguments: list[Any]) -> ColumnElement[bool]:
        left, right = self._counted("like", arguments, 2)
        left, left_folds = self._folded(left)
        right, right_folds = self._folded(right)
        prop = self._property(left)
        if prop is None or _family(prop) != "text" or not isinstance(right, str):
            raise _refusal(_("Phép “like” của bộ lọc cần một thuộc tính chữ và một mẫu chữ."))
        column: Any = self.columns[prop.name]
        pattern: Any = literal(_sound(right), Text)
        if folds := [*left_folds, *right_folds]:
            column, pattern = _fold(column, folds), _fold(pattern, folds)
        # A backslash at the end escapes nothing, which the database refuses.
        if (len(right) - len(right.rstrip("\\"))) % 2:
            raise _refusal(_("Mẫu của phép “like” không được kết thúc bằng dấu “\\”."))
        return cast(column, Text).like(pattern)

    def _between(self, arguments: list[Any]) -> ColumnElement[bool]:
        value, least, most = self._counted("between", arguments, 3)
        prop = self._property(value)
        if prop is None or _family(prop) not in ("number", "moment"):
            raise _refusal(_("Phép “between” của bộ lọc cần một thuộc tính số hoặc ngày."))
        between: ColumnElement[bool] = self.columns[prop.name].between(
            self._literal(prop, least), self._literal(prop, most)
        )
        return between

    def _in(self, arguments: list[Any]) -> ColumnElement[bool]:
        value, members = self._counted("in", arguments, 2)
        value, folds = self._folded(value)
        prop = self._property(value)
        if prop is None or not isinstance(members, list) or len(members) > _MOST_NODES:
            raise _refusal(_("Phép “in” của bộ lọc cần một thuộc tính và danh sách giá trị."))
        column: Any = self.columns[prop.name]
        values = [self._literal(prop, self._folded(member)[0]) for member in members]
        if folds:
            column, values = _fold(column, folds), [_fold(each, folds) for each in values]
        return column.in_(values) if values else false()

    def _spatial(self, operator: str, left: Any, right: Any) -> ColumnElement[bool]:
        if not (isinstance(left, dict) and left.get("property") in _GEOMETRY_NAMES):
            raise _refusal(_("Phép “%(operator)s” cần “geometry” ở vế đầu.", operator=operator))
        shape = self._shape(right)
        geometry = self.columns[GEOMETRY]
        condition: ColumnElement[bool] = _SPATIAL[operator](geometry, shape)
        # The box is there for the indexes; what is apart has none.
        return condition if operator == "s_disjoint" else and_(geometry.op("&&")(shape), condition)

    def _shape(self, argument: Any) -> ColumnElement[Any]:
        if isinstance(argument, dict) and isinstance(argument.get("bbox"), list):
            sides = argument["bbox"]
            if len(sides) != 4 or not all(_is_number(side) for side in sides):  # noqa: PLR2004 - sides of a box
                raise _refusal(_("Khung trong bộ lọc cần bốn số."))
            geometry = shapely.box(*self.crs.bounds_of(NAME, [float(side) for side in sides]))
        else:
            geometry = self.crs.geometry_in_degrees(NAME, _geometry(argument))
        wkb = shapely.to_wkb(geometry)
        return func.ST_GeomFromWKB(bindparam(None, wkb, unique=True), _WGS84)

    def _literal(self, prop: Property, value: Any) -> Any:
        """A value bound as the type of its property."""
        family = _family(prop)
        if family == "text" and isinstance(value, str):
            return literal(_sound(value), Text)
        if family == "number" and _is_number(value) and abs(value) <= _LARGEST:
            return literal(Decimal(repr(value)) if isinstance(value, float) else Decimal(value))
        if family == "flag" and isinstance(value, bool):
            return literal(value)
        if family == "moment":
            return _moment(prop, value)
        raise _refusal(_("Giá trị “%(value)s” không hợp với “%(name)s”.", value=_text_of(value), name=prop.name))


_GEOMETRY_NAMES: Final = ("geometry", "geom")


def _moment(prop: Property, value: Any) -> Any:
    text = value
    if isinstance(value, dict):
        text = value.get("date") or value.get("timestamp")
    try:
        moment = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        moment = None
    if moment is None:
        sentence = _("Giá trị “%(value)s” của “%(name)s” không phải ngày.", value=_text_of(value), name=prop.name)
        raise _refusal(sentence)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=LOCAL_ZONE)
    try:
        return literal(moment if prop.kind is datetime else moment.astimezone(LOCAL_ZONE).date())
    except OverflowError as error:
        sentence = _("Giá trị “%(value)s” của “%(name)s” không phải ngày.", value=_text_of(value), name=prop.name)
        raise _refusal(sentence) from error


def _geometry(argument: Any) -> Any:
    try:
        geometry = shapely.geometry.shape(argument)
        is_sound = (
            not geometry.is_empty
            and shapely.count_coordinates(geometry) <= _MOST_POSITIONS
            and bool((abs(shapely.get_coordinates(geometry)) < _LARGEST).all())
            and geometry.is_valid
        )
    except (ShapelyError, ValueError, TypeError, AttributeError, KeyError, IndexError, RecursionError) as error:
        raise _refusal(_("Hình trong bộ lọc không đọc được.")) from error
    if not is_sound:
        raise _refusal(_("Hình trong bộ lọc trống, tự cắt, hoặc có quá %(most)d điểm.", most=_MOST_POSITIONS))
    return shapely.force_2d(geometry)


def _family(prop: Property) -> str:
    if prop.kind is bool:
        return "flag"
    if prop.kind in (int, float, Decimal):
        return "number"
    return "moment" if prop.kind in (date, datetime) else "text"


def _fold(text: Any, folds: list[str]) -> Any:
    """A text without difference of case, or of case and diacritics, as the search of the product folds."""
    return func.fold(text) if "accenti" in folds else func.lower(text)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _sound(text: str) -> str:
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise _refusal(_("Bộ lọc có ký tự không lưu được."))
    return text


def _text_of(value: Any) -> str:
    return shown(str(value)[:60].encode("utf-8", "replace").decode())


def _refusal(sentence: str) -> BadParameter:
    return BadParameter(NAME, sentence)
