"""The other side of a violation: the accused organisation answers, and reads nothing of persons or of others."""

import binascii
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from registry.kernel.errors import Forbidden, Invalid, MoveRefused, NotFound
from registry.violations.codes import DecisionForm, Offender, PaperDelivery, ViolationState
from registry.violations.payment import reference_of, vietqr
from registry.violations.workflow.terms import complaint_due, payment_due
from registry.workflow.jobs import run_clocks
from tests.factories.structures import organisation_id
from tests.factories.violations import (
    COMPLAINT,
    DECISION,
    MINUTES,
    NOW,
    PAYMENT,
    RECORD,
    allow_warnings,
    decided,
    get,
    log,
    move,
    refusal,
    with_minutes,
)

S = ViolationState
TODAY = NOW.date()
PROOF = {"remedied_on": TODAY, "text": "Đã gắn thẻ", "photos": ["sau.jpg"]}
OTHER = {"offender": Offender.INDIVIDUAL, "offender_name": "Ông Lê Văn Tám", "text": "Hợp đồng thuê cột"}
REPORT = {"paid_on": TODAY, "paid_vnd": Decimal(25_000_000), "receipt_number": "BL 7"}
#: Move -> the state in which the accused makes it, what it states, and where it leads.
ANSWERS = {
    "send_explanation": ("minutes", {"text": "Cáp không phải của chúng tôi"}, S.EXPLAINING),
    "name_violator": ("minutes", OTHER, S.MINUTES_MADE),
    "send_proof": ("decided", PROOF, S.DECIDED),
    "report_payment": ("decided", REPORT, S.DECIDED),
    "send_complaint": ("decided", {"text": "Mức phạt quá cao"}, S.APPEALED),
}


def at(*parts):
    """A moment of the morning in Việt Nam."""
    return datetime(*parts, 3, tzinfo=UTC)


@pytest.fixture
def vnpt(ctx_of):
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
        return organisation_id(ctx.session, "vnpt")


def case_in(ctx_of, state, accused):
    return (with_minutes if state == "minutes" else decided)(ctx_of, organisation_id=accused)


def timeline(client_of, account, violation_id):
    page = client_of(account).get(f"/violations/{violation_id}").text
    return page[page.index('id="events"') :]


@pytest.mark.parametrize("name", ANSWERS)
def test_the_accused_answers_and_the_office_reads_it(ctx_of, client_of, vnpt, name):
    state, data, target = ANSWERS[name]
    violation_id = case_in(ctx_of, state, vnpt)
    assert move(ctx_of, "vnpt", violation_id, name, **data) is target
    stated = data.get("offender_name") or data.get("text") or data["receipt_number"]
    assert stated in timeline(client_of, "ubnd.xa", violation_id)
    assert stated in timeline(client_of, "vnpt", violation_id)


@pytest.mark.parametrize("name", ANSWERS)
def test_no_office_and_no_other_organisation_answers_for_the_accused(ctx_of, vnpt, name):
    state, data, _target = ANSWERS[name]
    violation_id = case_in(ctx_of, state, vnpt)
    for account in ("viettel", "ubnd.xa", "kiemtra1", "so.khcn"):
        with pytest.raises((Forbidden, NotFound)):
            move(ctx_of, account, violation_id, name, **data)


def test_an_explanation_is_sent_within_its_term(ctx_of, vnpt):
    violation_id = with_minutes(ctx_of, organisation_id=vnpt)
    with pytest.raises(MoveRefused, match="sau hạn cuối"):
        move(ctx_of, "vnpt", violation_id, "send_explanation", now=at(2026, 12, 2), text="Muộn")
    assert move(ctx_of, "vnpt", violation_id, "send_explanation", now=at(2026, 12, 1), text="Kịp") is S.EXPLAINING
    assert get(ctx_of, violation_id).explained_on == date(2026, 12, 1)


