"""An outsider moves a planned site about and learns no more of an unpublished mast than its cell (P2)."""

import re
from urllib.parse import urlencode

import pytest
from sqlalchemy import select, text

from registry.audit.chain import record
from registry.structures.commands import ChangeStatus, EditStructure
from registry.structures.models import Structure
from registry.structures.writing import edit_structure, suspend
from tests.factories.structures import make, position_at, values_for
from tests.support.outsider import Outsider

KIND = "antenna_tower"
#: Both in one cell of the grid, 600 m and more apart.
HERE, THERE = (105.7763127, 19.8071349), (105.7801391, 19.8115467)
FIRST = {"name": "Hoàng yến một", "own_code": "CANARY-7731", "height_m": "31"}
SECOND = {"name": "Zulu ẩn danh", "own_code": "ZULU-0042", "height_m": "97"}
OUTSIDERS = ("vnpt", None)
#: Halvings of 5 km until ten metres, where the two worlds are 600 apart; until half of one as a trial.
HALVINGS, CLOSELY = 9, 14
#: The longest way that is halved, with some room.
FIRST_STEP_M = 6_000
#: How often was asked today stands on the page; it differs from answer to answer and tells nothing.
ASKED = re.compile(r"đã tra cứu \d+ lượt")


class Planner(Outsider):
    """Asks about sites; an answer is remembered without how many there were before."""

    def get(self, address):
        """The answer in words."""
        told = super().get(address)
        status, etag, page = self.transcript[address]
        self.transcript[address] = (status, etag, ASKED.sub("", page))
        return told

    def near(self, lon, lat, radius):
        """Whether the search around a place knows of any tower's cell."""
        page = self.get("/planned-sites?" + urlencode({"at": f"{lat:.7f}; {lon:.7f}", "radius_m": radius}))
        return 'id="cells"' in page

    def stopped(self, lon, lat):
        """Whether there is an unpublished mast in a cell within the distance of the rule."""
        page = self.get("/planned-sites/new-mast?" + urlencode({"at": f"{lat:.7f}; {lon:.7f}"}))
        return "Ô lưới 1" in page

    def boundary(self, says, inside, outside):
        """The last place from inside to outside where the answer is yes, by bisection."""
        near, far = inside, outside
        assert says(*near)
        assert not says(*far)
        for _step in range(self.halvings):
            middle = ((near[0] + far[0]) / 2, (near[1] + far[1]) / 2)
            near, far = (middle, far) if says(*middle) else (near, middle)
        return near


@pytest.fixture
def hidden(ctx_of):
    """The tower of the first world: code and id. As many questions as it takes are allowed."""
    with ctx_of("so.khcn") as ctx:
        ctx.session.execute(text("UPDATE dated_setting SET value = '100000' WHERE key = 'position.questions_a_day'"))
        record(ctx, "test.limit", "dated_setting", None)
    with ctx_of("so.khcn") as ctx:
        tower = make(ctx, owner="viettel", kind=KIND, at=HERE, **FIRST)
        return tower.code, tower.id


def move_to_second_world(ctx_of, code):
    with ctx_of("viettel") as ctx:
        edit_structure(ctx, EditStructure(code, 1, values_for(KIND, **SECOND), position=position_at(*THERE)))
        suspend(ctx, ChangeStatus(code, 2, "Sửa chữa"))


def metres_to(ctx_of, structure_id, position, column):
    """How far a place is from the cell (or, for the test alone, from the tower) on the province's grid."""
    with ctx_of(None) as ctx:
        shape = ctx.session.scalar(select(column).where(Structure.id == structure_id))
        query = text(
            "SELECT ST_Distance(ST_Transform(CAST(:shape AS geometry), 5897),"
            " ST_Transform(ST_SetSRID(ST_MakePoint(:lon, :lat), 4326), 5897))"
        )
        return ctx.session.scalar(query, {"shape": shape.desc, "lon": position[0], "lat": position[1]})


