"""The line of a street that the form takes from a file, from the names of its ends, or from the register's streets."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from flask import request
from sqlalchemy import select

from registry.authz.actors import Ctx
from registry.kernel.errors import Invalid
from registry.kernel.forms.submit import add_errors
from registry.kernel.i18n import _
from registry.kernel.uploaded_tables import read_line
from registry.routelists.forms import as_typed
from registry.routelists.models import ItemState, RouteItem
from registry.routelists.queries import given_line
from registry.routelists.service import allowed_units
from registry.streets.models import Street
from registry.streets.stretches import (
    LEAST_M,
    NamedStretch,
    as_stretch,
    find_stretch,
    lines_of_commune,
    snap_line,
    street_key,
)
from registry.structures.commands import GivenPosition
from registry.structures.writing.locate import acceptance_bounds, working_bounds
from registry.territory.queries import area_bounds

#: Values of the buttons `place` of the form.
BY_NAMES: Final = "names"
SNAPPED: Final = "snap"
#: Name of the filter of the list, and value of the argument `next` of the form while drafts are placed in turn.
UNPLACED: Final = "unplaced"
#: Before the number of a part of the street.
PART: Final = "part-"
#: Parts of a street that the form offers, the longest ones.
_MOST_PARTS: Final = 6
#: Communes with a street of one name whose lines are read.
_MOST_COMMUNES: Final = 10
#: Hidden fields of the form of a street.
_OF_THE_FORM: Final = ("echoed", "version")
_SHOWN: Final = 60


def place(ctx: Ctx, form: Any, case: RouteItem | None = None) -> bool:
    """Whether a file or a button asked for the line: it then stands in the form, or its refusal at a field."""
    how = request.form.get("place", "")
    if not form.file.data and how not in (BY_NAMES, SNAPPED) and not how.startswith(PART):
        return False
    try:
        if form.file.data:
            text = read_line(form.file.data.stream)
        elif how == BY_NAMES:
            text = _by_names(ctx, form).as_text()
        elif how.startswith(PART):
            text = _part(parts_of_street(ctx, case), how).as_text()
        else:
            text = _snapped(ctx, form).as_text()
    except Invalid as refusal:
        add_errors(form, refusal.fields)
        return True
    form.position.data, form.system.data = text, "wgs84"
    return True


def _by_names(ctx: Ctx, form: Any) -> NamedStretch:
    """The stretch between the ends in the one commune that has it; Invalid without it, or with several."""
    names = [(form[name].data or "").strip() for name in ("street_name", "from_place", "to_place")]
    missing = {
        name: _("Chưa nhập; nội dung này cần để tìm tuyến theo tên.")
        for name, text in zip(("street_name", "from_place", "to_place"), names, strict=True)
        if not text
    }
    if missing:
        raise Invalid(missing)
    stretches = []
    for unit in _communes_with(ctx, names[0])[:_MOST_COMMUNES]:
        stretch = find_stretch(ctx.session, lines_of_commune(ctx.session, unit), *names)
        if stretch is not None:
            stretches.append(stretch)
    if len(stretches) == 1:
        return stretches[0]
    shown = [text[:_SHOWN] for text in names]
    if stretches:
        raise Invalid({"street_name": _("Nhiều xã, phường có đoạn đường “%(name)s” này; hãy vẽ tuyến.", name=shown[0])})
    raise Invalid(
        {
            "street_name": _(
                "Hệ thống không có đoạn đường “%(name)s” từ “%(start)s” đến “%(end)s”; cần tên nút giao hoặc"
                " “đầu đường”, “cuối đường”, hoặc hãy vẽ tuyến.",
                name=shown[0],
                start=shown[1],
                end=shown[2],
            )
        }
    )


def _communes_with(ctx: Ctx, name: str) -> list[int]:
    """The communes that the actor proposes for: the few of an area, else those with a street of the name."""
    units = sorted(allowed_units(ctx))
    if len(units) <= _MOST_COMMUNES:
        return units
    key, allowed_ids = street_key(name), set(units)
    query = select(Street.name, Street.code, Street.unit_id).where(Street.unit_id.is_not(None))
    rows = ctx.session.execute(query.order_by(Street.unit_id))
    matching = (row.unit_id for row in rows if key and key in (street_key(row.name), street_key(row.code or "")))
    return [unit for unit in dict.fromkeys(matching) if unit in allowed_ids]


def _snapped(ctx: Ctx, form: Any) -> NamedStretch:
    """The street of the register along the line that was drawn; Invalid where there is none."""
    line = form.read_line(acceptance_bounds(ctx.session, ctx.today))
    if not isinstance(line, GivenPosition):
        raise Invalid({"position": line})
    stretch = snap_line(ctx.session, line.geojson)
    if stretch is None:
        raise Invalid(
            {"position": _("Không có đường nào của hệ thống đi sát cả hai đầu tuyến; tuyến đã nhập được giữ nguyên.")}
        )
    return stretch


def _part(parts: Sequence[NamedStretch], how: str) -> NamedStretch:
    number = how.removeprefix(PART)
    if not number.isdecimal() or int(number) >= len(parts):
        raise Invalid({"position": _("Hệ thống không còn đoạn đường này; hãy mở lại trang rồi chọn lại.")})
    return parts[int(number)]


def parts_of_street(ctx: Ctx, case: RouteItem | None) -> list[NamedStretch]:
    """The lines that the register has of the street of an item without a line in its commune, longest first."""
    if case is None or case.length_m is not None:
        return []
    key = street_key(case.street_name)
    named = lines_of_commune(ctx.session, case.commune_id) if key else []
    # Where a road runs along the border of the commune, points of it lie inside.
    lines = [each.line for each in named if each.key == key and each.line.length >= LEAST_M]
    lines.sort(key=lambda line: -float(line.length))
    return [as_stretch(ctx.session, line) for line in lines[:_MOST_PARTS]]


def first_view(ctx: Ctx, case: RouteItem | None, parts: Sequence[NamedStretch]) -> list[float]:
    """What the map of the form shows first: the street of an item without a line, else its commune or the area."""
    points = [point for part in parts for point in json.loads(part.geojson)["coordinates"]]
    if points:
        longitudes, latitudes = zip(*points, strict=True)
        return [min(longitudes), min(latitudes), max(longitudes), max(latitudes)]
    bounds = area_bounds(ctx.session, [case.commune_id]) if case is not None and case.length_m is None else None
    return working_bounds(ctx) if bounds is None else list(bounds)


def unplaced_drafts(ctx: Ctx, list_id: int) -> list[int]:
    """The ids of the drafts of the actor's organisation for a list that have no line yet."""
    query = select(RouteItem.id).where(
        RouteItem.route_list_id == list_id,
        RouteItem.organisation_id == ctx.actor.organisation_id,
        RouteItem.state == ItemState.PROPOSED,
        RouteItem.line.is_(None),
    )
    return list(ctx.session.scalars(query.order_by(RouteItem.id)))


def next_unplaced(drafts: Sequence[int], item_id: int) -> int | None:
    """The draft without a line after an item, from the first one again at the end; None without another one."""
    others = [number for number in drafts if number != item_id]
    return next((number for number in others if number > item_id), others[0] if others else None)


def form_differences(ctx: Ctx, form: Any, case: RouteItem) -> list[tuple[str, str, str]]:
    """Label, stored and typed text of each field in which a refused form differs from the record."""
    stored = as_typed(case, given_line(ctx, case))
    rows = []
    for field in form:
        if field.name not in stored or field.name in _OF_THE_FORM:
            continue
        options = {option.value: str(option.label) for option in getattr(field, "choices", None) or ()}
        texts = []
        for value in (stored[field.name], field.data):
            values = value if isinstance(value, list) else [value]
            texts.append(", ".join(options.get(each, "" if each is None else str(each)) for each in values))
        if texts[0].split() != texts[1].split():
            rows.append((str(field.label.text), texts[0], texts[1]))
    return rows
