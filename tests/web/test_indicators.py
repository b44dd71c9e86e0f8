"""The catalogue of indicators: who reads, who enters, what is kept of each value, and figures out of the register."""

import html
import io
import re
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import func, select, text

from registry.audit.models import AuditEvent
from registry.capacity.commands import AddEntry, SetPlace
from registry.capacity.models import PlaceUnit
from registry.capacity.service import add_entry, set_place
from registry.files.models import AttachmentLink
from registry.indicators.declared import FIGURES
from registry.indicators.models import Indicator, IndicatorTarget, IndicatorValue
from registry.indicators.queries import list_figures
from tests.factories.structures import make
from tests.permissions.cases import DOCUMENT, token_in

CODE = "kpi_hh_fibre"
ENTER = f"/indicators/{CODE}/values/new"
GIVEN = {
    "period_from": "01/01/2026",
    "period_to": "30/09/2026",
    "numerator": "700.000",
    "denominator": "1.000.000",
    "value": "",
    "source": "Báo cáo 45/BC-SKHCN ngày 20/10/2026",
    "note": "",
}


@pytest.fixture
def officer(client_of):
    return client_of("so.khcn")


def post(client, address, *, evidence=DOCUMENT, **fields):
    """Send a form of the catalogue, with a document unless it is None."""
    files = {} if evidence is None else {"evidence": (io.BytesIO(evidence), "bao-cao.pdf")}
    sent = fields | files | {"csrf_token": token_in(client.get(address))}
    return client.post(address, data=sent, content_type="multipart/form-data")


def words(answer):
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def values(ctx_of):
    with ctx_of("so.khcn", read_only=True) as ctx:
        return ctx.session.scalars(select(IndicatorValue).order_by(IndicatorValue.id)).all()


def figure(ctx_of, code, on=date(2026, 11, 18)):
    with ctx_of("so.khcn", read_only=True) as ctx:
        return next(
            indicator_figure for indicator_figure in list_figures(ctx, on) if indicator_figure.indicator.code == code
        )


def test_every_indicator_of_the_plans_is_there_with_its_target(officer, app, ctx_of):
    with app.test_request_context(), ctx_of("so.khcn", read_only=True) as ctx:
        targets = {
            indicator_figure.indicator.code: (indicator_figure.target.value, indicator_figure.target.year)
            if indicator_figure.target
            else None
            for indicator_figure in list_figures(ctx, ctx.today)
        }
        computed = set(ctx.session.scalars(select(Indicator.computation).where(Indicator.computation.is_not(None))))
    assert targets["kpi_bts_shared_position"] == (15, 2025)
    assert targets["kpi_mbb_per100"] == (70, 2025)
    assert targets["kpi_underground_cable"] == (20, 2030)
    assert targets["kpi_bts_shared_station"] is None
    assert len(targets) == 15
    assert computed <= set(FIGURES)
    page = words(officer.get("/indicators"))
    assert "Thuê bao băng rộng di động trên 100 dân" in page
    # A rate per 100 people is no percentage.
    assert "70 trên 100 dân" in page
    for code in targets:
        assert officer.get(f"/indicators/{code}").status_code == 200


def test_a_plan_whose_figure_is_unknown_is_said_so_and_replaces_nothing(officer):
    page = words(officer.get("/indicators/kpi_village_mobile"))
    assert "Kế hoạch 178/KH-UBND ngày 25/8/2025" in page
    assert "chưa xác định" in page
    assert re.search(r"Mục tiêu 100% đến hết năm 2025", page)


def test_a_value_is_entered_with_its_document_and_shown_against_the_target(officer, app, ctx_of):
    answer = post(officer, ENTER, **GIVEN)
    assert answer.status_code == 303, words(answer)
    (value,) = values(ctx_of)
    assert (value.value, value.numerator, value.denominator) == (Decimal("70.00"), 700_000, 1_000_000)
    with app.test_request_context():
        indicator_figure = figure(ctx_of, CODE)
    assert (indicator_figure.value, indicator_figure.on, indicator_figure.is_reached) == (
        Decimal(70),
        date(2026, 9, 30),
        False,
    )
    page = words(officer.get(f"/indicators/{CODE}"))
    assert "70%" in page
    assert "chưa đạt" in page
    shown = officer.get(f"/indicators/values/{value.id}")
    assert "bao-cao.pdf" in shown.text
    with ctx_of("so.khcn", read_only=True) as ctx:
        assert ctx.session.scalar(select(func.count()).where(AttachmentLink.subject_kind == "indicator_value")) == 1
        actions = list(ctx.session.scalars(select(AuditEvent.action).order_by(AuditEvent.number.desc()).limit(2)))
    assert "indicator_value.enter" in actions


