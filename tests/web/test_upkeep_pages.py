"""The pages of upkeep as owners and the lead department click them."""

import gzip
import re
from datetime import timedelta

import pytest
from sqlalchemy import text

from registry.audit.chain import record
from registry.kernel.clock import utc_now
from registry.upkeep.service import list_owners_to_ask, running_rounds
from tests.factories.structures import HAC_THANH, make, organisation_id
from tests.factories.upkeep import round_of
from tests.support.figures import HIDDEN_WORDS
from tests.support.statements import statements_of
from tests.web.test_bulk_edit_pages import hidden

LONG_AGO = utc_now() - timedelta(days=800)


@pytest.fixture
def asked(ctx_of):
    """Two old poles and an old tower of Viettel and a round of today; its id."""
    with ctx_of("viettel", now=LONG_AGO) as ctx:
        for number, kind in enumerate(("cable_pole", "cable_pole", "antenna_tower")):
            make(ctx, kind=kind, at=(HAC_THANH[0] + 0.001 * number, HAC_THANH[1]))
    with ctx_of("so.khcn") as ctx:
        owner = organisation_id(ctx.session, "viettel")
        ctx.session.execute(
            text(
                "INSERT INTO attestation_round (organisation_id, opened_on, due_on, state, total, confirmed, version)"
                " VALUES (:owner, :today, :due, 'open', 3, 0, 1)"
            ),
            {"owner": owner, "today": ctx.today, "due": ctx.today + timedelta(days=30)},
        )
        record(ctx, "upkeep.open", "attestation_round", None)
        return round_of(ctx, "viettel").id


def late(ctx_of, asked):
    with ctx_of("so.khcn") as ctx:
        ctx.session.execute(
            text("UPDATE attestation_round SET opened_on = opened_on - 40, due_on = due_on - 40 WHERE id = :id"),
            {"id": asked},
        )
        record(ctx, "test.late", "attestation_round", asked)


def test_the_start_page_names_the_round_until_it_is_done(client_of, asked):
    client = client_of("viettel")
    assert "còn 3 công trình chưa xác nhận" in client.get("/").text
    assert "chưa xác nhận" not in client_of("vnpt").get("/").text
    page = client.get(f"/upkeep/rounds/{asked}")
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text).group(1)
    digest = re.search(r'name="digest" value="([^"]+)"', page.text).group(1)
    sent = {"csrf_token": token, "digest": digest, "statement": "no_change"}
    answer = client.post(f"/upkeep/rounds/{asked}/close", data=sent)
    assert answer.status_code == 303
    assert "Không thay đổi" in client.get(answer.headers["Location"]).text
    assert "chưa xác nhận" not in client.get("/").text


def test_an_owner_ticks_what_is_still_correct(client_of, asked):
    client = client_of("viettel")
    page = client.get(f"/upkeep/rounds/{asked}?kind=cable_pole")
    rows = re.findall(r'name="row" value="([^"]+)"', page.text)
    assert len(rows) == 2
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text).group(1)
    answer = client.post(
        f"/upkeep/rounds/{asked}/confirm", data={"csrf_token": token, "kind": "cable_pole", "row": rows[:1]}
    )
    assert answer.status_code == 303
    after = client.get(answer.headers["Location"]).text
    assert "Đã xác nhận 1 công trình" in after
    assert len(re.findall(r'name="row"', after)) == 1
    stale = client.post(f"/upkeep/rounds/{asked}/confirm", data={"csrf_token": token, "row": rows[:1]})
    assert stale.status_code == 409
    assert "đã thay đổi sau khi mở trang" in stale.text
    nothing = client.post(f"/upkeep/rounds/{asked}/confirm", data={"csrf_token": token})
    assert nothing.status_code == 422
    assert "Chưa chọn công trình nào" in nothing.text


def test_the_lead_department_sees_who_is_late(client_of, ctx_of, asked):
    lead = client_of("so.khcn")
    assert "chưa xác nhận" not in lead.get("/").text
    late(ctx_of, asked)
    assert "Quá hạn" in lead.get("/").text
    assert "Quá hạn" in lead.get("/upkeep").text
    page = lead.get(f"/upkeep/rounds/{asked}").text
    assert 'name="row"' not in page
    assert "Còn đúng" not in page


