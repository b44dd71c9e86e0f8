"""The pages of structures as the cast sees them."""

import html
import json
import re
from datetime import UTC, datetime

import pytest

from registry.structures.commands import EditStructure
from registry.structures.kinds.kind import Shape
from registry.structures.writing import edit_structure
from tests.factories.structures import HAC_THANH, make, position_at
from tests.web.test_routelists_workbook import fields_of

TOWER = {
    "position": "X = 2.191.076,73; Y = 581.102,24",
    "system": "vn2000",
    "name": "Trạm thử Hạc Thành",
    "own_code": "HT-01",
    "status": "active",
    "sharing_status": "available",
    "position_method": "gps",
    "is_public_asset": "false",
    "mast_class": "A2b",
    "height_m": "45,5",
    "echoed": "X = 2.191.076,73; Y = 581.102,24",
}


def token_in(page):
    return re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text).group(1)


def attribute(page, name):
    """The text of a data attribute of the page's map."""
    return re.search(rf' data-{name}="([^"]*)"', page.text).group(1)


@pytest.fixture
def tower(client_of):
    """A tower of Viettel, published; its address."""
    client = client_of("viettel")
    page = client.get("/structures/new/antenna_tower")
    owner = re.search(r'id="owner".*?value="(\d+)"', page.text, re.DOTALL).group(1)
    answer = client.post("/structures/new/antenna_tower", data=TOWER | {"owner": owner, "csrf_token": token_in(page)})
    assert answer.status_code == 303, re.findall(r'href="#\w+">([^<]+)', answer.text)
    return answer.headers["Location"]


def test_an_owner_registers_a_tower_and_finds_it_on_its_page(client_of, tower):
    page = client_of("viettel").get(tower)
    assert page.status_code == 200
    assert "Trạm thử Hạc Thành" in page.text
    assert "19.807000, 105.776000" in page.text
    assert "Phường Hạc Thành" in page.text


def test_the_public_sees_kind_and_owner_category_only(public, tower):
    page = public.get(tower)
    assert page.status_code == 200
    assert "Doanh nghiệp viễn thông" in page.text
    for secret in ("Trạm thử", "HT-01", "19.807", "Viettel"):
        assert secret not in page.text


def test_the_public_map_is_centred_on_the_cell_and_outlines_it(public, ctx_of):
    with ctx_of("viettel") as ctx:
        codes = [make(ctx, kind=kind).code for kind in ("antenna_tower", "pole_line")]
    for code in codes:
        page = public.get(f"/structures/{code}")
        bounds, outline = (json.loads(html.unescape(attribute(page, name))) for name in ("bounds", "outline"))
        corners = [corner for polygon in outline["coordinates"] for ring in polygon for corner in ring]
        for axis in (0, 1):
            low, high = min(c[axis] for c in corners), max(c[axis] for c in corners)
            assert bounds[axis] < low < HAC_THANH[axis] < high < bounds[axis + 2]
            assert bounds[axis] + bounds[axis + 2] == pytest.approx(low + high, abs=1e-6)


def test_a_rival_sees_what_is_published_and_no_more_once_it_is_not(client_of, tower):
    rival, owner = client_of("vnpt"), client_of("viettel")
    assert "Trạm thử Hạc Thành" in rival.get(tower).text
    page = owner.get(tower)
    answer = owner.post(f"{tower}/suspend", data={"version": "1", "reason": "Bảo trì", "csrf_token": token_in(page)})
    assert answer.status_code == 303
    assert "Trạm thử Hạc Thành" not in rival.get(tower).text


SOURCE = "Căn cứ: theo cấu hình của Sở"
PERMIT = {"permit_regime": "permit", "permit_number": "12/GPXD", "permit_on": "20/12/2025"}


@pytest.mark.parametrize(("built_on", "warned"), [("31/12/2025", False), ("01/01/2026", True), ("02/01/2026", True)])
def test_a_permit_for_work_since_the_exemption_is_shown_as_a_warning_with_its_source(
    client_of, tower, built_on, warned
):
    client = client_of("viettel")
    page = client.get(f"{tower}/edit")
    changes = PERMIT | {"built_on": built_on, "version": "1", "csrf_token": token_in(page)}
    assert client.post(f"{tower}/edit", data=TOWER | changes).status_code == 303
    shown = client.get(tower).text
    assert (SOURCE in shown) is warned
    assert (f"ngày khởi công {built_on}" in shown) is warned


