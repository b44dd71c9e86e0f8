"""The streets of the demonstration: drawn, marked as sample, good for planning routes, and gone with it."""

import json
import re

from config.settings import Settings
from registry.authz.actors import SYSTEM_ACTOR
from registry.demo import province, service, street_lines
from registry.demo.first_start import FirstStart
from registry.kernel.db.session import WEB_ROLE, Database
from registry.streets.lines import streets_met
from registry.streets.models import RoadClass
from registry.streets.reading import ReadLine
from registry.streets.service import take_lines
from registry.wiring import create_app
from tests.db.test_demo import one, rows_of
from tests.support.demo import demo_url, live, owner
from tests.support.live import browser
from tests.support.streets import STREETS

__all__ = ["demo_url", "live", "owner"]


def test_sample_structures_stand_along_streets_with_lines_that_say_what_they_are(owner):
    lines = rows_of(owner, STREETS)
    assert len(lines) > 500
    assert {source for *_street, source, _line in lines} == {street_lines.SOURCE}
    assert {road_class for _code, _name, road_class, *_line in lines} == {"urban", "commune", "district"}
    off = """
        SELECT count(*) FROM structure s WHERE s.kind IN ('pole_line', 'technical_trench')
           AND NOT EXISTS (SELECT FROM street_line l JOIN street t ON t.id = l.street_id
                            WHERE t.name = s.road_name AND ST_Equals(l.line, s.geom))
    """
    assert one(owner, off) == 0


def test_a_route_follows_and_crosses_the_streets_of_the_demonstration(owner):
    query = """
        SELECT ST_AsGeoJSON(l.line), s.name FROM street_line l JOIN street s ON s.id = l.street_id
         WHERE s.name NOT LIKE 'Đường trục%' ORDER BY l.id LIMIT 1
    """
    [(geojson, name)] = rows_of(owner, query)
    with owner.session() as session:
        met = streets_met(session, geojson, 15, 0.001)
        assert name in {street.label for street in met if street.along_m > 100}
        assert [street.label for street in met if street.label.startswith("Đường trục")]
        (trunk,) = [street for street in met if street.label.startswith("Đường trục")]
        assert trunk.crossed_at


def test_an_older_demonstration_gets_its_streets_at_the_next_start(live, owner, tmp_path, monkeypatch):
    web, own = live
    with monkeypatch.context() as before:
        before.setattr(street_lines, "write", lambda _ctx, _laid: None)
        service.create_structures(web)
    assert rows_of(own, STREETS) == []
    start = FirstStart(lambda: web, "38", demo=True, accounts_file=tmp_path / "demo-accounts.json")
    start()
    assert rows_of(own, STREETS) == rows_of(owner, STREETS)
    lines = one(own, "SELECT min(id) FROM street_line")
    start()
    assert one(own, "SELECT min(id) FROM street_line") == lines


def test_clearing_leaves_streets_that_others_have_drawn(live, tmp_path):
    web, owner = live
    with web.transaction(SYSTEM_ACTOR) as ctx:
        laid = province.laid_out(ctx.session, ctx.today)
        commune, streets = next(one for one in laid if one[1])
        known, drawn = streets[0].name, streets[1].name
        known, drawn = (name[0].upper() + name[1:] for name in (known, drawn))
        points = ((105.7, 19.8), (105.71, 19.81))
        take_lines(ctx, [ReadLine(known, None, RoadClass.URBAN, commune.code, points)], "Sở Xây dựng")
    service.create_structures(web)
    with web.transaction(SYSTEM_ACTOR) as ctx:
        take_lines(ctx, [ReadLine(drawn, None, RoadClass.URBAN, commune.code, points)], "Sở Xây dựng, 2027")
    cleared = service.clear(owner, tmp_path / "demo-accounts.json")
    assert cleared.street_lines > 500
    assert sorted(rows_of(owner, "SELECT s.name, l.source FROM street_line l JOIN street s ON s.id = l.street_id")) == [
        *sorted([(known, "Sở Xây dựng"), (drawn, "Sở Xây dựng, 2027")])
    ]
    assert one(owner, "SELECT count(*) FROM street") == 2


def test_the_pages_of_routes_name_streets_of_the_demonstration(demo_url, owner, tmp_path):
    trunk = """
        SELECT s.name, ST_AsGeoJSON(ST_LineSubstring(l.line, 0, least(1, 800 / ST_Length(l.line::geography))))
          FROM street_line l JOIN street s ON s.id = l.street_id
         WHERE s.road_class = 'urban' AND s.name LIKE 'Đường trục%' ORDER BY l.id LIMIT 1
    """
    [(name, geojson)] = rows_of(owner, trunk)
    points = json.loads(geojson)["coordinates"]
    web = Database(demo_url, role=WEB_ROLE)
    app = create_app(Settings(secret_key="x" * 40, data_dir=tmp_path, testing=True), web)
    client = browser(app, "so.khcn")
    page = client.get("/planned-routes", query_string={"points": typed(points)})
    assert page.status_code == 200
    assert name in page.text.partition('id="streets"')[2].partition("</section>")[0]
    page = client.get("/planned-routes/paths", query_string={"points": typed([points[0], points[-1]])})
    assert page.status_code == 200
    assert int(re.search(r"còn chỗ và (\d+) đoạn đường", page.text).group(1)) > 1
    assert name in page.text.partition('id="path-')[2]
    assert "Đào mới dọc đường" in page.text
    web.dispose()


def typed(points):
    """Places as an address of the planning of routes has them."""
    return ";".join(f"{lat},{lon}" for lon, lat in points)
