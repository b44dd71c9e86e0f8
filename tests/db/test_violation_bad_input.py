"""Bad input of a case: each is one sentence at its field, and nothing that was typed is lost."""

from datetime import date

import pytest

from registry.documents.official import bare_name, within_text
from registry.kernel.errors import Invalid
from registry.territory.models import AdminUnit
from registry.violations.codes import Authority, PaperKind, Receiver, ViolationState
from registry.violations.location import unit_of_day
from registry.violations.papers import find_paper, served_paper
from registry.violations.queries import get_violation
from registry.workflow.jobs import run_clocks
from tests.factories.violations import (
    AMENDMENT,
    ANNULMENT,
    COMPLAINT,
    CORRECTION,
    DECISION,
    MINUTES,
    NOW,
    PROSECUTION,
    RECORD,
    REMEDIES_ONLY,
    at_noon,
    decided,
    get,
    log,
    move,
    refusal,
    with_minutes,
)
from tests.permissions.cases import token_in

S = ViolationState
DAY = NOW.date()


def verified(ctx_of):
    number = log(ctx_of)
    move(ctx_of, "kiemtra1", number, "verify")
    return number


def explaining(ctx_of):
    number = with_minutes(ctx_of)
    move(ctx_of, "kiemtra1", number, "explain", explained_on=DAY, text="Xin giảm nhẹ")
    return number


def appealed(ctx_of):
    number = decided(ctx_of)
    move(ctx_of, "kiemtra1", number, "appeal", **COMPLAINT)
    return number


#: Move -> the field of its number, where a case is made that it can be made on, who makes it, and what it states.
NUMBERED = {
    "minutes": ("minutes_number", verified, "kiemtra1", MINUTES | {"offender_name": "Công ty Sao Mai"}),
    "record_facts": ("verification_number", with_minutes, "kiemtra1", RECORD),
    "hold_hearing": ("hearing_number", explaining, "kiemtra1", {"heard_on": DAY, "facts": "Ảnh", "text": "Đã gắn"}),
    "decide": ("decision_number", with_minutes, "ubnd.xa", DECISION),
    "prosecute": ("prosecution_number", with_minutes, "ubnd.xa", PROSECUTION),
    "correct": ("correction_number", decided, "ubnd.xa", CORRECTION),
    "amend": ("amendment_number", decided, "ubnd.xa", AMENDMENT),
    "annul": ("annulment_number", decided, "ubnd.xa", ANNULMENT),
    "uphold": ("settlement_number", appealed, "ubnd.xa", {"settled_on": DAY, "text": "Giữ nguyên"}),
}


@pytest.mark.parametrize("name", NUMBERED)
def test_a_number_of_a_paper_is_used_once_however_it_is_written(ctx_of, name):
    field, case, account, data = NUMBERED[name]
    first, second = case(ctx_of), case(ctx_of)
    move(ctx_of, account, first, name, **(data | {field: "87/vp-a"}))
    problem = refusal(lambda: move(ctx_of, account, second, name, **(data | {field: " 087/VP-A"})))
    assert list(problem) == [field]
    assert get(ctx_of, first).number in problem[field][0]


def post(client, address, typed, version):
    return client.post(
        address, data=typed | {"csrf_token": token_in(client.get("/violations")), "version": str(version)}
    )


TYPED = {
    "authority": "commune_chair",
    "decision_on": "24/11/2026",
    "fine_vnd": "25.000.000",
    "remedy": "Gắn thẻ nhận biết từng cáp của tuyến",
}


def test_of_two_browsers_that_decide_the_second_reads_what_happened_and_keeps_what_it_typed(client_of, ctx_of):
    violation_id = with_minutes(ctx_of)
    version, address = get(ctx_of, violation_id).version, f"/cases/violation/{violation_id}/decide"
    first, second = client_of("ubnd.xa"), client_of("ubnd.xa")
    assert post(first, address, TYPED, version).status_code == 303
    answer = post(second, address, TYPED | {"remedy": "Thu hồi cáp thừa của tuyến"}, version)
    assert answer.status_code == 409
    assert "Thu hồi cáp thừa của tuyến" in answer.text
    assert "Đã ra quyết định" in answer.text
    assert get(ctx_of, violation_id).remedy == TYPED["remedy"]


