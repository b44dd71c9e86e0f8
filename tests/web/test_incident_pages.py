"""The page of an incident: what moderators alone read, where reports of a merged case are; its reports by number."""

import re

import pytest
from sqlalchemy import select

from registry.audit.chain import record
from registry.incidents.codes import PhotoState
from registry.incidents.models import Incident, IncidentPhoto, IncidentReport
from registry.kernel.clock import utc_now
from tests.factories.incidents import assigned, inside, move, triaged
from tests.factories.structures import make, organisation_id


def test_the_responsible_organisation_sees_the_case_without_words_of_reporters(client_of, ctx_of):
    incident_id = assigned(ctx_of, now=utc_now(), text="Nhà ông Kín ở số 5", marks="VT 01")
    page = client_of("viettel").get(f"/incidents/{incident_id}")
    assert "Cáp võng còn 2 m trước chợ" in page.text
    for word in ("ông Kín", "VT 01", "Thông tin người phản ánh"):
        assert word not in page.text
    assert client_of("vnpt").get(f"/incidents/{incident_id}").status_code == 404


def test_a_case_that_went_into_another_says_where_its_reports_are(client_of, ctx_of):
    now = utc_now()
    main, same = triaged(ctx_of, now=now), triaged(ctx_of, now=now)
    with ctx_of("ubnd.xa", read_only=True) as ctx:
        number = ctx.session.get_one(Incident, main).number
    move(ctx_of, "ubnd.xa", same, "merge", now=now, main_number=number)
    panels = {incident_id: client_of("ubnd.xa").get(f"/incidents/{incident_id}").text for incident_id in (main, same)}
    moved = f"Các phản ánh đã chuyển sang hồ sơ {number}."
    assert [
        (moved in panels[incident_id], f"/incidents/{incident_id}/reporters" in panels[incident_id])
        for incident_id in (main, same)
    ] == [
        (False, True),
        (True, False),
    ]


@pytest.fixture
def numbered(ctx_of):
    """An incident of Viettel's that viettel may read, and the number of its report."""
    incident_id = assigned(ctx_of, now=utc_now())
    with ctx_of("ubnd.xa", read_only=True) as ctx:
        query = select(IncidentReport).where(IncidentReport.incident_id == incident_id)
        report = ctx.session.scalars(query).one()
        return f"/incidents/{incident_id}", report.number


@pytest.mark.parametrize("page", ["/search", "/incidents"])
def test_an_officer_finds_a_case_by_the_number_of_a_report_in_any_usual_spelling(client_of, numbered, page):
    detail, number = numbered
    prefix, year, counted = number.split("-")
    short = f"{prefix}-{year}-{int(counted)}"
    other_year = f"{prefix}-{int(year) - 1}-{counted}"
    for typed, is_listed in (
        (number, True),
        (number.lower(), True),
        (f" {short} ", True),
        (other_year, False),
        (f"PA-{year}-{'9' * 18}", False),
        (f"PA-{year}-{'9' * 30}", False),
        ("PA-0000-000000", False),
    ):
        answer = client_of("ubnd.xa").get(page, query_string={"q": typed})
        assert answer.status_code == 200
        assert (f'href="{detail}"' in answer.text) is is_listed, typed
    assert number in client_of("ubnd.xa").get(detail).text


@pytest.mark.parametrize("page", ["/search", "/incidents"])
def test_the_number_of_a_report_gives_its_case_to_nobody_who_may_not_read_reports(client_of, numbered, page):
    detail, number = numbered
    reader = client_of("viettel")
    assert f'href="{detail}"' not in reader.get(page, query_string={"q": number}).text
    assert number not in reader.get(detail).text


def test_the_place_of_a_case_has_its_map_and_candidate_structures_are_links(client_of, ctx_of):
    lon, lat = inside(ctx_of)
    with ctx_of("viettel") as ctx:
        code = make(ctx, at=(lon, lat), kind="cable_pole").code
    address = f"/incidents/{triaged(ctx_of, now=utc_now(), at=(lon, lat))}"
    page = client_of("ubnd.xa").get(address).text
    assert 'id="case-map"' in page
    candidates = page[page.index('id="candidates"') :]
    assert f'href="/structures/{code}"' in candidates[: candidates.index("</section>")]
    assert 'id="case-map"' not in client_of("viettel").get(address).text


TOKENS = ("csrf_token", "version")


def test_assigning_asks_to_clear_the_photos_that_wait(client_of, ctx_of):
    incident_id = triaged(ctx_of, now=utc_now())
    address = f"/incidents/{incident_id}"
    commune = client_of("ubnd.xa")
    steps = commune.get(address).text
    form = re.search(rf'href="([^"]*{incident_id}/assign[^"]*)"', steps).group(1)
    asked = "ảnh cần che phải kiểm duyệt trước khi giao"
    assert asked not in commune.get(form).text
    with ctx_of("so.khcn") as ctx:
        report = ctx.session.scalars(select(IncidentReport).where(IncidentReport.incident_id == incident_id)).one()
        facts = {"media_type": "image/jpeg", "size_bytes": 10, "width": 4, "height": 3, "received_at": ctx.now}
        names = {"sha256": "a" * 64, "stored_name": "b" * 64, "report_id": report.id, "draft_digest": "d" * 64}
        ctx.session.add(IncidentPhoto(state=PhotoState.QUARANTINED, **names, **facts))
        record(ctx, "test.photo", "incident", incident_id)
    page = commune.get(form)
    assert asked in page.text
    photo = re.search(r'name="photos_to_clear"[^>]*value="(\d+)"', page.text).group(1)
    assert f'<img src="/incidents/photos/{photo}"' in page.text
    for label in ("Ảnh mở cho đơn vị xem", "Lý do không mở ảnh nào"):
        assert re.search(rf">\s*{label}(?!\s*<span class=\"optional\")", page.text), label
    with ctx_of("so.khcn", read_only=True) as ctx:
        viettel = organisation_id(ctx.session, "viettel")
    fields = {name: re.search(rf'name="{name}"[^>]*value="([^"]*)"', page.text).group(1) for name in TOKENS}
    fields |= {"organisation": str(viettel), "basis": "mark", "proof": "Thẻ ghi VIETTEL"}
    refused = commune.post(form, data=fields)
    assert (refused.status_code, "ghi lý do không mở ảnh nào" in refused.text) == (422, True)
    assert "Thẻ ghi VIETTEL" in refused.text
    assert commune.post(form, data=fields | {"photos_to_clear": photo}).status_code == 303
    assert f"/incidents/photos/{photo}" in client_of("viettel").get(address).text
