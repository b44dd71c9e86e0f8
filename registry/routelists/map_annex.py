"""The map annex of a list: its streets, numbered as in its table, on the base map; the same pictures in PDF and DOCX.

A list of one commune has one map; of several, a map of all and one of each commune.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from typing import Any, Final

import shapely
from sqlalchemy import func, select

from registry.authz.actors import Ctx
from registry.basemap.models import WEB_MERCATOR
from registry.basemap.picture import draw_map
from registry.basemap.window import window_around
from registry.documents.official import OfficialPaper, PaperPicture
from registry.routelists.list_papers import list_table, list_total, with_extract
from registry.routelists.models import RouteEditionItem, RouteItem, RouteList, RouteListEdition
from registry.routelists.papers import served_list
from registry.routelists.queries import editions_of

#: Width and heights of a map, in units of its drawing: two low ones stand on a page, or a high one of many streets.
_WIDTH, _LOW, _HIGH = 1000, 600, 1240
_MANY: Final = 25
#: Ground that a map shows at least: about a kilometre on each side of a short street.
_LEAST_M: Final = 2000


@dataclass(frozen=True)
class MapAnnex:
    """The paper of the annex, with its table, and its maps."""

    paper: OfficialPaper
    maps: Sequence[PaperPicture]


@dataclass(frozen=True)
class _Street:
    """A street of the list: its number in the table, and its line in metres of Web Mercator."""

    number: int
    commune_id: int
    commune: str
    line: Any


def map_annex(ctx: Ctx, route_list: RouteList, edition: int | None, *, is_draft_wanted: bool) -> MapAnnex:
    """The maps of the streets of the list paper, numbered as in its table; NotFound as the list paper."""
    served = served_list(ctx, route_list, edition, is_draft_wanted=is_draft_wanted)
    issued = _edition(ctx, route_list, edition) if served.is_issued else None
    lines = _lines_of(ctx, [row.RouteItem.id for row in served.rows], issued.id if issued is not None else None)
    streets = [
        _Street(number, row.RouteItem.commune_id, row.commune, lines[row.RouteItem.id])
        for number, row in enumerate(served.rows, 1)
        if row.RouteItem.id in lines
    ]
    paper = replace(
        served.paper,
        title="SƠ ĐỒ TUYẾN ĐƯỜNG",
        table=list_table(served),
        closing=[("Tổng cộng", list_total(served))],
    )
    on = issued.decided_on if issued is not None else ctx.today
    return MapAnnex(with_extract(ctx, paper), list(_maps(ctx, streets, on)))


def _maps(ctx: Ctx, streets: Sequence[_Street], on: date) -> Iterable[PaperPicture]:
    by_commune: dict[int, list[_Street]] = {}
    for street in streets:
        by_commune.setdefault(street.commune_id, []).append(street)
    is_several = len(by_commune) > 1
    if is_several:
        numbers = {unit_id: f"số {_spans(group)}" for unit_id, group in by_commune.items()}
        caption = f"Sơ đồ 1. Toàn danh mục: {len(streets)} tuyến tại {len(by_commune)} xã, phường"
        yield _map(ctx, on, caption, streets, numbers)
    for sheet, (unit_id, group) in enumerate(by_commune.items(), 1 + is_several):
        caption = f"Sơ đồ {sheet}. {group[0].commune}: {_numbered(group)}"
        yield _map(ctx, on, caption, group, {unit_id: ""}, is_numbered=True)


def _map(
    ctx: Ctx,
    on: date,
    caption: str,
    streets: Sequence[_Street],
    communes: Mapping[int, str],
    *,
    is_numbered: bool = False,
) -> PaperPicture:
    """One map: of a commune with the number of each street, of all with the communes and their numbers."""
    height = _HIGH if is_numbered and len(streets) > _MANY else _LOW
    shapes = [street.line for street in streets]
    window = window_around(shapes, _WIDTH, height, _LEAST_M)
    lines = [(str(street.number) if is_numbered else "", street.line) for street in streets]
    picture = draw_map(ctx.session, window, on, lines, communes)
    description = f"{caption}. Bản đồ nền với các tuyến tô đỏ; vị trí từng tuyến ghi trong bảng."
    return PaperPicture(caption, description, picture.jpeg)


def _numbered(streets: Sequence[_Street]) -> str:
    return f"tuyến số {_spans(streets)}" if len(streets) == 1 else f"{len(streets)} tuyến, số {_spans(streets)}"


def _spans(streets: Sequence[_Street]) -> str:
    """The numbers of streets: "3–7, 9"."""
    numbers = sorted(street.number for street in streets)
    ends = [numbers[0], *(each for pair in pairwise(numbers) if pair[1] != pair[0] + 1 for each in pair), numbers[-1]]
    spans = zip(ends[::2], ends[1::2], strict=True)
    return ", ".join(str(first) if first == last else f"{first}–{last}" for first, last in spans)


def _edition(ctx: Ctx, route_list: RouteList, edition: int | None) -> RouteListEdition | None:
    editions = editions_of(ctx, route_list.id)
    return next((each for each in editions if edition is None or each.edition == edition), None)


def _lines_of(ctx: Ctx, numbers: Sequence[int], edition_id: int | None) -> dict[int, Any]:
    """Lines by item, in metres of Web Mercator: as an edition stores them, else as they are now."""
    model, number = (
        (RouteItem, RouteItem.id) if edition_id is None else (RouteEditionItem, RouteEditionItem.route_item_id)
    )
    line = func.ST_AsBinary(func.ST_Transform(model.line, WEB_MERCATOR))
    query = select(number.label("number"), line.label("line")).where(number.in_(numbers), model.line.is_not(None))
    if edition_id is not None:
        query = query.where(RouteEditionItem.edition_id == edition_id)
    return {row.number: shapely.from_wkb(bytes(row.line)) for row in ctx.session.execute(query)}
