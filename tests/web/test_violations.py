"""Violations in the browser: the phone's form without scripts, what it refuses and keeps, what each reader sees."""

import io
import json
import re
from datetime import date, timedelta

import pytest
from PIL import Image
from sqlalchemy import func, select

from registry.kernel.clock import local_date, utc_now
from registry.kernel.i18n import NO_BREAK_SPACE, format_date
from registry.structures.codes import PermitRegime
from registry.territory.queries import province_bounds
from registry.violations.law import permit_regime_on
from registry.violations.models import Violation
from registry.violations.queries import OFF_PLAN, list_kinds
from tests.factories.structures import make, organisation_id, place_outside
from tests.factories.violations import DECISION, NOW, decided, inside, log, move, with_minutes
from tests.permissions.cases import token_in
from tests.permissions.violations import photo
from tests.support.statements import statements_of

FORM = {"kind": "bad_cabling", "description": "Cáp võng sát đường", "organisation": "0", "system": "auto"}


@pytest.fixture
def here(ctx_of):
    """A place in the area of kiemtra1 and ubnd.xa."""
    with ctx_of("ubnd.xa", read_only=True) as ctx:
        return inside(ctx)


@pytest.fixture
def report(client_of, here):
    """A function: sends the phone's form as an inspector; `said` replaces what it says."""
    clients = {}

    def send(by="kiemtra1", *, headers=None, **fields):
        client = clients.setdefault(by, client_of(by))
        lon, lat = here
        today = format_date(local_date(utc_now()))
        data = FORM | {"position": f"{lat:.6f}, {lon:.6f}", "occurred_on": today} | fields
        data["csrf_token"] = token_in(client.get("/violations/new"))
        return client.post("/violations/new", data=data, headers=headers)

    return send


def count(ctx_of):
    with ctx_of("so.khcn", read_only=True) as ctx:
        return ctx.session.scalar(select(func.count()).select_from(Violation))


def test_the_form_asks_for_photo_place_act_day_and_words_in_this_order(client_of):
    page = client_of("kiemtra1").get("/violations/new").text
    names = re.findall(r'name="(camera|photos|position|kind|occurred_on|description)"', page)
    assert names == ["camera", "photos", "position", "kind", "occurred_on", "description"]
    camera = re.search(r'<input[^>]*name="camera"[^>]*>', page)[0]
    assert 'accept="image/*"' in camera
    assert 'capture="environment"' in camera
    assert '<optgroup label="Cáp và treo cáp">' in page


def test_a_report_is_taken_with_its_photos(report, client_of):
    answer = report(camera=(io.BytesIO(photo()), "a.jpg"), photos=(io.BytesIO(other_photo()), "b.jpg"))
    assert answer.status_code == 303
    page = client_of("ubnd.xa").get(answer.headers["Location"]).text
    assert page.count('<li class="file">') == 2
    assert "VP-" in page
    assert "Cáp võng sát đường" in page


def other_photo():
    target = io.BytesIO()
    Image.new("RGB", (9, 7), "navy").save(target, "JPEG")
    return target.getvalue()


