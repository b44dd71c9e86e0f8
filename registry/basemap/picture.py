"""A map as a picture for papers: the ground within a window, numbered lines on it, scale bar, north and sources."""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import shapely
from PIL import Image, ImageDraw, ImageFont
from sqlalchemy.orm import Session

from registry.basemap.labels import Box, Labels, MapLabel
from registry.basemap.models import LAND, ROADS
from registry.basemap.window import AROUND, RIVERS, WATER, Ground, GroundShape, Window, ground_within
from registry.kernel.i18n import _, format_number

_FONTS: Final = Path(__file__).resolve().parents[1] / "static" / "fonts"
_REGULAR, _BOLD = "be-vietnam-pro-400.woff2", "be-vietnam-pro-600.woff2"
#: Pixels of the picture for one unit: 300 to an inch of paper, so that lines need no smoothing.
_PIXELS: Final = 2
_QUALITY, _DPI = 80, 300
_NUMBER, _COMMUNE, _NAME, _NEIGHBOUR, _SMALL = 17, 18, 14, 13, 13
#: Of a commune among several that stand out.
_AMONG: Final = 14
_COLOURS: Final = {
    LAND: "#f8f8f4",
    AROUND: "#efefe8",
    WATER: "#b9d6e6",
    RIVERS: "#93bdd6",
    "sea": "#d3e5f0",
    "chosen": "#fdf3df",
    "border": "#8a8f8c",
    "line": "#c1121f",
    "ink": "#17212b",
    "halo": "#ffffff",
    "water name": "#3f7396",
    "street name": "#4d4a45",
}
#: Colour of the edge, of the core, and their width against that of a street, by `sort` of a road, from below.
_ROADS: Final = {
    "street": ("#a9a396", "#ffffff", 1.0),
    "": ("#a9a396", "#ffffff", 1.0),
    "minor": ("#93897a", "#fff6e0", 1.3),
    "rail": ("#6d6d76", "#6d6d76", 0.5),
    "main": ("#b5853a", "#fbe0a8", 1.7),
}
_BORDER_DASH, _RAIL_DASH = (7, 4), (9, 5)
_LINE_WIDTH: Final = 4
#: A line shorter than this is drawn as a dot.
_SHORTEST: Final = 8
#: Most units of the scale bar, and where it and the arrow stand.
_BAR: Final = 200
_EDGE: Final = 12
_ARROW: Final = (26, 44)
_NORTH: Final = "B"
#: Most names of roads or rivers that are tried.
_MOST_NAMES: Final = 120
_METRES_A_KM: Final = 1000
#: From this zoom on streets are as wide as they are drawn.
_WIDE_ZOOM: Final = 15


@dataclass(frozen=True)
class MapPicture:
    """A picture (JPEG), its labels, and its height against its width."""

    jpeg: bytes
    numbers: Sequence[MapLabel]
    names: Sequence[MapLabel]
    ratio: float


def draw_map(
    session: Session,
    window: Window,
    on: date,
    lines: Sequence[tuple[str, Any]],
    communes: Mapping[int, str],
) -> MapPicture:
    """Lines (metres of Web Mercator) with their numbers on the ground of a window.

    A line without a number has an empty one. `communes` stand out, each with a second line below its name.
    """
    ground = ground_within(session, window, on)
    drawn = [(number, window.draw(line)) for number, line in lines]
    bar, bar_label = _bar(window.ground_m)
    boxes = _boxes_of_marks(window, bar)
    labels = Labels(window.width, window.height, _width_of, boxes)
    numbers = [labels.number(number, line, _NUMBER) for number, line in drawn if number]
    names = _names(labels, ground, window, communes)
    image = Image.new("RGB", (window.width * _PIXELS, window.height * _PIXELS))
    _draw_ground(_Canvas(image), ground, window, communes)
    _draw_lines(_Canvas(image), drawn, numbers)
    for name in names:
        _draw_name(image, name)
    for label in numbers:
        _draw_number(image, label)
    _draw_marks(image, window, bar, bar_label, boxes)
    image = _with_sources(image, _sources(ground))
    target = io.BytesIO()
    # A PDF takes this format as it is; others would be packed once more, which takes longer than the drawing.
    image.save(target, "JPEG", quality=_QUALITY, subsampling=0, dpi=(_DPI, _DPI))
    return MapPicture(target.getvalue(), numbers, [name.label for name in names], image.height / image.width)


