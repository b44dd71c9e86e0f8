"""Rules on values: what an announcement states by its kind, and what another may need of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from registry.kernel.i18n import _, _n, format_date, format_number
from registry.kernel.units import M
from registry.structures.kinds.kind import Hosting, Kind, Shape


def measures_of(kind: Kind) -> frozenset[str]:
    """The sizes that an announcement of this kind states: height, length, bores."""
    is_line = kind.shape is Shape.LINE
    sizes = {
        "height_m": bool(kind.top_fields),
        "length_m": is_line,
        "bores": is_line and kind.hosting is Hosting.PULLED_CABLES,
    }
    return frozenset(name for name, applies in sizes.items() if applies)


def needs_of(kind: Kind) -> frozenset[str]:
    """What another organisation may need of a structure of this kind."""
    if "bores" in measures_of(kind):
        return frozenset({"bores", "metres"})
    return frozenset({"places", "at_height_m"} if kind.top_fields else {"places"})


def announcement_problems(kind: Kind, labels: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, str]:
    """Sentences by field for sizes and offers that do not fit the kind, or each other."""
    measures = measures_of(kind)
    problems: dict[str, str] = {}
    for name in ("height_m", "length_m", "bores"):
        words = {"field": labels[name], "kind": kind.label}
        if name in measures and values.get(name) is None:
            problems[name] = _("Chưa nhập “%(field)s”; %(kind)s cần nội dung này.", **words)
        elif name not in measures and values.get(name) is not None:
            problems[name] = _("“%(field)s” không áp dụng cho %(kind)s; hãy để trống.", **words)
    offer, other = ("offered_bores", "offered_places") if "bores" in measures else ("offered_places", "offered_bores")
    if not values.get(offer):
        problems[offer] = _("Chưa nhập “%(field)s”; cần ít nhất 1.", field=labels[offer])
    if values.get(other):
        problems[other] = _(
            "“%(field)s” không áp dụng cho %(kind)s; hãy để trống.", field=labels[other], kind=kind.label
        )
    if values.get("bores") is not None and (values.get("offered_bores") or 0) > values["bores"]:
        problems["offered_bores"] = _(
            "“%(field)s” là %(offered)d, nhiều hơn số ống dự kiến (%(bores)d).",
            field=labels["offered_bores"],
            offered=values["offered_bores"],
            bores=values["bores"],
        )
    return problems


def need_problems(build: Any, labels: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, str]:
    """Sentences by field for a need of more than is to be built."""
    problems: dict[str, str] = {}
    sizes = (("at_height_m", build.height_m, M), ("bores", build.bores, None), ("metres", build.length_m, M))
    for need, size, unit in sizes:
        wanted = values.get(need)
        if wanted is not None and size is not None and wanted > size:
            problems[need] = _(
                "“%(field)s” là %(wanted)s, lớn hơn công trình dự kiến (%(size)s).",
                field=labels[need],
                wanted=unit.display(wanted) if unit else format_number(wanted),
                size=unit.display(size) if unit else format_number(size),
            )
    return problems


def need_hints(build: Any) -> dict[str, str]:
    """What is to be built and offered, next to the needs that are asked for."""
    hints: dict[str, str] = {}
    if build.offered_places:
        hints["places"] = _n("Dành cho đơn vị khác: %(num)d vị trí.", build.offered_places)
    if build.height_m is not None:
        hints["at_height_m"] = _("Công trình dự kiến cao %(size)s m.", size=format_number(build.height_m))
    if build.offered_bores:
        hints["bores"] = _n("Dành cho đơn vị khác: %(num)d ống.", build.offered_bores)
    if build.length_m is not None:
        hints["metres"] = _("Tuyến dự kiến dài %(size)s m.", size=format_number(build.length_m))
    return hints


def month_problem(starts_in: date, closes_on: date) -> str | None:
    """Why a structure cannot be begun in a month: others may still register after its first day."""
    if starts_in >= closes_on:
        return None
    first = closes_on if closes_on.day == 1 else (closes_on.replace(day=1) + timedelta(days=31)).replace(day=1)
    return _(
        "Tháng %(month)s bắt đầu trước khi hết hạn đăng ký (%(day)s); cần từ tháng %(first)s trở đi.",
        month=f"{starts_in:%m/%Y}",
        day=format_date(closes_on),
        first=f"{first:%m/%Y}",
    )
