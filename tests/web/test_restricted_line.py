"""Restricted structures are a line of their own on the dashboard of those who see them, and on no other."""

import pytest

from tests.factories.structures import make
from tests.support import shared

database, app, ctx_of, client_of, taken_back = shared.FIXTURES
TITLE = "Công trình hạn chế (quốc phòng, an ninh)"
NOTE = "Trong đó có 2 công trình hạn chế"


@pytest.fixture
def restricted(ctx_of):
    with ctx_of("viettel") as ctx:
        make(ctx)
        for _each in range(2):
            make(ctx, sharing_status="restricted")


@pytest.mark.parametrize(
    ("reader", "has_line"),
    [("viettel", True), ("so.khcn", True), ("so.xaydung", True), ("vnpt", False), ("ubnd.tinh", False)],
)
def test_the_dashboard_has_the_line_for_who_sees_them(client_of, restricted, reader, has_line):
    page = client_of(reader).get("/dashboard").text
    assert (TITLE in page, NOTE in page) == (has_line, has_line)


@pytest.mark.parametrize(("reader", "has_line"), [("viettel", True), ("so.khcn", True), ("vnpt", False)])
def test_the_start_page_has_the_figure_for_who_sees_them(client_of, restricted, reader, has_line):
    assert ("trong số trên" in client_of(reader).get("/").text) == has_line
