"""What can be shared near a place: what fits first, then the nearest; what is not known never fits."""

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registry.audit.access_log import logged_accesses
from registry.capacity.commands import AddEntry
from registry.capacity.models import EntryState
from registry.capacity.service import add_entry
from registry.planned_sites import queries
from registry.planned_sites.queries import find_near
from registry.planned_sites.rules import Fit, Need
from registry.structures.commands import EditStructure
from registry.structures.filtering.filter import Near
from registry.structures.writing import edit_structure
from tests.factories.sites import away, hosting
from tests.factories.structures import HAC_THANH, make, organisation_id, values_for

HERE = Near(*HAC_THANH, 500)
TOWER = "antenna_tower"
FLOOR = ("Sàn 32 m", "position", 3)


def find(ctx_of, username, need, around=HERE):
    with ctx_of(username, read_only=True) as ctx:
        return find_near(ctx, around, need)


def fits(answer):
    return {item.structure.code: item.verdict.fit for item in answer.found}


def test_what_fits_comes_first_then_the_nearest(ctx_of):
    with ctx_of("viettel") as ctx:
        full = hosting(ctx, 40, ("Sàn 32 m", "position", 1))
        far, near = hosting(ctx, 300, FLOOR), hosting(ctx, 120, FLOOR)
        hosting(ctx, 510, FLOOR)
        unknown = hosting(ctx, 20, ("Sàn 32 m", "position", None))
    answer = find(ctx_of, "vnpt", Need(TOWER, 2))
    assert [(item.structure.code, item.metres) for item in answer.found] == [
        (near.code, 120),
        (far.code, 300),
        (unknown.code, 20),
        (full.code, 40),
    ]
    assert [item.verdict.fit for item in answer.found] == [Fit.FITS, Fit.FITS, Fit.UNSURE, Fit.NOT]
    assert answer.fitting == 2
    assert not answer.is_cut


def test_each_says_why_with_what_is_free_and_held(ctx_of):
    with ctx_of("viettel") as ctx:
        tower = hosting(ctx, 10, FLOOR)
        add_entry(ctx, AddEntry(tower.code, "Sàn 32 m", 2, state=EntryState.USED))
    (enough,) = find(ctx_of, "vnpt", Need(TOWER, 1)).found
    assert enough.verdict.reasons == ("Còn trống 1 vị trí; cần 1.",)
    assert (enough.verdict.free, enough.verdict.total, enough.verdict.reserved) == (1, 3, 0)
    (lacking,) = find(ctx_of, "vnpt", Need(TOWER, 2)).found
    assert lacking.verdict.reasons == ("Chỉ còn trống 1 vị trí; cần 2.",)


def test_an_unknown_total_fits_only_where_the_rest_is_enough(ctx_of):
    with ctx_of("viettel") as ctx:
        tower = hosting(ctx, 10, FLOOR, ("Sàn 20 m", "position", None))
    assert fits(find(ctx_of, "vnpt", Need(TOWER, 3)))[tower.code] is Fit.FITS
    answer = find(ctx_of, "vnpt", Need(TOWER, 4))
    assert fits(answer)[tower.code] is Fit.UNSURE
    assert answer.found[0].verdict.free is None
    assert answer.found[0].verdict.reasons == ("Chưa rõ tổng số vị trí.",)


def test_positions_count_from_the_height_that_is_needed(ctx_of):
    with ctx_of("viettel") as ctx:
        tower = hosting(ctx, 10, FLOOR, ("Sàn 20,5 m", "position", 6), height_m="42")
        low = hosting(ctx, 20, ("Thân cột", "position", 6), height_m="25")
        untold = hosting(ctx, 30, ("Thân cột", "position", 6), height_m="42")
    search_result = find(ctx_of, "vnpt", Need(TOWER, 3, least_height_m=Decimal(30)))
    assert fits(search_result) == {tower.code: Fit.FITS, low.code: Fit.NOT, untold.code: Fit.UNSURE}
    reasons = {item.structure.code: item.verdict.reasons for item in search_result.found}
    assert reasons[tower.code] == ("Còn trống 3 vị trí ở cao độ từ 30\N{NO-BREAK SPACE}m; cần 3.",)
    assert reasons[low.code][0] == "“Chiều cao cột” là 25\N{NO-BREAK SPACE}m, nhỏ hơn 30\N{NO-BREAK SPACE}m cần có."
    assert reasons[untold.code] == ("Chưa rõ cao độ của 6 vị trí còn trống.",)
    assert fits(find(ctx_of, "vnpt", Need(TOWER, 7, least_height_m=Decimal("20.5"))))[tower.code] is Fit.FITS
    assert fits(find(ctx_of, "vnpt", Need(TOWER, 7, least_height_m=Decimal(21))))[tower.code] is Fit.NOT


