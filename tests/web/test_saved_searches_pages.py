"""Saved searches as people click them: on the list, its map and its files, with the rights of whoever looks."""

import gzip
import html
import re
from urllib.parse import parse_qsl, urlsplit

import pytest
from sqlalchemy import func, select, text

from registry.accounts.models import UserAccount
from registry.audit.chain import record
from registry.imports.jobs import STORE, run_work
from registry.saved_searches.models import SavedSearch
from registry.structures.models import Structure
from tests.factories.saved_searches import A_WALK, FAR, TOWERS_HERE, keep, look_again, tower
from tests.factories.structures import HAC_THANH, make, organisation_id
from tests.support.exports import download
from tests.support.fixtures import account
from tests.support.import_files import as_csv, rows_of_sites
from tests.support.outsider import tile_at
from tests.web.test_bulk_edit_pages import hidden
from tests.web.test_import_pages import confirm, post, send, token_in

NEAR = "near=19.807,105.776"


@pytest.fixture
def towers(ctx_of):
    """Name -> code: towers of VNPT by what is different of each."""
    with ctx_of("vnpt") as ctx:
        return {
            "here": tower(ctx).code,
            "far": tower(ctx, away=FAR).code,
            "full": tower(ctx, free=0).code,
            "unstated": tower(ctx, free=None).code,
            "unpublished": tower(ctx, sharing_status="not_assessed").code,
        }


def named(answer, towers):
    """Which of the towers a list names."""
    return {name for name, code in towers.items() if f">{code}</a>" in answer.text}


def listed(client, query, towers):
    answer = client.get(f"/structures?{query}")
    assert answer.status_code == 200, answer.text
    return named(answer, towers)


def kept(ctx_of, username="viettel", **options):
    with ctx_of(username) as ctx:
        return keep(ctx, **options).slug


def test_the_list_is_narrowed_to_the_surroundings_of_a_place_and_to_room(client_of, towers):
    client = client_of("viettel")
    assert listed(client, f"{NEAR}&within=500", towers) == {"here", "full", "unstated", "unpublished"}
    assert listed(client, f"{NEAR}&within=200", towers) & {"here", "far"} == set()
    assert "far" in listed(client, f"{NEAR}&within=2.000", towers)
    assert listed(client, NEAR, towers) == listed(client, f"{NEAR}&within=500", towers)
    vn2000 = "near=X+%3D+2.191.076%2C73%3B+Y+%3D+581.102%2C24"
    assert listed(client, f"{vn2000}&within=500", towers) == listed(client, NEAR, towers)
    assert listed(client, f"{TOWERS_HERE}", towers) == {"here"}
    assert listed(client, "room=1", towers) == {"here", "far"}
    assert listed(client_of("vnpt"), "room=1", towers) == {"here", "far", "unpublished"}
    assert listed(client_of("ubnd.tinh"), "room=1", towers) == set()
    # A distance alone asks for nothing.
    assert listed(client, "within=7", towers) == set(towers)


def test_the_conditions_stand_as_chips_that_go_one_by_one_and_the_map_shows_the_place(client_of, towers):
    page = client_of("viettel").get(f"/structures?{TOWERS_HERE}")
    chips = html.unescape(re.search(r'<ul class="chips".*?</ul>', page.text, re.DOTALL).group())
    assert "trong 500 m quanh 19.807000, 105.776000" in chips
    assert "Còn chỗ trống" in chips
    assert 'href="/structures?kind=antenna_tower&room=1"' in chips
    assert 'href="/structures?kind=antenna_tower&near=19.807%2C105.776&within=500"' in chips
    assert 'name="near" maxlength="200" value="19.807,105.776"' in page.text
    assert '<option value="1" selected>' in page.text
    assert "105.771" in page.text
    assert towers["here"] in page.text


@pytest.mark.parametrize(
    "query",
    [
        "near=abc",
        f"{NEAR}&within=10",
        f"{NEAR}&within=-500",
        f"{NEAR}&within=" + "9" * 60,
        "near=%00",
        "near=%F0%9F%97%BC",
        "near=91,105",
        "near=89.9,179.9",
        "near=0.1,179.9",
        "near=-45;-120",
        "near=0.1,0.1",
        "near=1e999,105",
        "room=yes",
        "found=x",
        "found=" + "9" * 40,
        "saved=%3Cscript%3E",
        "saved=" + "a" * 5000,
        "saved=khong-co-abc234",
    ],
)
def test_what_cannot_be_read_is_refused_in_words(client_of, query):
    for username in ("viettel", None):
        answer = client_of(username).get(f"/structures?{query}")
        assert answer.status_code in (404, 422), (username, query)
        assert "<script>" not in answer.text.split("<main")[1].split("</main>")[0]


