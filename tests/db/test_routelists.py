"""Streets: what may be written down, how their review goes, who sees them."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError

from registry.audit.models import AuditEvent
from registry.authz.scopes import visible
from registry.kernel.errors import Conflict, Forbidden, Invalid, MoveRefused, NotFound
from registry.notices.models import Notice
from registry.notices.queries import addressed_to
from registry.routelists.commands import EditRouteItem, ProposeItem
from registry.routelists.models import RouteItem
from registry.routelists.queries import get_item
from registry.routelists.service import edit_item, propose_item
from registry.routelists.workflow import ITEM
from registry.territory.queries import get_unit
from registry.workflow.engine import fire, touch
from registry.workflow.jobs import run_clocks
from tests.factories.routelists import (
    a_list,
    agreed,
    line,
    move,
    propose,
    sent,
    state_of,
    street_at,
    values,
)
from tests.factories.structures import place_inside, place_outside


@pytest.fixture
def point_inside(ctx_of):
    """A place in the area of ubnd.xa."""
    with ctx_of("ubnd.xa") as ctx:
        return place_inside(ctx.session, ctx.actor.unit_ids)


def refusal(ctx_of, street_line, **texts):
    """The sentence with which a street is refused."""
    with pytest.raises(Invalid) as refused:
        propose(ctx_of, position=street_line, **texts)
    return refused.value.fields


def test_a_street_has_its_commune_its_length_in_metres_and_its_title(ctx_of):
    item_id = propose(ctx_of)
    with ctx_of("ubnd.xa") as ctx:
        item = get_item(ctx, item_id)
        assert item.commune_id in ctx.actor.unit_ids
        assert item.organisation_id == ctx.actor.organisation_id
        # 0.002° to the north-east: 221 m north, 209 m east.
        assert 295 < item.length_m < 312
        assert item.title == "Đường Trần Phú (Ngã tư Phú Sơn – Cầu Cốc)"
        assert item.number is None


def test_a_line_that_crosses_itself_is_refused_in_words(ctx_of, point_inside):
    lon, lat = point_inside
    eight = line((lon, lat), (lon + 0.002, lat), (lon + 0.002, lat + 0.001), (lon + 0.001, lat - 0.001))
    assert "tự cắt" in refusal(ctx_of, eight)["position"][0]


def test_a_line_longer_than_fifty_kilometres_is_refused_with_its_length(ctx_of, point_inside):
    lon, lat = point_inside
    zigzag = line(*((lon + (number % 2) * 0.01, lat + number * 0.0001) for number in range(60)))
    assert "tối đa 50 km" in refusal(ctx_of, zigzag)["position"][0]


def test_a_line_in_another_commune_is_refused_with_its_name_and_metres(ctx_of):
    with ctx_of("ubnd.xa") as ctx:
        elsewhere = ctx.session.execute(
            text(
                "SELECT ST_X(place), ST_Y(place), unit.name FROM admin_unit unit, ST_PointOnSurface(unit.geom) place"
                " WHERE unit.level = 'commune' AND unit.valid_to IS NULL AND unit.id <> ALL(:own)"
                " ORDER BY ST_Distance(place, (SELECT ST_Union(geom) FROM admin_unit WHERE id = ANY(:own)))"
                " DESC LIMIT 1"
            ),
            {"own": sorted(ctx.actor.unit_ids)},
        ).one()
    sentence = refusal(ctx_of, street_at(elsewhere[0], elsewhere[1], 0.0005))["position"][0]
    assert elsewhere[2] in sentence
    assert "ngoài địa bàn của đơn vị" in sentence
    assert "\u00a0m của tuyến" in sentence


def test_a_part_outside_counts_only_beyond_what_the_outline_may_be_off(ctx_of, point_inside):
    """From the area straight on for 40 km: the metres named are fewer than the line has."""
    lon, lat = point_inside
    with ctx_of("ubnd.xa") as ctx:
        outside = place_outside(ctx.session, ctx.actor.unit_ids)
    direction = 1 if outside[0] > lon else -1
    sentence = refusal(ctx_of, line((lon, lat), (lon + direction * 0.3, lat)))["position"][0]
    assert "ngoài địa bàn" in sentence


def test_a_line_outside_the_province_is_refused(ctx_of):
    assert "ngoài địa bàn tỉnh" in refusal(ctx_of, line((105.0, 21.5), (105.001, 21.5)))["position"][0]


def test_the_database_itself_refuses_a_crossing_line(ctx_of):
    item_id = propose(ctx_of)
    crossing = "SRID=4326;LINESTRING(105 20, 105.01 20, 105.01 20.01, 105.005 19.99)"
    with pytest.raises(IntegrityError, match="ck_route_item_line_simple"), ctx_of("ubnd.xa") as ctx:
        ctx.session.execute(update(RouteItem).where(RouteItem.id == item_id).values(line=crossing))


def test_years_in_the_wrong_order_and_unknown_kinds_are_refused_at_their_fields(ctx_of, point_inside):
    assert "2026" in refusal(ctx_of, street_at(*point_inside), wanted_to_year="2026")["wanted_to_year"][0]
    list_id = a_list(ctx_of)
    with pytest.raises(Invalid) as refused, ctx_of("ubnd.xa") as ctx:
        propose_item(ctx, ProposeItem(list_id, values(), ("bridge",), street_at(*point_inside)))
    assert "“bridge”" in refused.value.fields["planned_kinds"][0]


def test_communes_operators_and_the_departments_propose_each_its_own_streets(ctx_of, point_inside):
    list_id = a_list(ctx_of)
    for number, username in enumerate(("so.xaydung", "so.khcn", "viettel", "dienluc")):
        street = street_at(point_inside[0], point_inside[1] - number / 500)
        item_id = propose(ctx_of, username=username, position=street, from_place=f"Số {number}")
        move(ctx_of, username, item_id, "submit")
        with pytest.raises(Forbidden):
            move(ctx_of, "ubnd.tinh", item_id, "withdraw")
        move(ctx_of, "so.xaydung", item_id, "return", text="Thiếu ảnh")
        if username == "so.xaydung":
            # What somebody does is no notice to the same person.
            continue
        with ctx_of(username, read_only=True) as ctx:
            query = select(Notice.id).where(Notice.event == "return", Notice.subject_id == item_id)
            assert ctx.session.scalar(query.where(addressed_to(ctx.actor))), username
    for username in ("kiemtra1", "ubnd.tinh", "so.taichinh"):
        with pytest.raises(Forbidden), ctx_of(username) as ctx:
            propose_item(ctx, ProposeItem(list_id, values(), (), street_at(*point_inside)))


def test_a_review_takes_fifteen_working_days_and_pauses_while_returned(ctx_of):
    # Monday 04/01/2027; no holiday until Tết on 05/02.
    item_id = sent(ctx_of, now=datetime(2027, 1, 4, 3, tzinfo=UTC))
    with ctx_of("so.xaydung") as ctx:
        assert get_item(ctx, item_id).due_at == datetime(2027, 1, 25, 17, tzinfo=UTC)
    move(ctx_of, "so.xaydung", item_id, "return", now=datetime(2027, 1, 6, 3, tzinfo=UTC), text="Thiếu hiện trạng cáp")
    with ctx_of("so.xaydung") as ctx:
        assert get_item(ctx, item_id).due_at is None
    move(ctx_of, "ubnd.xa", item_id, "resubmit", now=datetime(2027, 1, 8, 3, tzinfo=UTC))
    with ctx_of("so.xaydung") as ctx:
        # The days from 06/01 to 08/01 do not count.
        assert get_item(ctx, item_id).due_at == datetime(2027, 1, 28, 17, tzinfo=UTC)


def test_a_review_that_is_late_is_told_to_the_lead_department_and_can_still_be_answered(ctx_of, database):
    item_id = sent(ctx_of, now=datetime(2027, 1, 4, 3, tzinfo=UTC))
    assert run_clocks(database, datetime(2027, 1, 25, 17, tzinfo=UTC) - timedelta(minutes=1)).moved == 0
    assert run_clocks(database, datetime(2027, 1, 25, 17, tzinfo=UTC)).moved == 1
    assert state_of(ctx_of, item_id) == "overdue"
    with ctx_of("so.khcn") as ctx:
        query = select(Notice).where(Notice.subject_kind == "routeitem", Notice.event == "lapse")
        told = {role for notice in ctx.session.scalars(query) for role in notice.roles}
    assert told == {"lead_department", "construction_department"}
    for name, data, after in (("return", {"text": "x"}, "returned"), ("reject", {"reason": "y"}, "rejected")):
        move(ctx_of, "so.xaydung", item_id, name, **data)
        assert state_of(ctx_of, item_id) == after


def test_the_answer_is_told_to_who_proposes_there_and_not_to_the_whole_office(ctx_of):
    move(ctx_of, "so.xaydung", sent(ctx_of), "return", text="Thiếu ảnh")
    told = {}
    # An inspector elsewhere who works for the same office.
    for username in ("ubnd.xa", "kiemtra2"):
        with ctx_of(username, read_only=True) as ctx:
            query = select(Notice.event).where(Notice.subject_kind == "routeitem", addressed_to(ctx.actor))
            told[username] = list(ctx.session.scalars(query))
    assert told == {"ubnd.xa": ["return"], "kiemtra2": []}


def test_returning_and_rejecting_need_words(ctx_of):
    item_id = sent(ctx_of)
    for name, need in (("return", "text"), ("reject", "reason")):
        with pytest.raises(Invalid) as refused:
            move(ctx_of, "so.xaydung", item_id, name)
        assert need in refused.value.fields


def test_every_step_leaves_one_audit_event_for_the_proposer(ctx_of):
    item_id = agreed(ctx_of)
    with ctx_of("so.khcn") as ctx:
        query = select(AuditEvent.action).where(AuditEvent.object_kind == "routeitem", AuditEvent.object_id == item_id)
        actions = list(ctx.session.scalars(query.order_by(AuditEvent.number)))
    assert actions == ["routeitem.open", "routeitem.submit", "routeitem.agree"]


def test_a_decision_on_another_version_is_refused(ctx_of):
    item_id = sent(ctx_of)
    with ctx_of("so.xaydung") as ctx:
        version = get_item(ctx, item_id).version
        fire(ctx, ITEM, item_id, "agree", {}, version=version)
    with pytest.raises(Conflict), ctx_of("so.xaydung") as ctx:
        fire(ctx, ITEM, item_id, "reject", {"reason": "x"}, version=version)
    with pytest.raises(MoveRefused):
        move(ctx_of, "so.xaydung", item_id, "agree")


def test_content_is_the_proposers_only_before_sending_and_when_returned(ctx_of):
    item_id = propose(ctx_of)

    def edit(username="ubnd.xa", version=None, **texts):
        with ctx_of(username) as ctx:
            current = get_item(ctx, item_id).version
            edit_item(ctx, EditRouteItem(item_id, version or current, values(**texts), ("manhole",)))

    edit(street_name="Phố Lê Lợi")
    with pytest.raises(Conflict):
        edit(version=1)
    with pytest.raises(NotFound):
        edit("so.xaydung")
    move(ctx_of, "ubnd.xa", item_id, "submit")
    with pytest.raises(Forbidden):
        edit("so.xaydung")
    with pytest.raises(MoveRefused, match="Đang thẩm tra"):
        edit()
    move(ctx_of, "so.xaydung", item_id, "return", text="Thiếu ảnh")
    edit(street_name="Phố Lê Hoàn")
    with ctx_of("ubnd.xa") as ctx:
        item = get_item(ctx, item_id)
        assert (item.street_name, item.planned_kinds) == ("Phố Lê Hoàn", ["manhole"])


def test_whose_item_it_is_decides_who_sees_it(ctx_of, cast):
    draft, good = propose(ctx_of), agreed(ctx_of, street_name="Phố Lê Lai")
    ids_by_user = {}
    for username in cast:
        if username == "disabled":
            continue
        with ctx_of(username) as ctx:
            query = select(RouteItem.id).where(visible(ctx, RouteItem, ITEM.read)).order_by(RouteItem.id)
            ids_by_user[username] = list(ctx.session.scalars(query))
    writers = {"ubnd.xa", "kiemtra1"}
    sent_ones = {"so.khcn", "gd.khcn", "so.xaydung", "ubnd.tinh"}
    agreed_ones = {"viettel", "vnpt", "dienluc", "so.taichinh", "so.congthuong", "bo.khcn"}
    assert {name for name, ids in ids_by_user.items() if ids == [draft, good]} == writers
    assert {name for name, ids in ids_by_user.items() if ids == [good]} == sent_ones | agreed_ones
    assert all(ids_by_user[name] == [] for name in ids_by_user.keys() - writers - sent_ones - agreed_ones)
    with pytest.raises(NotFound), ctx_of("viettel") as ctx:
        get_item(ctx, draft)


def test_another_communes_item_is_not_to_be_found(ctx_of):
    item_id = propose(ctx_of)
    with ctx_of("ubnd.xa") as ctx:
        item = get_item(ctx, item_id)
        item.commune_id = ctx.session.scalar(
            text(
                "SELECT id FROM admin_unit WHERE level = 'commune' AND valid_to IS NULL AND id <> ALL(:own)"
                " ORDER BY id LIMIT 1"
            ),
            {"own": sorted(ctx.actor.unit_ids)},
        )
        touch(ctx, ITEM, item, "edit")
    with pytest.raises(NotFound):
        move(ctx_of, "ubnd.xa", item_id, "submit")


def test_a_street_of_a_past_day_lies_in_a_commune_of_that_day(ctx_of, point_inside):
    """On 02/06/2025 the communes of before the reform were in force, also in the area of today's officer."""
    list_id = a_list(ctx_of)
    with ctx_of("ubnd.xa", now=datetime(2025, 6, 2, 3, tzinfo=UTC)) as ctx:
        item = propose_item(ctx, ProposeItem(list_id, values(), (), street_at(*point_inside)))
        commune = get_unit(ctx.session, item.commune_id)
        assert commune.valid_to == date(2025, 6, 30)
        assert commune.is_in_force(ctx.today)