def test_bores_count_from_the_diameter_that_is_needed_and_levels_and_cables_by_number(ctx_of):
    with ctx_of("vnpt") as ctx:
        bores = [(f"Ống {number}", "bore", 1) for number in range(1, 4)]
        wide = hosting(ctx, 0, *bores, owner="vnpt", kind="cable_duct", bore_diameter_mm="110")
        narrow = hosting(ctx, 0, *bores, owner="vnpt", kind="cable_duct", bore_diameter_mm="56")
        untold = hosting(ctx, 0, *bores, owner="vnpt", kind="cable_duct", bore_diameter_mm="")
        pole = hosting(ctx, 5, ("Vị trí treo cáp", "cable", 4), owner="vnpt", kind="cable_pole")
        trench = hosting(ctx, 0, ("Tầng 1", "level", 1), owner="vnpt", kind="technical_trench")
        manhole = hosting(ctx, 9, ("Bể", "cable", 2), owner="vnpt", kind="manhole")
        mixed = [("Ống 1", "bore", 1, {"diameter_mm": Decimal(63)}), ("Ống 2", "bore", 2, {"diameter_mm": Decimal(40)})]
        duct = hosting(ctx, 0, *mixed, owner="vnpt", kind="cable_duct", bore_diameter_mm="110")
        two = hosting(ctx, 0, *mixed, ("Ống 3", "bore", 1), owner="vnpt", kind="cable_duct", bore_diameter_mm="110")
        ask = hosting(ctx, 0, *mixed, ("Ống 3", "bore", 1), owner="vnpt", kind="cable_duct", bore_diameter_mm="")
    ducts = find(ctx_of, "viettel", Need("cable_duct", 2, least_diameter_mm=Decimal(63)))
    assert fits(ducts) == {
        wide.code: Fit.FITS,
        narrow.code: Fit.NOT,
        untold.code: Fit.UNSURE,
        duct.code: Fit.NOT,
        two.code: Fit.FITS,
        ask.code: Fit.UNSURE,
    }
    assert fits(find(ctx_of, "viettel", Need("cable_pole", 4))) == {pole.code: Fit.FITS}
    assert fits(find(ctx_of, "viettel", Need("technical_trench", 2))) == {trench.code: Fit.NOT}
    assert fits(find(ctx_of, "viettel", Need("manhole", 2))) == {manhole.code: Fit.FITS}


def test_a_line_is_as_far_as_its_nearest_point(ctx_of):
    with ctx_of("vnpt") as ctx:
        duct = hosting(ctx, -100, owner="vnpt", kind="cable_duct", north_m=-100)
    (match,) = find(ctx_of, "viettel", Need("cable_duct")).found
    assert match.structure.code == duct.code
    # It leads past the place to the north-east.
    assert match.metres < 20


def test_what_is_not_published_is_known_by_its_cell_only(ctx_of):
    with ctx_of("viettel") as ctx:
        make(ctx, at=away(60), name="Trạm kín")
        make(ctx, at=away(2500), name="Trạm xa")
        make(ctx, at=away(70), sharing_status="restricted")
        make(ctx, at=away(80), status="planned")
    answer = find(ctx_of, "vnpt", Need(TOWER), Near(*HAC_THANH, 1500))
    assert answer.found == ()
    assert (answer.cells[0].owner_category.value, answer.cells[0].count) == ("operator", 1)
    assert answer.cells[0].metres == 0
    # Of the far one the cell reaches into the surroundings or not; its own distance plays no part.
    assert all(group.metres <= 1500 for group in answer.cells)
    own = find(ctx_of, "viettel", Need(TOWER), Near(*HAC_THANH, 3000))
    assert len(own.found) == 4
    assert own.cells == ()
    everything = find(ctx_of, "so.khcn", Need(TOWER), Near(*HAC_THANH, 3000))
    assert len(everything.found) == 4


def test_the_public_is_told_cells_alone(ctx_of):
    with ctx_of("viettel") as ctx:
        hosting(ctx, 10, FLOOR)
    answer = find(ctx_of, None, Need(TOWER))
    assert answer.found == ()
    assert sum(group.count for group in answer.cells) == 1


def test_statuses_that_do_not_offer_the_place_are_named(ctx_of):
    with ctx_of("viettel") as ctx:
        upgradable = hosting(ctx, 10, FLOOR, sharing_status="upgradable")
        mine = hosting(ctx, 20, FLOOR, sharing_status="exclusive_full")
        resting = hosting(ctx, 30, FLOOR, status="suspended")
    rival = find(ctx_of, "vnpt", Need(TOWER))
    assert fits(rival) == {upgradable.code: Fit.UNSURE}
    assert "“Dùng chung được nếu nâng cấp”" in rival.found[0].verdict.reasons[0]
    lead = find(ctx_of, "so.khcn", Need(TOWER))
    assert fits(lead) == {upgradable.code: Fit.UNSURE, mine.code: Fit.NOT, resting.code: Fit.NOT}
    owner = {item.structure.code: item.verdict for item in find(ctx_of, "viettel", Need(TOWER)).found}
    assert owner[mine.code].fit is Fit.UNSURE
    assert owner[mine.code].reasons[0] == "Công trình của chính đơn vị, không cần đề nghị."
    assert owner[resting.code].reasons[0] == "Công trình đang ở trạng thái “Tạm ngừng”."


