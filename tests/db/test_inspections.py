"""Inspections: suggestion by risk, results by structure, and the violations and corrections that follow."""

from datetime import date

import pytest
from sqlalchemy import select

from registry.inspections.codes import CorrectionState, Outcome, PlanState, Reach, Risk
from registry.inspections.commands import AnswerCorrection, OpenPlan
from registry.inspections.models import InspectionCorrection
from registry.inspections.queries import checklist_of, get_correction, get_item, get_plan, list_items
from registry.inspections.risk import suggest
from registry.inspections.service import add_structures, answer_correction, open_plan, remove_structure
from registry.inspections.workflow import INSPECTION
from registry.kernel.dated_settings import DatedSetting
from registry.kernel.errors import Conflict, MoveRefused, NotFound
from registry.notices.models import Notice
from registry.settings.commands import AddSetting
from registry.settings.service import add_setting
from registry.structures.commands import EditStructure
from registry.structures.models import Structure
from registry.structures.writing import edit_structure
from registry.violations.models import ViolationKind
from registry.workflow.worklist import assignee_label, read_desk
from tests.factories.inspections import ISSUE, NOW, inspect, item_of, move, plan, propose, tower
from tests.factories.structures import organisation_id
from tests.factories.violations import refusal

FRESH = {"last_inspected_on": "01/10/2026", "built_on": "01/10/2020"}


def suggested(ctx_of, plan_id, by="ubnd.xa"):
    """Code -> (score, risks) of the suggested structures, highest first."""
    with ctx_of(by, now=NOW, read_only=True) as ctx:
        return {
            suggestion.code: (suggestion.score, set(suggestion.risks))
            for suggestion in suggest(ctx, get_plan(ctx, plan_id))
        }


def running(ctx_of, **texts):
    """An issued plan with one tower: ids of plan, row, structure, the code, and the version of the row."""
    code, structure_id = tower(ctx_of, **texts)
    plan_id = plan(ctx_of, codes=[code], issued=True)
    item_id, version = item_of(ctx_of, plan_id, structure_id)
    return plan_id, item_id, structure_id, code, version


def test_structures_are_suggested_by_the_weighted_sum_of_their_risks(ctx_of):
    stale, _id = tower(ctx_of, last_inspected_on="01/10/2024", built_on="01/10/2005")
    fresh, _id = tower(ctx_of, **FRESH)
    gone, _id = tower(ctx_of, status="decommissioned")
    suggestions = suggested(ctx_of, plan(ctx_of))
    assert suggestions[stale] == (65, {Risk.OVERDUE, Risk.OLD, Risk.UNCONFIRMED})
    assert suggestions[fresh] == (20, {Risk.UNCONFIRMED})
    assert gone not in suggestions
    assert list(suggestions).index(stale) < list(suggestions).index(fresh)


def test_the_weights_are_settings_of_the_day(ctx_of):
    stale, _id = tower(ctx_of, last_inspected_on="01/10/2024", built_on="01/10/2005")
    plan_id = plan(ctx_of)
    weights = {"overdue": 0, "old": 7, "overloaded": 0, "unconfirmed": 0, "poor_owner": 0}
    with ctx_of("so.khcn", now=NOW) as ctx:
        facts = {"needs_verification": True, "reason": "Thử"}
        add_setting(ctx, AddSetting("inspection.risk_weights", date(2026, 11, 25), weights, "Quyết định thử", **facts))
    assert suggested(ctx_of, plan_id)[stale] == (7, {Risk.OLD})


def test_an_owner_with_poor_results_is_inspected_more(ctx_of):
    plan_id, item_id, _structure, _code, version = running(ctx_of, owner="vnpt", **FRESH)
    other, _id = tower(ctx_of, owner="vnpt", **FRESH)
    before = suggested(ctx_of, plan(ctx_of))[other]
    assert inspect(ctx_of, plan_id, item_id, version, failing=["_mark"]) is Outcome.FAILED
    after = suggested(ctx_of, plan(ctx_of))[other]
    assert after == (before[0] + 15, before[1] | {Risk.POOR_OWNER})


def test_a_result_of_an_inspection_counts_as_the_last_one(ctx_of):
    plan_id, item_id, _structure, code, version = running(ctx_of, last_inspected_on="01/10/2020", built_on="01/10/2020")
    inspect(ctx_of, plan_id, item_id, version)
    assert Risk.OVERDUE not in suggested(ctx_of, plan(ctx_of))[code][1]


