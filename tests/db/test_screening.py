"""Screening from the register: facts of structures and occupants, settings of owners, what is kept at filing."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import event, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from registry.audit.chain import record
from registry.capacity.models import CapacityEntry, PlaceUnit
from registry.colocation.models import ColocationRequest, ColocationState
from registry.colocation.screening.codes import SpanOver, Verdict
from registry.colocation.screening.models import ColocationScreening
from registry.colocation.screening.service import kept_screenings, screen_now
from registry.kernel.dated import setting_rows
from tests.factories.cables import cable
from tests.factories.colocation import accept, draft, filed, fill, items_of, move, tower, unpublish
from tests.factories.screening import KINDS, TOWER, ask, change, occupy, screened, site
from tests.factories.structures import make
from tests.support.screening import shipped

FITS, STUDY, NOT = Verdict.FITS, Verdict.NEEDS_STUDY, Verdict.DOES_NOT_FIT


@pytest.fixture
def built(ctx_of):
    """A function: a structure of Viettel of a kind, as `factories.screening.site` makes it."""

    def build(kind, **options):
        with ctx_of("viettel") as ctx:
            return site(ctx, kind, **options)

    return build


@pytest.fixture
def used(ctx_of):
    """A function: Viettel says what is at a place."""

    def enter(structure, place, quantity=1, **loads):
        with ctx_of("viettel") as ctx:
            occupy(ctx, structure.code, place, quantity, **loads)

    return enter


@pytest.fixture
def verdict(ctx_of):
    """A function: what the screening says to VNPT of a draft for a structure."""

    def read(structure, **values):
        with ctx_of("vnpt") as ctx:
            return screened(ctx, structure, **values).verdict

    return read


def set_limit(ctx, key, value):
    """A dated setting of the test."""
    ctx.session.execute(
        text(
            "INSERT INTO dated_setting (key, valid_from, value, source, needs_verification)"
            " VALUES (:key, '2001-01-01', CAST(:value AS jsonb), 'Tiêu chuẩn của chủ sở hữu', false)"
        ),
        {"key": key, "value": json.dumps(value)},
    )
    record(ctx, "test.limit", "dated_setting", None)


def rows_of(ctx, request_id):
    query = select(ColocationScreening).where(ColocationScreening.request_id == request_id)
    return list(ctx.session.scalars(query.order_by(ColocationScreening.id)))


def test_the_shipped_limits_are_those_of_the_document(ctx_of):
    values = shipped().values
    with ctx_of("so.khcn") as ctx:
        rows = setting_rows(ctx.session, values, ctx.today)
    assert all(row.needs_verification and row.source for row in rows.values())
    for key, stated in values.items():
        found = {name: value for name, value in rows[key].value.items() if name != "nothing"}
        assert json.loads(json.dumps(found), parse_float=Decimal, parse_int=Decimal) == {
            name: [{n: Decimal(v) for n, v in step.items()} for step in value] if name == "steps" else Decimal(value)
            for name, value in stated.items()
        }


# --- facts


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_that_has_a_calculator_can_fit(built, verdict, kind):
    assert verdict(built(kind)) is FITS


@pytest.mark.parametrize("kind", KINDS)
def test_without_a_place_or_a_total_each_kind_needs_a_study(built, verdict, kind):
    assert verdict(built(kind, total=None)) is STUDY
    assert verdict(built(kind), place="Không có vị trí này") is STUDY


@pytest.mark.parametrize("kind", ["site_house", "manhole", "pole_line"])
def test_a_kind_without_a_calculator_needs_a_study_and_says_so(ctx_of, kind):
    with ctx_of("viettel") as ctx:
        made = make(ctx, kind=kind, sharing_status="available")
    with ctx_of("vnpt") as ctx:
        (found,) = screen_now(ctx, draft(ctx, made.code)).values()
    assert found.verdict is STUDY
    assert "chưa có phép tính sơ bộ" in found.steps[0][1]


@pytest.mark.parametrize(
    ("kind", "unsaid"),
    [
        ("antenna_tower", {"rated_area_m2": ""}),
        ("antenna_tower", {"mast_form": ""}),
        ("cable_pole", {"rated_top_load_n": ""}),
        ("cable_pole", {"pole_role": ""}),
        ("power_pole_shared", {"voltage_kv": ""}),
        ("cable_duct", {"bore_diameter_mm": ""}),
        ("technical_trench", {"tray_width_mm": "", "tray_rated_kg_m": ""}),
    ],
    ids=str,
)
def test_what_the_owner_did_not_say_makes_it_a_study(built, verdict, kind, unsaid):
    assert verdict(built(kind, **unsaid)) is STUDY


def test_a_tower_counts_what_hangs_there_with_its_height(built, used, verdict):
    structure = built("antenna_tower", places={"Sàn 36 m": PlaceUnit.POSITION, "Sàn 40 m": PlaceUnit.POSITION})
    used(structure, "Sàn 40 m", exposed_area_m2="10.4")
    # 10.4 m² at the height that the label tells and 2.4 m² at 36 m are 502.4 of 504 m³.
    assert verdict(structure) is FITS
    assert verdict(structure, exposed_area_m2=Decimal("2.445")) is NOT
    used(structure, "Sàn 40 m")
    assert verdict(structure) is STUDY


def test_the_height_that_the_owner_wrote_goes_before_that_of_the_label(built, used, verdict):
    structure = built("antenna_tower")
    used(structure, "Sàn 36 m", exposed_area_m2="1", attach_height_m="39")
    assert verdict(structure) is FITS
    used(structure, "Sàn 36 m", exposed_area_m2="1")
    assert verdict(structure) is STUDY


def test_an_empty_bore_is_taken_whole_and_its_neighbours_do_not_matter(built, used, verdict):
    structure = built("cable_duct")
    used(structure, "Ống", 2, cable_diameter_mm="90")
    assert verdict(structure) is FITS
    used(structure, "Ống", 1)
    assert verdict(structure) is NOT


def test_a_bore_that_is_counted_in_cables_is_shared(built, used, verdict):
    structure = built("cable_duct", total=5, places={"Ống 1": PlaceUnit.CABLE, "Ống 2": PlaceUnit.CABLE})
    used(structure, "Ống 1", 2, cable_diameter_mm="36")
    used(structure, "Ống 2", 1, cable_diameter_mm="90")
    # 2 × 36² + 2 × 26.5² = 3996.5 of the 4000 that a pipe of 110 with walls of five allows.
    assert verdict(structure, place="Ống 1", cable_diameter_mm=Decimal("26.5")) is FITS
    assert verdict(structure, place="Ống 1", cable_diameter_mm=Decimal("26.6")) is NOT
    assert verdict(structure, place="Ống 2") is NOT
    used(structure, "Ống 1", 1)
    assert verdict(structure, place="Ống 1") is STUDY


def test_recorded_cables_without_any_place_in_use_may_lie_in_any_bore(ctx_of, built, used, verdict):
    structure = built("cable_duct")
    with ctx_of("viettel") as ctx:
        cable(ctx, structure, outer_diameter_mm="10")
    assert verdict(structure) is STUDY
    used(structure, "Ống", 1)
    assert verdict(structure) is FITS


def test_in_a_single_bore_recorded_cables_count_with_their_diameters(ctx_of, built, verdict):
    structure = built("cable_duct", bore_count="1", places={"Ống 1": PlaceUnit.CABLE})
    with ctx_of("vnpt") as ctx:
        cable(ctx, structure.code, owner="vnpt", outer_diameter_mm="55")
    # 55² + 2 × 20² = 3825 of 4000.
    assert verdict(structure) is FITS
    with ctx_of("vnpt") as ctx:
        cable(ctx, structure.code, owner="vnpt", outer_diameter_mm="14")
    assert verdict(structure) is NOT


def test_a_cable_that_the_requester_may_not_see_counts_as_an_unknown_one(ctx_of, built, verdict):
    structure = built("cable_duct", bore_count="1", places={"Ống 1": PlaceUnit.CABLE})
    with ctx_of("viettel") as ctx:
        cable(ctx, structure, outer_diameter_mm="5", sharing_status="restricted")
    with ctx_of("vnpt") as ctx:
        found = screened(ctx, structure)
        assert found.verdict is STUDY
        hidden = [words for _verdict, words in found.steps]
    with ctx_of("viettel") as ctx:
        bare = site(ctx, "cable_duct", bore_count="1", places={"Ống 1": PlaceUnit.CABLE})
    with ctx_of("vnpt") as ctx:
        cable(ctx, bare.code, owner="vnpt")
        # As of one that is seen and whose owner declared no diameter.
        assert [words for _verdict, words in screened(ctx, bare).steps] == hidden


def test_removed_and_planned_cables_take_no_room_and_dead_ones_do(ctx_of, built, verdict):
    structure = built("cable_pole")
    with ctx_of("vnpt") as ctx:
        cable(ctx, structure.code, owner="vnpt", status="planned", installed_on="")
        gone = {"installed_on": "01/02/2020", "removed_on": "01/02/2026"}
        cable(ctx, structure.code, owner="vnpt", **gone)
    assert verdict(structure) is FITS
    with ctx_of("vnpt") as ctx:
        dead = {"dead_flag": "true", "dead_on": "01/02/2026", "dead_evidence": "Biên bản 12"}
        cable(ctx, structure.code, owner="vnpt", **dead)
    assert verdict(structure) is STUDY


def test_a_recorded_cable_hangs_at_most_at_the_top_of_its_pole(ctx_of, built, verdict):
    structure = built("cable_pole")
    with ctx_of("vnpt") as ctx:
        cable(ctx, structure.code, owner="vnpt", outer_diameter_mm="23.5")
    # 1410 N at 7.1 m at most: 10 011 of the 10 065 N·m that 70 % leave beside the new one.
    assert verdict(structure) is FITS
    with ctx_of("vnpt") as ctx:
        cable(ctx, structure.code, owner="vnpt", outer_diameter_mm="1")
    assert verdict(structure) is STUDY


def test_a_cable_over_a_pole_twice_hangs_there_once(ctx_of, built, verdict):
    structure, other = built("cable_pole"), built("cable_pole")
    with ctx_of("vnpt") as ctx:
        cable(ctx, structure.code, other.code, structure.code, owner="vnpt", outer_diameter_mm="23.5")
    assert verdict(structure) is FITS


def test_what_an_accepted_request_said_counts_for_the_next(ctx_of, built, verdict):
    structure = built("antenna_tower")
    with ctx_of("vnpt") as ctx:
        request = move(ctx, ask(ctx, structure, attach_height_m=Decimal(40), exposed_area_m2=Decimal("10.4")), "submit")
    with ctx_of("viettel") as ctx:
        accept(ctx, ctx.session.get_one(ColocationRequest, request.id))
        (entry,) = ctx.session.scalars(select(CapacityEntry))
        assert entry.exposed_area_m2 is None
    assert verdict(structure) is FITS
    assert verdict(structure, exposed_area_m2=Decimal("2.445")) is NOT


def test_the_level_of_a_trench_is_shared_where_it_is_counted_otherwise(built, used, verdict):
    structure = built("technical_trench", total=9, places={"Tầng 1": PlaceUnit.CABLE, "Tầng 2": PlaceUnit.CABLE})
    used(structure, "Tầng 1", tray_width_mm="220", load_kg_m="11.4")
    used(structure, "Tầng 2", tray_width_mm="220.1", load_kg_m="1")
    assert verdict(structure, place="Tầng 1") is FITS
    assert verdict(structure, place="Tầng 2") is NOT


@pytest.mark.parametrize(("cables", "expected"), [(3, FITS), (4, NOT)])
def test_a_place_counted_in_cables_has_to_have_one_for_each(built, verdict, cables, expected):
    structure = built("cable_pole", rated_top_load_n="9000")
    assert verdict(structure, cables=cables) is expected


@pytest.mark.parametrize(
    ("kind", "crosses", "expected"),
    [
        ("cable_pole", "lane", {"screening.pole", "pole.clearance_m"}),
        ("cable_pole", "nothing", {"screening.pole"}),
        ("power_pole_shared", "nothing", {"screening.pole", "pole.power_distance_m"}),
    ],
)
def test_only_the_papers_that_were_used_are_named(ctx_of, built, kind, crosses, expected):
    structure = built(kind)
    with ctx_of("vnpt") as ctx:
        request = move(ctx, ask(ctx, structure, crosses=SpanOver(crosses)), "submit")
        (row,) = rows_of(ctx, request.id)
    assert {paper["key"] for paper in row.settings} == expected


# --- settings


def test_an_owners_own_limit_goes_before_the_standard_and_both_are_named(ctx_of, built):
    structure = built("cable_duct")
    with ctx_of("vnpt") as ctx:
        assert screened(ctx, structure, cables=3, cable_diameter_mm=Decimal(40)).verdict is NOT
    with ctx_of("so.khcn") as ctx:
        set_limit(ctx, "screening.duct@viettel", {"fill_pct": 50})
    with ctx_of("vnpt") as ctx:
        found = screened(ctx, structure, cables=3, cable_diameter_mm=Decimal(40))
    assert found.verdict is FITS
    assert [paper.needs_verification for paper in found.papers] == [True, False]


def test_the_limit_of_one_owner_is_not_anothers(ctx_of, built, verdict):
    structure = built("cable_duct")
    with ctx_of("so.khcn") as ctx:
        set_limit(ctx, "screening.duct@vnpt", {"fill_pct": 50})
    assert verdict(structure, cables=3, cable_diameter_mm=Decimal(40)) is NOT


def test_a_later_row_of_a_standard_holds_from_its_day(ctx_of, built, verdict):
    structure = built("cable_duct")
    with ctx_of("so.khcn") as ctx:
        set_limit(ctx, "screening.duct", {"fill_pct": 5, "wall_mm": 5})
    assert verdict(structure) is NOT


# --- kept at filing


def test_what_does_not_fit_is_sent_all_the_same(ctx_of, built):
    structure = built("antenna_tower", rated_area_m2="1")
    with ctx_of("vnpt") as ctx:
        request = move(ctx, ask(ctx, structure), "submit")
        assert request.state is ColocationState.UNDER_REVIEW
        (row,) = rows_of(ctx, request.id)
        assert row.verdict is NOT


def test_lines_facts_and_settings_are_kept_as_they_were(ctx_of, built, used):
    structure = built("antenna_tower")
    used(structure, "Sàn 36 m", holder="MobiFone", exposed_area_m2="1", attach_height_m="40")
    with ctx_of("vnpt") as ctx:
        request = move(ctx, ask(ctx, structure), "submit")
        (row,) = rows_of(ctx, request.id)
    assert (row.calculator, row.verdict, row.computed_at) == ("tower", FITS, request.filed_at)
    assert row.inputs["exposed_area_m2"] == "2.400"
    assert row.inputs["present"][0]["loads"][0]["area_m2"] == "1.000"
    assert [(each["key"], each["value"]["area_pct"]) for each in row.settings] == [("screening.tower", 100)]
    assert any("36 m × " in step["text"] or "× 36 m" in step["text"] for step in row.lines["vi"]["steps"])
    assert row.lines["vi"]["assumptions"]
    kept = json.dumps([row.lines, row.inputs], ensure_ascii=False)
    assert "MobiFone" not in kept


def test_no_later_change_rewrites_what_was_said(ctx_of, built):
    structure = built("antenna_tower")
    with ctx_of("vnpt") as ctx:
        request = move(ctx, ask(ctx, structure), "submit")
        before = kept_screenings(ctx, request)
    with ctx_of("viettel") as ctx:
        change(ctx, structure.code, rated_area_m2=Decimal(1))
    with ctx_of("so.khcn") as ctx:
        set_limit(ctx, "screening.tower@viettel", {"area_pct": 1, "separation_m": 90})
    with ctx_of("vnpt") as ctx:
        assert kept_screenings(ctx, ctx.session.get_one(ColocationRequest, request.id)) == before
    assert [found.verdict for found in before.values()] == [FITS]


@pytest.mark.parametrize(
    "statement", ["UPDATE colocation_screening SET verdict = 'fits'", "DELETE FROM colocation_screening"]
)
def test_the_application_may_neither_change_nor_delete_it(ctx_of, built, statement):
    structure = built("antenna_tower", rated_area_m2="1")
    with ctx_of("vnpt") as ctx:
        move(ctx, ask(ctx, structure), "submit")
        with pytest.raises(DBAPIError, match="permission denied"), ctx.session.begin_nested():
            ctx.session.execute(text(statement))


def test_the_database_lets_nothing_fit_without_a_calculation(ctx_of, built):
    structure = built("antenna_tower")
    with ctx_of("vnpt") as ctx:
        request = move(ctx, ask(ctx, structure), "submit")
        (row,) = rows_of(ctx, request.id)
        names = ("request_id", "structure_id", "calculator", "verdict", "lines", "inputs", "settings")
        values = {name: getattr(row, name) for name in names} | {"computed_at": ctx.now + timedelta(days=1)}
        for wrong in ({"calculator": "none"}, {"lines": {"vi": {"steps": []}}}, {"lines": {}}):
            with pytest.raises(IntegrityError, match="ck_colocation_screening"), ctx.session.begin_nested():
                ctx.session.add(ColocationScreening(**(values | wrong)))


def test_each_structure_of_a_request_has_its_own_row(ctx_of):
    with ctx_of("viettel") as ctx:
        codes = [tower(ctx).code, tower(ctx, **TOWER).code]
    with ctx_of("vnpt") as ctx:
        request = filed(ctx, *codes)
        assert [row.verdict for row in rows_of(ctx, request.id)] == [STUDY, STUDY]
        assert len(kept_screenings(ctx, request)) == len(codes)


def test_answered_items_are_screened_no_more(ctx_of, built):
    structure = built("antenna_tower")
    with ctx_of("vnpt") as ctx:
        request = move(ctx, ask(ctx, structure), "submit")
    with ctx_of("viettel") as ctx:
        accept(ctx, ctx.session.get_one(ColocationRequest, request.id))
    with ctx_of("vnpt") as ctx:
        assert screen_now(ctx, ctx.session.get_one(ColocationRequest, request.id)) == {}


def test_of_what_is_hidden_again_nothing_is_told(ctx_of, built):
    structure = built("antenna_tower")
    with ctx_of("vnpt") as ctx:
        request = move(ctx, ask(ctx, structure), "submit")
        move(ctx, request, "withdraw", reason=None)
    with ctx_of("viettel") as ctx:
        unpublish(ctx, structure.code)
    with ctx_of("vnpt") as ctx:
        case = ctx.session.get_one(ColocationRequest, request.id)
        assert kept_screenings(ctx, case) == {}
        assert screen_now(ctx, case) == {}
    with ctx_of("viettel") as ctx:
        assert len(kept_screenings(ctx, ctx.session.get_one(ColocationRequest, request.id))) == 1


def test_a_structure_hidden_from_a_draft_is_not_screened(ctx_of, built):
    structure = built("antenna_tower")
    with ctx_of("vnpt") as ctx:
        request = ask(ctx, structure)
    with ctx_of("viettel") as ctx:
        unpublish(ctx, structure.code)
    with ctx_of("vnpt") as ctx:
        assert screen_now(ctx, ctx.session.get_one(ColocationRequest, request.id)) == {}


def test_a_whole_request_is_screened_in_a_few_questions_however_long_it_is(ctx_of, database):
    with ctx_of("viettel") as ctx:
        codes = [tower(ctx, **TOWER).code for _number in range(12)]
    with ctx_of("vnpt") as ctx:
        request = fill(ctx, draft(ctx, *codes))
        assert len(items_of(ctx, request)) == len(codes)
        asked = []
        event.listen(database._bind, "before_cursor_execute", lambda *call: asked.append(call[2]))
        assert len(screen_now(ctx, request)) == len(codes)
        assert len(asked) <= 12
