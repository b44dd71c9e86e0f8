"""Reports of people without an account: three screens, danger first, codes, near reports, limits, photos, reopening."""

import base64
import io
import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from PIL import Image
from sqlalchemy import func, select, update

from registry.audit.chain import record
from registry.incidents.codes import IncidentKind, PhotoState, Severity
from registry.incidents.limits import LEAST_AGE
from registry.incidents.models import Incident, IncidentPhoto, IncidentReport
from registry.incidents.photos import forget_photos
from registry.incidents.public_forms import LIMITS
from registry.incidents.public_pages import STORE
from registry.incidents.rules import new_draft, tracking_code
from registry.kernel.base32 import ALPHABET
from registry.kernel.clock import utc_now
from registry.kernel.dated_settings import DatedSetting
from tests.factories.incidents import CONTACT, assigned, inside, move, triaged
from tests.factories.labels import labelled
from tests.factories.structures import make
from tests.permissions.cases import token_in
from tests.support.proofs import solved

FORM = {"kind": "cable_sagging", "danger": "no", "text": "Cáp sà thấp"}


@pytest.fixture
def here(ctx_of):
    lon, lat = inside(ctx_of, utc_now())
    return f"{lat:.6f}, {lon:.6f}"


@pytest.fixture
def person(client_of):
    return client_of(None)


@pytest.fixture
def send(person, here):
    """A function: sends screen three as the public; `said` replaces what it says."""

    def post(*, draft=None, **fields):
        draft = draft or new_draft()
        token = token_in(person.get(f"/report?draft={draft}"))
        return person.post("/report/send", data=FORM | {"draft": draft, "at": here, "csrf_token": token} | fields)

    return post


def quota(ctx_of, **figures):
    with ctx_of("so.khcn") as ctx:
        row = ctx.session.scalars(select(DatedSetting).where(DatedSetting.key == "incident.quota")).one()
        row.value = row.value | figures
        ctx.session.flush()
        record(ctx, "setting.add", "dated_setting", row.id)


def count(ctx_of, model=Incident):
    with ctx_of("so.khcn", read_only=True) as ctx:
        return ctx.session.scalar(select(func.count()).select_from(model))


def picture(color="navy", size=(40, 30), **options):
    target = io.BytesIO()
    Image.new("RGB", size, color).save(target, "JPEG", **options)
    return target.getvalue()


def test_three_screens_lead_to_a_code_and_its_state(person, here, ctx_of):
    page = person.get("/report")
    draft = re.search(r'name="draft"[^>]*value="([0-9a-f]{32})"', page.text)[1]
    data = {"draft": draft, "csrf_token": token_in(page), "photos": (io.BytesIO(picture()), "a.jpg")}
    first = person.post("/report/photo", data=data)
    assert first.status_code == 303
    second = person.get(first.headers["Location"])
    assert "Bước 2/3" in second.text
    third = person.get(f"/report/kind?draft={draft}&at={here}&accuracy=12.5")
    assert "Đã nhận 1 ảnh." in third.text
    names = re.findall(r'name="(danger|kind|text|marks|phone)"', third.text)
    assert list(dict.fromkeys(names)) == ["danger", "kind", "text", "marks", "phone"]
    sent = person.post(
        "/report/send", data=FORM | {"draft": draft, "at": here, "accuracy": "12.5", "csrf_token": token_in(third)}
    )
    assert sent.status_code == 303
    status = person.get(sent.headers["Location"])
    assert "Chờ phân loại" in status.text
    code = urlsplit(sent.headers["Location"]).path.rsplit("/", 1)[1].replace("-", "")
    assert len(code) == 26
    assert set(code) <= set(ALPHABET)
    with ctx_of("so.khcn", read_only=True) as ctx:
        kept = ctx.session.scalars(select(IncidentPhoto)).one()
        assert kept.report_id is not None
        assert code not in ctx.session.scalars(select(IncidentReport.code_digest)).one()


