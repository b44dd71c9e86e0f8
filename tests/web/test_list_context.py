"""What a list says of itself: the way back from one that no menu leads to, and the day or year that it holds for."""

import pytest

from registry.authz.navigation import ACCOUNT_MENU, NAVIGATION
from registry.kernel.http.urls import fixed_url
from registry.kernel.lists.view import LISTS
from tests.support import shared

database, app, ctx_of, client_of, taken_back = shared.FIXTURES
READERS = ("so.khcn", "viettel", "quantri", "so.taichinh", "so.xaydung")


def test_a_list_that_no_menu_leads_to_has_a_way_back(app, client_of):
    with app.test_request_context():
        menus = {item.endpoint for item in (*NAVIGATION, *ACCOUNT_MENU)}
        views = [LISTS[code] for code in LISTS]
        addresses = {view.code: fixed_url(view.endpoint) for view in views if view.endpoint not in menus}
    assert len(addresses) > 15
    for code, address in addresses.items():
        answers = (client_of(username).get(address) for username in READERS)
        page = next((answer.text for answer in answers if answer.status_code == 200), "")
        assert 'class="breadcrumbs"' in page or 'class="tabs"' in page, code


@pytest.mark.parametrize(
    ("address", "stated"),
    [
        ("/operator-plans?year=2026", "Năm kế hoạch: 2026"),
        ("/operator-plans/planned?year=2026", "Năm kế hoạch: 2026"),
        ("/villages?on=01/01/2020", "Tại ngày: 01/01/2020"),
        ("/villages/coverage?as_of=01/01/2020", "Tại ngày: 01/01/2020"),
        ("/indicators?as_of=01/01/2024", "Tại ngày: 01/01/2024"),
        ("/population?as_of=01/01/2024", "Tại ngày: 01/01/2024"),
    ],
)
def test_a_list_states_the_day_or_year_that_it_holds_for(client_of, address, stated):
    page = client_of("so.khcn").get(address).text
    heading = page.partition("<h1")[2].partition('class="list-top"')[0]
    assert stated in heading
