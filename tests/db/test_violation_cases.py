"""Dated cases of law of the sanction procedure: what happens on which day, and what the program must answer.

Days are those of the calendar in the register: Tết 2026 and 2027, 2 September, the day of culture on 24 November.
"""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest

from registry.kernel.errors import DomainError, Invalid
from registry.violations.codes import Authority, NoFineGround, Offender, PaperDelivery, Receiver, Remedy
from registry.violations.models import Violation
from registry.violations.queries import clean_until
from registry.violations.rules import expected_fine, fine_range, late_interest, may_explain_fine
from registry.violations.workflow.enforcing import interest_on
from registry.violations.workflow.terms import complaint_due, decision_due, execution_end, payment_due
from tests.factories.violations import DECISION, MINUTES, PAYMENT, REMEDIES_ONLY, log, move

MILLION = 1_000_000
OFFICE = {
    Authority.COMMUNE_CHAIR: "ubnd.xa",
    Authority.LEAD_DIRECTOR: "so.khcn",
    Authority.PROVINCE_CHAIR: "ubnd.tinh",
}


def at(day):
    return datetime.combine(day, time(3), tzinfo=UTC)


def minutes_on(ctx_of, day, kind="bad_cabling", offender=Offender.ORGANISATION, **facts):
    """A case whose act, discovery and minutes are of one day."""
    number = log(ctx_of, now=at(day), kind=kind, occurred_on=facts.pop("occurred_on", day), found_on=day, **facts)
    move(ctx_of, "kiemtra1", number, "verify", now=at(day))
    data = MINUTES | {"minutes_on": day, "offender": offender, "offender_name": f"Bên {number}"}
    move(ctx_of, "kiemtra1", number, "minutes", now=at(day), **data)
    return number


def held_by(ctx_of, number, authority, day):
    if authority is not Authority.COMMUNE_CHAIR:
        move(ctx_of, "ubnd.xa", number, "transfer", now=at(day), receiver=Receiver(authority.value), text="Vượt")
        move(ctx_of, OFFICE[authority], number, "accept", now=at(day))


def outcome(ctx_of, account, number, name, day, **data):
    """ "" for a move that is taken, else its refusal."""
    try:
        move(ctx_of, account, number, name, now=at(day), **data)
    except DomainError as refused:
        return str(getattr(refused, "fields", None) or refused)
    return ""


def read(ctx_of, number, question, day):
    with ctx_of("so.khcn", now=at(day), read_only=True) as ctx:
        return question(ctx, ctx.session.get_one(Violation, number))


#: Day of the minutes, what lengthens the term, last day of a fine (Đ66; Đ8 for weekends and holidays).
TERMS = [
    (date(2026, 7, 1), "", date(2026, 7, 10)),
    (date(2026, 7, 3), "", date(2026, 7, 14)),
    (date(2026, 8, 26), "", date(2026, 9, 9)),
    (date(2026, 11, 20), "", date(2026, 12, 2)),
    (date(2026, 12, 24), "", date(2027, 1, 5)),
    (date(2026, 7, 1), "transfer", date(2026, 7, 15)),
    (date(2026, 11, 20), "transfer", date(2026, 12, 7)),
    (date(2026, 7, 1), "explain", date(2026, 8, 3)),
    (date(2026, 7, 31), "explain", date(2026, 9, 3)),
    (date(2026, 10, 31), "explain", date(2026, 11, 30)),
    (date(2026, 7, 1), "find_complex", date(2026, 9, 3)),
    (date(2026, 12, 31), "find_complex", date(2027, 3, 1)),
]


@pytest.mark.parametrize(("day", "longer", "last"), TERMS)
def test_a_fine_is_decided_within_its_term_and_not_a_day_later(ctx_of, day, longer, last):
    number = minutes_on(ctx_of, day, kind="no_undergrounding")
    authority = Authority.COMMUNE_CHAIR
    if longer == "transfer":
        authority = Authority.LEAD_DIRECTOR
        held_by(ctx_of, number, authority, day)
    elif longer:
        data = {"explained_on": day} if longer == "explain" else {}
        move(ctx_of, "ubnd.xa", number, longer, now=at(day), text="Theo hồ sơ", **data)
    assert read(ctx_of, number, decision_due, day) == last
    fine = DECISION | {"authority": authority, "fine_vnd": Decimal(60 * MILLION)}
    late = last + timedelta(days=1)
    assert "decision_on" in outcome(ctx_of, OFFICE[authority], number, "decide", late, **(fine | {"decision_on": late}))
    # Entered later, but decided in time.
    assert outcome(ctx_of, OFFICE[authority], number, "decide", late, **(fine | {"decision_on": last})) == ""


