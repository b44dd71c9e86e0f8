"""Works of roads, power and water: who is notified, where they are shown, and input that cannot be."""

import json
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from registry.kernel.errors import Forbidden, Invalid, MoveRefused, NotFound
from registry.notices.models import Notice
from registry.notices.queries import addressed_to
from registry.planned_routes.between import plan_between
from registry.planned_routes.queries import plan_along
from registry.planned_routes.settings import route_settings
from registry.routelists.linked_works import link_work, unlink_work, works_of_street
from registry.routelists.models import RouteItem
from registry.street_works.commands import ChangeWork
from registry.street_works.queries import count_on_street
from registry.street_works.service import change_work
from registry.streets.work_models import StreetWork
from registry.streets.work_models import StreetWorkState as S
from registry.streets.work_queries import works_at
from registry.structures.nearby.corridor import StreetCorridor
from registry.territory.models import AdminUnit, UnitLevel
from tests.factories.planned_routes import at, carrier, geojson, street
from tests.factories.routelists import line, propose
from tests.factories.street_works import VALUES, move, work
from tests.factories.structures import make, organisation_id
from tests.support.clock import NOW

ROAD = ((0, 0), (1000, 0))
A_DAY = timedelta(days=1)


def refused(call):
    with pytest.raises(Invalid) as caught:
        call()
    return {name: " ".join(texts) for name, texts in caught.value.fields.items()}


def of(ctx_of, work_id, *names):
    with ctx_of("so.khcn", read_only=True) as ctx:
        case = ctx.session.get_one(StreetWork, work_id)
        return tuple(getattr(case, name) for name in names)


def notified(ctx_of, *usernames):
    """The names of these accounts that have a notice of announced work."""
    reached = set()
    for username in usernames:
        with ctx_of(username, read_only=True) as ctx:
            query = select(Notice.id).where(addressed_to(ctx.actor), Notice.subject_kind == "street_work")
            if ctx.session.scalars(query).first() is not None:
                reached.add(username)
    return reached


def shown(works):
    return [each.id for each in works]


def test_owners_along_the_line_and_offices_are_notified_and_others_are_not(ctx_of):
    with ctx_of("viettel") as ctx:
        carrier(ctx, "manhole", (500, 20), owner="viettel")
    with ctx_of("vnpt") as ctx:
        carrier(ctx, "manhole", (500, 60), owner="vnpt")
    work(ctx_of, *ROAD)
    everyone = ("viettel", "vnpt", "so.khcn", "so.xaydung", "so.taichinh", "dienluc")
    assert notified(ctx_of, *everyone) == {"viettel", "so.khcn", "so.xaydung"}


def test_the_communes_of_the_line_are_notified_also_where_a_shorter_part_lies(ctx_of):
    work_id = work(ctx_of, *ROAD)
    with ctx_of(None, read_only=True) as ctx:
        (event,) = ctx.session.scalars(select(Notice).where(Notice.subject_kind == "street_work")).all()
        group = next(group for group in event.groups if group["party"] == "communes")
        assert ctx.session.get_one(StreetWork, work_id).unit_id in group["unit_ids"]
        crossed = select(AdminUnit.id).where(
            AdminUnit.level == UnitLevel.COMMUNE,
            AdminUnit.in_force(ctx.today),
            AdminUnit.geom.ST_Intersects(select(StreetWork.shape).where(StreetWork.id == work_id).scalar_subquery()),
        )
        assert set(ctx.session.scalars(crossed)) == set(group["unit_ids"])


def test_a_named_street_takes_its_line_and_an_unknown_one_is_refused(ctx_of):
    with ctx_of("quantri") as ctx:
        street(ctx, "Quốc lộ 47", *ROAD)
    work_id = work(ctx_of, street="quốc lộ 47")
    assert of(ctx_of, work_id, "state", "street_id")[0] is S.ANNOUNCED
    assert of(ctx_of, work_id, "street_id")[0] is not None
    assert "“Đường Không Có”" in refused(lambda: work(ctx_of, street="Đường Không Có"))["street"]
    assert "vẽ tuyến" in refused(lambda: work(ctx_of))["street"]


def test_a_period_that_ends_before_it_begins_or_is_over_is_refused(ctx_of):
    backwards = {"starts_on": date(2027, 2, 1), "ends_on": date(2027, 1, 1)}
    assert "01/01/2027" in refused(lambda: work(ctx_of, *ROAD, **backwards))["ends_on"]
    over = {"starts_on": date(2026, 11, 1), "ends_on": NOW.date() - A_DAY}
    assert "24/11/2026" in refused(lambda: work(ctx_of, *ROAD, **over))["ends_on"]
    today = {"starts_on": NOW.date(), "ends_on": NOW.date()}
    assert work(ctx_of, *ROAD, **today)


