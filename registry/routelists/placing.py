"""The line of a street that the form takes from a file, from the names of its ends, or from the register's streets."""

from __future__ import annotations

from typing import Any, Final

from flask import request
from sqlalchemy import select

from registry.authz.actors import Ctx
from registry.kernel.errors import Invalid
from registry.kernel.forms.submit import add_errors
from registry.kernel.i18n import _
from registry.kernel.uploaded_tables import read_line
from registry.routelists.forms import as_typed
from registry.routelists.models import RouteItem
from registry.routelists.queries import given_line
from registry.routelists.service import allowed_units
from registry.streets.models import Street
from registry.streets.stretches import NamedStretch, find_stretch, lines_of_commune, snap_line, street_key
from registry.structures.commands import GivenPosition
from registry.structures.writing.locate import acceptance_bounds

#: Values of the buttons `place` of the form.
BY_NAMES: Final = "names"
SNAPPED: Final = "snap"
#: Communes with a street of one name whose lines are read.
_MOST_COMMUNES: Final = 10
#: Hidden fields of the form of a street.
_OF_THE_FORM: Final = ("echoed", "version")
_SHOWN: Final = 60


def place(ctx: Ctx, form: Any) -> bool:
    """Whether a file or a button asked for the line: it then stands in the form, or its refusal at a field."""
    how = request.form.get("place", "")
    if not form.file.data and how not in (BY_NAMES, SNAPPED):
        return False
    try:
        if form.file.data:
            text = read_line(form.file.data.stream)
        elif how == BY_NAMES:
            text = _by_names(ctx, form).as_text()
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
