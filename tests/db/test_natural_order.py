"""Names with numbers stand in one order, that of the database's collation: Vietnamese letters, numbers by value."""

import random

from sqlalchemy import ARRAY, Text, cast, column, func, select, text

from registry.kernel.db.base import NATURAL, Base
from registry.kernel.text import natural_key
from registry.routelists.models import RouteItem
from tests.factories.routelists import propose

_LETTERS = "aàáảãạăắâấeêếiíoôơớuưứyđdnghtr 0123456789-"


def test_the_program_orders_names_as_the_database_does(ctx_of):
    chance = random.Random(3)  # noqa: S311 - the same in each run
    names = {"".join(chance.choices(_LETTERS, k=chance.randint(1, 6))).strip() for _number in range(400)} - {""}
    with ctx_of("so.khcn", read_only=True) as ctx:
        values = func.unnest(cast(sorted(names), ARRAY(Text))).table_valued(column("name")).render_derived()
        ordered = list(ctx.session.scalars(select(values.c.name).order_by(values.c.name.collate(NATURAL))))
    assert [natural_key(name)[:2] for name in ordered] == sorted(natural_key(name)[:2] for name in names)


def test_the_database_has_the_collation_that_each_column_declares(ctx_of):
    with ctx_of("so.khcn", read_only=True) as ctx:
        rows = ctx.session.execute(
            text(
                "SELECT attrelid::regclass::text AS name, attname FROM pg_attribute"
                " JOIN pg_class ON pg_class.oid = attrelid AND relkind = 'r'"
                " WHERE attcollation = (SELECT oid FROM pg_collation WHERE collname = :name)"
            ),
            {"name": NATURAL},
        )
        stored = {(row.name, row.attname) for row in rows}
    declared = {
        (table.name, each.name)
        for table in Base.metadata.tables.values()
        for each in table.columns
        if getattr(each.type, "collation", None) == NATURAL
    }
    assert stored == declared
    assert ("street", "name") in declared


def test_streets_of_a_list_are_in_the_order_of_their_numbers(ctx_of):
    for name in ("Đường 10", "Đường 2", "Đường 9"):
        propose(ctx_of, street_name=name)
    with ctx_of("ubnd.xa", read_only=True) as ctx:
        names = list(ctx.session.scalars(select(RouteItem.street_name).order_by(RouteItem.title)))
    assert names == ["Đường 2", "Đường 9", "Đường 10"]