def test_a_filter_is_kept_from_the_list_and_opens_by_its_name(client_of, towers):
    client = client_of("viettel")
    page = client.get(f"/structures?{TOWERS_HERE}")
    assert "Bộ lọc đã lưu" in page.text.split("kept-bar")[0]
    address = html.unescape(re.search(r'href="(/saved-searches/new\?[^"]+)"', page.text).group(1))
    form = client.get(address)
    assert "Chỗ lắp đặt: Còn chỗ trống" in form.text
    sent = hidden(form) | {"name": "Cột còn chỗ", "audience": "private"}
    refused = client.post("/saved-searches/new", data=sent | {"name": "  "})
    assert refused.status_code == 422
    assert "Chưa nhập tên bộ lọc" in refused.text
    assert hidden(refused)["query"] == sent["query"]
    answer = client.post("/saved-searches/new", data=sent)
    assert answer.status_code == 303
    opened = client.get(answer.headers["Location"])
    assert named(opened, towers) == {"here"}
    assert "Đã lưu bộ lọc “Cột còn chỗ”." in opened.text
    assert 'aria-current="true"' in opened.text
    # What is kept already is not offered again; what differs is.
    assert "/saved-searches/new" not in opened.text
    slug = dict(parse_qsl(urlsplit(answer.headers["Location"]).query))["saved"]
    assert "/saved-searches/new" in client.get(f"/structures?saved={slug}&within=300").text
    assert "Cột còn chỗ" in client.get("/saved-searches").text


def test_nothing_is_offered_to_the_public(public, client_of, towers):
    page = public.get(f"/structures?{TOWERS_HERE}")
    assert page.status_code == 200
    assert "saved-searches" not in page.text
    assert "kept-bar" not in page.text
    assert towers


def test_the_tiles_and_the_files_of_a_kept_filter_hold_the_same(client_of, ctx_of, towers):
    slug = kept(ctx_of)
    client = client_of("viettel")
    rows = download(client, "structures", "csv", saved=slug).text
    assert {name for name, code in towers.items() if code in rows} == {"here"}
    column, line = tile_at(HAC_THANH[0] + A_WALK, HAC_THANH[1], 14)
    where = f"/structures/tiles/14/{column}/{line}.mvt"
    tile = gzip.decompress(client.get(f"{where}?saved={slug}").data)
    plain = gzip.decompress(client.get(f"{where}?{TOWERS_HERE}").data)
    assert tile == plain
    assert towers["here"].encode() in tile
    assert towers["full"].encode() not in tile
    page = client.get(f"/structures?saved={slug}")
    assert f"/exports/structures.csv?saved={slug}" in html.unescape(page.text)
    for address in (f"/exports/structures.csv?saved={slug}", f"{where}?saved={slug}"):
        assert client_of("dienluc").get(address).status_code == 404


def test_a_batch_keeps_the_conditions_and_not_the_name_of_the_filter(client_of, ctx_of):
    with ctx_of("viettel") as ctx:
        make(ctx, kind="cable_pole", condition="good")
    slug = kept(ctx_of, query="kind=cable_pole")
    page = client_of("viettel").get(f"/structures/bulk-edit?all=1&saved={slug}")
    assert page.status_code == 200
    assert ("kind", "cable_pole") in re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text)
    assert 'name="saved"' not in page.text


def test_a_shared_filter_shows_each_reader_what_that_reader_may_see(client_of, ctx_of, towers):
    with ctx_of("quantri") as ctx:
        account(ctx.session, "so.khcn").organisation_id = organisation_id(ctx.session, "viettel")
        ctx.session.flush()
        record(ctx, "test.change", "user_account", None)
    slug = kept(ctx_of, "so.khcn", shared=True)
    assert listed(client_of("so.khcn"), f"saved={slug}", towers) == {"here", "unpublished"}
    assert listed(client_of("viettel"), f"saved={slug}", towers) == {"here"}
    page = client_of("viettel").get("/saved-searches")
    assert "Đồng nghiệp chia sẻ" in page.text
    assert "/edit" not in page.text
    assert "đồng nghiệp chia sẻ" in client_of("viettel").get("/structures").text


def test_the_default_opens_the_list_with_a_chip_and_a_way_out(client_of, ctx_of, towers):
    slug = kept(ctx_of, default=True)
    client = client_of("viettel")
    answer = client.get("/structures")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/structures?saved={slug}")
    page = client.get(answer.headers["Location"])
    assert named(page, towers) == {"here"}
    chips = html.unescape(re.search(r'<ul class="chips".*?</ul>', page.text, re.DOTALL).group())
    assert re.search(
        r'href="/structures\?all=1">\s*<span><span class="chip-label">Bộ lọc đã lưu:</span> Cột còn', chips
    )
    whole = client.get("/structures?all=1")
    assert named(whole, towers) == set(towers)
    # The last chip away is everything, too, not the default again.
    last = html.unescape(client.get("/structures?kind=antenna_tower").text)
    assert 'class="chip" href="/structures?all=1"' in last
    assert client_of("vnpt").get("/structures").status_code == 200
    # Figures that open the whole list still do.
    figure = html.unescape(client_of("so.khcn").get("/").text)
    assert 'href="/structures?all=1"' in figure


