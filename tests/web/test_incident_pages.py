"""The page of an incident: what moderators alone read, and where the reports of a merged case are."""

from registry.incidents.models import Incident
from registry.kernel.clock import utc_now
from tests.factories.incidents import assigned, move, triaged


def test_the_responsible_organisation_sees_the_case_without_words_of_reporters(client_of, ctx_of):
    made = assigned(ctx_of, now=utc_now(), text="Nhà ông Kín ở số 5", marks="VT 01")
    page = client_of("viettel").get(f"/incidents/{made}")
    assert "Cáp võng còn 2 m trước chợ" in page.text
    for word in ("ông Kín", "VT 01", "Thông tin người phản ánh"):
        assert word not in page.text
    assert client_of("vnpt").get(f"/incidents/{made}").status_code == 404


def test_a_case_that_went_into_another_says_where_its_reports_are(client_of, ctx_of):
    now = utc_now()
    main, same = triaged(ctx_of, now=now), triaged(ctx_of, now=now)
    with ctx_of("ubnd.xa", read_only=True) as ctx:
        number = ctx.session.get_one(Incident, main).number
    move(ctx_of, "ubnd.xa", same, "merge", now=now, main_number=number)
    panels = {made: client_of("ubnd.xa").get(f"/incidents/{made}").text for made in (main, same)}
    moved = f"Các phản ánh đã chuyển sang hồ sơ {number}."
    assert [(moved in panels[made], f"/incidents/{made}/reporters" in panels[made]) for made in (main, same)] == [
        (False, True),
        (True, False),
    ]