def test_a_person_who_is_fined_is_named_to_the_offices_alone(ctx_of, client_of, vnpt):
    person = {"offender": Offender.INDIVIDUAL, "offender_name": "Ông Lê Văn Tám"}
    violation_id = with_minutes(ctx_of, organisation_id=vnpt, minutes=person)
    fine = {"fine_vnd": Decimal(12_500_000)}
    move(ctx_of, "ubnd.xa", violation_id, "decide", **(DECISION | fine))
    page = client_of("vnpt").get(f"/violations/{violation_id}").text
    assert "Lê Văn Tám" not in page
    assert "chỉ cơ quan xử lý xem được tên" in page
    assert "Lê Văn Tám" in client_of("ubnd.xa").get(f"/violations/{violation_id}").text
    assert client_of("vnpt").get(f"/violations/{violation_id}/papers/minutes.pdf").status_code == 404
    with pytest.raises(MoveRefused, match="cá nhân"):
        move(ctx_of, "vnpt", violation_id, "send_complaint", text="Không đồng ý")


def test_an_organisation_reads_no_answer_of_the_one_that_was_accused_before(ctx_of, client_of, vnpt):
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
        viettel = organisation_id(ctx.session, "viettel")
    violation_id = with_minutes(ctx_of, organisation_id=vnpt)
    move(ctx_of, "vnpt", violation_id, "name_violator", **OTHER)
    move(ctx_of, "kiemtra1", violation_id, "record_facts", **RECORD, organisation=[viettel])
    assert "Hợp đồng thuê cột" in timeline(client_of, "vnpt", violation_id)
    assert "Hợp đồng thuê cột" not in timeline(client_of, "viettel", violation_id)
    with pytest.raises(Forbidden):
        move(ctx_of, "vnpt", violation_id, "send_explanation", text="Tôi")


@pytest.mark.parametrize("typed", ["VNPT Thanh Hóa", "vnpt thanh hoá", "Công ty VNPT"])
def test_minutes_against_a_name_ask_for_the_organisation_that_it_resembles(ctx_of, typed, vnpt):
    violation_id = log(ctx_of)
    move(ctx_of, "kiemtra1", violation_id, "verify")
    data = {name: value for name, value in MINUTES.items() if name != "organisation"} | {"offender_name": typed}
    refused = refusal(lambda: move(ctx_of, "kiemtra1", violation_id, "minutes", **data))
    assert "giống tổ chức" in refused["organisation"][0]
    move(ctx_of, "kiemtra1", violation_id, "minutes", **data, organisation=[vnpt])
    assert get(ctx_of, violation_id).organisation_id == vnpt
    move(ctx_of, "vnpt", violation_id, "send_explanation", text="Đã nhận biên bản")


def test_minutes_against_a_name_that_is_no_organisation_stay_with_the_name(ctx_of):
    violation_id = log(ctx_of)
    move(ctx_of, "kiemtra1", violation_id, "verify")
    move(ctx_of, "kiemtra1", violation_id, "minutes", **MINUTES)
    assert get(ctx_of, violation_id).organisation_id is None


# --- payment -------------------------------------------------------------------------------------------------------


def parts(text):
    """Code -> value of a text of EMVCo."""
    values, offset = {}, 0
    while offset < len(text):
        code, length = text[offset : offset + 2], int(text[offset + 2 : offset + 4])
        values[code] = text[offset + 4 : offset + 4 + length]
        offset += 4 + length
    return values


@pytest.mark.parametrize("amount", [1, 25_000_000, 99_999_999_999])
def test_a_vietqr_names_account_sum_and_reference_and_closes_with_its_check(amount):
    text = vietqr("970415", "3511000012345", Decimal(amount), "VP 2026 000012 01 QDXPHC")
    values = parts(text)
    assert parts(parts(values["38"])["01"]) == {"00": "970415", "01": "3511000012345"}
    assert (values["53"], values["54"], values["58"]) == ("704", str(amount), "VN")
    assert parts(values["62"])["08"] == "VP 2026 000012 01 QDXPHC"
    assert values["63"] == f"{binascii.crc_hqx(text[:-4].encode(), 0xFFFF):04X}"