def test_a_structure_out_of_the_area_or_hidden_is_unknown_alike(ctx_of):
    hidden, _id = tower(ctx_of, sharing_status="restricted")
    plan_id = plan(ctx_of)
    assert hidden not in suggested(ctx_of, plan_id)

    def said(code):
        with ctx_of("ubnd.xa", now=NOW) as ctx:
            return refusal(lambda: add_structures(ctx, plan_id, [code]))["codes"][0].replace(code, "")

    assert said(hidden) == said("CAT-0-000000")


def test_a_plan_of_the_department_tells_the_area_nothing_of_a_hidden_structure(ctx_of):
    hidden, hidden_id = tower(ctx_of, sharing_status="restricted")
    visible_code, seen_id = tower(ctx_of)
    plan_id = plan(ctx_of, by="so.khcn", unit_id=None, codes=[hidden, visible_code], issued=True)
    item_id, _version = item_of(ctx_of, plan_id, hidden_id)
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
        assert {item.structure.code for item in list_items(ctx, get_plan(ctx, plan_id))} == {hidden, visible_code}
    with ctx_of("kiemtra1", now=NOW, read_only=True) as ctx:
        inspection_plan = get_plan(ctx, plan_id)
        assert [item.structure.id for item in list_items(ctx, inspection_plan)] == [seen_id]
        with pytest.raises(NotFound):
            get_item(ctx, inspection_plan, item_id)
    # Another area carries out its own part: none of these.
    with ctx_of("kiemtra2", now=NOW, read_only=True) as ctx:
        assert list_items(ctx, get_plan(ctx, plan_id)) == []


def test_a_draft_of_the_province_is_the_departments_alone(ctx_of):
    code, _id = tower(ctx_of)
    plan_id = plan(ctx_of, by="so.khcn", unit_id=None, codes=[code])
    move(ctx_of, "so.khcn", plan_id, "cancel", reason="Trùng kế hoạch")
    for name in ("kiemtra1", "ubnd.xa", "viettel"):
        with ctx_of(name, now=NOW, read_only=True) as ctx, pytest.raises(NotFound):
            get_plan(ctx, plan_id)
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
        notice = ctx.session.scalars(select(Notice).filter_by(subject_kind="inspection")).one()
        assert (notice.event, notice.roles) == ("cancel", [])


def test_the_commune_plans_for_itself_only(ctx_of):
    def said(unit_id):
        with ctx_of("ubnd.xa", now=NOW) as ctx:
            command = OpenPlan(unit_id, "Kiểm tra", date(2026, 11, 1), date(2026, 12, 31))
            return refusal(lambda: open_plan(ctx, command))["unit"]

    with ctx_of("kiemtra2", now=NOW, read_only=True) as ctx:
        foreign = min(ctx.actor.unit_ids)
    assert "Toàn tỉnh" in said(None)[0] or "toàn tỉnh" in said(None)[0]
    assert "Địa bàn" in said(foreign)[0]


@pytest.mark.parametrize(
    ("first", "last", "field"),
    [
        (date(1900, 1, 1), date(2026, 12, 31), "starts_on"),
        (date(2999, 1, 1), date(2999, 1, 2), "starts_on"),
        (date(2026, 12, 2), date(2026, 12, 1), "ends_on"),
        (date(2026, 11, 1), date(2029, 1, 1), "ends_on"),
    ],
)
def test_absurd_periods_are_refused(ctx_of, first, last, field):
    with ctx_of("so.khcn", now=NOW) as ctx:
        assert list(refusal(lambda: open_plan(ctx, OpenPlan(None, "Kiểm tra", first, last)))) == [field]


def test_a_plan_is_issued_with_structures_and_finished_with_results(ctx_of):
    code, structure_id = tower(ctx_of)
    plan_id = plan(ctx_of)
    with pytest.raises(MoveRefused, match="chưa có công trình"):
        move(ctx_of, "ubnd.xa", plan_id, "issue", **ISSUE)
    with ctx_of("ubnd.xa", now=NOW) as ctx:
        assert add_structures(ctx, plan_id, [code.lower(), code]) == 1
    assert move(ctx_of, "ubnd.xa", plan_id, "issue", **ISSUE) is PlanState.ISSUED
    item_id, version = item_of(ctx_of, plan_id, structure_id)
    with ctx_of("ubnd.xa", now=NOW) as ctx, pytest.raises(MoveRefused):
        remove_structure(ctx, plan_id, item_id)
    with pytest.raises(MoveRefused, match="còn 1 công trình"):
        move(ctx_of, "ubnd.xa", plan_id, "finish", text="")
    assert inspect(ctx_of, plan_id, item_id, version) is Outcome.PASSED
    assert move(ctx_of, "ubnd.xa", plan_id, "finish", text="Tốt") is PlanState.DONE
    with pytest.raises(MoveRefused):
        inspect(ctx_of, plan_id, item_id, version + 1)


