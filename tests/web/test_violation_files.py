"""Files of a violation: papers as served, photos used twice, cases of other offices, search by numbers of papers."""

import io
import re
import zipfile
from hashlib import sha256

import pytest
from PIL import Image, ImageDraw
from sqlalchemy import select

from registry.audit.access_log import ACCESS
from registry.audit.models import AuditNote
from registry.files.pages import STORE
from registry.files.queries import list_files
from registry.files.service import AddFile, add_file
from registry.kernel.search import Query
from registry.kernel.text import fold
from registry.violations.evidence import photo_remarks, used_photos
from registry.violations.location import list_nearby_of_others
from registry.violations.models import Violation
from registry.violations.workflow import VIOLATION
from registry.workflow.lists import match_cases
from tests.factories.structures import organisation_id
from tests.factories.violations import NOW, PAYMENT, decided, get, inside, log, move, with_minutes
from tests.permissions.cases import token_in


def picture(seed=1, *, quality=90, side=320):
    """A photo with contrast, the same scene for the same seed, as a phone or a messenger encodes it."""
    image = Image.new("RGB", (320, 240), "white")
    draw = ImageDraw.Draw(image)
    for number in range(24):
        left, top = (seed * 37 + number * 53) % 280, (seed * 71 + number * 29) % 200
        draw.rectangle((left, top, left + 40, top + 40), fill=((number * 10) % 255, (seed * 40) % 255, 90))
    target = io.BytesIO()
    image.resize((side, side * 3 // 4)).save(target, "JPEG", quality=quality)
    return target.getvalue()


def send(app, ctx_of, violation_id, name, content):
    with ctx_of("kiemtra1", now=NOW) as ctx:
        command = AddFile(subject_kind="violation", subject_id=violation_id, file_name=name, content=content)
        return add_file(ctx, STORE.of(app), command).id


def test_the_pdf_of_an_issued_paper_is_the_same_file_for_every_reader(client_of, ctx_of):
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
        vnpt = organisation_id(ctx.session, "vnpt")
    violation_id = with_minutes(ctx_of, organisation_id=vnpt)
    address = f"/violations/{violation_id}/papers"
    files = [client_of(name).get(f"{address}/minutes.pdf").data for name in ("vnpt", "ubnd.xa", "vnpt")]
    assert len({sha256(file).hexdigest() for file in files}) == 1
    assert sha256(files[0]).hexdigest() in client_of("ubnd.xa").get(address).text


@pytest.mark.parametrize(("quality", "side"), [(90, 320), (40, 320), (85, 1200)])
def test_a_photo_of_another_case_is_asked_about_also_encoded_again(app, ctx_of, quality, side):
    first, second = log(ctx_of), log(ctx_of)
    send(app, ctx_of, first, "a.jpg", picture(3))
    again = send(app, ctx_of, second, "b.jpg", picture(3, quality=quality, side=side))
    other = send(app, ctx_of, second, "c.jpg", picture(8))
    with ctx_of("kiemtra1", now=NOW, read_only=True) as ctx:
        case, number = ctx.session.get_one(Violation, second), ctx.session.get_one(Violation, first).number
        assert [number in sentence for sentence in used_photos(ctx, case, [again, other])] == [True]
        remarks = photo_remarks(ctx, case, list_files(ctx, "violation", second))
        assert not any("Giống ảnh" in remark for remark in remarks.get(other, ()))


def test_pictures_without_contrast_are_alike_to_none(app, ctx_of):
    first, second = log(ctx_of), log(ctx_of)
    for number, colour in ((first, "navy"), (second, "orange")):
        target = io.BytesIO()
        Image.new("RGB", (64, 48), colour).save(target, "JPEG")
        sent = send(app, ctx_of, number, "a.jpg", target.getvalue())
    with ctx_of("kiemtra1", now=NOW, read_only=True) as ctx:
        assert used_photos(ctx, ctx.session.get_one(Violation, second), [sent]) == []


def test_a_report_with_a_used_photo_is_asked_about_before_it_is_saved_and_taken_when_sent_again(app, client_of, ctx_of):
    first, client = log(ctx_of), client_of("kiemtra1")
    send(app, ctx_of, first, "a.jpg", picture(3))
    with ctx_of("ubnd.xa", now=NOW, read_only=True) as ctx:
        lon, lat = inside(ctx)
    form = {
        "kind": "bad_cabling",
        "description": "Cáp võng sát đường",
        "organisation": "0",
        "position": f"{lat:.6f}, {lon:.6f}",
        "occurred_on": "24/11/2026",
        "compared": f"{lat:.6f}, {lon:.6f}",
    }

    def post(photo, **more):
        token = {"csrf_token": token_in(client.get("/violations/new"))}
        return client.post("/violations/new", data=form | token | {"camera": (io.BytesIO(photo), "x.jpg")} | more)

    asked = post(picture(3, quality=40))
    assert asked.status_code == 422
    assert get(ctx_of, first).number in asked.text
    assert "hãy gửi lại lần nữa" in asked.text
    assert "Cáp võng sát đường" in asked.text
    assert cases(ctx_of) == [first]
    digest = re.search(r'name="asked_files"[^>]*value="([0-9a-f]{64})"', asked.text)[1]
    assert post(picture(8), asked_files=digest).status_code == 303
    assert post(picture(3, quality=40), asked_files=digest).status_code == 303
    assert len(cases(ctx_of)) == 3


def cases(ctx_of):
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
        return list(ctx.session.scalars(select(Violation.id).order_by(Violation.id)))


def test_a_move_with_the_photo_of_another_case_is_asked_about_and_keeps_what_was_typed(app, client_of, ctx_of):
    first, second, client = log(ctx_of), log(ctx_of), client_of("kiemtra1")
    send(app, ctx_of, first, "a.jpg", picture(3))
    address = f"/cases/violation/{second}/verify"

    def post(**more):
        data = {"csrf_token": token_in(client.get(address)), "version": "1", "text": "Đã đo độ võng"}
        return client.post(address, data=data | {"photos": (io.BytesIO(picture(3, side=900)), "b.jpg")} | more)

    asked = post()
    assert asked.status_code == 422
    assert "Ảnh “b.jpg”" in asked.text
    assert "Đã đo độ võng" in asked.text
    assert get(ctx_of, second).state == "reported"
    digest = re.search(r'name="asked_files"[^>]*value="([0-9a-f]{64})"', asked.text)[1]
    assert post(asked_files=digest).status_code == 303
    assert get(ctx_of, second).state == "verifying"


def test_cases_that_another_office_handles_nearby_are_named_without_a_link(client_of, ctx_of):
    with ctx_of("ubnd.xa", now=NOW, read_only=True) as ctx:
        at = inside(ctx)
    number = log(ctx_of, at=at)
    with ctx_of("kiemtra2", now=NOW, read_only=True) as ctx:
        (near,) = list_nearby_of_others(ctx, *at)
        assert near.id == number
        assert near.office
    with ctx_of("kiemtra1", now=NOW, read_only=True) as ctx:
        assert list_nearby_of_others(ctx, *at) == []
    nearby = client_of("kiemtra2").get(f"/violations/locate?text={at[1]},{at[0]}&system=wgs84").json["near"]
    assert [set(item) for item in nearby] == [{"text"}]


def found_by(ctx_of, account, text):
    with ctx_of(account, now=NOW, read_only=True) as ctx:
        return {case.id for case in match_cases(ctx, VIOLATION, Query(text, fold(text), tuple(fold(text).split())), 10)}


def test_a_case_is_found_by_its_papers_violator_and_receipt_by_who_may_read_them(ctx_of):
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
        vnpt = organisation_id(ctx.session, "vnpt")
    minutes = {"minutes_number": "731/BB-VPHC", "offender_name": "Công ty Cáp Sao Mai"}
    violation_id = decided(ctx_of, organisation_id=vnpt, minutes=minutes)
    move(ctx_of, "kiemtra1", violation_id, "pay", **(PAYMENT | {"receipt_number": "KB 99817"}))
    for text in ("731/BB-VPHC", "0731 / bb-vphc", "sao mai", "KB 99817"):
        assert found_by(ctx_of, "ubnd.xa", text) == {violation_id}, text
    assert found_by(ctx_of, "vnpt", "731/BB-VPHC") == {violation_id}
    for account in ("viettel", "kiemtra2", "ubnd.tinh"):
        assert found_by(ctx_of, account, "731/BB-VPHC") == set(), account
    assert found_by(ctx_of, "ubnd.tinh", "sao mai") == set()


def test_the_file_of_a_case_has_each_paper_and_original_with_its_hash(app, client_of, ctx_of):
    violation_id = decided(ctx_of)
    photo = picture(5)
    attachment_id = send(app, ctx_of, violation_id, "Ảnh cột 1.jpg", photo)
    address = f"/violations/{violation_id}/papers/case-file.zip"
    with client_of("ubnd.xa").get(address) as sent:
        archive = zipfile.ZipFile(io.BytesIO(sent.data))
    names = archive.namelist()
    assert [name[:2] for name in names] == ["01", "02", "03", "04", "00", "00"]
    assert archive.read("03-anh-cot-1.jpg") == photo
    inventory = archive.read("00-muc-luc.csv").decode("utf-8-sig")
    assert all(sha256(archive.read(name)).hexdigest() in inventory for name in names[:4])
    assert archive.read("00-muc-luc.pdf").startswith(b"%PDF-")
    assert client_of("so.khcn").get(address).status_code == 403
    with client_of("kiemtra1").get(f"/violations/{violation_id}/files/{attachment_id}/original") as original:
        assert original.data == photo
        assert sha256(photo).hexdigest() in original.headers["Content-Disposition"]
    assert accesses(ctx_of) >= {"violation_case_file", "violation_original"}


def accesses(ctx_of):
    """What the notes of accesses name."""
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
        notes = ctx.session.scalars(select(AuditNote).where(AuditNote.action == ACCESS))
        return {entry["what"] for note in notes for entry in note.details.get("looks", ())}


def test_a_report_without_words_says_the_act(ctx_of):
    number = log(ctx_of, description="")
    with ctx_of("kiemtra1", now=NOW, read_only=True) as ctx:
        case = ctx.session.get_one(Violation, number)
        assert case.description == case.title
