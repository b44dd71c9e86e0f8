"""The pages of calendar and terms: read by all who sign in, written by the keepers; open cases are reckoned anew."""

import html
import re

import pytest
from sqlalchemy import func, select

from registry.audit.models import AuditEvent, AuditPayload
from registry.kernel.clock import last_day
from registry.kernel.i18n import written_provisions
from registry.workflow.models import CalendarDay, LegalTerm
from tests.factories import colocation
from tests.permissions.cases import token_in

KEY = "colocation.answer"
DAY = {"kind": "day_off", "name": "Nghỉ bão", "source": "Công điện 01/CĐ-TTg", "needs_verification": "false"}


@pytest.fixture
def keeper(client_of):
    return client_of("so.khcn")


def post(client, address, **fields):
    token = token_in(client.get(address))
    return client.post(address, data=fields | {"csrf_token": token})


def confirmed(client, address, **fields):
    """The answer to a form that says first what it does: that page, and the answer to its confirmation."""
    shown = post(client, address, **fields)
    assert shown.status_code == 200, shown.text
    digest = re.search(r'name="seen"[^>]*value="([^"]*)"', shown.text)[1]
    return shown, client.post(address, data=fields | {"seen": digest, "csrf_token": token_in(shown)})


SECOND = "gd.khcn"


@pytest.fixture
def proposals(client_of):
    """Changes of terms by so.khcn that gd.khcn confirms: the answers to the proposal and to the decision."""

    class Proposals:
        def __init__(self):
            self.second = client_of(SECOND)

        def waiting(self):
            return re.search(r"/terms/proposals/\d+", self.second.get("/terms").text)[0]

        def decided(self, **fields):
            """What the second person is shown first, where the change moves anything, and the last answer."""
            address = self.waiting()
            fields = {"decision": "confirm", "reason": ""} | fields
            shown = post(self.second, address, **fields)
            if shown.status_code != 200:
                return shown, shown
            seen_digest = re.search(r'name="seen"[^>]*value="([^"]*)"', shown.text)[1]
            return shown, self.second.post(address, data=fields | {"seen": seen_digest, "csrf_token": token_in(shown)})

        def made(self, client, address, **fields):
            """Proposed and confirmed; what the proposer was shown, and the answer to the decision."""
            shown = post(client, address, **fields)
            if shown.status_code == 200:
                seen_digest = re.search(r'name="seen"[^>]*value="([^"]*)"', shown.text)[1]
                assert (
                    client.post(address, data=fields | {"seen": seen_digest, "csrf_token": token_in(shown)}).status_code
                    == 303
                )
            return shown, self.decided()[1]

    return Proposals()


def words(answer):
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def day_of(ctx, day):
    return ctx.session.scalars(select(CalendarDay).where(func.to_char(CalendarDay.day, "YYYY-MM-DD") == day)).one()


@pytest.mark.parametrize("name", ["viettel", "nguoidan", "bo.khcn"])
def test_everybody_who_signs_in_reads_calendar_and_terms_and_sees_no_buttons(client_of, name):
    client = client_of(name)
    calendar, terms = client.get("/calendar?year=2026"), client.get("/terms")
    assert (calendar.status_code, terms.status_code) == (200, 200)
    assert "/calendar/days" not in calendar.text
    assert "/new" not in terms.text
    assert 'id="colocation.answer"' in terms.text


def test_the_year_shows_each_day_off_each_worked_weekend_and_what_is_unverified(keeper):
    page = keeper.get("/calendar?year=2026").text
    assert page.count('<table class="month">') == 12
    assert re.search(r'class="day-look day-made_up[^>]*>22<span[^>]*> Làm bù: Làm bù cho ngày 31/08/2026', page)
    assert re.search(r'class="day-look day-off[^>]*title="Nghỉ: Tết Nguyên Đán"[^>]*>17', page)
    assert "Nghị quyết 80-NQ/TW" in page
    assert page.count("cần kiểm chứng") == 3


@pytest.mark.parametrize("year", ["1999", "2101", "hai", "20261", "020260", "²"])
def test_a_year_that_no_calendar_has_is_refused_in_words(keeper, year):
    answer = keeper.get("/calendar", query_string={"year": year})
    assert answer.status_code == 422
    assert f"Năm “{year}” không có trong lịch" in answer.text


