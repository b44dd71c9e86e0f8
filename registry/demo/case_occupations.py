"""Two sample occupations: one that its occupant is to answer, one whose owner all operators are asked for."""

from __future__ import annotations

from datetime import timedelta

from registry.accounts.queries import find_organisation
from registry.demo import case_words as words
from registry.demo.cases import POLES, Stage, shareable
from registry.occupations.commands import OpenOccupation
from registry.occupations.service import open_occupation
from registry.occupations.workflow import OCCUPATION


def play_occupations(stage: Stage) -> None:
    """Cables on poles of the power company, the last ones by its own codes, so that no request meets them."""
    known, unknown = shareable(stage, "vnpt", "pc_thanhhoa", POLES)[-2:]
    _told(stage, 4, known, words.KNOWN_CABLE, "vnpt")
    looked_for = _told(stage, 3, unknown, words.UNKNOWN_CABLE, "")
    stage.move("viettel", 1, OCCUPATION, looked_for, "deny", text=words.NOT_OURS)


def _told(stage: Stage, days: int, code: str, found: dict[str, object], occupant: str) -> int:
    """The id of what the power company wrote down and told of so many days ago."""
    with stage.acting("dienluc", days) as ctx:
        values = words.CABLE | found | {"found_on": ctx.today - timedelta(days=1)}
        organisation = find_organisation(ctx.session, occupant)
        made = open_occupation(ctx, OpenOccupation(code, values, None, organisation.id if organisation else None))
    stage.move("dienluc", days, OCCUPATION, made.id, "notify")
    return made.id
