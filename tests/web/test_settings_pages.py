"""The pages of the settings: all read, the lead department changes with a reason, nothing is lost."""

import html
import re
from datetime import date

import pytest
from sqlalchemy import select

from registry.audit.models import AuditEvent
from registry.kernel.dated_settings import SETTINGS, DatedSetting, setting, setting_row, setting_rows
from registry.kernel.i18n import force_locale
from tests.permissions.cases import token_in

KEY = "imports.undo_days"
NEW = {
    "value": "14",
    "valid_from": "01/01/2027",
    "source": "QĐ 12/2027/QĐ-UBND",
    "needs_verification": "false",
    "reason": "Quy định mới",
}


@pytest.fixture
def officer(client_of):
    return client_of("so.khcn")


def post(client, address, **fields):
    return client.post(address, data=fields | {"csrf_token": token_in(client.get(address))})


def words(answer):
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def row_ids(ctx_of, key=KEY):
    with ctx_of("so.khcn", read_only=True) as ctx:
        query = select(DatedSetting.id).where(DatedSetting.key == key).order_by(DatedSetting.valid_from)
        return list(ctx.session.scalars(query))


@pytest.mark.parametrize(
    ("language", "every", "turn"),
    [("vi", 2, 0), ("en", 2, 1), *(pytest.param(name, 1, 0, marks=pytest.mark.trial) for name in ("vi", "en"))],
    ids=["vi", "en", "vi-all", "en-all"],
)
def test_every_setting_has_a_page_with_its_values_and_a_form_filled_with_them(app, officer, language, every, turn):
    """In one of both languages by turns; the whole form in each."""
    officer.set_cookie("language", language)
    index = words(officer.get("/settings"))
    with app.test_request_context(), force_locale(language):
        labels = {key: str(declaration.label) for key, declaration in SETTINGS.items()}
    assert [label for label in labels.values() if label not in index] == []
    for key, declaration in list(SETTINGS.items())[turn::every]:
        page = officer.get(f"/settings/{key}")
        assert page.status_code == 200
        assert labels[key] in words(page)
        form = officer.get(f"/settings/{key}/new")
        assert form.status_code == 200
        for part in declaration.parts:
            assert f'name="{part.field.name}"' in form.text


