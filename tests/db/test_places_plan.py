"""Whatever its size and the statistics of the moment, a box is read along the index of places, by one plan for all."""

import re

import psycopg
import pytest

from registry.audit.chain import write_pending
from registry.kernel.db.compiled import compile_statement
from registry.kernel.db.session import POSITION_READER_ROLE, WEB_ROLE, Database
from registry.structures.fastpath import bbox_paging
from registry.structures.filtering.filter import StructureFilter
from registry.structures.filtering.list_rows import BY_PLACE, Order
from tests.support.live import context
from tests.support.many import fill, tidy

SIDES = (0.002, 0.02, 0.2, 2)


@pytest.fixture(scope="module")
def many(module_url):
    """Many structures and fresh statistics."""
    database = Database(module_url, role=WEB_ROLE)
    database.before_commit.append(write_pending)
    with context(database, "so.khcn") as ctx:
        fill(ctx, 2_000)
    tidy(module_url)
    yield database
    database.dispose()


def plan_of(ctx, words, values):
    """How a statement ran by the plan that serves all values."""
    driver = ctx.connection.connection.driver_connection
    parameters = [(words.fixed | values)[name] for name in words.order]
    types = ", ".join("boolean" if isinstance(value, bool) else "unknown" for value in parameters)
    with psycopg.ClientCursor(driver) as cursor:
        cursor.execute(f"SET LOCAL ROLE {POSITION_READER_ROLE}")
        cursor.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        cursor.execute(f"PREPARE page ({types}) AS {words.numbered.decode()}")
        marks = ", ".join(["%s"] * len(parameters))
        cursor.execute(f"EXPLAIN (ANALYZE, TIMING off) EXECUTE page ({marks})", parameters)
        plan = "\n".join(row[0] for row in cursor)
        cursor.execute("DEALLOCATE page")
    return plan


@pytest.mark.parametrize("username", ["so.khcn", "viettel", None])
def test_a_page_reads_little_more_than_it_shows_of_any_box(many, username):
    order = Order(BY_PLACE, descending=False, most=51, from_cursor=False, shapes=False)
    rows_read = {}
    for side in SIDES:
        with context(many, username, read_only=True) as ctx:
            structure_filter = StructureFilter(bbox=(105.776 - side, 19.807 - side, 105.776 + side, 19.807 + side))
            words = compile_statement(bbox_paging.page_statement(ctx, structure_filter, order, 0))
            plan = plan_of(ctx, words, bbox_paging.page_values(structure_filter, None))
        walks = re.findall(r"Index Scan using (\w+) on structure\b.*\(actual rows=(\d+) loops=(\d+)\)", plan)
        assert {name for name, _rows, _loops in walks} <= {
            "ix_structure_place",
            "ix_structure_place_coarse",
            "pk_structure",
            "uq_structure_id_owner_organisation_id",
        }, plan
        assert "Seq Scan on structure " not in plan
        rows_read[side] = sum(
            int(rows) * int(loops) for name, rows, loops in walks if name.startswith("ix_structure_place")
        )
    # As soon as a page is full no further range is read: the last of them may give some more than it takes.
    assert 0 < rows_read[2] <= 2 * order.most, plan