#: Ground, days after the end of the term, refused field ("" for none).
GROUNDS = [
    (NoFineGround.LATE, 0, "ground"),
    (NoFineGround.LATE, 1, ""),
    (NoFineGround.LATE, 300, ""),
    (NoFineGround.TIME_BARRED, 1, "ground"),
    (NoFineGround.UNKNOWN, 0, ""),
    (NoFineGround.GONE, 0, ""),
    (NoFineGround.EXCUSED, 0, ""),
]


@pytest.mark.parametrize(("ground", "days", "field"), GROUNDS)
def test_remedies_alone_are_ordered_where_nothing_may_be_fined(ctx_of, ground, days, field):
    number = minutes_on(ctx_of, date(2026, 7, 1))
    day = date(2026, 7, 10) + timedelta(days=days)
    data = REMEDIES_ONLY | {"decision_on": day, "ground": ground}
    refused = outcome(ctx_of, "ubnd.xa", number, "order_remedies", day, **data)
    assert (field in refused) if field else refused == ""


#: Act, its day, whether it goes on, its end, discovery, last day of the limitation.
LIMITATIONS = [
    ("bad_cabling", date(2026, 7, 6), False, None, date(2026, 7, 7), date(2027, 7, 6)),
    ("bad_cabling", date(2026, 7, 1), True, None, date(2026, 11, 10), date(2027, 11, 10)),
    ("bad_cabling", date(2026, 7, 1), False, date(2026, 9, 15), date(2026, 11, 10), date(2027, 9, 15)),
    # Its last day is a Saturday: the next working day.
    ("bad_cabling", date(2026, 7, 10), False, None, date(2026, 7, 10), date(2027, 7, 12)),
    ("hang_without_consent", date(2026, 7, 6), False, None, date(2026, 7, 7), date(2028, 7, 6)),
]


@pytest.mark.parametrize(("kind", "acted", "goes_on", "ended", "found_on", "last"), LIMITATIONS)
def test_the_limitation_runs_from_the_end_of_the_act_or_the_discovery_of_one_that_goes_on(
    client_of, ctx_of, kind, acted, goes_on, ended, found_on, last
):
    number = log(
        ctx_of,
        now=at(found_on),
        kind=kind,
        occurred_on=acted,
        is_continuing=goes_on,
        ended_on=ended,
        found_on=found_on,
    )
    assert f"{last:%d/%m/%Y}" in client_of("so.khcn").get(f"/violations/{number}").text


#: Act, offender, authority, fine in million đồng, refused field ("" for none).
POWERS = [
    ("bad_cabling", Offender.ORGANISATION, Authority.COMMUNE_CHAIR, 25, ""),
    ("bad_cabling", Offender.INDIVIDUAL, Authority.COMMUNE_CHAIR, Decimal("12.5"), ""),
    ("bad_cabling", Offender.INDIVIDUAL, Authority.COMMUNE_CHAIR, 25, "fine_vnd"),
    ("no_undergrounding", Offender.ORGANISATION, Authority.COMMUNE_CHAIR, 60, ""),
    ("destroy_works", Offender.ORGANISATION, Authority.COMMUNE_CHAIR, 120, "authority"),
    ("destroy_works", Offender.INDIVIDUAL, Authority.COMMUNE_CHAIR, 60, "authority"),
    ("destroy_works", Offender.ORGANISATION, Authority.LEAD_DIRECTOR, 120, ""),
    ("destroy_works", Offender.ORGANISATION, Authority.PROVINCE_CHAIR, 120, ""),
    ("destroy_works", Offender.INDIVIDUAL, Authority.LEAD_DIRECTOR, 60, ""),
    ("destroy_works", Offender.ORGANISATION, Authority.LEAD_DIRECTOR, 150, "fine_vnd"),
    ("obstruction", Offender.ORGANISATION, Authority.COMMUNE_CHAIR, Decimal("7.5"), ""),
    ("dead_cable_left", Offender.ORGANISATION, Authority.COMMUNE_CHAIR, 20, "fine_vnd"),
]


