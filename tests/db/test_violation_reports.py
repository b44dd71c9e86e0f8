"""A violation is reported in the area of its inspector, by the law and the units of the day of the act."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select, text

from registry.authz.permissions import P
from registry.authz.scopes import visible
from registry.kernel.clock import last_day
from registry.kernel.errors import Forbidden
from registry.territory.models import AdminUnit, UnitLevel
from registry.violations.codes import ViolationState
from registry.violations.commands import ViolationFacts
from registry.violations.law import limitation_end, limitation_start
from registry.violations.location import list_nearby
from registry.violations.models import Violation
from registry.violations.queries import find_kind, list_kinds
from registry.violations.service import log_violation
from registry.violations.workflow.terms import limitation_of
from tests.factories.structures import make, place_outside
from tests.factories.violations import NOW, command, get, inside, log, refusal

S = ViolationState
FACTS = ViolationFacts(kind="bad_cabling", description="Cáp võng")


def limitation(ctx_of, incident_id):
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
        case = ctx.session.get_one(Violation, incident_id)
        return limitation_end(ctx, limitation_of(ctx, case), limitation_start(case))


def test_a_report_has_its_number_two_days_for_the_minutes_and_a_year_to_be_fined(ctx_of):
    violation = get(ctx_of, log(ctx_of))
    assert violation.number.startswith("VP-2026-")
    assert violation.state is S.REPORTED
    # Found on Tuesday 24/11/2026: Wednesday and Thursday.
    assert last_day(violation.due_at) == date(2026, 11, 26)
    # The act was on Monday 23/11/2026: a year later 23/11/2027 is a Tuesday, a working day.
    assert limitation(ctx_of, violation.id) == date(2027, 11, 23)


def test_the_year_of_an_act_that_goes_on_counts_from_its_discovery(ctx_of):
    incident_id = log(ctx_of, occurred_on=date(2025, 8, 1), is_continuing=True)
    # 24/11/2027 is a holiday.
    assert limitation(ctx_of, incident_id) == date(2027, 11, 25)


def test_a_place_outside_the_area_is_refused_with_both_names(ctx_of):
    with ctx_of("kiemtra2", now=NOW) as ctx:
        # The communes of today, also where the area was assigned by the name of a district that has ended.
        own = ctx.session.scalars(
            text(
                "SELECT name FROM admin_unit WHERE id = ANY(:units) AND level = 'commune' AND valid_from <= :day"
                " AND (valid_to IS NULL OR valid_to >= :day) ORDER BY name"
            ),
            {"units": sorted(ctx.actor.unit_ids), "day": ctx.today},
        ).all()
        at = place_outside(ctx.session, ctx.actor.unit_ids)
        problem = refusal(lambda: log_violation(ctx, command(at)))["position"][0]
    named = problem.partition("ngoài địa bàn được giao: ")[2]
    assert named.startswith(", ".join(own[:6]))
    assert len(own) <= 6 or named.endswith(f"và {len(own) - 6} xã, phường khác.")
    assert "Huyện" not in named
    assert problem.startswith(("Vị trí thuộc Phường", "Vị trí thuộc Xã"))


def test_an_old_act_belongs_to_the_commune_of_its_day(ctx_of):
    violation = get(ctx_of, log(ctx_of, occurred_on=date(2025, 5, 1), kind="hang_without_consent"))
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
        unit = ctx.session.get_one(AdminUnit, violation.unit_id)
    assert (unit.level, unit.valid_to) == (UnitLevel.COMMUNE, date(2025, 6, 30))


def test_a_district_inspector_reports_in_the_time_of_districts(ctx_of):
    then = datetime(2025, 5, 20, 3, tzinfo=UTC)
    incident_id = log(ctx_of, now=then, occurred_on=date(2025, 5, 19), kind="hang_without_consent")
    assert get(ctx_of, incident_id).number.startswith("VP-2025-")
    with ctx_of("kiemtra1", now=NOW, read_only=True) as ctx:
        # Its successors' inspector still sees it.
        assert ctx.session.scalar(select(Violation.id).where(visible(ctx, Violation, P.VIOLATION_READ))) == incident_id


def test_where_no_commune_of_the_day_is_known_the_district_counts(ctx_of, database):
    """As for the communes that ended before 2025 and whose outline nobody has."""
    with ctx_of("kiemtra1", now=NOW, read_only=True) as ctx:
        at = inside(ctx)
    database._bind.execute(text("RESET ROLE"))
    pieces = text(
        "DELETE FROM admin_unit_piece p USING admin_unit u WHERE u.id = p.unit_id AND u.level = 'commune'"
        " AND u.valid_to = '2025-06-30' AND ST_Covers(p.geom, ST_SetSRID(ST_MakePoint(:lon, :lat), 4326))"
    )
    database._bind.execute(pieces, {"lon": at[0], "lat": at[1]})
    database._bind.execute(text("SET LOCAL ROLE registry_web"))
    violation = get(ctx_of, log(ctx_of, at=at, occurred_on=date(2025, 5, 1), kind="hang_without_consent"))
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
        assert ctx.session.get_one(AdminUnit, violation.unit_id).level is UnitLevel.DISTRICT


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"occurred_on": date(2026, 11, 25)}, "occurred_on"),
        ({"kind": "no_such_kind"}, "kind"),
        # NĐ 174/2026 knows it since 01/07/2026 only.
        ({"kind": "price_imposed", "occurred_on": date(2026, 6, 30)}, "kind"),
        # Works begun since 01/01/2026 need no permit.
        ({"kind": "no_permit", "occurred_on": date(2026, 1, 1)}, "kind"),
        ({"structure_code": "THA-CAT-000000"}, "structure"),
        ({"organisation_id": 10**12}, "organisation"),
    ],
)
def test_a_report_that_cannot_be_right_is_refused_at_its_field(ctx_of, facts, field):
    assert list(refusal(lambda: log(ctx_of, **facts))) == [field]


def test_an_act_that_goes_on_is_judged_by_the_decree_of_its_discovery(ctx_of):
    incident_id = log(ctx_of, kind="bad_cabling", occurred_on=date(2026, 6, 30), is_continuing=True)
    assert get(ctx_of, incident_id).state is S.REPORTED


def test_acts_of_each_time_are_those_of_its_decrees(ctx_of):
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
        now = {kind.code for kind in list_kinds(ctx.session, date(2026, 11, 24))}
        before = {kind.code for kind in list_kinds(ctx.session, date(2026, 6, 30))}
        old = find_kind(ctx.session, "no_database", date(2026, 6, 30), date(2026, 6, 30))
        new = find_kind(ctx.session, "no_database", date(2026, 7, 1), date(2026, 7, 1))
        assert find_kind(ctx.session, "no_permit", date(2026, 11, 24), date(2025, 12, 31)) is not None
    assert len(now) == 41
    assert before == {
        "no_database",
        "no_permit",
        "no_permit_project",
        "no_commencement_notice",
        "permit_breach",
        "hang_without_consent",
        "shared_works_obstruction",
        "shared_works_placing",
        "price_minutes_ignored",
        "dead_cable_left",
        "owner_unknown",
        # Recorded without a range.
        "bad_cabling",
        "damage_cable",
        "destroy_works",
        "obstruction",
        "building_obstructed",
    }
    assert old.decree.startswith("Nghị định 15/2020")
    assert new.decree == "Nghị định 174/2026/NĐ-CP"


def test_what_was_reported_near_and_lately_is_found(ctx_of):
    with ctx_of("ubnd.xa", now=NOW, read_only=True) as ctx:
        lon, lat = inside(ctx)
    near = log(ctx_of, at=(lon, lat + 15 / 110_700))
    log(ctx_of, at=(lon, lat + 40 / 110_700))
    log(ctx_of, at=(lon, lat), now=NOW - timedelta(days=31), occurred_on=date(2026, 10, 20))
    with ctx_of("kiemtra1", now=NOW + timedelta(days=2), read_only=True) as ctx:
        nearby = list_nearby(ctx, lon, lat)
    assert [(item.id, item.metres, item.days) for item in nearby] == [(near, 15, 2)]


def test_only_a_structure_close_by_can_be_named(ctx_of):
    with ctx_of("ubnd.xa", now=NOW, read_only=True) as ctx:
        lon, lat = inside(ctx)
    with ctx_of("viettel", now=NOW) as ctx:
        code = make(ctx, at=(lon, lat)).code
    assert get(ctx_of, log(ctx_of, at=(lon, lat), structure_code=code)).structure_id is not None
    far = (lon, lat + 150 / 110_700)
    assert list(refusal(lambda: log(ctx_of, at=far, structure_code=code))) == ["structure"]


def test_only_inspectors_and_the_two_departments_report(ctx_of):
    for username in ("ubnd.xa", "so.taichinh", "viettel"):
        with pytest.raises(Forbidden):
            log(ctx_of, by=username)