def test_what_is_typed_of_a_decision_after_its_annulment_is_refused_and_stays(client_of, ctx_of):
    violation_id = decided(ctx_of)
    version = get(ctx_of, violation_id).version
    move(ctx_of, "ubnd.tinh", violation_id, "annul", **ANNULMENT)
    address = f"/cases/violation/{violation_id}/amend"
    typed = {"amended_on": "24/11/2026", "fine_vnd": "20.000.000", "remedy": "Gắn thẻ", "text": "Lý do gõ dở dang"}
    for sent in (version, version + 1):
        answer = post(client_of("ubnd.xa"), address, typed, sent)
        assert answer.status_code == 409
        assert "Lý do gõ dở dang" in answer.text
        assert "Quyết định đã bị hủy" in answer.text
    assert get(ctx_of, violation_id).fine_vnd is None


def test_a_term_that_ends_while_a_decision_is_typed_leaves_what_was_typed_and_says_the_way_out(
    client_of, ctx_of, database, clock
):
    violation_id = with_minutes(ctx_of)
    version, address = get(ctx_of, violation_id).version, f"/cases/violation/{violation_id}/decide"
    # Due on Thursday 03/12; the clock passes its midnight.
    clock.move_to(at_noon(2026, 12, 4))
    run_clocks(database, clock.moment)
    assert get(ctx_of, violation_id).state is S.DECISION_OVERDUE
    late = TYPED | {"decision_on": "04/12/2026"}
    stale = post(client_of("ubnd.xa"), address, late, version)
    assert stale.status_code == 409
    assert TYPED["remedy"] in stale.text
    again = post(client_of("ubnd.xa"), address, late, version + 1)
    assert again.status_code == 422
    assert TYPED["remedy"] in again.text
    assert "Quyết định khắc phục, không phạt" in again.text
    ordered = REMEDIES_ONLY | {"decision_on": date(2026, 12, 4)}
    assert move(ctx_of, "ubnd.xa", violation_id, "order_remedies", now=clock.moment, **ordered) is S.DECIDED


def test_a_case_of_a_commune_that_merged_meanwhile_is_decided_by_its_successor_and_named_after_it(ctx_of):
    violation_id = with_minutes(ctx_of, occurred_on=date(2025, 6, 20), is_continuing=True)
    move(ctx_of, "ubnd.xa", violation_id, "decide", **DECISION)
    with ctx_of("ubnd.xa", now=NOW, read_only=True) as ctx:
        case = get_violation(ctx, violation_id)
        former = ctx.session.get_one(AdminUnit, case.unit_id)
        assert not former.is_in_force(ctx.today)
        paper = served_paper(ctx, case, PaperKind.DECISION, find_paper(ctx, case, PaperKind.DECISION, None))
        present = unit_of_day(ctx, case, ctx.today)
    assert present.id != former.id
    assert bare_name(present.name) in paper.place_and_day
    assert f"UBND {within_text(present.name)}" in paper.recipients


def test_a_decision_of_another_office_than_the_holder_is_refused_by_name(ctx_of):
    violation_id = with_minutes(ctx_of)
    move(ctx_of, "ubnd.xa", violation_id, "transfer", receiver=Receiver.LEAD_DIRECTOR, text="Vượt thẩm quyền")
    move(ctx_of, "so.khcn", violation_id, "accept")
    with pytest.raises(Invalid, match="Vụ việc đang ở Giám đốc Sở"):
        move(ctx_of, "so.khcn", violation_id, "decide", **(DECISION | {"authority": Authority.COMMUNE_CHAIR}))
