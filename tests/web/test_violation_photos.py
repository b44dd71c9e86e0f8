"""Faces and plates are covered on the served photo; the original and the unredacted photo are kept apart."""

import io
import re

import pytest
from PIL import Image

from registry.files.models import Attachment
from registry.files.pages import STORE
from registry.files.service import AddFile, add_file, sweep
from registry.kernel.clock import utc_now
from tests.factories.violations import log
from tests.permissions.cases import token_in


@pytest.fixture
def photo(app, ctx_of):
    """(Case, attachment): a white picture of 60 x 40 in a case of kiemtra1."""
    violation_id, target = log(ctx_of), io.BytesIO()
    Image.new("RGB", (60, 40), "white").save(target, "JPEG")
    with ctx_of("kiemtra1") as ctx:
        sent = AddFile(
            subject_kind="violation", subject_id=violation_id, file_name="anh.jpg", content=target.getvalue()
        )
        return violation_id, add_file(ctx, STORE.of(app), sent).id


def redact(client, photo, boxes):
    address = "/violations/{}/photos/{}/redact".format(*photo)
    return client.post(address, data={"boxes": boxes, "csrf_token": token_in(client.get(address))})


def pixels(client, address):
    with client.get(address) as answer:
        assert answer.status_code == 200
        return Image.open(io.BytesIO(answer.data)).convert("L")


def test_the_boxes_are_black_where_people_open_the_photo_and_the_original_stays(app, client_of, ctx_of, photo):
    client, (violation_id, attachment) = client_of("kiemtra1"), photo
    with ctx_of("kiemtra1", read_only=True) as ctx:
        before = ctx.session.get_one(Attachment, attachment).sha256
    assert redact(client, photo, "10 10 20 10\n50, 30, 10, 10").status_code == 303
    for reader in ("kiemtra1", "ubnd.xa", "so.khcn"):
        picture = pixels(client_of(reader), f"/files/{attachment}")
        assert [picture.getpixel(at) < 40 for at in ((20, 15), (55, 35), (3, 3))] == [True, True, False]
    source = pixels(client, f"/violations/{violation_id}/photos/{attachment}/source")
    assert source.getpixel((20, 15)) > 200
    # Once more, from the unredacted photo.
    assert redact(client, photo, "0 0 5 5").status_code == 303
    picture = pixels(client, f"/files/{attachment}")
    assert [picture.getpixel(at) < 40 for at in ((2, 2), (20, 15))] == [True, False]
    with ctx_of("so.khcn") as ctx:
        row, store = ctx.session.get_one(Attachment, attachment), STORE.of(app)
        assert row.sha256 == before
        sweep(ctx, store, utc_now())
        for path in (store.original_path(row.sha256), store.path(row.stored_name), store.path(row.redacted_name)):
            assert path.is_file()
    assert "Đã che" in client.get(f"/violations/{violation_id}").text


@pytest.mark.parametrize(
    ("boxes", "sentence"),
    [
        ("", "Chưa nhập"),
        ("mặt người", "Dòng 1 “mặt người” không phải vùng che"),
        ("1 1 5 5\n1 1 5", "Dòng 2 “1 1 5” không phải vùng che"),
        ("-1 0 5 5", "không phải vùng che"),
        ("50 30 20 5", "Dòng 1: vùng 50 30 20 5 ra ngoài ảnh; ảnh rộng 60, cao 40 điểm ảnh."),
        ("1 1 0 5", "Dòng 1: vùng 1 1 0 5 ra ngoài ảnh"),
        ("99999 99999 99999 99999", "ra ngoài ảnh"),
        ("1 1 2 2\n" * 51, "Có 51 vùng; tối đa 50"),
    ],
)
def test_what_is_no_box_of_the_photo_is_refused_and_kept(client_of, photo, boxes, sentence):
    answer = redact(client_of("kiemtra1"), photo, boxes)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert boxes.splitlines()[-1] in answer.text if boxes else True


def test_only_its_handlers_cover_a_photo_and_only_one_of_the_case(client_of, ctx_of, photo):
    violation_id, attachment = photo
    for reader, status in (("kiemtra2", 404), ("so.khcn", 403), ("vnpt", 403)):
        for page in ("redact", "source"):
            assert client_of(reader).get(f"/violations/{violation_id}/photos/{attachment}/{page}").status_code == status
    other = log(ctx_of)
    assert client_of("kiemtra1").get(f"/violations/{other}/photos/{attachment}/source").status_code == 404


def test_without_scripts_the_photo_takes_no_focus_and_promises_no_keys(client_of, photo):
    page = client_of("kiemtra1").get("/violations/{}/photos/{}/redact".format(*photo)).text
    picture = re.search(r'<svg class="redact"[^>]*>', page).group()
    assert 'role="img"' in picture
    assert "tabindex" not in picture
    assert re.search(r'<p class="hint" id="redact-keys" hidden>', page)