def test_a_plan_waits_for_the_inspectors_of_what_is_left_and_then_for_its_planner(ctx_of):
    code, structure_id = tower(ctx_of)
    province = plan(ctx_of, by="so.khcn", unit_id=None, codes=[code], issued=True)
    mine = {"kiemtra1": ["Kiểm tra các công trình còn lại"], "kiemtra2": [], "ubnd.xa": [], "so.khcn": []}
    assert {username: acts(ctx_of, username, province) for username in mine} == mine
    assert turn(ctx_of, province) == "Cán bộ kiểm tra"
    inspect(ctx_of, province, *item_of(ctx_of, province, structure_id))
    done = mine | {"kiemtra1": [], "so.khcn": ["Kết thúc kế hoạch"]}
    assert {username: acts(ctx_of, username, province) for username in mine} == done
    assert turn(ctx_of, province) == "Cơ quan lập kế hoạch"


def acts(ctx_of, username, plan_id):
    """What is to be done with a plan, as the desk of a user says it."""
    with ctx_of(username, now=NOW, read_only=True) as ctx:
        return [item.act for item in read_desk(ctx).assigned if (item.workflow, item.case_id) == (INSPECTION, plan_id)]


def turn(ctx_of, plan_id):
    """Whose turn it is, as the page of the plan says it."""
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
        return assignee_label(ctx, INSPECTION, get_plan(ctx, plan_id))


def test_a_structure_leaves_a_draft(ctx_of):
    code, structure_id = tower(ctx_of)
    plan_id = plan(ctx_of, codes=[code])
    with ctx_of("ubnd.xa", now=NOW) as ctx:
        remove_structure(ctx, plan_id, item_of(ctx_of, plan_id, structure_id)[0])
    with ctx_of("ubnd.xa", now=NOW, read_only=True) as ctx:
        assert list_items(ctx, get_plan(ctx, plan_id)) == []


PERMIT = {"permit_regime": "permit", "permit_number": "12/GPXD", "permit_on": "01/02/2019"}


@pytest.mark.parametrize(("texts", "has_order"), [({"permit_regime": "exempt"}, True), (PERMIT, False)])
def test_the_list_of_order_management_is_for_works_without_a_permit(ctx_of, texts, has_order):
    _code, structure_id = tower(ctx_of, **texts)
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
        structure = ctx.session.get_one(Structure, structure_id)
        checklist = checklist_of(ctx, structure, ctx.today)
        order = [check for check in checklist if check.key.startswith("order_")]
        assert bool(order) is has_order
        assert all("217/2026" in check.basis or "Luật Viễn thông" in check.basis for check in order)
        assert any(check.key == "antenna_tower_lightning" for check in checklist)
        # Not before its decree.
        assert not [
            check for check in checklist_of(ctx, structure, date(2026, 6, 30)) if check.key.startswith("order_")
        ]


def test_every_act_of_the_checklists_is_in_the_catalogue(ctx_of):
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
        lists = ctx.session.scalars(select(DatedSetting.value).where(DatedSetting.key.like("inspection.checklist.%")))
        acts = {row["act"] for value in lists for row in value["rows"] if row["act"]}
        known_codes = set(ctx.session.scalars(select(ViolationKind.code)))
    assert acts
    assert acts - known_codes == set()


def test_wrong_results_are_refused_by_field(ctx_of):
    plan_id, item_id, _structure, _code, version = running(ctx_of)
    assert list(refusal(lambda: inspect(ctx_of, plan_id, item_id, version, inspected_on=date(2026, 11, 26)))) == [
        "inspected_on"
    ]
    assert list(refusal(lambda: inspect(ctx_of, plan_id, item_id, version, inspected_on=date(2026, 11, 24)))) == [
        "inspected_on"
    ]
    missing = refusal(lambda: inspect(ctx_of, plan_id, item_id, version, answers={}))
    assert "answer_common_mark" in missing
    assert inspect(ctx_of, plan_id, item_id, version, reach=Reach.NO_ACCESS, answers={}) is Outcome.NO_ACCESS
    with pytest.raises(Conflict):
        inspect(ctx_of, plan_id, item_id, version)


