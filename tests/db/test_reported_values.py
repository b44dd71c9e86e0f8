"""What operators report, divided by what a file states of the communes, becomes the values of the indicators."""

import io
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select, text

from registry.campaigns.models import ReportCampaign
from registry.campaigns.reported import take_reported
from registry.indicators.models import Denominator, Indicator, IndicatorTarget, IndicatorValue
from registry.indicators.population import EnterPopulation, enter_population, province_total
from registry.indicators.queries import figures_of, get_indicator, series_of
from registry.kernel.errors import Invalid
from registry.territory.models import UnitLevel
from registry.territory.queries import list_units

DAY = date(2025, 12, 31)
HEAD = "Xã, phường;Số dân;Dân số trưởng thành;Số hộ;Số thôn, bản, khu phố"
ITEMS = [
    {"code": "mobile_broadband", "total": "700", "reports": 3},
    {"code": "smartphones", "total": "600", "reports": 3},
    {"code": "mobile_subscribers", "total": "800", "reports": 3},
    {"code": "fibre_households", "total": None, "reports": 0},
]


def enter(ctx, *lines, day=DAY):
    content = "\n".join((HEAD, *lines)).encode()
    return enter_population(ctx, io.BytesIO(content), EnterPopulation(day, "Niên giám thống kê 2025"))


def lines_of(ctx, people=10):
    return [f"{unit.code};{people};5;3;2" for unit in list_units(ctx.session, DAY, UnitLevel.COMMUNE)]


def campaign():
    return ReportCampaign(number="DBC-2025-000001", cutoff_on=DAY)


def test_a_file_states_the_denominators_of_a_day_and_a_later_one_takes_its_place(app, ctx_of):
    with app.test_request_context(), ctx_of("so.khcn") as ctx:
        lines = lines_of(ctx)
        assert enter(ctx, *lines) == len(lines)
        assert province_total(ctx.session, Denominator.PEOPLE, DAY).total == 10 * len(lines)
        assert province_total(ctx.session, Denominator.PEOPLE, date(2025, 12, 30)).missing == len(lines)
        enter(ctx, *lines_of(ctx, people=20)[1:])
        total = province_total(ctx.session, Denominator.PEOPLE, DAY)
        assert (total.total, total.missing) == (20 * len(lines) - 10, 0)
        assert total.sources == ("Niên giám thống kê 2025",)


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (["{first};0;;3;2"], "Dòng 2: Số dân “0”"),
        (["{first};;;3;2"], "Dòng 2: Số dân “”"),
        (["{first};10;;3;2", "{first};10;;3;2"], "đã có ở dòng 2; mỗi xã, phường chỉ một dòng"),
        (["{former};10;;3;2"], "không có ngày 31/12/2025: đơn vị này kết thúc ngày 30/06/2025"),
        (["Xã Không Đâu Có;10;;3;2"], "Không có xã, phường “Xã Không Đâu Có”"),
        (["{first};10;11;3;2"], "Dân số trưởng thành 11 lớn hơn số dân 10"),
        (["{first};10;;3,5;2"], "Số hộ “3,5”"),
    ],
)
def test_a_wrong_row_is_named_by_one_sentence_and_nothing_is_entered(app, ctx_of, lines, sentence):
    with app.test_request_context(), ctx_of("so.khcn") as ctx:
        first = list_units(ctx.session, DAY, UnitLevel.COMMUNE)[0].code
        ended = "SELECT code FROM admin_unit u WHERE level = 'commune' AND valid_to = '2025-06-30' AND NOT EXISTS"
        same = " (SELECT FROM admin_unit o WHERE o.code = u.code AND o.id <> u.id) ORDER BY code LIMIT 1"
        former = ctx.session.scalar(text(ended + same))
        with pytest.raises(Invalid) as refused:
            enter(ctx, *(line.format(first=first, former=former) for line in lines))
        (texts,) = refused.value.fields.values()
        assert len(texts) == 1
        assert sentence in texts[0]
        assert province_total(ctx.session, Denominator.PEOPLE, DAY).total == 0


def test_locked_reports_give_values_and_say_why_others_have_none(app, ctx_of):
    with app.test_request_context(), ctx_of("so.khcn") as ctx:
        missing = take_reported(ctx, campaign(), ITEMS, 1)
        assert "dân số ngày 31/12/2025" in missing["kpi_mbb_per100"]
        assert missing["kpi_hh_fibre"] == "chưa doanh nghiệp nào báo cáo tử số"
        count = enter(ctx, *lines_of(ctx))
        again = take_reported(ctx, campaign(), ITEMS, 2)
        assert set(again) == {"kpi_hh_fibre"}
        rate = figures_of(ctx, [get_indicator(ctx, "kpi_mbb_per100")], DAY)[0]
        assert rate.value == (Decimal(70_000) / (10 * count)).quantize(Decimal("0.01"))
        smartphones = get_indicator(ctx, "kpi_smartphone_sub")
        values = ctx.session.scalars(
            select(IndicatorValue).where(IndicatorValue.indicator_id == smartphones.id).order_by(IndicatorValue.id)
        ).all()
        assert [value.value for value in values] == [Decimal(75), Decimal(75)]
        assert values[1].corrects_id == values[0].id
        (point,) = series_of(ctx, smartphones, DAY)
        assert (point.value, point.target.value, point.deviation, point.is_reached) == (75, 80, -5, False)
        assert "Báo cáo tổng hợp DBC-2025-000001, phiên bản 2" in point.source


def test_targets_of_the_plan_are_quoted_with_their_items_and_confirmed(ctx_of):
    with ctx_of("so.khcn", read_only=True) as ctx:
        query = select(Indicator.code, IndicatorTarget).join(IndicatorTarget)
        targets = {
            code: target
            for code, target in ctx.session.execute(query)
            if target.plan.startswith("Kế hoạch 225/KH-UBND")
        }
        assert len(targets) == 11
        assert all(target.quote and not target.needs_verification for target in targets.values())
        cloud = targets["kpi_cloud"]
        assert cloud.plan.endswith("mục 3.3")
        assert cloud.quote == "Tỷ lệ hệ thống thông tin dùng chung cấp tỉnh có sử dụng dịch vụ điện toán đám mây"
        assert "hệ thống thông tin dùng chung" in get_indicator(ctx, "kpi_cloud").definition
