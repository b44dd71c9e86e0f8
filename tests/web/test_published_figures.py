"""The public page of figures: counted by public cells, small counts hidden, nothing told by a difference."""

import csv
import io
import re

import pytest
from sqlalchemy import text

from registry.dashboard.published import LEAST, read_published
from registry.kernel.db.session import POSITION_READER_ROLE, WEB_ROLE
from registry.settings.commands import AddSetting
from registry.settings.queries import get_setting
from registry.settings.service import add_setting
from tests.factories.structures import make
from tests.support import shared
from tests.support.figures import generate
from tests.support.suppressed import computable

database, app, ctx_of, client_of, taken_back = shared.FIXTURES
pytestmark = pytest.mark.usefixtures("register")


@pytest.fixture(scope="module")
def register(ctx_of):
    """Structures of former and present communes, and one place with a single tunnel."""
    generate(ctx_of, seed=4, count=60)
    with ctx_of("viettel") as ctx:
        make(ctx, name="Trạm mật", sharing_status="restricted")
        make(ctx, name="Trạm dự kiến", status="planned")


def table_of(ctx, found):
    """The counts that the page would show if it hid nothing, by SQL of the test's own."""
    ctx.session.execute(text(f"SET LOCAL ROLE {POSITION_READER_ROLE}"))
    rows = ctx.session.execute(
        text(
            "SELECT unit_at(ST_Centroid(geom_coarse), 'commune', :today) AS unit, kind, count(*) AS number"
            " FROM structure WHERE sharing_status <> 'restricted' AND status IN ('active', 'suspended') GROUP BY 1, 2"
        ),
        {"today": ctx.today},
    ).all()
    ctx.session.execute(text(f"SET LOCAL ROLE {WEB_ROLE}"))
    counts = {(row.unit, row.kind): row.number for row in rows}
    return [[counts.get((unit, kind), 0) for kind in found.kinds] for unit, _name in found.communes]


def test_everything_below_the_threshold_is_hidden_and_nothing_tells_it(ctx_of):
    with ctx_of(None, read_only=True) as ctx:
        found = read_published(ctx)
        table = table_of(ctx, found)
    assert found.least == 5
    assert not found.is_confirmed
    hidden = set()
    for row, (counts, shown) in enumerate(zip(table, found.counts, strict=True)):
        for column, count in enumerate((*counts, sum(counts))):
            place = (row, column if column < len(counts) else -1)
            if shown[column] is None:
                hidden.add(place)
            else:
                assert shown[column] == count
                assert count == 0 or count >= found.least
    assert len(hidden) == found.hidden > 0
    assert computable(table, hidden) == set()


def test_whoever_asks_reads_the_same(client_of, app):
    pages = [client.get("/figures").text for client in (app.test_client(), client_of("viettel"), client_of("so.khcn"))]
    tables = [re.findall(r'<td class="numeric">(.*?)</td>', page, re.DOTALL) for page in pages]
    assert tables[0]
    assert tables[0] == tables[1] == tables[2]
    assert "Ngưỡng này chờ cơ quan có thẩm quyền xác nhận" in pages[0]
    for secret in ("Viettel", "VNPT", "Điện lực", "Trạm mật"):
        assert secret not in pages[0]


def test_the_file_hides_what_the_page_hides(app, ctx_of):
    with app.test_client().get("/exports/published-figures.csv") as answer:
        written = answer.get_data(as_text=True)
    with ctx_of(None, read_only=True) as ctx:
        found = read_published(ctx)
    names = [name for _key, name in found.communes]
    rows = {row[0]: row[1:] for row in csv.reader(io.StringIO(written), delimiter=";") if row and row[0] in names}
    said = [tuple("" if count is None else str(count) for count in counts) for counts in found.counts]
    assert [tuple(rows[name]) for name in names] == said


def test_the_threshold_is_a_dated_setting(ctx_of, app):
    with ctx_of("so.khcn") as ctx:
        get_setting(ctx, LEAST)
        command = AddSetting(LEAST, ctx.today, 1, "Quyết định thử", needs_verification=False, reason="Thử")
        add_setting(ctx, command)
    with ctx_of(None, read_only=True) as ctx:
        found = read_published(ctx)
    assert (found.hidden, found.is_confirmed) == (0, True)
    assert "Ngưỡng này chờ" not in app.test_client().get("/figures").text