@pytest.mark.parametrize("key", sorted(key for key, declaration in SETTINGS.items() if not declaration.fixed))
def test_the_form_as_it_opens_is_the_value_in_force(officer, ctx_of, key):
    """Sent back unchanged it is refused as the value that is there already: nothing is read differently."""
    address = f"/settings/{key}/new"
    page = officer.get(address)
    fields = dict(re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', page.text))
    fields |= dict(re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>\s*([^<]*)<', page.text))
    for name, options in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', page.text, re.DOTALL):
        if marked := re.search(r'<option selected value="([^"]*)"', options):
            fields[name] = marked[1]
    # The page says a former source in the words of today.
    with ctx_of("so.khcn", read_only=True) as ctx:
        stored_source = setting_row(ctx.session, key, ctx.today).source
    sent = {name: html.unescape(value) for name, value in fields.items() if name != "q"}
    sent |= {"valid_from": "01/01/2027", "source": stored_source, "reason": "Thử", "owner": ""}
    answer = officer.post(address, data=sent | {"needs_verification": "true"})
    assert answer.status_code == 422
    assert "Giá trị này đã áp dụng từ ngày" in words(answer)


def test_a_value_from_a_day_on_is_added_confirmed_and_withdrawn(officer, ctx_of):
    added = post(officer, f"/settings/{KEY}/new", **NEW)
    assert added.status_code == 303, words(added)
    first, second = row_ids(ctx_of)
    with ctx_of("so.khcn", read_only=True) as ctx:
        assert [setting(ctx.session, KEY, day) for day in (date(2026, 12, 31), date(2027, 1, 1))] == [7, 14]
        assert (
            ctx.session.scalars(select(AuditEvent.action).order_by(AuditEvent.number.desc())).first() == "setting.add"
        )
    page = words(officer.get(f"/settings/{KEY}"))
    assert "01/01/2000 – 31/12/2026" in page
    assert "Quy định mới" in page
    confirmed = post(officer, f"/settings/rows/{first}/confirm", source="Quy chế vận hành, Đ.3")
    assert confirmed.status_code == 303
    again = post(officer, f"/settings/rows/{first}/confirm", source="Quy chế vận hành, Đ.3")
    assert again.status_code == 409
    gone = post(officer, f"/settings/rows/{second}/withdraw", reason="Ghi nhầm năm")
    assert gone.status_code == 303
    with ctx_of("so.khcn", read_only=True) as ctx:
        assert setting(ctx.session, KEY, date(2027, 1, 1)) == 7
        assert setting_rows(ctx.session, [KEY], date(2027, 1, 1))[KEY].citation == "Quy chế vận hành, Điều 3"
    page = words(officer.get(f"/settings/{KEY}"))
    assert "Ghi nhầm năm" in page
    assert post(officer, f"/settings/{KEY}/new", **NEW).status_code == 303


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"valid_from": "01/01/2000"}, "Đã có dòng có hiệu lực từ ngày 01/01/2000"),
        ({"valid_from": "31/12/1999"}, "là 31/12/1999; cần từ 01/01/2000"),
        ({"valid_from": "01/01/2190"}, "là 01/01/2190; cần từ 01/01/2000"),
        ({"valid_from": "31/02/2027"}, "không có trong lịch"),
        ({"value": "0"}, "từ 1"),
        ({"value": "bảy"}, "bảy"),
        ({"source": ""}, "Chưa nhập"),
        ({"reason": ""}, "Chưa nhập"),
        ({"reason": "a\0b"}, "ký tự"),
    ],
)
def test_a_refusal_names_field_and_value_and_keeps_what_was_typed(officer, ctx_of, sent, sentence):
    answer = post(officer, f"/settings/{KEY}/new", **NEW | sent)
    assert answer.status_code == 422
    assert sentence in words(answer)
    if "source" not in sent:
        assert NEW["source"] in words(answer) or NEW["source"] in html.unescape(answer.text)
    assert len(row_ids(ctx_of)) == 1


def test_the_first_row_and_what_belongs_to_stored_data_stay(officer, ctx_of):
    (first,) = row_ids(ctx_of)
    assert post(officer, f"/settings/rows/{first}/withdraw", reason="Thử").status_code == 422
    assert post(officer, "/settings/position.coarse_grid_m/new", **NEW | {"value": "500"}).status_code == 422
    assert officer.get("/settings/khong.co").status_code == 404
    assert officer.get("/settings/rows/999999999/confirm").status_code == 404


def test_an_owner_has_figures_of_its_own(officer, ctx_of):
    sent = {name: value for name, value in NEW.items() if name != "value"} | {"owner": "viettel", "fill_pct": "35"}
    assert post(officer, "/settings/screening.duct/new", **sent).status_code == 303
    assert "Viettel" in words(officer.get("/settings/screening.duct"))
    with ctx_of("so.khcn", read_only=True) as ctx:
        assert setting(ctx.session, "screening.duct@viettel", date(2027, 1, 1)) == {"fill_pct": 35}


def test_what_is_to_be_confirmed_is_listed_until_it_is(officer, ctx_of):
    (first,) = row_ids(ctx_of)
    label = str(SETTINGS[KEY].label)
    assert label in words(officer.get("/settings/unconfirmed"))
    post(officer, f"/settings/rows/{first}/confirm", source="Quy chế vận hành, Đ.3")
    listed = words(officer.get("/settings/unconfirmed"))
    assert label not in listed
    assert all(heading in listed for heading in ("Tham số", "Thời hạn theo luật", "Hành vi vi phạm"))
