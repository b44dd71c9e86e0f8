"""One permission of one object: asked once where nothing is written, anew wherever something may be."""

import pytest
from sqlalchemy import event, text

from registry.authz.permissions import P
from registry.authz.scopes import allowed
from registry.structures.queries import get_structure
from tests.factories.structures import make, organisation_id

#: All given to an owner by the same scope.
OF_OWNERS = (P.STRUCTURE_EDIT, P.STRUCTURE_CONFIRM, P.STRUCTURE_SUSPEND, P.FILE_ADD, P.CAPACITY_EDIT)


@pytest.fixture
def code(ctx_of):
    with ctx_of("viettel") as ctx:
        return make(ctx).code


def statements_of(ctx, call):
    statements = []

    def note(*args):
        statements.append(args[2])

    connection = ctx.session.connection()
    event.listen(connection, "before_cursor_execute", note)
    try:
        answer = call()
    finally:
        event.remove(connection, "before_cursor_execute", note)
    return answer, len(statements)


def test_permissions_that_the_same_scope_gives_are_asked_once_on_a_page(ctx_of, code):
    with ctx_of("viettel", read_only=True) as ctx:
        structure = get_structure(ctx, code)
        answers, count = statements_of(ctx, lambda: [allowed(ctx, each, structure) for each in OF_OWNERS])
        assert (answers, count) == ([True] * len(OF_OWNERS), 1)


def test_the_kept_answer_of_one_structure_is_not_that_of_another(ctx_of, code):
    with ctx_of("vnpt") as ctx:
        other = make(ctx, owner="vnpt", sharing_status="available").code
    with ctx_of("viettel", read_only=True) as ctx:
        own, rival = get_structure(ctx, code), get_structure(ctx, other)
        assert [allowed(ctx, P.STRUCTURE_EDIT, each) for each in (own, rival, own)] == [True, False, True]


def test_a_scope_that_reaches_further_is_asked_for_itself(ctx_of):
    with ctx_of("vnpt") as ctx:
        code = make(ctx, owner="vnpt", sharing_status="available").code
    with ctx_of("viettel", read_only=True) as ctx:
        structure = get_structure(ctx, code)
        assert [allowed(ctx, each, structure) for each in (P.STRUCTURE_EDIT, P.STRUCTURE_READ)] == [False, True]


def test_where_something_is_written_the_database_is_asked_each_time(ctx_of, code):
    with ctx_of("viettel") as ctx:
        structure = get_structure(ctx, code)
        assert allowed(ctx, P.STRUCTURE_EDIT, structure)
        savepoint = ctx.session.begin_nested()
        ctx.session.execute(
            text("UPDATE structure SET owner_organisation_id = :vnpt WHERE code = :code"),
            {"vnpt": organisation_id(ctx.session, "vnpt"), "code": code},
        )
        assert not allowed(ctx, P.STRUCTURE_EDIT, structure)
        savepoint.rollback()
