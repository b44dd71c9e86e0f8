"""Room for reported photos: what is no picture takes none, drafts make room, and a report is never refused for it."""

import io
from datetime import timedelta

import pytest
from PIL import Image, PngImagePlugin
from sqlalchemy import func, select

from registry.audit.chain import record
from registry.incidents.models import IncidentPhoto, IncidentReport
from registry.incidents.photos import SentPhoto, add_photos
from registry.incidents.public_pages import STORE
from registry.incidents.queries import find_by_code
from registry.incidents.rules import digest_of, new_draft
from registry.kernel.dated_settings import DatedSetting
from registry.kernel.errors import Invalid
from tests.factories.incidents import NOW, report

FORMS = {"JPEG": "a.jpg", "PNG": "a.png", "WEBP": "a.webp", "HEIF": "a.heic"}
MEGABYTE = 1024 * 1024


def picture(form="JPEG", size=(64, 48), colour="navy", **options):
    target = io.BytesIO()
    Image.new("RGB", size, colour).save(target, form, **options)
    return target.getvalue()


def noise(number, side=700):
    target = io.BytesIO()
    Image.effect_noise((side, side + number), 120).convert("RGB").save(target, "JPEG", quality=97)
    return target.getvalue()


@pytest.fixture
def add(app, ctx_of):
    """A function: photos of a draft from a network; returns how many found no room."""

    def added(*contents, draft=None, network="a", now=NOW, name="a.jpg"):
        with ctx_of(None, now=now) as ctx:
            sent = [SentPhoto(name, content) for content in contents]
            return add_photos(ctx, STORE.of(app), draft or new_draft(), sent, network)

    return added


@pytest.fixture
def quota(ctx_of):
    def change(**figures):
        with ctx_of("so.khcn", now=NOW) as ctx:
            row = ctx.session.scalars(select(DatedSetting).where(DatedSetting.key == "incident.quota")).one()
            row.value = row.value | figures
            ctx.session.flush()
            record(ctx, "setting.add", "dated_setting", row.id)

    return change


def drafts_of(ctx_of):
    """The digests of drafts that hold photos."""
    with ctx_of("so.khcn", read_only=True) as ctx:
        return set(ctx.session.scalars(select(IncidentPhoto.draft_digest)))


@pytest.mark.parametrize(("form", "name"), FORMS.items())
def test_bytes_behind_a_picture_are_refused(add, form, name):
    with pytest.raises(Invalid, match=r"5\.000\.000 byte nằm sau phần kết thúc"):
        add(picture(form) + b"\x01" * 5_000_000, name=name)
    assert add(picture(form), name=name) == 0


@pytest.mark.parametrize("behind", [b"PK\x03\x04", b"<script>", b"%PDF-1.7", b"\xff\xd8\xff", b"\x00"])
def test_an_archive_page_or_document_behind_a_picture_is_refused(add, behind):
    with pytest.raises(Invalid, match="nằm sau phần kết thúc"):
        add(picture() + behind)


def test_a_picture_padded_within_is_refused_by_what_its_pixels_can_take(add):
    info = PngImagePlugin.PngInfo()
    info.add(b"ruSt", b"\x01" * 3_000_000)
    padded = picture("JPEG")
    comments = b"".join(b"\xff\xfe\xff\xff" + b"x" * 65_533 for _number in range(40))
    for name, content in (("a.png", picture("PNG", pnginfo=info)), ("a.jpg", padded[:2] + comments + padded[2:])):
        with pytest.raises(Invalid, match=r"mà ảnh chỉ có 3\.072 điểm ảnh"):
            add(content, name=name)


def test_what_a_phone_appends_and_names_is_cut_off_and_the_picture_is_kept(app, add, ctx_of):
    frames = [Image.new("RGB", (64, 48), colour) for colour in ("red", "blue")]
    several = io.BytesIO()
    frames[0].save(several, "MPO", save_all=True, append_images=frames[1:])
    motion = picture(xmp=b'<x GCamera:MotionPhoto="1"/>') + b"\x00\x00\x00\x18ftypmp42" + b"\x01" * 4_000_000
    for content in (several.getvalue(), motion):
        assert add(content) == 0
    with ctx_of("so.khcn", read_only=True) as ctx:
        rows = ctx.session.scalars(select(IncidentPhoto)).all()
    originals = [STORE.of(app).original_path(row.sha256).read_bytes() for row in rows]
    assert [len(original) < 10_000 and original.endswith(b"\xff\xd9") for original in originals] == [True, True]
    assert [row.size_bytes > len(original) for row, original in zip(rows, originals, strict=True)] == [True, True]


def test_photos_of_a_draft_go_after_an_hour_and_the_report_says_that_they_are_missing(app, add, ctx_of):
    draft = new_draft()
    add(picture(), draft=draft)
    with ctx_of("so.khcn", read_only=True) as ctx:
        name = ctx.session.scalars(select(IncidentPhoto.stored_name)).one()
    later = NOW + timedelta(minutes=61)
    add(picture(colour="red"), now=later, network="b")
    assert digest_of(draft) not in drafts_of(ctx_of)
    assert not STORE.of(app).path(name).exists()
    _incident, code = report(ctx_of, draft=draft, now=later)
    with ctx_of(None, now=later, read_only=True) as ctx:
        assert find_by_code(ctx, code).left_out == 1


def test_a_flood_of_drafts_displaces_itself_and_nobody_who_reports(add, quota, ctx_of):
    contents = [noise(number) for number in range(12)]
    size = len(contents[0])
    quota(store_mb=10, network_mb_an_hour=10)
    honest = new_draft()
    assert add(contents[0], draft=honest, network="honest") == 0
    for turn in range(10 * MEGABYTE // size + 6):
        assert add(contents[1 + turn % 11], network="flood", now=NOW + timedelta(seconds=turn)) == 0
    late = new_draft()
    assert add(contents[5], draft=late, network="late", now=NOW + timedelta(minutes=2)) == 0
    assert {digest_of(honest), digest_of(late)} <= drafts_of(ctx_of)
    with ctx_of("so.khcn", read_only=True) as ctx:
        assert ctx.session.scalar(select(func.sum(IncidentPhoto.size_bytes))) <= 10 * MEGABYTE


def test_one_network_has_a_quota_of_bytes_and_others_are_served(add, quota, ctx_of):
    quota(network_mb_an_hour=10)
    photos = [noise(number, 1100) for number in range(4)]
    draft = new_draft()
    assert add(*photos, draft=draft, network="carrier") == 0
    report(ctx_of, draft=draft)
    assert add(*photos, network="carrier") > 0
    assert add(*photos, network="other") == 0
    assert add(*photos, network="carrier", now=NOW + timedelta(minutes=61)) == 0


def test_a_report_while_the_store_is_really_full_is_taken_without_its_photo_and_says_so(add, quota, ctx_of):
    quota(store_mb=10, network_mb_an_hour=1000)
    held = 0
    for turn in range(9):
        draft = new_draft()
        left_out = add(*(noise(number, 1400) for number in range(2)), draft=draft, network=str(turn))
        _incident, code = report(ctx_of, draft=draft)
        held += 2 - left_out
    with ctx_of(None, read_only=True) as ctx:
        assert find_by_code(ctx, code).left_out == 2
        assert ctx.session.scalar(select(func.count()).select_from(IncidentPhoto)) == held
        assert ctx.session.scalar(select(func.count()).select_from(IncidentReport)) == 9
