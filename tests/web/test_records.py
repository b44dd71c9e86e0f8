"""What records say: dead cables, times on pages, short numbers and map links in the search, measures of places."""

import html
import re
from decimal import Decimal

import pytest

from registry.cables.queries import list_occupants
from registry.capacity.commands import SetPlace
from registry.capacity.models import PlaceUnit
from registry.capacity.service import set_place
from registry.dashboard.cables import DECOMMISSIONED, cable_figures
from registry.structures.commands import ChangeStatus, EditStructure
from registry.structures.queries import get_structure
from registry.structures.writing import decommission, edit_structure
from tests.factories.cables import cable, poles
from tests.factories.colocation import filed, tower
from tests.factories.structures import HAC_THANH, make

EVIDENCE = {"dead_flag": "true", "dead_on": "01/03/2026", "dead_evidence": "Biên bản 12"}
BANNER = "Trang này chỉ có dữ liệu hiện tại"


def token_in(page):
    return re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)[1]


def value_of(page, name):
    """What an input of a page holds; "" where it is empty."""
    tag, *_more = re.findall(rf'<(?:input|textarea)[^>]*\bname="{name}"[^>]*>', page.text)
    match = re.search(r'value="([^"]*)"', tag)
    return html.unescape(match[1]) if match else ""


@pytest.mark.parametrize("reader", ["viettel", "so.khcn", "ubnd.tinh"])
@pytest.mark.parametrize("certified", [False, True])
def test_a_cable_out_of_use_counts_as_dead_until_it_is_removed(ctx_of, client_of, reader, certified):
    def dead():
        with ctx_of(reader, read_only=True) as ctx:
            return cable_figures(ctx, ctx.today).dead

    before = dead()
    with ctx_of("viettel") as ctx:
        cable_route = cable(ctx, *poles(ctx, 2), **(EVIDENCE if certified else {}))
        code = cable_route.code
        if not certified:
            decommission(ctx, ChangeStatus(code, cable_route.version, "Thay bằng cáp mới"))
    assert dead() == before + 1
    if reader != "ubnd.tinh":
        query = "&".join(f"{name}={value}" for name, value in DECOMMISSIONED.items())
        assert code in client_of(reader).get(f"/structures?{query}").text
    with ctx_of("viettel") as ctx:
        route = get_structure(ctx, code)
        edit_structure(ctx, EditStructure(code, route.version, {"removed_on": ctx.today}))
    assert dead() == before


def test_a_cable_out_of_use_is_dead_on_its_pole(ctx_of):
    with ctx_of("viettel") as ctx:
        pole, other = poles(ctx, 2)
        cable_route = cable(ctx, pole, other)
        (occupant,) = list_occupants(ctx, pole)
        assert not occupant.is_dead
        decommission(ctx, ChangeStatus(cable_route.code, cable_route.version, "Thay bằng cáp mới"))
        (occupant,) = list_occupants(ctx, pole)
        assert occupant.is_dead


@pytest.mark.parametrize("stated", [None, False])
def test_whether_a_cable_is_dead_is_not_said_where_it_was_not_stated(ctx_of, client_of, stated):
    texts = {"dead_flag": "" if stated is None else "false"}
    with ctx_of("viettel") as ctx:
        structure = make(ctx, kind="cable_route", **texts)
        edit_structure(ctx, EditStructure(structure.code, structure.version, {"name": "Tên khác"}))
        assert structure.dead_flag is stated
        code = structure.code
    form = client_of("viettel").get(f"/structures/{code}/edit").text
    select_html = re.search(r'<select[^>]*name="dead_flag".*?</select>', form, re.DOTALL)[0]
    assert re.search(r'<option selected value="([^"]*)"', select_html)[1] == ("" if stated is None else "false")


@pytest.mark.parametrize("address", ["/cables", "/territory"])
def test_as_of_works_where_a_day_is_known(client_of, address):
    page = client_of("viettel").get(f"{address}?as_of=2025-06-30")
    assert "ngày 30/06/2025" in html.unescape(page.text)
    assert BANNER not in page.text
    assert client_of("viettel").get(f"{address}?as_of=2025-13-30").status_code == 422
    assert BANNER in client_of("viettel").get(f"{address}?recorded_at=2026-06-30").text


@pytest.mark.parametrize("address", ["/tariffs", "/labels", "/notices", "/colocation/requests", "/violations", "/help"])
def test_as_of_on_a_page_that_does_not_know_it_says_so(client_of, address):
    client = client_of("viettel")
    plain = client.get(address)
    if plain.status_code == 200:
        assert BANNER not in plain.text
        assert BANNER in client.get(f"{address}?as_of=2026-01-31").text


@pytest.mark.parametrize("address", ["/structures", "/dashboard"])
def test_pages_that_know_the_time_do_not_complain(client_of, address):
    assert BANNER not in client_of("viettel").get(f"{address}?as_of=2026-01-31", follow_redirects=True).text


@pytest.mark.parametrize("shorten", [str.lower, str, lambda number: re.sub(r"-0+", "-", number).lower()])
def test_a_case_is_found_by_its_short_number(ctx_of, client_of, shorten):
    with ctx_of("viettel") as ctx:
        code = tower(ctx).code
    with ctx_of("vnpt") as ctx:
        number = filed(ctx, code).number
    response = client_of("vnpt").get("/search", query_string={"q": shorten(number)})
    assert re.search(r'<a href="/colocation/\d+"', response.text) or number in re.sub(r"</?mark>", "", response.text)