def test_a_line_outside_of_the_province_or_across_itself_is_refused(ctx_of):
    hanoi = json.dumps({"type": "LineString", "coordinates": [[105.8, 20.99], [105.82, 21.0]]})
    assert "ngoài địa bàn tỉnh" in refused(lambda: work(ctx_of, line=hanoi))["position"]
    crossing = geojson((0, 0), (100, 100), (100, 0), (0, 100))
    assert "tự cắt" in refused(lambda: work(ctx_of, line=crossing))["position"]
    far = geojson((0, 0), (-52_000, 1000))
    assert "50\xa0km" in refused(lambda: work(ctx_of, line=far))["position"]


def test_a_dissolved_commune_is_refused_with_its_successors(ctx_of):
    with ctx_of("quantri") as ctx:
        street(ctx, "Quốc lộ 47", *ROAD)
        ended = ctx.session.scalars(
            select(AdminUnit.id).where(AdminUnit.level == UnitLevel.COMMUNE, AdminUnit.valid_to < ctx.today).limit(1)
        ).one()
    assert "đã kết thúc ngày" in refused(lambda: work(ctx_of, street="Quốc lộ 47", commune=ended))["commune"]


def test_a_trench_that_is_not_dug_has_no_measures(ctx_of):
    errors = refused(lambda: work(ctx_of, *ROAD, is_dug=False))
    assert set(errors) == {"width_m", "depth_m"}
    assert work(ctx_of, *ROAD, is_dug=False, width_m=None, depth_m=None)


def test_a_commune_announces_in_its_area_alone_and_operators_not_at_all(ctx_of):
    assert (
        "ngoài địa bàn của đơn vị"
        in refused(lambda: work(ctx_of, (-15_000, 0), (-14_900, 0), username="ubnd.xa"))["position"]
    )
    with pytest.raises(Forbidden):
        work(ctx_of, *ROAD, username="viettel")


def test_the_same_work_is_announced_once_until_it_is_over(ctx_of):
    first = work(ctx_of, *ROAD)
    with pytest.raises(Exception, match="uq_street_work_open"):
        work(ctx_of, *ROAD)
    move(ctx_of, first, "cancel", text="Hoãn vốn")
    assert work(ctx_of, *ROAD)


def test_work_is_postponed_begun_and_finished_in_order_by_its_announcer_alone(ctx_of):
    work_id = work(ctx_of, *ROAD)
    same = {"starts_on": VALUES["starts_on"], "ends_on": VALUES["ends_on"], "text": "Mưa"}
    assert "không đổi" in refused(lambda: move(ctx_of, work_id, "postpone", **same))["starts_on"]
    for username in ("so.xaydung", "viettel", "ubnd.xa"):
        with pytest.raises(Forbidden):
            move(ctx_of, work_id, "cancel", username=username, text="Không được")
    later = {"starts_on": date(2027, 1, 5), "ends_on": date(2027, 2, 5), "text": "Mưa"}
    assert move(ctx_of, work_id, "postpone", **later) is S.POSTPONED
    assert "chưa đến" in refused(lambda: move(ctx_of, work_id, "start", started_on=NOW.date() + A_DAY))["started_on"]
    assert move(ctx_of, work_id, "start", started_on=NOW.date()) is S.IN_WORK
    early = {"finished_on": NOW.date() - A_DAY}
    assert "25/11/2026" in refused(lambda: move(ctx_of, work_id, "finish", **early))["finished_on"]
    assert move(ctx_of, work_id, "finish", finished_on=NOW.date()) is S.FINISHED
    assert of(ctx_of, work_id, "started_on", "finished_on") == (NOW.date(), NOW.date())
    with pytest.raises(MoveRefused):
        move(ctx_of, work_id, "cancel", text="Thôi")


def test_a_correction_keeps_place_and_period_and_ends_with_the_start(ctx_of):
    work_id = work(ctx_of, *ROAD)
    names = ("kind", "work", "is_dug", "width_m", "depth_m", "contact_name", "contact_phone", "note")
    values = {name: VALUES[name] for name in names} | {"depth_m": Decimal("2.5"), "work": "Thay ống D300"}

    def correct(version):
        with ctx_of("dienluc") as ctx:
            change_work(ctx, ChangeWork(work_id, version, values))

    (version,) = of(ctx_of, work_id, "version")
    correct(version)
    assert of(ctx_of, work_id, "title", "depth_m", "starts_on") == (
        "Thay ống D300",
        Decimal("2.50"),
        VALUES["starts_on"],
    )
    move(ctx_of, work_id, "start", started_on=NOW.date())
    (version,) = of(ctx_of, work_id, "version")
    with pytest.raises(MoveRefused):
        correct(version)


