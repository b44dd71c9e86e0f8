"""What moves of several phases share."""

from __future__ import annotations

from registry.authz.actors import Ctx
from registry.kernel.errors import Invalid
from registry.occupations.codes import CODE, OccupationState
from registry.occupations.models import Occupation
from registry.structures.positions.disclosures import disclose, end_disclosures
from registry.workflow.definition import Data

S = OccupationState
NUMBER = 100
PROMISED = (S.REGULARISING, S.REMOVING)


def after_notice(ctx: Ctx, case: Occupation) -> OccupationState:
    """To the occupant's answer, or to the search for the owner."""
    return OccupationState.UNCLAIMED if case.occupant_organisation_id is None else OccupationState.NOTIFIED


def end(ctx: Ctx, case: Occupation, data: Data) -> None:
    """The occupant's access to the structure ends."""
    end_disclosures(ctx, CODE, case.id)


def disclose_place(ctx: Ctx, case: Occupation) -> None:
    if case.occupant_organisation_id is not None:
        disclose(ctx, [case.structure_id], case.occupant_organisation_id, CODE, case.id)


def refuse_if(field: str, problem: str | None) -> None:
    if problem:
        raise Invalid({field: problem})
