"""One office holds a case, decisions fall by who may annul them, and every case has its ways out."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import select

from registry.accounts.models import Organisation, OrganisationKind
from registry.authz.permissions import P
from registry.authz.scopes import visible
from registry.documents.issued import IssuedPaper
from registry.kernel.clock import last_day
from registry.kernel.errors import Forbidden, Invalid, MoveRefused
from registry.violations.codes import (
    Authority,
    Offender,
    PaperDelivery,
    PaperKind,
    Receiver,
    Relief,
    ViolationState,
)
from registry.violations.models import Violation, ViolationPaper
from registry.violations.numbers import papers_of
from registry.violations.papers import find_paper, served_paper
from registry.violations.queries import get_violation, list_kinds
from registry.violations.service import number_paper
from registry.violations.workflow import VIOLATION
from registry.violations.workflow.terms import decision_due
from registry.workflow.engine import require_move
from tests.factories.structures import organisation_id
from tests.factories.violations import (
    AMENDMENT,
    ANNULMENT,
    COMPLAINT,
    CORRECTION,
    DECISION,
    NOW,
    PAYMENT,
    PROSECUTION,
    RECORD,
    REMEDIED,
    accepted,
    decided,
    get,
    log,
    move,
    refusal,
    with_minutes,
)

S = ViolationState
DELIVERED = {"delivered_on": date(2026, 11, 24), "how": PaperDelivery.BY_HAND}


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


# --- offices -------------------------------------------------------------------------------------------------------


def acting(ctx_of, violation_id, name, data, *accounts):
    """Which accounts have the right to a move of a case."""
    able = []
    for account in accounts:
        try:
            move(ctx_of, account, violation_id, name, **data)
        except Forbidden:
            continue
        except (Invalid, MoveRefused):
            able.append(account)
        else:
            able.append(account)
            break
    return able


OFFICES = ("ubnd.xa", "so.khcn", "ubnd.tinh")


def test_only_who_holds_a_case_acts_until_it_is_accepted_or_returned(ctx_of):
    wrong = dict(DECISION, fine_vnd=Decimal(1))
    violation_id = with_minutes(ctx_of)
    assert acting(ctx_of, violation_id, "decide", wrong, *OFFICES) == ["ubnd.xa"]
    move(ctx_of, "ubnd.xa", violation_id, "transfer", receiver=Receiver.LEAD_DIRECTOR, text="Vượt thẩm quyền")
    assert get(ctx_of, violation_id).state is S.TRANSFERRED
    assert acting(ctx_of, violation_id, "explain", {"explained_on": date(2026, 11, 24), "text": "x"}, *OFFICES) == [
        "so.khcn"
    ]
    with pytest.raises(Forbidden):
        move(ctx_of, "ubnd.tinh", violation_id, "accept")
    assert move(ctx_of, "so.khcn", violation_id, "accept") is S.MINUTES_MADE
    assert acting(ctx_of, violation_id, "decide", wrong, *OFFICES) == ["so.khcn"]
    back = {"returned_on": date(2026, 11, 24), "text": "Thuộc thẩm quyền cấp xã"}
    assert move(ctx_of, "so.khcn", violation_id, "return_case", **back) is S.MINUTES_MADE
    assert acting(ctx_of, violation_id, "decide", wrong, *OFFICES) == ["ubnd.xa"]
    move(ctx_of, "ubnd.xa", violation_id, "transfer", receiver=Receiver.PROVINCE_CHAIR, text="Vượt thẩm quyền")
    move(ctx_of, "ubnd.tinh", violation_id, "accept")
    assert acting(ctx_of, violation_id, "decide", wrong, *OFFICES) == ["ubnd.tinh"]


#: Holder of a case -> permission of a move -> who has it.
RIGHTS = {
    None: {
        P.VIOLATION_HANDLE: {"kiemtra1", "ubnd.xa"},
        P.VIOLATION_DECIDE: {"ubnd.xa"},
        P.VIOLATION_REVIEW: {"ubnd.xa", "ubnd.tinh"},
        P.VIOLATION_TAKE_OVER: set(),
    },
    Receiver.LEAD_DIRECTOR: dict.fromkeys(
        (P.VIOLATION_HANDLE, P.VIOLATION_DECIDE, P.VIOLATION_TAKE_OVER), frozenset({"so.khcn"})
    )
    | {P.VIOLATION_REVIEW: {"so.khcn", "ubnd.tinh"}},
    Receiver.PROVINCE_CHAIR: dict.fromkeys(
        (P.VIOLATION_HANDLE, P.VIOLATION_DECIDE, P.VIOLATION_REVIEW, P.VIOLATION_TAKE_OVER), frozenset({"ubnd.tinh"})
    ),
}


@pytest.mark.parametrize("holder", RIGHTS)
def test_every_move_is_of_the_office_that_holds_the_case_and_of_no_other(ctx_of, holder):
    violation_id = with_minutes(ctx_of) if holder is None else accepted(ctx_of, holder.value)
    wrong = {}
    for account in ("kiemtra1", *OFFICES, "so.xaydung", "kiemtra2"):
        with ctx_of(account, now=NOW, read_only=True) as ctx:
            case = ctx.session.get_one(Violation, violation_id)
            for candidate in VIOLATION.moves:
                holders = RIGHTS[holder].get(candidate.permission)
                if holders is None:
                    continue
                try:
                    require_move(ctx, VIOLATION, case, candidate)
                    is_able = True
                except Forbidden:
                    is_able = False
                if is_able is not (account in holders):
                    wrong[account, candidate.name] = is_able
    assert not wrong


def test_the_committee_of_the_province_takes_a_transferred_case_to_its_end_with_all_papers(client_of, ctx_of):
    violation_id, committee, day = accepted(ctx_of, "province_chair"), "ubnd.tinh", NOW.date()
    steps = (
        ("deliver_minutes", DELIVERED),
        ("explain", {"explained_on": day, "text": "Xin giảm nhẹ"}),
        ("hold_hearing", {"heard_on": day, "facts": "Ảnh", "text": "Đã gắn thẻ"}),
        ("record_facts", RECORD),
        ("decide", DECISION | {"authority": Authority.PROVINCE_CHAIR}),
        ("deliver_decision", DELIVERED),
        ("pay", PAYMENT),
        ("remedy", {"remedy_due_on": date(2026, 12, 1)}),
        ("remedied", REMEDIED),
    )
    for name, data in steps:
        move(ctx_of, committee, violation_id, name, **data)
    with ctx_of(committee, now=NOW) as ctx:
        assert number_paper(ctx, violation_id, PaperKind.NOTICE) == "01/TB-VPHC"
    client, papers_page = client_of(committee), f"/violations/{violation_id}/papers"
    assert move(ctx_of, committee, violation_id, "close") is S.CLOSED
    for name in ("", "/minutes.pdf", "/decision.docx", "/hearing.docx", "/notice.docx", "/case-file.zip"):
        with client.get(f"{papers_page}{name}") as answer:
            assert answer.status_code == 200, name
    assert client_of("ubnd.xa").get(f"{papers_page}/case-file.zip").status_code == 403


@pytest.mark.parametrize(
    ("holder", "able"), [("commune", ["ubnd.xa", "ubnd.tinh"]), ("lead", ["so.khcn", "ubnd.tinh"])]
)
def test_a_decision_is_changed_or_annulled_by_its_issuer_or_the_committee_of_the_province(ctx_of, holder, able):
    def decision():
        if holder == "commune":
            return decided(ctx_of)
        violation_id = accepted(ctx_of)
        move(ctx_of, "so.khcn", violation_id, "decide", **(DECISION | {"authority": Authority.LEAD_DIRECTOR}))
        return violation_id

    tomorrow = date(2026, 11, 25)
    for name, day, data in (
        ("annul", "annulled_on", ANNULMENT),
        ("amend", "amended_on", AMENDMENT),
        ("correct", "corrected_on", CORRECTION),
    ):
        assert acting(ctx_of, decision(), name, data | {day: tomorrow}, *OFFICES) == able, name


def test_what_is_annulled_leaves_lists_and_figures_keeps_its_papers_and_can_be_decided_again(client_of, ctx_of):
    (vnpt,) = organisations(ctx_of, "vnpt")
    violation_id = decided(ctx_of, organisation_id=vnpt)
    before = papers(ctx_of, violation_id)
    move(ctx_of, "kiemtra1", violation_id, "pay", **PAYMENT)
    assert move(ctx_of, "ubnd.tinh", violation_id, "annul", **ANNULMENT) is S.ANNULLED
    case = get(ctx_of, violation_id)
    assert (case.decision_number, case.fine_vnd, case.paid_on, case.remedies) == (None, None, None, [])
    assert case.number not in client_of("ubnd.xa").get("/violations?decided=1").text
    sanctions = client_of("so.khcn").get("/violations/sanctions")
    assert case.number not in sanctions.text
    assert before.items() <= papers(ctx_of, violation_id).items()
    record = RECORD | {"verified_on": date(2026, 11, 27)}
    assert move(ctx_of, "kiemtra1", violation_id, "record_facts", now=at(2026, 11, 27), **record) is S.MINUTES_MADE
    # Seven working days after Friday 27/11.
    assert last_day(get(ctx_of, violation_id).due_at) == date(2026, 12, 8)
    again = DECISION | {"decision_on": date(2026, 11, 27)}
    assert move(ctx_of, "ubnd.xa", violation_id, "decide", now=at(2026, 11, 27), **again) is S.DECIDED
    assert {("decision", 1), ("decision", 2), ("annulment", 1)} <= set(papers(ctx_of, violation_id))


def test_an_amendment_stays_within_the_range_and_the_year_and_is_a_paper_of_its_own(ctx_of):
    violation_id = decided(ctx_of)
    for million in (19, 31):
        wrong = AMENDMENT | {"fine_vnd": Decimal(million) * 1_000_000}
        assert list(refusal(lambda wrong=wrong: move(ctx_of, "ubnd.xa", violation_id, "amend", **wrong))) == [
            "fine_vnd"
        ]
    late = AMENDMENT | {"amended_on": date(2027, 12, 1)}
    assert list(refusal(lambda: move(ctx_of, "ubnd.xa", violation_id, "amend", now=at(2027, 12, 1), **late))) == [
        "amended_on"
    ]
    assert move(ctx_of, "ubnd.xa", violation_id, "amend", **AMENDMENT) is S.DECIDED
    assert get(ctx_of, violation_id).fine_vnd == 20_000_000
    with ctx_of("ubnd.xa", now=NOW, read_only=True) as ctx:
        case = get_violation(ctx, violation_id)
        issued = served_paper(ctx, case, PaperKind.DECISION, find_paper(ctx, case, PaperKind.DECISION, None))
    assert "25.000.000" in str(issued.parts)


# --- ways out ------------------------------------------------------------------------------------------------------


def test_after_the_minutes_it_is_stopped_prosecuted_or_returned_by_the_prosecution(ctx_of):
    stopped = with_minutes(ctx_of)
    assert move(ctx_of, "ubnd.xa", stopped, "stop", text="Không đủ căn cứ") is S.NOT_VIOLATION
    assert move(ctx_of, "kiemtra1", stopped, "close") is S.CLOSED
    assert get(ctx_of, stopped).closed_on == date(2026, 11, 24)
    passed = with_minutes(ctx_of)
    assert move(ctx_of, "ubnd.xa", passed, "prosecute", **PROSECUTION) is S.PROSECUTING
    assert ("prosecution", 1) in papers(ctx_of, passed)
    with pytest.raises(MoveRefused):
        move(ctx_of, "so.khcn", passed, "accept")
    back = {"returned_on": date(2026, 11, 24), "text": "Không khởi tố"}
    assert move(ctx_of, "so.khcn", passed, "return_case", **back) is S.MINUTES_MADE
    assert get(ctx_of, passed).reopened_on == date(2026, 11, 24)


def test_a_complaint_goes_to_the_issuer_then_to_its_superior_also_after_closing(ctx_of):
    violation_id = decided(ctx_of)
    move(ctx_of, "kiemtra1", violation_id, "appeal", **COMPLAINT)
    with pytest.raises(MoveRefused, match="người đã ra quyết định"):
        move(ctx_of, "ubnd.tinh", violation_id, "uphold", text="Giữ nguyên", settled_on=NOW.date())
    assert move(ctx_of, "ubnd.xa", violation_id, "uphold", text="Giữ nguyên", settled_on=NOW.date()) is S.DECIDED
    move(ctx_of, "kiemtra1", violation_id, "remedy", remedy_due_on=date(2026, 12, 1))
    move(ctx_of, "kiemtra1", violation_id, "remedied", **REMEDIED)
    move(ctx_of, "kiemtra1", violation_id, "pay", **PAYMENT)
    move(ctx_of, "kiemtra1", violation_id, "close")
    assert move(ctx_of, "kiemtra1", violation_id, "appeal", **COMPLAINT) is S.APPEALED
    with pytest.raises(MoveRefused, match="Chủ tịch UBND tỉnh"):
        move(ctx_of, "ubnd.xa", violation_id, "uphold", text="Giữ nguyên", settled_on=NOW.date())
    assert move(ctx_of, "ubnd.tinh", violation_id, "uphold", text="Giữ nguyên", settled_on=NOW.date()) is S.CLOSED


def test_a_complaint_comes_within_ninety_days_of_the_receipt(ctx_of):
    violation_id = decided(ctx_of)
    late = COMPLAINT | {"complained_on": date(2027, 2, 23)}
    problem = refusal(lambda: move(ctx_of, "kiemtra1", violation_id, "appeal", now=at(2027, 2, 23), **late))
    assert "22/02/2027" in problem["complained_on"][0]
    moved = {"delivered_on": date(2026, 11, 25), "how": PaperDelivery.POST}
    move(ctx_of, "kiemtra1", violation_id, "deliver_decision", now=at(2026, 11, 25), **moved)
    assert move(ctx_of, "kiemtra1", violation_id, "appeal", now=at(2027, 2, 23), **late) is S.APPEALED


def test_a_case_that_was_closed_without_decision_takes_no_complaint(ctx_of):
    violation_id = log(ctx_of)
    move(ctx_of, "kiemtra1", violation_id, "verify")
    move(ctx_of, "kiemtra1", violation_id, "dismiss", text="Đã có thẻ")
    move(ctx_of, "kiemtra1", violation_id, "close")
    with pytest.raises(MoveRefused, match="không có quyết định"):
        move(ctx_of, "kiemtra1", violation_id, "appeal", **COMPLAINT)


def test_relief_needs_a_high_fine_and_parts_are_paid_with_it_alone(ctx_of):
    relief = {
        "relief": Relief.INSTALMENTS,
        "granted_on": date(2026, 11, 24),
        "until": date(2027, 4, 1),
        "text": "Khó khăn",
    }
    low = decided(ctx_of)
    assert list(refusal(lambda: move(ctx_of, "ubnd.xa", low, "relieve", **relief))) == ["relief"]
    high = accepted(ctx_of, kind="destroy_works", minutes={"offender": Offender.INDIVIDUAL, "offender_name": "Ông A"})
    decision = DECISION | {"authority": Authority.LEAD_DIRECTOR, "fine_vnd": Decimal(60_000_000)}
    move(ctx_of, "so.khcn", high, "decide", **decision)
    part = PAYMENT | {"paid_vnd": Decimal(24_000_000)}
    assert list(refusal(lambda: move(ctx_of, "so.khcn", high, "pay", **part))) == ["paid_vnd"]
    too_long = relief | {"until": date(2027, 6, 1)}
    assert list(refusal(lambda: move(ctx_of, "so.khcn", high, "relieve", **too_long))) == ["until"]
    move(ctx_of, "so.khcn", high, "relieve", **relief)
    small = part | {"paid_vnd": Decimal(23_999_999)}
    assert "40%" in refusal(lambda: move(ctx_of, "so.khcn", high, "pay", **small))["paid_vnd"][0]
    move(ctx_of, "so.khcn", high, "pay", **part)
    assert get(ctx_of, high).paid_on is None
    move(ctx_of, "so.khcn", high, "pay", **(PAYMENT | {"paid_vnd": Decimal(36_000_000)}))
    assert get(ctx_of, high).paid_on == date(2026, 11, 24)


def test_a_fine_is_enforced_after_its_term_and_within_a_year_of_the_decision(ctx_of):
    violation_id = decided(ctx_of)
    order = {"enforced_on": date(2026, 12, 8), "enforcement_number": "1/QĐ-CC", "text": "Khấu trừ"}
    with pytest.raises(MoveRefused, match="ngày giao"):
        move(ctx_of, "ubnd.xa", violation_id, "enforce", now=at(2026, 12, 8), **order)
    move(
        ctx_of, "kiemtra1", violation_id, "deliver_decision", delivered_on=date(2026, 11, 24), how=PaperDelivery.BY_HAND
    )
    with pytest.raises(MoveRefused, match="04/12/2026"):
        move(ctx_of, "ubnd.xa", violation_id, "enforce", now=at(2026, 12, 4), **order)
    late = order | {"enforced_on": date(2027, 11, 26)}
    assert list(refusal(lambda: move(ctx_of, "ubnd.xa", violation_id, "enforce", now=at(2027, 11, 26), **late))) == [
        "enforced_on"
    ]
    move(ctx_of, "ubnd.xa", violation_id, "enforce", now=at(2026, 12, 8), **order)
    assert get(ctx_of, violation_id).enforced_on == date(2026, 12, 8)


def test_the_message_about_a_missing_range_advises_no_other_act(ctx_of):
    violation_id = with_minutes(ctx_of, kind="dead_cable_left")
    problem = refusal(lambda: move(ctx_of, "ubnd.xa", violation_id, "decide", **DECISION))
    text = " ".join(sentence for sentences in problem.values() for sentence in sentences)
    assert "chọn hành vi" not in text


def test_a_case_names_the_end_of_the_term_of_its_decision(ctx_of):
    violation_id = with_minutes(ctx_of)
    with ctx_of("ubnd.xa", now=NOW, read_only=True) as ctx:
        case = get_violation(ctx, violation_id)
        assert decision_due(ctx, case) == date(2026, 12, 3)
        assert [row.kind for rows in papers_of(ctx, case).values() for row in rows] == [PaperKind.MINUTES]
        numbers = ctx.session.scalars(select(ViolationPaper.key).where(ViolationPaper.violation_id == violation_id))
        assert all(key is not None for key in numbers)


def test_a_commune_fines_no_unit_of_the_army_and_the_refusal_cites_the_setting(ctx_of):
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
        unit = ctx.session.scalars(select(Organisation.id).where(Organisation.kind == OrganisationKind.DEFENCE)).first()
    violation_id = with_minutes(ctx_of, organisation_id=unit)
    problem = refusal(lambda: move(ctx_of, "ubnd.xa", violation_id, "decide", **DECISION))["authority"][0]
    assert "01/01/2000" in problem
    assert "Chưa tìm thấy văn bản" in problem
    move(ctx_of, "ubnd.xa", violation_id, "transfer", receiver=Receiver.LEAD_DIRECTOR, text="Đơn vị quân đội")
    move(ctx_of, "so.khcn", violation_id, "accept")
    high = DECISION | {"authority": Authority.LEAD_DIRECTOR}
    assert move(ctx_of, "so.khcn", violation_id, "decide", **high) is S.DECIDED


@pytest.mark.parametrize(
    ("holder", "account", "offered"), [("commune", "ubnd.xa", "commune"), ("lead", "so.khcn", "lead")]
)
def test_the_form_of_a_decision_offers_the_authority_that_holds_the_case(client_of, ctx_of, holder, account, offered):
    violation_id = with_minutes(ctx_of) if holder == "commune" else accepted(ctx_of)
    page = client_of(account).get(f"/cases/violation/{violation_id}/decide").text
    options = [code for code in ("commune_chair", "lead_director", "province_chair") if f'value="{code}"' in page]
    assert [code.split("_")[0] for code in options] == [offered]


def test_departments_log_in_their_field_and_the_commune_of_the_place_takes_it_up(ctx_of):
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
        day = NOW.date()
        building = next(row.code for row in list_kinds(ctx.session, day, day) if row.kind_group == "building")
    for account, code in (("so.xaydung", building), ("so.khcn", "bad_cabling")):
        violation_id = log(ctx_of, by=account, kind=code)
        case = get(ctx_of, violation_id)
        assert case.transferred_to is None
        with pytest.raises(Forbidden):
            move(ctx_of, account, violation_id, "verify")
        move(ctx_of, "kiemtra1", violation_id, "verify")
    assert "ngoài lĩnh vực" in refusal(lambda: log(ctx_of, by="so.xaydung", kind="bad_cabling"))["kind"][0]
