"""Drawings of generated structures against their ledger, of hostile names, in both languages."""

from decimal import Decimal
from itertools import product

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from registry.capacity.models import EntryState, PlaceUnit
from registry.drawings.drawing import PICTURES, route_drawing, structure_drawing
from registry.drawings.facts import Asked, HeightLimit, Load, Place, RouteFacts, Run, StructureFacts, with_request
from registry.kernel.i18n import force_locale, init_i18n
from registry.structures.kinds import KINDS
from registry.structures.kinds.kind import Picture
from tests.support.drawings import (
    DRAWN,
    generated,
    label_problems,
    problems,
    rendered,
    scale_problems,
    svg_of,
    table_of,
    texts_of,
)
from tests.support.offenders import no_offenders
from tests.support.rounds import sizes

#: Structures of each kind in the suite, and in a trial.
FEW, MANY = 8, 200
HOSTILE = (
    "</text></svg><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onload='alert(1)",
    "]]>&amp;&lt;!--",
    "W" * 200,
    "x " * 100,
    "שלום עולם مرحبا بالعالم " * 8,
    "\u202eđảo\u2067ngược\u0000",
    "Z\u0335\u0323\u0301\u0302\u0303\u0304\u0305a" * 30,
    "\ufdfd\U0001242b漢字📡" * 20,
)


def place(label="Sàn 30 m", *loads, total=3, **more):
    taken = sum(load.quantity for load in loads)
    unit = more.pop("unit", PlaceUnit.POSITION)
    free = None if total is None else total - taken
    return Place(label, unit, total, free, tuple(loads), **({"height_m": Decimal(30)} | more))


def used(name, quantity=1, **more):
    return Load(EntryState.USED, quantity, name, **more)


def facts(picture, *places, **measures):
    return StructureFacts("d1", "Bản vẽ", picture, measures, (), places)


@pytest.mark.parametrize(("seed", "is_whole"), sizes(1, 1))
@pytest.mark.parametrize("names", [True, False], ids=["known", "hidden"])
def test_a_drawing_shows_exactly_the_ledger(seed, is_whole, names):
    """Each occupant once, heights to scale, free units equal, nothing hidden, no label on another."""
    offenders = [
        f"{kind} {number}: {problem}"
        for kind, number in product(DRAWN, range(MANY if is_whole else FEW))
        for problem in problems(*generated(seed * 1000 + number, kind, names=names), names=names)
    ]
    no_offenders("drawings show exactly the ledger", offenders, "see registry/drawings/ for the picture of the kind")


def test_every_picture_of_a_kind_can_be_drawn():
    pictures = {kind.drawing.picture for kind in KINDS.values() if kind.drawing}
    assert pictures == {*PICTURES, Picture.ROUTE}
    for code, kind in KINDS.items():
        measures = kind.drawing.measures.values() if kind.drawing else ()
        assert set(measures) <= set(kind.fields()), code


@pytest.mark.parametrize("picture", list(PICTURES))
def test_hostile_texts_stay_texts(picture):
    unit = PlaceUnit.LEVEL if picture is Picture.TRAYS else PlaceUnit.POSITION
    places = [place(text, used(text, equipment=text), unit=unit, is_asked=True, asked=1) for text in HOSTILE]
    asked = with_request(
        facts(picture, *places), Asked(HOSTILE[0], 1, Decimal(9)), [HeightLimit(HOSTILE[1], Decimal(5))]
    )
    for drawing in (
        structure_drawing(asked),
        route_drawing(RouteFacts("r", "x", (Run("new", HOSTILE[0], 5, HOSTILE[1]),))),
    ):
        html = rendered(drawing)
        svg = svg_of(html)
        assert {element.tag for element in svg.iter()} <= {"svg", "title", "desc", "defs", "pattern", "path", "text"}
        names = {name for element in svg.iter() for name in element.attrib}
        assert not [name for name in names if name.startswith("on") or name in ("style", "href")]
        assert "<script" not in html
        assert "<img" not in html
        assert label_problems(drawing.sheet) == []


def test_a_picture_has_a_title_a_description_and_a_role():
    html = rendered(structure_drawing(facts(Picture.MAST, place("Sàn 30 m", used("Viettel")), top=Decimal(42))))
    svg = svg_of(html)
    assert svg.get("role") == "img"
    assert svg.get("aria-labelledby").split() == [svg.find("title").get("id"), svg.find("desc").get("id")]
    assert "Sàn 30 m: trống 2/3" in svg.find("desc").text
    assert "style=" not in html


def test_what_is_not_stated_is_said_so():
    drawn = structure_drawing(facts(Picture.POLE, place("Cột", used(""), total=None, height_m=None)))
    texts = texts_of(svg_of(rendered(drawn)))
    for words in ("Cao độ không khai:", "tổng số không khai", "đơn vị không khai × 1", "chôn"):
        assert words in texts, words
    assert ("Cột", "không khai", "Còn trống", "tổng số không khai") in drawn.rows


def test_a_structure_of_very_many_places_draws_the_first_and_the_asked_one():
    places = [place(f"Vị trí {number:03d}", used("A"), is_asked=number == 150) for number in range(200)]
    drawn = structure_drawing(facts(Picture.MAST, *places, top=Decimal(42)))
    texts = texts_of(svg_of(rendered(drawn)))
    assert "Vị trí 150" in texts
    assert any("160 vị trí khác" in text for text in texts)
    assert len(drawn.rows) == 400
    assert label_problems(drawn.sheet) == []


