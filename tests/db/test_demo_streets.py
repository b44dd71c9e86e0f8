"""The streets of the demonstration: drawn, marked as sample, good for planning routes, and gone with it."""

import json
import re
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from config.settings import Settings
from registry.audit.chain import record
from registry.authz.actors import SYSTEM_ACTOR
from registry.demo import service
from registry.demo.cases import Stage
from registry.demo.clearing import remove_street_lines
from registry.demo.data import read_rows
from registry.demo.first_start import FirstStart
from registry.demo.structures import STREET_SOURCE
from registry.kernel.db.session import WEB_ROLE, Database
from registry.routelists.comments import comment, reply
from registry.routelists.models import RouteItem, RouteList
from registry.routelists.workflow import LIST
from registry.streets.models import RoadClass
from registry.streets.queries import streets_met
from registry.streets.reading import ReadLine
from registry.streets.rule_models import RuleKind, RuleState
from registry.streets.service import import_lines
from registry.wiring import create_app
from registry.workflow.engine import fire
from tests.db.test_demo import one, rows_of
from tests.support.demo import cleared_later, demo_url, live, owner
from tests.support.live import browser
from tests.support.streets import STREETS

__all__ = ["cleared_later", "demo_url", "live", "owner"]


def test_sample_structures_stand_along_streets_with_lines_that_say_what_they_are(owner):
    lines = rows_of(owner, STREETS)
    assert len(lines) > 500
    assert {source for *_street, source, _line in lines} == {STREET_SOURCE}
    assert {road_class for _code, _name, road_class, *_line in lines} == {"urban", "commune", "district"}
    off = """
        SELECT count(*) FROM structure s WHERE s.kind IN ('pole_line', 'technical_trench')
           AND NOT EXISTS (SELECT FROM street_line l JOIN street t ON t.id = l.street_id
                            WHERE t.name = s.road_name AND ST_Equals(l.line, s.geom))
    """
    assert one(owner, off) == 0


def test_the_sample_has_each_kind_of_rule_in_force_and_periods_without_digging_in_each_state(owner, demo_url, tmp_path):
    rules = rows_of(owner, "SELECT kind, state FROM street_rule")
    assert {kind for kind, state in rules if state == "in_force"} == {member.value for member in RuleKind}
    assert {state for kind, state in rules if kind == "no_dig"} == {member.value for member in RuleState}
    # Limited up to its day, and forbidden since.
    assert rows_of(owner, "SELECT valid_to < current_date FROM street_rule WHERE kind = 'temporary' ORDER BY 1") == [
        (False,),
        (True,),
    ]
    web = Database(demo_url, role=WEB_ROLE)
    app = create_app(Settings(secret_key="x" * 40, data_dir=tmp_path, testing=True), web)
    page = browser(app, "viettel").get("/street-rules/in-force").text
    for street in ("Đường Cao Thắng", "Đường Hàng Than", "Đường Trường Thi", "Đường Phan Bội Châu"):
        assert street in page
    for street in ("Đường trục Hàm Rồng", "Đường Trần Phú", "Đường Nguyễn Trãi"):
        assert street not in page, street
    web.dispose()


def test_clearing_removes_lists_with_rounds_and_answered_comments(cleared_later, tmp_path):
    web, own = cleared_later
    stage = Stage(web)
    with stage.acting("so.xaydung") as ctx:
        item_id, list_id = ctx.session.execute(
            select(RouteItem.id, RouteItem.route_list_id).where(RouteItem.number.is_not(None)).limit(1)
        ).one()
        comment_id = comment(ctx, item_id, "Thiếu ảnh", None).id
    with stage.acting("ubnd.xa") as ctx:
        reply(ctx, comment_id, "Đã gửi")
    with stage.acting("so.xaydung") as ctx:
        route_list = ctx.session.get_one(RouteList, list_id)
        due_on = ctx.today + timedelta(days=10)
        fire(ctx, LIST, list_id, "call", {"due_on": due_on}, version=route_list.version)
    service.clear(own, tmp_path / "demo-accounts.json")
    for table in ("route_comment_reply", "route_comment", "route_asked", "route_round", "route_list", "street_rule"):
        assert one(own, f"SELECT count(*) FROM {table}") == 0, table  # noqa: S608 - names of our own tables


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


def test_an_older_demonstration_gets_its_streets_at_the_next_start(cleared_later, owner, tmp_path):
    web, own = cleared_later
    with own.transaction(SYSTEM_ACTOR) as ctx:
        for table in ("street_rule", "street_line", "street"):
            ctx.session.execute(text(f"DELETE FROM {table}"))  # noqa: S608 - names of our own tables
        # An older demonstration never had any.
        ctx.session.execute(text("TRUNCATE street_line_history, street_history"))
        record(ctx, "test.older", "street", None)
    start = FirstStart(lambda: web, "38", demo=True, accounts_file=tmp_path / "demo-accounts.json", key="k" * 40)
    start()
    assert rows_of(own, STREETS) == rows_of(owner, STREETS)
    lines = one(own, "SELECT min(id) FROM street_line")
    start()
    assert one(own, "SELECT min(id) FROM street_line") == lines


def named():
    """The code of a commune of the demonstration and the names of two streets there."""
    first, second, *_rest = read_rows("street_lines")
    assert first["commune"] == second["commune"]
    return first["commune"], [first["name"], second["name"]]


def draw(web, commune, name, source):
    """Somebody's own line of a street."""
    points = ((105.7, 19.8), (105.71, 19.81))
    with web.transaction(SYSTEM_ACTOR) as ctx:
        import_lines(ctx, [ReadLine(name, None, RoadClass.URBAN, commune, points)], source)


def left(owner):
    """The streets with the source of their lines."""
    return rows_of(
        owner, "SELECT s.name, l.source FROM street_line l JOIN street s ON s.id = l.street_id ORDER BY 1, 2"
    )


def test_clearing_leaves_streets_that_others_have_drawn(cleared_later):
    web, own = cleared_later
    commune, (_known, drawn) = named()
    draw(web, commune, drawn, "Sở Xây dựng, 2027")
    with own.transaction(SYSTEM_ACTOR) as ctx:
        assert remove_street_lines(ctx.session) > 500
        record(ctx, "test.cleared", "street", None)
    assert left(own) == [(drawn, "Sở Xây dựng, 2027")]
    # Streets that a rule is about stay with it.
    bare = """
        SELECT count(*) FROM street s WHERE NOT EXISTS (SELECT FROM street_rule r WHERE r.street_id = s.id)
           AND NOT EXISTS (SELECT FROM street_line l WHERE l.street_id = s.id)
    """
    assert one(own, bare) == 0


@pytest.mark.trial
def test_clearing_leaves_streets_that_were_there_before_the_demonstration(live, tmp_path):
    web, own = live
    commune, (known_street, drawn) = named()
    draw(web, commune, known_street, "Sở Xây dựng")
    service.create_structures(web)
    draw(web, commune, drawn, "Sở Xây dựng, 2027")
    service.clear(own, tmp_path / "demo-accounts.json")
    assert left(own) == sorted([(known_street, "Sở Xây dựng"), (drawn, "Sở Xây dựng, 2027")])
    assert one(own, "SELECT count(*) FROM street") == 2


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
