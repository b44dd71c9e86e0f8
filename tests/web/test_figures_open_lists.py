"""Every figure of every role's pages equals the list that it opens, also where communes are former ones."""

import pytest

from tests.permissions.cases import table
from tests.support import shared
from tests.support.figures import differences, generate

database, app, ctx_of, client_of, taken_back = shared.FIXTURES
pytestmark = pytest.mark.usefixtures("register")


@pytest.fixture(scope="module")
def register(ctx_of):
    """Structures of former and present communes, with users, requests and rounds."""
    generate(ctx_of, seed=1, count=24)


#: Who is shown the most, and how many figures at least; the others of the cast are a trial.
USUAL = {"so.khcn": 20, "viettel": 20, "ubnd.tinh": 5}
SIGNED_IN = [name for name in table()[1] if name not in ("disabled", "public")]


@pytest.mark.parametrize(
    "username", [pytest.param(name, marks=() if name in USUAL else pytest.mark.trial) for name in SIGNED_IN]
)
def test_every_figure_equals_the_list_that_it_opens(client_of, ctx_of, username):
    comparison = differences(client_of(username), ctx_of, username)
    assert not comparison.wrong, "\n".join(comparison.wrong)
    assert comparison.compared >= USUAL.get(username, 0)
