"""An outsider asks by every means about a past day and learns of an old place nothing but today's cell (P2)."""

from datetime import UTC, date, datetime, timedelta
from urllib.parse import unquote_plus

import pytest
from sqlalchemy import text

from registry.structures.commands import EditStructure
from registry.structures.writing import edit_structure
from tests.factories.structures import make, position_at, values_for
from tests.support.outsider import Outsider
from tests.web.test_security_positions import (
    FIRST,
    HERE,
    KIND,
    OUTSIDERS,
    SECOND,
    THERE,
    first_difference,
    interrogate,
    secrets,
)

REGISTERED = datetime(2026, 1, 5, 8, tzinfo=UTC)
MOVED = datetime(2026, 3, 5, 8, tzinfo=UTC)
#: Far from both, in another cell: where the tower stands today.
AWAY = (105.81, 19.83)
THEN = {"as_of": "2026-02-01"}
GRID = 1000


@pytest.fixture
def tower(ctx_of):
    """A tower that stood in one cell and stands in another one today, with neighbours; its code."""
    with ctx_of("so.khcn", now=REGISTERED) as ctx:
        code = make(ctx, owner="viettel", kind=KIND, at=HERE, **FIRST).code
        for number in range(3):
            make(ctx, owner="vnpt", kind=KIND, at=(105.771 + number / 400, 19.803), name=f"Trạm lân cận {number}")
            make(ctx, owner="viettel", at=(105.79, 19.80 + number / 400), sharing_status="available")
    with ctx_of("viettel", now=MOVED) as ctx:
        edit_structure(ctx, EditStructure(code, 1, {"name": "Trạm ngày nay"}, position=position_at(*AWAY)))
    return code


def rewrite_the_past(ctx_of, code):
    """The second world: all that is known of the time before the move is something else within the same cell.

    What was written last is what holds today, so the place of today is written again.
    """
    with ctx_of("viettel", now=MOVED + timedelta(days=1)) as ctx:
        values = values_for(KIND, **SECOND)
        past = EditStructure(code, 2, values, position=position_at(*THERE), effective_on=date(2026, 1, 5))
        edit_structure(ctx, past)
    with ctx_of("viettel", now=MOVED + timedelta(days=2)) as ctx:
        edit_structure(ctx, EditStructure(code, 3, {"name": "Trạm ngày nay"}, position=position_at(*AWAY)))


def cell_of(ctx_of, position):
    with ctx_of(None) as ctx:
        box = text(
            "SELECT ST_XMin(c), ST_YMin(c), ST_XMax(c), ST_YMax(c) FROM"
            " (SELECT coarse_cells(ST_SetSRID(ST_MakePoint(:lon, :lat), 4326), :side) c) x"
        )
        return tuple(ctx.session.execute(box, {"lon": position[0], "lat": position[1], "side": GRID}).one())


@pytest.mark.parametrize(
    ("username", "is_sparing"),
    [("vnpt", True), *(pytest.param(name, False, marks=pytest.mark.trial) for name in OUTSIDERS)],
    ids=["vnpt", *(f"{name}-closely" for name in OUTSIDERS)],
)
def test_an_outsider_finds_the_cell_of_today_and_nothing_of_then(client_of, ctx_of, tower, username, is_sparing):
    before, after = (Outsider(client_of(username), tower, KIND, THEN, is_sparing=is_sparing) for _world in range(2))
    cell = cell_of(ctx_of, AWAY)
    assert cell_of(ctx_of, HERE) == cell_of(ctx_of, THERE) != cell
    interrogate(before, ctx_of, cell)
    assert len(before.transcript) >= (100 if is_sparing else 500)
    rewrite_the_past(ctx_of, tower)
    interrogate(after, ctx_of, cell)
    differing = [address for address, answer in before.transcript.items() if after.transcript.get(address) != answer]
    assert [(address, *first_difference(before, after, address)) for address in differing[:3]] == []
    # What was asked may be repeated: words, boxes and their chips stand in the page of the answer.
    pages = {address: page for address, (_status, _etag, page) in before.transcript.items()}
    assert [
        (a, secret)
        for a, page in pages.items()
        for secret in secrets()
        if secret in page and secret not in unquote_plus(a) and "near=" not in a
    ] == []


def test_the_same_questions_about_the_past_do_tell_the_owner(client_of, ctx_of, tower):
    """The test above could pass on a site that shows nothing to anybody."""
    for position in (HERE, THERE):
        assert Outsider(client_of("viettel"), tower, KIND, THEN).wrong_boxes(*HERE, (*position, *position), ()) == []
        if position == HERE:
            rewrite_the_past(ctx_of, tower)


def test_bisection_over_days_tells_no_day_of_a_move(client_of, ctx_of, tower):
    """Whoever asks day by day sees one cell from the first day on, and the place of neither."""
    outsider = client_of(None)

    def shown(day):
        return outsider.get(f"/structures/{tower}?as_of={day.isoformat()}").text

    registered_on, moved = REGISTERED.date(), MOVED.date()
    assert outsider.get(f"/structures/{tower}?as_of={registered_on - timedelta(days=1)}").status_code == 404
    # Some before the move, it, and some after it.
    days = [registered_on + timedelta(days=number) for number in range(0, (moved - registered_on).days + 20, 7)]
    outlines = {day: shown(day).partition('data-outline="')[2].partition('"')[0] for day in days}
    assert len(set(outlines.values())) == 1