class _Canvas:
    """Lines and areas on an image, in units."""

    def __init__(self, image: Image.Image) -> None:
        self._draw = ImageDraw.Draw(image)

    def fill(self, shape: Any, colour: str) -> None:
        for part in _parts(shape, "Polygon"):
            self._draw.polygon(self._pixels(part.exterior.coords), fill=colour)
            # Holes of pieces of land are water, which has areas of its own.

    def line(self, points: Iterable[Sequence[float]], colour: str, width: float) -> None:
        self._draw.line(self._pixels(points), fill=colour, width=max(1, round(width * _PIXELS)), joint="curve")

    def dashes(self, points: Sequence[Sequence[float]], colour: str, width: float, dash: tuple[float, float]) -> None:
        for part in _dashes(points, *dash):
            self.line(part, colour, width)

    def dot(self, x: float, y: float, radius: float, colour: str) -> None:
        box = [(x - radius) * _PIXELS, (y - radius) * _PIXELS]
        self._draw.ellipse((*box, (x + radius) * _PIXELS, (y + radius) * _PIXELS), fill=colour)

    def _pixels(self, points: Iterable[Sequence[float]]) -> list[tuple[float, float]]:
        return [(point[0] * _PIXELS, point[1] * _PIXELS) for point in points]


def _parts(shape: Any, kind: str) -> list[Any]:
    """The simple shapes of a kind within a shape, also of a collection of collections."""
    return [part for part in shapely.get_parts(shapely.get_parts([shape])) if part.geom_type == kind]


def _draw_ground(canvas: _Canvas, ground: Ground, window: Window, communes: Mapping[int, str]) -> None:
    canvas.fill(shapely.box(0, 0, window.width, window.height), _COLOURS["sea" if ground.layers[LAND] else LAND])
    for layer in (LAND, AROUND):
        _fill_layer(canvas, ground, layer)
    for commune in ground.communes:
        if commune.id in communes:
            canvas.fill(commune.outline, _COLOURS["chosen"])
    _fill_layer(canvas, ground, WATER)
    for each in ground.layers[RIVERS]:
        for part in _parts(each.shape, "LineString"):
            canvas.line(part.coords, _COLOURS[RIVERS], 2)
    # Each part of a border once: the dashes of two neighbours would make one line.
    borders = shapely.union_all([shapely.boundary(commune.outline) for commune in ground.communes])
    for part in _merged([shapely.clip_by_rect(borders, 0, 0, window.width, window.height)]):
        canvas.dashes(part.coords, _COLOURS["border"], 1.2, _BORDER_DASH)
    _draw_roads(canvas, ground.layers[ROADS], window)


def _fill_layer(canvas: _Canvas, ground: Ground, layer: str) -> None:
    for each in ground.layers[layer]:
        canvas.fill(each.shape, _COLOURS[layer])


def _draw_roads(canvas: _Canvas, roads: Sequence[GroundShape], window: Window) -> None:
    wide = 1.6 * 1.45 ** (min(window.zoom, _WIDE_ZOOM) - 12)
    by_sort: dict[str, list[Any]] = {sort: [] for sort in _ROADS}
    for road in roads:
        by_sort[road.sort if road.sort in _ROADS else ""] += _parts(road.shape, "LineString")
    # All edges below all cores, so that crossings are open.
    for is_core in (False, True):
        for sort, (edge, core, factor) in _ROADS.items():
            for part in by_sort[sort]:
                if sort == "rail":
                    if is_core:
                        canvas.line(part.coords, edge, 0.6)
                        canvas.dashes(part.coords, edge, 2.2, _RAIL_DASH)
                elif is_core:
                    canvas.line(part.coords, core, wide * factor)
                else:
                    canvas.line(part.coords, edge, wide * factor + 1.6)


def _draw_lines(canvas: _Canvas, lines: Sequence[tuple[str, Any]], numbers: Sequence[MapLabel]) -> None:
    for colour, more in ((_COLOURS["halo"], 2.4), (_COLOURS["line"], 0)):
        for _number, line in lines:
            canvas.line(line.coords, colour, _LINE_WIDTH + more)
            for x, y in (line.coords[0], line.coords[-1]):
                canvas.dot(x, y, (_LINE_WIDTH + more) / 2, colour)
            if line.length < _SHORTEST:
                x, y = line.coords[0]
                canvas.dot(x, y, _LINE_WIDTH + more / 2, colour)
    for label in numbers:
        if label.origin is not None:
            canvas.line([label.origin, label.middle], _COLOURS["ink"], 1)