def test_at_most_fifty_are_shown_the_fitting_ones_first(ctx_of, monkeypatch):
    assert queries.MAX_RESULTS == 50
    monkeypatch.setattr(queries, "MAX_RESULTS", 6)
    with ctx_of("vnpt") as ctx:
        for number in range(6):
            hosting(ctx, 10 + number, owner="vnpt", kind="cable_pole")
        last = hosting(ctx, 400, ("Vị trí treo cáp", "cable", 4), owner="vnpt", kind="cable_pole")
    answer = find(ctx_of, "viettel", Need("cable_pole"))
    assert len(answer.found) == 6
    assert answer.found[0].structure.code == last.code
    assert answer.is_cut


def test_the_look_is_noted_for_the_owners_of_what_was_shown(ctx_of):
    with ctx_of("viettel") as ctx:
        hosting(ctx, 10, FLOOR)
        viettel = organisation_id(ctx.session, "viettel")
    with ctx_of("vnpt", read_only=True) as ctx:
        find_near(ctx, HERE, Need(TOWER))
        looks, owners = logged_accesses(ctx)
        assert owners == {viettel}
        assert [(look["what"], look["rows"]) for look in looks] == [("nearest", 1)]


def test_the_nearest_are_those_of_a_search_without_an_index(ctx_of):
    """Towers at random: the order is that of the distances on the plane."""
    places = [(x * 37 % 460, x * 53 % 170) for x in range(1, 16)]
    with ctx_of("viettel") as ctx:
        distances = {
            hosting(ctx, east, FLOOR, north_m=north).code: (east**2 + north**2) ** 0.5 for east, north in places
        }
    expected = [code for code, metres in sorted(distances.items(), key=lambda pair: pair[1]) if metres <= 400]
    answer = find(ctx_of, "vnpt", Need(TOWER), Near(*HAC_THANH, 400))
    assert [item.structure.code for item in answer.found] == expected
    for item in answer.found:
        assert item.structure.metres == pytest.approx(distances[item.structure.code], abs=0.05)


PLACES = st.lists(
    st.tuples(
        st.sampled_from(["Sàn 32 m", "Sàn 20m", "Gá 28,5 M", "Thân cột", "Ống 110 mm", "Đỉnh 41.25 m"]),
        st.just("position"),
        st.one_of(st.none(), st.integers(0, 4)),
    ),
    max_size=3,
    unique_by=lambda position: position[0],
)


NEEDS = st.tuples(
    PLACES,
    st.sampled_from(["available", "shared_available", "upgradable"]),
    st.integers(1, 5),
    st.one_of(st.none(), st.sampled_from(["20", "28.5", "28.6", "33", "50"])),
)
CHANCES = {"deadline": None, "suppress_health_check": [HealthCheck.function_scoped_fixture]}


@given(needs=NEEDS)
@settings(max_examples=12, **CHANCES)
def test_the_database_and_the_rule_agree_on_what_fits(ctx_of, database, needs):
    agree_on_what_fits(ctx_of, database, *needs)


@pytest.mark.trial
@given(needs=NEEDS)
@settings(max_examples=100, **CHANCES)
def test_the_database_and_the_rule_agree_on_much_that_fits(ctx_of, database, needs):
    agree_on_what_fits(ctx_of, database, *needs)


def agree_on_what_fits(ctx_of, database, places, sharing, quantity, height):
    """What the search takes for fitting is exactly what the reader is told fits."""
    need = Need(TOWER, quantity, least_height_m=Decimal(height) if height else None)
    savepoint = database._bind.begin_nested()
    with ctx_of("viettel") as ctx:
        tower = hosting(ctx, 10, *places, sharing_status=sharing)
        # Nearer ones that fit nothing: where the search does not find the tower, it comes after them.
        for number in range(2):
            hosting(ctx, 1 + number)
    answer = find(ctx_of, "vnpt", need)
    savepoint.rollback()
    verdict = next(item.verdict for item in answer.found if item.structure.code == tower.code)
    assert (answer.found[0].structure.code == tower.code) == (verdict.fit is Fit.FITS)
    searched = answer.fitting
    assert searched == int(verdict.fit is Fit.FITS)


def test_withdrawing_from_sharing_takes_it_out_at_once(ctx_of):
    with ctx_of("viettel") as ctx:
        tower = hosting(ctx, 10, FLOOR)
    assert fits(find(ctx_of, "vnpt", Need(TOWER))) == {tower.code: Fit.FITS}
    with ctx_of("viettel") as ctx:
        values = values_for(TOWER, own_code="x", sharing_status="not_assessed")
        edit_structure(ctx, EditStructure(tower.code, tower.version, {"sharing_status": values["sharing_status"]}))
    assert find(ctx_of, "vnpt", Need(TOWER)).found == ()
