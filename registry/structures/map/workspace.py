"""The workspace: one map with a docked panel of tools; every tool is a page of its own in the same shell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from flask import render_template, request, url_for
from werkzeug.datastructures import MultiDict

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import holds
from registry.kernel.feature import ExtensionPoint
from registry.kernel.i18n import _l
from registry.structures.filtering.url import query_string
from registry.structures.map.page import UNIT_LEVELS, MapView, map_view
from registry.structures.pages.blueprint import bp, code_labels
from registry.structures.positions.moment import read_when

#: Value of `view` -> its label and icon; the first one needs no argument.
VIEWS: Final[Mapping[str, tuple[Any, str]]] = {
    "both": (_l("Bản đồ và danh sách"), "rows-3"),
    "map": (_l("Bản đồ"), "map"),
    "list": (_l("Danh sách"), "list"),
}


@dataclass(frozen=True)
class MapTool:
    """One tool of the panel: a page that extends layout/workspace.html."""

    label: Any
    icon: str
    endpoint: str
    permission: P


MAP_TOOLS = ExtensionPoint[MapTool]("structures.map_tools")


@dataclass(frozen=True)
class Collection:
    """What collects structures for a common purpose: a bar below the panel, and buttons over the map."""

    permission: P
    bar_template: str
    actions_template: str


COLLECTIONS = ExtensionPoint[Collection]("structures.collections")


@dataclass(frozen=True)
class MapState:
    """What the map shows for the contents of the panel; GeoJSON in WGS 84."""

    #: Address of the tiles with {z}/{x}/{y}.
    tiles: str
    #: A place with a pin.
    point: Sequence[float] | None = None
    #: A geometry drawn on top, such as the circle around the place.
    outline: Mapping[str, Any] | None = None
    #: Features of a route with number, tone and group; the rows of the panel are its parts.
    shapes: Mapping[str, Any] | None = None
    #: West, south, east, north of what was found: the map goes there.
    frame: Sequence[float] | None = None
    #: Address of the box around what a filter finds, asked for after each change of it; "" for none.
    extent: str = ""


def tiles_of_kind(kind: str | None = None) -> str:
    """The address of the tiles of all structures, or of one kind."""
    return url_for("structures.list") + "/tiles/{z}/{x}/{y}.mvt" + (f"?kind={kind}" if kind else "")


@dataclass(frozen=True)
class Workspace:
    """What templates/layout/workspace.html needs."""

    #: Endpoint of the tool that is open.
    here: str
    state: MapState
    #: The box that the map starts with.
    bounds: Sequence[float]
    view: MapView
    #: One of VIEWS.
    layout: str
    tools: list[dict[str, Any]]
    layouts: list[dict[str, Any]] = field(default_factory=list)
    #: None for readers who may not collect.
    collection: Collection | None = None


def workspace(
    ctx: Ctx,
    here: str,
    state: MapState,
    bounds: Sequence[float],
    *,
    view: MapView | None = None,
    kept: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The context of a page in the shell; `kept` are arguments that the other tools take over."""
    layout = request.args.get("view", "")
    layout = layout if layout in VIEWS else next(iter(VIEWS))
    taken: dict[str, Any] = dict(kept or {})
    shell = Workspace(
        here,
        state,
        bounds,
        view or map_view(ctx, MultiDict(request.args.items(multi=True))),
        layout,
        [
            {
                "label": tool.label,
                "icon": tool.icon,
                "url": url_for(tool.endpoint, **(taken if tool.endpoint != here else {})),
                "active": tool.endpoint == here,
            }
            for tool in MAP_TOOLS
            if holds(ctx.actor, tool.permission)
        ],
        [
            {"code": code, "label": label, "icon": icon, "url": _address(code), "active": code == layout}
            for code, (label, icon) in VIEWS.items()
        ],
        _collection(ctx),
    )
    return {"ws": shell, "unit_levels": UNIT_LEVELS, **code_labels()}


def _collection(ctx: Ctx) -> Collection | None:
    if ctx.actor.ended_on is not None:
        return None
    return next((each for each in COLLECTIONS if holds(ctx.actor, each.permission)), None)


def _address(layout: str) -> str:
    query = query_string(request.args, view=layout if layout != next(iter(VIEWS)) else None)
    return f"{request.path}?{query}" if query else request.path


@bp.get("/structures/map-view", permission=P.PUBLIC, endpoint="map_view")
def switched(ctx: Ctx) -> str:
    """A fragment: the legend for the switches in the address, with what they draw; no structure is read."""
    when = read_when(request.args)
    view = map_view(ctx, MultiDict(request.args.items(multi=True)), when)
    return render_template("structures/_map_legend.html", view=view, **code_labels())


OWN_TOOL: Final = MapTool(_l("Danh sách"), "list", "structures.list", P.PUBLIC)
