"""Rivals who choose each question by the answers before learn the same of two registers that differ in hidden places.

Each line of questions crosses the cell of a hidden structure; where the words of two answers differ, the rival halves
the way between them. Several collude: one has planted structures around a place, the others ask, too. The same rivals
ask in a second register, in which each hidden structure lies elsewhere in its cell, plans and restricted ones anywhere.
As long as every answer is equal, no cell is narrowed, and no plan and no restricted structure is found.
"""

import hashlib
import random
import re
from itertools import pairwise

import pytest
from sqlalchemy import text

from registry.audit.chain import record
from registry.kernel.geo.vn2000 import PlanePoint, to_wgs84
from tests.support import shared
from tests.support.hidden_answers import ASKED
from tests.support.hidden_cases import put_cases_on
from tests.support.hidden_incidents import follow, report_on
from tests.support.hidden_world import KIND, SIDE_M, move, place_in_middle, plant, register, town
from tests.support.outsider import tile_at
from tests.support.rounds import sizes
from tests.web.test_hidden_answers import Rival, addresses, given_of

database, app, ctx_of, client_of, taken_back = shared.FIXTURES

SEED = 59
#: Who colludes: the one that planted structures, another owner, and somebody without an account.
COLLUDING = ("vnpt", "dienluc", None)
#: Questions to each of two registers: in each run, and as a trial.
FEW, ALL = 150, 20_000
#: The log of accesses still holds, in the second register, what was asked of the first.
QUESTIONS = tuple(endpoint for endpoint in ASKED if endpoint != "audit.looks")
#: The last halving asks for less than a metre.
HALVINGS = 11
_NUMBERS = re.compile(r"\d[\d.,:/%+-]*")


NEAR_QUESTIONS = text(
    """UPDATE dated_setting SET value = value || '{"of_network_a_day": 100000, "a_day": 10000000}'"""
    " WHERE key = 'incident.near'"
)


@pytest.fixture(scope="module")
def world(ctx_of):
    """Hidden structures with cases on them, a town of many neighbours, and structures planted by a rival."""
    with ctx_of("so.khcn") as ctx:
        ctx.session.execute(text("UPDATE dated_setting SET value = '1000000' WHERE key = 'position.questions_a_day'"))
        ctx.session.execute(NEAR_QUESTIONS)
        record(ctx, "test.limit", "dated_setting", None)
    hidden = register(ctx_of, SEED)
    town(ctx_of, hidden[0].place)
    plant(ctx_of, place_in_middle(), 150)
    put_cases_on(ctx_of, hidden)
    report_on(ctx_of, hidden)
    return hidden


class Colluding:
    """Several rivals and what they were answered; each chooses its questions by the words of the answers before."""

    def __init__(self, app, clients, hidden, seed, expected=()):
        self.app = app
        self.expected = expected
        self.random = random.Random(seed)  # noqa: S311 - the same questions in both registers
        self.rivals = {name: Rival(client, hidden[0].code, KIND) for name, client in clients.items()}
        self.hidden = hidden
        self.cells = [each.cell for each in hidden]
        self.answers = []
        self.halved = 0

    def ask(self, name, address):
        """The words of an answer, without its numbers."""
        rival = self.rivals[name]
        rival.get(address)
        answer = rival.transcript.pop(address)
        digest = hashlib.sha256(repr(answer).encode()).hexdigest()
        if self.expected and len(self.answers) < len(self.expected):
            assert (name, address, digest) == self.expected[len(self.answers)], answer
        self.answers.append((name, address, digest))
        return answer[0], _NUMBERS.sub("", answer[2])

    def ask_until(self, most):
        """Cross cells, and look at all tiles over them, until so many questions were asked."""
        names = list(self.rivals)
        for name in names:
            self.look_at_tiles(name, most // 4)
        while len(self.answers) < most:
            self.cross(self.random.choice(names), self.random.choice(QUESTIONS))
        del self.answers[most:]

    def look_at_tiles(self, name, most):
        """Tile by tile over a cell, from afar to the street."""
        end = len(self.answers) + most // len(self.rivals)
        for zoom in range(6, 17):
            for cell in self.cells:
                corners = [tile_at(*corner_of(cell, *part), zoom) for part in ((0, 1), (1, 0))]
                for x in range(corners[0][0], corners[1][0] + 1):
                    for y in range(corners[0][1], corners[1][1] + 1):
                        if len(self.answers) >= end:
                            return
                        for query in ("", f"?kind={KIND}&status=planned", f"?kind={KIND}&colour=room"):
                            self.ask(name, f"/structures/tiles/{zoom}/{x}/{y}.mvt{query}")

    def cross(self, name, endpoint):
        """Ask along a line through the cell of a hidden structure, and halve wherever the words change."""
        number = self.random.randrange(len(self.hidden))
        each, cell = self.hidden[number], self.cells[number]
        row, turn = self.random.random(), self.random.randrange(1000)
        is_eastward = self.random.random() < 0.5

        def question(along):
            part = (along, row) if is_eastward else (row, along)
            arguments = given_of(each) | {"batch_id": 1, "number": 2, "commune": 1, "unit_id": 1}
            asked = list(addresses(self.app, endpoint, arguments, corner_of(cell, *part), in_turn=True))
            return asked[turn % len(asked)]

        ends = [(along, question(along)) for along in (-0.2, 0.5, 1.2)]
        for start, end in pairwise([(along, self.ask(name, address)) for along, address in ends]):
            self.halve(name, question, start, end, HALVINGS)

    def halve(self, name, question, start, end, left):
        """Narrow down where the words change between two places."""
        if start[1] == end[1] or not left:
            return
        self.halved += 1
        along = (start[0] + end[0]) / 2
        middle = along, self.ask(name, question(along))
        nearer = (start, middle) if middle[1] != start[1] else (middle, end)
        self.halve(name, question, *nearer, left - 1)


def corner_of(cell, across, up):
    """A place in a cell: parts of its side from its south-western corner."""
    east, north = ((number + part) * SIDE_M for number, part in zip(cell, (across, up), strict=True))
    return to_wgs84(PlanePoint(x_northing=north, y_easting=east))


@pytest.mark.parametrize(("seed", "is_whole"), sizes(1, 1))
def test_adaptive_questions_narrow_no_cell_and_find_no_plan(app, client_of, ctx_of, world, seed, is_whole):
    clients = {name: client_of(name) for name in COLLUDING}
    answers = []
    for turn in (1, 2):
        move(ctx_of, world, SEED + turn)
        follow(ctx_of, world)
        # In the second register each answer is compared as it comes.
        rivals = Colluding(app, clients, world, seed, expected=answers)
        rivals.ask_until(ALL if is_whole else FEW)
        answers = answers or rivals.answers
        # They had what to halve: answers do change along a line, at cells and at what everybody may see.
        assert rivals.halved > 0
    assert rivals.answers == answers
    assert len(answers) == (ALL if is_whole else FEW)
