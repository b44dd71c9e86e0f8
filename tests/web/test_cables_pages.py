"""Cables on pages: registering one, what carries it, the cables over a pole, how much lies in the ground."""

import re
from datetime import date

import pytest

from registry.cables.figures import CableFilter, sums_by_owner, sums_of
from registry.capacity.commands import SetPlace
from registry.capacity.models import PlaceUnit
from registry.capacity.queries import list_places
from registry.capacity.service import set_place
from registry.structures.commands import EditStructure
from registry.structures.queries import get_structure
from registry.structures.writing import edit_structure
from tests.factories.cables import cable, poles
from tests.factories.structures import make
from tests.permissions.cases import token_in

DEAD = {"dead_flag": "true", "dead_on": "01/03/2026", "dead_evidence": "Biên bản 12/BB"}
LINE = "19,807; 105,776\n19,808; 105,777"
CABLE = {
    "name": "Cáp quang Lê Lợi",
    "own_code": "CQ-77",
    "cable_kind": "fibre",
    "fibre_count": "48",
    "status": "active",
    "sharing_status": "not_applicable",
    "position_method": "gps",
    "is_public_asset": "false",
    "position": LINE,
    "echoed": LINE,
    "system": "wgs84",
}


def owner_of(client):
    return re.search(r'<option[^>]* value="(\d+)"', client.get("/structures/new/cable_route").text).group(1)


def post(client, address, **fields):
    return client.post(address, data=fields | {"csrf_token": token_in(client.get("/"))})