@pytest.mark.parametrize(("kind", "offender", "authority", "million", "field"), POWERS)
def test_each_authority_fines_within_its_power_and_the_range_of_the_offender(
    ctx_of, kind, offender, authority, million, field
):
    day = date(2026, 7, 1)
    number = minutes_on(ctx_of, day, kind=kind, offender=offender)
    held_by(ctx_of, number, authority, day)
    data = DECISION | {"authority": authority, "decision_on": day, "fine_vnd": Decimal(million) * MILLION}
    refused = outcome(ctx_of, OFFICE[authority], number, "decide", day, **data)
    assert (f"'{field}'" in refused) if field else refused == ""


#: Range in million đồng, mitigating and aggravating circumstances, lowest and highest fine of the rule.
FINES = [
    ((20, 30), 0, 0, 25, 25),
    ((20, 30), 1, 0, 20, 25),
    ((20, 30), 2, 0, 20, 20),
    ((20, 30), 4, 1, 20, 20),
    ((20, 30), 0, 1, 25, 30),
    ((20, 30), 0, 2, 30, 30),
    ((20, 30), 1, 1, 25, 25),
    ((100, 140), 2, 3, 120, 140),
]


@pytest.mark.parametrize(("limits", "mitigating", "aggravating", "least", "most"), FINES)
def test_circumstances_move_the_fine_from_the_middle_of_its_range(limits, mitigating, aggravating, least, most):
    allowed = fine_range(*(Decimal(million) for million in limits), Offender.ORGANISATION)
    rule = expected_fine(allowed, mitigating, aggravating)
    assert (rule.least, rule.most) == (least, most)


#: Highest fine for organisations in million đồng, offender, whether it may be explained (Đ61).
EXPLAINED = [
    (20, Offender.ORGANISATION, False),
    (30, Offender.ORGANISATION, True),
    (20, Offender.INDIVIDUAL, False),
    (30, Offender.INDIVIDUAL, True),
    (None, Offender.ORGANISATION, False),
]


@pytest.mark.parametrize(("million", "offender", "may"), EXPLAINED)
def test_the_maximum_of_the_range_gives_the_right_to_explain(million, offender, may):
    assert may_explain_fine(None if million is None else Decimal(million) * MILLION, offender) is may


#: Decision, receipt, last day to pay, day of the question, interest on 25 million.
PAYMENTS = [
    (date(2026, 7, 1), date(2026, 7, 2), date(2026, 7, 13), date(2026, 7, 13), 0),
    (date(2026, 7, 1), date(2026, 7, 6), date(2026, 7, 16), date(2026, 7, 17), 12_500),
    (date(2026, 7, 1), date(2026, 8, 24), date(2026, 9, 3), date(2026, 9, 13), 125_000),
    (date(2026, 11, 19), date(2026, 11, 20), date(2026, 11, 30), date(2026, 12, 30), 375_000),
]


@pytest.mark.parametrize(("decided_on", "received_on", "last", "day", "interest"), PAYMENTS)
def test_payment_and_interest_count_from_the_receipt(ctx_of, decided_on, received_on, last, day, interest):
    number = minutes_on(ctx_of, decided_on)
    move(ctx_of, "ubnd.xa", number, "decide", now=at(decided_on), **(DECISION | {"decision_on": decided_on}))
    assert read(ctx_of, number, payment_due, decided_on) is None
    delivered = {"delivered_on": received_on, "how": PaperDelivery.POST}
    move(ctx_of, "kiemtra1", number, "deliver_decision", now=at(received_on), **delivered)
    assert read(ctx_of, number, payment_due, day) == last
    assert read(ctx_of, number, lambda ctx, case: interest_on(ctx, case, day), day) == interest
    assert late_interest(Decimal(25 * MILLION), (day - last).days) == interest