def corners():
    """Places around the cell, from which no circle reaches it."""
    return [(HERE[0] + east, HERE[1] + north) for east, north in ((0.05, 0), (-0.05, 0), (0, 0.05), (0, -0.05))]


def interrogate(planner, *, may_ask_masts):
    """Sites all around and within, radii from the least to the largest; the edges that bisection found."""
    edges = []
    for corner in corners()[::2]:
        edges.append(planner.boundary(lambda lon, lat: planner.near(lon, lat, 300), HERE, corner))
        if may_ask_masts:
            edges.append(planner.boundary(planner.stopped, HERE, corner))
    for step in range(-6, 7, 3):
        # Along one line the least and the largest radius, along the other one that cuts the cell.
        for position, radii in (
            ((HERE[0] + step / 1000, HERE[1]), (10, 5000)),
            ((HERE[0], HERE[1] + step / 1000), (500,)),
        ):
            for radius in radii:
                planner.near(*position, radius)
            if may_ask_masts:
                planner.stopped(*position)
    return edges


@pytest.mark.parametrize(
    ("username", "halvings"),
    [(name, HALVINGS) for name in OUTSIDERS]
    + [pytest.param(name, CLOSELY, marks=pytest.mark.trial) for name in OUTSIDERS],
    ids=["vnpt", "public", "vnpt-closely", "public-closely"],
)
def test_wherever_the_site_is_moved_the_answers_are_those_of_the_cell(client_of, ctx_of, hidden, username, halvings):
    code, structure_id = hidden
    asks_masts = username is not None
    before, after = (Planner(client_of(username), code, KIND, halvings=halvings) for _world in range(2))
    edges = interrogate(before, may_ask_masts=asks_masts)
    # Each edge lies at the radius, or at the distance between operators, from the cell and not from the tower.
    reaches = [300, 120] if asks_masts else [300]
    for number, edge in enumerate(edges):
        reach = reaches[number % len(reaches)]
        assert metres_to(ctx_of, structure_id, edge, Structure.geom_coarse) == pytest.approx(
            reach, abs=FIRST_STEP_M / 2**halvings
        )
    cell = metres_to(ctx_of, structure_id, corners()[0], Structure.geom_coarse)
    move_to_second_world(ctx_of, code)
    assert metres_to(ctx_of, structure_id, corners()[0], Structure.geom_coarse) == cell
    assert interrogate(after, may_ask_masts=asks_masts) == edges
    differing = [address for address, answer in before.transcript.items() if after.transcript.get(address) != answer]
    assert differing == []
    assert set(before.transcript) == set(after.transcript)
    assert len(before.transcript) >= (60 if asks_masts else 30)


def test_the_same_questions_do_tell_the_owner(client_of, ctx_of, hidden):
    """The test above could pass on pages that show nothing to anybody."""
    code, _id = hidden
    page = Planner(client_of("viettel"), code, KIND)
    address = "/planned-sites?" + urlencode({"at": f"{HERE[1]:.7f}; {HERE[0]:.7f}", "radius_m": 1000})
    here = page.get(address)
    assert code in here
    move_to_second_world(ctx_of, code)
    assert page.get(address) != here


@pytest.mark.parametrize("username", ["vnpt", None, "bo.khcn", "so.taichinh", "kiemtra2", "quantri"], ids=str)
def test_nothing_of_the_tower_is_said_but_kind_and_category(client_of, hidden, username):
    code, _id = hidden
    planner = Planner(client_of(username), code, KIND)
    for position in (HERE, THERE):
        planner.near(*position, 500)
        planner.stopped(*position)
    # Whoever builds none itself may choose among all owners whose mast it is.
    transcript_text = " ".join(
        re.sub(r"<option.*?</option>", "", page) for _status, _etag, page in planner.transcript.values()
    )
    for secret in (code, FIRST["name"], FIRST["own_code"], "Viettel"):
        assert secret not in transcript_text