def test_works_of_a_place_are_those_of_its_street_and_period(ctx_of):
    along = work(ctx_of, *ROAD)
    elsewhere = work(ctx_of, (0, 500), (1000, 500), work="Việc khác")
    with ctx_of("viettel", read_only=True) as ctx:
        line_of_street = geojson((0, 5), (900, 5))
        assert shown(works_at(ctx, line_of_street, ctx.today)) == [along]
        assert shown(works_at(ctx, geojson((0, 505), (900, 505)), ctx.today)) == [elsewhere]
        assert shown(works_at(ctx, line_of_street, date(2026, 11, 1), date(2026, 12, 9))) == []
        assert shown(works_at(ctx, line_of_street, date(2026, 12, 10), date(2026, 12, 10))) == [along]
        assert shown(works_at(ctx, line_of_street, date(2027, 1, 20))) == [along]
        assert shown(works_at(ctx, line_of_street, date(2027, 1, 21))) == []
        # A street that only ends at it.
        assert shown(works_at(ctx, geojson((500, 2), (500, 14)), ctx.today)) == []
        corridor = StreetCorridor(1, "Đường", line_of_street, 20)
        assert ctx.session.scalar(count_on_street(ctx, corridor)) == 1
    move(ctx_of, along, "cancel", text="Thôi")
    with ctx_of("viettel", read_only=True) as ctx:
        assert works_at(ctx, geojson((0, 5), (900, 5)), ctx.today) == []


def test_work_that_runs_late_still_goes_on(ctx_of):
    work_id = work(ctx_of, *ROAD, starts_on=NOW.date(), ends_on=NOW.date())
    move(ctx_of, work_id, "start", started_on=NOW.date())
    with ctx_of("viettel", read_only=True) as ctx:
        assert shown(works_at(ctx, geojson((0, 5), (900, 5)), date(2027, 3, 1))) == [work_id]


def test_a_planned_route_names_the_works_along_it_and_the_steps_that_dig_with_them(ctx_of):
    with ctx_of("quantri") as ctx:
        street(ctx, "Quốc lộ 47", *ROAD)
    dug = work(ctx_of, *ROAD)
    work(ctx_of, *ROAD, work="Sơn vạch kẻ đường", is_dug=False, width_m=None, depth_m=None)
    with ctx_of("viettel", read_only=True) as ctx:
        settings = route_settings(ctx)
        plan = plan_along(ctx, geojson(*ROAD), settings, corridor_m=20, need=1, option="any")
        assert len(plan.works) == 2
        paths = plan_between(ctx, geojson((100, 0), (800, 0)), settings, need=1)
        steps = [step for path in paths.paths for step in path.steps]
        assert {each.id for step in steps for each in step.works} == {dug}


def test_a_street_of_a_list_shows_the_works_of_its_period_and_links_them(ctx_of):
    lon, lat = at(0)
    end_lon, end_lat = at(800)
    item_id = propose(ctx_of, position=line((lon, lat), (end_lon, end_lat)), username="so.xaydung")
    work_id = work(ctx_of, *ROAD)
    before = work(ctx_of, *ROAD, work="Trước thời gian", starts_on=NOW.date(), ends_on=date(2026, 12, 31))
    (number,) = of(ctx_of, work_id, "number")
    (other,) = of(ctx_of, before, "number")
    with ctx_of("so.xaydung") as ctx:
        item = ctx.session.get_one(RouteItem, item_id)
        assert shown(works_of_street(ctx, item)[1]) == [work_id]
        with pytest.raises(Invalid):
            link_work(ctx, item_id, item.version, other)
        link_work(ctx, item_id, item.version, number.lower())
        assert shown(works_of_street(ctx, item)[0]) == [work_id]
        assert works_of_street(ctx, item)[1] == []
    with ctx_of("so.congthuong") as ctx, pytest.raises((Forbidden, NotFound)):
        unlink_work(ctx, item_id, 1, number)
    with ctx_of("so.xaydung") as ctx:
        item = ctx.session.get_one(RouteItem, item_id)
        unlink_work(ctx, item_id, item.version, number)
        assert works_of_street(ctx, item)[0] == []


def test_an_unpublished_structure_changes_nothing_that_the_announcer_reads(ctx_of):
    with ctx_of("viettel") as ctx:
        make(ctx, at=at(500), kind="manhole", sharing_status="not_assessed")
        viettel = organisation_id(ctx.session, "viettel")
    work(ctx_of, *ROAD)
    assert notified(ctx_of, "viettel") == {"viettel"}
    with ctx_of("dienluc", read_only=True) as ctx:
        readable = ctx.session.scalars(select(Notice).where(addressed_to(ctx.actor))).all()
        assert all(viettel not in group["organisation_ids"] for notice in readable for group in notice.groups)
