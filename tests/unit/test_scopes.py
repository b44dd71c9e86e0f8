"""What a grant covers, and which readers may be given one answer that was kept for another."""

from dataclasses import replace

import pytest

from registry.authz.actors import Role, StaticActor
from registry.authz.permissions import P
from registry.authz.scopes import CREATOR, any_of, party, reader_key, rows_key, rule, side, visible
from registry.kernel.context import Context
from registry.saved_searches.models import SavedSearch
from tests.support.clock import NOW

RESTRICTED_KINDS = {"rule": rule, "party": party}


def colleague(number):
    """One of two people of one organisation, with the same rights."""
    return StaticActor("Người", frozenset({Role.OPERATOR}), number, 7, frozenset({7}))


@pytest.mark.parametrize("kind", sorted(RESTRICTED_KINDS))
def test_a_rule_covers_no_restricted_row_unless_it_says_so(kind):
    assert RESTRICTED_KINDS[kind]("is_shared_rule").open_only
    assert str(RESTRICTED_KINDS[kind]("is_shared_rule")) == f"{kind}(is_shared_rule), not restricted"
    assert not party("is_shared_rule", open_only=False).open_only
    assert not side("owner").open_only


def test_what_a_person_alone_may_see_is_kept_for_that_person_alone():
    mine, yours = colleague(1), colleague(2)
    for key in (rows_key, reader_key):
        # Saved searches: those of the organisation and one's own.
        assert key(mine, P.SAVED_SEARCH_READ) != key(yours, P.SAVED_SEARCH_READ)
        # Structures: the same for all of an organisation.
        assert key(mine, P.STRUCTURE_READ) == key(yours, P.STRUCTURE_READ)


@pytest.mark.parametrize(
    ("scope", "is_personal"), [(CREATOR, True), (any_of(side("owner"), CREATOR), True), (side("owner"), False)]
)
def test_a_scope_is_personal_where_a_part_of_it_is(monkeypatch, scope, is_personal):
    monkeypatch.setattr("registry.authz.scopes._grants", {P.FILE_READ: {Role.OPERATOR: scope}})
    assert (rows_key(colleague(1), P.FILE_READ) != rows_key(colleague(2), P.FILE_READ)) is is_personal


def test_a_condition_is_built_once_in_a_transaction_and_for_one_actor_alone():
    ctx = Context(None, colleague(1), NOW, "test", "test", read_only=True)
    mine = visible(ctx, SavedSearch, P.SAVED_SEARCH_READ)
    assert visible(ctx, SavedSearch, P.SAVED_SEARCH_READ) is mine
    yours = visible(replace(ctx, actor=colleague(2)), SavedSearch, P.SAVED_SEARCH_READ)
    assert [sorted(map(str, condition.compile().params.values())) for condition in (mine, yours)] == [
        ["1", "[7]"],
        ["2", "[7]"],
    ]
