"""What offices without own structures read: prices of power poles, figures that do not take unknown as none."""

import html
import re

import pytest
from sqlalchemy import update

from registry.accounts.models import Organisation
from registry.audit.chain import record
from registry.incidents.commands import Whereabouts
from registry.structures.codes import SharingStatus
from registry.structures.models import Structure
from registry.violations.codes import Receiver
from tests.factories import incidents, occupations, violations
from tests.factories.structures import make, place_inside
from tests.factories.tariffs import publish
from tests.permissions.cases import token_in
from tests.support.fixtures import account


def figures_of(page):
    """Label -> value of the figures of a start page."""
    line = page.split('<ul class="figure-line">')[1].split("</ul>")[0]
    return {label.strip(): value for value, label in re.findall(r"<strong>([^<]+)</strong>([^<]+)", line)}


def test_industry_and_trade_reads_the_prices_of_power_poles_and_of_nothing_else(ctx_of, client_of):
    with ctx_of("dienluc") as ctx:
        make(ctx, owner="pc_thanhhoa", kind="power_pole_shared")
        price = publish(ctx, 20_000, kind="power_pole_shared").id
    with ctx_of("viettel") as ctx:
        other = publish(ctx, 900_000).id
    client = client_of("so.congthuong")
    assert client.get(f"/tariffs/{price}").status_code == 200
    assert client.get(f"/tariffs/{other}").status_code == 404
    assert f"/tariffs/{price}" in client.get("/tariffs").text


def cases_on(ctx_of, kind, **texts):
    """The addresses of an incident, an occupation and a violation on a pole, as its readers may know them."""
    with ctx_of("ubnd.xa", read_only=True) as ctx:
        at = place_inside(ctx.session, ctx.actor.unit_ids)
    with ctx_of("dienluc") as ctx:
        structure = make(ctx, owner="pc_thanhhoa", kind=kind, at=at, **texts)
        structure_id, code = structure.id, structure.code
    incident_id = incidents.triaged(ctx_of, where=Whereabouts(structure_id=structure_id))
    occupation_id = occupations.told(ctx_of, code=code, by="dienluc")
    violation_id = violations.with_minutes(ctx_of, at=at, structure_code=code)
    return f"/incidents/{incident_id}", f"/occupations/{occupation_id}", f"/violations/{violation_id}"


def test_industry_and_trade_reads_the_cases_of_power_poles_and_of_nothing_else(ctx_of, client_of):
    poles, others = cases_on(ctx_of, "power_pole_shared"), cases_on(ctx_of, "cable_pole")
    client = client_of("so.congthuong")
    assert [client.get(address).status_code for address in (*poles, *others)] == [200, 200, 200, 404, 404, 404]
    for pole, other in zip(poles, others, strict=True):
        page = client.get(pole.rpartition("/")[0]).text
        assert (f'href="{pole}"' in page, f'href="{other}"' in page) == (True, False)


@pytest.mark.parametrize(
    ("reader", "fields"),
    [
        ("so.congthuong", {"owner": "pc_thanhhoa", "kind": "power_pole_shared"}),
        ("so.taichinh", {"owner": "viettel", "is_public_asset": "true"}),
    ],
)
def test_the_start_page_of_an_office_of_one_sector_begins_with_its_structures(ctx_of, client_of, reader, fields):
    with ctx_of("dienluc" if fields["owner"] == "pc_thanhhoa" else "viettel") as ctx:
        code = make(ctx, **fields).code
    with ctx_of("vnpt") as ctx:
        other = make(ctx, owner="vnpt", kind="cable_pole").code
    client = client_of(reader)
    page = client.get("/").text
    assert figures_of(page)["công trình thuộc lĩnh vực quản lý"] == "1"
    (address,) = re.findall(r'<a href="([^"]+)"><strong>1</strong> công trình thuộc lĩnh vực', page)
    listed = client.get(html.unescape(address)).text
    assert (code in listed, other in listed) == (True, False)


def test_industry_and_trade_opens_its_cases_from_the_start_page(ctx_of, client_of):
    poles = cases_on(ctx_of, "power_pole_shared")
    client = client_of("so.congthuong")
    tiles = re.findall(r'<a href="([^"]+)"><strong>1</strong> [^<]*hồ sơ đang mở', client.get("/").text)
    pages = "".join(client.get(html.unescape(address)).text for address in tiles)
    assert len(tiles) == len(poles)
    assert all(f'href="{pole}"' in pages for pole in poles)


