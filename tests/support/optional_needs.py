"""Watches every move of the tests: no guard refuses an empty field that the form of the move marks as optional."""

from registry.kernel.errors import Invalid
from registry.workflow import engine

EMPTY = (None, "", (), [])


def watch_refusals():
    """Let the engine fail where a guard asks for a need that is neither required, nor in `one_of`, nor conditional."""
    make = engine._make

    def watched(ctx, workflow, case, move, data):
        try:
            return make(ctx, workflow, case, move, data)
        except Invalid as refused:
            asked = [need.name for need in move.needs_of(ctx, case) if is_optional(need, move)]
            empty = [name for name in asked if name in refused.fields and data.get(name) in EMPTY]
            assert not empty, f"{workflow.code}.{move.name} refuses {empty} empty: declare `needed_when`, or `one_of`"
            raise

    engine._make = watched


def is_optional(need, move):
    """Whether the form says that a need may stay empty."""
    return not (need.required or need.needed_when or need.name in move.one_of)
