"""Every figure of every role's pages equals the list that it opens, also where communes are former ones."""

import pytest

from tests.permissions.cases import table
from tests.support import shared
from tests.support.figures import PAGES, differences, generate

database, app, ctx_of, client_of, taken_back = shared.FIXTURES
pytestmark = pytest.mark.usefixtures("register")


@pytest.fixture(scope="module")
def register(ctx_of):
    """Structures of former and present communes, with users, requests and rounds."""
    generate(ctx_of, seed=1, count=24)


#: Who is shown the most, and how many figures at least; the others of the cast are a trial.
USUAL = {"so.khcn": 20, "viettel": 20, "ubnd.tinh": 5}
#: Two of them share the days of the past, of which each has both in the trials.
LEFT_TO_ANOTHER = {"so.khcn": PAGES[4:5], "viettel": PAGES[3:4]}
SIGNED_IN = [name for name in table()[1] if name not in ("disabled", "public")]


@pytest.mark.parametrize(
    ("username", "left_out"),
    [
        *(pytest.param(name, LEFT_TO_ANOTHER.get(name, ()), id=name) for name in USUAL),
        *(
            pytest.param(name, (), id=f"{name}-all", marks=pytest.mark.trial)
            for name in SIGNED_IN
            if name not in USUAL or name in LEFT_TO_ANOTHER
        ),
    ],
)
def test_every_figure_equals_the_list_that_it_opens(client_of, ctx_of, username, left_out):
    pages = [page for page in PAGES if page not in left_out]
    comparison = differences(client_of(username), ctx_of, username, pages=pages)
    assert not comparison.wrong, "\n".join(comparison.wrong)
    assert comparison.compared >= USUAL.get(username, 0)
