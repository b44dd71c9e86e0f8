"""Every figure of every member of the cast equals the list that its page opens, on several generated registers."""

import pytest

from tests.support import shared
from tests.support.figures import differences, generate

database, app, ctx_of, client_of, taken_back = shared.FIXTURES
SEEDS = range(10, 14)


@pytest.mark.trial
@pytest.mark.parametrize("seed", SEEDS)
def test_every_figure_of_the_whole_cast_equals_its_list(client_of, ctx_of, cast, seed):
    generate(ctx_of, seed=seed, count=120)
    compared = 0
    for username in cast:
        comparison = differences(client_of(username), ctx_of, username, by_pages=True)
        assert not comparison.wrong, "\n".join(comparison.wrong)
        compared += comparison.compared
    assert compared >= 500
