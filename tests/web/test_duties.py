"""Duties of the plan that no other test shows whole (docs/duties.md): each through the pages of those who have it."""

import html
import re

from registry.settings.commands import AddSetting
from registry.settings.service import add_setting
from tests.factories.routelists import YEAR, agreed, propose
from tests.factories.structures import make
from tests.permissions.cases import token_in
from tests.support.clock import NOW

TOWER = {
    "position": "X = 2.191.076,73; Y = 581.102,24",
    "echoed": "X = 2.191.076,73; Y = 581.102,24",
    "system": "vn2000",
    "name": "Trạm thử quy định",
    "status": "active",
    "sharing_status": "not_assessed",
    "position_method": "gps",
    "is_public_asset": "false",
    "mast_class": "A2b",
    "height_m": "45,5",
}
PERMIT = {"permit_regime": "permit", "permit_number": "12/GPXD", "permit_on": "20/12/2025", "built_on": "02/01/2026"}


def text_of(answer):
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def test_the_finance_department_reads_what_streets_cost_the_state_and_opens_them(client_of, ctx_of):
    item_id = agreed(ctx_of, street_name="Đường Vốn Nhà Nước", funding="state", cost_vnd="500000000")
    propose(ctx_of, street_name="Đường Vốn Doanh Nghiệp", funding="operators", cost_vnd="300000000")
    for username in ("so.taichinh", "so.khcn"):
        client = client_of(username)
        page = client.get("/money")
        assert "500.000.000" in page.text
        (address,) = set(re.findall(rf'href="([^"]*year={YEAR}[^"]*state=agreed[^"]*)"', html.unescape(page.text)))
        listed = client.get(address).text
        assert f'href="/route-lists/items/{item_id}"' in listed
        assert "Đường Vốn Doanh Nghiệp" not in listed
    for username in ("viettel", "ubnd.xa", "kkt.nghison"):
        assert client_of(username).get("/money").status_code == 403


def test_a_rule_names_its_document_refuses_or_warns_and_follows_the_day_of_its_setting(client_of, ctx_of):
    with ctx_of("viettel") as ctx:
        code = make(ctx, name="Trạm thử quy định").code
    owner, department, address = client_of("viettel"), client_of("so.khcn"), f"/structures/{code}"

    def save(version, **changes):
        token = token_in(owner.get(f"{address}/edit"))
        return owner.post(f"{address}/edit", data=TOWER | changes | {"version": str(version), "csrf_token": token})

    # One rule refuses the record, another lets it pass and says so with its source.
    refused = save(1, permit_regime="permit")
    assert refused.status_code == 422
    assert "cần cả số và ngày giấy phép" in text_of(refused)
    assert save(1, **PERMIT).status_code == 303
    warning = "không hợp với ngày khởi công 02/01/2026"
    assert warning in text_of(owner.get(address))
    history = text_of(department.get("/settings/permit.exempt_from"))
    assert "01/01/2026" in history
    assert "135/2025/QH15" in history
    with ctx_of("so.khcn", now=NOW) as ctx:
        later = "2026-03-01"
        add_setting(ctx, AddSetting("permit.exempt_from", NOW.date(), later, "Nghị định thử 9/2026", True, "Đổi"))
    assert warning not in text_of(owner.get(address))
    assert "Nghị định thử 9/2026" in text_of(department.get("/settings/permit.exempt_from"))


def test_structures_are_listed_by_category_of_owner_and_state_who_paid(client_of, ctx_of):
    with ctx_of("dienluc") as ctx:
        pole = make(ctx, owner="pc_thanhhoa", kind="power_pole_shared", funding_source="Vốn lưới điện").code
    with ctx_of("so.khcn") as ctx:
        tower = make(ctx, owner="thap_xu_thanh", funding_source="Vốn của nhà đầu tư").code
    client = client_of("so.khcn")
    for category, listed, other in (("power", pole, tower), ("tower_company", tower, pole)):
        rows = client.get(f"/structures?owner_category={category}").text
        assert listed in rows
        assert other not in rows
    for code, paid, category in (
        (pole, "Vốn lưới điện", "Ngành điện"),
        (tower, "Vốn của nhà đầu tư", "Doanh nghiệp cho thuê hạ tầng"),
    ):
        page = text_of(client.get(f"/structures/{code}"))
        assert f"Nguồn vốn {paid}" in page
        assert category in page


def test_the_lead_department_reads_all_of_the_province_and_an_area_its_own_part(client_of, ctx_of):
    with ctx_of("viettel") as ctx:
        own = make(ctx, name="Trạm kín", sharing_status="not_assessed", is_published="false").code
    with ctx_of("vnpt") as ctx:
        other = make(ctx, owner="vnpt", name="Trạm hạn chế", sharing_status="restricted").code
    names = {own: "Trạm kín", other: "Trạm hạn chế"}
    for code, name in names.items():
        assert name in client_of("so.khcn").get(f"/structures/{code}").text
    for username in ("ubnd.tinh", "kkt.nghison", "kiemtra2"):
        client = client_of(username)
        assert client.get(f"/structures/{other}").status_code == 404, username
        assert names[own] not in client.get(f"/structures/{own}").text, username
