"""Pages of joint building: what is refused keeps what was typed, and a rival learns nothing by addresses."""

import re

from tests.factories.joint_builds import announced, stated
from tests.permissions.cases import token_in
from tests.permissions.joint_builds import JOINT_BUILD_FIELDS

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
