"""Pages of units as at a day, and their outlines for maps; public."""

from __future__ import annotations

import gzip
from datetime import date
from typing import Any, Final

from flask import Response, render_template, request, url_for

from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.kernel.errors import Invalid, NotFound
from registry.kernel.fields import address_day
from registry.kernel.http.errors import html_errors
from registry.kernel.i18n import _, format_date
from registry.kernel.text import TextRefused, shown
from registry.territory.map import lines_json, outline_json, outlines_json, outlines_version
from registry.territory.models import ExtentQuality, UnitLevel
from registry.territory.queries import (
    find_units,
    first_day_of_register,
    get_unit,
    list_children,
    list_predecessors,
    list_successors,
    list_units,
    parent_names,
    province_bounds,
    unit_bounds,
)
from registry.territory.reforms import LAST_DISTRICT_DAY
from registry.territory.rules import unit_label

#: A number beyond bigint is no id: such a URL does not exist.
ID: Final = f"int(max={2**63 - 1})"
QUALITY_TONES: Final = {
    ExtentQuality.OFFICIAL: "good",
    ExtentQuality.APPROXIMATE: "warn",
    ExtentQuality.NONE: "neutral",
}
#: Outlines change a few times in ten years; browsers revalidate them after this time.
_CACHE: Final = "public, max-age=300"
_MAX_NAME: Final = 200

bp = GuardedBlueprint("territory", __name__, errors=html_errors, url_prefix="/territory")


@bp.get("", permission=P.PUBLIC)
def index(ctx: Ctx) -> str:
    """The units of one level as at a day, with the quality of their outlines."""
    on, level, search = _day(ctx), _level(), request.args.get("q", "").strip()
    units = _find(ctx, search, level, on) if search else list_units(ctx.session, on, level)
    first_day = first_day_of_register(ctx.session) or ctx.today
    return render_template(
        "territory/index.html",
        units=units,
        parents=parent_names(ctx.session, level, on),
        on=on,
        first_day=first_day,
        is_before_register=on < first_day,
        is_to_come=on > ctx.today,
        undated=sum(unit.valid_from is None for unit in units) if on < first_day else 0,
        today=ctx.today,
        level=level,
        levels=list(UnitLevel),
        search=search,
        chips=_chips(ctx, on, level, search),
        tones=QUALITY_TONES,
        bounds=province_bounds(ctx.session),
        boundary=url_for("territory.boundaries", level=level.value, on=on.isoformat()),
        districts_ended=level is UnitLevel.DISTRICT and on > LAST_DISTRICT_DAY,
        last_district_day=LAST_DISTRICT_DAY,
        knows_as_of=True,
    )


@bp.get(f"/<{ID}:unit_id>", permission=P.PUBLIC)
def unit(ctx: Ctx, unit_id: int) -> str:
    """One unit: its days, legal basis, predecessors and successors."""
    admin_unit = get_unit(ctx.session, unit_id)
    if admin_unit is None:
        raise NotFound
    last_day = admin_unit.valid_to or ctx.today
    return render_template(
        "territory/unit.html",
        unit=admin_unit,
        label=unit_label(admin_unit, ctx.today),
        parent=get_unit(ctx.session, admin_unit.parent_id) if admin_unit.parent_id else None,
        predecessors=list_predecessors(ctx.session, admin_unit.id),
        successors=list_successors(ctx.session, admin_unit.id),
        children=list_children(ctx.session, admin_unit, last_day),
        last_day=last_day,
        today=ctx.today,
        tones=QUALITY_TONES,
        bounds=unit_bounds(ctx.session, admin_unit.id),
        unit_label=unit_label,
    )


@bp.get("/boundaries.geojson", permission=P.PUBLIC)
def boundaries(ctx: Ctx) -> Response:
    """Outlines of a level (`level`, commune unless given) as at a day (`on`, today unless given), as GeoJSON.

    With `coarse=1` smoothed for a picture of the whole province.
    """
    on, level, coarse = _day(ctx), _level(), request.args.get("coarse") == "1"
    etag = f"{level.value}-{on.isoformat()}-{int(coarse)}-{outlines_version(ctx.session)}"
    return _geojson(etag, lambda: outlines_json(ctx.session, level, on, coarse=coarse))


@bp.get("/lines.geojson", permission=P.PUBLIC)
def lines(ctx: Ctx) -> Response:
    """Borders and names of a level as at a day, as an overlay for maps; parameters as of `boundaries`."""
    on, level = _day(ctx), _level()
    etag = f"lines-{level.value}-{on.isoformat()}-{outlines_version(ctx.session)}"
    return _geojson(etag, lambda: lines_json(ctx.session, level, on))


@bp.get(f"/<{ID}:unit_id>/boundary.geojson", permission=P.PUBLIC)
def boundary(ctx: Ctx, unit_id: int) -> Response:
    """The outline of one unit as GeoJSON."""
    if get_unit(ctx.session, unit_id) is None:
        raise NotFound
    return _geojson(f"unit-{unit_id}-{outlines_version(ctx.session)}", lambda: outline_json(ctx.session, unit_id))


def _geojson(etag: str, make: Any) -> Response:
    # Outlines are built only for a browser that does not have them yet.
    is_cached = request.if_none_match.contains_weak(etag)
    response = Response(status=304) if is_cached else Response(make(), mimetype="application/geo+json")
    response.vary.add("Accept-Encoding")
    if not is_cached and request.accept_encodings["gzip"]:
        # Boundaries are public: there is no secret that its compressed length could tell.
        response.set_data(gzip.compress(response.get_data(), mtime=0))
        response.headers["Content-Encoding"] = "gzip"
    response.set_etag(etag, weak=True)
    response.headers["Cache-Control"] = _CACHE
    return response


def _day(ctx: Ctx) -> date:
    # `as_of` is the parameter of structure pages.
    try:
        return address_day(request.args, "on", "as_of") or ctx.today
    except Invalid as refused:
        raise Invalid({"on": _("Thời điểm (on): %(problem)s", problem=refused.message)}) from refused


def _level() -> UnitLevel:
    level_code = request.args.get("level", UnitLevel.COMMUNE.value)
    if level_code not in {level.value for level in UnitLevel}:
        raise Invalid(
            {
                "level": _(
                    "Trường level: giá trị “%(value)s” không hợp lệ, cần một trong: %(choices)s.",
                    value=shown(level_code),
                    choices=", ".join(level.value for level in UnitLevel),
                )
            }
        )
    return UnitLevel(level_code)


def _find(ctx: Ctx, search: str, level: UnitLevel, on: date) -> list[Any]:
    try:
        return find_units(ctx.session, search[:_MAX_NAME], level, on)
    except TextRefused as error:
        raise Invalid({"q": str(error)}) from error


def _chips(ctx: Ctx, on: date, level: UnitLevel, search: str) -> list[dict[str, str]]:
    """The filters of the list; the URL of each leaves its own condition out."""
    arguments: dict[str, Any] = {}
    shown_as: dict[str, tuple[str, str]] = {}
    if search:
        arguments["q"] = search
        shown_as["q"] = (_("Từ khóa"), search)
    if on != ctx.today:
        arguments["on"] = on.isoformat()
        shown_as["on"] = (_("Thời điểm"), format_date(on))
    if level is not UnitLevel.COMMUNE:
        arguments["level"] = level.value
        shown_as["level"] = (_("Cấp"), str(level.label))
    return [
        {
            "label": label,
            "value": value,
            "remove_url": url_for("territory.index", **{key: item for key, item in arguments.items() if key != name}),
        }
        for name, (label, value) in shown_as.items()
    ]
