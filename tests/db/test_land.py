"""The ground that the program draws itself, and outlines that a newer version draws anew; imports replace both."""

import pytest
from sqlalchemy import func, select, text

from registry.audit.chain import record, write_pending
from registry.audit.queries import events_query
from registry.authz.actors import SYSTEM_ACTOR
from registry.basemap.ground import draw_ground
from registry.basemap.models import BasemapFeature, BasemapLayer
from registry.basemap.queries import attributions, is_own_ground, tile, tiles_version
from registry.basemap.service import clear, import_folder
from registry.demo.first_start import FirstStart
from registry.kernel.db.session import WEB_ROLE, Database
from registry.kernel.errors import Forbidden
from registry.territory.models import AdminUnit, ApproximateOutlines, ExtentQuality
from registry.territory.seed import lacks_present_outlines, outlines_made_as, redraw
from tests.factories.planned_routes import street
from tests.support import shared
from tests.support.grounds import THANKS, small_ground
from tests.support.outsider import tile_at

database, app, ctx_of, client_of, taken_back = shared.FIXTURES
pytestmark = pytest.mark.usefixtures("drawn")

PROVINCE = "38"
HAC_THANH = (105.776, 19.807)
BOX = "SRID=4326;MULTIPOLYGON(((105.7 19.7, 105.9 19.7, 105.9 19.9, 105.7 19.9, 105.7 19.7)))"


@pytest.fixture(scope="module")
def drawn(ctx_of):
    """The ground of a first start."""
    with ctx_of("quantri") as ctx:
        assert draw_ground(ctx, PROVINCE)


def words_of(ctx_of, zoom, lon, lat):
    with ctx_of(None, read_only=True) as ctx:
        return tile(ctx.session, zoom, *tile_at(lon, lat, zoom), ctx.today)


def test_land_neighbours_sea_and_towns_are_named_from_the_first_start(ctx_of, drawn):
    province = words_of(ctx_of, 6, 105.3, 19.9)
    for name in ("land", "rivers", "provinces_around", "Lào", "Nghệ An", "Ninh Bình", "Vịnh Bắc Bộ", "Sầm Sơn"):
        assert name.encode() in province or name == "rivers", name
    assert "Biển Đông".encode() in words_of(ctx_of, 4, 112.8, 13.6)
    assert "Quần đảo Hoàng Sa (Việt Nam)".encode() in words_of(ctx_of, 4, 112, 16.5)
    near = words_of(ctx_of, 10, *HAC_THANH)
    for name in ("communes", "Phường Hạc Thành", "Hạc Thành", "ward", "Xã Quảng Ninh", "rivers"):
        assert name.encode() in near, name
    # A name stands in one tile, and former communes in none.
    assert "Phường Điện Biên".encode() not in near
    with ctx_of(None, read_only=True) as ctx:
        assert is_own_ground(ctx.session)
        assert "Natural Earth" in attributions(ctx.session)[0]


def test_main_roads_and_the_railway_are_drawn_with_the_streets_of_the_register(ctx_of, drawn):
    province = words_of(ctx_of, 8, 105.8, 19.8)
    for name in ("Quốc lộ 1A", "main", "rail"):
        assert name.encode() in province, name
    assert b"minor" not in province
    assert b"minor" in words_of(ctx_of, 10, 105.2, 20.3)
    with ctx_of("quantri") as ctx:
        street(ctx, "Phố thử", (-50, 0), (50, 0))
    assert "Phố thử".encode() in words_of(ctx_of, 14, *HAC_THANH)
    with ctx_of(None, read_only=True) as ctx:
        assert "CC BY-SA 4.0" in attributions(ctx.session)[0]


def test_the_sea_is_no_land(ctx_of, drawn):
    assert b"land" in words_of(ctx_of, 12, *HAC_THANH)
    assert words_of(ctx_of, 12, 106.6, 19.2) == b""


def test_drawing_it_again_changes_nothing_until_the_way_of_drawing_changes(ctx_of, drawn, monkeypatch):
    with ctx_of("quantri") as ctx:
        before = ctx.session.scalar(select(func.max(BasemapFeature.id)))
        assert not draw_ground(ctx, PROVINCE)
        monkeypatch.setattr("registry.basemap.ground._METHOD", 99)
        assert draw_ground(ctx, PROVINCE)
        assert ctx.session.scalar(select(func.min(BasemapFeature.id))) > before


def test_an_import_replaces_all_of_it_and_clearing_brings_it_back(ctx_of, drawn, tmp_path):
    with ctx_of("quantri") as ctx:
        import_folder(ctx, small_ground(tmp_path))
        assert set(ctx.session.scalars(select(BasemapLayer.code))) == {"land", "rivers", "roads"}
        assert (attributions(ctx.session), is_own_ground(ctx.session)) == ([THANKS], False)
        assert not draw_ground(ctx, PROVINCE)
    assert "Lào".encode() not in words_of(ctx_of, 6, 105.3, 19.9)
    # Communes are the register's own, whatever lies under them.
    assert "Phường Hạc Thành".encode() in words_of(ctx_of, 10, *HAC_THANH)
    with ctx_of("quantri") as ctx:
        assert clear(ctx) == 3
        assert draw_ground(ctx, PROVINCE)
        assert clear(ctx) == 0
    assert "Lào".encode() in words_of(ctx_of, 6, 105.3, 19.9)


