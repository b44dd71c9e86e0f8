"""Campaigns: windows of entry, approvals, frozen figures, consolidated reports, reminders."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import islice, permutations

import pytest
from sqlalchemy import select, text

from registry.campaigns.codes import CampaignKind, CampaignState, Closed, ReportState
from registry.campaigns.commands import GrantException, SaveEntries
from registry.campaigns.consolidation import last_consolidation, list_consolidations, rates_of
from registry.campaigns.jobs import run_reminders
from registry.campaigns.measures import stations_by_technology
from registry.campaigns.models import OperatorReport, ReportCampaign
from registry.campaigns.queries import (
    campaign_of,
    campaign_warnings,
    get_report,
    is_commune,
    list_lines,
    list_reporters,
)
from registry.campaigns.report_workflow import REPORTS, closed_now
from registry.campaigns.reporters import reporter_rates
from registry.campaigns.rules import Days, day_problems, entry_problems
from registry.campaigns.service import grant_exception, revoke_exception, save_entries
from registry.campaigns.submission import figures_of, former_submission, items_of
from registry.campaigns.submission import is_untouched as is_submission_untouched
from registry.campaigns.workflow import CAMPAIGNS
from registry.capacity.commands import AddEntry, SetPlace
from registry.capacity.models import PlaceUnit, Technology
from registry.capacity.service import add_entry, set_place
from registry.kernel.errors import Conflict, Forbidden, Invalid, MoveRefused, NotFound
from registry.kernel.i18n import format_date
from registry.notices.models import Notice
from registry.structures.positions.moment import When
from registry.workflow.worklist import read_desk
from tests.factories.campaigns import (
    DAYS,
    accepted,
    at,
    campaign,
    move,
    move_campaign,
    report_of,
    save,
)
from tests.factories.structures import make
from tests.support.clock import NOW
from tests.support.shared import FIXTURES

database, app, ctx_of, client_of, taken_back = FIXTURES
ONE_DAY = timedelta(days=1)


def state_of(ctx_of, report_id):
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
        return ctx.session.get_one(OperatorReport, report_id).state


def closed_on(ctx_of, report_id, day):
    """Why the report cannot be filled in on a day."""
    with ctx_of("viettel", now=at(day)) as ctx:
        return closed_now(ctx, ctx.session.get_one(OperatorReport, report_id))


def refusal_on(ctx_of, report_id, day, username="viettel"):
    """The sentence with which saving is refused on a day."""
    with ctx_of(username, now=at(day)) as ctx:
        version = ctx.session.get_one(OperatorReport, report_id).version
        with pytest.raises(MoveRefused) as refused:
            save_entries(ctx, SaveEntries(report_id, version, {}))
    return refused.value.message


def test_both_sides_of_each_window_and_four_sentences(ctx_of):
    campaign_id = campaign(ctx_of)
    mine = report_of(ctx_of, campaign_id, "viettel")
    days = {
        DAYS.opens_on - ONE_DAY: Closed.NOT_BEGUN,
        DAYS.opens_on: None,
        DAYS.due_on: None,
        DAYS.due_on + ONE_DAY: None,
        DAYS.closes_on: None,
        DAYS.closes_on + ONE_DAY: Closed.ENDED,
    }
    assert {day: closed_on(ctx_of, mine, day) for day in days} == days
    sentences = [refusal_on(ctx_of, mine, DAYS.opens_on - ONE_DAY), refusal_on(ctx_of, mine, DAYS.closes_on + ONE_DAY)]
    save(ctx_of, "viettel", mine)
    move(ctx_of, "viettel", mine, "submit")
    assert closed_on(ctx_of, mine, DAYS.due_on) is Closed.SENT
    sentences.append(refusal_on(ctx_of, mine, DAYS.due_on))
    other = report_of(ctx_of, campaign_id, "vnpt")
    move_campaign(ctx_of, campaign_id, "cancel", reason="Nhầm kỳ")
    sentences.append(refusal_on(ctx_of, other, DAYS.due_on, "vnpt"))
    assert ["21/11/2026" in sentences[0], "10/12/2026" in sentences[1]] == [True, True]
    assert ["đã gửi" in sentences[2].lower(), "Đã hủy" in sentences[3]] == [True, True]
    assert len(set(sentences)) == 4


def test_an_exception_opens_one_report_until_its_day_and_can_be_revoked(ctx_of):
    campaign_id = campaign(ctx_of)
    mine, other = report_of(ctx_of, campaign_id, "viettel"), report_of(ctx_of, campaign_id, "vnpt")
    until, late = DAYS.closes_on + 5 * ONE_DAY, DAYS.closes_on + ONE_DAY
    for wrong in (DAYS.closes_on, late - ONE_DAY):
        with ctx_of("so.khcn", now=at(late)) as ctx, pytest.raises(Invalid) as refused:
            grant_exception(ctx, GrantException(mine, wrong, "Bão số 12"))
        assert "10/12/2026" in str(refused.value.fields["until"])
    with ctx_of("so.khcn", now=at(late)) as ctx:
        grant_exception(ctx, GrantException(mine, until, "Bão số 12"))
    assert closed_on(ctx_of, mine, until) is None
    assert closed_on(ctx_of, mine, until + ONE_DAY) is Closed.ENDED
    assert closed_on(ctx_of, other, late) is Closed.ENDED
    with ctx_of("so.khcn", now=at(late), read_only=True) as ctx:
        lines = {
            line.organisation: line.until for line in list_lines(ctx, ctx.session.get_one(ReportCampaign, campaign_id))
        }
    assert sorted(lines.values(), key=str) == [until, None]
    with ctx_of("so.khcn", now=at(late)) as ctx:
        revoke_exception(ctx, mine, "Nhầm đơn vị")
    assert closed_on(ctx_of, mine, until) is Closed.ENDED
    with ctx_of("so.khcn", now=at(late)) as ctx, pytest.raises(Conflict, match="không có ngày nhập muộn"):
        revoke_exception(ctx, mine, "Nhầm đơn vị")


def test_a_report_is_complete_before_it_is_sent(ctx_of):
    campaign_id = campaign(ctx_of)
    mine = report_of(ctx_of, campaign_id, "viettel")
    with pytest.raises(Invalid) as refused:
        move(ctx_of, "viettel", mine, "submit")
    sentences = " ".join(refused.value.fields[""])
    assert "Chưa nhập “Thuê bao băng rộng di động”" in sentences
    assert "Cột ăng ten" not in sentences
    save(ctx_of, "viettel", mine, towers=99)
    with pytest.raises(Invalid) as refused:
        move(ctx_of, "viettel", mine, "submit")
    assert "“Cột ăng ten đang sử dụng” ghi 99, cơ sở dữ liệu tính ra" in " ".join(refused.value.fields[""])
    save(ctx_of, "viettel", mine, towers=(Decimal(99), "Có 99 cột trên giấy"))
    assert move(ctx_of, "viettel", mine, "submit") is ReportState.SUBMITTED


def test_a_large_change_from_the_last_report_asks_for_a_reason(ctx_of):
    former = replace(DAYS, period_from=date(2025, 1, 1), period_to=date(2025, 11, 15))
    accepted(ctx_of, campaign(ctx_of, days=former), "viettel", rented=100)
    mine = report_of(ctx_of, campaign(ctx_of), "viettel")
    for value, wanted in ((80, True), (81, False), (119, False), (120, True)):
        save(ctx_of, "viettel", mine, rented=(Decimal(value), None))
        with ctx_of("viettel", now=NOW, read_only=True) as ctx:
            report = get_report(ctx, mine)
            its = campaign_of(ctx, report)
            problems = entry_problems(items_of(its), figures_of(ctx, its, report))
        assert ("rented" in problems) is wanted, value
        if wanted:
            assert "kỳ trước 100; thay đổi từ 20% trở lên" in problems["rented"]


def test_four_eyes_and_no_step_back_once_the_step_above_acted(ctx_of):
    campaign_id = campaign(ctx_of)
    mine = report_of(ctx_of, campaign_id, "viettel")
    save(ctx_of, "viettel", mine)
    move(ctx_of, "viettel", mine, "submit")
    assert move(ctx_of, "viettel", mine, "take_back", reason="Sót") is ReportState.ENTRY
    with pytest.raises(Invalid, match="đính chính"):
        move(ctx_of, "viettel", mine, "submit")
    move(ctx_of, "viettel", mine, "submit", reason="Đã bổ sung")
    move(ctx_of, "so.khcn", mine, "approve")
    with pytest.raises(MoveRefused):
        move(ctx_of, "viettel", mine, "take_back", reason="Sót")
    with pytest.raises(MoveRefused, match="chính người này duyệt"):
        move(ctx_of, "so.khcn", mine, "accept")
    move(ctx_of, "gd.khcn", mine, "accept")
    with pytest.raises(MoveRefused):
        move(ctx_of, "so.khcn", mine, "take_back_approval", reason="Nhầm")
    with pytest.raises(Forbidden):
        move(ctx_of, "viettel", mine, "approve")
    assert move(ctx_of, "gd.khcn", mine, "take_back_acceptance", reason="Nhầm") is ReportState.APPROVED


def test_who_reads_a_consolidated_report_is_notified_of_it(ctx_of):
    campaign_id = campaign(ctx_of)
    late = at(DAYS.closes_on + ONE_DAY)
    for owner in ("viettel", "vnpt"):
        move(ctx_of, "so.khcn", report_of(ctx_of, campaign_id, owner), "declare_missing", now=late, reason="Không gửi")
    move_campaign(ctx_of, campaign_id, "lock", now=late)
    with ctx_of(None, now=late, read_only=True) as ctx:
        notice = ctx.session.scalars(select(Notice).where(Notice.subject_kind == "campaign")).one()
    assert (notice.event, notice.roles) == ("lock", ["ministry", "provincial_pc"])


def test_consolidation_needs_all_accepted_or_missing_with_a_reason(ctx_of):
    campaign_id = campaign(ctx_of)
    accepted(ctx_of, campaign_id, "viettel")
    other = report_of(ctx_of, campaign_id, "vnpt")
    with pytest.raises(MoveRefused, match="Còn 1 báo cáo chưa được chấp nhận"):
        move_campaign(ctx_of, campaign_id, "lock")
    with pytest.raises(MoveRefused, match="còn được nhập đến hết ngày 10/12/2026"):
        move(ctx_of, "so.khcn", other, "declare_missing", reason="Không gửi")
    late = at(DAYS.closes_on + ONE_DAY)
    move(ctx_of, "so.khcn", other, "declare_missing", now=late, reason="Không gửi")
    assert move_campaign(ctx_of, campaign_id, "lock", now=late) is CampaignState.LOCKED
    for name in ("resume", "take_back_acceptance"):
        by, which = ("so.khcn", other) if name == "resume" else ("gd.khcn", report_of(ctx_of, campaign_id, "viettel"))
        with pytest.raises(MoveRefused, match="Đã khóa tổng hợp"):
            move(ctx_of, by, which, name, now=late, reason="Thử")
    move_campaign(ctx_of, campaign_id, "reopen", now=late, reason="Bổ sung VNPT")
    move(ctx_of, "so.khcn", other, "resume", now=late, reason="VNPT gửi muộn", until=DAYS.closes_on + 9 * ONE_DAY)
    accepted(ctx_of, campaign_id, "vnpt", now=late)
    move_campaign(ctx_of, campaign_id, "lock", now=late + timedelta(hours=1))
    with ctx_of("so.khcn", now=late + ONE_DAY, read_only=True) as ctx:
        last = last_consolidation(ctx, campaign_id)
        assert (last.place, last.reason) == (2, "Bổ sung VNPT")
        assert last.content["rates"] == {
            "expected": 2,
            "received": 2,
            "on_time": 1,
            "reporting_pct": "100",
            "on_time_pct": "50",
        }
        assert [row["is_late"] for row in last.content["reports"]] == [False, True]


def test_the_desk_of_the_department_says_what_an_open_campaign_waits_for(ctx_of):
    campaign_id = campaign(ctx_of)
    accepted(ctx_of, campaign_id, "viettel")
    assert acts_on_desk(ctx_of, campaign_id) == ["Đôn đốc các báo cáo chưa xong"]
    accepted(ctx_of, campaign_id, "vnpt")
    assert acts_on_desk(ctx_of, campaign_id) == ["Khóa và lập báo cáo tổng hợp"]


def test_the_desk_of_who_must_report_says_how_many_days_are_left(ctx_of):
    mine = report_of(ctx_of, campaign(ctx_of), "viettel")
    for day, shown in (
        (DAYS.due_on, "hạn cuối hôm nay (30/11)"),
        (DAYS.due_on + ONE_DAY, "quá hạn 1 ngày làm việc (hạn 30/11)"),
    ):
        with ctx_of("viettel", now=at(day), read_only=True) as ctx:
            (item,) = [item for item in read_desk(ctx).assigned if (item.workflow, item.case_id) == (REPORTS, mine)]
            assert (item.time_left.text, item.time_left.citation) == (shown, "")


def acts_on_desk(ctx_of, campaign_id):
    """What the lead department reads as its task in a campaign."""
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
        return [
            item.act for item in read_desk(ctx).assigned if (item.workflow, item.case_id) == (CAMPAIGNS, campaign_id)
        ]


def test_the_application_has_no_right_to_change_what_is_frozen(ctx_of):
    held = text("SELECT has_table_privilege(:role, :name, :needed)")
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
        for role in ("registry_web", "registry_worker"):
            for name in ("report_submission", "report_consolidation"):
                rights = {
                    right: ctx.session.scalar(held, {"role": role, "name": name, "needed": right})
                    for right in ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE")
                }
                assert [right for right, has in rights.items() if has] == ["SELECT", "INSERT"], (role, name)


def test_rivals_and_other_roles_see_no_report(ctx_of):
    campaign_id = campaign(ctx_of)
    mine = report_of(ctx_of, campaign_id, "viettel")
    for username in ("vnpt", "ubnd.tinh", "so.xaydung", "kiemtra1"):
        with ctx_of(username, now=NOW, read_only=True) as ctx, pytest.raises(NotFound):
            get_report(ctx, mine)


def test_reminders_go_out_on_their_days_and_once_a_day(ctx_of, database):
    campaign_id = campaign(ctx_of)
    mine = report_of(ctx_of, campaign_id, "viettel")
    other = report_of(ctx_of, campaign_id, "vnpt")
    save(ctx_of, "vnpt", other)
    move(ctx_of, "vnpt", other, "submit")
    with ctx_of("so.khcn", now=NOW) as ctx:
        grant_exception(ctx, GrantException(mine, DAYS.closes_on + 5 * ONE_DAY, "Bão"))
        revoke_exception(ctx, mine, "Thôi")
    reminded = [
        day
        for number in range(-3, 16)
        for day in [DAYS.due_on + number * ONE_DAY]
        if run_reminders(database, at(day)) and not run_reminders(database, at(day, 20))
    ]
    # 7 days before lies before the last 3; late ones every third day until the last day of entry.
    assert [day.isoformat() for day in reminded] == ["2026-11-29", "2026-12-03", "2026-12-06", "2026-12-09"]
    with ctx_of(None, now=NOW, read_only=True) as ctx:
        subjects = set(
            ctx.session.scalars(
                select(Notice.subject_id).where(Notice.subject_kind == "operator_report", Notice.event == "reminder")
            )
        )
    assert subjects == {mine}


def test_a_submission_that_is_changed_behind_the_program_is_found(ctx_of):
    campaign_id = campaign(ctx_of)
    report_id = accepted(ctx_of, campaign_id, "viettel")
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
        sent = former_submission(ctx, report_id)
        changed = [dict(row) for row in sent.figures]
        changed[0]["value"] = "1000"
        sent.figures = changed
        assert not is_submission_untouched(sent)
        ctx.session.expire(sent)


def test_a_technology_has_stopped_when_its_last_station_has(ctx_of):
    with ctx_of("viettel", now=NOW) as ctx:
        codes = [make(ctx, in_service_on="01/06/2015").code for _place in range(2)]
        for code in codes:
            set_place(ctx, SetPlace(code, "Sàn 1", PlaceUnit.POSITION, 9))
        for code, technology, ended in (
            (codes[0], Technology.G2, date(2026, 3, 31)),
            (codes[1], Technology.G2, date(2026, 9, 15)),
            (codes[0], Technology.G3, date(2026, 5, 1)),
            (codes[1], Technology.G3, None),
        ):
            command = AddEntry(
                code, "Sàn 1", 1, holder="MobiFone", technology=technology, started_on=date(2020, 1, 1), ended_on=ended
            )
            add_entry(ctx, command)
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
        stations = {
            day: {
                (station.technology.value, station.in_use, station.stopped_on)
                for station in stations_by_technology(ctx, When(day, NOW))
                if station.user == "MobiFone Thanh Hóa" and station.technology in (Technology.G2, Technology.G3)
            }
            for day in (date(2026, 9, 14), date(2026, 9, 15))
        }
    assert stations == {
        date(2026, 9, 14): {("2g", 1, None), ("3g", 1, None)},
        date(2026, 9, 15): {("2g", 0, date(2026, 9, 15)), ("3g", 1, None)},
    }


def test_days_in_any_order_are_accepted_or_refused_by_a_sentence_at_a_field(ctx_of):
    """A campaign that ends before it begins is no error of the database."""
    days = sorted(vars(DAYS).values())
    for number, order in enumerate(islice(permutations(days), 0, None, 37)):
        typed = Days(*order)
        problems = day_problems(typed)
        is_ordered = typed.period_from <= typed.period_to and typed.opens_on <= typed.due_on <= typed.closes_on
        assert problems or is_ordered, order
        if problems and number % 5 == 0:
            with pytest.raises(Invalid):
                campaign(ctx_of, days=typed, begun=False)
        assert all(any(format_date(day) in sentence for day in order) for sentence in problems.values())


def test_a_figure_is_corrected_after_the_lock_only_in_another_version(ctx_of):
    campaign_id = campaign(ctx_of, codes=("viettel",))
    mine = accepted(ctx_of, campaign_id, "viettel", rented=5)
    move_campaign(ctx_of, campaign_id, "lock")
    assert "Đã khóa tổng hợp" in refusal_on(ctx_of, mine, DAYS.due_on)
    with pytest.raises(MoveRefused, match="Đã khóa tổng hợp"):
        move(ctx_of, "gd.khcn", mine, "take_back_acceptance", reason="Số liệu sai")
    move_campaign(ctx_of, campaign_id, "reopen", reason="Đính chính số liệu")
    move(ctx_of, "gd.khcn", mine, "take_back_acceptance", reason="Số liệu sai")
    move(ctx_of, "so.khcn", mine, "return", reason="Số liệu sai")
    save(ctx_of, "viettel", mine, rented=(6, "Bổ sung vị trí thuê mới"))
    move(ctx_of, "viettel", mine, "submit", reason="Đính chính")
    move(ctx_of, "so.khcn", mine, "approve")
    move(ctx_of, "gd.khcn", mine, "accept")
    move_campaign(ctx_of, campaign_id, "lock")
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
        totals = [
            next(item["total"] for item in version.content["items"] if item["code"] == "rented")
            for version in list_consolidations(ctx, campaign_id)
        ]
    assert totals == ["6", "5"]


@pytest.mark.parametrize(
    ("figures", "words"),
    [
        ({"mobile_broadband": 100, "smartphones": 101}, "lớn hơn “Thuê bao băng rộng di động” 100"),
        ({"rented": Decimal("2.5")}, "cần một số nguyên"),
        ({"towers": (Decimal(99), "aaaaaaaaaaaa")}, "chưa rõ; cần ít nhất 10 chữ cái"),
        ({"towers": (Decimal(99), "sai")}, "chưa rõ; cần ít nhất 10 chữ cái"),
    ],
)
def test_a_value_is_checked_by_its_kind_and_against_the_others(ctx_of, figures, words):
    mine = report_of(ctx_of, campaign(ctx_of), "viettel")
    save(ctx_of, "viettel", mine, **figures)
    with pytest.raises(Invalid) as refused:
        move(ctx_of, "viettel", mine, "submit")
    assert words in " ".join(refused.value.fields[""])


def test_a_commune_is_asked_answers_is_reminded_and_counts_in_the_rates(ctx_of, database):
    on_time = at(DAYS.opens_on)
    campaign_id = campaign(ctx_of, codes=("viettel", "ubnd_xa_mau"), kind=CampaignKind.AD_HOC)
    assert {line.organisation for line in lines_of(ctx_of, campaign_id)} > {"Viettel Thanh Hóa"}
    report_id = accepted(ctx_of, campaign_id, "ubnd_xa_mau", username="ubnd.xa", now=on_time)
    with ctx_of("so.khcn", now=on_time, read_only=True) as ctx:
        assert ctx.session.get_one(OperatorReport, report_id).state is ReportState.ACCEPTED
        rates = rates_of(ctx, ctx.session.get_one(ReportCampaign, campaign_id))
        assert (rates["expected"], rates["received"], rates["on_time"], rates["reporting_pct"]) == (2, 1, 1, "50")
        assert any(line.name for line in reporter_rates(ctx, "").lines if line.total.expected and "UBND" in line.name)
    with ctx_of("viettel", now=on_time, read_only=True) as ctx, pytest.raises(NotFound):
        get_report(ctx, report_id)


def lines_of(ctx_of, campaign_id):
    with ctx_of("so.khcn", read_only=True) as ctx:
        return list_lines(ctx, ctx.session.get_one(ReportCampaign, campaign_id))


def test_a_yearly_campaign_chooses_no_commune_and_warns_of_one(ctx_of):
    with ctx_of("so.khcn") as ctx:
        reporters = list_reporters(ctx)
        assert [is_commune(reporter) for reporter in reporters] == sorted(is_commune(each) for each in reporters)
        assert any(is_commune(reporter) for reporter in reporters)
    campaign_id = campaign(ctx_of, codes=("ubnd_xa_mau",), begun=False)
    with ctx_of("so.khcn", read_only=True) as ctx:
        warnings = campaign_warnings(ctx, ctx.session.get_one(ReportCampaign, campaign_id))
    assert any("UBND xã, phường hãy lập đợt theo yêu cầu" in warning for warning in warnings)
