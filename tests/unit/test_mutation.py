"""The mutants of tests/mutation: what is changed, what is left alone, and that the draw is the same every time."""

import ast

from tests.mutation.operators import keyed, mutated
from tests.mutation.sample import AREAS, all_of, sample

SOURCE = '''
"""Text 1 of the module."""
from dataclasses import dataclass

@dataclass(frozen=True)
class Limit:
    most: int = 5

def fits(value: "int", limit, found):
    """Whether it fits."""
    if value is None or not 0 <= value < limit.most:
        found["value"] = _("From 0 to %(most)d.", most=7)
        raise ValueError(f"wrong {value + 1}")
    log.info("fits", extra=3)
    return value + 1
'''


def test_decisions_are_changed_and_texts_are_not():
    keys = [key for key, _site in keyed(ast.parse(SOURCE))]
    assert keys == [
        "Limit | number | 5 -> 6",
        "Limit | number | 5 -> 4",
        "fits | and-or | value is None or not 0 <= value < limit.most"
        " -> value is None and (not 0 <= value < limit.most)",
        "fits | compare | value is None -> value is not None",
        "fits | not | not 0 <= value < limit.most -> 0 <= value < limit.most",
        "fits | compare | 0 <= value < limit.most -> 0 < value < limit.most",
        "fits | compare | 0 <= value < limit.most -> 0 > value < limit.most",
        "fits | compare | 0 <= value < limit.most -> 0 <= value <= limit.most",
        "fits | compare | 0 <= value < limit.most -> 0 <= value >= limit.most",
        "fits | number | 0 -> 1",
        "fits | number | 0 -> -1",
        "fits | no assignment | found['value'] = _('From 0 to %(most)d.', most=7) -> pass",
        "fits | no raise | raise ValueError(f'wrong {value + 1}') -> pass",
        "fits | return None | value + 1 -> None",
        "fits | arithmetic | value + 1 -> value - 1",
        "fits | number | 1 -> 2",
        "fits | number | 1 -> 0",
    ]


def test_each_mutant_is_another_program_that_can_be_compiled():
    programs = {ast.unparse(mutated(SOURCE, key)) for key, _site in keyed(ast.parse(SOURCE))}
    assert len(programs) == len(keyed(ast.parse(SOURCE)))
    assert ast.unparse(ast.parse(SOURCE)) not in programs
    for program in programs:
        compile(program, "changed", "exec")


def test_the_draw_is_the_same_every_time_and_of_the_size_that_each_area_wants():
    drawn = sample()
    first = AREAS[0]
    again = [mutant.name for mutant in all_of(first)[: first.wanted]]
    assert [mutant.name for mutant in drawn if mutant.area == first.name] == again
    assert {area.name: sum(mutant.area == area.name for mutant in drawn) for area in AREAS} == {
        area.name: area.wanted for area in AREAS
    }
