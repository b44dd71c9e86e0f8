"""A kept filter that a list was opened from is replaced by the one that is shown, from the list."""

import html
import re

from tests.factories.saved_searches import keep
from tests.factories.structures import make
from tests.web.test_bulk_edit_pages import hidden


def test_a_list_opened_from_ones_own_filter_offers_to_update_it_once_it_differs(client_of, ctx_of):
    with ctx_of("viettel") as ctx:
        saved = keep(ctx, shared=True)
        slug, search_id = saved.slug, saved.id
    client = client_of("viettel")
    page = client.get(f"/structures?saved={slug}").text
    offer = f"/saved-searches/{search_id}/filter?"
    assert offer not in page
    removals = [html.unescape(link) for link in re.findall(r'class="chip" href="([^"]+)"', page)]
    narrower = next(link for link in removals if "room" not in link and "opened" in link)
    assert f"opened={slug}" in narrower
    assert f'<input type="hidden" name="opened" value="{slug}">' in page
    page = client.get(narrower).text
    address = html.unescape(re.search(rf'href="({re.escape(offer)}[^"]+)"', page).group(1))
    assert "opened" not in address
    asked = client.get(address)
    late = client.get(address)
    assert (asked.status_code, late.status_code) == (200, 200)
    assert "Chỗ lắp đặt: Còn chỗ trống" in asked.text.partition("Điều kiện mới")[0]
    assert "Chỗ lắp đặt: Còn chỗ trống" not in asked.text.partition("Điều kiện mới")[2]
    answer = client.post(f"/saved-searches/{search_id}/filter", data=hidden(asked))
    assert answer.status_code == 303
    assert answer.headers["Location"].endswith(f"/structures?saved={slug}")
    page = client.get(f"/structures?saved={slug}").text
    assert "Đã cập nhật bộ lọc “Cột còn chỗ”." in page
    assert "Còn chỗ trống</a>" not in page
    assert offer not in page
    stale = client.post(f"/saved-searches/{search_id}/filter", data=hidden(late))
    assert stale.status_code == 409
    assert "đã thay đổi sau khi mở trang" in stale.text


def test_what_a_list_was_opened_from_is_nothing_to_others_and_stays_out_of_files(client_of, ctx_of):
    with ctx_of("viettel") as ctx:
        slug = keep(ctx, shared=True).slug
        make(ctx)
    for username in ("vnpt", "so.khcn", None):
        page = client_of(username).get(f"/structures?kind=cable_pole&opened={slug}").text
        assert "/filter?" not in page
        assert 'name="opened"' not in page
    page = client_of("viettel").get(f"/structures?kind=antenna_tower&opened={slug}").text
    (tiles,) = re.findall(r'data-tiles-now="([^"]*)"', page)
    assert "opened" not in tiles
    assert "opened" not in re.search(r'href="(/structures/bulk-edit\?[^"]*)"', page).group(1)
