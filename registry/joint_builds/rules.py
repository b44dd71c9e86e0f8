"""Rules on values: what an announcement states by its kind, and what another may need of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from registry.kernel.i18n import _, format_number
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
    for need, size in (("at_height_m", build.height_m), ("bores", build.bores), ("metres", build.length_m)):
        wanted = values.get(need)
        if wanted is not None and size is not None and wanted > size:
            problems[need] = _(
                "“%(field)s” là %(wanted)s, lớn hơn công trình dự kiến (%(size)s).",
                field=labels[need],
                wanted=format_number(wanted),
                size=format_number(size),
            )
    return problems