@dataclass(frozen=True)
class _Name:
    """A name in its place, as it is drawn."""

    label: MapLabel
    colour: str
    font: str


def _names(labels: Labels, ground: Ground, window: Window, communes: Mapping[int, str]) -> list[_Name]:
    """The names that have a place: of communes (those that stand out first), roads and rivers."""
    return [
        *_names_of_communes(labels, ground, window, communes),
        *_names_of_lines(labels, ground.layers[ROADS], "street name"),
        *_names_of_lines(labels, ground.layers[RIVERS], "water name"),
    ]


def _names_of_communes(labels: Labels, ground: Ground, window: Window, communes: Mapping[int, str]) -> Iterator[_Name]:
    for commune in sorted(ground.communes, key=lambda each: each.id not in communes):
        area = shapely.clip_by_rect(shapely.make_valid(commune.outline), 0, 0, window.width, window.height)
        if area.is_empty:
            continue
        rows = [commune.name, *filter(None, [communes.get(commune.id)])]
        is_chosen = commune.id in communes
        size = (_COMMUNE if len(communes) == 1 else _AMONG) if is_chosen else _NEIGHBOUR
        label = labels.name_of_area(rows, area, size)
        if label is not None:
            yield _Name(label, _COLOURS["ink" if is_chosen else "street name"], _BOLD if is_chosen else _REGULAR)


def _names_of_lines(labels: Labels, shapes: Sequence[GroundShape], colour: str) -> Iterator[_Name]:
    """Once for each name, main roads first, then the longest."""
    by_name: dict[tuple[int, str], list[Any]] = {}
    for each in shapes:
        if each.name:
            rank = list(_ROADS).index(each.sort) if each.sort in _ROADS else 0
            by_name.setdefault((-rank, each.name), []).append(each.shape)
    merged = {key: _merged(parts) for key, parts in by_name.items()}
    longest = {key: max(shapely.length(lines), default=0) for key, lines in merged.items()}
    for rank, name in sorted(merged, key=lambda key: (key[0], -longest[key], key[1]))[:_MOST_NAMES]:
        label = labels.name_of_line(name, merged[rank, name], _NAME)
        if label is not None:
            yield _Name(label, _COLOURS[colour], _REGULAR)


def _merged(shapes: Sequence[Any]) -> list[Any]:
    parts = [part for shape in shapes for part in _parts(shape, "LineString")]
    return _parts(shapely.line_merge(shapely.multilinestrings(parts)), "LineString") if parts else []