def test_a_script_is_told_where_the_report_is(report):
    answer = report(headers={"Accept": "application/json, text/html;q=0.5"})
    assert answer.status_code == 201
    assert answer.json["location"] == answer.headers["Location"]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"position": ""}, "Chưa nhập tọa độ"),
        ({"position": "bờ sông"}, "bờ sông"),
        ({"position": "21,03; 105,85"}, "nằm ngoài tỉnh Thanh Hóa"),
        ({"kind": ""}, "Chưa chọn hành vi"),
        ({"kind": "owner"}, "Hành vi “owner” không có trong danh mục"),
        ({"kind": "a\x00"}, "ký tự điều khiển"),
        ({"kind": "no_permit"}, "Hành vi “Xây dựng không phép (công trình khởi công trước 01/01/2026)” không có"),
        ({"occurred_on": "31/02/2026"}, "31/02/2026"),
        ({"occurred_on": "01/01/2099"}, "“Ngày xảy ra” là 01/01/2099; cần từ"),
        ({"accuracy_m": "-3"}, "-3"),
        ({"camera": (io.BytesIO(b"no picture"), "a.jpg")}, "a.jpg"),
        ({"photos": (io.BytesIO(b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n"), "a.pdf")}, "không phải ảnh"),
        ({"photos": (io.BytesIO(b"<svg/>"), "a.svg")}, "hãy gửi ảnh JPG, PNG, WEBP hoặc HEIC."),
    ],
)
def test_a_wrong_report_is_refused_and_keeps_what_was_typed(report, ctx_of, fields, sentence):
    answer = report(address="Số 5 Hạc Thành", **fields)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert 'value="Số 5 Hạc Thành"' in answer.text
    assert count(ctx_of) == 0


def test_a_place_outside_the_area_is_refused_by_name(report, ctx_of):
    with ctx_of("kiemtra1", read_only=True) as ctx:
        lon, lat = place_outside(ctx.session, ctx.actor.unit_ids)
    answer = report(position=f"{lat:.6f}, {lon:.6f}")
    assert answer.status_code == 422
    assert "ngoài địa bàn được giao" in answer.text


def test_what_was_reported_near_is_shown_once_and_does_not_block(report, ctx_of, here):
    log(ctx_of, at=(here[0], here[1] + 15 / 110_700), now=utc_now() - timedelta(days=2))
    first = report()
    assert first.status_code == 200
    assert f"cách 15{NO_BREAK_SPACE}m, báo 2 ngày trước" in first.text
    assert count(ctx_of) == 1
    compared = re.search(r'name="compared"[^>]*value="([^"]+)"', first.text)[1]
    assert report(compared=compared).status_code == 303
    assert count(ctx_of) == 2


def test_a_double_click_reports_once(report, ctx_of):
    key = "0" * 32
    first, second = (report(request_key=key, compared="x") for _time in range(2))
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.headers["Location"] == second.headers["Location"]
    assert count(ctx_of) == 1


def test_the_place_tells_what_is_near(client_of, ctx_of, here):
    lon, lat = here
    with ctx_of("viettel") as ctx:
        code = make(ctx, at=here).code
    log(ctx_of, at=here, now=utc_now())
    near = client_of("kiemtra1").get(f"/violations/locate?text={lat:.6f},+{lon:.6f}").json
    assert [row[0] for row in near["structures"]] == [code]
    assert len(near["near"]) == 1
    assert near["commune"]
    assert client_of("kiemtra1").get("/violations/locate?text=x").json["error"]


def test_the_acts_offered_are_those_of_the_day(client_of):
    client = client_of("kiemtra1")
    assert 'value="price_imposed"' in client.get("/violations/new?on=01/07/2026").text
    before = client.get("/violations/new?on=30/06/2026").text
    assert 'value="price_imposed"' not in before
    assert 'value="price_imposed"' in client.get("/violations/new?on=30/06/2026&continuing=1").text


def test_the_catalogue_is_that_of_a_day_with_basis_and_mark(client_of):
    client = client_of("viettel")
    page = client.get("/violations/kinds?on=01/07/2026").text
    assert "20–30 triệu đồng" in page
    assert "10–15 triệu đồng" in page
    assert "Nghị định 174/2026/NĐ-CP, điểm i khoản 3 Điều 43 <em>(cần kiểm chứng)</em>" in page
    assert "200.000.000\u00a0đồng" in page
    assert "Nghị định 174/2026" not in client.get("/violations/kinds?on=30/06/2026").text
    assert "Không đọc được ngày" in client.get("/violations/kinds?on=hom+qua").text


def test_facts_are_corrected_in_the_version_that_was_read(client_of, ctx_of):
    violation_id = log(ctx_of)
    client = client_of("kiemtra1")
    page = client.get(f"/violations/{violation_id}/edit")
    sent = FORM | {"description": "Cáp đã đứt", "csrf_token": token_in(page), "version": "1"}
    assert client.post(f"/violations/{violation_id}/edit", data=sent).status_code == 303
    stale = client.post(f"/violations/{violation_id}/edit", data=sent | {"description": "Bản cũ"})
    assert stale.status_code == 409
    assert "Bản cũ" in stale.text
    assert "Cáp đã đứt" in client.get(f"/violations/{violation_id}").text


def test_a_correction_that_comes_after_the_decision_is_refused_and_keeps_what_was_typed(client_of, ctx_of):
    violation_id = with_minutes(ctx_of)
    client = client_of("kiemtra1")
    token = token_in(client.get(f"/violations/{violation_id}/edit"))
    move(ctx_of, "ubnd.xa", violation_id, "decide", **DECISION)
    sent = FORM | {"description": "Bản gõ dở", "csrf_token": token}
    for version in ("3", "4"):
        answer = client.post(f"/violations/{violation_id}/edit", data=sent | {"version": version})
        assert answer.status_code == 409
        assert "Bản gõ dở" in answer.text
        assert "Đã ra quyết định" in answer.text or "đã ban hành" in answer.text


def test_the_accused_sees_minutes_and_decision_but_no_notes_suspects_or_photos(client_of, ctx_of):
    with ctx_of("so.khcn", read_only=True) as ctx:
        vnpt = organisation_id(ctx.session, "vnpt")
    violation_id = decided(ctx_of, organisation_id=vnpt, suspects="Có thể của Viettel", description="Ghi chú riêng")
    page = client_of("vnpt").get(f"/violations/{violation_id}").text
    for shown in ('id="case-map"', "01/BB-VPHC", "01/QĐ-XPHC", "25.000.000", "Gắn thẻ nhận biết"):
        assert shown in page
    for hidden in ("Có thể của Viettel", "Ghi chú riêng", "Ảnh và tài liệu", "Đỗ Minh Quân</dd>"):
        assert hidden not in page


def test_a_transfer_and_its_reason_stay_among_officials(client_of, ctx_of):
    with ctx_of("so.khcn", read_only=True) as ctx:
        vnpt = organisation_id(ctx.session, "vnpt")
    violation_id = with_minutes(ctx_of, organisation_id=vnpt, kind="destroy_works")
    move(ctx_of, "kiemtra1", violation_id, "transfer", receiver="lead_director", text="Vượt thẩm quyền cấp xã")
    assert "Vượt thẩm quyền cấp xã" not in client_of("vnpt").get(f"/violations/{violation_id}").text
    assert "Vượt thẩm quyền cấp xã" in client_of("so.khcn").get(f"/violations/{violation_id}").text


def test_a_structure_shows_its_violations_to_who_may_read_them(client_of, ctx_of, here):
    with ctx_of("vnpt") as ctx:
        code = make(ctx, owner="vnpt", at=here).code
    log(ctx_of, at=here, structure_code=code)
    assert 'id="violations"' in client_of("kiemtra1").get(f"/structures/{code}").text
    assert 'id="violations"' not in client_of("vnpt").get(f"/structures/{code}").text


def test_remedied_needs_a_photo(client_of, ctx_of):
    violation_id = decided(ctx_of)
    move(ctx_of, "kiemtra1", violation_id, "remedy", remedy_due_on=local_date(NOW) + timedelta(days=9))
    client = client_of("kiemtra1")
    page = client.get(f"/cases/violation/{violation_id}/remedied")
    version = re.search(r'name="version"[^>]*value="(\d+)"', page.text)[1]
    sent = {"csrf_token": token_in(page), "version": version, "text": "Đã gắn thẻ lại", "remedied_on": "24/11/2026"}
    refused = client.post(f"/cases/violation/{violation_id}/remedied", data=sent)
    assert refused.status_code == 422
    assert "Đã gắn thẻ lại" in refused.text
    taken = client.post(
        f"/cases/violation/{violation_id}/remedied", data=sent | {"photos": (io.BytesIO(photo()), "sau khi sửa.jpg")}
    )
    assert taken.status_code == 303


def test_a_file_of_one_byte_too_many_is_refused_at_a_step(client_of, ctx_of, monkeypatch):
    violation_id = decided(ctx_of)
    move(ctx_of, "kiemtra1", violation_id, "remedy", remedy_due_on=local_date(NOW) + timedelta(days=9))
    client, picture = client_of("kiemtra1"), photo()
    address = f"/cases/violation/{violation_id}/remedied"
    for part in ("registry.files.types.MAX_BYTES", "registry.files.forms.MAX_BYTES"):
        monkeypatch.setattr(part, len(picture) - 1)
    page = client.get(address)
    data = {
        "csrf_token": token_in(page),
        "version": re.search(r'name="version"[^>]*value="(\d+)"', page.text).group(1),
    }
    refused = client.post(
        address, data=data | {"text": "Xong", "remedied_on": "24/11/2026", "photos": (io.BytesIO(picture), "sau.jpg")}
    )
    assert refused.status_code == 422
    assert "lớn hơn" in refused.text


def test_the_list_is_that_of_the_reader(client_of, ctx_of):
    log(ctx_of)
    assert "VP-" in client_of("so.xaydung").get("/violations").text
    assert "VP-" not in client_of("kiemtra2").get("/violations").text
    assert "Ghi vi phạm" in client_of("kiemtra2").get("/violations").text
    assert "Ghi vi phạm" not in client_of("ubnd.xa").get("/violations").text


#: Queries that the answer may take, signing in included, however many violations there are.
BUDGETS = {"/violations": 15, "/violations/new": 19, "/violations/{made}": 23, "/violations/kinds": 11}


@pytest.mark.parametrize("address", BUDGETS)
def test_a_page_takes_a_bounded_number_of_queries(client_of, ctx_of, database, address):
    for _number in range(12):
        violation_id = log(ctx_of)
    client = client_of("kiemtra1")
    with statements_of(database) as statements:
        assert client.get(address.format(made=violation_id)).status_code == 200
    assert len(statements) <= BUDGETS[address], "\n".join(statements)


def test_the_map_of_the_form_shows_the_area_of_the_inspector_first(client_of, ctx_of):
    shown = {}
    for name in ("kiemtra1", "kiemtra2"):
        page = client_of(name).get("/violations/new").text
        shown[name] = json.loads(re.search(r'data-bounds="([^"]+)"', page).group(1))
        with ctx_of(name, read_only=True) as ctx:
            west, south, east, north = province_bounds(ctx.session)
        assert west <= shown[name][0] < shown[name][2] <= east
        assert shown[name][2] - shown[name][0] < (east - west) / 2
        assert shown[name][3] - shown[name][1] < (north - south) / 2
    assert shown["kiemtra1"] != shown["kiemtra2"]


def test_a_day_before_the_first_value_of_a_setting_is_answered_like_any_other(client_of, ctx_of):
    client = client_of("kiemtra1")
    for page in (
        "/violations/new?on=01/01/1990",
        "/violations/new?on=01/01/1990&continuing=1",
        "/violations/kinds?on=01/01/1990",
    ):
        assert client.get(page).status_code == 200, page
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
        assert permit_regime_on(ctx.session, date(1990, 1, 1)) is PermitRegime.PERMIT
        continuing = {kind.code for kind in list_kinds(ctx.session, NOW.date(), date(1990, 1, 1))}
    # Nothing is off plan before there was a plan.
    assert OFF_PLAN not in continuing
    assert "bad_cabling" in continuing
