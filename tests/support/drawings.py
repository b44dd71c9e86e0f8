"""Generated structures with places and occupants, their drawings as SVG, and what is wrong with a drawing."""

import random
import re
import xml.etree.ElementTree as ET
from decimal import Decimal
from itertools import combinations, count
from pathlib import Path

import jinja2

from registry.capacity.models import EntryState, PlaceUnit
from registry.capacity.queries import EntryView, PlaceView
from registry.drawings.blocks import MOST_UNITS
from registry.drawings.drawing import structure_drawing
from registry.drawings.facts import Asked, HeightLimit, ShareLimit, with_request
from registry.drawings.queries import facts_from, places_from
from registry.drawings.sheet import WIDTH
from registry.kernel.i18n import _
from registry.structures.kinds import KINDS
from registry.structures.kinds.antenna_tower import MastForm, Mount
from registry.structures.kinds.kind import Picture

ROOT = Path(__file__).parents[2]
#: Kinds with a drawing of their places, each with the units in which its places are counted.
UNITS = {
    Picture.MAST: (PlaceUnit.POSITION,),
    Picture.POLE: (PlaceUnit.CABLE, PlaceUnit.POSITION),
    Picture.BORES: (PlaceUnit.BORE, PlaceUnit.CABLE),
    Picture.TRAYS: (PlaceUnit.LEVEL, PlaceUnit.CABLE),
}
DRAWN = {code: kind.drawing.picture for code, kind in KINDS.items() if kind.drawing and kind.drawing.picture in UNITS}
#: An occupant's name and equipment that no other has.
TOKEN = re.compile(r"[UE][0-9]{4}")
#: Marks that are heights above the foot, on one scale.
HEIGHTS = {"top", "place", "load", "asked", "limit", "lowest-cable", "power-line", "shelf"}
#: A measure, or the words in its place, that lost its end.
_MEASURE_CUT = re.compile(r"(chôn |sâu |rộng |cao )?([\d.,]+|không.*|.* khai)…")
_UNIT = re.compile(r"h9v9h-9z")
_OPEN = (EntryState.USED, EntryState.RESERVED, EntryState.BLOCKED)
_environment = jinja2.Environment(loader=jinja2.FileSystemLoader(ROOT / "templates"), autoescape=True)
_environment.globals["_"] = _


def rendered(drawing, **options):
    """The HTML of a drawing."""
    return str(_environment.get_template("drawings/_drawing.html").module.drawing(drawing, **options))


def svg_of(html):
    """The SVG as a tree; an error where it is no well-formed XML."""
    svg = ET.fromstring(html[html.index("<svg") : html.index("</svg>") + len("</svg>")])  # noqa: S314  # made here
    for element in svg.iter():
        element.tag = element.tag.rpartition("}")[2]
    return svg


def texts_of(svg):
    """The visible texts."""
    return ["".join(element.itertext()) for element in svg.iter("text")]


def table_of(html):
    """The text of the drawing without its SVG."""
    return html[html.index("</svg>") :]


def generated_views(chance, picture):
    """Places of the ledger with entries; every holder and equipment has a token of its own."""
    numbers = count(1)
    views = []
    for number in range(chance.choice((0, 1, 1, 2, 3, 5, 8))):
        unit = chance.choice(UNITS[picture])
        total = chance.choice((None, 1, 2, 3, 4, 6, 12, 24, 70))
        entries, left = [], 30 if total is None else total
        for _entry in range(chance.randint(0, 6)):
            if left <= 0:
                break
            quantity = chance.randint(1, min(left, 5))
            left -= quantity
            entries.append(_entry_view(chance, next(numbers), quantity, picture))
        ended = _entry_view(chance, next(numbers), 1, picture, EntryState.ENDED)
        views.append(_place_view(chance, number, unit, total, entries, ended, picture))
    return views


def _entry_view(chance, number, quantity, picture, state=None):
    hung = picture in (Picture.MAST, Picture.POLE)
    return EntryView(
        number,
        state or chance.choice(_OPEN),
        quantity,
        f"U{number:04d} {chance.choice(('MobiFone', 'Tổng công ty Hạ tầng mạng', ''))}".strip(),
        chance.choice(("", f"E{number:04d} trạm 5G")),
        None,
        None,
        None,
        None,
        attach_height_m=chance.choice((None, Decimal(chance.randint(1, 60)) / 4)) if hung else None,
        cable_diameter_mm=chance.choice((None, Decimal(chance.randint(5, 30)))),
    )


def _place_view(chance, number, unit, total, entries, ended, picture):
    sums = {state: sum(entry.quantity for entry in entries if entry.state is state) for state in _OPEN}
    taken = sum(sums.values())
    has_height = picture is not Picture.BORES and chance.random() < 0.7
    return PlaceView(
        number,
        f"Vị trí {number + 1}",
        unit,
        total,
        sums[EntryState.USED],
        sums[EntryState.RESERVED],
        sums[EntryState.BLOCKED],
        None if total is None else total - taken,
        (*entries, ended),
        height_m=Decimal(chance.randint(1, 60)) / 4 if has_height else None,
        diameter_mm=chance.choice((None, Decimal(63), Decimal(110))) if picture is Picture.BORES else None,
        level=chance.choice((None, number + 1)) if unit is PlaceUnit.LEVEL else None,
    )


