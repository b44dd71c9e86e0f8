"""A rival plants structures of its own and reads from its own answers whether something hidden lies among them.

The masts fill a search of the 64 nearest, but for one place; of two planned masts at the distance that is asked about,
one stands in the answer only where nothing hidden is nearer. So each question halves the distance (P2).
"""

import pytest

from tests.factories.structures import make, organisation_id
from tests.support import shared
from tests.support.hidden_world import BUILDING, KIND, SHOWN, UNKNOWN, cell_of, east_of, move_to, place_in_middle, plant
from tests.support.outsider import tile_at, words_of

database, app, ctx_of, client_of, taken_back = shared.FIXTURES

#: Metres from the planted masts to the planned ones of the rival, and to what is hidden: nearer and further.
PROBE_M, NEARER_M, FURTHER_M = 160, 80, 330
#: Clusters at every zoom; deeper tiles of so few show structures one by one.
ZOOMS = (6, 8, 9, 10, 11)
#: Which of its own the rival reads; without any, clusters stand at cells, too.
FILTERS = ("kind={kind}&status=planned&owner={owner}", "kind={kind}", "status=planned", "")


@pytest.fixture(scope="module")
def middle(ctx_of):
    """The place of the planted masts: so many that a search of the nearest ends among them."""
    position = place_in_middle()
    plant(ctx_of, position, PROBE_M)
    return position


def answers(client, owner, position):
    by_address = {}
    for zoom in ZOOMS:
        x, y = tile_at(*position, zoom)
        for query in FILTERS:
            address = f"/structures/tiles/{zoom}/{x}/{y}.mvt?{query.format(kind=KIND, owner=owner)}"
            with client.get(address) as answer:
                by_address[address] = (answer.status_code, answer.headers.get("ETag"), words_of(answer))
    return by_address


@pytest.mark.parametrize("state", [*SHOWN, BUILDING, *UNKNOWN], ids="-".join)
@pytest.mark.parametrize("username", ["vnpt", None])
def test_planted_neighbours_measure_no_distance(ctx_of, client_of, middle, state, username):
    status, sharing = state
    with ctx_of("viettel") as ctx:
        hidden = make(ctx, at=east_of(middle, NEARER_M), kind=KIND, status=status, sharing_status=sharing)
        owner = organisation_id(ctx.session, "vnpt")
    client = client_of(username)
    before = answers(client, owner, middle)
    move_to(ctx_of, hidden.code, east_of(middle, FURTHER_M))
    assert cell_of(middle) == cell_of(east_of(middle, FURTHER_M))
    after = answers(client, owner, middle)
    assert {status for status, _tag, _words in after.values()} <= {200, 204}
    assert [address for address, answer in before.items() if after[address] != answer] == []


@pytest.mark.parametrize("state", [BUILDING, *UNKNOWN], ids="-".join)
def test_planted_neighbours_do_not_say_whether_there_is_a_plan_or_a_restricted_structure(
    ctx_of, client_of, middle, state
):
    status, sharing = state
    with ctx_of("viettel") as ctx:
        owner = organisation_id(ctx.session, "vnpt")
    client = client_of("vnpt")
    before = answers(client, owner, middle)
    with ctx_of("viettel") as ctx:
        make(ctx, at=east_of(middle, NEARER_M), kind=KIND, status=status, sharing_status=sharing)
    after = answers(client, owner, middle)
    assert [address for address, answer in before.items() if after[address] != answer] == []
