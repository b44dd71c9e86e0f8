"""Who may know what of a structure: every place that states a rule says the same of every structure."""

import random
from functools import partial
from itertools import product

import pytest
from sqlalchemy import and_, select, text, update
from sqlalchemy.orm import aliased

from registry.audit.chain import record
from registry.kernel.db.base import table_of
from registry.kernel.db.history import history_of
from registry.structures import positions
from registry.structures.codes import SharingStatus, Status
from registry.structures.fastpath.count_pyramid import structure_class
from registry.structures.fastpath.group_counts import structure_fact, structure_group
from registry.structures.models import Structure
from registry.structures.positions.shown_nodes import hidden_nodes_along, shape_of
from registry.structures.rule_rows import ALL_RULES, RuleRows, rules_over
from registry.structures.visibility import (
    IS_PUBLISHED,
    IS_RESTRICTED,
    IS_SHOWN_AS_CELLS,
    PAST_MAY_BE_SHOWN,
    WAS_SHOWN_AS_CELLS,
)
from tests.factories.structures import HAC_THANH, make
from tests.support import shared

database, app, ctx_of, client_of, taken_back = shared.FIXTURES
CLASS = ("kind", "owner_organisation_id", "sharing_status", "status")
KINDS = ("antenna_tower", "cable_pole", "power_pole_shared")
_ADD_UP = text("SELECT count_fresh_since(current_date), add_up_structures()")


@pytest.fixture(scope="module")
def rows(ctx_of):
    """Id -> values: one structure in each state of sharing and of life, of drawn kinds, counted by the database."""
    chance, values = random.Random(11), {}  # noqa: S311 - a repeatable test
    with ctx_of("so.khcn") as ctx:
        for number, (sharing, status) in enumerate(product(SharingStatus, Status)):
            kind, public = chance.choice(KINDS), chance.random() < 0.5
            at = (HAC_THANH[0] + number % 9 * 0.004, HAC_THANH[1] + number // 9 * 0.004)
            structure = make(ctx, owner="viettel", kind=kind, at=at)
            values[structure.id] = {
                "kind": kind,
                "sharing_status": sharing,
                "status": status,
                "is_public_asset": public,
            }
            reason = "technical" if sharing is SharingStatus.NOT_SHAREABLE else None
            ctx.session.execute(
                update(table_of(Structure))
                .where(Structure.id == structure.id)
                .values(sharing_status=sharing, status=status, is_public_asset=public, not_shareable_reason=reason)
            )
        record(ctx, "test.change", "structure", None)
        ctx.session.execute(text("RESET ROLE"))
        ctx.session.execute(_ADD_UP)
    return values


def answers(run, query, rows):
    """Id -> what a query of ids and one condition says."""
    answered = {row[0]: row[1] for row in run(query) if row[0] in rows}
    assert set(answered) == set(rows)
    return answered


def queries_of(name, rule):
    """Each place that states a rule -> a query of ids and the rule."""
    table, version, other = Structure.__table__, history_of(Structure), aliased(Structure)
    fact, group, classes = structure_fact, structure_group, structure_class

    def over(rows):
        return getattr(RuleRows(rows), name)()

    queries = {
        "model": select(Structure.id, getattr(Structure, name)()),
        "alias": select(other.id, getattr(other, name)()),
        "table": select(table.c.id, over(table)),
        "history": select(version.c.id, over(version)).where(version.c.recorded_to.is_(None)),
        "group": select(fact.c.id, over(group)).join_from(fact, group, group.c.id == fact.c.group_id),
        "SQL": text(f"SELECT id, {rule.sql('s.')} FROM structure s"),  # noqa: S608
    }
    if name in rules_over(CLASS):
        same = and_(*(classes.c[column] == table.c[column] for column in CLASS))
        queries["class"] = select(table.c.id, over(classes)).join_from(table, classes, same)
    return queries


@pytest.mark.parametrize("name", sorted(ALL_RULES))
def test_every_place_states_a_rule_alike(ctx_of, rows, name):
    rule = ALL_RULES[name]
    expected = {number: rule.holds(values) for number, values in rows.items()}
    assert set(expected.values()) == {True, False}
    with ctx_of("so.khcn", read_only=True) as ctx:
        for where, query in queries_of(name, rule).items():
            assert answers(partial(positions.run, ctx), query, rows) == expected, where


def test_the_database_keeps_cells_published_and_past_by_the_same_rules(ctx_of, rows):
    shown = positions.is_shown_as_cells()
    version = history_of(Structure)
    past = select(version.c.id, PAST_MAY_BE_SHOWN.clause(version)).where(version.c.recorded_to.is_(None))
    with ctx_of("so.khcn", read_only=True) as ctx:
        run = partial(positions.run, ctx)
        for rule, query in (
            (IS_PUBLISHED, select(Structure.id, Structure.is_published)),
            (IS_RESTRICTED, select(Structure.id, Structure.geom_coarse.is_(None))),
            (IS_SHOWN_AS_CELLS, select(Structure.id, shown)),
            (PAST_MAY_BE_SHOWN, past),
        ):
            expected = {number: rule.holds(values) for number, values in rows.items()}
            assert answers(run, query, rows) == expected, rule
        # Made and changed on one day: what is in force on it is the last version.
        days = select(structure_fact.c.id, structure_fact.c.shown_from.is_not(None))
        expected = {number: WAS_SHOWN_AS_CELLS.holds(values) for number, values in rows.items()}
        assert answers(run, days, rows) == expected


def test_rows_without_a_column_refuse_a_rule_over_it():
    with pytest.raises(KeyError):
        RuleRows(structure_class).is_public_asset_rule()


def test_a_line_shows_whatever_others_see_as_cells_only(ctx_of, rows):
    """A suspended node stays hidden although its owner offers it: a published line along it would show it exactly."""
    with ctx_of("so.khcn", read_only=True) as ctx:
        owner = ctx.session.scalar(select(Structure.owner_organisation_id).where(Structure.id == min(rows)))
        for number, values in rows.items():
            code = ctx.session.scalar(select(Structure.code).where(Structure.id == number))
            is_hidden = code in hidden_nodes_along(ctx, owner, shape_of(number))
            assert is_hidden == (IS_SHOWN_AS_CELLS.holds(values) and not IS_PUBLISHED.holds(values)), values