def test_a_dangerous_answer_shows_the_emergency_numbers_first_and_the_report_goes_on(send, ctx_of):
    draft = new_draft()
    warned = send(draft=draft, danger="yes")
    assert warned.status_code == 200
    assert warned.text.index('href="tel:114"') < warned.text.index("Gửi tiếp phản ánh")
    assert count(ctx_of) == 0
    assert send(draft=draft, danger="yes", warned="1", compared="cable_sagging").status_code == 303
    with ctx_of("so.khcn", read_only=True) as ctx:
        assert ctx.session.scalars(select(Incident)).one().severity is Severity.URGENT


def test_a_fire_is_dangerous_whatever_was_answered(send):
    assert 'href="tel:114"' in send(kind="fire").text


def test_sent_twice_is_one_report_with_one_code(send, ctx_of):
    draft = new_draft()
    first, second = send(draft=draft), send(draft=draft)
    assert first.headers["Location"] == second.headers["Location"]
    assert count(ctx_of) == 1


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"at": ""}, "Chưa có vị trí"),
        ({"at": "bờ sông"}, "bờ sông"),
        ({"at": "21,03; 105,85"}, "nằm ngoài tỉnh Thanh Hóa"),
        ({"at": "19.3; 106.05"}, "nằm ngoài địa bàn tỉnh"),
        ({"at": "", "unit": "999999999"}, "Chưa có vị trí"),
        ({"kind": "owner"}, "Lựa chọn không có trong danh sách"),
        ({"kind": ""}, "Chưa chọn loại sự cố"),
        ({"danger": ""}, "Chưa trả lời có nguy hiểm hay không"),
        ({"marks": "a\x00"}, "ký tự điều khiển"),
        ({"address": "a\x00"}, "ký tự điều khiển"),
        ({"text": "x" * 2001}, "tối đa 2.000"),
        ({"phone": "12"}, "Số điện thoại"),
        ({"email": "x"}, "x"),
        ({"phone": "0912345678"}, "Chưa đồng ý lưu thông tin liên hệ"),
    ],
)
def test_a_wrong_report_is_refused_with_its_reason_and_kept(send, ctx_of, fields, sentence):
    answer = send(**fields)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "Cáp sà thấp" in answer.text or {"at", "text"} & fields.keys()
    assert count(ctx_of) == 0


def test_scripts_in_every_field_stay_text(send, client_of, ctx_of):
    evil = "<script>alert(1)</script>"
    code = send(text=evil, marks=evil, name=evil, phone="0912345678", consent="y", address=evil).headers["Location"]
    with ctx_of("so.khcn", read_only=True) as ctx:
        number = ctx.session.scalars(select(Incident.id)).one()
    official = client_of("so.khcn")
    pages = [
        official.get(f"/incidents/{number}"),
        official.get(f"/incidents/{number}/reporters"),
        client_of(None).get(code),
    ]
    assert all(evil not in page.text for page in pages)
    assert evil.replace("<", "&lt;").replace(">", "&gt;") in pages[1].text


def test_who_reported_is_shown_to_moderators_alone_and_each_look_is_noted(send, client_of, ctx_of, person):
    send(name="Nguyễn Thị Kín", phone="0912345678", consent="y")
    with ctx_of("so.khcn", read_only=True) as ctx:
        number = ctx.session.scalars(select(Incident.id)).one()
    assert "Kín" in client_of("ubnd.xa").get(f"/incidents/{number}/reporters").text
    assert "Kín" not in client_of("ubnd.xa").get(f"/incidents/{number}").text
    assert "Thông tin người phản ánh sự cố" in client_of("so.khcn").get("/looks").text
    for name in ("viettel", "ubnd.tinh", "kiemtra2", None):
        assert client_of(name).get(f"/incidents/{number}/reporters").status_code in (302, 303, 403, 404)


