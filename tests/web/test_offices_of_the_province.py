"""What offices without own structures read: prices of power poles, figures that do not take unknown as none."""

import re

from tests.factories.structures import make
from tests.factories.tariffs import publish


def figures_of(page):
    """Label -> value of the figures of a start page."""
    pattern = r'figure-value">(?:<a[^>]*>)?([^<]+).*?figure-label">([^<]+)<'
    return {label: value.strip() for value, label in re.findall(pattern, page, re.DOTALL)}


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


def test_a_figure_of_what_nobody_has_assessed_is_unknown_and_not_none(ctx_of, client_of):
    with ctx_of("viettel") as ctx:
        make(ctx, condition=None)
    assert figures_of(client_of("ubnd.tinh").get("/").text)["ở tình trạng nguy hiểm"] == "chưa rõ"


def test_who_knows_cells_alone_is_shown_no_figure_of_their_state(client_of):
    assert len(figures_of(client_of("nguoidan").get("/").text)) == 1


def test_a_citizen_reports_and_looks_up_from_the_menu(client_of):
    page = client_of("nguoidan").get("/").text
    assert 'href="/report"' in page
    assert 'href="/report/status"' in page
