"""The filter in the query string of an address, both ways, and its chips."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from math import isfinite
from typing import Any, Final
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

from registry.accounts.models import OwnerCategory
from registry.kernel.db.base import Choice
from registry.kernel.errors import Invalid
from registry.kernel.fields import FilterKind, address_day, fields_of
from registry.kernel.geo.coordinates import PositionRefused, format_wgs84, parse_position
from registry.kernel.geo.readings import Bounds
from registry.kernel.i18n import _, _l, format_date, format_number
from registry.kernel.numbers import NumberRefused, parse_decimal, parse_id
from registry.kernel.text import TextRefused, normalise, shown
from registry.structures.codes import Condition, SharingStatus, Status
from registry.structures.filtering.checks import CHECKS
from registry.structures.filtering.extra import EXTRA_FILTERS, read_extra_filters
from registry.structures.filtering.filter import (
    FLAGS,
    LEAST_M,
    MOST_M,
    USUAL_M,
    Near,
    Range,
    StructureFilter,
    own_filters,
)
from registry.structures.kinds import KINDS
from registry.structures.positions.moment import AS_OF, RECORDED_AT, When, format_moment, read_when

Args = MultiDict[str, str]
_MOST_TEXT = 200
_LARGEST_ID = 2**63 - 1
_HALF_TURN, _POLE = 180, 90
CHOICE_LABELS: dict[str, tuple[Any, dict[str, Any]]] = {
    "kind": (_l("Loại công trình"), {code: kind.label for code, kind in KINDS.items()}),
    "sharing_status": (_l("Khả năng dùng chung"), {m.value: m.label for m in SharingStatus}),
    "status": (_l("Trạng thái"), {m.value: m.label for m in Status}),
    "condition": (_l("Tình trạng kỹ thuật"), {m.value: m.label for m in Condition}),
    "owner_category": (_l("Nhóm chủ sở hữu"), {m.value: m.label for m in OwnerCategory}),
}
FLAG_LABELS: dict[str, Any] = {"is_urban": _l("Trong đô thị"), "is_public_asset": _l("Là tài sản công")}
CONFIRMED_LABELS: dict[str, Any] = {"newer": _l("Còn trong hạn xác nhận"), "older": _l("Quá hạn xác nhận")}
#: `restricted=no` of the lists behind figures, which restricted structures are a line of their own of.
RESTRICTED_LABELS: dict[str, Any] = {"no": _l("Không tính")}
#: What the workspace shows at the moment: which of map and list, and the chosen structure; never saved.
PLACE_ARGS = ("view", "chosen")
#: Arguments of the map's display; never part of the filter.
MAP_ARGS = ("colour", "layer", "units", "units_on", "follow", *PLACE_ARGS)
#: Conditions that structures known by their cells answer, too.
CELL_ARGS: Final = ("kind", "owner_category", "restricted", AS_OF, RECORDED_AT)
_PLAIN = ("q", "restricted", "owner", "unit", "quality", "confirmed", "since", "bbox", "near", "within")
_MOST_DIGITS: Final = 9
#: West, south, east, north of the country with its islands; the grid of the province ends not far beyond.
_COUNTRY: Final = (102.0, 6.0, 118.0, 24.0)


@dataclass(frozen=True)
class Chip:
    """One condition as text, and the query string of the same list without it."""

    label: str
    value: str
    remove: str
    #: Whether structures known by their cells never match it.
    exact_only: bool = False


def read_filter(args: Args) -> StructureFilter:
    """The filter of an address; Invalid names what is wrong."""
    if args.keys().isdisjoint({*names_of(None), AS_OF, RECORDED_AT}):
        return StructureFilter()
    choices = {
        name: _codes(args, name, labels) for name, (_label, labels) in CHOICE_LABELS.items() if _given(args, name)
    }
    plain = StructureFilter(choices=choices)
    own_choices, own_ranges, own_flags = _read_own(args, plain.kind)
    return StructureFilter(
        q=_text(args.get("q", "")),
        choices=choices,
        flags={name: args.get(name) == "true" for name in FLAGS if _given(args, name)},
        own_choices=own_choices,
        own_ranges=own_ranges,
        own_flags=own_flags,
        without_restricted=_code(args, "restricted", RESTRICTED_LABELS) is not None,
        owner_id=read_number(args, "owner"),
        unit_id=read_number(args, "unit"),
        quality=_code(args, "quality", CHECKS),
        confirmed=_code(args, "confirmed", CONFIRMED_LABELS),
        since=read_day(args, "since"),
        bbox=_bbox(args.get("bbox", "")),
        near=read_near(args.get("near", ""), args.get("within", "")),
        extra=read_extra_filters(args),
        when=read_when(args),
    )


def names_of(kind: str | None) -> frozenset[str]:
    """All arguments of an address that belong to the filter, including those of one kind."""
    names = {*_PLAIN, *CHOICE_LABELS, *FLAGS, *EXTRA_FILTERS}
    for name, how in own_filters(kind).items():
        names |= {f"{name}_min", f"{name}_max"} if how is FilterKind.RANGE else {name}
    return frozenset(names)


def _read_own(args: Args, kind: str | None) -> tuple[dict[str, tuple[str, ...]], dict[str, Range], dict[str, bool]]:
    choices: dict[str, tuple[str, ...]] = {}
    ranges: dict[str, Range] = {}
    flags: dict[str, bool] = {}
    declared = fields_of(KINDS[kind].model, own=True) if kind else {}
    for name, how in own_filters(kind).items():
        options: type[Choice] | None = declared[name].choices
        if how is FilterKind.CHOICE and options is not None and _given(args, name):
            choices[name] = _codes(args, name, {member.value: member.label for member in options})
        elif how is FilterKind.FLAG and _given(args, name):
            flags[name] = args.get(name) == "true"
        elif how is FilterKind.RANGE:
            limits = Range(_number(args, f"{name}_min"), _number(args, f"{name}_max"))
            if limits != Range():
                ranges[name] = limits
    return choices, ranges, flags


def _given(args: Args, name: str) -> bool:
    return any(args.getlist(name))


def _codes(args: Args, name: str, labels: dict[str, Any]) -> tuple[str, ...]:
    codes = tuple(dict.fromkeys(code for code in args.getlist(name) if code))
    for code in codes:
        if code not in labels:
            raise Invalid({name: _("Bộ lọc %(name)s không có giá trị “%(code)s”.", name=name, code=code[:60])})
    return codes


def _code(args: Args, name: str, codes: Collection[str]) -> str | None:
    code = args.get(name, "")
    if code and code not in codes:
        raise Invalid({name: _("Bộ lọc %(name)s không có giá trị “%(code)s”.", name=name, code=code[:60])})
    return code or None


def read_day(args: Args, name: str) -> date | None:
    return address_day(args, name)


def _text(text: str) -> str:
    try:
        return normalise(text)[:_MOST_TEXT]
    except TextRefused as refused:
        raise Invalid({"q": str(refused)}) from refused


def read_number(args: Args, name: str) -> int | None:
    """The whole number of one argument; None where it is missing, Invalid where it is no id."""
    text = args.get(name, "")
    if not text:
        return None
    number = parse_id(text)
    if number is None:
        raise Invalid({name: _("Bộ lọc %(name)s cần một số nguyên, không phải “%(text)s”.", name=name, text=text[:60])})
    return number


def _number(args: Args, name: str) -> Decimal | None:
    text = args.get(name, "").strip()
    if not text:
        return None
    try:
        return parse_decimal(text)
    except NumberRefused as refused:
        raise Invalid({name: str(refused)}) from refused


def _bbox(text: str) -> tuple[float, float, float, float] | None:
    if not text:
        return None
    try:
        west, south, east, north = sides = tuple(float(part) for part in text.split(","))
    except ValueError:
        raise _refused_box(text) from None
    if not all(isfinite(side) for side in sides) or not (
        -_HALF_TURN <= west <= east <= _HALF_TURN and -_POLE <= south <= north <= _POLE
    ):
        raise _refused_box(text)
    return west, south, east, north


def _refused_box(text: str) -> Invalid:
    sentence = _(
        "Khung bản đồ “%(text)s” không hợp lệ, cần bốn số độ theo thứ tự tây, nam, đông, bắc, ví dụ"
        " “105.7,19.7,105.8,19.9”.",
        text=shown(text),
    )
    return Invalid({"bbox": sentence})


def query_string(args: Args, *, without: tuple[str, str] | None = None, **changes: str | None) -> str:
    """The query string of the same list with some values changed or one (name, value) left out; no empty values."""
    pairs = [
        (name, value)
        for name, value in args.items(multi=True)
        if value and name not in changes and without not in ((name, value), (name, "*"))
    ]
    pairs += [(name, value) for name, value in changes.items() if value]
    return urlencode(pairs)


def chips(args: Args, structure_filter: StructureFilter, *, owner: str | None, unit: str | None) -> list[Chip]:
    """Each condition as text with the address without it; names of owner and unit come from the caller."""
    filter_chips: list[Chip] = []

    def add(name: str, label: Any, value: Any, raw: str) -> None:
        remove = query_string(args, without=(name, raw), cursor=None)
        filter_chips.append(Chip(str(label), str(value), remove, exact_only=name not in CELL_ARGS))

    if structure_filter.q:
        add("q", _("Từ khóa"), structure_filter.q, "*")
    for name, codes in structure_filter.choices.items():
        label, labels = CHOICE_LABELS[name]
        for code in codes:
            add(name, label, labels[code], code)
    for name, flag in structure_filter.flags.items():
        add(name, FLAG_LABELS[name], _("Có") if flag else _("Không"), "*")
    _scope_chips(structure_filter, add, owner=owner, unit=unit)
    _upkeep_chips(structure_filter, add)
    _time_chips(structure_filter.when or When(), add)
    if structure_filter.bbox is not None:
        # With `follow` left on, the map would add its window again.
        remove = query_string(args, without=("bbox", "*"), cursor=None, follow=None)
        filter_chips.append(Chip(_("Vùng"), _("khung bản đồ"), remove))
    filter_chips += [_near_chip(args, near) for near in (structure_filter.near,) if near is not None]
    for name, value in structure_filter.extra.items():
        add(name, EXTRA_FILTERS[name].label, EXTRA_FILTERS[name].describe(value), "*")
    _own_chips(structure_filter, add)
    return filter_chips


def _scope_chips(structure_filter: StructureFilter, add: Any, *, owner: str | None, unit: str | None) -> None:
    if structure_filter.without_restricted:
        add("restricted", _("Công trình hạn chế (quốc phòng, an ninh)"), RESTRICTED_LABELS["no"], "*")
    if structure_filter.owner_id is not None:
        add("owner", _("Chủ sở hữu"), owner or structure_filter.owner_id, "*")
    if structure_filter.unit_id is not None:
        add("unit", _("Địa bàn"), unit or structure_filter.unit_id, "*")


def _near_chip(args: Args, near: Near) -> Chip:
    value = _(
        "trong %(metres)s m quanh %(place)s",
        metres=format_number(near.metres),
        place=format_wgs84(near.lon, near.lat),
    )
    return Chip(_("Vị trí"), value, query_string(args, cursor=None, near=None, within=None))


def _upkeep_chips(structure_filter: StructureFilter, add: Any) -> None:
    if structure_filter.quality is not None:
        add("quality", _("Chất lượng dữ liệu"), CHECKS[structure_filter.quality].label, "*")
    if structure_filter.confirmed is not None:
        add("confirmed", _("Xác nhận"), CONFIRMED_LABELS[structure_filter.confirmed], "*")
    if structure_filter.since is not None:
        add("since", _("Tính từ ngày"), format_date(structure_filter.since), "*")


def _time_chips(when: When, add: Any) -> None:
    if when.as_of is not None:
        add(AS_OF, _("Xem tại ngày"), format_date(when.as_of), "*")
    if when.recorded_at is not None:
        add(RECORDED_AT, _("Ghi nhận đến"), format_moment(when.recorded_at), "*")


def _own_chips(structure_filter: StructureFilter, add: Any) -> None:
    declared = fields_of(KINDS[structure_filter.kind].model, own=True) if structure_filter.kind else {}
    for name, codes in structure_filter.own_choices.items():
        options = {member.value: member.label for member in declared[name].choices or ()}
        for code in codes:
            add(name, declared[name].label, options[code], code)
    for name, flag in structure_filter.own_flags.items():
        add(name, declared[name].label, _("Có") if flag else _("Không"), "*")
    for name, limits in structure_filter.own_ranges.items():
        if limits.least is not None:
            add(f"{name}_min", declared[name].label, _("từ %(value)s", value=format_number(limits.least)), "*")
        if limits.most is not None:
            add(f"{name}_max", declared[name].label, _("đến %(value)s", value=format_number(limits.most)), "*")


def read_near(position_text: str, distance: str) -> Near | None:
    """The filter of the arguments `near` and `within`; None where there is no place."""
    if not position_text.strip():
        return None
    try:
        position = parse_position(position_text, bounds=Bounds(*_COUNTRY, _("Việt Nam")))
    except PositionRefused as refused:
        raise Invalid({"near": refused.message}) from refused
    return Near(position.lon, position.lat, _metres(distance.strip()))


def _metres(text: str) -> int:
    if not text:
        return USUAL_M
    metres = parse_id(text.replace(".", ""))
    if metres is None or not LEAST_M <= metres <= MOST_M:
        raise Invalid(
            {
                "within": _(
                    "Khoảng cách “%(text)s” không dùng được; cần số mét nguyên từ %(least)s đến %(most)s.",
                    text=text[:60],
                    least=format_number(LEAST_M),
                    most=format_number(MOST_M),
                )
            }
        )
    return metres