def test_a_day_is_entered_changed_and_withdrawn_each_with_its_source(keeper, ctx_of):
    added = post(keeper, "/calendar/days/new", day="14/12/2026", **DAY)
    assert (added.status_code, added.headers["Location"]) == (303, "/calendar?year=2026")
    with ctx_of(read_only=True) as ctx:
        row = day_of(ctx, "2026-12-14")
        assert (row.name, row.source, row.is_active) == ("Nghỉ bão", "Công điện 01/CĐ-TTg", True)

    assert post(keeper, f"/calendar/days/{row.id}/edit", **(DAY | {"name": "Nghỉ tránh bão"})).status_code == 303
    assert post(keeper, f"/calendar/days/{row.id}/withdraw", source="Công điện 02/CĐ-TTg").status_code == 303
    with ctx_of(read_only=True) as ctx:
        row = day_of(ctx, "2026-12-14")
        assert (row.name, row.source, row.is_active) == ("Nghỉ tránh bão", "Công điện 02/CĐ-TTg", False)
    page = keeper.get("/calendar?year=2026").text
    assert "Công điện 02/CĐ-TTg" in page
    assert "Đã bỏ" in page

    # What was withdrawn may be entered again, and only once.
    assert post(keeper, "/calendar/days/new", day="14/12/2026", **DAY).status_code == 303
    twice = post(keeper, "/calendar/days/new", day="14/12/2026", **DAY)
    assert twice.status_code == 422
    assert "Ngày 14/12/2026 đã có trong lịch (Nghỉ bão)" in twice.text
    assert "Công điện 01/CĐ-TTg" in twice.text


def test_a_weekday_cannot_be_made_up(keeper):
    answer = post(keeper, "/calendar/days/new", day="14/12/2026", **(DAY | {"kind": "worked_weekend"}))
    assert answer.status_code == 422
    assert "Ngày 14/12/2026 không phải thứ Bảy hay Chủ nhật" in answer.text


@pytest.mark.parametrize("day", ["31/12/1999", "01/01/2101"])
def test_a_day_of_a_year_that_no_page_shows_is_not_entered(keeper, day):
    answer = post(keeper, "/calendar/days/new", day=day, **DAY)
    assert answer.status_code == 422
    assert f"“Ngày” là {day}; cần từ 01/01/2000" in answer.text


def test_a_withdrawn_day_is_not_withdrawn_again(keeper, ctx_of):
    with ctx_of(read_only=True) as ctx:
        row = day_of(ctx, "2026-11-24")
    assert post(keeper, f"/calendar/days/{row.id}/withdraw", source="Chưa có luật").status_code == 303
    assert post(keeper, f"/calendar/days/{row.id}/withdraw", source="Chưa có luật").status_code == 409


def test_a_change_of_the_calendar_is_one_event_of_the_chain(keeper, ctx_of):
    def events():
        with ctx_of(read_only=True) as ctx:
            return ctx.session.scalars(select(AuditEvent).order_by(AuditEvent.number)).all()

    before = len(events())
    post(keeper, "/calendar/days/new", day="14/12/2026", **DAY)
    (event,) = events()[before:]
    assert event.action == "calendar.add"
    with ctx_of(read_only=True) as ctx:
        entry = ctx.session.get_one(AuditPayload, event.number).payload["entries"][0]
        assert (entry["day"], entry["recalculated"]) == ("2026-12-14", 0)


TERM = {
    "valid_from": "01/01/2027",
    "length": "10",
    "unit": "working_day",
    "cut_off": "16:30",
    "reminders": "0, 3; 1",
    "citation": "Luật Viễn thông sửa đổi, Đ.1",
    "needs_verification": "false",
}


def rows_of(ctx):
    return ctx.session.scalars(select(LegalTerm).where(LegalTerm.key == KEY).order_by(LegalTerm.valid_from)).all()


def test_a_new_law_is_a_new_row_and_the_old_one_stays(keeper, ctx_of, proposals):
    assert 'value="7"' in keeper.get(f"/terms/{KEY}/new").text
    _shown, added = proposals.made(keeper, f"/terms/{KEY}/new", **TERM)
    assert (added.status_code, added.headers["Location"]) == (303, f"/terms#{KEY}")
    with ctx_of(read_only=True) as ctx:
        old, new = rows_of(ctx)
        assert (old.length, new.length, new.reminders) == (7, 10, [3, 1, 0])
        assert f"{new.cut_off:%H:%M}" == "16:30"
    page = keeper.get("/terms").text
    assert "chưa đến ngày" in page
    assert "Luật Viễn thông sửa đổi, Điều 1" in page


