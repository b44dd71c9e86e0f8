"""What carries many cables at once, as files state it: the same rules as for one, with a bounded number of reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from registry.authz.actors import Ctx
from registry.cables.queries import Support, find_supports
from registry.cables.rules import laying_of, list_problems, read_codes
from registry.cables.service import known_shapes, line_through, unknown_code
from registry.kernel.errors import Invalid
from registry.structures.commands import GivenPosition
from registry.structures.kinds.cable_route.codes import Laying


@dataclass(frozen=True)
class StatedLists:
    """By row: what carries the cable, or the sentences that say why that cannot be."""

    supports: dict[int, list[Support]] = field(default_factory=dict)
    problems: dict[int, list[str]] = field(default_factory=dict)

    def laying(self, number: int) -> Laying | None:
        """Where the cable of a row is, by what carries it."""
        return laying_of(support.kind for support in self.supports.get(number, ()))


def read_lists(ctx: Ctx, owner_id: int, cells: Mapping[int, str]) -> StatedLists:
    """The lists in the cells of rows of one owner; an empty cell is an empty list."""
    codes = {number: read_codes(cell) for number, cell in cells.items()}
    known = find_supports(ctx.session, owner_id, {code for listed in codes.values() for code in listed})
    found = StatedLists()
    for number, listed in codes.items():
        unknown = dict.fromkeys(code for code in listed if code not in known)
        problems = list_problems(listed) + [unknown_code(code) for code in unknown]
        if problems:
            found.problems[number] = problems
        else:
            found.supports[number] = [known[code] for code in listed]
    return found


def draw_lists(ctx: Ctx, owner_id: int, lists: Mapping[int, Sequence[Support]]) -> dict[int, GivenPosition | str]:
    """By row the line through what carries its cable, or the sentence that says why there is none."""
    shapes = known_shapes(ctx, owner_id, {support.id for supports in lists.values() for support in supports})
    found: dict[int, GivenPosition | str] = {}
    for number, supports in lists.items():
        try:
            found[number] = line_through(shapes, supports)
        except Invalid as refused:
            found[number] = " ".join(sentence for sentences in refused.fields.values() for sentence in sentences)
    return found
