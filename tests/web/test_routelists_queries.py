"""Pages of street lists take a bounded number of queries, however many streets they show."""

import pytest

from tests.factories.routelists import YEAR, a_list, agreed
from tests.support.statements import statements_of

#: Page -> the most statements of one answer, sign-in included.
BUDGETS = {
    "/route-lists": 7,
    "/route-lists/{list}": 14,
    f"/route-lists/items?year={YEAR}": 10,
    "/route-lists/{list}/agreed": 11,
    "/route-lists/{list}/agreed.csv": 7,
    "/route-lists/{list}/agreed/print": 11,
    "/route-lists/items/{item}": 29,
}


@pytest.fixture
def count(client_of, database):
    """A function: address -> the number of statements that its answer takes."""
    client = client_of("so.xaydung")
    client.get("/route-lists")

    def ask(address):
        with statements_of(database) as statements:
            assert client.get(address).status_code == 200, address
        return len(statements)

    return ask


def test_more_streets_take_no_more_queries(ctx_of, count):
    item_id = agreed(ctx_of)
    addresses = {page: page.format(list=a_list(ctx_of), item=item_id) for page in BUDGETS}
    few = {page: count(address) for page, address in addresses.items()}
    for number in range(5):
        agreed(ctx_of, street_name=f"Phố {number}")
    many = {page: count(address) for page, address in addresses.items()}
    assert many == few
    assert {page: taken for page, taken in many.items() if taken > BUDGETS[page]} == {}
