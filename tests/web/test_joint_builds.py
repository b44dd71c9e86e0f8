"""Pages of joint building: what is refused keeps what was typed, and a rival learns nothing by addresses."""

import re

from registry.workflow.jobs import run_clocks
from tests.factories.joint_builds import ANSWER, BEFORE, INTEREST, announced, closed, interest_of, move, stated
from tests.factories.sites import away
from tests.permissions.cases import token_in
from tests.permissions.joint_builds import JOINT_BUILD_FIELDS
from tests.support.clock import NOW

BUILD = JOINT_BUILD_FIELDS["joint_builds.create"]


def post(client, fields):
    token = token_in(client.get("/joint-builds/new"))
    sent = {name: value for name, value in fields.items() if not isinstance(value, tuple)}
    return client.post("/joint-builds/new", data=sent | {"csrf_token": token})


def test_an_announcement_with_an_impossible_day_keeps_what_was_typed(client_of):
    builder = client_of("viettel")
    wrong = (
        {"closes_on": "01/01/1995"},
        {"closes_on": "01/01/2190"},
        {"closes_on": "24/11/2026"},
        {"starts_in": "2190-01"},
        {"starts_in": "x"},
        {"offered_places": ""},
        {"position": "đâu đó"},
    )
    for change in wrong:
        refused = post(builder, BUILD | change)
        assert refused.status_code == 422, change
        assert BUILD["work"] in refused.text, change
    announcing = post(builder, BUILD)
    assert announcing.status_code == 303
    page = builder.get(announcing.headers["Location"])
    assert "02/2027" in page.text
    assert "đã có phương án XC-" in post(builder, BUILD).text


def test_a_rival_gets_one_answer_for_a_registration_of_another_and_for_none(ctx_of, client_of):
    interest_id = stated(ctx_of, announced(ctx_of))
    rival = client_of("dienluc")
    for address in ("/joint-interests/{}", "/cases/joint_interest/{}/withdraw"):
        answers = [rival.get(address.format(number)) for number in (interest_id, 99_999)]
        assert [answer.status_code for answer in answers] == [404, 404]
        texts = [re.sub(r'<code>[^<]*</code>|"[^"]*"|[0-9]+', "", answer.text) for answer in answers]
        assert texts[0] == texts[1]
    assert "Trạm 5G" not in rival.get("/joint-interests").text
    assert "Trạm 5G" in client_of("viettel").get(f"/joint-interests/{interest_id}").text


def test_the_month_is_asked_for_and_refused_as_a_month(client_of):
    builder = client_of("viettel")
    form = builder.get("/joint-builds/new").text
    assert not re.search(r"Tháng khởi công dự kiến\s*<span class=\"optional\"", form)
    refused = post(builder, BUILD | {"closes_on": "05/01/2027", "starts_in": "2027-01"})
    sentence = "Tháng 01/2027 bắt đầu trước khi hết hạn đăng ký (05/01/2027); cần từ tháng 02/2027 trở đi."
    assert sentence in refused.text


def test_the_form_of_a_registration_says_what_is_offered(ctx_of, client_of):
    interest_id = interest_of(ctx_of, announced(ctx_of))
    form = client_of("vnpt").get(f"/cases/joint_interest/{interest_id}/state").text
    assert "Dành cho đơn vị khác: 2 vị trí." in form
    assert "Công trình dự kiến cao 42 m." in form


def test_the_announcer_reads_why_no_answer_and_no_end_is_offered_yet(ctx_of, client_of):
    announcer = client_of("viettel")
    interest_id = stated(ctx_of, announced(ctx_of))
    assert "Trả lời được từ ngày 21/12/2026" in announcer.get(f"/joint-interests/{interest_id}").text
    assert "Trả lời được từ" not in client_of("vnpt").get(f"/joint-interests/{interest_id}").text
    build_id = announced(ctx_of, at=away(3000), **BEFORE)
    waiting_id = stated(ctx_of, build_id, now=BEFORE["now"])
    closed(ctx_of, build_id)
    page = announcer.get(f"/joint-builds/{build_id}").text
    assert re.search(rf'Cần trả lời trước khi kết thúc:\s*<a href="/joint-interests/{waiting_id}"', page)
    assert f"/cases/joint_build/{build_id}/join" not in page
    move(ctx_of, "viettel", INTEREST, waiting_id, "agree", **ANSWER)
    page = announcer.get(f"/joint-builds/{build_id}").text
    assert f"/cases/joint_build/{build_id}/join" in page
    assert f"/cases/joint_build/{build_id}/build_alone" not in page


def test_an_organisation_that_did_not_answer_is_no_overdue_case(ctx_of, client_of, database):
    build_id = announced(ctx_of, **BEFORE)
    silent_id = interest_of(ctx_of, build_id)
    run_clocks(database, NOW)
    announcer = client_of("viettel")
    assert "Không trả lời" in announcer.get(f"/joint-interests/{silent_id}").text
    late = announcer.get("/joint-interests?late=1").text
    assert f'href="/joint-interests/{silent_id}"' not in late