def test_nothing_of_a_reporter_is_in_any_answer_to_those_not_allowed(client_of, ctx_of):
    """Owner, tenant, rival, committee of the province, the public: every page and file that tells of an incident."""
    incident_id = assigned(ctx_of, now=utc_now(), contact=CONTACT, text="CANARYTEXT ông Kín", marks="CANARYMARK")
    with ctx_of("so.khcn", read_only=True) as ctx:
        number = ctx.session.get_one(Incident, incident_id).number
    canaries = ("Thị Kín", "912345678", "0912 345 678", "kin@example.vn", "CANARYTEXT", "CANARYMARK")
    addresses = (
        *("/", "/incidents", f"/incidents/{incident_id}", "/incidents?q=K%C3%ADn", "/notices", "/search?q=912345678"),
        *(
            f"/search?q={number}",
            "/exports/incidents.csv",
            "/exports/incidents.xlsx",
            f"/incidents/{incident_id}/reporters",
        ),
        *("/looks", "/audit", f"/report/incidents/{number}", f"/report/incidents/{number}?q=CANARYTEXT"),
    )
    leaks = []
    for name in ("viettel", "vnpt", "ubnd.tinh", "nguoidan", "bo.khcn", "quantri", None):
        client = client_of(name)
        for address in addresses:
            with client.get(address) as answer:
                content = answer.get_data()
                # A page repeats what was looked for.
                leaks += [
                    (name, address, word) for word in canaries if word not in address and word.encode() in content
                ]
    assert leaks == []


def test_a_wrong_code_an_unknown_case_and_a_strange_text_look_alike_and_guessing_is_slowed(person, ctx_of):
    quota(ctx_of, wrong_codes=3)
    codes = ["0" * 26, tracking_code("y" * 40, new_draft()), "x", "%F0%9F%93%8D"]
    answers = [person.get(f"/report/status/{code}") for code in codes]
    assert [answer.status_code for answer in answers] == [404, 404, 404, 429]
    ids = re.compile(r"<code>[0-9a-f]{32}</code>|/report/status/[^\"&]*")
    assert len({ids.sub("", answer.text) for answer in answers[:3]}) == 1
    assert answers[3].headers["Retry-After"] == "900"
    shown = re.sub(r"<[^>]+>", " ", answers[3].text)
    assert not re.search(r"%\(|📍|%F0", shown), "the code that was asked for, or a place without its value"


def test_a_right_code_is_answered_however_often_its_network_was_wrong(send, person, ctx_of):
    quota(ctx_of, wrong_codes=3)
    right = send().headers["Location"]
    answers = [person.get(f"/report/status/{tracking_code('y' * 40, new_draft())}").status_code for _try in range(5)]
    assert answers == [404, 404, 404, 429, 429]
    assert person.get(right).status_code == 200


def test_the_look_up_takes_a_code_as_people_type_it(send, person):
    code = urlsplit(send().headers["Location"]).path.rsplit("/", 1)[1]
    token = token_in(person.get("/report/status"))
    answer = person.post("/report/status", data={"code": f" {code.lower()} ", "csrf_token": token})
    assert person.get(answer.headers["Location"]).status_code == 200


def test_a_report_like_another_shows_it_once(send, ctx_of, here):
    lat, lon = (float(part) for part in here.split(","))
    triaged(ctx_of, at=(lon, lat), now=utc_now())
    draft = new_draft()
    first = send(draft=draft)
    assert first.status_code == 200
    assert "trong một giờ qua" in first.text
    number = re.search(r"/report/incidents/(SC-[\d-]+)", first.text)[1]
    assert number
    assert "Cáp võng còn 2 m" not in first.text
    assert send(draft=draft, compared="cable_sagging").status_code == 303


def test_me_too_gives_a_code_of_its_own(person, ctx_of):
    incident_id = triaged(ctx_of, now=utc_now())
    with ctx_of("so.khcn", read_only=True) as ctx:
        number = ctx.session.get_one(Incident, incident_id).number
    page = person.get(f"/report/incidents/{number}")
    data = {"draft": new_draft(), "csrf_token": token_in(page)}
    answer = person.post(f"/report/incidents/{number}/me-too", data=data)
    assert answer.status_code == 303
    assert number in person.get(answer.headers["Location"]).text
    assert person.get("/report/incidents/SC-2026-999999").status_code == 404


