"""The rows of the list and what of its page is kept: escaped, of its reader, and never older than the register."""

import re

import pytest
from sqlalchemy import text, update

from registry.accounts.models import Organisation
from registry.audit.chain import record
from registry.kernel.db.session import POSITION_READER_ROLE
from registry.saved_searches.service import DeleteSearch, delete_search
from registry.structures import positions
from tests.factories.saved_searches import keep
from tests.factories.structures import make

TRICK = "<script>alert(1)</script>\"'&"
ESCAPED = "&lt;script&gt;alert(1)&lt;/script&gt;&#34;&#39;&amp;"
NAMES = ("name", "own_code")


def rows_of(page):
    """The rows of the table, each as its markup."""
    return re.findall(r"<tr role=\"row\" data-record.*?</tr>", page.text, re.DOTALL)


def total_of(page):
    return int(re.search(r'class="list-count"[^>]*>\s*(\d+)', page.text).group(1))


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("time", ["", "as_of=today"])
def test_what_people_typed_is_escaped_in_the_rows(client_of, ctx_of, language, time):
    with ctx_of("viettel") as ctx:
        structure = make(ctx, sharing_status="available", **dict.fromkeys(NAMES, TRICK))
        ctx.session.execute(
            update(Organisation).where(Organisation.id == structure.owner_organisation_id).values(short_name=TRICK)
        )
        record(ctx, "organisation.change", "organisation", structure.owner_organisation_id)
        address = "/structures?" + time.replace("today", ctx.today.isoformat())
    for username in ("viettel", "vnpt", "so.khcn"):
        client = client_of(username)
        client.get(f"/language/{language}")
        (row,) = rows_of(client.get(address))
        assert row.count(ESCAPED) == len(NAMES) + 1
        assert "<script" not in row


def test_a_cell_is_listed_with_kind_and_category_of_its_owner(client_of, ctx_of):
    with ctx_of("viettel") as ctx:
        structure = make(ctx, name="Trạm kín")
        today = ctx.today.isoformat()
    for address in ("/structures", f"/structures?as_of={today}"):
        (row,) = rows_of(client_of(None).get(address))
        assert structure.code in row
        assert "Cột ăng ten" in row
        assert "Doanh nghiệp viễn thông" in row
        assert "Trạm kín" not in row


def test_the_number_of_structures_is_that_of_this_moment_and_this_reader(client_of, ctx_of):
    with ctx_of("viettel") as ctx:
        make(ctx, sharing_status="available")
    viettel, nobody = client_of("viettel"), client_of(None)
    assert [total_of(client.get("/structures?status=active")) for client in (viettel, viettel)] == [1, 1]
    assert 'class="list-count"' not in nobody.get("/structures?status=active").text
    with ctx_of("viettel") as ctx:
        make(ctx)
    assert total_of(viettel.get("/structures?status=active")) == 2
    assert total_of(client_of("vnpt").get("/structures?status=active")) == 1
    assert total_of(nobody.get("/structures")) == 2


def test_the_menu_of_kept_filters_is_that_of_this_moment_and_this_reader(client_of, ctx_of):
    viettel, vnpt = client_of("viettel"), client_of("vnpt")
    assert "menu-kept" not in viettel.get("/structures?all=1").text
    with ctx_of("viettel") as ctx:
        kept = keep(ctx, name="Cột của tôi")
    assert "Cột của tôi" in viettel.get("/structures?all=1").text
    assert "Cột của tôi" not in vnpt.get("/structures?all=1").text
    with ctx_of("viettel") as ctx:
        delete_search(ctx, DeleteSearch(kept.id, kept.version))
    assert "Cột của tôi" not in viettel.get("/structures?all=1").text


def test_the_fields_of_the_filter_show_what_this_address_chose_in_this_language(client_of, ctx_of):
    with ctx_of("viettel") as ctx:
        make(ctx)
    client = client_of("viettel")
    for kind in ("antenna_tower", "cable_pole", "antenna_tower"):
        kinds = re.findall(r'<option value="([a-z_]+)" selected>', client.get(f"/structures?kind={kind}").text)
        assert kinds == [kind]
    assert "Quanh vị trí có tọa độ" in client.get("/structures").text
    client.get("/language/en")
    assert "Quanh vị trí có tọa độ" not in client.get("/structures").text


def test_a_read_of_positions_within_another_gives_the_role_back_at_the_end(ctx_of):
    who = text("SELECT current_user")
    with ctx_of("viettel", read_only=True) as ctx:
        before = ctx.session.scalar(who)
        with positions.reading(ctx):
            with positions.reading(ctx):
                assert ctx.session.scalar(who) == POSITION_READER_ROLE
            assert ctx.session.scalar(who) == POSITION_READER_ROLE
        assert ctx.session.scalar(who) == before
        with positions.reading(ctx):
            assert ctx.session.scalar(who) == POSITION_READER_ROLE
        assert ctx.session.scalar(who) == before