@pytest.mark.parametrize("form", ["geo:{1},{0}", "https://www.google.com/maps/@{1},{0},17z"])
def test_the_search_finds_the_place_of_a_map_link(client_of, form):
    page = client_of("viettel").get("/search", query_string={"q": form.format(*HAC_THANH)})
    assert "19.807000, 105.776000" in page.text


def test_the_example_of_the_search_has_the_digits_of_real_codes(client_of, ctx_of):
    with ctx_of("viettel") as ctx:
        code = make(ctx).code
    example = re.search(r"<code>(THA-CAT-\d+)</code>", client_of("viettel").get("/search").text)[1]
    assert len(example) == len(code)


def test_the_measures_of_a_place_are_typed_and_shown_with_their_units(ctx_of, client_of):
    with ctx_of("viettel") as ctx:
        mast, duct, trench = (make(ctx, kind=kind).code for kind in ("antenna_tower", "cable_duct", "technical_trench"))
    client = client_of("viettel")
    for code, unit, name, value, shown in (
        (mast, "position", "height_m", "12,5", "Cao độ của vị trí: 12,5\N{NO-BREAK SPACE}m"),
        (duct, "bore", "diameter_mm", "110", "Đường kính trong của ống: 110\N{NO-BREAK SPACE}mm"),
        (trench, "level", "level", "2", "Tầng thứ: 2<"),
    ):
        token = token_in(client.get(f"/structures/{code}/places/new"))
        sent = {"label": "Vị trí 1", "unit": unit, "total": "3", name: value, "csrf_token": token}
        assert client.post(f"/structures/{code}/places/new", data=sent).status_code == 303
        assert shown in html.unescape(client.get(f"/structures/{code}").text)
        wrong = client.post(f"/structures/{code}/places/new", data=sent | {"unit": "cable", "level": "2"})
        assert wrong.status_code == 422
        assert "“Tầng thứ” không dùng cho vị trí tính bằng “cáp”" in html.unescape(wrong.text)


def test_a_place_is_edited_with_what_is_known_and_its_measure_can_be_emptied(ctx_of, client_of):
    with ctx_of("viettel") as ctx:
        code = make(ctx, height_m="30").code
        measures = {"height_m": Decimal("12.5")}
        set_place(ctx, SetPlace(code, "Sàn 12", PlaceUnit.POSITION, 3, measures))
    client = client_of("viettel")
    assert f"/structures/{code}/places/new?label=S%C3%A0n+12" in client.get(f"/structures/{code}").text
    address = f"/structures/{code}/places/new"
    form = client.get(f"{address}?label=Sàn 12")
    assert value_of(form, "height_m") == "12,5"
    sent = {name: value_of(form, name) for name in ("label", "total", "known", "csrf_token")} | {"unit": "position"}
    renamed = client.post(address, data=sent | {"label": "Sàn 13"})
    assert renamed.status_code == 422
    assert all("Sửa vị trí lắp đặt" in html.unescape(page.text) for page in (form, renamed))
    assert "Khai vị trí lắp đặt" in html.unescape(client.get(address).text)
    assert "tên vị trí đã khai không đổi được" in html.unescape(renamed.text)
    assert client.post(address, data=sent | {"height_m": ""}).status_code == 303
    assert "<dt>Cao độ của vị trí</dt>" not in client.get(f"/structures/{code}").text
    # The page that was opened before rests on a height that is not there any more.
    stale = client.post(address, data=sent | {"height_m": "12,5", "total": "4"})
    assert stale.status_code == 409
    assert "“Sàn 12” đã thay đổi kể từ khi mở trang" in html.unescape(stale.text)
    assert value_of(stale, "total") == "4"
    assert client.get(f"{address}?label=%00").status_code == 200


def test_decommissioning_through_the_pages_warns_and_asks(ctx_of, client_of):
    with ctx_of("viettel") as ctx:
        pole, target = (make(ctx, kind="cable_pole") for _number in range(2))
        set_place(ctx, SetPlace(pole.code, "Vị trí treo cáp", PlaceUnit.CABLE, 4))
        set_place(ctx, SetPlace(target.code, "Vị trí treo cáp", PlaceUnit.CABLE, 4))
        codes = pole.code, target.code
    client = client_of("viettel")
    at = f"/structures/{codes[0]}"
    sent = {"place": "Vị trí treo cáp", "state": "used", "quantity": "2", "holder": "VNPT"}
    sent["csrf_token"] = token_in(client.get(f"{at}/entries/new"))
    assert client.post(f"{at}/entries/new", data=sent).status_code == 303
    page = client.get(at)
    assert "Còn 2 vị trí đang dùng hoặc giữ chỗ" in html.unescape(page.text)
    step = {"version": "1", "reason": "Ngầm hóa tuyến", "csrf_token": token_in(page)}
    answer = client.post(f"{at}/decommission", data=step)
    assert answer.status_code == 422
    assert 'name="occupants"' in answer.text
    assert re.search(r"Lý do\s*</label>", html.unescape(answer.text))
    assert "Ngầm hóa tuyến" in html.unescape(answer.text)
    moved = client.post(f"{at}/decommission", data=step | {"occupants": "move", "move_to": codes[1]})
    assert moved.status_code == 303
    assert "VNPT" in client.get(f"/structures/{codes[1]}").text
    after = html.unescape(client.get(at).text)
    assert "Lý do: Ngầm hóa tuyến" in after
    assert "nên không nhận thêm vị trí hoặc đơn vị sử dụng" in after
    assert f'href="{at}/entries/new"' not in after
    assert f'href="{at}/places/new"' not in after