@pytest.mark.parametrize("day", ["01/01/2035", "01/06/2027"])
def test_a_slip_in_a_row_that_has_not_begun_is_put_right_by_the_next_one(keeper, ctx_of, proposals, day):
    proposals.made(keeper, f"/terms/{KEY}/new", **(TERM | {"valid_from": "01/01/2035", "length": "70"}))
    scheduled = "70 ngày làm việc từ ngày 01/01/2035 (Luật Viễn thông sửa đổi, Đ.1)"
    assert f"Đã lên lịch: {scheduled}" in words(keeper.get(f"/terms/{KEY}/new"))
    shown, done = proposals.made(keeper, f"/terms/{KEY}/new", **(TERM | {"valid_from": day}))
    assert f"Dòng đã lên lịch sẽ bị thay: {scheduled}" in words(shown)
    with ctx_of(read_only=True) as ctx:
        standing = [row for row in rows_of(ctx) if row.withdrawn_at is None]
        (gone,) = [row for row in rows_of(ctx) if row.withdrawn_at is not None]
        old, new = standing
        assert (old.length, new.length, f"{new.valid_from:%d/%m/%Y}") == (7, 10, day)
        assert (gone.length, gone.replaced_by_id) == (70, new.id)
    assert done.status_code == 303
    page = words(proposals.second.get("/terms"))
    assert f"Dòng đã lên lịch {scheduled} được thay và giữ lại trong lịch sử." in page
    assert "đã được thay" in page


def test_a_row_that_has_begun_stays_whatever_comes_later(keeper, proposals):
    _shown, today = proposals.made(keeper, f"/terms/{KEY}/new", **(TERM | {"valid_from": "01/01/2001"}))
    assert today.status_code == 303
    again = post(keeper, f"/terms/{KEY}/new", **(TERM | {"valid_from": "01/01/2001", "length": "9"}))
    assert again.status_code == 422
    assert "Ngày hiệu lực phải sau 01/01/2001" in again.text


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("valid_from", "01/01/2000", "Ngày hiệu lực phải sau 01/01/2000"),
        ("length", "0", "0"),
        ("length", "", "Chưa nhập"),
        ("cut_off", "25:00", "“25:00” không phải giờ trong ngày"),
        ("reminders", "ba ngày", "“ba ngày” không đọc được"),
        ("reminders", "201", "“201” không đọc được"),
        ("citation", "", "Căn cứ"),
    ],
)
def test_a_row_that_cannot_be_is_refused_and_what_was_typed_stays(keeper, ctx_of, field, typed, sentence):
    answer = post(keeper, f"/terms/{KEY}/new", **(TERM | {field: typed}))
    assert answer.status_code == 422
    assert sentence in answer.text
    assert f'value="{typed}"' in answer.text
    with ctx_of(read_only=True) as ctx:
        assert len(rows_of(ctx)) == 1


@pytest.fixture
def cases(ctx_of):
    """Requests of VNPT that wait for Viettel's answer."""

    def make(count):
        with ctx_of("viettel") as ctx:
            codes = [colocation.tower(ctx).code for _number in range(count)]
        with ctx_of("vnpt") as ctx:
            return [colocation.filed(ctx, code).id for code in codes]

    return make


def ends_of(ctx_of, ids):
    with ctx_of("so.khcn", read_only=True) as ctx:
        return [last_day(colocation.case(ctx, number).due_at) for number in ids]