def test_an_unpublished_incident_is_nobodys(person, ctx_of):
    incident_id = triaged(ctx_of, now=utc_now(), triage={"publish": False})
    with ctx_of("so.khcn", read_only=True) as ctx:
        number = ctx.session.get_one(Incident, incident_id).number
    assert person.get(f"/report/incidents/{number}").status_code == 404


def test_a_repaired_incident_is_reopened_with_a_photo(send, person, ctx_of):
    code = urlsplit(send().headers["Location"]).path
    with ctx_of("so.khcn", read_only=True) as ctx:
        incident_id = ctx.session.scalars(select(Incident.id)).one()
    now = utc_now()
    triage_data = {
        "kind": IncidentKind.CABLE_SAGGING,
        "severity": Severity.NORMAL,
        "summary": "Cáp võng",
        "publish": False,
    }
    token = token_in(person.get("/report"))
    assert "chưa cần mở lại" in person.post(f"{code}/reopen", data={"csrf_token": token}).text
    move(ctx_of, "ubnd.xa", incident_id, "triage", now=now, **triage_data)
    move(ctx_of, "ubnd.xa", incident_id, "secure", now=now, text="Đã buộc")
    move(ctx_of, "ubnd.xa", incident_id, "confirm", now=now, text="Đạt")
    page = person.get(code)
    data = {"draft": new_draft(), "csrf_token": token_in(page)}
    assert "Chưa có ảnh chụp hiện trạng" in person.post(f"{code}/reopen", data=data).text
    data["photos"] = (io.BytesIO(picture("red")), "sau.jpg")
    answer = person.post(f"{code}/reopen", data=data)
    assert answer.status_code == 303
    assert "Chờ phân loại" in person.get(code).text
    with ctx_of("so.khcn", read_only=True) as ctx:
        again = ctx.session.get_one(Incident, incident_id)
        assert (again.reopened, again.safe_at) == (1, None)


def test_a_label_fills_in_the_structure_and_tells_not_where_it_is(person, ctx_of, here):
    lat, lon = (float(part) for part in here.split(","))
    with ctx_of("viettel") as ctx:
        structure = make(ctx, at=(lon, lat))
    with ctx_of("viettel") as ctx:
        label = labelled(ctx, structure.code)[0].code
    card = person.get(f"/t/{label}")
    assert f"/report?label={label}" in card.text
    assert structure.code in person.get(f"/report?label={label}").text
    draft = new_draft()
    page = person.get(f"/report/kind?draft={draft}&label={label}")
    assert page.status_code == 200
    assert f"{lat:.4f}" not in page.text
    data = FORM | {"draft": draft, "label": label, "csrf_token": token_in(page)}
    assert person.post("/report/send", data=data).status_code == 303
    with ctx_of("so.khcn", read_only=True) as ctx:
        assert ctx.session.scalars(select(Incident.structure_id)).one() == structure.id


def test_when_many_write_each_shows_a_little_work(app, send, ctx_of, clock):
    quota(ctx_of, busy_a_minute=1)
    assert send().status_code == 303
    draft = new_draft()
    asked = send(draft=draft)
    assert asked.status_code == 422
    assert "data-challenge" in asked.text
    with app.test_request_context():
        limits = LIMITS.of(app)()
        proof = solved(limits.challenge(draft, utc_now()))
        assert not limits.is_proved(new_draft(), proof, utc_now())
        assert not limits.is_proved(draft, proof, utc_now() + timedelta(hours=1))
        forged = base64.b64encode(base64.b64decode(proof).replace(b"number", b"nomber")).decode()
        assert not limits.is_proved(draft, forged, utc_now())
    assert send(draft=draft, altcha=proof).status_code == 303
    clock.advance(timedelta(minutes=3))
    assert send().status_code == 303


def ticket_in(page):
    return re.search(r'name="ticket"[^>]*value="([^"]+)"', page)[1]