def test_a_search_is_renamed_shared_and_deleted_after_a_look_at_what_goes(client_of, ctx_of):
    kept(ctx_of, watched=True)
    client = client_of("viettel")
    page = client.get("/saved-searches")
    edit = re.search(r'href="(/saved-searches/\d+/edit)"', page.text).group(1)
    delete = edit.replace("/edit", "/delete")
    form = client.get(edit)
    stale = hidden(form)
    answer = client.post(edit, data=stale | {"name": "Cột ở đây", "audience": "shared"})
    assert answer.status_code == 303
    page = client.get("/saved-searches").text
    assert "Cột ở đây" in page
    assert "Cả đơn vị" in page
    assert "Không thông báo" in page
    again = client.post(edit, data=hidden(client.get(edit)) | {"version": "1", "name": "x", "audience": "private"})
    assert again.status_code == 409
    assert "đã thay đổi sau khi mở trang" in again.text
    asked = client.get(delete)
    assert "Đồng nghiệp trong đơn vị sẽ không dùng được nữa." in asked.text
    assert client.post(delete, data=hidden(asked) | {"version": "1"}).status_code == 409
    assert client.post(delete, data=hidden(asked)).status_code == 303
    assert "Chưa có bộ lọc nào được lưu" in client.get("/saved-searches").text


def test_a_filter_that_is_no_longer_taken_says_so_where_it_is_listed(client_of, ctx_of):
    kept(ctx_of)
    with ctx_of("viettel") as ctx:
        ctx.session.execute(text("UPDATE saved_search SET query = 'kind=gone'"))
        record(ctx, "test.change", "saved_search", None)
        key, slug = ctx.session.execute(select(SavedSearch.id, SavedSearch.slug)).one()
    client = client_of("viettel")
    assert "Không còn dùng được" in client.get("/saved-searches").text
    for page in ("edit", "delete"):
        assert client.get(f"/saved-searches/{key}/{page}").status_code == 200
    assert client.get(f"/structures?saved={slug}").status_code == 422
    assert client.get("/structures?kind=antenna_tower").status_code == 200


def test_the_bell_leads_to_the_list_of_what_is_new(client_of, ctx_of, database, towers):
    kept(ctx_of, watched=True)
    with ctx_of("vnpt") as ctx:
        towers["new"] = tower(ctx).code
    look_again(database)
    client = client_of("viettel")
    inbox = client.get("/notices")
    assert towers["new"] in inbox.text
    assert "Cột còn chỗ" in inbox.text
    opening = re.search(r'action="(/notices/\d+/open)"', inbox.text).group(1)
    answer = client.post(opening, data={"csrf_token": token_in(inbox)})
    page = client.get(answer.headers["Location"])
    assert named(page, towers) == {"new"}
    assert "theo thông báo" in page.text
    # Beside what the notice adds it is the search that is kept already.
    assert 'aria-current="true"' in page.text
    assert "/saved-searches/new" not in page.text
    assert client_of("vnpt").get(answer.headers["Location"]).status_code == 404


def test_an_applied_import_makes_the_worker_look(app, database, client_of):
    client = client_of("viettel")
    address = send(client, as_csv(rows_of_sites())).headers["Location"]
    confirm(client, address)
    post(client, address, "apply")
    waiting = text("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'saved_searches.look_after_import'")
    with database.session() as session:
        assert session.scalar(waiting) == 0
        user_id = session.scalar(select(UserAccount.id).where(UserAccount.username == "viettel"))
    run_work(database, STORE.of(app), "apply", int(address.rsplit("/", 1)[1]), user_id)
    with database.session() as session:
        assert session.scalar(waiting) == 1
        assert session.scalar(select(func.count()).select_from(Structure)) > 0


def test_far_apart_and_near_are_as_the_crow_flies(client_of, ctx_of):
    """The edge of the circle is right to the metre: a place 300 m east is within 310 m and not within 290."""
    with ctx_of("viettel") as ctx:
        code = make(ctx, at=(HAC_THANH[0] + A_WALK, HAC_THANH[1])).code
        metres = ctx.session.scalar(
            text("SELECT ST_Distance('POINT(105.776 19.807)'::geography, 'POINT(105.779 19.807)'::geography)")
        )
    client = client_of("viettel")
    assert code in client.get(f"/structures?{NEAR}&within={int(metres) + 2}").text
    assert f">{code}</a>" not in client.get(f"/structures?{NEAR}&within={int(metres) - 2}").text
