"""The site search takes what people copy: codes without dashes, coordinates of each form, signs as letters."""

import html
import re

import pytest

from registry.kernel.errors import Invalid
from registry.saved_searches.rules import read_query
from tests.factories.saved_searches import keep
from tests.factories.structures import make


def main_of(page):
    text = re.sub(r"<[^>]+>", " ", page.text[page.text.index("<main") : page.text.index("</main")])
    return " ".join(html.unescape(text).split())


def found(client, text):
    return main_of(client.get("/search", query_string={"q": text}))


def test_a_code_is_found_without_dashes_and_with_other_signs(client_of, ctx_of):
    with ctx_of("viettel") as ctx:
        code = make(ctx).code
    client = client_of("viettel")
    for sign in ("", " ", ".", "–"):
        assert f"1 kết quả Công trình {code}" in found(client, code.replace("-", sign)).replace(" - ", "-"), sign


@pytest.mark.parametrize(
    "text",
    [
        "19°48.42'N 105°46.56'E",
        "19°48,42' 105°46,56'",
        "19 48.42, 105 46.56",
        "19 48,42; 105 46,56",
        "105 46 33.6 E 19 48 25.2 N",
        "19.807; 105.776",
        "2191076.73 581102.2",
        "X=2191076,73 Y=581102,2",
    ],
)
def test_coordinates_are_read_as_the_form_reads_them(client_of, text):
    page = found(client_of("viettel"), text)
    assert re.search(r"WGS 84 19\.80[67]\d*, 105\.77[56]\d*", page), page


def test_metres_ask_in_place_which_system_they_are_of(client_of):
    page = client_of("viettel").get("/search", query_string={"q": "2191076.73 581102.2"})
    assert "Đã hiểu là VN-2000" in main_of(page)
    links = re.findall(r'<a href="/search\?q=([^"]+)">([^<]*UTM[^<]*)</a>', page.text)
    assert len(links) == 2
    assert "WGS 84" in found(client_of("viettel"), html.unescape(links[0][0]).replace("%3B", ";").replace("+", " "))


def test_metres_in_the_other_order_are_answered_and_not_passed_over(client_of):
    page = client_of("viettel").get("/search", query_string={"q": "581102 2191076"})
    assert "X và Y bị đổi chỗ cho nhau" in main_of(page)
    assert 'href="/search?q=19.8' in page.text


def test_signs_are_letters(client_of, ctx_of):
    with ctx_of("viettel") as ctx:
        marked = make(ctx, name="Cột 50%_mới").code
        other = make(ctx, name="Cột 505 mới").code
    client = client_of("viettel")
    for text in ("50%_m", "%_mới", "50%_mới"):
        page = found(client, text)
        assert (marked in page.replace(" ", ""), other in page.replace(" ", "")) == (True, False), text
    for text in ("%%%", "___", "%", "_"):
        assert other not in found(client, text)


@pytest.mark.parametrize("moment", ["as_of=2026-01-01", "recorded_at=2026-01-01T00:00:00%2B07:00"])
def test_a_list_of_a_past_moment_is_not_saved_as_one_of_today(moment):
    with pytest.raises(Invalid, match="quay về hiện nay"):
        read_query(f"kind=antenna_tower&{moment}")


def test_a_filter_with_an_unknown_commune_is_not_saved(ctx_of):
    with ctx_of("viettel") as ctx, pytest.raises(Invalid, match="Địa bàn “99999999”"):
        keep(ctx, "kind=antenna_tower&unit=99999999")
