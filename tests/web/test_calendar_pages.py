"""The pages of calendar and terms: read by all who sign in, written by the keepers; open cases are reckoned anew."""

import re

import pytest
from sqlalchemy import func, select

from registry.audit.models import AuditEvent, AuditPayload
from registry.workflow.models import CalendarDay, LegalTerm
from tests.permissions.cases import token_in

KEY = "colocation.answer"
DAY = {"kind": "day_off", "name": "Nghỉ bão", "source": "Công điện 01/CĐ-TTg", "needs_verification": "false"}


@pytest.fixture
def keeper(client_of):
    return client_of("so.khcn")


def post(client, address, **fields):
    token = token_in(client.get(address))
    return client.post(address, data=fields | {"csrf_token": token})


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
    assert f"Năm «{year}» không có trong lịch" in answer.text


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
    assert f"Ngày {day} ngoài lịch" in answer.text


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


def test_a_new_law_is_a_new_row_and_the_old_one_stays(keeper, ctx_of):
    assert 'value="7"' in keeper.get(f"/terms/{KEY}/new").text
    added = post(keeper, f"/terms/{KEY}/new", **TERM)
    assert (added.status_code, added.headers["Location"]) == (303, f"/terms#{KEY}")
    with ctx_of(read_only=True) as ctx:
        old, new = rows_of(ctx)
        assert (old.length, new.length, new.reminders) == (7, 10, [3, 1, 0])
        assert f"{new.cut_off:%H:%M}" == "16:30"
    page = keeper.get("/terms").text
    assert "chưa đến ngày" in page
    assert "Luật Viễn thông sửa đổi, Đ.1" in page


@pytest.mark.parametrize("day", ["01/01/2126", "01/06/2027"])
def test_a_slip_in_a_row_that_has_not_begun_is_put_right_by_the_next_one(keeper, ctx_of, day):
    post(keeper, f"/terms/{KEY}/new", **(TERM | {"valid_from": "01/01/2126", "length": "70"}))
    assert post(keeper, f"/terms/{KEY}/new", **(TERM | {"valid_from": day})).status_code == 303
    with ctx_of(read_only=True) as ctx:
        old, new = rows_of(ctx)
        assert (old.length, new.length, f"{new.valid_from:%d/%m/%Y}") == (7, 10, day)


def test_a_row_that_has_begun_stays_whatever_comes_later(keeper, ctx_of):
    today = post(keeper, f"/terms/{KEY}/new", **(TERM | {"valid_from": "01/01/2001"}))
    assert today.status_code == 303
    again = post(keeper, f"/terms/{KEY}/new", **(TERM | {"valid_from": "01/01/2001", "length": "9"}))
    assert again.status_code == 422
    assert "Ngày hiệu lực phải sau 01/01/2001" in again.text


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("valid_from", "01/01/2000", "Ngày hiệu lực phải sau 01/01/2000"),
        ("length", "0", "0"),
        ("cut_off", "25:00", "«25:00» không phải giờ trong ngày"),
        ("reminders", "ba ngày", "«ba ngày» không đọc được"),
        ("reminders", "201", "«201» không đọc được"),
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