def test_the_page_of_the_payment_has_the_reference_and_no_account_before_one_is_set(ctx_of, client_of, vnpt):
    violation_id = decided(ctx_of, organisation_id=vnpt)
    page = client_of("vnpt").get(f"/violations/{violation_id}/papers/payment").text
    assert reference_of(get(ctx_of, violation_id)) in page
    assert "data:image/svg+xml" not in page
    assert "chưa được khai báo" in page
    assert client_of("viettel").get(f"/violations/{violation_id}/papers/payment").status_code == 404


# --- deemed delivery, complaints, warning ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("how", "received"),
    [
        (PaperDelivery.BY_HAND, date(2026, 11, 24)),
        (PaperDelivery.REFUSED, date(2026, 11, 24)),
        (PaperDelivery.RETURNED, date(2026, 11, 27)),
        (PaperDelivery.ELECTRONIC, date(2026, 11, 27)),
        (PaperDelivery.POSTED, date(2026, 12, 3)),
    ],
)
def test_a_delivery_is_deemed_by_the_way_it_went(ctx_of, how, received):
    violation_id = decided(ctx_of)
    move(ctx_of, "kiemtra1", violation_id, "deliver_decision", delivered_on=TODAY, how=how)
    assert get(ctx_of, violation_id).decision_delivered_on == received


def test_a_complaint_has_a_clock_that_begins_again_with_its_acceptance(ctx_of, database):
    violation_id = decided(ctx_of)
    move(ctx_of, "kiemtra1", violation_id, "appeal", **COMPLAINT)
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
        assert complaint_due(ctx, get(ctx_of, violation_id)) == date(2026, 12, 24)
    run_clocks(database, at(2026, 12, 28))
    assert get(ctx_of, violation_id).state is S.COMPLAINT_OVERDUE
    day = date(2026, 12, 28)
    assert (
        move(ctx_of, "ubnd.xa", violation_id, "accept_complaint", now=at(2026, 12, 28), accepted_on=day) is S.APPEALED
    )
    run_clocks(database, at(2027, 1, 20))
    assert get(ctx_of, violation_id).state is S.APPEALED
    result = {"text": "Giữ nguyên", "settled_on": date(2027, 1, 20)}
    assert move(ctx_of, "ubnd.xa", violation_id, "uphold", now=at(2027, 1, 20), **result) is S.DECIDED


def test_a_second_complaint_comes_within_its_term_of_the_result_and_no_third_one_comes(ctx_of):
    violation_id = decided(ctx_of)
    move(ctx_of, "kiemtra1", violation_id, "appeal", **COMPLAINT)
    move(ctx_of, "ubnd.xa", violation_id, "uphold", text="Giữ nguyên", settled_on=TODAY)
    late = {"complained_on": date(2026, 12, 25), "text": "Vẫn không đồng ý"}
    refused = refusal(lambda: move(ctx_of, "kiemtra1", violation_id, "appeal", now=at(2026, 12, 25), **late))
    assert "24/12/2026" in refused["complained_on"][0]
    in_time = late | {"complained_on": date(2026, 12, 24)}
    move(ctx_of, "kiemtra1", violation_id, "appeal", now=at(2026, 12, 25), **in_time)
    result = {"text": "Giữ nguyên", "settled_on": date(2026, 12, 25)}
    move(ctx_of, "ubnd.tinh", violation_id, "uphold", now=at(2026, 12, 25), **result)
    with pytest.raises(MoveRefused, match="lần hai"):
        move(ctx_of, "kiemtra1", violation_id, "appeal", now=at(2026, 12, 26), **in_time)


def test_a_result_is_not_before_the_complaint(ctx_of):
    violation_id = decided(ctx_of)
    move(ctx_of, "kiemtra1", violation_id, "appeal", **COMPLAINT)
    early = {"text": "Giữ nguyên", "settled_on": date(2026, 11, 23)}
    with pytest.raises(Invalid, match="ngày khiếu nại"):
        move(ctx_of, "ubnd.xa", violation_id, "uphold", **early)


