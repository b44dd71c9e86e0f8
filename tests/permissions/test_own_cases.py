"""No office decides on its own organisation: every move of every case, by an actor with all roles of offices."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from registry.accounts.rules import OFFICE_ROLES
from registry.authz.actors import StaticActor
from registry.authz.scopes import allowed, allowed_as_party
from registry.kernel.errors import Forbidden
from registry.territory.models import AdminUnit
from registry.workflow.definition import WORKFLOWS
from registry.workflow.engine import require_move
from registry.workflow.views import possible_moves
from tests.permissions.cases import table
from tests.support.offenders import no_offenders

ENDPOINT = "workflow.step_post"


def cases_of_moves(objects):
    """(Object, workflow, id of the case, move) of each move in the reviewed table whose case has judged sides."""
    rows, _cast = table()
    for row in rows:
        if row["endpoint"] == ENDPOINT:
            values = objects[row["object"]]
            workflow = WORKFLOWS.get(values["workflow"])
            if workflow is not None and workflow.judged:
                yield row["object"], workflow, int(values["case_id"]), workflow.move(values["move"])


@pytest.fixture
def officer(database):
    """An actor with every role of an office and the whole province as area, without an organisation."""
    with database.session() as session:
        units = frozenset(session.scalars(select(AdminUnit.id)))
    return StaticActor("Cán bộ", OFFICE_ROLES, id=1, unit_ids=units)


def test_no_office_makes_a_move_on_a_case_of_its_own_organisation(app, database, objects, officer):
    del app
    offenders, tried = [], 0

    def ctx_as(actor):
        return database.transaction(actor, read_only=True, origin="test")

    for name, workflow, case_id, move in cases_of_moves(objects):
        with ctx_as(officer) as ctx:
            case = ctx.session.get_one(workflow.model, case_id)
            sides = [getattr(case, workflow.model.SIDES[side]) for side in workflow.judged]
            if not allowed(ctx, move.permission, case):
                continue
        for organisation_id in filter(None, sides):
            own = replace(officer, organisation_id=organisation_id, organisation_ids=frozenset({organisation_id}))
            with ctx_as(own) as ctx:
                case = ctx.session.get_one(workflow.model, case_id)
                if allowed_as_party(ctx, move.permission, case):
                    continue
                tried += 1
                if move in possible_moves(ctx, workflow, case):
                    offenders.append(f"{name}: offered")
                try:
                    require_move(ctx, workflow, case, move)
                except Forbidden:
                    continue
                offenders.append(f"{name}: made")
    no_offenders(
        "an office does not act on a case of its own organisation", offenders, "Workflow.judged names the side"
    )
    assert tried >= 20


def test_a_side_that_an_office_decides_on_is_named_by_every_workflow():
    offenders = [
        f"{workflow.code}: {side}"
        for workflow in WORKFLOWS.values()
        for side in workflow.judged
        if side not in workflow.model.SIDES
    ]
    assert offenders == []
