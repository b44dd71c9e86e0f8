"""Several acts of one violator in one decision, several violators in cases of their own."""

from datetime import date
from decimal import Decimal

import pytest

from registry.kernel.errors import MoveRefused
from registry.violations.acts import further_acts, list_group
from registry.violations.codes import PaperKind, ViolationState
from registry.violations.models import Violation
from registry.violations.papers import find_paper, served_paper
from registry.violations.queries import find_kind, get_violation
from tests.factories.structures import organisation_id
from tests.factories.violations import (
    AMENDMENT,
    ANNULMENT,
    DECISION,
    MINUTES,
    NOW,
    PAYMENT,
    get,
    log,
    move,
    refusal,
)

S = ViolationState
TODAY = NOW.date()
MILLION = 1_000_000


def kind_id(ctx_of, code):
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
        return find_kind(ctx.session, code, TODAY, TODAY).id


def with_acts(ctx_of, *codes, to="minutes"):
    """A case with further acts, and its minutes."""
    violation_id = log(ctx_of)
    move(ctx_of, "kiemtra1", violation_id, "verify")
    for code in codes:
        facts = {"act": [kind_id(ctx_of, code)], "act_occurred_on": TODAY, "text": "Không có hợp đồng thuê cột"}
        move(ctx_of, "kiemtra1", violation_id, "add_act", **facts)
    if to == "minutes":
        move(ctx_of, "kiemtra1", violation_id, "minutes", **MINUTES)
    return violation_id


def acts(ctx_of, violation_id):
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
        return [
            (act.id, act.kind.code, act.fine_vnd)
            for act in further_acts(ctx, ctx.session.get_one(Violation, violation_id))
        ]


def paper(ctx_of, violation_id, kind):
    with ctx_of("ubnd.xa", now=NOW, read_only=True) as ctx:
        case = get_violation(ctx, violation_id)
        return str(served_paper(ctx, case, kind, find_paper(ctx, case, kind, None)).parts)


def test_each_act_is_in_the_minutes_and_fined_by_its_own_range(ctx_of):
    violation_id = with_acts(ctx_of, "share_without_contract")
    ((act_id, _code, _fine),) = acts(ctx_of, violation_id)
    assert "Hành vi thứ hai" in paper(ctx_of, violation_id, PaperKind.MINUTES)
    refused = refusal(
        lambda: move(ctx_of, "ubnd.xa", violation_id, "decide", **DECISION, **{f"fine_{act_id}": Decimal(25 * MILLION)})
    )
    assert list(refused) == [f"fine_{act_id}"]
    move(ctx_of, "ubnd.xa", violation_id, "decide", **DECISION, **{f"fine_{act_id}": Decimal(15 * MILLION)})
    assert get(ctx_of, violation_id).fine_vnd == 40 * MILLION
    decision = paper(ctx_of, violation_id, PaperKind.DECISION)
    assert "25.000.000 đồng" in decision
    assert "15.000.000 đồng" in decision
    assert "mức phạt 40.000.000 đồng (bằng chữ: Bốn mươi triệu đồng" in decision
    move(ctx_of, "kiemtra1", violation_id, "pay", **(PAYMENT | {"paid_vnd": Decimal(40 * MILLION)}))


def test_one_act_beyond_the_competence_takes_the_whole_case_up(ctx_of):
    violation_id = with_acts(ctx_of, "destroy_works")
    ((act_id, _code, _fine),) = acts(ctx_of, violation_id)
    refused = refusal(
        lambda: move(
            ctx_of, "ubnd.xa", violation_id, "decide", **DECISION, **{f"fine_{act_id}": Decimal(120 * MILLION)}
        )
    )
    assert "vượt thẩm quyền" in refused["authority"][0]


def test_fines_of_acts_stay_with_an_amendment_and_go_with_the_annulment(ctx_of):
    violation_id = with_acts(ctx_of, "share_without_contract")
    ((act_id, _code, _fine),) = acts(ctx_of, violation_id)
    move(ctx_of, "ubnd.xa", violation_id, "decide", **DECISION, **{f"fine_{act_id}": Decimal(15 * MILLION)})
    low = AMENDMENT | {"fine_vnd": Decimal(34 * MILLION)}
    assert "nằm ngoài khung" in refusal(lambda: move(ctx_of, "ubnd.xa", violation_id, "amend", **low))["fine_vnd"][0]
    move(ctx_of, "ubnd.xa", violation_id, "amend", **(AMENDMENT | {"fine_vnd": Decimal(35 * MILLION)}))
    move(ctx_of, "ubnd.xa", violation_id, "annul", **ANNULMENT)
    assert [fine for _id, _code, fine in acts(ctx_of, violation_id)] == [None]


def test_an_act_is_taken_out_before_the_minutes_alone(ctx_of):
    violation_id = with_acts(ctx_of, "share_without_contract", to="verifying")
    ((act_id, _code, _fine),) = acts(ctx_of, violation_id)
    move(ctx_of, "kiemtra1", violation_id, "drop_act", act=[act_id], text="Ghi nhầm")
    assert acts(ctx_of, violation_id) == []
    later = with_acts(ctx_of, "share_without_contract")
    ((act_id, _code, _fine),) = acts(ctx_of, later)
    with pytest.raises(MoveRefused):
        move(ctx_of, "kiemtra1", later, "drop_act", act=[act_id], text="Ghi nhầm")


def test_an_act_is_added_once_and_not_of_the_future(ctx_of):
    violation_id = with_acts(ctx_of, "share_without_contract", to="verifying")
    facts = {"act": [kind_id(ctx_of, "share_without_contract")], "act_occurred_on": TODAY, "text": "Lần nữa"}
    assert "act" in refusal(lambda: move(ctx_of, "kiemtra1", violation_id, "add_act", **facts))
    facts = {"act": [kind_id(ctx_of, "no_undergrounding")], "act_occurred_on": date(2026, 11, 25), "text": "Mai"}
    assert list(refusal(lambda: move(ctx_of, "kiemtra1", violation_id, "add_act", **facts))) == ["act_occurred_on"]


def test_another_violator_has_a_case_and_a_decision_of_its_own(ctx_of):
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
        vnpt, viettel = organisation_id(ctx.session, "vnpt"), organisation_id(ctx.session, "viettel")
    first = log(ctx_of, organisation_id=vnpt)
    move(ctx_of, "kiemtra1", first, "verify")
    move(ctx_of, "kiemtra1", first, "add_violator", violator=[viettel], text="Treo chung bó cáp")
    with ctx_of("kiemtra1", now=NOW, read_only=True) as ctx:
        (other,) = list_group(ctx, ctx.session.get_one(Violation, first))
        assert (other.organisation_id, other.state, other.group_id) == (viettel, S.REPORTED, first)
        second = other.id
    assert "violator" in refusal(
        lambda: move(ctx_of, "kiemtra1", second, "add_violator", violator=[vnpt], text="Lần nữa")
    )
    for number, name in ((first, "VNPT"), (second, "Viettel")):
        if number == second:
            move(ctx_of, "kiemtra1", number, "verify")
        move(ctx_of, "kiemtra1", number, "minutes", **(MINUTES | {"offender_name": name}))
        move(ctx_of, "ubnd.xa", number, "decide", **DECISION)
    assert get(ctx_of, first).decision_number != get(ctx_of, second).decision_number