@cache
def _font(name: str, pixels: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(_FONTS / name, pixels)


def _width_of(text: str, size: float) -> float:
    return _font(_BOLD, round(size * _PIXELS)).getlength(text) / _PIXELS


def _draw_name(image: Image.Image, name: _Name) -> None:
    """A name with white around its letters, turned as its label says."""
    label = name.label
    font, halo = _font(name.font, round(label.size * _PIXELS)), round(1.5 * _PIXELS)
    text = "\n".join(label.lines)
    style: dict[str, Any] = {"font": font, "stroke_width": halo, "align": "center"}
    left, top, right, bottom = ImageDraw.Draw(image).multiline_textbbox((0, 0), text, **style)
    patch = Image.new("RGBA", (math.ceil(right - left), math.ceil(bottom - top)), (255, 255, 255, 0))
    ImageDraw.Draw(patch).multiline_text((-left, -top), text, fill=name.colour, stroke_fill=_COLOURS["halo"], **style)
    if label.angle:
        patch = patch.rotate(-label.angle, Image.Resampling.BICUBIC, expand=True)
    x, y = (round(each * _PIXELS) for each in label.middle)
    image.paste(patch, (x - patch.width // 2, y - patch.height // 2), patch)


def _draw_number(image: Image.Image, label: MapLabel) -> None:
    draw, ((west, north, east, south),) = ImageDraw.Draw(image), label.boxes
    box = [side * _PIXELS for side in (west + 1, north + 1, east - 1, south - 1)]
    draw.rounded_rectangle(box, 4 * _PIXELS, fill="white", outline=_COLOURS["line"], width=_PIXELS)
    middle = (label.middle[0] * _PIXELS, label.middle[1] * _PIXELS)
    font = _font(_BOLD, round(label.size * _PIXELS))
    draw.text(middle, label.lines[0], fill=_COLOURS["ink"], font=font, anchor="mm")


def _boxes_of_marks(window: Window, bar: float) -> list[Box]:
    """The ground of the scale bar and of the arrow."""
    return [
        (_EDGE, window.height - _EDGE - 34, _EDGE + bar + 20, window.height - _EDGE),
        (window.width - _EDGE - _ARROW[0] - 8, _EDGE, window.width - _EDGE, _EDGE + _ARROW[1] + 30),
    ]


def _draw_marks(image: Image.Image, window: Window, bar: float, label: str, boxes: Sequence[Box]) -> None:
    draw, font = ImageDraw.Draw(image), _font(_REGULAR, _NAME * _PIXELS)
    for box in boxes:
        draw.rounded_rectangle([side * _PIXELS for side in box], 4 * _PIXELS, fill="white")
    west, north, _east, south = (side * _PIXELS for side in boxes[0])
    left, level = west + 10 * _PIXELS, south - 8 * _PIXELS
    ends = [(left, level - 4 * _PIXELS), (left, level), (left + bar * _PIXELS, level)]
    draw.line([*ends, (left + bar * _PIXELS, level - 4 * _PIXELS)], fill=_COLOURS["ink"], width=2 * _PIXELS)
    draw.text((left, north + 2 * _PIXELS), label, fill=_COLOURS["ink"], font=font, anchor="la")
    west, north, east, south = (side * _PIXELS for side in boxes[1])
    middle, top = (west + east) / 2, north + 4 * _PIXELS
    foot, half = top + _ARROW[1] * _PIXELS, _ARROW[0] * _PIXELS / 2
    notch = (middle, foot - 12 * _PIXELS)
    draw.polygon([(middle, top), (middle - half, foot), notch], fill=_COLOURS["ink"])
    draw.polygon([(middle, top), (middle + half, foot), notch], fill="white", outline=_COLOURS["ink"], width=_PIXELS)
    draw.text((middle, south - 3 * _PIXELS), _NORTH, fill=_COLOURS["ink"], font=font, anchor="mb")
    draw.rectangle((0, 0, image.width - 1, image.height - 1), outline=_COLOURS["ink"], width=_PIXELS)


def _sources(ground: Ground) -> str:
    """The line below the picture, in the words of the web map."""
    ground_label = _("Nền bản đồ")
    approximate = _("Bờ biển và ranh giới gần đúng, không dùng để xác định địa giới. Nguồn:")
    parts = (f"{ground_label}:", approximate if ground.is_approximate else "", ground.attribution)
    return " ".join(filter(None, parts)) if ground.attribution else ""


def _with_sources(image: Image.Image, text: str) -> Image.Image:
    if not text:
        return image
    font, rows = _font(_REGULAR, _SMALL * _PIXELS), [""]
    for word in text.split():
        longer = f"{rows[-1]} {word}".strip()
        if font.getlength(longer) <= image.width:
            rows[-1] = longer
        else:
            rows.append(word)
    height = round(_SMALL * 1.3 * _PIXELS)
    whole = Image.new("RGB", (image.width, image.height + height * len(rows) + 2 * _PIXELS), "white")
    whole.paste(image)
    for number, row in enumerate(rows):
        at = (0, image.height + 2 * _PIXELS + number * height)
        ImageDraw.Draw(whole).text(at, row, fill=_COLOURS["street name"], font=font)
    return whole


def _bar(ground_m: float) -> tuple[float, str]:
    """Units and label of the longest bar of 1, 2 or 5 times a power of ten metres that is not too long."""
    most = _BAR * ground_m
    power = 10 ** math.floor(math.log10(most))
    metres = max(step * power for step in (1, 2, 5) if step * power <= most)
    label = f"{format_number(metres / _METRES_A_KM)} km" if metres >= _METRES_A_KM else f"{format_number(metres)} m"
    return metres / ground_m, label


def _dashes(points: Sequence[Sequence[float]], dash: float, gap: float) -> Iterator[list[tuple[float, float]]]:
    """The dashes of a line; they go on over its corners."""
    is_on, left = True, dash
    part = [(points[0][0], points[0][1])]
    for start, end in pairwise(points):
        length, done = math.dist(start[:2], end[:2]), 0.0
        while length - done > left:
            done += left
            at = (start[0] + (end[0] - start[0]) * done / length, start[1] + (end[1] - start[1]) * done / length)
            if is_on:
                yield [*part, at]
            is_on, left, part = not is_on, gap if is_on else dash, [at]
        left -= length - done
        if is_on:
            part.append((end[0], end[1]))
    if is_on and len(part) > 1:
        yield part
