"""The map annex of a list: its numbered streets over the outlines of their communes, for the PDF and the DOCX."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Final

from PIL import Image, ImageDraw, ImageFont
from sqlalchemy import func, select

from registry.authz.actors import Ctx
from registry.documents.official import OfficialPaper, write_docx
from registry.kernel.i18n import format_number
from registry.routelists.list_papers import list_table, list_total, with_extract
from registry.routelists.models import RouteEditionItem, RouteItem, RouteList
from registry.routelists.papers import served_list
from registry.routelists.queries import editions_of
from registry.territory.queries import outline_of

Point = tuple[float, float]
#: Width and height of the map, in units of its drawing.
_SIZE: Final = (1000, 640)
_MARGIN: Final = 40
#: Degrees that an outline may be off, about 50 m.
_COARSE: Final = 0.0005
_DECIMALS: Final = 6
_METRES_A_DEGREE: Final = 111_320
_METRES_A_KM: Final = 1000
#: Most units of the scale bar.
_BAR: Final = 200
#: Pixels of the picture for one unit of the drawing.
_PIXELS: Final = 3
_GREY, _RED, _BLACK = "#888888", "#b00020", "#000000"
_TEXT_SIZE: Final = 15
_DASH: Final = (6, 4)


@dataclass(frozen=True)
class MapAnnex:
    """A drawing of `width` by `height`, north up, all in its units.

    `streets`: number in the table, points, and where the number stands; `bar`: length of the scale bar and its label.
    """

    paper: OfficialPaper
    width: int
    height: int
    outlines: Sequence[Sequence[Point]]
    streets: Sequence[tuple[int, Sequence[Point], Point]]
    bar: tuple[float, str]

    @staticmethod
    def path(points: Sequence[Point]) -> str:
        """Points as the path of an SVG."""
        return "M" + " L".join(f"{x} {y}" for x, y in points)


def map_annex(ctx: Ctx, route_list: RouteList, edition: int | None, *, is_draft_wanted: bool) -> MapAnnex:
    """The map of the streets of the list paper, numbered as in its table; NotFound as the list paper."""
    served = served_list(ctx, route_list, edition, is_draft_wanted=is_draft_wanted)
    lines = _lines_of(
        ctx,
        [row.RouteItem.id for row in served.rows],
        _edition_id(ctx, route_list, edition) if served.is_issued else None,
    )
    units = sorted({row.RouteItem.commune_id for row in served.rows})
    shapes = [shape for unit in units if (shape := outline_of(ctx.session, unit)) is not None]
    rings = [list(part.exterior.coords) for shape in shapes for part in _polygons(shape.simplify(_COARSE))]
    points = [point for line in lines.values() for point in line] or [point for ring in rings for point in ring]
    draw, units_a_metre = _scale(points)
    streets = []
    for number, row in enumerate(served.rows, 1):
        line = lines.get(row.RouteItem.id)
        if line:
            drawn = [draw(point) for point in line]
            streets.append((number, drawn, drawn[len(drawn) // 2]))
    paper = replace(
        served.paper,
        title="SƠ ĐỒ TUYẾN ĐƯỜNG",
        table=list_table(served),
        closing=[("Tổng cộng", list_total(served))],
    )
    outlines = [[draw(point) for point in ring] for ring in rings]
    return MapAnnex(with_extract(ctx, paper), *_SIZE, outlines, streets, _bar(units_a_metre))


def write_annex_docx(annex: MapAnnex) -> bytes:
    """The annex as a DOCX file: the map as a picture above the table."""
    return write_docx(annex.paper, picture=_picture(annex))


def _picture(annex: MapAnnex) -> bytes:
    """The map as a PNG file."""

    def pixels(points: Sequence[Point]) -> list[Point]:
        return [(x * _PIXELS, y * _PIXELS) for x, y in points]

    image = Image.new("RGB", (annex.width * _PIXELS, annex.height * _PIXELS), "white")
    canvas, font = ImageDraw.Draw(image), ImageFont.load_default(_TEXT_SIZE * _PIXELS)
    for outline in annex.outlines:
        for start, end in pairwise(outline):
            _draw_dashes(canvas, *pixels([start, end]))
    for _number, line, _at in annex.streets:
        canvas.line(pixels(line), fill=_RED, width=3 * _PIXELS, joint="curve")
    for number, _line, (x, y) in annex.streets:
        (at,) = pixels([(x + 5, y - 5)])
        canvas.text(at, str(number), fill=_BLACK, font=font, anchor="ls", stroke_width=_PIXELS, stroke_fill="white")
    length, label = annex.bar
    left, bottom = _MARGIN / 2, annex.height - _MARGIN / 2
    canvas.line(pixels([(left, bottom), (left + length, bottom)]), fill=_BLACK, width=2 * _PIXELS)
    canvas.text(pixels([(left, bottom - 5)])[0], label, fill=_BLACK, font=font, anchor="ls")
    canvas.rectangle((0, 0, image.width - 1, image.height - 1), outline=_BLACK, width=_PIXELS)
    target = io.BytesIO()
    image.save(target, "PNG", optimize=True)
    return target.getvalue()


def _draw_dashes(canvas: ImageDraw.ImageDraw, start: Point, end: Point) -> None:
    length = math.dist(start, end)
    dash, gap = (part * _PIXELS for part in _DASH)
    done = 0.0
    while done < length:
        pair = [
            (start[0] + (end[0] - start[0]) * at / length, start[1] + (end[1] - start[1]) * at / length)
            for at in (done, min(done + dash, length))
        ]
        canvas.line(pair, fill=_GREY, width=_PIXELS)
        done += dash + gap


def _edition_id(ctx: Ctx, route_list: RouteList, edition: int | None) -> int | None:
    editions = editions_of(ctx, route_list.id)
    return next((each.id for each in editions if edition is None or each.edition == edition), None)


def _lines_of(ctx: Ctx, numbers: Sequence[int], edition_id: int | None) -> dict[int, list[Any]]:
    """Points (longitude, latitude) by item: as an edition stores them, else as they are now."""
    model, number = (
        (RouteItem, RouteItem.id) if edition_id is None else (RouteEditionItem, RouteEditionItem.route_item_id)
    )
    line = func.ST_AsGeoJSON(model.line, _DECIMALS)
    query = select(number.label("number"), line.label("line")).where(number.in_(numbers))
    if edition_id is not None:
        query = query.where(RouteEditionItem.edition_id == edition_id)
    return {row.number: json.loads(row.line)["coordinates"] for row in ctx.session.execute(query)}


def _polygons(shape: Any) -> Sequence[Any]:
    return [shape] if shape.geom_type == "Polygon" else shape.geoms


def _scale(points: Sequence[Any]) -> tuple[Callable[[Any], Point], float]:
    """A function from longitude and latitude to the drawing, with all points in its middle, and its units a metre."""
    width, height = (length - 2 * _MARGIN for length in _SIZE)
    ys = [point[1] for point in points] or [0]
    narrowing = math.cos(math.radians(min(ys)))
    xs = [point[0] * narrowing for point in points] or [0]
    factor = min(width / max(max(xs) - min(xs), _COARSE), height / max(max(ys) - min(ys), _COARSE))
    middle = ((min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2)

    def draw(point: Any) -> Point:
        return round(_SIZE[0] / 2 + (point[0] * narrowing - middle[0]) * factor, 1), round(
            _SIZE[1] / 2 - (point[1] - middle[1]) * factor, 1
        )

    return draw, factor / _METRES_A_DEGREE


def _bar(units_a_metre: float) -> tuple[float, str]:
    """The longest bar of 1, 2 or 5 times a power of ten metres that is not too long."""
    most = _BAR / units_a_metre
    power = 10 ** math.floor(math.log10(most))
    metres = max(step * power for step in (1, 2, 5) if step * power <= most)
    label = f"{format_number(metres / _METRES_A_KM)} km" if metres >= _METRES_A_KM else f"{format_number(metres)} m"
    return metres * units_a_metre, label