@pytest.mark.parametrize(
    ("changed", "evidence", "sentence"),
    [
        ({"denominator": "0"}, DOCUMENT, "Mẫu số là 0 nên không có tỷ lệ"),
        ({"numerator": "2.000.000"}, DOCUMENT, "lớn hơn mẫu số"),
        ({"value": "71"}, DOCUMENT, "Giá trị 71 khác 70 tính từ tử số và mẫu số"),
        ({"period_to": "31/12/2026"}, DOCUMENT, "chưa đến"),
        ({"source": ""}, DOCUMENT, "Nguồn số liệu"),
        ({}, None, "Chưa có tài liệu"),
        ({}, b"MZ no document", "bao-cao.pdf"),
        ({"numerator": "7e9"}, DOCUMENT, "Tử số"),
    ],
)
def test_what_contradicts_itself_is_refused_at_its_field_and_nothing_is_kept(
    officer, ctx_of, changed, evidence, sentence
):
    answer = post(officer, ENTER, evidence=evidence, **GIVEN | changed)
    assert answer.status_code == 422
    assert sentence in words(answer)
    # What was typed is there again.
    assert "Báo cáo 45/BC-SKHCN" in answer.text or changed.get("source") == ""
    assert values(ctx_of) == []


def test_a_period_has_one_value_and_a_correction_keeps_what_was_said(officer, app, ctx_of):
    post(officer, ENTER, **GIVEN)
    again = post(officer, ENTER, **GIVEN | {"period_from": "01/09/2026", "numerator": "1", "denominator": "2"})
    assert again.status_code == 422
    assert "đã có giá trị 70" in words(again)
    (first,) = values(ctx_of)
    correct = f"/indicators/values/{first.id}/correct"
    fixed = {"numerator": "710.000", "denominator": "1.000.000", "value": "", "source": "Báo cáo 46", "note": ""}
    assert post(officer, correct, **fixed).status_code == 422  # without a reason
    assert post(officer, correct, **fixed, reason="Cộng sót một huyện").status_code == 303
    first, second = values(ctx_of)
    assert (first.value, second.value, second.corrects_id) == (70, 71, first.id)
    assert (second.period_from, second.period_to) == (first.period_from, first.period_to)
    with app.test_request_context():
        assert figure(ctx_of, CODE).value == 71
    page = words(officer.get(f"/indicators/{CODE}"))
    assert "đã đính chính" in page
    assert "Cộng sót một huyện" in page
    # Two people correct the same value.
    late = post(officer, correct, **fixed | {"numerator": "720.000"}, reason="Khác")
    assert late.status_code == 409
    assert "đã được đính chính lúc" in words(late)
    assert len(values(ctx_of)) == 2


def test_a_figure_of_a_past_day_is_that_of_the_period_that_was_over_then(officer, app, ctx_of):
    post(officer, ENTER, **GIVEN | {"period_from": "01/01/2025", "period_to": "31/12/2025", "numerator": "650.000"})
    post(officer, ENTER, **GIVEN)
    with app.test_request_context():
        assert figure(ctx_of, CODE).value == 70
        assert figure(ctx_of, CODE, date(2026, 9, 29)).value == 65
        assert figure(ctx_of, CODE, date(2025, 12, 30)).value is None


def test_the_database_lets_nobody_change_a_value(officer, database, ctx_of):
    post(officer, ENTER, **GIVEN)
    (value,) = values(ctx_of)
    connection = database._bind
    for statement in ("UPDATE indicator_value SET value = 99", "DELETE FROM indicator_value"):
        savepoint = connection.begin_nested()
        with pytest.raises(Exception, match="indicator_value"):
            connection.execute(text(statement))
        savepoint.rollback()
    assert values(ctx_of)[0].value == value.value


def test_a_computed_indicator_counts_what_the_reader_sees_and_takes_no_value(officer, client_of):
    page = officer.get("/indicators/kpi_bts_shared_position")
    assert "Tính từ cơ sở dữ liệu" in page.text
    assert "/dashboard/towers" in page.text
    assert "values/new" not in page.text
    answer = post(officer, "/indicators/kpi_bts_shared_position/values/new", **GIVEN)
    assert answer.status_code == 422
    assert "tính từ cơ sở dữ liệu; không nhập số liệu" in words(answer)
    # Figures of the province lead to no list of structures.
    assert "/dashboard/towers" not in client_of("ubnd.tinh").get("/indicators/kpi_bts_shared_position").text


