"""How a page of a box of the map is read: along the indexes of places, by one plan for all boxes."""

import re

import psycopg

from registry.kernel.db.session import POSITION_READER_ROLE

#: Half the sides of boxes in degrees, from a quarter of a town to a province.
SIDES = (0.002, 0.02, 0.2, 2)


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


def places_read(plan):
    """How many rows a page read along the indexes of places; it reads structures by these and by id alone."""
    walks = re.findall(r"Index Scan using (\w+) on structure\b.*\(actual rows=(\d+) loops=(\d+)\)", plan)
    assert {name for name, _rows, _loops in walks} <= {
        "ix_structure_place",
        "ix_structure_place_coarse",
        "pk_structure",
        "uq_structure_id_owner_organisation_id",
    }, plan
    return sum(int(rows) * int(loops) for name, rows, loops in walks if name.startswith("ix_structure_place"))
