"""Whatever its size and the statistics of the moment, a box is read along the index of places, by one plan for all."""

import pytest

from registry.audit.chain import write_pending
from registry.kernel.db.compiled import compile_statement
from registry.kernel.db.session import WEB_ROLE, Database
from registry.ogc.items import ItemsReading, page_query
from registry.ogc.parameters import ItemsQuestion
from registry.ogc.sources import every_collection
from registry.structures.fastpath import bbox_paging
from registry.structures.filtering.filter import StructureFilter
from registry.structures.filtering.list_rows import BY_PLACE, Order
from tests.support.live import context
from tests.support.many import fill, tidy
from tests.support.places import SIDES, places_read, plan_of

#: Rows of a page and the one that follows.
MOST = 51


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


def page_of_list(ctx, box):
    structure_filter = StructureFilter(bbox=box)
    order = Order(BY_PLACE, descending=False, most=MOST, from_cursor=False, shapes=False)
    return bbox_paging.page_statement(ctx, structure_filter, order, 0), bbox_paging.page_values(structure_filter, None)


def page_of_features(ctx, box):
    collection = every_collection()["structures"]
    question = ItemsQuestion(limit=MOST - 1, bounds=box)
    reading = ItemsReading(ctx, collection, collection.source.properties(ctx), question, None)
    return page_query(reading), reading.values


@pytest.mark.parametrize("username", ["so.khcn", "viettel", None])
@pytest.mark.parametrize("page_of", [page_of_list, page_of_features])
def test_a_page_reads_little_more_than_it_shows_of_any_box(many, username, page_of):
    rows_read = {}
    for side in SIDES:
        with context(many, username, read_only=True) as ctx:
            statement, values = page_of(ctx, (105.776 - side, 19.807 - side, 105.776 + side, 19.807 + side))
            plan = plan_of(ctx, compile_statement(statement), values)
        rows_read[side] = places_read(plan)
        assert "Seq Scan on structure " not in plan
    # As soon as a page is full no further range is read: the last of them may give some more than it takes.
    assert 0 < rows_read[2] <= 2 * MOST, plan
