"""A case that stands: issued papers never change, days are in order, the decision follows the law."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import select

from registry.authz.permissions import P
from registry.authz.scopes import visible
from registry.documents.issued import IssuedPaper
from registry.kernel.clock import last_day, local_date
from registry.kernel.errors import Invalid, MoveRefused
from registry.violations.codes import (
    Authority,
    DecisionForm,
    Offender,
    PaperDelivery,
    PaperKind,
    ViolationState,
)
from registry.violations.models import Violation
from registry.violations.papers import find_paper, served_paper
from registry.violations.queries import clean_until, get_violation, list_kinds
from registry.violations.service import log_violation
from registry.violations.workflow.enforcing import interest_on
from registry.violations.workflow.terms import payment_due
from tests.factories.structures import organisation_id
from tests.factories.violations import (
    AMENDMENT,
    ANNULMENT,
    COMPLAINT,
    CORRECTION,
    DECISION,
    MINUTES,
    NOW,
    PAYMENT,
    PROSECUTION,
    RECORD,
    REMEDIED,
    REMEDIES_ONLY,
    accepted,
    command,
    correct,
    decided,
    get,
    inside,
    log,
    move,
    refusal,
    with_minutes,
)

S = ViolationState


def at(*parts):
    """A moment of the morning in Việt Nam."""
    return datetime(*parts, 3, tzinfo=UTC)


def organisations(ctx_of, *codes):
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
        return [organisation_id(ctx.session, code) for code in codes]


def act(ctx_of, code):
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
        return next(row.id for row in list_kinds(ctx.session, NOW.date()) if row.code == code)


def papers(ctx_of, violation_id):
    """The stored papers: kind and edition -> digest."""
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
        rows = ctx.session.scalars(
            select(IssuedPaper).where(IssuedPaper.subject_kind == "violation", IssuedPaper.subject_id == violation_id)
        )
        return {(row.paper, row.edition): row.digest for row in rows}


def readers(ctx_of, violation_id, *names):
    reading = {}
    for name in names:
        with ctx_of(name, now=NOW, read_only=True) as ctx:
            query = select(Violation.id).where(Violation.id == violation_id, visible(ctx, Violation, P.VIOLATION_READ))
            reading[name] = ctx.session.scalar(query) is not None
    return reading


# --- papers --------------------------------------------------------------------------------------------------------


def test_facts_are_not_edited_once_minutes_are_issued(ctx_of):
    violation_id = with_minutes(ctx_of)
    with pytest.raises(MoveRefused, match="biên bản xác minh"):
        correct(ctx_of, violation_id, kind="share_without_contract")


def test_a_verification_record_corrects_the_facts_beside_minutes_that_stay(ctx_of):
    vnpt, viettel = organisations(ctx_of, "vnpt", "viettel")
    violation_id = with_minutes(ctx_of, organisation_id=vnpt)
    before = papers(ctx_of, violation_id)
    other_act = act(ctx_of, "share_without_contract")
    move(ctx_of, "kiemtra1", violation_id, "record_facts", **RECORD, act=[other_act], organisation=[viettel])
    case = get(ctx_of, violation_id)
    assert (case.kind_id, case.organisation_id, case.state) == (other_act, viettel, S.MINUTES_MADE)
    after = papers(ctx_of, violation_id)
    assert before.items() <= after.items()
    assert set(after) - set(before) == {("verification", 1)}
    with ctx_of("kiemtra1", now=NOW, read_only=True) as ctx:
        loaded = get_violation(ctx, violation_id)
        minutes = served_paper(ctx, loaded, PaperKind.MINUTES, find_paper(ctx, loaded, PaperKind.MINUTES, None))
        record = served_paper(ctx, loaded, PaperKind.VERIFICATION, find_paper(ctx, loaded, PaperKind.VERIFICATION, 1))
    assert "không gắn thẻ" in str(minutes.parts)
    assert "không có hợp đồng" in str(record.parts)


def test_each_organisation_that_was_served_goes_on_reading_the_case(ctx_of):
    vnpt, viettel = organisations(ctx_of, "vnpt", "viettel")
    violation_id = with_minutes(ctx_of, organisation_id=vnpt)
    assert readers(ctx_of, violation_id, "vnpt", "viettel") == {"vnpt": True, "viettel": False}
    move(ctx_of, "kiemtra1", violation_id, "record_facts", **RECORD, organisation=[viettel])
    assert readers(ctx_of, violation_id, "vnpt", "viettel", "dienluc") == {
        "vnpt": True,
        "viettel": True,
        "dienluc": False,
    }


def test_an_organisation_opens_the_papers_that_were_served_to_it_and_no_draft(client_of, ctx_of):
    vnpt, viettel = organisations(ctx_of, "vnpt", "viettel")
    violation_id = with_minutes(ctx_of, organisation_id=vnpt)
    move(ctx_of, "kiemtra1", violation_id, "record_facts", **RECORD, organisation=[viettel])
    address = f"/violations/{violation_id}/papers"
    first, second = client_of("vnpt"), client_of("viettel")
    assert [client.get(f"{address}/minutes.pdf").status_code for client in (first, second)] == [200, 404]
    assert [client.get(f"{address}/verification.pdf").status_code for client in (first, second)] == [404, 200]
    assert {client.get(f"{address}/decision.pdf").status_code for client in (first, second)} == {404}
    assert {client.get(f"{address}/minutes.docx").status_code for client in (first, second)} == {403}
    page = first.get(address).text
    assert "minutes.pdf" in page
    assert "decision.pdf" not in page
    assert f"{address}" in first.get(f"/violations/{violation_id}").text


def test_a_record_takes_only_acts_and_organisations_of_its_lists(ctx_of):
    violation_id = with_minutes(ctx_of)
    for name in ("act", "organisation"):
        fields = refusal(
            lambda name=name: move(ctx_of, "kiemtra1", violation_id, "record_facts", **RECORD, **{name: [999_999]})
        )
        assert list(fields) == [name]
    fields = refusal(
        lambda: move(ctx_of, "kiemtra1", violation_id, "record_facts", **RECORD, offender=Offender.INDIVIDUAL)
    )
    assert list(fields) == ["offender_name"]


def test_given_numbers_follow_the_days_of_their_papers(ctx_of):
    today, found_before = (log(ctx_of, found_on=day) for day in (date(2026, 11, 24), date(2026, 11, 23)))
    for violation_id in (today, found_before):
        move(ctx_of, "kiemtra1", violation_id, "verify")
    move(ctx_of, "kiemtra1", today, "minutes", **MINUTES)
    yesterday = MINUTES | {"minutes_on": date(2026, 11, 23)}
    problem = refusal(lambda: move(ctx_of, "kiemtra1", found_before, "minutes", **yesterday))["minutes_number"][0]
    assert "24/11/2026" in problem
    assert (
        move(ctx_of, "kiemtra1", found_before, "minutes", **(yesterday | {"minutes_number": "9a/BB"})) is S.MINUTES_MADE
    )


# --- days ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "fields"),
    [
        ({"found_on": date(2026, 11, 22)}, ["found_on"]),
        ({"found_on": date(2026, 11, 25)}, ["found_on"]),
        ({"ended_on": date(2026, 11, 22)}, ["ended_on"]),
        ({"ended_on": date(2026, 11, 25)}, ["ended_on"]),
        ({"ended_on": date(2026, 11, 24), "is_continuing": True}, ["ended_on"]),
        ({"occurred_on": date(2026, 11, 25)}, ["occurred_on"]),
    ],
)
def test_act_end_and_discovery_are_in_order_and_not_of_the_future(ctx_of, days, fields):
    with ctx_of("ubnd.xa", now=NOW, read_only=True) as ctx:
        point = inside(ctx)

    def report():
        with ctx_of("kiemtra1", now=NOW) as ctx:
            log_violation(ctx, command(point, **days))

    assert list(refusal(report)) == fields


def test_terms_of_a_case_that_is_entered_late_count_from_its_true_days(ctx_of):
    violation_id = log(ctx_of, occurred_on=date(2026, 11, 10), found_on=date(2026, 11, 12))
    case = get(ctx_of, violation_id)
    assert (local_date(case.found_at), local_date(case.created_at)) == (date(2026, 11, 12), date(2026, 11, 24))
    # Two working days after Thursday 12/11.
    assert last_day(case.due_at) == date(2026, 11, 16)
    move(
        ctx_of,
        "kiemtra1",
        violation_id,
        "minutes",
        **(MINUTES | {"minutes_on": date(2026, 11, 13), "minutes_number": "3x/BB"}),
    )
    # Seven working days after Friday 13/11; 24/11 is a day off.
    assert last_day(get(ctx_of, violation_id).due_at) == date(2026, 11, 25)


def test_minutes_come_after_the_discovery(ctx_of):
    violation_id = log(ctx_of)
    move(ctx_of, "kiemtra1", violation_id, "verify")
    early = MINUTES | {"minutes_on": date(2026, 11, 23)}
    assert (
        "ngày phát hiện" in refusal(lambda: move(ctx_of, "kiemtra1", violation_id, "minutes", **early))["minutes_on"][0]
    )


# Move, the field of its day, the day before the earliest possible one and what else it needs.
BEFORE = date(2026, 11, 23)
ORDERED = [
    ("minutes", "deliver_minutes", "delivered_on", {"how": PaperDelivery.POST}),
    ("minutes", "explain", "explained_on", {"text": "Xin giảm"}),
    ("minutes", "decide", "decision_on", DECISION),
    ("minutes", "order_remedies", "decision_on", REMEDIES_ONLY),
    ("minutes", "record_facts", "verified_on", RECORD),
    ("minutes", "prosecute", "prosecuted_on", PROSECUTION),
    ("decided", "deliver_decision", "delivered_on", {"how": PaperDelivery.POST}),
    ("decided", "pay", "paid_on", PAYMENT),
    ("decided", "appeal", "complained_on", COMPLAINT),
    ("decided", "annul", "annulled_on", ANNULMENT),
    ("decided", "amend", "amended_on", AMENDMENT),
    ("decided", "correct", "corrected_on", CORRECTION),
    ("decided", "remedy", "remedy_due_on", {}),
    ("remedying", "remedied", "remedied_on", REMEDIED),
]


def test_no_paper_or_act_is_dated_before_what_it_follows_nor_in_the_future(ctx_of):
    cases = {"minutes": with_minutes(ctx_of), "decided": decided(ctx_of), "remedying": decided(ctx_of)}
    move(ctx_of, "kiemtra1", cases["remedying"], "remedy", remedy_due_on=date(2026, 12, 1))
    accepted_days = []
    for state, name, field, needs in ORDERED:
        wrong = [BEFORE] if name == "remedy" else [BEFORE, date(2026, 11, 25)]
        for day in wrong:
            data = dict(needs) | {field: day}
            with pytest.raises(Invalid) as refused:
                move(ctx_of, "ubnd.xa", cases[state], name, **data)
            if field not in refused.value.fields:
                accepted_days.append((name, day, refused.value.fields))
    assert accepted_days == []


def test_the_payment_term_begins_with_the_receipt_and_interest_after_it(ctx_of):
    violation_id = decided(ctx_of)
    move(
        ctx_of,
        "kiemtra1",
        violation_id,
        "deliver_decision",
        now=at(2026, 11, 27),
        delivered_on=date(2026, 11, 27),
        how=PaperDelivery.BY_HAND,
    )
    with ctx_of("so.khcn", now=at(2026, 12, 17), read_only=True) as ctx:
        case = ctx.session.get_one(Violation, violation_id)
        assert payment_due(ctx, case) == date(2026, 12, 7)
        # Ten days of 0.05 % of 25 million.
        assert interest_on(ctx, case, date(2026, 12, 17)) == 125_000


# --- decision ------------------------------------------------------------------------------------------------------


def test_after_its_term_nothing_is_fined_but_remedies_are_ordered(ctx_of):
    violation_id = with_minutes(ctx_of)
    later = at(2026, 12, 4)
    late = DECISION | {"decision_on": date(2026, 12, 4)}
    problem = refusal(lambda: move(ctx_of, "ubnd.xa", violation_id, "decide", now=later, **late))["decision_on"][0]
    assert "03/12/2026" in problem
    early = REMEDIES_ONLY | {"decision_on": date(2026, 12, 3)}
    assert list(refusal(lambda: move(ctx_of, "ubnd.xa", violation_id, "order_remedies", now=later, **early))) == [
        "ground"
    ]
    without = REMEDIES_ONLY | {"remedies": []}
    assert list(refusal(lambda: move(ctx_of, "ubnd.xa", violation_id, "order_remedies", now=later, **without))) == [
        "remedies"
    ]
    assert move(ctx_of, "ubnd.xa", violation_id, "order_remedies", now=later, **REMEDIES_ONLY) is S.DECIDED
    case = get(ctx_of, violation_id)
    assert (case.decision_form, case.fine_vnd, case.decision_number.endswith("/QĐ-KPHQ")) == (
        DecisionForm.REMEDIES_ONLY,
        0,
        True,
    )


def test_a_decision_that_fines_nothing_is_no_sanction_to_be_repeated(ctx_of):
    (vnpt,) = organisations(ctx_of, "vnpt")
    violation_id = with_minutes(ctx_of, organisation_id=vnpt)
    move(ctx_of, "ubnd.xa", violation_id, "order_remedies", now=at(2026, 12, 4), **REMEDIES_ONLY)
    sanctioned = decided(ctx_of, organisation_id=vnpt, occurred_on=date(2026, 11, 20), kind="no_annual_plan")
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
        assert clean_until(ctx, ctx.session.get_one(Violation, sanctioned)) is None
    move(ctx_of, "kiemtra1", sanctioned, "pay", **PAYMENT)
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
        assert clean_until(ctx, ctx.session.get_one(Violation, sanctioned)) == date(2027, 11, 25)


#: Mitigating and aggravating circumstances, lowest and highest fine without a reason, in million đồng of 20 to 30.
FINE_RULE = [
    (0, 0, 25, 25),
    (1, 0, 20, 25),
    (2, 0, 20, 20),
    (0, 1, 25, 30),
    (0, 3, 30, 30),
    (2, 2, 25, 25),
    (3, 2, 20, 25),
]


def test_the_fine_follows_its_circumstances_or_says_why_not(ctx_of):
    wrong = []
    for mitigating, aggravating, least, most in FINE_RULE:
        facts = {"mitigating": mitigating, "aggravating": aggravating}
        violation_id = with_minutes(ctx_of)
        for million in range(20, 31):
            data = DECISION | facts | {"fine_vnd": Decimal(million) * 1_000_000}
            if least <= million <= most:
                continue
            fields = refusal(lambda data=data, number=violation_id: move(ctx_of, "ubnd.xa", number, "decide", **data))
            if list(fields) != ["fine_reason"]:
                wrong.append((facts, million, fields))
        data = DECISION | facts | {"fine_vnd": Decimal(least) * 1_000_000}
        if move(ctx_of, "ubnd.xa", violation_id, "decide", **data) is not S.DECIDED:
            wrong.append((facts, least))
    assert not wrong
    other = with_minutes(ctx_of)
    reasoned = DECISION | {"fine_vnd": Decimal(21_000_000), "fine_reason": "Khắc phục trước khi lập biên bản"}
    assert move(ctx_of, "ubnd.xa", other, "decide", **reasoned) is S.DECIDED


def test_a_range_below_the_right_to_explain_is_not_explained(ctx_of):
    violation_id = with_minutes(ctx_of, kind="share_without_contract")
    with pytest.raises(MoveRefused, match="Điều 61"):
        move(ctx_of, "kiemtra1", violation_id, "explain", explained_on=date(2026, 11, 24), text="Xin giảm")


def test_one_act_is_decided_once_whoever_holds_the_second_case(ctx_of):
    (vnpt,) = organisations(ctx_of, "vnpt")
    first = decided(ctx_of, organisation_id=vnpt)
    second = accepted(ctx_of, organisation_id=vnpt)
    high = DECISION | {"authority": Authority.LEAD_DIRECTOR}
    problem = refusal(lambda: move(ctx_of, "so.khcn", second, "decide", **high))[""][0]
    assert get(ctx_of, first).number in problem
    with pytest.raises(Invalid):
        move(ctx_of, "so.khcn", second, "merge", other_number=get(ctx_of, second).number, text="Trùng")
    merged = {"other_number": get(ctx_of, first).number, "text": "Cùng một bó cáp"}
    assert move(ctx_of, "so.khcn", second, "merge", **merged) is S.CLOSED
    assert get(ctx_of, second).duplicate_of_id == first
