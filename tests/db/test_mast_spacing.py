"""What stops a new mast: the rule of the unit on a day, the masts within it, and yes or no of what is not published."""

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text

from registry.audit.access_log import log_action, logged_accesses
from registry.audit.chain import record
from registry.planned_sites.mast_spacing import PlannedMast, find_obstacles
from registry.territory.models import UnitKind, UnitLevel
from registry.territory.queries import get_unit, unit_at
from tests.factories.sites import away, hosting
from tests.factories.structures import HAC_THANH, make, organisation_id

DAY = date(2026, 6, 1)


def plan(lon=HAC_THANH[0], lat=HAC_THANH[1], **more):
    return PlannedMast(lon, lat, **({"on": DAY} | more))


def found(ctx_of, username, asked=None):
    with ctx_of(username) as ctx:
        return find_obstacles(ctx, asked or plan())


def village(ctx_of):
    """A place in a commune that is no ward."""
    with ctx_of("so.khcn") as ctx:
        lon, lat = ctx.session.execute(
            text(
                "SELECT ST_X(p), ST_Y(p) FROM admin_unit u, ST_PointOnSurface(u.geom) p WHERE u.level = 'commune'"
                " AND u.kind = 'xa' AND u.valid_to IS NULL AND unit_at(p, 'commune', current_date) = u.id"
                " ORDER BY u.code LIMIT 1"
            )
        ).one()
        return lon, lat


def test_a_ward_is_urban_and_a_village_is_not_and_the_rule_names_its_basis(ctx_of):
    ward, commune = found(ctx_of, "vnpt"), found(ctx_of, "vnpt", plan(*village(ctx_of)))
    assert (ward.spacing.different_m, ward.spacing.same_m, ward.spacing.is_urban) == (120, 300, True)
    assert (commune.spacing.different_m, commune.spacing.same_m, commune.spacing.is_urban) == (250, 450, False)
    assert ward.rule.needs_verification
    assert "72/2025/QĐ-UBND tỉnh Bắc Ninh" in ward.rule.source
    assert ward.unit.name == "Phường Hạc Thành"


def test_before_its_first_day_there_is_no_rule(ctx_of):
    answer = found(ctx_of, "vnpt", plan(on=date(2025, 11, 30)))
    assert answer.rule is None
    assert answer.masts == ()
    assert answer.unseen is None
    assert found(ctx_of, "vnpt", plan(on=date(2025, 12, 1))).rule is not None


@pytest.mark.parametrize(("height", "exempt"), [("3", True), ("3.1", False), (None, False)])
def test_a_low_mast_need_keep_no_distance(ctx_of, height, exempt):
    answer = found(ctx_of, "vnpt", plan(height_m=Decimal(height) if height else None))
    assert answer.is_exempt is exempt
    assert (answer.unseen is None) is exempt


def test_masts_of_others_and_own_ones_have_their_own_distances(ctx_of):
    with ctx_of("viettel") as ctx:
        near, enough = hosting(ctx, 119), hosting(ctx, -121)
    with ctx_of("vnpt") as ctx:
        own, far = make(ctx, owner="vnpt", at=away(0, 299)), make(ctx, owner="vnpt", at=away(0, -301))
    masts = {mast.structure.code: mast for mast in found(ctx_of, "vnpt").masts}
    assert {code: mast.is_too_near for code, mast in masts.items()} == {
        near.code: True,
        enough.code: False,
        own.code: True,
    }
    assert far.code not in masts
    assert masts[own.code].is_same_operator
    assert (masts[near.code].metres, masts[near.code].required_m) == (119, 120)
    viettel = {mast.structure.code: mast.required_m for mast in found(ctx_of, "viettel").masts}
    assert viettel == {near.code: 300, enough.code: 300}


def test_who_builds_none_itself_may_name_the_operator(ctx_of):
    with ctx_of("vnpt") as ctx:
        make(ctx, owner="vnpt", at=away(200))
        vnpt = organisation_id(ctx.session, "vnpt")
    (unnamed,) = found(ctx_of, "so.khcn").masts
    (named,) = found(ctx_of, "so.khcn", plan(operator_id=vnpt)).masts
    assert (unnamed.required_m, unnamed.is_too_near) == (120, False)
    assert (named.required_m, named.is_too_near) == (300, True)


def test_a_distance_is_not_rounded_up_to_what_it_does_not_keep(ctx_of):
    with ctx_of("viettel") as ctx:
        hosting(ctx, 119.7)
    (mast,) = found(ctx_of, "vnpt").masts
    assert mast.is_too_near
    assert mast.metres == 119