def test_neighbours_end_at_the_official_outline_once_there_is_one(ctx_of, drawn):
    with ctx_of("quantri") as ctx:
        ctx.session.execute(
            text("UPDATE admin_unit SET extent_quality = 'official', geom = :box WHERE level = 'province'"),
            {"box": BOX},
        )
        record(ctx, "territory.import", "admin_unit", None)
        ctx.session.expire_all()
        assert draw_ground(ctx, PROVINCE)
        common = ctx.session.scalar(
            text(
                "SELECT sum(ST_Area(ST_Intersection(geom, ST_Transform(CAST(:box AS geometry), 3857))))"
                " FROM basemap_feature WHERE layer = 'provinces_around'"
            ),
            {"box": "SRID=4326;POLYGON((105.71 19.71, 105.89 19.71, 105.89 19.89, 105.71 19.89, 105.71 19.71))"},
        )
        assert common < 1


def test_only_who_may_import_boundaries_may_draw(ctx_of):
    with ctx_of("so.khcn") as ctx:
        for act in (draw_ground, redraw):
            with pytest.raises(Forbidden):
                act(ctx, PROVINCE)


def qualities(ctx):
    query = select(AdminUnit.extent_quality, func.count()).group_by(AdminUnit.extent_quality)
    return {row.extent_quality: row[1] for row in ctx.session.execute(query)}


def test_a_register_with_older_outlines_takes_the_present_ones_and_keeps_the_official(ctx_of):
    with ctx_of("quantri") as ctx:
        assert not lacks_present_outlines(ctx)
        before = qualities(ctx)
        shapes = ctx.session.execute(text("SELECT id, md5(ST_AsBinary(geom)) FROM admin_unit ORDER BY id")).all()
        # As an older version left it: other outlines, and one commune with an official one.
        older = text("UPDATE admin_unit SET geom = :box WHERE extent_quality = 'approximate'")
        ctx.session.execute(older, {"box": BOX})
        ctx.session.execute(
            text("UPDATE admin_unit SET extent_quality = 'official' WHERE code = '14758' AND valid_to IS NULL")
        )
        ctx.session.execute(text("UPDATE approximate_outlines SET made_as = '0-older'"))
        record(ctx, "territory.import", "admin_unit", None)
    with ctx_of("quantri") as ctx:
        assert lacks_present_outlines(ctx)
        official = qualities(ctx)[ExtentQuality.OFFICIAL]
        changed = redraw(ctx, PROVINCE)
        assert changed == before[ExtentQuality.APPROXIMATE] - official
        assert not lacks_present_outlines(ctx)
        assert ctx.session.scalar(select(ApproximateOutlines.made_as)) == outlines_made_as()
    with ctx_of("quantri") as ctx:
        assert redraw(ctx, PROVINCE) == 0
        kept = text("SELECT count(*) FROM admin_unit WHERE geom = :box")
        assert ctx.session.scalar(kept, {"box": BOX}) == official
        now = ctx.session.execute(text("SELECT id, md5(ST_AsBinary(geom)) FROM admin_unit ORDER BY id")).all()
        assert sum(shape != other for shape, other in zip(shapes, now, strict=True)) == official
    with ctx_of("so.khcn", read_only=True) as ctx:
        assert "territory.redraw" in {event.action for event in ctx.session.execute(events_query(ctx))}


def test_streets_of_the_register_are_drawn_by_class_until_roads_are_imported(ctx_of, drawn, tmp_path):
    add = text(
        "WITH added AS (INSERT INTO street (name, road_class) VALUES (:name, :road_class) RETURNING id)"
        " INSERT INTO street_line (street_id, line, source)"
        " SELECT id, ST_GeomFromText('LINESTRING(105.77 19.80, 105.79 19.82)', 4326), 'Thử' FROM added"
    )
    with ctx_of("quantri") as ctx:
        before = tiles_version(ctx.session)
        for name, road_class in (("Quốc lộ 99", "national"), ("Đường tỉnh 98", "provincial"), ("Đường Thử", "urban")):
            ctx.session.execute(add, {"name": name, "road_class": road_class})
        record(ctx, "streets.import", "street_line", None)
        assert tiles_version(ctx.session) != before
    words_by_zoom = {zoom: words_of(ctx_of, zoom, *HAC_THANH) for zoom in (8, 10, 12)}
    named = {
        name: [zoom for zoom in words_by_zoom if name.encode() in words_by_zoom[zoom]]
        for name in ("Quốc lộ 99", "Đường tỉnh 98")
    }
    assert named == {"Quốc lộ 99": [8, 10, 12], "Đường tỉnh 98": [10, 12]}
    assert "Đường Thử".encode() in words_by_zoom[12]
    assert "Đường Thử".encode() not in words_by_zoom[10]
    with ctx_of("quantri") as ctx:
        import_folder(ctx, small_ground(tmp_path))
    assert "Quốc lộ 99".encode() not in words_of(ctx_of, 12, *HAC_THANH)


def test_a_start_of_a_newer_version_draws_outlines_and_ground_once(live_url, tmp_path, capsys):
    database = Database(live_url, role=WEB_ROLE)
    database.before_commit.append(write_pending)
    start = FirstStart(lambda: database, PROVINCE, demo=False, accounts_file=tmp_path / "none", key="k" * 40)
    with database.transaction(SYSTEM_ACTOR) as ctx:
        ctx.session.execute(text("UPDATE approximate_outlines SET made_as = '0-older'"))
    start()
    assert "Đã vẽ lại ranh giới gần đúng của 0 đơn vị." in capsys.readouterr().out
    with database.transaction(SYSTEM_ACTOR, read_only=True) as ctx:
        drawn_at = set(ctx.session.scalars(select(BasemapLayer.imported_at)))
        assert is_own_ground(ctx.session)
    start()
    assert "vẽ lại" not in capsys.readouterr().out
    with database.transaction(SYSTEM_ACTOR, read_only=True) as ctx:
        assert set(ctx.session.scalars(select(BasemapLayer.imported_at))) == drawn_at
    database.dispose()
