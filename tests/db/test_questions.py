"""Campaigns on request: composed questions, their answers, what two officers do at once, the paper for signature."""

import random
from decimal import Decimal

import pytest

from registry.campaigns.codes import CampaignKind, CampaignState, ItemKind, ReportState
from registry.campaigns.commands import ComposeQuestions, SaveEntries
from registry.campaigns.consolidation import last_consolidation
from registry.campaigns.models import OperatorReport, ReportCampaign
from registry.campaigns.question_sets import QUESTION_SETS
from registry.campaigns.report_papers import report_paper
from registry.campaigns.rules import Item
from registry.campaigns.service import compose_questions, save_entries
from registry.campaigns.submission import figures_of, former_submission, items_of
from registry.kernel.errors import Conflict, Invalid, MoveRefused, NotFound
from tests.factories.campaigns import campaign, move, move_campaign, report_of
from tests.factories.structures import make
from tests.support.clock import NOW
from tests.support.shared import FIXTURES

database, app, ctx_of, client_of, taken_back = FIXTURES
STORM = QUESTION_SETS["storm"].items


def draft(ctx_of, items=STORM, codes=("viettel", "vnpt")):
    campaign_id = campaign(ctx_of, kind=CampaignKind.AD_HOC, codes=codes, begun=False)
    compose(ctx_of, campaign_id, items)
    return campaign_id


def compose(ctx_of, campaign_id, items, version=None, username="so.khcn"):
    with ctx_of(username, now=NOW) as ctx:
        stored = ctx.session.get_one(ReportCampaign, campaign_id)
        rows = dict(enumerate(items, 1))
        return compose_questions(ctx, ComposeQuestions(campaign_id, version or stored.version, rows)).version


def answer(ctx_of, report_id, contents=(), **values):
    """Save these answers, and zero for every other number that has none."""
    with ctx_of("viettel", now=NOW) as ctx:
        report = ctx.session.get_one(OperatorReport, report_id)
        its = ctx.session.get_one(ReportCampaign, report.campaign_id)
        figures = figures_of(ctx, its, report)
        entries = {
            item.code: (Decimal(values.get(item.code, figures[item.code].value or 0)), None)
            for item in items_of(its)
            if item.is_number
        }
        save_entries(ctx, SaveEntries(report_id, report.version, entries, dict(contents)))


def test_a_storm_is_asked_for_and_its_answers_stand_in_the_consolidated_report(ctx_of):
    with ctx_of("viettel", now=NOW) as ctx:
        make(ctx)
    campaign_id = draft(ctx_of, codes=("viettel",))
    assert move_campaign(ctx_of, campaign_id, "begin") is CampaignState.OPEN
    mine = report_of(ctx_of, campaign_id, "viettel")
    contents = {"restored": "Khôi phục một phần", "communes": "Xã Hoằng Thanh; 3; 14 giờ, 25/11"}
    answer(ctx_of, mine, contents, routes_cut=2, hours="7.5")
    assert move(ctx_of, "viettel", mine, "submit", signed_by="Trần Văn Bình, Phó giám đốc") is ReportState.SUBMITTED
    move(ctx_of, "so.khcn", mine, "approve")
    move(ctx_of, "gd.khcn", mine, "accept")
    move_campaign(ctx_of, campaign_id, "lock")
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
        content = last_consolidation(ctx, campaign_id).content
    totals = {item["code"]: item["total"] for item in content["items"]}
    assert (totals["routes_cut"], totals["hours"], totals["restored"]) == ("2", "7.5", None)
    answers = {row["code"]: row.get("content") for row in content["reports"][0]["figures"]}
    assert answers["restored"] == "Khôi phục một phần"
    assert answers["communes"] == contents["communes"]


def test_what_a_report_says_is_frozen_as_a_paper_with_who_signed_it(ctx_of):
    campaign_id = draft(ctx_of)
    move_campaign(ctx_of, campaign_id, "begin")
    mine = report_of(ctx_of, campaign_id, "viettel")
    answer(ctx_of, mine, {"restored": "Chưa khôi phục"})
    move(ctx_of, "viettel", mine, "submit", signed_by="Trần Văn Bình, Phó giám đốc")
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
        report = ctx.session.get_one(OperatorReport, mine)
        its, submission = ctx.session.get_one(ReportCampaign, campaign_id), former_submission(ctx, mine)
        issued, paper = report_paper(ctx, its, report, submission)
    assert issued is not None
    assert paper.right == ("NGƯỜI ĐẠI DIỆN", "Trần Văn Bình")
    assert tuple(paper.closing[-1]) == ("Mã kiểm SHA-256", submission.digest)
    assert [row[3] for row in paper.table.rows if row[1] == "Tình hình khôi phục"] == ["Chưa khôi phục"]


