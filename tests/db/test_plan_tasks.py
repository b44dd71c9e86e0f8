"""Tasks of the plans: their results in words, who states them, and how they reach the consolidated paper."""

from datetime import date, timedelta

import pytest

from registry.campaigns.consolidation import last_consolidation
from registry.campaigns.documents import make_paper
from registry.campaigns.models import ReportCampaign
from registry.indicators.models import TaskState
from registry.indicators.plan_task_pages import PLAN_TASKS
from registry.indicators.plan_tasks import StateResult, WriteTask, list_tasks, state_result, write_task
from registry.kernel.errors import Conflict, Forbidden, Invalid
from tests.factories.campaigns import DAYS, at, campaign, move, move_campaign, report_of

TEXTS = {
    "plan": "Kế hoạch thử",
    "item": "9",
    "responsible": "Sở Xây dựng",
    "duty": "Lập danh mục",
    "planned_on": date(2026, 6, 30),
}


@pytest.fixture
def task(ctx_of):
    with ctx_of("so.xaydung", read_only=True) as ctx:
        agency = ctx.actor.organisation_id
    with ctx_of("so.khcn") as ctx:
        return write_task(ctx, WriteTask(TEXTS, agency)).id


def state(ctx_of, username, task_id, *, version=1, **values):
    stated = {"state": TaskState.RUNNING, "result": None, "result_on": None} | values
    with ctx_of(username) as ctx:
        return state_result(ctx, StateResult(task_id, version, stated)).version


def test_the_tasks_of_the_plan_stand_in_the_register_with_their_day(ctx_of):
    with ctx_of("ubnd.tinh", read_only=True) as ctx:
        tasks = [task for task, _agency in list_tasks(ctx) if task.plan.startswith("Kế hoạch 225/KH-UBND")]
    assert [task.item for task in tasks] == ["II.1", "III.2", *(f"IV.{number}" for number in range(1, 8))]
    assert {task.planned_on for task in tasks} == {date(2025, 12, 31)}


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"state": TaskState.DONE}, "cần kết quả bằng lời"),
        ({"result": "xong", "result_on": date(2026, 6, 1)}, "Kết quả “xong” quá ngắn; cần ít nhất 10 chữ cái"),
        ({"result": "Đã lập danh mục 12 tuyến"}, "chưa có ngày"),
        ({"result_on": date(2026, 6, 1)}, "chưa có kết quả"),
        ({"result": "Đã lập danh mục 12 tuyến", "result_on": date(2027, 6, 1)}, "chưa đến"),
        ({"result": "Đã lập danh mục 12 tuyến", "result_on": date(1995, 6, 1)}, "1995"),
    ],
)
def test_a_result_that_says_nothing_is_refused_by_a_sentence(ctx_of, task, values, sentence):
    with pytest.raises(Invalid) as refused:
        state(ctx_of, "so.xaydung", task, **values)
    assert sentence in str(refused.value.fields)


def test_each_agency_states_its_own_and_the_second_of_two_is_told_of_the_first(ctx_of, task):
    values = {"result": "Đã lập danh mục 12 tuyến", "result_on": date(2026, 6, 1)}
    with pytest.raises(Forbidden):
        state(ctx_of, "so.taichinh", task, **values)
    assert state(ctx_of, "so.xaydung", task, **values) == 2
    with pytest.raises(Conflict, match="đã được người khác sửa"):
        state(ctx_of, "so.khcn", task, **values)


def test_a_task_is_late_until_it_ends_and_the_paper_says_both(ctx_of, task):
    with ctx_of("so.khcn", read_only=True) as ctx:
        late = PLAN_TASKS.count_rows(ctx, {"late": True})
    paper_rows = locked_rows(ctx_of)
    assert any("quá hạn" in row[4] for row in paper_rows if row[0] == "9")
    values = {"state": TaskState.DONE, "result": "Đã lập danh mục 12 tuyến", "result_on": date(2026, 6, 1)}
    state(ctx_of, "so.xaydung", task, **values)
    with ctx_of("so.khcn", read_only=True) as ctx:
        assert PLAN_TASKS.count_rows(ctx, {"late": True}) == late - 1
    (row,) = [row for row in locked_rows(ctx_of) if row[0] == "9"]
    assert row[1:] == [
        "Sở Xây dựng",
        "Lập danh mục",
        "30/06/2026",
        "Đã hoàn thành",
        "Đã lập danh mục 12 tuyến (01/06/2026)",
    ]


def locked_rows(ctx_of):
    """The table of tasks of a consolidated report that is locked now."""
    campaign_id = campaign(ctx_of, codes=("viettel",))
    report = report_of(ctx_of, campaign_id, "viettel")
    after = at(DAYS.closes_on + timedelta(days=1))
    move(ctx_of, "so.khcn", report, "declare_missing", now=after, reason="Không gửi báo cáo")
    move_campaign(ctx_of, campaign_id, "lock", now=after)
    with ctx_of("so.khcn", now=after, read_only=True) as ctx:
        paper = make_paper(ctx, ctx.session.get_one(ReportCampaign, campaign_id), last_consolidation(ctx, campaign_id))
        (table,) = [table for table in paper.tables if table.code == "tasks"]
        return [[cell.text for cell in row] for row in table.rows]
