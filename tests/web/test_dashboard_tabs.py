"""The overview: key figures first, the rest by tabs of their own address; one colour for one meaning."""

import re
from pathlib import Path

import pytest

from registry.dashboard.board import PARTS, TABS
from registry.dashboard.chart import ChartTone
from tests.support import shared
from tests.support.figures import generate

database, app, ctx_of, client_of, taken_back = shared.FIXTURES
pytestmark = pytest.mark.usefixtures("register")
STATIC = Path(__file__).parents[2] / "registry" / "static"
SCRIPT = (STATIC / "js" / "charts.mjs").read_text()


@pytest.fixture(scope="module")
def register(ctx_of):
    generate(ctx_of, seed=1, count=12)


def panels_of(page):
    return re.findall(r'<section class="panel" id="([\w-]+)"', page)


@pytest.mark.parametrize("username", ["so.khcn", "ubnd.tinh", "viettel", "so.congthuong"])
@pytest.mark.parametrize("time", ["", "&as_of=2025-10-01"])
def test_the_tabs_show_each_panel_once_and_the_last_one_all(client_of, username, time):
    client = client_of(username)
    by_tab = {tab: panels_of(client.get(f"/dashboard?tab={tab}{time}").text) for tab in TABS}
    everything = by_tab.pop("all")
    shown = [panel for panels in by_tab.values() for panel in panels]
    assert sorted(shown) == sorted(everything)
    assert len(shown) == len(set(shown))
    assert panels_of(client.get(f"/dashboard?{time}").text) == by_tab["summary"]


def test_a_tab_is_an_address_of_the_same_day_and_figure(client_of):
    page = client_of("so.khcn").get("/dashboard?tab=register&as_of=2025-10-01&figure=older").text
    tabs = re.search(r'<nav class="tabs".*?</nav>', page, re.DOTALL)[0].replace("&amp;", "&")
    addresses = re.findall(r'href="([^"]+)"', tabs)
    assert [re.search(r"tab=(\w+)", address)[1] for address in addresses] == list(TABS)
    assert all("as_of=2025-10-01" in address and "figure=older" in address for address in addresses)
    assert re.findall(r'href="[^"]*tab=(\w+)[^"]*" aria-current="page"', tabs) == ["register"]


def test_the_key_figures_stand_before_every_chart(client_of):
    page = client_of("so.khcn").get("/dashboard").text
    assert page.index('class="key-figures"') < page.index("data-chart=")
    assert 'class="key-figures"' not in client_of("so.khcn").get("/dashboard?tab=register").text


def test_a_tab_that_is_not_there_is_refused_with_those_that_are(client_of):
    answer = client_of("so.khcn").get("/dashboard?tab=rent")
    assert answer.status_code == 422
    assert "Thẻ “rent” không có" in answer.text
    assert all(tab in answer.text for tab in TABS)


def test_every_part_stands_in_a_tab():
    assert {part.tab for part in PARTS} == set(TABS) - {"all"}


def test_each_tone_has_a_colour_that_nothing_else_has():
    tones = dict(re.findall(r"^  (\w+): colourOf\(\"([\w-]+)\"\),$", SCRIPT, re.MULTILINE))
    assert set(tones) == {tone.value for tone in ChartTone}
    others = re.findall(r'colourOf\("([\w-]+)"\)', re.search(r"const COLOURS = \[.*?\];", SCRIPT, re.DOTALL)[0])
    tokens = (STATIC / "css" / "tokens.css").read_text()
    values = [re.search(rf"--{name}: (#\w+);", tokens)[1] for name in (*tones.values(), *others)]
    assert len(values) == len(set(values))