def test_the_form_that_is_shown_once_more_before_saving_names_the_warnings_too(client_of):
    client = client_of("viettel")
    page = client.get("/structures/new/antenna_tower")
    owner = re.search(r'id="owner".*?value="(\d+)"', page.text, re.DOTALL).group(1)
    data = TOWER | PERMIT | {"owner": owner, "built_on": "02/01/2026", "echoed": "", "csrf_token": token_in(page)}
    answer = client.post("/structures/new/antenna_tower", data=data)
    assert answer.status_code == 200
    assert "Chế độ cấp phép: Chế độ “Giấy phép xây dựng” không hợp với ngày khởi công 02/01/2026" in answer.text
    assert SOURCE in answer.text


def test_a_stale_form_is_answered_with_both_versions(client_of, tower):
    client = client_of("viettel")
    page = client.get(f"{tower}/edit")
    first = client.post(f"{tower}/edit", data=TOWER | {"name": "Bản một", "version": "1", "csrf_token": token_in(page)})
    assert first.status_code == 303
    second = client.post(
        f"{tower}/edit", data=TOWER | {"name": "Bản hai", "version": "1", "csrf_token": token_in(page)}
    )
    assert second.status_code == 409
    assert "Bản một" in second.text
    assert "Bản hai" in second.text


def test_an_invalid_form_names_every_field_and_keeps_what_was_typed(client_of):
    client = client_of("viettel")
    page = client.get("/structures/new/antenna_tower")
    bad = TOWER | {"height_m": "45m", "mast_class": "B7", "name": "", "position": "2191076; 581102", "system": "wgs84"}
    answer = client.post("/structures/new/antenna_tower", data=bad | {"csrf_token": token_in(page)})
    assert answer.status_code == 422
    for field in ("height_m", "mast_class", "name", "position"):
        assert f'href="#{field}"' in answer.text
    assert 'value="45m"' in answer.text


def test_swapped_axes_are_refused_with_a_suggestion(client_of):
    client = client_of("viettel")
    page = client.get("/structures/new/antenna_tower")
    bad = TOWER | {"position": "X = 581.102,24; Y = 2.191.076,73"}
    answer = client.post("/structures/new/antenna_tower", data=bad | {"csrf_token": token_in(page)})
    assert answer.status_code == 422
    assert "Có thể" in answer.text


def test_only_an_administrator_may_allow_a_place_outside_the_province(client_of):
    outside = {"position": "11,25; 124,74", "system": "wgs84", "echoed": "11,25; 124,74", "outside_area": "y"}
    for username, expected in (("viettel", 422), ("quantri", 303)):
        client = client_of(username)
        page = client.get("/structures/new/antenna_tower")
        owner = re.search(r'id="owner".*?value="(\d+)"', page.text, re.DOTALL).group(1)
        data = TOWER | outside | {"owner": owner, "own_code": username, "csrf_token": token_in(page)}
        answer = client.post("/structures/new/antenna_tower", data=data)
        assert answer.status_code == expected, answer.text


def test_a_past_day_shows_the_position_of_that_day(client_of, ctx_of):
    with ctx_of("viettel", now=datetime(2026, 1, 5, 8, tzinfo=UTC)) as ctx:
        code = make(ctx).code
    with ctx_of("viettel", now=datetime(2026, 3, 5, 8, tzinfo=UTC)) as ctx:
        moved = position_at(105.8, 19.81, Shape.POINT)
        edit_structure(ctx, EditStructure(code=code, version=1, position=moved))
    client = client_of("viettel")
    assert "19.810000, 105.800000" in client.get(f"/structures/{code}").text
    past = client.get(f"/structures/{code}?as_of=01/02/2026").text
    assert "19.810000, 105.800000" not in past
    assert f"{HAC_THANH[1]:.6f}, {HAC_THANH[0]:.6f}" in past