def test_a_part_above_its_whole_is_refused_with_both_figures(ctx_of):
    campaign_id = draft(ctx_of)
    move_campaign(ctx_of, campaign_id, "begin")
    mine = report_of(ctx_of, campaign_id, "viettel")
    answer(ctx_of, mine, {"restored": "Chưa khôi phục"}, towers_lost=99)
    with pytest.raises(Invalid) as refused:
        move(ctx_of, "viettel", mine, "submit")
    assert "“Cột ăng ten bị đổ, gãy” ghi 99, lớn hơn “Cột ăng ten đang sử dụng”" in str(refused.value.fields[""])


def test_two_officers_who_compose_at_once_get_a_conflict(ctx_of):
    campaign_id = draft(ctx_of, STORM[:3])
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
        read = ctx.session.get_one(ReportCampaign, campaign_id).version
    compose(ctx_of, campaign_id, STORM[:2], version=read)
    with pytest.raises(Conflict):
        compose(ctx_of, campaign_id, STORM[:1], version=read)
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
        assert len(ctx.session.get_one(ReportCampaign, campaign_id).form) == 2


def test_questions_are_composed_for_drafts_on_request_by_the_department_alone(ctx_of):
    yearly, begun = campaign(ctx_of, begun=False), draft(ctx_of)
    move_campaign(ctx_of, begun, "begin")
    for refused in (yearly, begun):
        with pytest.raises(MoveRefused, match="chỉ soạn câu hỏi cho dự thảo"):
            compose(ctx_of, refused, STORM)
    with pytest.raises(NotFound):
        compose(ctx_of, draft(ctx_of), STORM, username="viettel")


def test_a_campaign_without_composed_questions_takes_those_of_the_settings(ctx_of):
    campaign_id = campaign(ctx_of, kind=CampaignKind.AD_HOC)
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
        its = ctx.session.get_one(ReportCampaign, campaign_id)
        assert its.form_setting_id is not None
        assert [item.code for item in items_of(its)] == ["all", "available"]


@pytest.mark.parametrize(
    ("contents", "field", "words"),
    [
        ({"restored": "Rồi"}, "content_restored", "cần một trong: Đã khôi phục toàn bộ"),
        ({"communes": "Xã Nga Sơn; 3"}, "content_communes", "dòng 1 có 2 ô; cần 3 ô"),
    ],
)
def test_an_answer_that_does_not_fit_its_kind_is_refused_at_its_field(ctx_of, contents, field, words):
    campaign_id = draft(ctx_of)
    move_campaign(ctx_of, campaign_id, "begin")
    with pytest.raises(Invalid) as refused:
        answer(ctx_of, report_of(ctx_of, campaign_id, "viettel"), contents)
    assert words in str(refused.value.fields[field])


def test_a_file_that_must_come_is_asked_for_when_the_report_is_sent(ctx_of):
    photo = Item("photo", "Ảnh", "", "", None, "", ItemKind.FILE)
    campaign_id = draft(ctx_of, [STORM[6], photo])
    move_campaign(ctx_of, campaign_id, "begin")
    mine = report_of(ctx_of, campaign_id, "viettel")
    answer(ctx_of, mine)
    with pytest.raises(Invalid) as refused:
        move(ctx_of, "viettel", mine, "submit")
    assert "“Ảnh”" in str(refused.value.fields["papers"])


def test_every_composed_form_comes_back_as_it_was_stored():
    chance = random.Random(55)  # noqa: S311  # of a generator of tests
    for _round in range(50):
        item = Item(
            f"q{chance.randrange(99)}",
            "Câu hỏi",
            chance.choice(["", "cột"]),
            "",
            chance.choice([None, 20]),
            "",
            chance.choice(list(ItemKind)),
            chance.choice([None, Decimal(0), Decimal("1.5")]),
            chance.choice([None, Decimal(1000)]),
            chance.choice([(), ("a", "b")]),
            chance.choice(["", "q1"]),
            chance.random() < 0.5,
        )
        assert Item.of(item.as_row()) == item
