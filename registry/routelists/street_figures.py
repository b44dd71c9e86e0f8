"""What stands and waits along a proposed street: figures, each equal to the list that it opens.

Structures are those that the reader sees exactly. A figure is the filter of its list, counted; metres of cables are
those of their lines within the corridor.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from flask import url_for
from sqlalchemy import Select, and_, case, func, literal_column, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from werkzeug.datastructures import MultiDict

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import holds, visible
from registry.capacity.room import certainly_free, rooms_of
from registry.kernel.dated_settings import setting
from registry.kernel.i18n import _, _l, _n, format_number
from registry.routelists.models import RouteItem
from registry.routelists.queries import ALL_YEARS, note_line
from registry.routelists.rules import OUT
from registry.structures import positions
from registry.structures.codes import ENDED, Status
from registry.structures.filtering.filter import where_of
from registry.structures.filtering.url import read_filter
from registry.structures.kinds import KINDS
from registry.structures.kinds.cable_route import KIND as CABLE
from registry.structures.kinds.cable_route import CableRoute, Laying
from registry.structures.kinds.kind import Hosting, Shape
from registry.structures.nearby.corridor import ALONG_STREET, STREET_CASES, StreetCorridor, corridor_of
from registry.structures.visibility import PLANS

#: Setting: metres from the line of a street to what belongs to it.
CORRIDOR_SETTING: Final = "routelist.corridor_m"
_DECIMALS: Final = 7
_METRES_A_KM: Final = 1000
#: In service or not yet, as the groups of a corridor count them.
LIVE: Final = tuple(status.value for status in Status if status not in ENDED)
_IN_PLACE: Final = tuple(status.value for status in Status if status not in (*PLANS, Status.REMOVED))
_DUCTS: Final = tuple(
    code for code, kind in KINDS.items() if kind.hosting in (Hosting.PULLED_CABLES, Hosting.LAID_CABLES)
)
_POLES: Final = tuple(
    code for code, kind in KINDS.items() if kind.hosting is Hosting.HUNG_CABLES and kind.shape is Shape.POINT
)
_ROOM: Final = "room"
_UNSTATED: Final = "unstated"
#: Name of a figure of structures -> its label, and the filter of its list next to the street.
_STRUCTURES: Final[Mapping[str, tuple[Any, Mapping[str, Sequence[str] | str]]]] = {
    _ROOM: (_l("Cống, hào, tuy nen còn chỗ"), {"kind": _DUCTS, "status": LIVE, "room": "1"}),
    "aerial": (_l("Cáp treo"), {"kind": CABLE.code, "laying": Laying.AERIAL.value, "status": _IN_PLACE}),
    "dead": (_l("Cáp ngừng khai thác chưa tháo dỡ"), {"kind": CABLE.code, "status": Status.DECOMMISSIONED.value}),
    "over": (_l("Cột treo số cáp vượt số chỗ"), {"kind": _POLES, "status": _IN_PLACE, "used": "over"}),
    "planned": (_l("Công trình dự kiến, đang xây dựng"), {"status": PLANS}),
}


@dataclass(frozen=True)
class StreetFigure:
    """A number of rows of the list at `url`; `note` says more of them."""

    name: str
    label: Any
    value: int
    url: str
    note: str = ""
    metres: float | None = None


def corridor_of_item(ctx: Ctx, item_id: int) -> StreetCorridor | None:
    """The corridor of a proposed street; None for one that the actor may not see, or without a line."""
    line = func.ST_AsGeoJSON(RouteItem.line, _DECIMALS).label("line")
    query = select(RouteItem.title, RouteItem.version, line).where(
        RouteItem.id == item_id, visible(ctx, RouteItem, P.ROUTELIST_ITEMS)
    )
    row = ctx.session.execute(query).one_or_none()
    if row is None:
        return None
    note_line(ctx, item_id, row.version, row.line)
    if row.line is None:
        return None
    return StreetCorridor(item_id, row.title, row.line, int(setting(ctx.session, CORRIDOR_SETTING, ctx.today)))


def street_figures(ctx: Ctx, item_id: int) -> list[StreetFigure]:
    """The figures of a street; none for one that is not visible, or has no line."""
    corridor = corridor_of(ctx, item_id)
    if corridor is None:
        return []
    return [*_of_structures(ctx, corridor), *_of_cases(ctx, corridor)]


def street_counts(ctx: Ctx, item_id: int) -> dict[str, float]:
    """The numbers of the figures by name, `<name>_m` the metres, and open cases by the endpoint of their list."""
    corridor = corridor_of(ctx, item_id)
    if corridor is None:
        return {"aerial_m": 0.0, "dead_m": 0.0}
    row = positions.run(ctx, figures_query(ctx, corridor)).one()._mapping
    counts = {name: float(value) for name, value in row.items() if name != "room_ids"}
    cases = _counts_of_cases(ctx, corridor)
    return counts | {each.endpoint: count for each, count in cases}


def figures_query(ctx: Ctx, corridor: StreetCorridor) -> Any:
    """One row with the count of each figure of structures, metres of the cables, and the ids of those with room."""
    rows, *_coarse = positions.parts(ctx)
    columns: list[Any] = []
    metres = case((rows.c.kind == CABLE.code, corridor.metres_of(rows.c.geom)), else_=0)
    for name, (_label, arguments) in _STRUCTURES.items():
        matching = and_(*where_of(ctx, rows, read_filter(_multi(arguments))))
        columns.append(func.count().filter(matching).label(name))
        if arguments.get("kind") == CABLE.code:
            columns.append(func.coalesce(func.sum(metres).filter(matching), 0).label(f"{name}_m"))
        if name == _ROOM:
            ids = func.array_agg(aggregate_order_by(rows.c.id, rows.c.id)).filter(matching)
            columns.append(func.coalesce(ids, literal_column("'{}'::bigint[]")).label("room_ids"))
    unstated = rows.c.id.in_(select(CableRoute.id).where(CableRoute.laying.is_(None)))
    in_place = rows.c.status.in_(_IN_PLACE)
    columns.append(func.count().filter(rows.c.kind == CABLE.code, in_place, unstated).label(_UNSTATED))
    return select(*columns).where(ALONG_STREET.clause(ctx, rows, str(corridor.id)))


def _multi(arguments: Mapping[str, Sequence[str] | str]) -> MultiDict[str, str]:
    return MultiDict({name: [text] if isinstance(text, str) else list(text) for name, text in arguments.items()})


def _list_url(endpoint: str, corridor: StreetCorridor, arguments: Mapping[str, Any]) -> str:
    return url_for(endpoint, **{ALONG_STREET.name: str(corridor.id), **arguments})


def _of_structures(ctx: Ctx, corridor: StreetCorridor) -> list[StreetFigure]:
    row = positions.run(ctx, figures_query(ctx, corridor)).one()._mapping
    figures = []
    for name, (label, arguments) in _STRUCTURES.items():
        metres = float(row[f"{name}_m"]) if f"{name}_m" in row else None
        if name == _ROOM:
            units = sum(certainly_free(rooms) for rooms in rooms_of(ctx, row["room_ids"]).values())
            note = _n("%(num)d chỗ trống", units) if units else ""
        else:
            parts = (
                [_("%(km)s km trong hành lang", km=format_number(Decimal(metres) / _METRES_A_KM, 2))] if metres else []
            )
            if name == "aerial" and (unstated := row[_UNSTATED]):
                parts.append(_n("%(num)d cáp khác chưa rõ treo hay ngầm", unstated))
            note = " · ".join(parts)
        url = _list_url("structures.list", corridor, arguments)
        figures.append(StreetFigure(name, label, row[name], url, note, metres))
    return figures


def _counts_of_cases(ctx: Ctx, corridor: StreetCorridor, *more: Select[Any]) -> list[tuple[Any, int]]:
    """The cases of which the actor may read the list, each with its number, then those of `more`; one statement."""
    cases = [each for each in STREET_CASES if holds(ctx.actor, each.permission)]
    queries = [*(each.count(ctx, corridor) for each in cases), *more]
    if not queries:
        return []
    columns = [query.scalar_subquery().label(f"count_{at}") for at, query in enumerate(queries)]
    row = ctx.session.execute(select(*columns)).one()
    return list(zip([*cases, *(None for _query in more)], row, strict=True))


def _of_cases(ctx: Ctx, corridor: StreetCorridor) -> list[StreetFigure]:
    other = is_other_along(corridor)
    items = select(func.count()).select_from(RouteItem).where(visible(ctx, RouteItem, P.ROUTELIST_ITEMS), other)
    *counts, (_none, others) = _counts_of_cases(ctx, corridor, items)
    figures = [
        StreetFigure(each.endpoint, each.label, count, _list_url(each.endpoint, corridor, each.arguments))
        for each, count in counts
    ]
    url = _list_url("routelists.items", corridor, {"year": ALL_YEARS})
    return [*figures, StreetFigure("items", _l("Đề xuất khác trên tuyến này"), others, url)]


def is_other_along(corridor: StreetCorridor) -> Any:
    """SQL: other proposed streets of any year, neither rejected nor withdrawn, with a part in a corridor."""
    return and_(RouteItem.id != corridor.id, RouteItem.state.not_in(OUT), corridor.holds(RouteItem.line))