def warn(ctx_of, violation_id, **data):
    base = {name: DECISION[name] for name in ("authority", "decision_number", "decision_on", "remedy")}
    return move(ctx_of, "ubnd.xa", violation_id, "warn", **(base | {"text": "Lần đầu", "mitigating": 1} | data))


def test_a_warning_needs_a_decree_that_gives_it_and_a_mitigating_fact(ctx_of, database):
    violation_id = with_minutes(ctx_of)
    with pytest.raises(MoveRefused, match="cảnh cáo"):
        warn(ctx_of, violation_id)
    allow_warnings(ctx_of)
    assert "tình tiết giảm nhẹ" in refusal(lambda: warn(ctx_of, violation_id, mitigating=0))["mitigating"][0]
    assert warn(ctx_of, violation_id) is S.DECIDED
    case = get(ctx_of, violation_id)
    assert (case.decision_form, case.fine_vnd) == (DecisionForm.WARNING, 0)
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
        assert payment_due(ctx, case) is None
    with pytest.raises(MoveRefused, match="không có tiền phạt"):
        move(ctx_of, "kiemtra1", violation_id, "pay", **PAYMENT)


def test_more_time_to_explain_is_granted_once_on_request_up_to_five_working_days_beyond_the_term(client_of, ctx_of):
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
        vnpt = organisation_id(ctx.session, "vnpt")
    violation_id = with_minutes(ctx_of, organisation_id=vnpt)
    page = client_of("vnpt").get(f"/violations/{violation_id}").text
    # Five working days from Tuesday 24/11, and five more.
    assert "01/12/2026" in page
    assert "gia hạn thêm không quá 5 ngày làm việc" in page
    asked = {"requested_on": TODAY, "text": "Chờ tài liệu của nhà thầu"}
    for until in (date(2026, 12, 1), date(2026, 12, 9)):
        with pytest.raises(Invalid, match="08/12/2026"):
            move(ctx_of, "ubnd.xa", violation_id, "grant_time", **asked, until=until)
    late = asked | {"requested_on": date(2026, 12, 2)}
    with pytest.raises(Invalid, match="sau hạn cuối"):
        move(ctx_of, "ubnd.xa", violation_id, "grant_time", now=at(2026, 12, 2), **late, until=date(2026, 12, 8))
    move(ctx_of, "ubnd.xa", violation_id, "grant_time", **asked, until=date(2026, 12, 8))
    with pytest.raises(MoveRefused, match="08/12/2026"):
        move(ctx_of, "ubnd.xa", violation_id, "grant_time", **asked, until=date(2026, 12, 8))
    assert move(ctx_of, "vnpt", violation_id, "send_explanation", now=at(2026, 12, 8), text="Đã có thẻ") is S.EXPLAINING
    with pytest.raises(MoveRefused, match="sau hạn cuối"):
        move(ctx_of, "vnpt", violation_id, "send_explanation", now=at(2026, 12, 9), text="Bổ sung")


def test_each_term_on_the_page_of_a_case_says_how_it_is_counted(client_of, ctx_of):
    violation_id = decided(ctx_of)
    delivered = {"delivered_on": TODAY, "how": PaperDelivery.RETURNED}
    move(ctx_of, "kiemtra1", violation_id, "deliver_decision", **delivered)
    move(
        ctx_of,
        "kiemtra1",
        violation_id,
        "appeal",
        **(COMPLAINT | {"complained_on": date(2026, 11, 27)}),
        now=at(2026, 11, 27),
    )
    page = client_of("ubnd.xa").get(f"/violations/{violation_id}").text
    for sentence in (
        "3 ngày làm việc sau lần bưu điện trả lại thứ ba",
        "10 ngày từ ngày nhận quyết định",
        "30 ngày từ ngày thụ lý",
    ):
        assert sentence in page, sentence