@pytest.mark.parametrize(("typed", "shown"), [("2010", "2010"), ("năm 1998", "1998"), ("05/03/2009", "05/03/2009")])
def test_a_year_alone_is_taken_by_the_form_and_shown_as_a_year(client_of, tower, typed, shown):
    client = client_of("viettel")
    page = client.get(f"{tower}/edit")
    fields = re.findall(r'name="version"[^>]*value="(\d+)"|value="(\d+)"[^>]*name="version"', page.text)
    data = TOWER | {"version": "".join(fields[0]), "csrf_token": token_in(page), "built_on": typed}
    answer = client.post(f"{tower}/edit", data=data)
    assert answer.status_code == 303, re.findall(r'href="#\w+">([^<]+)', answer.text)
    rows = dict(re.findall(r"<dt>\s*([^<]+?)\s*</dt>\s*<dd>\s*([^<]*?)\s*</dd>", client.get(tower).text))
    assert rows["Ngày xây dựng"] == shown
    assert "Chỉ biết năm xây dựng" not in rows


@pytest.mark.parametrize("kind", ["cable_pole", "cable_duct"])
def test_a_structure_of_1962_is_registered_refused_and_edited(client_of, ctx_of, kind):
    """Poles and ducts of that time stand in streets, whose rules are asked for at the day on which they were built."""
    with ctx_of("viettel") as ctx:
        path = f"/structures/{make(ctx, kind=kind, built_on='01/05/1962').code}/edit"
    client = client_of("viettel")
    page = client.get(path)
    data = fields_of(page)
    refused = client.post(path, data=data | {"built_on": "01/05/1962", "last_inspected_on": "31/02/2026"})
    assert refused.status_code == 422
    assert 'href="#last_inspected_on"' in refused.text
    saved = client.post(path, data=data | {"built_on": "02/05/1962"})
    assert saved.status_code == 303, re.findall(r'href="#\w+">([^<]+)', saved.text)


def test_a_year_that_is_none_is_refused_at_its_field(client_of, tower):
    client = client_of("viettel")
    page = client.get(f"{tower}/edit")
    answer = client.post(f"{tower}/edit", data=TOWER | {"csrf_token": token_in(page), "built_on": "3010"})
    assert answer.status_code == 422
    assert 'href="#built_on"' in answer.text


def test_the_page_of_a_structure_has_one_menu_of_its_parts_and_one_main_act(client_of, ctx_of):
    with ctx_of("viettel") as ctx:
        code = make(ctx, owner="viettel", sharing_status="available").code
    for username in ("viettel", "vnpt", "so.khcn"):
        page = client_of(username).get(f"/structures/{code}").text
        anchors = re.findall(r'<nav class="section-menu".*?</nav>', page, re.DOTALL)[0]
        for anchor in re.findall(r'href="#([^"]+)"', anchors):
            assert f'id="{anchor}"' in page
        head = re.findall(r'<header class="record-head">.*?</header>', page, re.DOTALL)[0]
        assert head.count("btn-primary") <= 1
        assert ("Đề nghị dùng chung" in head) == (username == "vnpt")


def test_what_a_record_lacks_is_a_link_to_its_field_for_who_may_fill_it(client_of, ctx_of):
    with ctx_of("viettel") as ctx:
        code = make(ctx, owner="viettel", sharing_status="available").code
    link = f'href="/structures/{code}/edit#'
    own, other = (client_of(username).get(f"/structures/{code}").text for username in ("viettel", "so.taichinh"))
    form = client_of("viettel").get(f"/structures/{code}/edit").text
    missing = re.findall(re.escape(link) + r'([^"]+)"', own)
    assert missing
    assert [name for name in missing if f'id="{name}"' not in form] == []
    assert link not in other
    assert re.search(r"Đầy đủ \d+%", own)


def test_entries_of_the_timeline_say_their_kind(client_of, ctx_of):
    with ctx_of("viettel") as ctx:
        code = make(ctx, owner="viettel", sharing_status="available").code
    client = client_of("viettel")
    assert 'data-kind="change"' in client.get(f"/structures/{code}").text


def test_a_record_states_its_owner_who_paid_and_what_is_shared(client_of, ctx_of):
    stated = {"sharing_kind": "active", "funding_source": "Vốn đầu tư lưới điện 2026"}
    with ctx_of("dienluc") as ctx:
        code = make(ctx, owner="pc_thanhhoa", kind="power_pole_shared", **stated).code
    page = client_of("dienluc").get(f"/structures/{code}").text
    for words in ("Điện lực Thanh Hóa", "Vốn đầu tư lưới điện 2026", "Thụ động và tích cực"):
        assert words in page, words