def generated_values(chance, kind):
    """Measures of a record, some of them not stated."""

    def perhaps(value):
        return value if chance.random() < 0.75 else None

    measures = {
        "height_m": Decimal(chance.randint(15, 60)),
        "building_height_m": perhaps(Decimal("12.5")),
        "mast_form": perhaps(chance.choice(list(MastForm))),
        "mount": perhaps(chance.choice(list(Mount))),
        "length_m": perhaps(Decimal(17)),
        "setting_depth_m": perhaps(Decimal("1.75")),
        "lowest_cable_m": perhaps(Decimal("5.5")),
        "lowest_power_line_m": perhaps(Decimal("9.25")),
        "voltage_kv": perhaps(Decimal(22)),
        "bore_count": perhaps(chance.choice((1, 4, 9, 200))),
        "bore_diameter_mm": perhaps(Decimal(110)),
        "subduct_count": perhaps(chance.choice((3, 12, 1000))),
        "cover_depth_m": perhaps(Decimal("0.7")),
        "inner_width_m": perhaps(Decimal("1.2")),
        "depth_m": perhaps(Decimal(15)),
        "inner_height_m": perhaps(Decimal(15)),
    }
    return {name: measures.get(name) for name in KINDS[kind].drawing.measures.values()}


def generated(seed, kind, *, names=True):
    """Facts of a structure as a reader with or without the right to know its occupants has them, and its places."""
    chance = random.Random(f"{seed}-{kind}")  # noqa: S311  # chances of a test
    picture = DRAWN[kind]
    views, values = generated_views(chance, picture), generated_values(chance, kind)
    facts = facts_from(kind, seed, f"THA-{KINDS[kind].prefix}-{seed:06d}", values, places_from(views, names=names))
    if chance.random() < 0.5:
        return facts, views
    limits = [
        ShareLimit("Tỷ lệ", Decimal(chance.randint(0, 180)), chance.choice((None, Decimal(181))), (Decimal(100),))
    ]
    if picture in (Picture.MAST, Picture.POLE):
        limits.append(HeightLimit("Cáp phải cao ít nhất (đường chính)", Decimal("5.5")))
    height = chance.choice((None, Decimal(chance.randint(1, 60)) / 4)) if picture is not Picture.BORES else None
    label = views[0].label if views else ""
    return with_request(facts, Asked(label, chance.randint(1, 4), height), limits), views


def problems(facts, views, *, names=True):
    """What is wrong with the drawing of these facts, against the ledger's places."""
    drawing = structure_drawing(facts)
    html = rendered(drawing)
    svg = svg_of(html)
    return [
        *_occupant_problems(svg, html, views, names=names),
        *_free_problems(svg, drawing, views, facts),
        *scale_problems(drawing.sheet),
        *label_problems(drawing.sheet),
    ]


def _occupant_problems(svg, html, views, *, names):
    entries = [entry for view in views for entry in view.entries if entry.state is not EntryState.ENDED]
    expected = sorted(TOKEN.findall(" ".join(f"{entry.holder} {entry.equipment}" for entry in entries)))
    if not names:
        return ["an occupant is named"] if TOKEN.search(html) else []
    tokens = sorted(TOKEN.findall(" ".join(texts_of(svg))))
    listed = sorted(TOKEN.findall(table_of(html)))
    wrong = [] if tokens == expected else [f"the picture has {tokens}, the ledger {expected}"]
    return wrong + ([] if listed == expected else [f"the table has {listed}, the ledger {expected}"])


def _free_problems(svg, drawing, views, facts):
    """Free units as boxes, and in the table."""
    boxes = sum(len(_UNIT.findall(path.get("d"))) for path in svg.iter("path") if path.get("class") == "dr-free")
    in_key = 1 if "free" in drawing.sheet.states else 0
    few = [slot for slot in facts.places if max(slot.total or 0, slot.taken + slot.asked) <= MOST_UNITS]
    bars = len(facts.places) - len(few)
    expected = sum(slot.free or 0 for slot in few)
    wrong = []
    if bars == 0 and boxes - in_key != expected:
        wrong.append(f"{boxes - in_key} free units are drawn, the ledger has {expected}")
    stated = [row[3] for row in drawing.rows if row[2] == "Còn trống"]
    ledger = ["tổng số không khai" if view.free is None else str(view.free) for view in views]
    if stated != ledger:
        wrong.append(f"the table has {stated} free, the ledger {ledger}")
    return wrong


def scale_problems(sheet):
    """Heights that are not on one scale."""
    heights = [mark for mark in sheet.marks if mark.what in HEIGHTS]
    slopes = {
        round((first.at - second.at) / (second.measure - first.measure), 4)
        for first, second in combinations(heights, 2)
        if abs(first.measure - second.measure) > 0.01
    }
    wrong = [] if len(slopes) <= 1 and all(slope > 0 for slope in slopes) else [f"scales of heights: {slopes}"]
    outside = [mark for mark in heights if not 0 <= mark.at <= sheet.height]
    return wrong + [f"{mark} is outside" for mark in outside]


def label_problems(sheet):
    """Texts that overlap or run out of the picture, and measures that are cut."""
    out = [
        f"{label.text!r} runs out"
        for label in sheet.labels
        if label.left < -0.01 or label.right > WIDTH + 0.01 or label.top < -0.01 or label.bottom > sheet.height + 0.01
    ]
    overlapping = [
        f"{first.text!r} overlaps {second.text!r}"
        for first, second in combinations(sheet.labels, 2)
        if min(first.right, second.right) - max(first.left, second.left) > 0.01
        and min(first.bottom, second.bottom) - max(first.top, second.top) > 0.01
    ]
    cut = [f"{label.text!r} is cut" for label in sheet.labels if _MEASURE_CUT.fullmatch(label.text)]
    return out + overlapping + cut
