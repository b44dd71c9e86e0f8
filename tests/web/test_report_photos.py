"""Photos of reports, by the classes of promise P8: only the picture is served, and only to those who may see it."""

import io
from itertools import count

import pytest
from PIL import Image, PngImagePlugin
from sqlalchemy import select

from registry.audit.models import AuditPayload
from registry.incidents.codes import IncidentKind, PhotoState
from registry.incidents.models import Incident, IncidentPhoto, IncidentReport
from registry.incidents.photos import SentPhoto, add_photos
from registry.incidents.public_pages import STORE
from registry.incidents.reporting import as_system
from registry.incidents.rules import new_draft
from registry.incidents.service import decide_photo
from registry.kernel.clock import utc_now
from tests.factories.incidents import inside, move, report
from tests.support.rounds import sizes

SECRET = b"CANARY-19.807-105.776"
_numbers = count()


def drawn(form, size, colour, **options):
    target = io.BytesIO()
    image = Image.new("RGB", size, colour)
    image.paste((255, 255, 255), (0, 0, size[0] // 2, size[1] // 2))
    image.save(target, form, **options)
    return target.getvalue()


def exif():
    data = Image.Exif()
    data[0x010E] = SECRET.decode()
    data.get_ifd(0x8825).update({1: "N", 2: (19.0, 48.0, 25.2), 3: "E", 4: (105.0, 46.0, 33.6)})
    return data


def png_text():
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", SECRET.decode())
    info.add_itxt("XML:com.adobe.xmp", SECRET.decode())
    return info


#: Class -> name and content of a photo of it, by size and colour.
CLASSES = {
    "exif and place": lambda size, colour: ("a.jpg", drawn("JPEG", size, colour, exif=exif())),
    "comment": lambda size, colour: ("a.jpeg", drawn("JPEG", size, colour, comment=SECRET)),
    "xmp": lambda size, colour: ("a.webp", drawn("WEBP", size, colour, xmp=SECRET, exif=exif())),
    "texts of png": lambda size, colour: ("a.png", drawn("PNG", size, colour, pnginfo=png_text())),
    "heic": lambda size, colour: ("a.heic", drawn("HEIF", size, colour, exif=exif().tobytes())),
}


def photo_of(kind):
    """A photo of a class that is like no other one."""
    number = next(_numbers)
    return SentPhoto(*CLASSES[kind]((40 + number % 90, 30 + number % 70), (number % 256, number // 256, 60)))


@pytest.mark.parametrize(("seed", "is_whole"), sizes(1, 1))
def test_only_the_picture_is_served_and_only_to_those_who_may_see_it(app, client_of, ctx_of, seed, is_whole):
    rounds, store, now = (25 if is_whole else 1), STORE.of(app), utc_now()
    at = inside(ctx_of, now)
    refused = {name: client_of(name) for name in ("viettel", "kiemtra2", "nguoidan", "quantri", None)}
    digests, leaks = [], []
    for kind in list(CLASSES) * rounds:
        draft = new_draft()
        with ctx_of(None, now=now) as ctx:
            add_photos(as_system(ctx), store, draft, [photo_of(kind)])
        incident_id, _code = report(ctx_of, at=at, now=now, draft=draft, kind=IncidentKind.OTHER)
        with ctx_of("so.khcn", now=now, read_only=True) as ctx:
            query = select(IncidentPhoto).join(IncidentReport, IncidentReport.id == IncidentPhoto.report_id)
            kept = ctx.session.scalars(query.where(IncidentReport.incident_id == incident_id)).one()
            number, sha256 = kept.id, kept.sha256
        for name, client in refused.items():
            addresses = (f"/incidents/photos/{number}", f"/report/photos/{number}")
            leaks += [(kind, name, each) for each in addresses if client.get(each).status_code == 200]
        data = {"kind": IncidentKind.OTHER, "severity": "normal", "summary": "Cáp", "publish": True}
        move(ctx_of, "ubnd.xa", incident_id, "triage", now=now, **data)
        with ctx_of("ubnd.xa", now=now) as ctx:
            decide_photo(
                ctx, store, ctx.session.get_one(IncidentPhoto, number), ctx.session.get_one(Incident, incident_id), {0}
            )
        digests.append(sha256)
        for client, address in ((client_of("ubnd.xa"), "/incidents"), (client_of(None), "/report")):
            with client.get(f"{address}/photos/{number}") as answer:
                leaks += [(kind, address, fault) for fault in faults(answer.get_data())]
    assert leaks == []
    with ctx_of("quantri", read_only=True) as ctx:
        payloads = " ".join(str(row) for row in ctx.session.scalars(select(AuditPayload.payload)))
        states = set(ctx.session.scalars(select(IncidentPhoto.state)))
    assert [digest for digest in digests if digest not in payloads] == []
    assert states == {PhotoState.CLEARED}


def faults(content):
    """What a served file has besides its picture."""
    parts = [part for part in (SECRET, b"Exif", b"PK\x03\x04", b"<script", b"%PDF", b"http") if part in content]
    with Image.open(io.BytesIO(content)) as image:
        image.load()
        parts += sorted(set(image.info) & {"exif", "comment", "icc_profile", "xmp", "Comment"})
        if image.format == "JPEG" and not content.endswith(b"\xff\xd9"):
            parts.append("bytes behind the picture")
        if image.format == "WEBP" and int.from_bytes(content[4:8], "little") + 8 != len(content):
            parts.append("bytes behind the picture")
    return parts