@pytest.mark.parametrize("count", [0, 1, 3])
def test_what_a_change_moves_is_shown_before_it_is_made_and_the_parties_are_told(
    keeper, client_of, ctx_of, cases, proposals, count
):
    ids = cases(count)
    before = ends_of(ctx_of, ids)
    today = TERM | {"valid_from": "25/11/2026", "cut_off": "", "length": "15"}
    if not count:
        assert proposals.made(keeper, f"/terms/{KEY}/new", **today)[1].status_code == 303
        return
    effect = f"{count} hồ sơ đang mở sẽ có hạn cuối mới và các bên được thông báo."
    shown, done = confirmed(keeper, f"/terms/{KEY}/new", **today)
    assert effect in words(shown)
    assert done.status_code == 303
    assert ends_of(ctx_of, ids) == before
    shown, done = proposals.decided()
    assert effect in words(shown)
    assert done.status_code == 303
    after = ends_of(ctx_of, ids)
    assert all(now > was for now, was in zip(after, before, strict=True))
    for name in ("viettel", "vnpt"):
        page = words(client_of(name).get("/notices"))
        assert page.count(f"hạn cuối đổi từ ngày {before[0]:%d/%m/%Y} thành ngày {after[0]:%d/%m/%Y}") == count, name
    assert "hạn cuối đổi từ ngày" not in words(client_of("dienluc").get("/notices"))


def test_a_change_that_moves_more_by_now_is_shown_again(keeper, ctx_of, cases, proposals):
    cases(1)
    today = TERM | {"valid_from": "25/11/2026", "cut_off": "", "length": "15"}
    confirmed(keeper, f"/terms/{KEY}/new", **today)
    address, fields = proposals.waiting(), {"decision": "confirm", "reason": ""}
    shown = post(proposals.second, address, **fields)
    digest = re.search(r'name="seen"[^>]*value="([^"]*)"', shown.text)[1]
    ids = cases(2)
    before = ends_of(ctx_of, ids)
    answer = post(proposals.second, address, **fields, seen=digest)
    assert answer.status_code == 409
    assert "3 hồ sơ đang mở sẽ có hạn cuối mới" in words(answer)
    assert ends_of(ctx_of, ids) == before


def test_a_mistaken_row_is_withdrawn_with_a_reason_and_stays_on_record(keeper, ctx_of, cases, proposals):
    ids = cases(2)
    before = ends_of(ctx_of, ids)
    proposals.made(keeper, f"/terms/{KEY}/new", **(TERM | {"valid_from": "25/11/2026", "cut_off": "", "length": "70"}))
    with ctx_of(read_only=True) as ctx:
        first, wrong = [row.id for row in rows_of(ctx)]
    address = f"/terms/{wrong}/withdraw"
    assert address in keeper.get("/terms").text
    assert f"/terms/{first}/withdraw" not in keeper.get("/terms").text
    assert post(keeper, address, reason="").status_code == 422
    shown, done = proposals.made(keeper, address, reason="Gõ nhầm 7 thành 70")
    assert "2 hồ sơ đang mở sẽ có hạn cuối mới" in words(shown)
    assert done.status_code == 303
    assert ends_of(ctx_of, ids) == before
    page = words(keeper.get("/terms"))
    assert "Gõ nhầm 7 thành 70" in page
    assert post(keeper, address, reason="Lần nữa").status_code == 409
    refused = post(keeper, f"/terms/{first}/withdraw", reason="Cả dòng đầu")
    assert refused.status_code == 422
    assert "Dòng có hiệu lực từ 01/01/2000 là dòng đầu tiên" in words(refused)
    # Its day is free again.
    again = proposals.made(keeper, f"/terms/{KEY}/new", **(TERM | {"valid_from": "25/11/2026", "cut_off": ""}))
    assert again[1].status_code == 303


def test_a_day_of_the_calendar_that_moves_cases_is_shown_first_too(keeper, ctx_of, cases):
    ids = cases(2)
    before = ends_of(ctx_of, ids)
    shown, done = confirmed(keeper, "/calendar/days/new", day="27/11/2026", **DAY)
    assert "2 hồ sơ đang mở sẽ có hạn cuối mới" in words(shown)
    assert done.status_code == 303
    assert all(now > was for now, was in zip(ends_of(ctx_of, ids), before, strict=True))


def test_an_owners_own_row_that_has_not_begun_is_replaced_too(keeper, ctx_of, proposals):
    own = TERM | {"owner": "viettel", "length": "3"}
    assert proposals.made(keeper, f"/terms/{KEY}/new", **own)[1].status_code == 303
    shown, done = proposals.made(keeper, f"/terms/{KEY}/new", **(own | {"length": "4", "valid_from": "01/12/2026"}))
    assert "3 ngày làm việc từ ngày 01/01/2027" in words(shown)
    assert done.status_code == 303
    with ctx_of(read_only=True) as ctx:
        assert [(row.length, row.withdrawn_at is None) for row in rows_of(ctx)] == [(7, True), (4, True), (3, False)]