def test_without_scripts_a_form_that_was_open_for_a_while_is_taken_while_many_write(app, person, send, ctx_of, clock):
    quota(ctx_of, busy_a_minute=1)
    # Opened while few wrote: the ticket is there already.
    draft = new_draft()
    ticket = ticket_in(person.get(f"/report?draft={draft}").text)
    assert send().status_code == 303
    early = send(draft=draft, ticket=ticket)
    assert early.status_code == 422
    assert "hãy đợi 10 giây rồi gửi lại" in early.text
    # The page that says so counts on from the first one; what was typed is there.
    assert ticket_in(early.text) == ticket
    assert "Cáp sà thấp" in early.text
    clock.advance(LEAST_AGE)
    for wrong in ("", "x" * 5000, ticket[:-2] + "zz"):
        assert send(draft=draft, ticket=wrong).status_code == 422
    # One that was made for another draft is of no use for many.
    assert send(ticket=ticket).status_code == 422
    assert send(draft=draft, ticket=ticket, homepage="https://example.org").status_code == 422
    assert send(draft=draft, ticket=ticket).status_code == 303
    with app.test_request_context():
        limits = LIMITS.of(app)()
        assert limits.age_of(ticket, draft, utc_now() + timedelta(hours=3)) is None
        assert limits.age_of(ticket, draft, utc_now() - timedelta(minutes=1)) is None


def test_few_are_taken_without_work_from_one_network_and_cell_while_many_write(person, send, ctx_of, clock):
    quota(ctx_of, busy_a_minute=1)
    assert send().status_code == 303
    drafts = [new_draft() for _number in range(9)]
    tickets = [ticket_in(person.get(f"/report?draft={draft}").text) for draft in drafts]
    clock.advance(LEAST_AGE)
    answers = [send(draft=draft, ticket=ticket) for draft, ticket in zip(drafts, tickets, strict=True)]
    assert [answer.status_code for answer in answers] == [303] * 8 + [429]
    assert "hãy bật JavaScript" in answers[-1].text


def test_what_fills_in_the_hidden_field_is_told_to_leave_it_empty(send, ctx_of):
    refused = send(homepage="https://example.org")
    assert refused.status_code == 422
    assert "Ô “Để trống ô này” đã có nội dung" in refused.text
    # Then people see it, too.
    assert 'aria-hidden="true"><div class="field field-wrong"' not in refused.text
    assert count(ctx_of, IncidentReport) == 0
    assert send(homepage="").status_code == 303


def test_networks_of_one_customer_are_one_sender(app):
    limits = LIMITS.of(app)()
    assert limits.sender("2001:db8::1") == limits.sender("2001:db8::ffff") != limits.sender("2001:db8:0:1::1")


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.jpg", b"no picture", "a.jpg"),
        ("a.svg", b"<svg/>", "a.svg"),
        ("a.pdf", b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n", "không phải ảnh"),
        ("a.jpg", b"\xff\xd8\xff" + b"0" * 100, "hỏng"),
    ],
)
def test_what_is_no_photo_is_refused(person, ctx_of, name, content, sentence):
    token = token_in(person.get("/report"))
    data = {"draft": new_draft(), "csrf_token": token, "photos": (io.BytesIO(content), name)}
    answer = person.post("/report/photo", data=data)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert count(ctx_of, IncidentPhoto) == 0


def upload(person, draft, *colors):
    token = token_in(person.get("/report"))
    photos = [(io.BytesIO(picture(color)), f"{color}.jpg") for color in colors]
    return person.post("/report/photo", data={"draft": draft, "csrf_token": token, "photos": photos})


def test_the_store_of_photos_has_a_cap_and_a_report_goes_on_without(person, ctx_of, send):
    quota(ctx_of, photos=2)
    draft = new_draft()
    assert "tối đa 2 ảnh" in upload(person, draft, "red", "green", "blue").text
    assert upload(person, draft, "red").status_code == 303
    assert send(draft=draft).status_code == 303
    with ctx_of("so.khcn") as ctx:
        ctx.session.execute(update(IncidentPhoto).values(size_bytes=2000 * 1024 * 1024))
    later = new_draft()
    full = upload(person, later, "blue")
    assert full.status_code == 303
    assert "Kho ảnh đang đầy" in person.get(full.headers["Location"]).text
    sent = send(draft=later)
    assert sent.status_code == 303
    assert "Phản ánh không kèm ảnh" in person.get(sent.headers["Location"]).text


