"""More load never makes a verdict better, and what is not known never makes it "fits"."""

from dataclasses import fields, replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from registry.colocation.screening.duct import DuctFacts
from registry.colocation.screening.models import SpanOver, Verdict
from registry.colocation.screening.pole import PoleFacts, Span
from registry.colocation.screening.result import InstalledLoad, Inventory, PlaceRoom
from registry.colocation.screening.tower import TowerFacts
from registry.colocation.screening.tray import TrayFacts
from tests.support.screening import SCREEN, shipped

RULES = shipped()
RANK = {Verdict.FITS: 0, Verdict.NEEDS_STUDY: 1, Verdict.DOES_NOT_FIT: 2}


def amount(least, most, places=1):
    return st.decimals(min_value=least, max_value=most, places=places)


def perhaps(values):
    """Mostly known: where much is unknown at once, nothing ever fits and nothing is tried."""
    return st.integers(0, 14).flatmap(lambda chance: st.none() if chance == 1 else values)


def room_of(free, quantity):
    return PlaceRoom("Ống 1", "ống", None if free is None else free + 3, free, quantity)


rooms = st.builds(room_of, perhaps(st.integers(0, 9)), st.integers(1, 3))
loads = st.builds(
    InstalledLoad,
    count=st.integers(1, 4),
    diameter_mm=perhaps(amount(1, 60)),
    height_m=perhaps(amount(0, 50)),
    area_m2=perhaps(amount(0, 5)),
    width_mm=perhaps(amount(0, 300)),
    mass_kg_m=perhaps(amount(0, 9)),
)
lists = st.builds(
    Inventory,
    st.lists(loads, max_size=2).map(tuple),
    complete=perhaps(st.just(value=True)).map(bool),
    certain=st.booleans(),
)
present = st.lists(lists, min_size=1, max_size=2).map(tuple)
spans = st.builds(
    Span,
    attach_height_m=perhaps(amount(3, 10, 3)),
    span_m=perhaps(amount(1, 90)),
    mass_kg_m=perhaps(amount("0.01", "0.3", 3)),
    tension_n=perhaps(amount(500, 9000)),
    crosses=perhaps(st.sampled_from(SpanOver)),
    lowest_cable_m=perhaps(amount(3, 8)),
    has_power=st.booleans(),
    voltage_kv=perhaps(amount(0, 110)),
    lowest_power_line_m=perhaps(amount(4, 14)),
)
poles = st.builds(
    PoleFacts,
    room=rooms,
    span=spans,
    cables=perhaps(st.integers(1, 9)),
    cable_diameter_mm=perhaps(amount(1, 40)),
    length_m=perhaps(amount(8, 14)),
    setting_depth_m=perhaps(amount(0, 2)),
    rated_top_load_n=perhaps(amount(100, 60000)),
    is_straight=perhaps(st.sampled_from([True, True, True, False])),
    present=present,
)
cases = st.one_of(
    st.builds(
        DuctFacts,
        room=rooms,
        nominal_diameter_mm=perhaps(amount(10, 160)),
        inner_diameter_mm=perhaps(amount(5, 150)),
        cable_diameter_mm=perhaps(amount(1, 60)),
        cables=perhaps(st.integers(1, 9)),
        sub_ducts=st.integers(0, 4),
        sub_duct_diameter_mm=perhaps(amount(20, 60)),
        present=present,
        is_whole=st.booleans(),
    ),
    poles,
    st.builds(
        TowerFacts,
        room=rooms,
        height_m=perhaps(amount(10, 60)),
        attach_height_m=perhaps(amount(0, 60)),
        exposed_area_m2=perhaps(amount(0, 9)),
        rated_area_m2=perhaps(amount(1, 60)),
        rated_area_height_m=perhaps(amount(10, 60)),
        load_margin_pct=perhaps(amount(0, 100)),
        is_guyed=perhaps(st.sampled_from([False, False, False, True])),
        present=present,
    ),
    st.builds(
        TrayFacts,
        room=rooms,
        tray_width_mm=perhaps(amount(50, 500)),
        tray_rated_kg_m=perhaps(amount(1, 30)),
        cables=perhaps(st.integers(1, 9)),
        cable_diameter_mm=perhaps(amount(1, 60)),
        width_mm=perhaps(amount(1, 400)),
        mass_kg_m=perhaps(amount("0.01", 3, 3)),
        present=present,
        is_whole=st.booleans(),
    ),
)
CODES = {DuctFacts: "duct", PoleFacts: "pole", TowerFacts: "tower", TrayFacts: "tray"}