def shown(page, panel):
    """The text of a part of a page."""
    match = re.search(rf'<section class="panel" id="{panel}".*?</section>', page, re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", match.group(0)).split()) if match else None


@pytest.fixture
def laid(ctx_of):
    """Codes of a pole of VNPT that is published, of a cable of VNPT over it and of a dead one of Viettel."""
    with ctx_of("vnpt") as ctx:
        pole = make(ctx, owner="vnpt", kind="cable_pole", sharing_status="available")
        own = cable(ctx, pole, owner="vnpt")
    with ctx_of("viettel") as ctx:
        dead = cable(ctx, pole, **DEAD)
    return {"pole": pole.code, "own": own.code, "dead": dead.code}


def test_a_cable_is_registered_like_any_structure_and_its_form_asks_for_no_permit(client_of):
    client = client_of("viettel")
    form = client.get("/structures/new/cable_route").text
    assert 'name="fibre_count"' in form
    assert 'name="permit_regime"' not in form
    assert 'value="not_applicable"' in form
    assert 'value="available"' not in form
    answer = post(client, "/structures/new/cable_route", **CABLE, owner=owner_of(client))
    assert answer.status_code == 303
    page = client.get(answer.headers["Location"]).text
    assert "Không thuộc diện dùng chung" in page
    assert "Chưa khai cáp đi qua những cột, cống, hào nào." in page
    assert shown(page, "capacity") is None
    assert "Đề nghị dùng chung" not in page


def test_a_dead_cable_without_a_day_is_refused_and_what_was_typed_stays(client_of):
    client = client_of("viettel")
    answer = post(client, "/structures/new/cable_route", **CABLE, dead_flag="true", owner=owner_of(client))
    assert answer.status_code == 422
    assert "Cáp chết cần có ngày xác định." in answer.text
    assert "Cáp quang Lê Lợi" in answer.text


def test_the_list_is_typed_saved_and_shown_with_links(ctx_of, client_of):
    with ctx_of("viettel") as ctx:
        first, second = poles(ctx, 2)
        cable_route = cable(ctx, first)
    client = client_of("viettel")
    form = client.get(f"/structures/{cable_route.code}/members").text
    assert first.own_code in form
    version = re.search(r'name="version"[^>]*value="(\d+)"', form).group(1)
    address = f"/structures/{cable_route.code}/members"
    answer = post(client, address, version=version, members=f"{second.code}\n{first.own_code}", redraw="y")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/structures/{cable_route.code}#cable-members")
    page = client.get(f"/structures/{cable_route.code}").text
    text = shown(page, "cable-members")
    assert text.index(second.code) < text.index(first.code)
    assert f'href="/structures/{second.code}"' in page
    assert "Đổi danh sách công trình mà cáp đi qua" in page


def test_a_wrong_code_is_named_and_the_list_that_was_typed_stays(ctx_of, client_of):
    with ctx_of("viettel") as ctx:
        cable_route = cable(ctx)
    answer = post(client_of("viettel"), f"/structures/{cable_route.code}/members", version="1", members="C-LA; C-KHAC")
    assert answer.status_code == 422
    assert "Không có công trình “C-LA”" in answer.text
    assert "Không có công trình “C-KHAC”" in answer.text
    assert "C-LA; C-KHAC</textarea>" in answer.text


def test_a_code_that_cannot_be_stored_is_refused_in_the_words_of_its_field(ctx_of, client_of):
    with ctx_of("viettel") as ctx:
        cable_route = make(ctx, kind="cable_route")
    answer = post(
        client_of("viettel"), f"/structures/{cable_route.code}/members", version="1", members="C-L\x00A; C-KHAC"
    )
    assert answer.status_code == 422
    assert "ký tự điều khiển" in answer.text


def test_a_list_that_somebody_else_changed_meanwhile_is_not_written_over_unseen(ctx_of, client_of):
    with ctx_of("viettel") as ctx:
        first, second = poles(ctx, 2)
        cable_route = cable(ctx, first)
    client = client_of("viettel")
    old = re.search(
        r'name="version"[^>]*value="(\d+)"', client.get(f"/structures/{cable_route.code}/members").text
    ).group(1)
    address = f"/structures/{cable_route.code}/members"
    with ctx_of("viettel") as ctx:
        edit_structure(ctx, EditStructure(cable_route.code, int(old), {"name": "Tên khác"}))
    answer = post(client, address, version=old, members=second.code)
    assert answer.status_code == 409
    assert second.code in answer.text
    again = re.search(r'name="version"[^>]*value="(\d+)"', answer.text).group(1)
    assert post(client, address, version=again, members=second.code).status_code == 303


def test_the_page_of_a_pole_names_the_cables_over_it_to_its_owner_and_fewer_to_others(client_of, laid):
    for reader in ("vnpt", "so.khcn"):
        text = shown(client_of(reader).get(f"/structures/{laid['pole']}").text, "cables-over")
        assert laid["own"] in text
        assert f"Cáp chết {laid['dead']} Viettel" in text
        assert "cáp chết từ 01/03/2026" in text
    text = shown(client_of("viettel").get(f"/structures/{laid['pole']}").text, "cables-over")
    assert laid["own"] not in text
    assert laid["dead"] in text
    assert "Cáp của đơn vị khác chỉ hiển thị với" in text
    assert shown(client_of("dienluc").get(f"/structures/{laid['pole']}").text, "cables-over") is None


def test_dead_cables_are_found_by_the_filter_of_the_list(client_of, laid):
    page = client_of("so.khcn").get("/structures?kind=cable_route&dead_flag=true").text
    assert laid["dead"] in page
    assert laid["own"] not in page


def test_the_share_in_the_ground_is_by_length_and_leaves_dead_and_removed_cables_out(ctx_of):
    with ctx_of("viettel") as ctx:
        for texts in (
            {"laying": "underground"},
            {"laying": "aerial"},
            {"laying": "mixed", "underground_m": "100"},
            {"laying": ""},
            DEAD | {"laying": "underground"},
            {"laying": "underground", "removed_on": "01/01/2025"},
            {"laying": "aerial", "status": "planned", "installed_on": ""},
        ):
            cable_route = cable(ctx, **texts)
        length = sums_of(ctx, CableFilter(ctx.today)).total_m / 4
        now = sums_of(ctx, CableFilter(ctx.today))
        assert cable_route.code
    assert now.cables == 4
    assert 400 < length < 500
    assert now.underground_m == pytest.approx(length + 100, abs=0.01)
    assert now.unknown_m == pytest.approx(length, abs=0.01)
    assert float(now.underground_pct) == pytest.approx(100 * (length + 100) / (4 * length), abs=0.01)
    with ctx_of("viettel") as ctx:
        # The dead and the removed one were in use then; all were installed in June 2019.
        assert sums_of(ctx, CableFilter(date(2024, 12, 31))).cables == 6
        assert sums_of(ctx, CableFilter(date(2019, 6, 14))).cables == 0


def test_a_stated_length_in_the_ground_counts_at_most_the_whole_cable(ctx_of):
    with ctx_of("viettel") as ctx:
        cable_route = cable(ctx, laying="mixed", underground_m="100")
        # As files stated it before the length was compared.
        cable_route.underground_m = 99_999
        ctx.session.flush()
        sums = sums_of(ctx, CableFilter(ctx.today))
    assert sums.underground_m == pytest.approx(sums.total_m)


def test_each_reader_counts_the_cables_that_it_sees_exactly(ctx_of, laid):
    counts = {}
    for reader in ("viettel", "vnpt", "so.khcn", "ubnd.tinh"):
        with ctx_of(reader, read_only=True) as ctx:
            counts[reader] = [(part.name, part.sums.cables) for part in sums_by_owner(ctx, ctx.today)]
    # The province's figures are those of who sees no structure exactly, too.
    assert counts["so.khcn"] == counts["vnpt"] == counts["ubnd.tinh"] != []
    assert counts["viettel"] == []


def test_the_overview_opens_the_cables_behind_its_figures(client_of, laid):
    client = client_of("so.khcn")
    text = shown(client.get("/dashboard?tab=all").text, "cables")
    assert "0%" in text
    assert "1 tuyến cáp" in text
    assert "1 cáp chết chưa tháo dỡ" in text
    assert "20%" in text
    page = client.get("/cables").text
    assert laid["own"] in page
    assert laid["dead"] not in page
    assert laid["own"] in client.get("/cables?laying=aerial").text
    assert laid["own"] not in client.get("/cables?laying=underground").text


@pytest.mark.parametrize("query", ["laying=flying", "on=32/01/2026", "on=01/01/2999", "owner=x", "unit=-1"])
def test_a_filter_that_means_nothing_is_refused_in_words(client_of, query):
    assert client_of("so.khcn").get(f"/cables?{query}").status_code == 422


def test_the_list_of_a_past_day_is_shown_on_the_page_of_that_day(ctx_of, client_of):
    with ctx_of("viettel") as ctx:
        first, _two = poles(ctx, 2)
        cable_route = cable(ctx, first)
    today = get_today(ctx_of)
    page = client_of("viettel").get(f"/structures/{cable_route.code}?as_of={today}").text
    assert first.code in shown(page, "cable-members")
    assert "Sửa danh sách" not in shown(page, "cable-members")


def get_today(ctx_of):
    with ctx_of("viettel", read_only=True) as ctx:
        return f"{ctx.today:%d/%m/%Y}"


def test_a_structure_that_is_no_cable_has_no_such_list(ctx_of, client_of):
    with ctx_of("viettel") as ctx:
        code = make(ctx).code
        assert get_structure(ctx, code).code == code
    answer = client_of("viettel").get(f"/structures/{code}/members")
    assert answer.status_code == 404
    assert "không phải tuyến cáp" in answer.text


def test_a_passing_cable_is_put_into_a_place_by_a_button_and_the_ledger_follows(ctx_of, client_of):
    with ctx_of("viettel") as ctx:
        pole = make(ctx, kind="cable_pole", at=(105.70, 19.75))
        for label in ("Xà 1", "Xà 2"):
            set_place(ctx, SetPlace(pole.code, label, PlaceUnit.CABLE, 2))
        route = cable(ctx, pole, at=(105.70, 19.75))
        unplaced = f"/structures?quality=unplaced_cables&owner={route.owner_organisation_id}"
        codes = (pole.code, route.code)
    client = client_of("viettel")
    assert f'href="/structures/{codes[0]}"' in client.get(unplaced).text
    page = client.get(f"/structures/{codes[0]}").text
    (button,) = re.findall(rf'href="(/structures/{codes[0]}/entries/new\?cable=\d+)"', page)
    form = client.get(button).text
    assert f'value="{codes[1]}"' in form
    holder = re.search(
        r'<input[^>]*name="holder"[^>]*value="([^"]+)"|<input[^>]*value="([^"]+)"[^>]*name="holder"', form
    )
    fields = {"place": "Xà 2", "state": "used", "quantity": "1", "holder": next(filter(None, holder.groups()))}
    assert post(client, button.partition("?")[0], **fields).status_code == 303
    assert "Không có công trình nào khớp" in client.get(unplaced).text
    with ctx_of("viettel") as ctx:
        by_label = {slot.label: slot.used for slot in list_places(ctx, get_structure(ctx, codes[0]))}
    assert by_label["Xà 2"] == 1
    assert sum(by_label.values()) == 1
