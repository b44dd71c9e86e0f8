"""Figures of what is in operation leave out what is suspended, on each day."""

import random
from datetime import UTC, date, datetime, timedelta

import pytest

from registry.cables.figures import CableFilter, sums_of
from registry.campaigns.measures import MEASURES, read_counts
from registry.capacity.sharing_ratio import sharing_ratio, towers_query
from registry.dashboard.figures import list_figures
from registry.kernel.clock import local_date
from registry.structures.commands import ChangeStatus
from registry.structures.positions.moment import When
from registry.structures.queries import get_structure
from registry.structures.writing import decommission, resume, suspend
from tests.factories.structures import make
from tests.support import shared

database, app, ctx_of, client_of, taken_back = shared.FIXTURES
pytestmark = pytest.mark.usefixtures("lives")

FIRST = datetime(2024, 2, 1, 2, tzinfo=UTC)
MOVES = {"suspend": suspend, "resume": resume, "decommission": decommission}
KINDS = ("antenna_tower", "cable_route")


class Life:
    """What became of a structure: from which moment on it was in use or not."""

    def __init__(self, kind, code):
        self.kind, self.code, self.turns = kind, code, [(FIRST, True)]

    def serves_on(self, day):
        """Whether it was in use at the end of a day."""
        turns = [in_use for moment, in_use in self.turns if local_date(moment) <= day]
        return bool(turns) and turns[-1]


@pytest.fixture(scope="module")
def lives(ctx_of):
    """Towers and cables of Viettel that were suspended, resumed and decommissioned again and again."""
    chance, lives_played = random.Random(3), []  # noqa: S311 - repeatable, not secret
    with ctx_of("viettel", now=FIRST) as ctx:
        for number in range(10):
            kind = KINDS[number % 2]
            began = {"built_on": "01/01/2024", "in_service_on": "01/02/2024"} if number % 2 == 0 else {}
            more = {"installed_on": "01/02/2024", "laying": "aerial"} if number % 2 else {"sharing_status": "available"}
            lives_played.append(Life(kind, make(ctx, kind=kind, **began, **more).code))
    for life in lives_played:
        moment = FIRST
        for _turn in range(chance.randrange(4)):
            moment += timedelta(days=chance.randrange(20, 90))
            in_use = life.turns[-1][1]
            name = chance.choice(("suspend", "suspend", "decommission")) if in_use else "resume"
            with ctx_of("viettel", now=moment) as ctx:
                version = get_structure(ctx, life.code).version
                MOVES[name](ctx, ChangeStatus(life.code, version, reason="Lý do", on=None))
            life.turns.append((moment, not in_use))
            if name == "decommission":
                break
    return lives_played


def test_towers_and_cables_count_on_the_days_on_which_they_serve(ctx_of, lives):
    with ctx_of("viettel", read_only=True) as ctx:
        for day in (*(date(2024, month, 15) for month in range(2, 13)), ctx.today):
            serving = {life.code for life in lives if life.serves_on(day)}
            towers = {life.code for life in lives if life.kind == KINDS[0]} & serving
            assert {row.code for row in ctx.session.execute(towers_query(ctx, day, ""))} == towers, day
            assert sharing_ratio(ctx, day).positions == len(towers), day
            assert sums_of(ctx, CableFilter(day)).cables == len(serving) - len(towers), day


def test_some_are_suspended_today_and_no_figure_counts_them(ctx_of, client_of, lives):
    with ctx_of("viettel", read_only=True) as ctx:
        resting = [life.code for life in lives if not life.serves_on(ctx.today)]
    assert resting
    page = client_of("viettel").get("/dashboard?tab=all").text
    assert "Cột tạm ngừng trong ngày được tính không phải cột đang khai thác" in page


def test_the_tile_of_what_can_be_shared_counts_what_serves_as_the_declared_figure_does(ctx_of, lives):
    towers = [life for life in lives if life.kind == KINDS[0]]
    with ctx_of("viettel", read_only=True) as ctx:
        serving = [life for life in towers if life.serves_on(ctx.today)]
        assert len(serving) < len(towers)
        tiles = {tile.key: tile.count for tile in list_figures(ctx)}
        counts = read_counts(ctx, ctx.actor.organisation_id, When(ctx.today, ctx.now))
        assert tiles["available"] == len(serving) == MEASURES["available"].read(counts)
