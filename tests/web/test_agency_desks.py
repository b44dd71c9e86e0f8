"""The desks of obstacles and of notices before building in the browser: what is refused keeps what was typed."""

from tests.permissions.building_notices import BUILDING_NOTICE_FIELDS
from tests.permissions.cases import token_in
from tests.permissions.obstacles import OBSTACLE_FIELDS
from tests.permissions.street_works import STREET_WORK_FIELDS

NOTICE = BUILDING_NOTICE_FIELDS["building_notices.create"]
OBSTACLE = OBSTACLE_FIELDS["obstacles.create"]
WORK = STREET_WORK_FIELDS["street_works.create"]


def post(client, address, fields):
    token = token_in(client.get(address))
    sent = {name: value for name, value in fields.items() if not isinstance(value, tuple)}
    return client.post(address, data=sent | {"csrf_token": token})


def step(client, page, move, **fields):
    """Make a move from the page of a case."""
    form = page.replace("/obstacles/", "/cases/obstacle/") + f"/{move}"
    shown = client.get(form)
    version = shown.text.split('name="version"')[1].split('value="')[1].split('"')[0]
    return client.post(form, data=fields | {"csrf_token": token_in(shown), "version": version})


def test_an_obstacle_goes_from_its_raiser_to_the_agency_and_back(client_of):
    raiser, lead, agency = (client_of(name) for name in ("viettel", "so.khcn", "so.xaydung"))
    refused = post(raiser, "/obstacles/new", OBSTACLE | {"subject": ""})
    assert refused.status_code == 422
    assert OBSTACLE["description"] in refused.text
    page = post(raiser, "/obstacles/new", OBSTACLE).headers["Location"]
    assert step(lead, page, "assign", agency="Sở Xây dựng").status_code == 303
    assert "Chưa được thuê đất" in agency.get("/obstacles").text
    assert step(agency, page, "answer", answer_kind="guided", answer="Nộp hồ sơ theo mẫu").status_code == 303
    assert "Nộp hồ sơ theo mẫu" in raiser.get(page).text
    assert step(raiser, page, "rate", rating="solved").status_code == 303
    assert "Sở Xây dựng" in lead.get("/obstacles/figures").text


def test_a_notice_with_an_impossible_day_keeps_what_was_typed(client_of):
    builder = client_of("viettel")
    for day in ("01/01/1995", "01/01/2190"):
        refused = post(builder, "/building-notices/new", NOTICE | {"starts_on": day})
        assert refused.status_code == 422
        assert NOTICE["work"] in refused.text
        assert NOTICE["position"] in refused.text
    wrong = post(builder, "/building-notices/new", NOTICE | {"position": "đâu đó"})
    assert wrong.status_code == 422
    assert "đâu đó" in wrong.text
    assert post(builder, "/building-notices/new", NOTICE).status_code == 303
    assert "đã có thông báo TB-" in post(builder, "/building-notices/new", NOTICE).text


def test_work_in_a_street_with_an_impossible_line_or_period_keeps_what_was_typed(client_of):
    owner, operator = client_of("dienluc"), client_of("viettel")
    many = "\n".join(f"19.8{number:06d}, 105.776" for number in range(50_000))
    refusals = {
        "position": ("20.99, 105.80\n21.00, 105.82", "ngoài"),
        "ends_on": ("01/12/2026", "10/12/2026"),
        "depth_m": ("-1", "Chiều sâu đào"),
    }
    for name, (text, sentence) in refusals.items():
        refused = post(owner, "/street-works/new", WORK | {name: text})
        assert refused.status_code == 422
        assert sentence in refused.text, name
        assert WORK["work"] in refused.text
    crowded = post(owner, "/street-works/new", WORK | {"position": many})
    assert crowded.status_code == 422
    assert "5.000 điểm" in crowded.text
    dissolved = post(owner, "/street-works/new", WORK | {"commune": "999999"})
    assert "hãy chọn một xã, phường trong danh sách" in dissolved.text
    page = post(owner, "/street-works/new", WORK).headers["Location"]
    assert WORK["work"] in operator.get(page).text
    assert "hãy mở thông báo đó" in post(owner, "/street-works/new", WORK).text