@pytest.mark.parametrize(("stated", "drawn"), [(None, 0), (6, 6), (5, 0), (200, 0)])
def test_sub_ducts_are_drawn_in_equal_shares_or_said_in_words(stated, drawn):
    bores = place("Ống", used("VNPT"), total=2, unit=PlaceUnit.BORE, height_m=None)
    drawing = structure_drawing(facts(Picture.BORES, bores, bores=2, sub_ducts=stated))
    svg = svg_of(rendered(drawing))
    walls = [path for path in svg.iter() if path.get("class") == "dr-wall"]
    words = " ".join(svg.itertext())
    assert sum(path.get("d").count("M") for path in walls) == drawn
    assert (f"{stated} ống con" in words) is (stated is not None)
    assert ("Ống con vẽ chia đều" in rendered(drawing)) is (drawn > 0)


def test_a_load_whose_occupant_may_not_be_known_has_no_name():
    drawn = structure_drawing(facts(Picture.MAST, place("Sàn 30 m", Load(EntryState.USED, 2)), top=Decimal(42)))
    assert "Đang dùng × 2" in texts_of(svg_of(rendered(drawn)))


def test_units_beyond_the_total_are_shown_as_such():
    drawn = structure_drawing(facts(Picture.MAST, place("Sàn 30 m", used("A", 3), used("B", 2)), top=Decimal(42)))
    assert "vượt 2" in texts_of(svg_of(rendered(drawn)))
    assert ("Sàn 30 m", "30\N{NO-BREAK SPACE}m", "Vượt tổng số", "2") in drawn.rows


def test_the_asked_place_is_marked_among_what_is_free():
    asked = with_request(
        facts(Picture.MAST, place("Sàn 30 m", used("A")), place("Sàn 20 m", height_m=Decimal(20)), top=Decimal(42)),
        Asked("Sàn 30 m", 2, Decimal(31)),
        [HeightLimit("Cao độ thiết kế", Decimal(42))],
    )
    drawn = structure_drawing(asked)
    svg = svg_of(rendered(drawn))
    (dots,) = (
        path.get("d") for path in svg.iter("path") if path.get("class") == "dr-asked" and path.get("d").count("M") > 1
    )
    assert dots
    assert "Đề nghị: Sàn 30 m × 2, ở" in " ".join(texts_of(svg))
    assert [mark.measure for mark in drawn.sheet.marks if mark.what == "limit"] == [42]
    assert scale_problems(drawn.sheet) == []
    assert ("Sàn 30 m", "31\N{NO-BREAK SPACE}m", "Đề nghị", "2") in drawn.rows


def test_metres_have_the_comma_or_the_point_of_the_language():
    floor, app = place("Sàn", height_m=Decimal("12.500")), Flask("languages")
    init_i18n(app)
    for language, height in (("vi", "12,5\N{NO-BREAK SPACE}m"), ("en", "12.5\N{NO-BREAK SPACE}m")):
        with app.app_context(), force_locale(language):
            assert height in texts_of(svg_of(rendered(structure_drawing(facts(Picture.MAST, floor, top=Decimal(42))))))


def test_a_route_is_to_scale_and_lists_its_lengths():
    runs = (Run("reused", "Luồn trong cống cáp", 300), Run("new", "Phải xây mới", 100), Run("reused", "Treo", 600))
    drawn = route_drawing(RouteFacts("r", "Tuyến", runs))
    sizes_px = [mark.at / mark.measure for mark in drawn.sheet.marks]
    assert max(sizes_px) - min(sizes_px) < 1e-6
    assert [row[1].replace("\N{NO-BREAK SPACE}", " ") for row in drawn.rows] == ["300 m", "100 m", "600 m"]
    assert label_problems(drawn.sheet) == []


@given(
    st.lists(
        st.builds(
            Run,
            st.sampled_from(("reused", "new", "full", "aerial", "underground", "end", "hidden")),
            st.sampled_from(("Luồn trong cống cáp", "Có công trình nhưng chưa dùng được", "Treo")),
            st.one_of(st.none(), st.floats(0.01, 99_999)),
            st.sampled_from(("", "THA-CCA-405124 + 1 · Viettel Thanh Hóa")),
        ),
        max_size=60,
    )
)
def test_no_label_of_a_route_overlaps_or_is_cut(runs):
    drawn = route_drawing(RouteFacts("r", "Tuyến", tuple(runs)))
    assert label_problems(drawn.sheet) == []
    assert not [label.text for label in drawn.sheet.labels if label.text.endswith("…")]
    assert len(drawn.rows) == len(runs)


def test_a_drawing_of_twenty_four_occupants_is_light():
    loads = [used(f"Doanh nghiệp viễn thông số {number}", equipment="Trạm 5G") for number in range(24)]
    for picture in PICTURES:
        html = rendered(structure_drawing(facts(picture, place("Vị trí", *loads, total=30))))
        assert len(html) < 24_000, picture
        assert "Doanh nghiệp viễn thông số 23" in table_of(html)