#: Receipt of the decision, complaint, whether it is in time (90 days, Luật Khiếu nại Đ9), last day to settle it.
COMPLAINTS = [
    (date(2026, 7, 1), date(2026, 9, 29), True, date(2026, 10, 29)),
    (date(2026, 7, 1), date(2026, 9, 30), False, None),
    (date(2026, 7, 6), date(2026, 10, 5), True, date(2026, 11, 4)),
    (date(2026, 7, 6), date(2026, 10, 6), False, None),
]


@pytest.mark.parametrize(("received_on", "complained_on", "in_time", "last"), COMPLAINTS)
def test_a_first_complaint_has_ninety_days_and_its_settlement_thirty(ctx_of, received_on, complained_on, in_time, last):
    day = date(2026, 7, 1)
    number = minutes_on(ctx_of, day)
    move(ctx_of, "ubnd.xa", number, "decide", now=at(day), **(DECISION | {"decision_on": day}))
    delivered = {"delivered_on": received_on, "how": PaperDelivery.POST}
    move(ctx_of, "kiemtra1", number, "deliver_decision", now=at(received_on), **delivered)
    data = {"complained_on": complained_on, "text": "Không đồng ý"}
    assert (outcome(ctx_of, "kiemtra1", number, "appeal", complained_on, **data) == "") is in_time
    assert read(ctx_of, number, complaint_due, complained_on) == last


def test_a_sanction_is_executed_within_a_year_and_clean_a_year_after(ctx_of):
    day = date(2026, 7, 1)
    number = minutes_on(ctx_of, day)
    move(ctx_of, "ubnd.xa", number, "decide", now=at(day), **(DECISION | {"decision_on": day}))
    assert read(ctx_of, number, execution_end, day) == date(2027, 7, 1)
    assert read(ctx_of, number, clean_until, day) is None
    paid = date(2026, 7, 10)
    move(ctx_of, "kiemtra1", number, "pay", now=at(paid), **(PAYMENT | {"paid_on": paid}))
    # 10/7/2027 is a Saturday.
    assert read(ctx_of, number, clean_until, paid) == date(2027, 7, 12)


#: Remedies that an authority may order in a case of telecommunications.
@pytest.mark.parametrize(
    ("remedy", "authority", "may"),
    [
        (Remedy.RESTORE, Authority.COMMUNE_CHAIR, True),
        (Remedy.REMOVE_NETWORK, Authority.COMMUNE_CHAIR, False),
        (Remedy.REMOVE_NETWORK, Authority.LEAD_DIRECTOR, True),
    ],
)
def test_an_authority_orders_the_remedies_of_its_list(ctx_of, remedy, authority, may):
    day = date(2026, 7, 1)
    number = minutes_on(ctx_of, day)
    held_by(ctx_of, number, authority, day)
    data = DECISION | {"authority": authority, "decision_on": day, "remedies": [list(Remedy).index(remedy)]}
    assert (outcome(ctx_of, OFFICE[authority], number, "decide", day, **data) == "") is may


#: Act, its day, whether it can be reported: of acts of NĐ 15/2020 one has a range that is known.
OLD = [
    ("no_database", date(2026, 6, 1), True),
    ("bad_cabling", date(2026, 6, 1), False),
    ("obstruction", date(2026, 6, 30), False),
    ("bad_cabling", date(2026, 7, 1), True),
    ("dead_cable_left", date(2026, 6, 1), True),
]


@pytest.mark.parametrize(("kind", "day", "is_taken"), OLD)
def test_an_act_of_an_older_decree_without_a_range_is_neither_offered_nor_taken(client_of, ctx_of, kind, day, is_taken):
    options = client_of("kiemtra1").get(f"/violations/new?on={day:%d/%m/%Y}").text
    assert (f'value="{kind}"' in options) is is_taken
    if is_taken:
        log(ctx_of, now=at(date(2026, 7, 1)), kind=kind, occurred_on=day)
        return
    with pytest.raises(Invalid) as refused:
        log(ctx_of, now=at(date(2026, 7, 1)), kind=kind, occurred_on=day)
    assert "15/2020" in refused.value.fields["kind"][0]
