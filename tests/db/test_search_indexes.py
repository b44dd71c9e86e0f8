"""Indexes answer what search asks, and one or two letters are not asked of all structures."""

import re
from contextlib import contextmanager

import pytest
from sqlalchemy import event, func, select, text

from registry.kernel.db.session import POSITION_READER_ROLE, abort
from registry.kernel.search import read_query
from registry.structures.search import find_structures
from registry.workflow.definition import WORKFLOWS
from registry.workflow.lists import match_cases
from tests.db.test_search import near
from tests.factories.structures import make


@pytest.fixture
def some(ctx_of):
    """Towers of Viettel and of VNPT, so that there is something to find."""
    with ctx_of("so.khcn") as ctx:
        make(ctx, name="Trạm Hòa Lộc", own_code="HL-001", road_name="Đường Trần Phú")
        make(ctx, owner="vnpt", name="Cột Nguyễn Trãi", own_code="NT-9", sharing_status="available")


@contextmanager
def statements_of(ctx):
    """The statements on a session's connection, with their values."""
    statements = []

    def keep(_connection, _cursor, statement, values, _context, _many):
        statements.append((statement, values))

    engine = ctx.session.connection().engine
    event.listen(engine, "before_cursor_execute", keep)
    yield statements
    event.remove(engine, "before_cursor_execute", keep)


def plans(ctx, statements, table):
    """The plans of the reads of a table, made as for a large one: reading it whole is the last resort."""
    wanted = [call for call in statements if re.search(rf"\bFROM {table}\b", call[0])]
    ctx.session.execute(text("SET LOCAL enable_seqscan = off"))
    if table == "structure":
        # Nor all of it in the order of codes, which two rows would be.
        ctx.session.execute(text("SET LOCAL enable_indexscan = off"))
        ctx.session.execute(text(f"SET LOCAL ROLE {POSITION_READER_ROLE}"))
    connection = ctx.session.connection()
    return ["\n".join(row[0] for row in connection.exec_driver_sql(f"EXPLAIN {s}", v)) for s, v in wanted]


@pytest.mark.parametrize("username", ["so.khcn", "viettel"])
@pytest.mark.parametrize(
    ("query", "indexes"),
    [
        (read_query("hoa loc"), {"ix_structure_search"}),
        (read_query("hòa lộc trần phú"), {"ix_structure_search"}),
        (near("nguyen traii"), {"ix_structure_search"}),
        (read_query("viettel tran phu"), {"ix_structure_search"}),
        (read_query("vnpt cot nguyen"), {"ix_structure_search"}),
    ],
)
def test_structures_are_found_in_indexes(ctx_of, some, username, query, indexes):
    del some
    with ctx_of(username, read_only=True) as ctx:
        with statements_of(ctx) as statements:
            find_structures(ctx, query)
        plans_of_structures = plans(ctx, statements, "structure")
        abort(ctx)
    assert plans_of_structures
    assert [plan for plan in plans_of_structures if "Seq Scan on structure" in plan] == []
    assert set(re.findall(r"\w+_structure_\w+", "\n".join(plans_of_structures))) >= indexes


@pytest.mark.parametrize(
    "workflow",
    ["building_notice", "campaign", "inspection", "obstacle", "operator_report", "street_work", "streetrule"],
)
def test_cases_are_found_in_an_index(ctx_of, workflow):
    table = WORKFLOWS[workflow].model.__tablename__
    with ctx_of("so.khcn", read_only=True) as ctx:
        with statements_of(ctx) as statements:
            match_cases(ctx, WORKFLOWS[workflow], read_query("DC-2026-000001"), 9)
        assert f"ix_{table}_words" in plans(ctx, statements, table)[0]
        abort(ctx)


def scans_of(ctx, index):
    """How often this transaction has asked an index."""
    return ctx.session.scalar(select(func.pg_stat_get_xact_numscans(func.to_regclass(index))))


@pytest.mark.parametrize(
    ("workflow", "indexes"),
    [
        ("agreement", {"ix_colocation_agreement_words"}),
        ("colocation", {"ix_colocation_request_words"}),
        ("incident", {"ix_incident_words"}),
        ("violation", {"ix_violation_words", "ix_violation_papers"}),
    ],
)
def test_cases_behind_policies_are_found_in_an_index_by_who_has_them_all(ctx_of, workflow, indexes):
    """LIKE is not LEAKPROOF: behind a policy of rows it would run on every row (ADR 0049)."""
    with ctx_of("so.khcn", read_only=True) as ctx:
        with statements_of(ctx) as statements:
            match_cases(ctx, WORKFLOWS[workflow], read_query("treo cáp"), 9)
        table = WORKFLOWS[workflow].model.__tablename__
        assert f"Seq Scan on {table}" not in plans(ctx, statements, table)[0]
        assert {
            value for _statement, values in statements for value in values.values() if str(value) in indexes
        } == indexes
        for index in indexes:
            before = scans_of(ctx, index)
            ctx.session.execute(select(func.cases_with_words(index, ["treo", "cap"]))).all()
            assert scans_of(ctx, index) == before + 1
        abort(ctx)


@pytest.mark.parametrize("typed", ["tu", "a b", "%%", "12/3", "_", "🗼"])
def test_one_or_two_letters_ask_no_words_of_structures(ctx_of, some, typed):
    del some
    with ctx_of("so.khcn", read_only=True) as ctx:
        with statements_of(ctx) as statements:
            find_structures(ctx, read_query(typed))
        assert [statement for statement, _values in statements if " LIKE " in statement or "<%" in statement] == []
