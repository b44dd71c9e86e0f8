"""The page of a proposed street: its figures are those of the lists that they open, and give no rival more."""

import html
import random
import re
from urllib.parse import parse_qsl, urlsplit

import pytest
from sqlalchemy import text
from sqlalchemy.dialects import postgresql
from werkzeug.datastructures import MultiDict

from registry.kernel.db.session import POSITION_READER_ROLE
from registry.routelists.street_figures import corridor_of_item, figures_query
from registry.structures.filtering.url import read_filter
from registry.structures.listing.query import count_structures
from tests.factories.incidents import report
from tests.factories.routelists import agreed, propose, street_at
from tests.factories.structures import make, place_inside
from tests.factories.violations import log

_FIGURE = re.compile(r'"(/[^" ]*\bstreet=[^" ]*)">([^<]*)</a>\s*</td>\s*<td[^>]*"numeric ">([\d.]+)<')
READERS = ("so.khcn", "viettel", "vnpt", "ubnd.xa")


def figures_of(client, item_id):
    """Each figure of a street that is a link: its label, its number, the address of its list."""
    page = client.get(f"/route-lists/items/{item_id}").text
    return [
        (html.unescape(label), int(number.replace(".", "")), html.unescape(url))
        for url, label, number in _FIGURE.findall(page)
    ]


def listed(client, ctx_of, username, url):
    """How many rows the list at an address has."""
    parts = urlsplit(url)
    if parts.path == "/structures":
        with ctx_of(username, read_only=True) as ctx:
            return count_structures(ctx, read_filter(MultiDict(parse_qsl(parts.query))))
    page = client.get(url)
    assert page.status_code == 200, url
    return len(set(re.findall(rf'href="{parts.path}/(\d+)"', page.text)))


@pytest.fixture
def start(ctx_of):
    """Where streets of ubnd.xa begin."""
    with ctx_of("ubnd.xa", read_only=True) as ctx:
        return place_inside(ctx.session, ctx.actor.unit_ids)


def beside_street(start, chance):
    """A place that is often in the corridor of the street, sometimes far from it."""
    along, off = chance.random() * 0.002, chance.choice((0.0, 0.00005, 0.003))
    return start[0] + along + off, start[1] + along


@pytest.mark.parametrize("seed", [1, 2])
def test_each_figure_of_a_street_is_that_of_the_list_it_opens(ctx_of, client_of, start, seed):
    chance = random.Random(seed)  # noqa: S311
    item_id = agreed(ctx_of, position=street_at(*start))
    propose(ctx_of, position=street_at(*start), street_name="Phố Khác", exception_reason="Hai đoạn")
    for owner in ("viettel", "vnpt"):
        with ctx_of(owner) as ctx:
            for _number in range(4):
                kind = chance.choice(("cable_pole", "cable_duct", "manhole"))
                status = chance.choice(("planned", "active", "decommissioned"))
                sharing = chance.choice(("available", "not_assessed"))
                make(
                    ctx, owner=owner, kind=kind, at=beside_street(start, chance), status=status, sharing_status=sharing
                )
            texts = chance.choice(({"laying": "aerial"}, {"laying": "underground"}, {}))
            make(ctx, owner=owner, kind="cable_route", at=beside_street(start, chance), **texts)
    for _number in range(2):
        report(ctx_of, at=beside_street(start, chance))
        log(ctx_of, at=beside_street(start, chance))
    for username in READERS:
        client = client_of(username)
        figures = figures_of(client, item_id)
        assert len(figures) >= 6
        off = {
            (username, label, url): (number, rows)
            for label, number, url in figures
            if (rows := listed(client, ctx_of, username, url)) != number
        }
        assert off == {}
    assert sum(number for _label, number, _url in figures_of(client_of("so.khcn"), item_id)) > 0


def test_a_hidden_structure_changes_no_figure_of_a_rival(ctx_of, client_of, start):
    item_id = agreed(ctx_of, position=street_at(*start))
    before = figures_of(client_of("vnpt"), item_id)
    with ctx_of("viettel") as ctx:
        for kind, status in (("cable_duct", "active"), ("cable_pole", "planned"), ("manhole", "active")):
            make(ctx, kind=kind, at=start, status=status, sharing_status="not_assessed")
    assert figures_of(client_of("vnpt"), item_id) == before
    assert figures_of(client_of("viettel"), item_id) != before


@pytest.mark.parametrize("path", ["/structures", "/incidents", "/violations", "/route-lists/items"])
def test_a_list_along_a_draft_of_others_is_empty(ctx_of, client_of, start, path):
    draft = propose(ctx_of, position=street_at(*start))
    with ctx_of("viettel") as ctx:
        make(ctx, kind="cable_pole", at=start, sharing_status="available")
    report(ctx_of, at=start)
    assert listed(client_of("so.khcn"), ctx_of, "so.khcn", f"{path}?street={draft}") == 0
    assert listed(client_of("so.khcn"), ctx_of, "so.khcn", f"{path}?street=999999") == 0


def test_figures_read_structures_by_the_index_of_places(ctx_of, start):
    item_id = agreed(ctx_of, position=street_at(*start))
    with ctx_of("viettel", read_only=True) as ctx:
        corridor = corridor_of_item(ctx, item_id)
        ctx.memo["corridors"] = {item_id: corridor}
        compiled = figures_query(ctx, corridor).compile(
            dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True}
        )
        ctx.session.execute(text(f"SET LOCAL ROLE {POSITION_READER_ROLE}"))
        # Of a few rows any index is as good as another: alone those that a condition narrows can give a bitmap.
        ctx.session.execute(text("SET LOCAL enable_seqscan = off"))
        ctx.session.execute(text("SET LOCAL enable_indexscan = off"))
        plan = "\n".join(ctx.connection.exec_driver_sql(f"EXPLAIN {compiled}".replace("%", "%%")).scalars())
    assert "Seq Scan on structure " not in plan
    assert re.search(r"Index Scan (using|on) ix_structure_geom\b", plan), plan