def test_who_may_not_inspect_there_is_refused(ctx_of):
    plan_id, item_id, _structure, _code, version = running(ctx_of)
    with pytest.raises(NotFound):
        inspect(ctx_of, plan_id, item_id, version, by="kiemtra2")
    with pytest.raises(NotFound):
        inspect(ctx_of, plan_id, item_id, version, by="so.taichinh")


def test_an_accepted_correction_changes_the_register(ctx_of):
    plan_id, item_id, structure_id, _code, _version = running(ctx_of)
    asked = propose(ctx_of, plan_id, item_id)
    with ctx_of("vnpt", now=NOW, read_only=True) as ctx, pytest.raises(NotFound):
        get_correction(ctx, asked)
    with ctx_of("viettel", now=NOW) as ctx:
        version = ctx.session.get_one(Structure, structure_id).version
        answer_correction(ctx, AnswerCorrection(asked, accept=True, version=version))
    with ctx_of("viettel", now=NOW, read_only=True) as ctx:
        assert str(ctx.session.get_one(Structure, structure_id).height_m) == "31.500"
        assert ctx.session.get_one(InspectionCorrection, asked).state is CorrectionState.ACCEPTED
    with ctx_of("viettel", now=NOW) as ctx, pytest.raises(Conflict):
        answer_correction(ctx, AnswerCorrection(asked, accept=True, version=version + 1))


def test_a_declined_correction_needs_a_reason_and_changes_nothing(ctx_of):
    plan_id, item_id, structure_id, _code, _version = running(ctx_of)
    asked = propose(ctx_of, plan_id, item_id)
    with ctx_of("viettel", now=NOW) as ctx:
        before = ctx.session.get_one(Structure, structure_id).height_m
        assert "reason" in refusal(lambda: answer_correction(ctx, AnswerCorrection(asked, accept=False, version=1)))
    with ctx_of("viettel", now=NOW) as ctx:
        answer_correction(ctx, AnswerCorrection(asked, accept=False, version=1, reason="Đo sai điểm đầu"))
    with ctx_of("viettel", now=NOW, read_only=True) as ctx:
        assert ctx.session.get_one(Structure, structure_id).height_m == before


def test_a_correction_on_a_structure_that_changed_meanwhile_is_a_conflict(ctx_of):
    plan_id, item_id, structure_id, _code, _version = running(ctx_of)
    asked = propose(ctx_of, plan_id, item_id)
    with ctx_of("viettel", now=NOW) as ctx:
        structure = ctx.session.get_one(Structure, structure_id)
        read = structure.version
        edit_structure(ctx, EditStructure(structure.code, read, {"note": "đã đổi"}))
    with ctx_of("viettel", now=NOW) as ctx, pytest.raises(Conflict):
        answer_correction(ctx, AnswerCorrection(asked, accept=True, version=read))


@pytest.mark.parametrize(
    ("field", "stated", "wrong"),
    [
        ("height_m", "cao", "found"),
        ("height_m", "", "found"),
        ("height_m", "9999", "found"),
        ("status", "removed", "field"),
        ("geom", "1", "field"),
    ],
)
def test_what_cannot_be_a_value_of_the_register_is_not_proposed(ctx_of, field, stated, wrong):
    plan_id, item_id, _structure, _code, _version = running(ctx_of)
    assert list(refusal(lambda: propose(ctx_of, plan_id, item_id, field=field, stated=stated))) == [wrong]


def test_a_field_has_one_open_proposal(ctx_of):
    plan_id, item_id, _structure, _code, _version = running(ctx_of)
    propose(ctx_of, plan_id, item_id)
    assert "field" in refusal(lambda: propose(ctx_of, plan_id, item_id, stated="32"))
    with ctx_of("viettel", now=NOW, read_only=True) as ctx:
        notice = ctx.session.scalars(select(Notice).filter_by(subject_kind="inspection_correction")).one()
        assert notice.organisation_ids == [organisation_id(ctx.session, "viettel")]