def test_the_form_of_a_new_row_begins_with_the_general_row_and_not_with_one_of_an_owner(keeper, proposals):
    own = TERM | {"owner": "viettel", "length": "3"}
    assert proposals.made(keeper, f"/terms/{KEY}/new", **own)[1].status_code == 303
    form = keeper.get(f"/terms/{KEY}/new").text
    assert 'value="7"' in form
    assert 'name="length" value="3"' not in form


def test_every_term_is_listed_with_its_law_and_state_and_has_a_form(keeper, ctx_of):
    listed = words(keeper.get("/terms"))
    with ctx_of(read_only=True) as ctx:
        rows = ctx.session.scalars(select(LegalTerm).order_by(LegalTerm.key)).all()
        missing = {row.key for row in rows if written_provisions(row.citation) not in listed}
        keys = {row.key for row in rows}
    assert missing == set()
    assert "Cần kiểm chứng" in listed
    assert {key for key in keys if keeper.get(f"/terms/{key}/new").status_code != 200} == set()


def test_a_term_without_rows_is_not_there(keeper):
    assert keeper.get("/terms/khong.co/new").status_code == 404


def test_the_mark_goes_when_somebody_has_compared_the_row_with_its_law(keeper, ctx_of):
    with ctx_of(read_only=True) as ctx:
        (row,) = rows_of(ctx)
        assert row.needs_verification
    citation = "QĐ 12/2027/QĐ-UBND Thanh Hóa, Đ.7 khoản 4"
    assert post(keeper, f"/terms/{row.id}/confirm", citation=citation).status_code == 303
    with ctx_of(read_only=True) as ctx:
        (row,) = rows_of(ctx)
        assert (row.needs_verification, row.citation) == (False, citation)


def test_one_person_changes_no_term(keeper, client_of, ctx_of, proposals):
    """Neither a new row nor a withdrawal: both wait, are seen by everybody, and are not decided by their proposer."""
    assert post(keeper, f"/terms/{KEY}/new", **TERM).status_code == 303
    with ctx_of(read_only=True) as ctx:
        assert len(rows_of(ctx)) == 1
    address = proposals.waiting()
    own = keeper.post(address, data={"decision": "confirm", "csrf_token": token_in(keeper.get(address))})
    assert own.status_code == 422
    assert "không được tự quyết định" in own.text
    again = post(keeper, f"/terms/{KEY}/new", **TERM)
    assert again.status_code == 409
    assert "đang chờ xác nhận" in words(again)
    assert "Đề xuất thay đổi" in words(client_of("viettel").get("/terms"))
    assert "đang chờ người thứ hai" in words(proposals.second.get("/notices"))


def test_a_confirmed_change_of_a_term_is_shown_to_the_owners(keeper, client_of, proposals):
    proposals.made(keeper, f"/terms/{KEY}/new", **TERM)
    sentence = "là 10 ngày làm việc (Luật Viễn thông sửa đổi, Đ.1)."
    assert [sentence in words(client_of(name).get("/notices")) for name in ("viettel", "dienluc", "nguoidan")] == [
        True,
        True,
        False,
    ]


def test_a_refused_or_withdrawn_proposal_changes_nothing(keeper, ctx_of, proposals):
    post(keeper, f"/terms/{KEY}/new", **TERM)
    assert "Chưa ghi lý do" in proposals.decided(decision="refuse")[1].text
    address = proposals.waiting()
    assert proposals.decided(decision="refuse", reason="Chưa ban hành")[1].status_code == 303
    assert "Chưa ban hành" in words(proposals.second.get(address))
    post(keeper, f"/terms/{KEY}/new", **TERM)
    address = proposals.waiting()
    own, others = (token_in(client.get(address)) for client in (keeper, proposals.second))
    assert keeper.post(f"{address}/cancel", data={"csrf_token": own}).status_code == 303
    late = proposals.second.post(address, data={"decision": "confirm", "csrf_token": others})
    assert late.status_code == 409
    with ctx_of(read_only=True) as ctx:
        assert len(rows_of(ctx)) == 1