def test_an_owner_with_an_open_round_is_not_offered_again(client_of, ctx_of, asked):
    lead = client_of("so.khcn")
    with ctx_of("so.khcn", read_only=True) as ctx:
        running = running_rounds(ctx)
        names = {owner.short_name: owner.id in running for owner in list_owners_to_ask(ctx)}
    page = lead.get("/upkeep").text
    offered = page.partition('id="open-round"')[2].partition("</form>")[0]
    assert any(names.values())
    for name, is_asked in names.items():
        assert (f">{name}</option>" in offered) is not is_asked, name
    if not all(names.values()):
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page).group(1)
        lead.post("/upkeep/rounds", data={"csrf_token": token, "owner": "", "due_on": ""})
    page = lead.get("/upkeep").text
    assert "Mọi chủ sở hữu đều đang có đợt xác nhận" in page
    assert 'action="/upkeep/rounds"' not in page


def test_the_overview_says_how_fresh_the_data_is_and_opens_the_lists(client_of, asked):
    client = client_of("viettel")
    page = client.get("/dashboard?tab=all").text
    assert "0% của 3 công trình đang tồn tại" in page
    assert "3 công trình" in client.get("/structures?confirmed=older").text
    assert "Quá hạn xác nhận" in client.get("/structures?confirmed=older").text


def test_each_count_of_the_quality_page_opens_a_list_of_that_many(client_of, asked):
    client = client_of("viettel")
    page = client.get("/upkeep/quality").text
    links = re.findall(rf'href="(/structures\?quality=[^"]+)">(\d+){HIDDEN_WORDS}</a>', page)
    assert links
    for address, number in links:
        assert f"{number} công trình" in client.get(address.replace("&amp;", "&")).text


@pytest.mark.parametrize(
    "address", ["/structures?quality=nonsense", "/structures?confirmed=soon", "/structures?since=x"]
)
def test_a_filter_that_is_none_is_refused_in_words(client_of, address):
    assert client_of("viettel").get(address).status_code == 422


def test_the_map_takes_the_same_filter(client_of, asked):
    client = client_of("viettel")
    tile = "/structures/tiles/12/3251/1818.mvt"
    assert len(client.get(f"{tile}?confirmed=older").data) > len(client.get(f"{tile}?confirmed=newer").data)


@pytest.mark.parametrize(("colour", "value"), [("kind", b"antenna_tower"), ("source", b"surveyed"), ("age", b"stale")])
def test_the_map_is_coloured_for_who_sees_exactly_and_cells_carry_no_colour(client_of, asked, colour, value):
    tile = f"/structures/tiles/12/3251/1818.mvt?colour={colour}"
    own = gzip.decompress(client_of("viettel").get(tile).data)
    assert b"colour" in own
    assert value in own
    foreign = gzip.decompress(client_of("vnpt").get(tile).data)
    assert value not in foreign
    assert b"cells" in foreign
    assert b"colour" not in foreign
    page = client_of("viettel").get(f"/structures?colour={colour}").text
    assert "disc-" in page
    assert f"colour={colour}" in page


@pytest.mark.parametrize(("address", "most"), [("/upkeep", 14), ("/upkeep/quality", 50), ("/upkeep/rounds/{}", 19)])
def test_the_pages_ask_a_bounded_number_of_queries(client_of, database, asked, address, most):
    client = client_of("viettel")
    client.get("/structures")
    with statements_of(database) as asked_for:
        assert client.get(address.format(asked)).status_code == 200
    assert len(asked_for) <= most, "\n".join(statement[:80] for statement in asked_for)


def test_forms_keep_their_hidden_fields(client_of, asked):
    page = client_of("viettel").get("/structures/bulk-edit?all=1&quality=unconfirmed&field=condition")
    assert hidden(page)["query"] == ["quality=unconfirmed"]


def test_freshness_is_told_to_programs_with_the_list_behind_each_figure(client_of, asked, ctx_of):
    with ctx_of("vnpt") as ctx:
        make(ctx, owner="vnpt", sharing_status="available")
    own = client_of("viettel").get("/api/freshness").json
    assert own["all"]["fresh"] == 1
    assert [(each["total"], each["fresh"], each["percent"]) for each in own["owners"]] == [(3, 0, 0)]
    assert own["months"]["value"] == 12
    [unit] = own["units"]
    assert "3 công trình" in client_of("viettel").get(unit["stale_list"]).text
    whole = client_of("so.khcn").get("/api/freshness").json
    assert sorted((each["total"], each["percent"]) for each in whole["owners"]) == [(1, 100), (3, 0)]
    refused = client_of("so.taichinh").get("/api/freshness")
    assert (refused.status_code, refused.mimetype) == (403, "application/problem+json")
