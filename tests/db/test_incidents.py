"""Incidents: their clocks by kind and severity, who sees what, duplicates, handover, police, violations, erasure."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from registry.audit.models import AuditEvent, AuditPayload
from registry.capacity.commands import AddEntry, SetPlace
from registry.capacity.models import PlaceUnit
from registry.capacity.service import add_entry, set_place
from registry.dashboard.figures import count_open_cases
from registry.incidents.codes import ENDED, Agency, Cause, IncidentKind, IncidentState, Severity, Stance
from registry.incidents.commands import FollowUp, Whereabouts
from registry.incidents.models import Incident, IncidentProof, IncidentReport
from registry.incidents.queries import find_by_code, get_incident, list_near, view_incident
from registry.incidents.reporting import add_me_too, forget_contacts
from registry.incidents.rules import new_draft, read_tracking_code
from registry.incidents.workflow import INCIDENT
from registry.incidents.workflow.referring import ACTS
from registry.kernel.errors import Forbidden, Invalid, MoveRefused, NotFound
from registry.notices.models import Notice
from registry.violations.models import Violation
from registry.workflow.jobs import run_clocks
from registry.workflow.models import CaseClock
from registry.workflow.referrals import process_waiting
from registry.workflow.time_left import times_left
from registry.workflow.worklist import read_desk
from tests.factories.incidents import CONTACT, NOW, SECRET, assigned, get, inside, move, report, triaged
from tests.factories.structures import make, organisation_id

HOUR = timedelta(hours=1)
FIXED = {"cause": Cause.TRAFFIC, "scope": "Không", "text": "Đã nâng cáp", "photos": ["sau.jpg"]}


def due_in(ctx_of, incident_id):
    """Hours from NOW to the end of the running term."""
    return (get(ctx_of, incident_id).due_at - NOW) / HOUR


@pytest.mark.parametrize(
    ("kind", "severity", "hours"),
    [
        (IncidentKind.CABLE_SAGGING, Severity.URGENT, 4),
        (IncidentKind.MANHOLE_COVER_MISSING, Severity.URGENT, 4),
        (IncidentKind.MAST_COLLAPSE, Severity.URGENT, 6),
        (IncidentKind.CABLE_CUT, Severity.NORMAL, 12),
        (IncidentKind.CABLE_CUT, Severity.URGENT, 4),
        (IncidentKind.STATION_OUTAGE, Severity.NORMAL, 24),
        (IncidentKind.POLE_LEANING, Severity.URGENT, 24),
    ],
)
def test_the_term_to_make_safe_is_that_of_the_kind(ctx_of, kind, severity, hours):
    incident_id = triaged(ctx_of, kind=kind, triage={"kind": kind, "severity": severity})
    assert due_in(ctx_of, incident_id) == hours


def test_an_immediate_hazard_is_triaged_within_the_hour_and_others_within_the_working_day(ctx_of):
    assert due_in(ctx_of, report(ctx_of)[0]) == 1
    slow, _code = report(ctx_of, kind=IncidentKind.CABLE_CUT)
    assert due_in(ctx_of, slow) > 24
    assert due_in(ctx_of, report(ctx_of, kind=IncidentKind.CABLE_CUT, is_dangerous=True)[0]) == 1


def test_a_missed_term_is_marked_and_the_case_goes_on(ctx_of, database):
    incident_id = assigned(ctx_of)
    run_clocks(database, NOW + 4 * HOUR)
    assert get(ctx_of, incident_id).state is IncidentState.OVERDUE
    later = NOW + 5 * HOUR
    assert move(ctx_of, "viettel", incident_id, "acknowledge", now=later) is IncidentState.OVERDUE
    assert move(ctx_of, "viettel", incident_id, "make_safe", now=later, text="Đã rào chắn") is IncidentState.SAFE
    assert get(ctx_of, incident_id).safe_at == later


def test_a_case_goes_from_report_to_its_end(ctx_of):
    incident_id = assigned(ctx_of)
    assert move(ctx_of, "viettel", incident_id, "acknowledge") is IncidentState.ACKNOWLEDGED
    assert move(ctx_of, "viettel", incident_id, "make_safe", text="Đã nâng tạm") is IncidentState.SAFE
    with pytest.raises(Invalid, match="ít nhất một ảnh"):
        move(ctx_of, "viettel", incident_id, "fix", **FIXED | {"photos": ["biên bản.pdf"]})
    assert move(ctx_of, "viettel", incident_id, "fix", **FIXED) is IncidentState.FIXED
    assert move(ctx_of, "ubnd.xa", incident_id, "send_back", text="Còn võng") is IncidentState.SAFE
    move(ctx_of, "viettel", incident_id, "fix", **FIXED)
    assert move(ctx_of, "kiemtra1", incident_id, "confirm", text="Đạt") is IncidentState.CLOSED


def test_a_denial_is_logged_and_the_case_waits_for_another_owner(ctx_of):
    incident_id = assigned(ctx_of)
    assert move(ctx_of, "viettel", incident_id, "deny", text="Cáp của đơn vị khác") is IncidentState.VERIFIED
    with ctx_of("so.khcn", read_only=True) as ctx:
        stances = ctx.session.scalars(select(IncidentProof.stance).order_by(IncidentProof.id)).all()
    assert stances == [Stance.NAMED, Stance.DENIED]
    with pytest.raises(NotFound):
        move(ctx_of, "viettel", incident_id, "acknowledge")


def test_nobody_is_chosen_twice_and_only_one_is(ctx_of):
    incident_id = assigned(ctx_of)
    with ctx_of(None, read_only=True) as ctx:
        viettel, vnpt = (organisation_id(ctx.session, code) for code in ("viettel", "vnpt"))
    for organisations, sentence in (([viettel], "đang giao cho đơn vị này"), ([viettel, vnpt], "chọn đúng một đơn vị")):
        with pytest.raises(Invalid, match=sentence):
            move(ctx_of, "ubnd.xa", incident_id, "assign", organisation=organisations, basis="mark", proof="x")


def test_rivals_and_the_public_do_not_see_a_case_and_the_owner_not_its_reporters(ctx_of):
    incident_id = assigned(ctx_of, contact=CONTACT)
    for name in ("vnpt", "nguoidan", "kiemtra2", "so.taichinh"):
        with ctx_of(name, read_only=True) as ctx, pytest.raises(NotFound):
            get_incident(ctx, incident_id)
    with ctx_of("viettel", read_only=True) as ctx:
        incident_view = view_incident(ctx, get_incident(ctx, incident_id))
    assert (incident_view.follows, incident_view.moderates, incident_view.reports, incident_view.candidates) == (
        True,
        False,
        (),
        (),
    )
    with pytest.raises(Forbidden):
        move(ctx_of, "viettel", incident_id, "confirm", text="x")


@pytest.fixture
def shared_tower(ctx_of):
    """A tower of Viettel with VNPT on it, in the area of ubnd.xa: its id and place."""
    position = inside(ctx_of)
    with ctx_of("viettel") as ctx:
        structure = make(ctx, at=position)
        set_place(ctx, SetPlace(structure.code, "Sàn 1", PlaceUnit.POSITION, 3))
        add_entry(ctx, AddEntry(structure.code, "Sàn 1", 1, holder="VNPT"))
        return structure.id, position


def test_tenants_are_told_from_the_occupancy_and_see_no_more_than_the_danger(ctx_of, shared_tower):
    structure_id, _place = shared_tower
    incident_id = triaged(ctx_of, where=Whereabouts(structure_id=structure_id))
    with ctx_of("vnpt", read_only=True) as ctx:
        incident_view = view_incident(ctx, get_incident(ctx, incident_id))
        ids = {organisation_id(ctx.session, code) for code in ("viettel", "vnpt")}
        told = ctx.session.scalars(
            select(Notice).where(Notice.subject_id == incident_id, Notice.event == "triage")
        ).all()
    assert (incident_view.follows, incident_view.organisation, incident_view.place) == (False, None, None)
    assert any(set(notice.organisation_ids) == ids for notice in told)
    untriaged, _code = report(ctx_of, where=Whereabouts(structure_id=structure_id))
    with ctx_of("vnpt", read_only=True) as ctx, pytest.raises(NotFound):
        get_incident(ctx, untriaged)


def test_candidates_come_from_structures_occupants_and_marks(ctx_of, shared_tower):
    _structure_id, position = shared_tower
    incident_id, _code = report(ctx_of, at=position, marks="Cáp VNPT 24FO")
    with ctx_of("so.khcn", read_only=True) as ctx:
        candidates = view_incident(ctx, get_incident(ctx, incident_id)).candidates
    reasons = {candidate.name: [basis.value for basis, _said, _code in candidate.reasons] for candidate in candidates}
    assert sorted(reasons.values()) == [["occupant", "mark"], ["structure"]]


def test_a_report_on_a_label_keeps_no_place_and_is_found_near_it_by_nobody_else(ctx_of, shared_tower):
    structure_id, position = shared_tower
    incident_id = triaged(ctx_of, where=Whereabouts(structure_id=structure_id))
    with ctx_of(None, read_only=True, now=NOW) as ctx:
        assert ctx.session.scalar(select(Incident.place.is_(None)).where(Incident.id == incident_id))
        assert list_near(ctx, position=position, structure_id=None) == []
        assert len(list_near(ctx, position=None, structure_id=structure_id)) == 1


def test_only_published_incidents_are_near_and_never_by_more_than_kind_age_and_photo(ctx_of):
    lon, lat = inside(ctx_of)
    shown = triaged(ctx_of, at=(lon, lat))
    triaged(ctx_of, at=(lon, lat), triage={"publish": False})
    report(ctx_of, at=(lon, lat))
    with ctx_of(None, read_only=True, now=NOW + 2 * HOUR) as ctx:
        near = list_near(ctx, position=(lon, lat), structure_id=None)
        assert list_near(ctx, position=(lon, lat), structure_id=None, kind=IncidentKind.FIRE) == []
    assert [(published.number, published.age, published.photo_id) for published in near] == [
        (get(ctx_of, shown).number, "2 giờ trước", None)
    ]


def test_a_repeated_incident_is_marked(ctx_of):
    lon, lat = inside(ctx_of)
    report(ctx_of, at=(lon, lat))
    again, _code = report(ctx_of, at=(lon, lat + 60 / 110_700), now=NOW + timedelta(days=200))
    other, _code = report(ctx_of, at=(lon, lat), kind=IncidentKind.CABLE_CUT)
    assert (get(ctx_of, again).is_repeated, get(ctx_of, other).is_repeated) == (True, False)


def test_the_same_draft_is_one_report_with_one_code(ctx_of):
    draft = new_draft()
    first, second = (report(ctx_of, draft=draft) for _time in range(2))
    assert first == second
    assert read_tracking_code(first[1].lower()) == first[1]


def test_duplicates_name_each_other_and_followers_move_along(ctx_of):
    main, _code = report(ctx_of)
    second, code = report(ctx_of)
    third, late = report(ctx_of)
    numbers = {incident_id: get(ctx_of, incident_id).number for incident_id in (main, second)}
    move(ctx_of, "ubnd.xa", third, "merge", main_number=numbers[second])
    assert move(ctx_of, "ubnd.xa", second, "merge", main_number=numbers[main].lower()) is IncidentState.DUPLICATE
    with ctx_of(None, read_only=True) as ctx:
        assert {find_by_code(ctx, incident_id).incident_id for incident_id in (code, late)} == {main}
    assert get(ctx_of, third).duplicate_of_id == get(ctx_of, second).duplicate_of_id == main
    with ctx_of("ubnd.xa", read_only=True) as ctx:
        assert len(view_incident(ctx, get_incident(ctx, main)).merged) == 2
    for wrong in ("SC-2026-999999", numbers[main], numbers[second]):
        with pytest.raises(Invalid):
            move(ctx_of, "ubnd.xa", main, "merge", main_number=wrong)


def test_me_too_follows_a_case_and_not_one_that_has_ended(ctx_of):
    incident_id = triaged(ctx_of)
    with ctx_of(None, now=NOW) as ctx:
        code = add_me_too(ctx, SECRET, incident_id, FollowUp(draft=new_draft()))
        assert find_by_code(ctx, code).incident_id == incident_id
    move(ctx_of, "ubnd.xa", incident_id, "secure", text="Rào chắn")
    move(ctx_of, "ubnd.xa", incident_id, "confirm", text="Đạt")
    with ctx_of(None, now=NOW) as ctx, pytest.raises(MoveRefused):
        add_me_too(ctx, SECRET, incident_id, FollowUp(draft=new_draft()))


def test_an_authority_hands_over_and_stays_in_charge_until_the_other_accepts(ctx_of):
    incident_id = triaged(ctx_of)
    move(ctx_of, "so.khcn", incident_id, "hand_over", agency=Agency.CONSTRUCTION, text="Công trình xây dựng")
    assert (get(ctx_of, incident_id).agency, get(ctx_of, incident_id).agency_asked) == (
        Agency.LEAD,
        Agency.CONSTRUCTION,
    )
    with pytest.raises(MoveRefused, match="không được chuyển đến"):
        move(ctx_of, "ubnd.xa", incident_id, "accept_handover")
    move(ctx_of, "so.xaydung", incident_id, "accept_handover")
    assert (get(ctx_of, incident_id).agency, get(ctx_of, incident_id).agency_asked) == (Agency.CONSTRUCTION, None)


def test_a_referral_to_the_police_waits_for_its_receipt(ctx_of):
    incident_id = triaged(ctx_of, kind=IncidentKind.THEFT_SABOTAGE, triage={"kind": IncidentKind.THEFT_SABOTAGE})
    letter = {"police_letter": "12/CV", "police_referred_on": NOW.date(), "text": "Cắt trộm cáp"}
    with pytest.raises(MoveRefused, match="chưa chuyển"):
        move(ctx_of, "so.khcn", incident_id, "police_receipt", police_receipt="7/BN", police_received_on=NOW.date())
    with pytest.raises(Invalid, match="chưa đến"):
        move(
            ctx_of,
            "so.khcn",
            incident_id,
            "refer_police",
            **letter | {"police_referred_on": NOW.date() + timedelta(days=1)},
        )
    move(ctx_of, "so.khcn", incident_id, "refer_police", **letter)
    early = NOW.date() - timedelta(days=1)
    with pytest.raises(Invalid, match="trước ngày chuyển"):
        move(ctx_of, "so.khcn", incident_id, "police_receipt", police_receipt="7/BN", police_received_on=early)
    move(ctx_of, "so.khcn", incident_id, "police_receipt", police_receipt="7/BN", police_received_on=NOW.date())
    assert get(ctx_of, incident_id).police_receipt == "7/BN"


def test_an_incident_opens_a_violation_without_a_structure(ctx_of, database):
    incident_id = triaged(ctx_of, kind=IncidentKind.ILLEGAL_WORKS, triage={"kind": IncidentKind.ILLEGAL_WORKS})
    with ctx_of("so.xaydung", read_only=True, now=NOW) as ctx:
        act = next(act for act in ACTS.only()(ctx) if act.code == "bad_cabling")
    for _time in range(2):
        move(ctx_of, "so.xaydung", incident_id, "open_violation", act=[act.id], text="Cáp không có thẻ")
    process_waiting(database, NOW + 2 * HOUR)
    with ctx_of("so.khcn", read_only=True) as ctx:
        violations = ctx.session.scalars(select(Violation)).all()
    assert [(violation.structure_id, violation.unit_id) for violation in violations] == [
        (None, get(ctx_of, incident_id).unit_id)
    ]


def test_contact_is_erased_on_its_day_and_stands_in_no_history(ctx_of):
    incident_id, _code = report(ctx_of, contact=CONTACT)
    open_one, _code = report(ctx_of, contact=CONTACT, kind=IncidentKind.CABLE_CUT)
    move(ctx_of, "ubnd.xa", incident_id, "reject", text="Không phải hạ tầng viễn thông")
    contacts = select(IncidentReport.incident_id).where(IncidentReport.phone.is_not(None)).order_by(IncidentReport.id)
    for days, left in ((29, [incident_id, open_one]), (30, [open_one]), (366, [])):
        with ctx_of("quantri", now=NOW + timedelta(days=days)) as ctx:
            forget_contacts(ctx)
            assert ctx.session.scalars(contacts).all() == left
    with ctx_of("quantri", read_only=True) as ctx:
        payloads = " ".join(str(row) for row in ctx.session.scalars(select(AuditPayload.payload)))
        origins = ctx.session.scalars(select(AuditEvent.origin).where(AuditEvent.action == "incident.open")).all()
    assert not any(word in payloads for word in ("Kín", "912345678", "kin@example.vn"))
    assert set(origins) == {"report"}


def test_contact_needs_consent_and_is_checked(ctx_of):
    wrong = CONTACT.__class__(phone="12", email="a@", name="A")
    with pytest.raises(Invalid) as refused:
        report(ctx_of, contact=wrong)
    assert sorted(refused.value.fields) == ["consent", "email", "phone"]


def test_a_place_outside_the_province_is_refused(ctx_of):
    with pytest.raises(Invalid) as refused:
        report(ctx_of, at=(106.9, 19.5))
    assert list(refused.value.fields) == ["at"]
    with ctx_of(None, read_only=True) as ctx:
        assert ctx.session.scalar(select(func.count()).select_from(Incident)) == 0


def test_words_and_commune_are_enough_without_a_position(ctx_of):
    unit_id = get(ctx_of, report(ctx_of)[0]).unit_id
    incident_id, _code = report(ctx_of, where=Whereabouts(unit_id=unit_id, address="Trước cổng chợ"))
    assert get(ctx_of, incident_id).address == "Trước cổng chợ"
    with pytest.raises(Invalid, match="Chưa có địa chỉ"):
        report(ctx_of, where=Whereabouts(unit_id=unit_id))


def test_the_clock_keeps_its_name_and_law_through_the_states(ctx_of):
    incident_id = assigned(ctx_of)
    with ctx_of("so.khcn", read_only=True) as ctx:
        query = select(CaseClock.name).where(CaseClock.workflow == "incident", CaseClock.case_id == incident_id)
        assert ctx.session.scalars(query.order_by(CaseClock.id)).all() == ["triage", "restore"]


def test_immediate_hazards_jump_the_queue(ctx_of):
    report(ctx_of, kind=IncidentKind.ILLEGAL_WORKS)
    report(ctx_of, kind=IncidentKind.OTHER, now=NOW - HOUR)
    hazards = [
        report(ctx_of, kind=kind, now=NOW)[0]
        for kind in (IncidentKind.CABLE_SAGGING, IncidentKind.MANHOLE_COVER_MISSING, IncidentKind.POLE_LEANING)
    ]
    with ctx_of("so.khcn", read_only=True, now=NOW) as ctx:
        waiting = [item.case_id for item in read_desk(ctx).assigned if item.workflow is INCIDENT]
    assert waiting[:3] == hazards


def test_an_incident_that_has_ended_waits_for_nobody_and_is_not_late_though_it_can_be_opened_again(ctx_of, database):
    assert set(INCIDENT.open_states) == set(IncidentState) - set(ENDED)
    repaired = assigned(ctx_of)
    move(ctx_of, "viettel", repaired, "make_safe", text="Đã nâng tạm")
    move(ctx_of, "viettel", repaired, "fix", **FIXED)
    overdue, _code = report(ctx_of, kind=IncidentKind.CABLE_CUT)
    move(ctx_of, "ubnd.xa", repaired, "confirm", text="Đạt")
    late = NOW + timedelta(days=30)
    run_clocks(database, late)
    move(ctx_of, "ubnd.xa", overdue, "reject", now=late, text="Không phải hạ tầng viễn thông")
    for username in ("viettel", "ubnd.xa"):
        with ctx_of(username, now=late, read_only=True) as ctx:
            desk = read_desk(ctx)
            assert [item for item in (*desk.assigned, *desk.watched) if item.workflow is INCIDENT] == []
    with ctx_of("so.khcn", now=late, read_only=True) as ctx:
        cases = [ctx.session.get_one(Incident, incident_id) for incident_id in (repaired, overdue)]
        assert times_left(ctx, INCIDENT, cases) == {}
        (counted,) = [each for each in count_open_cases(ctx) if each.workflow is INCIDENT]
        assert counted.open == 0
