"""The workflow of tests/support/cases.py, known for the length of one test."""

import pytest

from registry.workflow.definition import WORKFLOWS, register_workflow
from tests.support.cases import CODE, FLOW, add_laws, create_table


@pytest.fixture
def flow(database, ctx_of):
    create_table(database._bind)
    register_workflow(FLOW)
    with ctx_of("so.khcn") as ctx:
        add_laws(ctx)
    yield FLOW
    del WORKFLOWS[CODE]