def test_industry_and_trade_reads_no_case_of_a_restricted_power_pole(ctx_of, client_of):
    restricted = cases_on(ctx_of, "power_pole_shared")
    with ctx_of("dienluc") as ctx:
        ctx.session.execute(update(Structure).values(sharing_status=SharingStatus.RESTRICTED))
        record(ctx, "test.change", "structure", None)
    assert [client_of("so.congthuong").get(address).status_code for address in restricted] == [404, 404, 404]


def test_what_is_only_suspected_or_not_yet_looked_at_is_for_those_who_act(ctx_of, client_of):
    with ctx_of("ubnd.xa", read_only=True) as ctx:
        at = place_inside(ctx.session, ctx.actor.unit_ids)
    with ctx_of("dienluc") as ctx:
        structure = make(ctx, owner="pc_thanhhoa", kind="power_pole_shared", at=at)
        structure_id, code = structure.id, structure.code
    incident_id, _code = incidents.report(ctx_of, where=Whereabouts(structure_id=structure_id))
    violation_id = violations.log(ctx_of, at=at, structure_code=code)
    client = client_of("so.congthuong")
    assert client.get(f"/incidents/{incident_id}").status_code == 404
    assert client.get(f"/violations/{violation_id}").status_code == 404


@pytest.mark.parametrize(("receiver", "is_notified"), [("province_chair", True), ("lead_director", False)])
def test_the_committee_of_the_province_is_notified_of_a_case_that_is_transferred_to_its_chair(
    ctx_of, client_of, receiver, is_notified
):
    violation_id = violations.with_minutes(ctx_of)
    violations.move(ctx_of, "kiemtra1", violation_id, "transfer", receiver=Receiver(receiver), text="Vượt thẩm quyền")
    assert ("Đã chuyển cấp có thẩm quyền" in client_of("ubnd.tinh").get("/notices").text) is is_notified


@pytest.mark.parametrize("reader", ["ubnd.tinh", "bo.khcn"])
def test_tiles_of_readers_of_the_province_open_lists_that_they_may_read(client_of, reader):
    client = client_of(reader)
    tiles = re.findall(r'<a href="([^"]+)"><strong>', client.get("/").text)
    assert len(tiles) > 1
    assert {client.get(html.unescape(address)).status_code for address in tiles} == {200}


def test_defence_counts_and_changes_its_own_structures_alone(ctx_of, client_of):
    with ctx_of("viettel") as ctx:
        other = make(ctx).code
    with ctx_of("so.khcn") as ctx:
        unit = account(ctx.session, "quansu").organisation_id
        own = make(ctx, owner=ctx.session.get_one(Organisation, unit).code).code
    client = client_of("quansu")
    assert client.get("/api/freshness").json["all"]["total"] == 1
    form = client.get("/structures/bulk-edit?all=1").text
    data = {"csrf_token": token_in(client.get("/structures/bulk-edit?all=1")), "field": "condition", "value": "good"}
    preview = client.post("/structures/bulk-edit/preview?all=1", data=data | {"reason": "kiểm tra", "all": "1"}).text
    for page in (form, preview, client.get("/upkeep").text, client.get("/upkeep/quality").text):
        assert other not in page
    assert own in preview


def test_the_start_page_of_defence_counts_its_own_restricted_structures_by_their_state(ctx_of, client_of):
    with ctx_of("viettel") as ctx:
        make(ctx, condition="dangerous")
    with ctx_of("so.khcn") as ctx:
        unit = account(ctx.session, "quansu").organisation_id
        code = ctx.session.get_one(Organisation, unit).code
        make(ctx, owner=code, condition="dangerous", sharing_status="restricted")
        make(ctx, owner=code, condition="good", sharing_status="restricted")
    figures = figures_of(client_of("quansu").get("/").text)
    assert (figures["công trình"], figures["ở tình trạng nguy hiểm"]) == ("2", "1")


def test_a_figure_of_what_nobody_has_assessed_is_unknown_and_not_none(ctx_of, client_of):
    with ctx_of("viettel") as ctx:
        make(ctx, condition=None)
    assert figures_of(client_of("ubnd.tinh").get("/").text)["ở tình trạng nguy hiểm"] == "chưa rõ"


def test_who_knows_cells_alone_is_shown_no_figure_of_their_state(client_of):
    assert len(figures_of(client_of("nguoidan").get("/").text)) == 1


def test_the_administrator_begins_with_accounts(client_of):
    assert re.search(r'class="btn btn-primary" href="/admin/users/new"', client_of("quantri").get("/").text)


def test_a_citizen_reports_and_looks_up_from_the_menu(client_of):
    page = client_of("nguoidan").get("/").text
    assert 'href="/report"' in page
    assert 'href="/report/status"' in page
