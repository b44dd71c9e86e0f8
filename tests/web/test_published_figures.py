"""The public figures: they hide nothing that follows from public cells, and all public answers give the same counts."""

import csv
import io
import json
import re
from collections import Counter

import pytest
import shapely
from shapely.geometry import shape

from registry.dashboard.published import read_published
from registry.exports import public_files
from registry.exports.jobs import STORE
from registry.exports.storage import ExportStore
from registry.kernel.exports.dataset import ExportFormat
from registry.structures.kinds import KINDS
from tests.factories.structures import make
from tests.support import shared
from tests.support.figures import generate
from tests.support.public_files import make_all

database, app, ctx_of, client_of, taken_back = shared.FIXTURES
pytestmark = pytest.mark.usefixtures("register")


@pytest.fixture(scope="module")
def register(ctx_of):
    """Structures of former and present communes, and what no public answer may count."""
    generate(ctx_of, seed=4, count=60)
    with ctx_of("viettel") as ctx:
        make(ctx, name="Trạm mật", sharing_status="restricted")
        make(ctx, name="Trạm dự kiến", status="planned")


@pytest.fixture
def published(ctx_of):
    """What the page shows."""
    with ctx_of(None, read_only=True) as ctx:
        return read_published(ctx)


@pytest.fixture
def recounted(app, tmp_path, monkeypatch):
    """(Commune, kind) -> structures, from the two public files alone: cells of structures, borders of communes."""
    client = app.test_client()
    monkeypatch.setitem(app.extensions, STORE.name, ExportStore(tmp_path))
    formats = public_files._formats
    monkeypatch.setattr(public_files, "_formats", lambda exported: formats(exported) and (ExportFormat.GEOJSON,))
    make_all(app)
    with client.get("/territory/boundaries.geojson") as answer:
        borders = json.loads(answer.text)["features"]
    communes = [(str(border["properties"]["name"]), shape(border["geometry"])) for border in borders]
    codes = {str(kind.label): code for code, kind in KINDS.items()}
    counts = Counter()
    with client.get("/exports/structures.geojson") as answer:
        structures = json.loads(answer.text)["features"]
    for feature in structures:
        middle = shapely.centroid(shape(feature["geometry"]))
        counts[commune_of(middle, communes), codes[feature["properties"]["kind"]]] += 1
    return counts


def commune_of(position, communes):
    """The commune that a place is in, else the nearest one: a middle of cells may lie outside the province."""
    return min(communes, key=lambda commune: commune[1].distance(position))[0]


def shown(published):
    """(Commune, kind) -> structures, as the page shows them."""
    return Counter(
        {
            (name, kind): count
            for (_id, name), counts in zip(published.communes, published.counts, strict=True)
            for kind, count in zip(published.kinds, counts[:-1], strict=True)
            if count
        }
    )


def test_every_figure_by_commune_is_what_the_public_files_give(published, recounted):
    assert sum(recounted.values()) > 20
    assert min(recounted.values()) == 1
    assert shown(published) == recounted


def test_no_figure_is_hidden(published):
    assert all(isinstance(count, int) for counts in published.counts for count in counts)
    assert [counts[-1] for counts in published.counts] == [sum(counts[:-1]) for counts in published.counts]
    assert sum(published.totals.values()) == sum(counts[-1] for counts in published.counts)


def test_the_public_list_its_facets_and_the_past_count_the_same(app, published, ctx_of):
    client = app.test_client()
    with ctx_of(None, read_only=True) as ctx:
        today = ctx.today.isoformat()
    for kind, count in published.totals.items():
        for query in ({"kind": kind}, {"kind": kind, "as_of": today}):
            with client.get("/exports/structures.csv", query_string=query) as answer:
                text = answer.get_data(as_text=True)
            heads, *rows = [row for row in csv.reader(io.StringIO(text), delimiter=";") if len(row) > 1]
            assert "Mã trong hệ thống" in heads
            assert len(rows) == count, query


def test_readers_of_any_right_read_the_same(client_of, app):
    pages = [client.get("/figures").text for client in (app.test_client(), client_of("viettel"), client_of("so.khcn"))]
    tables = [re.findall(r'<td class="numeric">(.*?)</td>', page, re.DOTALL) for page in pages]
    assert tables[0]
    assert tables[0] == tables[1] == tables[2]
    for secret in ("Viettel", "VNPT", "Điện lực", "Trạm mật"):
        assert secret not in pages[0]


def test_the_file_has_the_counts_of_the_page(app, published):
    with app.test_client().get("/exports/published-figures.csv") as answer:
        written = answer.get_data(as_text=True)
    names = [name for _key, name in published.communes]
    rows = {row[0]: row[1:] for row in csv.reader(io.StringIO(written), delimiter=";") if row and row[0] in names}
    assert [tuple(rows[name]) for name in names] == [tuple(map(str, counts)) for counts in published.counts]
