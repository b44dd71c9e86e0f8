"""Restricted structures are a line of their own on the dashboard of those who see them, and on no other."""

import html
import re

import pytest
from sqlalchemy import select

from registry.structures.models import Structure
from tests.factories.structures import make
from tests.support import shared

database, app, ctx_of, client_of, taken_back = shared.FIXTURES
TITLE = "Công trình hạn chế (quốc phòng, an ninh)"


@pytest.fixture
def restricted(ctx_of):
    with ctx_of("viettel") as ctx:
        make(ctx)
        for _each in range(2):
            make(ctx, sharing_status="restricted")


READERS = [("viettel", True), ("so.khcn", True), ("so.xaydung", True), ("vnpt", False), ("ubnd.tinh", False)]
#: Charts of a page that count structures by other things than restriction.
CHARTS = ("units", "kinds", "owners", "fresh")


def charts_of(client, address="/dashboard?tab=all"):
    """Code -> rows of each chart: the label and the figures."""
    page = client.get(address).text
    rows_of_charts = {}
    for code, part in re.findall(
        r'<section class="panel" id="([\w-]+)"(.*?)(?=<section class="panel"|</main>)', page, re.DOTALL
    ):
        rows = re.findall(r"<tr[^>]*>(.*?)</tr>", part, re.DOTALL)
        rows_of_charts[code] = [
            [
                " ".join(html.unescape(re.sub(r"<[^>]+>", " ", cell)).split())
                for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.DOTALL)
            ]
            for row in rows
        ]
    return rows_of_charts


@pytest.mark.parametrize(("reader", "has_line"), READERS)
def test_each_chart_has_the_line_for_who_sees_them(client_of, restricted, reader, has_line):
    charts = charts_of(client_of(reader))
    for code in CHARTS:
        if code in charts:
            line = any(cells and (cells[0] == TITLE or TITLE in cells) for cells in charts[code])
            assert line == has_line, code
    assert ("restricted" in charts) == has_line


@pytest.mark.parametrize("reader", [reader for reader, has_line in READERS if has_line])
def test_the_other_rows_are_the_same_with_one_more_restricted_structure(client_of, ctx_of, restricted, reader):
    """Only their own line and chart change; ratios and totals stay."""
    client = client_of(reader)
    before = charts_of(client)
    with ctx_of("viettel") as ctx:
        make(ctx, sharing_status="restricted")
    after = charts_of(client)
    changed = []
    for code, rows in before.items():
        for was, now in zip(rows, after[code], strict=True):
            # The trend counts all by day, as its note says.
            if was != now and TITLE not in was[:1] and code not in ("restricted", "history"):
                changed.append((code, was, now))
    assert changed == []
    assert after["restricted"] != before["restricted"]


@pytest.mark.parametrize(("reader", "has_line"), [("viettel", True), ("so.khcn", True), ("vnpt", False)])
def test_the_start_page_has_the_figure_for_who_sees_them(client_of, restricted, reader, has_line):
    assert ("không tính trong các số trên" in client_of(reader).get("/").text) == has_line


@pytest.mark.parametrize("reader", ["viettel", "so.khcn", "vnpt", "ubnd.tinh", None])
def test_a_list_without_them_has_all_others(client_of, ctx_of, restricted, reader):
    """For who sees none of them the filter changes nothing."""
    client = client_of(reader) if reader else client_of(None)
    whole, rest = (
        set(re.findall(r"/structures/([A-Z]{2,}[\w-]+)", client.get(f"/structures?kind=antenna_tower{more}").text))
        for more in ("", "&restricted=no")
    )
    with ctx_of("viettel", read_only=True) as ctx:
        hidden = set(ctx.session.scalars(select(Structure.code).where(Structure.sharing_status == "restricted")))
    assert rest == whole - hidden
    assert bool(whole & hidden) == (reader in ("viettel", "so.khcn"))
