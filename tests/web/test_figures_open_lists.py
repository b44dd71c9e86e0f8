"""Every figure of every role's pages equals the list that it opens, also where communes are former ones."""

import pytest

from tests.support import shared
from tests.support.figures import differences, generate

database, app, ctx_of, client_of, taken_back = shared.FIXTURES
pytestmark = pytest.mark.usefixtures("register")


@pytest.fixture(scope="module")
def register(ctx_of):
    """Structures of former and present communes, with users, requests and rounds."""
    generate(ctx_of, seed=1, count=24)


@pytest.mark.parametrize("username", ["so.khcn", "viettel"])
def test_every_figure_equals_the_list_that_it_opens(client_of, ctx_of, username):
    found = differences(client_of(username), ctx_of, username)
    assert not found.wrong, "\n".join(found.wrong)
    assert found.compared >= 20