def test_a_unit_may_have_figures_of_its_own(ctx_of):
    with ctx_of("so.khcn") as ctx:
        unit = get_unit(ctx.session, unit_at(ctx.session, *HAC_THANH, UnitLevel.COMMUNE, DAY).id)
        assert unit.kind is UnitKind.PHUONG
        ctx.session.execute(
            text(
                "UPDATE dated_setting SET value = jsonb_set(value, '{units}', CAST(:own AS jsonb))"
                " WHERE key = 'planned_sites.mast_spacing'"
            ),
            {"own": f'{{"{unit.code}": {{"different": 90, "same": 200}}}}'},
        )
        record(ctx, "test.rule", "dated_setting", None)
    spacing = found(ctx_of, "vnpt").spacing
    assert (spacing.different_m, spacing.same_m, spacing.is_own) == (90, 200, True)


STATES = {
    "active": ({}, True),
    "suspended": ({"status": "suspended"}, True),
    "building": ({"status": "building"}, False),
    "planned": ({"status": "planned"}, False),
    "gone": ({"status": "removed"}, False),
    "restricted": ({"sharing_status": "restricted"}, False),
}


@pytest.mark.parametrize("state", STATES)
def test_of_unpublished_masts_of_others_there_is_yes_or_no(ctx_of, state):
    texts, expected = STATES[state]
    with ctx_of("viettel") as ctx:
        make(ctx, at=away(50), **texts)
    answer = found(ctx_of, "vnpt")
    assert answer.masts == ()
    assert bool(answer.unseen.cells) is expected
    for cell in answer.unseen.cells:
        assert set(vars(cell)) == {"metres", "lon", "lat"}


def test_what_is_seen_exactly_is_not_told_a_second_time(ctx_of):
    with ctx_of("viettel") as ctx:
        hosting(ctx, 50)
        make(ctx, at=away(60))
    assert found(ctx_of, "viettel").unseen.cells == ()
    assert found(ctx_of, "so.khcn").unseen is None
    vnpt = found(ctx_of, "vnpt")
    assert len(vnpt.masts) == 1
    assert len(vnpt.unseen.cells) == 1


def test_every_answer_is_noted_with_the_owners_concerned_a_no_too(ctx_of):
    with ctx_of("vnpt") as ctx:
        find_obstacles(ctx, plan())
        looks, owners = logged_accesses(ctx)
        assert (log_action(ctx), owners) == ("question", set())
        assert [(look["what"], look["cells"]) for look in looks] == [("mast_spacing", 0)]
    with ctx_of("viettel") as ctx:
        make(ctx, at=away(50))
        viettel = organisation_id(ctx.session, "viettel")
    with ctx_of("vnpt") as ctx:
        find_obstacles(ctx, plan())
        looks, owners = logged_accesses(ctx)
        assert owners == {viettel}
        assert looks[-1]["cells"] == 1
    with ctx_of("so.khcn") as ctx:
        find_obstacles(ctx, plan())
        assert log_action(ctx) == "look"


def test_the_questions_of_an_organisation_are_counted_by_the_day(app, ctx_of, client_of):
    address = f"/planned-sites/new-mast?at={HAC_THANH[1]}%3B+{HAC_THANH[0]}"
    asked = []
    for username in ("vnpt", "vnpt", "viettel"):
        page = client_of(username).get(address).text
        asked.append("đã tra cứu 1 lượt" in page)
    assert asked == [True, False, True]
    with ctx_of("so.khcn") as ctx:
        ctx.session.execute(text("UPDATE dated_setting SET value = '2' WHERE key = 'position.questions_a_day'"))
        record(ctx, "test.limit", "dated_setting", None)
    with ctx_of("viettel") as ctx:
        make(ctx, at=away(50))
    page = client_of("vnpt").get(address)
    assert page.status_code == 200
    assert "hết số lượt của một ngày" in page.text
    assert "chưa xét các cột chưa công bố" in page.text
    assert "Ô lưới" not in page.text
    # The next day counts anew.
    with ctx_of("vnpt") as ctx:
        tomorrow = ctx.now + timedelta(days=1)
    with ctx_of("vnpt", now=tomorrow) as ctx:
        assert find_obstacles(ctx, plan()).unseen.asked == 1


def test_the_owner_reads_that_somebody_asked(ctx_of, client_of):
    with ctx_of("viettel") as ctx:
        make(ctx, at=away(50))
    client_of("vnpt").get(f"/planned-sites/new-mast?at={HAC_THANH[1]}%3B+{HAC_THANH[0]}")
    page = client_of("viettel").get("/looks").text
    (row,) = re.findall(r'<tr role="row">(?:(?!</tr>).)*Trần Thị Hoa.*?</tr>', page, re.DOTALL)
    assert "Khoảng cách cột ăng ten" in row
    assert "Trần Thị Hoa" not in client_of("dienluc").get("/looks").text


def test_outside_the_province_there_is_no_unit(ctx_of):
    answer = found(ctx_of, "vnpt", plan(105.99, 20.66))
    assert answer.unit is None
    assert answer.masts == ()