def test_the_ratio_of_the_province_is_one_for_all_readers_and_an_owners_own_stands_apart(ctx_of, client_of):
    for owner, users in (("viettel", ("VNPT", "MobiFone")), ("vnpt", ("VNPT",))):
        with ctx_of(owner) as ctx:
            code = make(ctx, owner=owner, in_service_on="01/06/2015").code
            set_place(ctx, SetPlace(code, "Sàn 1", PlaceUnit.POSITION, 9))
            for user in users:
                add_entry(ctx, AddEntry(code, "Sàn 1", 1, holder=user))
    own, whole = (words(client_of(name).get("/indicators/kpi_bts_shared_position")) for name in ("viettel", "so.khcn"))
    chart = words(client_of("viettel").get("/dashboard?tab=all"))
    assert "Giá trị 50% toàn tỉnh" in own
    assert "Giá trị 50% toàn tỉnh" in whole
    assert "Trong phạm vi tài khoản được xem 100% 1 / 1" in own
    assert "Tử số" not in own.split("Định nghĩa")[0]
    assert "Trong phạm vi tài khoản được xem" not in whole
    assert "a) của toàn tỉnh" in chart
    assert "Phạm vi: phạm vi tài khoản được xem" in chart


def test_a_target_is_added_applies_at_once_and_is_withdrawn_with_a_reason(officer, ctx_of):
    address = "/indicators/kpi_bts_shared_position/targets/new"
    fields = {
        "plan": "Kế hoạch 178/KH-UBND ngày 25/8/2025, mục II",
        "plan_issued_on": "25/08/2025",
        "year": "2030",
        "value": "30",
        "needs_verification": "false",
        "reason": "Đã có toàn văn",
    }
    assert post(officer, address, evidence=None, **fields | {"value": "130"}).status_code == 422
    assert post(officer, address, evidence=None, **fields).status_code == 303
    twice = post(officer, address, evidence=None, **fields)
    assert twice.status_code == 422
    assert "đã có mục tiêu cho năm 2030" in words(twice)
    assert "30%" in words(officer.get("/dashboard?tab=all"))
    with ctx_of("so.khcn", read_only=True) as ctx:
        target_id = ctx.session.scalars(select(IndicatorTarget.id).where(IndicatorTarget.value == 30)).one()
    leave = f"/indicators/targets/{target_id}/withdraw"
    assert post(officer, leave, evidence=None, reason="Nhầm năm").status_code == 303
    assert post(officer, leave, evidence=None, reason="Nhầm năm").status_code == 409
    page = words(officer.get("/indicators/kpi_bts_shared_position"))
    assert "Nhầm năm" in page
    assert "15%" in words(officer.get("/dashboard?tab=all"))


def test_a_stale_definition_is_refused_and_keeps_what_was_typed(officer):
    address = f"/indicators/{CODE}/edit"
    page = officer.get(address).text
    inputs = dict(re.findall(r'<input[^>]*name="(\w+)"[^>]*value="([^"]*)"', page))
    areas = dict(re.findall(r'<textarea[^>]*name="(\w+)"[^>]*>\s?([^<]*)</textarea>', page))
    form = {
        name: html.unescape(value)
        for name, value in (inputs | areas).items()
        if name not in ("csrf_token", "request_key")
    }
    form |= {"needs_evidence": "true", "needs_verification": "false", "reason": "Đã đối chiếu"}
    assert post(officer, address, evidence=None, **form | {"name": "Hộ có cáp quang"}).status_code == 303
    stale = post(officer, address, evidence=None, **form | {"name": "Tên khác"})
    assert stale.status_code == 409
    assert "Tên khác" in stale.text
    assert "Hộ có cáp quang" in officer.get("/indicators").text


def test_who_only_reads_sees_no_way_to_write(client_of):
    for name in ("viettel", "ubnd.xa", "so.taichinh"):
        reader = client_of(name)
        page = reader.get(f"/indicators/{CODE}").text
        assert "values/new" not in page
        assert f"/indicators/{CODE}/edit" not in page
        assert reader.get(ENTER).status_code == 403


def test_what_is_to_be_confirmed_is_on_the_list_before_the_first_real_row(officer):
    page = words(officer.get("/settings/unconfirmed"))
    assert "Chỉ tiêu của các kế hoạch" in page
    assert "mục tiêu đến hết 31/12/2030: chưa xác định" in page