def exif(lon, lat):
    data = Image.Exif()
    data[0x0112] = 1
    data.get_ifd(0x8825).update({1: "N", 2: (lat, 0.0, 0.0), 3: "E", 4: (lon, 0.0, 0.0)})
    return data


def test_photos_wait_in_quarantine_and_only_a_blackened_copy_is_seen_by_others(app, person, client_of, ctx_of, here):
    lat, lon = (float(part) for part in here.split(","))
    draft = new_draft()
    token = token_in(person.get("/report"))
    sent = picture("white", exif=exif(lon, lat), comment=b"secret")
    data = {"draft": draft, "csrf_token": token, "photos": (io.BytesIO(sent), "a.jpg")}
    assert person.post("/report/photo", data=data).status_code == 303
    proposed = person.get(f"/report/place?draft={draft}")
    value = re.search(r'name="at"[^>]*value="([\d.]+), ', proposed.text)[1]
    assert abs(float(value) - lat) < 0.0001
    person.post("/report/send", data=FORM | {"draft": draft, "at": here, "csrf_token": token})
    with ctx_of("so.khcn", read_only=True) as ctx:
        kept = ctx.session.scalars(select(IncidentPhoto)).one()
        incident_id = ctx.session.scalars(select(Incident.id)).one()
    triage_data = {
        "kind": IncidentKind.CABLE_SAGGING,
        "severity": Severity.NORMAL,
        "summary": "Cáp võng",
        "publish": True,
    }
    moderator = client_of("ubnd.xa")
    with moderator.get(f"/incidents/photos/{kept.id}") as original:
        assert original.status_code == 200
    move(ctx_of, "ubnd.xa", incident_id, "triage", now=utc_now(), **triage_data)
    assert person.get(f"/report/photos/{kept.id}").status_code == 404
    for name in ("viettel", "kiemtra2", "nguoidan"):
        assert client_of(name).get(f"/incidents/photos/{kept.id}").status_code in (403, 404)
    page = moderator.get(f"/incidents/photos/{kept.id}/clear")
    data = {"cells": ["0", "191"], "decision": "clear", "csrf_token": token_in(page)}
    assert moderator.post(f"/incidents/photos/{kept.id}/clear", data=data).status_code == 303
    with person.get(f"/report/photos/{kept.id}") as served:
        shown = served.get_data()
    assert served.headers["Content-Security-Policy"].endswith("sandbox")
    with Image.open(io.BytesIO(shown)) as image:
        pixels = [image.getpixel(position) for position in ((0, 0), (39, 29), (20, 15))]
    assert [sum(pixel) > 600 for pixel in pixels] == [False, False, True]
    assert b"secret" not in shown
    assert b"Exif" not in shown
    data = {"decision": "refuse", "csrf_token": token_in(page)}
    moderator.post(f"/incidents/photos/{kept.id}/clear", data=data)
    assert person.get(f"/report/photos/{kept.id}").status_code == 404
    with ctx_of("quantri") as ctx:
        assert forget_photos(ctx, STORE.of(app), ctx.now) == 1


def test_photos_of_a_draft_that_was_never_sent_are_deleted_with_their_files(app, person, ctx_of):
    upload(person, new_draft(), "purple")
    store = STORE.of(app)
    with ctx_of("so.khcn", read_only=True) as ctx:
        kept = ctx.session.scalars(select(IncidentPhoto)).one()
    assert kept.state is PhotoState.QUARANTINED
    later = utc_now() + timedelta(days=3650)
    with ctx_of("quantri", now=later) as ctx:
        forget_photos(ctx, store, later)
    assert not store.path(kept.stored_name).exists()
    assert not store.original_path(kept.sha256).exists()
