"""The terms and turns of a case: minutes in time, a finding without owner, explanation, payment, remedy not done."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from registry.files.models import Attachment
from registry.files.pages import STORE
from registry.files.service import AddFile, add_file
from registry.kernel.clock import last_day
from registry.kernel.errors import Invalid, MoveRefused
from registry.kernel.i18n import force_locale
from registry.violations.codes import Offender, PaperDelivery, ViolationState
from registry.violations.known_facts import hints_for_decision, known_for_minutes
from registry.violations.models import Violation
from registry.violations.queries import list_earlier_decisions
from registry.violations.workflow.terms import payment_due
from registry.workflow.jobs import run_clocks
from tests.factories.structures import organisation_id
from tests.factories.violations import (
    ANNULMENT,
    DECISION,
    MINUTES,
    NOW,
    PAYMENT,
    correct,
    decided,
    get,
    log,
    move,
    refusal,
    with_minutes,
)
from tests.permissions.violations import photo

S = ViolationState


def local(*parts):
    """A moment of the morning in Việt Nam."""
    return datetime(*parts, 3, tzinfo=UTC)


#: Found on, complex, last day for the minutes; Tết is 16-20/02/2026 and 04-10/02/2027, 24/11 a day off.
MINUTES_TERMS = [
    ((2026, 11, 25), False, date(2026, 11, 27)),
    ((2027, 2, 2), False, date(2027, 2, 11)),
    ((2027, 2, 3), False, date(2027, 2, 12)),
    ((2027, 2, 3), True, date(2027, 2, 17)),
    ((2026, 11, 20), False, date(2026, 11, 25)),
    ((2026, 11, 20), True, date(2026, 11, 30)),
]


@pytest.mark.parametrize(("found_at", "is_complex", "last"), MINUTES_TERMS)
def test_the_minutes_have_two_working_days_five_where_it_is_complex(ctx_of, found_at, is_complex, last):
    now = local(*found_at)
    violation_id = log(ctx_of, now=now, occurred_on=now.date())
    move(ctx_of, "kiemtra1", violation_id, "verify", now=now)
    if is_complex:
        move(ctx_of, "kiemtra1", violation_id, "complex", now=now, text="Nhiều tuyến cáp, nhiều bên")
    assert last_day(get(ctx_of, violation_id).due_at) == last


def test_late_minutes_are_marked_and_still_made(ctx_of, database):
    violation_id = log(ctx_of)
    move(ctx_of, "kiemtra1", violation_id, "verify")
    later = local(2026, 11, 27)
    run_clocks(database, later)
    assert get(ctx_of, violation_id).state is S.MINUTES_OVERDUE
    assert last_day(get(ctx_of, violation_id).due_at) == date(2027, 11, 23)
    assert move(ctx_of, "kiemtra1", violation_id, "minutes", now=later, **MINUTES) is S.MINUTES_MADE


def test_a_finding_without_owner_stays_open_until_the_owner_is_proved(ctx_of, database):
    violation_id = log(ctx_of, kind="owner_unknown")
    assert get(ctx_of, violation_id).state is S.OPEN_FINDING
    run_clocks(database, local(2028, 1, 5))
    assert get(ctx_of, violation_id).state is S.OPEN_FINDING
    assert "" in refusal(lambda: move(ctx_of, "kiemtra1", violation_id, "name_owner", text="Nhãn trên cáp"))
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
        vnpt = organisation_id(ctx.session, "vnpt")
    correct(ctx_of, violation_id, organisation_id=vnpt)
    later = local(2026, 12, 1)
    assert move(ctx_of, "kiemtra1", violation_id, "name_owner", now=later, text="Nhãn trên cáp") is S.VERIFYING
    # The term of the minutes begins with the proof.
    assert last_day(get(ctx_of, violation_id).due_at) == date(2026, 12, 3)


def test_minutes_are_not_made_against_an_unknown_owner_nor_is_a_known_one_held_open(ctx_of):
    violation_id = log(ctx_of)
    problem = refusal(lambda: move(ctx_of, "kiemtra1", violation_id, "hold_open", text="Đã hỏi"))[""][0]
    assert problem.startswith("Hành vi “Cáp trong công trình dùng chung không gắn thẻ")
    move(ctx_of, "kiemtra1", violation_id, "verify")
    correct(ctx_of, violation_id, kind="owner_unknown")
    problem = refusal(lambda: move(ctx_of, "kiemtra1", violation_id, "minutes", **MINUTES))[""][0]
    assert problem.startswith("Chưa xác định chủ sở hữu")


def test_an_explanation_gives_a_month_and_comes_within_five_working_days(ctx_of):
    violation_id = with_minutes(ctx_of)
    late = {"explained_on": date(2026, 12, 2), "text": "Xin giảm nhẹ"}
    problems = refusal(lambda: move(ctx_of, "kiemtra1", violation_id, "explain", now=local(2026, 12, 2), **late))[
        "explained_on"
    ]
    # Five working days after Tuesday 24/11.
    assert problems == ["Ngày yêu cầu giải trình 02/12/2026 sau hạn cuối (01/12/2026); hãy kiểm tra lại."]
    on_time = late | {"explained_on": date(2026, 11, 26)}
    assert move(ctx_of, "kiemtra1", violation_id, "explain", now=local(2026, 11, 27), **on_time) is S.EXPLAINING
    assert last_day(get(ctx_of, violation_id).due_at) == date(2026, 12, 24)
    # Passed up, the longer term stays.
    move(ctx_of, "kiemtra1", violation_id, "transfer", now=local(2026, 11, 27), receiver="lead_director", text="Vượt")
    assert last_day(get(ctx_of, violation_id).due_at) == date(2026, 12, 24)


def test_a_decision_without_remedy_is_closed_when_it_is_paid(ctx_of):
    violation_id = with_minutes(ctx_of)
    move(ctx_of, "ubnd.xa", violation_id, "decide", **(DECISION | {"remedy": "Không."}))
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
        assert payment_due(ctx, ctx.session.get_one(Violation, violation_id)) is None
    later = {"delivered_on": date(2026, 11, 26), "how": PaperDelivery.BY_HAND}
    move(ctx_of, "kiemtra1", violation_id, "deliver_decision", now=local(2026, 11, 26), **later)
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
        # Ten days from the receipt, to the Monday after a Sunday.
        assert payment_due(ctx, ctx.session.get_one(Violation, violation_id)) == date(2026, 12, 7)
    with pytest.raises(MoveRefused, match="Chưa ghi nhận nộp phạt"):
        move(ctx_of, "kiemtra1", violation_id, "close")
    part = PAYMENT | {"paid_vnd": Decimal(20_000_000), "paid_on": date(2026, 11, 25)}
    assert sorted(refusal(lambda: move(ctx_of, "kiemtra1", violation_id, "pay", **part))) == ["paid_on", "paid_vnd"]
    assert move(ctx_of, "kiemtra1", violation_id, "pay", **PAYMENT) is S.DECIDED
    with pytest.raises(MoveRefused, match="Đã ghi nhận nộp phạt"):
        move(ctx_of, "kiemtra1", violation_id, "pay", **PAYMENT)
    assert move(ctx_of, "kiemtra1", violation_id, "close") is S.CLOSED


def test_a_decision_with_a_remedy_is_not_closed_before_it_is_verified(ctx_of):
    violation_id = decided(ctx_of)
    move(ctx_of, "kiemtra1", violation_id, "pay", **PAYMENT)
    with pytest.raises(MoveRefused, match="nội dung phải khắc phục"):
        move(ctx_of, "kiemtra1", violation_id, "close")


def test_a_remedy_that_is_late_or_not_done_gets_a_new_day(ctx_of, database):
    violation_id = decided(ctx_of)
    move(ctx_of, "kiemtra1", violation_id, "remedy", remedy_due_on=date(2026, 12, 1))
    # Two working days for the check on site.
    run_clocks(database, local(2026, 12, 4))
    assert get(ctx_of, violation_id).state is S.REMEDY_OVERDUE
    data = {"text": "Chưa gắn thẻ", "photos": ["kiem-tra.jpg"], "remedy_due_on": date(2026, 12, 4)}
    now = local(2026, 12, 4)
    assert list(refusal(lambda: move(ctx_of, "kiemtra1", violation_id, "remedy_failed", now=now, **data))) == [
        "remedy_due_on"
    ]
    data["remedy_due_on"] = date(2026, 12, 20)
    assert move(ctx_of, "kiemtra1", violation_id, "remedy_failed", now=now, **data) is S.REMEDYING
    # A Sunday: two working days later is Tuesday.
    assert last_day(get(ctx_of, violation_id).due_at) == date(2026, 12, 22)


def test_the_minutes_name_the_originals_and_start_with_what_is_known(app, ctx_of):
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
        vnpt = organisation_id(ctx.session, "vnpt")
    violation_id = log(ctx_of, organisation_id=vnpt, address="Số 5 Hạc Thành")
    with ctx_of("kiemtra1", now=NOW) as ctx:
        sent = AddFile(subject_kind="violation", subject_id=violation_id, file_name="cap.jpg", content=photo())
        sha256 = add_file(ctx, STORE.of(app), sent).sha256
    move(ctx_of, "kiemtra1", violation_id, "verify")
    with ctx_of("kiemtra1", now=NOW, read_only=True) as ctx:
        presets = known_for_minutes(ctx, ctx.session.get_one(Violation, violation_id))
        # The text goes into an official paper, whatever language the officer reads.
        with app.test_request_context(), force_locale("en"):
            assert known_for_minutes(ctx, ctx.session.get_one(Violation, violation_id))["text"] == presets["text"]
    assert presets["text"].startswith("Phát hiện lúc")
    assert (presets["minutes_on"], presets["offender"]) == (date(2026, 11, 24), Offender.ORGANISATION)
    for part in (
        "Số 5 Hạc Thành",
        "điểm b khoản 2 Điều 42 Nghị định 174/2026/NĐ-CP",
        "Cáp võng, không gắn thẻ",
        sha256,
    ):
        assert part in presets["text"]
    move(ctx_of, "kiemtra1", violation_id, "minutes", **MINUTES)
    assert get(ctx_of, violation_id).minutes_evidence == [sha256]


def test_who_was_sanctioned_is_named_until_a_year_after_the_execution_unless_the_decision_was_annulled(ctx_of):
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
        vnpt, viettel = (organisation_id(ctx.session, code) for code in ("vnpt", "viettel"))
    before, annulled, _other = (
        decided(ctx_of, organisation_id=number, kind=kind)
        for number, kind in ((vnpt, "bad_cabling"), (vnpt, "no_annual_plan"), (viettel, "bad_cabling"))
    )
    move(ctx_of, "ubnd.xa", annulled, "annul", **ANNULMENT)
    move(ctx_of, "kiemtra1", before, "pay", **PAYMENT)
    soon = log(ctx_of, now=local(2027, 11, 23), occurred_on=date(2027, 11, 22), organisation_id=vnpt)
    late = log(ctx_of, now=local(2027, 11, 27), occurred_on=date(2027, 11, 26), organisation_id=vnpt)
    with ctx_of("ubnd.xa", now=local(2027, 11, 27), read_only=True) as ctx:
        decision_ids = [
            [decision.id for decision in list_earlier_decisions(ctx, ctx.session.get_one(Violation, violation_id))]
            for violation_id in (soon, late)
        ]
    assert decision_ids == [[before], []]


def test_the_range_and_competence_stand_at_the_fields_of_the_decision(ctx_of):
    violation_id = with_minutes(ctx_of, minutes={"offender": Offender.INDIVIDUAL, "offender_name": "Ông A"})
    with ctx_of("ubnd.xa", now=NOW, read_only=True) as ctx:
        hints = hints_for_decision(ctx, ctx.session.get_one(Violation, violation_id))
    assert (
        hints["fine_vnd"] == "Khung phạt đối với cá nhân: 10–15 triệu đồng; không có tình tiết thì phạt mức giữa khung."
    )
    assert "Chủ tịch UBND cấp xã đến 50.000.000" in hints["authority"]
    assert hints["decision_on"] == (
        "Ngày/tháng/năm; thời hạn ra quyết định xử phạt đến 03/12/2026, hết thời hiệu xử phạt ngày 23/11/2027."
    )


def test_the_same_photo_does_not_prove_before_and_after(app, ctx_of):
    violation_id = log(ctx_of)
    before = AddFile(subject_kind="violation", subject_id=violation_id, file_name="truoc.jpg", content=photo())
    with ctx_of("kiemtra1", now=NOW) as ctx:
        add_file(ctx, STORE.of(app), before)
    # The same pixels with another comment in the file.
    again = photo()[:2] + b"\xff\xfe\x00\x06moi!" + photo()[2:]
    for content in (photo(), again):
        sent = AddFile(
            subject_kind="violation", subject_id=violation_id, file_name="sau.jpg", content=content, must_be_new=True
        )
        with ctx_of("kiemtra1", now=local(2026, 11, 25)) as ctx, pytest.raises(Invalid) as refused:
            add_file(ctx, STORE.of(app), sent)
        assert refused.value.fields["file"][0].startswith("Tệp “sau.jpg” đã có trong hồ sơ từ 24/11/2026")
    with ctx_of("kiemtra1", now=local(2026, 11, 25)) as ctx:
        new = AddFile(
            subject_kind="violation",
            subject_id=violation_id,
            file_name="sau.jpg",
            content=photo("navy"),
            must_be_new=True,
        )
        assert ctx.session.get_one(Attachment, add_file(ctx, STORE.of(app), new).id).file_name == "sau.jpg"
