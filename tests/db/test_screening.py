"""Screening: the settings of standards and owners, and what is kept of it when a request is sent."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from registry.audit.chain import record
from registry.colocation.codes import ColocationState
from registry.colocation.item_views import exact_structure_ids, view_items
from registry.colocation.models import ColocationRequest
from registry.colocation.screening.models import ColocationScreening, SpanOver, Verdict
from registry.colocation.screening.service import screen_now, stored_screenings
from registry.kernel.dated_settings import setting_rows
from tests.factories.colocation import accept, draft, filed, fill, items_of, move, tower, unpublish
from tests.factories.screening import TOWER, ask, change, screened
from tests.support.screening import shipped
from tests.support.statements import statements_of

FITS, STUDY, NOT = Verdict.FITS, Verdict.NEEDS_STUDY, Verdict.DOES_NOT_FIT


def kept(ctx, request):
    """What was said when a request was sent, of the structures that the reader sees."""
    return stored_screenings(ctx, request, exact_structure_ids(view_items(ctx, request)))


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
        limits = {name: value for name, value in rows[key].value.items() if name != "nothing"}
        assert json.loads(json.dumps(limits), parse_float=Decimal, parse_int=Decimal) == {
            name: [{n: Decimal(v) for n, v in step.items()} for step in value] if name == "steps" else Decimal(value)
            for name, value in stated.items()
        }


# --- settings


def test_an_owners_own_limit_goes_before_the_standard_and_both_are_named(ctx_of, built):
    structure = built("cable_duct")
    with ctx_of("vnpt") as ctx:
        assert screened(ctx, structure, cables=3, cable_diameter_mm=Decimal(40)).verdict is NOT
    with ctx_of("so.khcn") as ctx:
        set_limit(ctx, "screening.duct@viettel", {"fill_pct": 50})
    with ctx_of("vnpt") as ctx:
        screening = screened(ctx, structure, cables=3, cable_diameter_mm=Decimal(40))
    assert screening.verdict is FITS
    assert [citation.needs_verification for citation in screening.citations] == [True, False]


def test_figures_that_are_no_object_are_left_out(ctx_of, built, verdict):
    structure = built("cable_duct")
    with ctx_of("so.khcn") as ctx:
        set_limit(ctx, "screening.duct@viettel", 50)
    assert verdict(structure) is FITS


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


@pytest.mark.parametrize(
    "value", [{"fill_pct": "bốn mươi"}, {"fill_pct": None}, {"wall_mm": []}, {"wall_mm": "NaN"}], ids=str
)
def test_a_setting_that_is_written_wrongly_stops_no_request(ctx_of, built, value):
    structure = built("cable_duct")
    with ctx_of("so.khcn") as ctx:
        set_limit(ctx, "screening.duct@viettel", value)
    with ctx_of("vnpt") as ctx:
        request = move(ctx, ask(ctx, structure), "submit")
        (row,) = rows_of(ctx, request.id)
    assert (request.state, row.verdict, row.calculator) == (ColocationState.UNDER_REVIEW, STUDY, "none")
    assert "khai sai" in row.lines["vi"]["steps"][0]["text"]


def test_before_the_first_day_of_a_standard_nothing_fits_and_nothing_breaks(ctx_of, built):
    structure = built("cable_duct")
    with ctx_of("so.khcn") as ctx:
        ctx.session.execute(text("UPDATE dated_setting SET valid_from = '2090-01-01' WHERE key = 'screening.duct'"))
        record(ctx, "test.limit", "dated_setting", None)
    with ctx_of("vnpt") as ctx:
        assert screened(ctx, structure).verdict is STUDY


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
        before = kept(ctx, request)
    with ctx_of("viettel") as ctx:
        change(ctx, structure.code, rated_area_m2=Decimal(1))
    with ctx_of("so.khcn") as ctx:
        set_limit(ctx, "screening.tower@viettel", {"area_pct": 1, "separation_m": 90})
    with ctx_of("vnpt") as ctx:
        assert kept(ctx, ctx.session.get_one(ColocationRequest, request.id)) == before
    assert [screening.verdict for screening in before.values()] == [FITS]


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
        assert len(kept(ctx, request)) == len(codes)


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
        assert kept(ctx, case) == {}
        assert screen_now(ctx, case) == {}
    with ctx_of("viettel") as ctx:
        assert len(kept(ctx, ctx.session.get_one(ColocationRequest, request.id))) == 1


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
        with statements_of(database) as asked:
            assert len(screen_now(ctx, request)) == len(codes)
        assert len(asked) <= 12