def verdict(facts):
    return SCREEN[CODES[type(facts)]](facts, RULES).verdict


def heavier(facts, kind, by):
    """The same with more of something that weighs."""
    if kind == "occupant":
        more = InstalledLoad(diameter_mm=by, height_m=Decimal(90), area_m2=by, width_mm=by, mass_kg_m=by)
        return replace(facts, present=tuple(replace(each, loads=(*each.loads, more)) for each in facts.present))
    if kind == "places":
        return replace(facts, room=replace(facts.room, quantity=facts.room.quantity + 1))
    names = {field.name for field in fields(facts)}
    wanted = {"size": ("cable_diameter_mm", "exposed_area_m2", "width_mm", "mass_kg_m"), "number": ("cables",)}[kind]
    values = {name: getattr(facts, name) for name in wanted if name in names}
    step = 1 if kind == "number" else by
    return replace(facts, **{name: value + step for name, value in values.items() if value is not None})


@given(cases, st.sampled_from(["occupant", "size", "number"]), amount("0.1", 40))
def test_more_load_never_makes_a_verdict_better(facts, kind, by):
    assert RANK[verdict(heavier(facts, kind, by))] >= RANK[verdict(facts)]


@given(cases)
def test_more_places_never_make_a_verdict_better_where_they_are_shared(facts):
    if not getattr(facts, "is_whole", False):
        assert RANK[verdict(heavier(facts, "places", Decimal(1)))] >= RANK[verdict(facts)]


@given(poles, amount("0.1", 40))
def test_a_longer_heavier_slacker_span_never_makes_a_verdict_better(facts, by):
    span = facts.span
    worse = replace(
        span,
        span_m=span.span_m and span.span_m + by,
        mass_kg_m=span.mass_kg_m and span.mass_kg_m + by,
        tension_n=span.tension_n and span.tension_n / (1 + by),
    )
    assert RANK[verdict(replace(facts, span=worse))] >= RANK[verdict(facts)]


#: What a verdict "fits" may do without: either of two measures, and what is said besides.
SPARED = {
    "nominal_diameter_mm",
    "inner_diameter_mm",
    "sub_duct_diameter_mm",
    "sub_ducts",
    "load_margin_pct",
    "tray_width_mm",
    "tray_rated_kg_m",
    "width_mm",
    "mass_kg_m",
    "cable_diameter_mm",
    "cables",
}


@given(cases, st.data())
def test_to_know_less_never_makes_it_fit(facts, data):
    if verdict(facts) is Verdict.FITS:
        return
    names = [f.name for f in fields(facts) if getattr(facts, f.name) is not None and f.name not in SPARED | {"room"}]
    names = [name for name in names if name not in {"present", "span", "is_whole"}]
    name = data.draw(st.sampled_from(names or ["present"]))
    if name == "present":
        less = replace(facts, present=(Inventory((InstalledLoad(),), complete=False),))
    else:
        less = replace(facts, **{name: None})
    assert verdict(less) is not Verdict.FITS


@given(cases)
def test_nothing_fits_beside_occupants_of_whom_nothing_is_known(facts):
    assert verdict(replace(facts, present=(Inventory((InstalledLoad(),)),))) is not Verdict.FITS
    assert verdict(replace(facts, present=(Inventory(complete=False),))) is not Verdict.FITS
    assert verdict(replace(facts, present=())) is not Verdict.FITS


@given(cases)
def test_nothing_fits_without_a_place_or_with_an_unknown_total(facts):
    for asked in (PlaceRoom(None, "", None, None, 1), PlaceRoom("Ống 1", "ống", None, None, 1)):
        assert verdict(replace(facts, room=asked)) is not Verdict.FITS


@given(st.sampled_from(list(CODES)))
def test_facts_of_which_nothing_is_known_need_a_study(kind):
    assert verdict(kind(room=room_of(1, 1))) is Verdict.NEEDS_STUDY


@given(cases)
def test_the_verdict_is_the_worst_that_a_step_says_and_every_decision_is_in_words(facts):
    screening = SCREEN[CODES[type(facts)]](facts, RULES)
    verdicts = [step.verdict for step in screening.steps if step.verdict is not None]
    assert screening.verdict is max(verdicts, key=RANK.get)
    assert all(step.text for step in screening.steps)
