"""Which act, range, competence, remedy and term the law gives on which days: cases written by hand from the decrees."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from registry.kernel.clock import LOCAL_ZONE
from registry.structures.codes import PermitRegime
from registry.violations.codes import Authority, Offender, Remedy, Sector
from registry.violations.law import (
    ProposedDecision,
    decision_errors,
    limitation_end,
    limitation_term,
    permit_regime_on,
)
from registry.violations.models import ViolationKind
from registry.violations.queries import find_kind, list_kinds, lookalikes
from registry.violations.rules import fine_range, law_day
from registry.workflow.calendar import Term, compute_due_date
from registry.workflow.clocks import find_term, working_calendar

M = 1_000_000
N174, N15, N16, N87 = "Nghị định 174/2026", "Nghị định 15/2020", "Nghị định 16/2022", "Nghị định 87/2024"
#: The range is not known: it can be recorded, not fined.
OPEN = "no range"
#: Day of the act, day of its discovery, whether it went on until then, act; then decree, article and range in millions
#: for organisations, OPEN, or None where the law of that day does not know the act.
ACTS = [
    # NĐ 174/2026 is in force from 01/07/2026, for acts done from that day.
    ("2026-07-01", "2026-07-01", False, "share_without_contract", (N174, "Đ39.1", 10, 20)),
    ("2026-06-30", "2026-07-01", False, "share_without_contract", None),
    ("2026-07-15", "2026-11-24", False, "unjustified_refusal", (N174, "Đ39.2.a", 20, 30)),
    ("2026-07-15", "2026-11-24", False, "ignore_share_decision", (N174, "Đ39.2.b, Đ39.2.c", 20, 30)),
    ("2026-08-01", "2026-08-01", False, "no_price_consultation", (N174, "Đ39.2.d", 20, 30)),
    ("2026-08-01", "2026-08-01", False, "refuse_defence", (N174, "Đ39.3", 30, 50)),
    ("2026-08-01", "2026-08-01", False, "no_data_report", (N174, "Đ40.1", 10, 20)),
    ("2026-12-01", "2026-12-02", False, "no_annual_plan", (N174, "Đ40.2.a", 20, 30)),
    ("2026-12-01", "2026-12-02", False, "no_undergrounding", (N174, "Đ40.3", 50, 70)),
    # The same act and range under two decrees: each day has its own.
    ("2026-06-30", "2026-06-30", False, "no_database", (N15, "Đ39.2.c", 20, 30)),
    ("2026-07-01", "2026-07-01", False, "no_database", (N174, "Đ40.2.b", 20, 30)),
    # It went on until the discovery under the new decree (Đ115.2).
    ("2025-03-01", "2026-07-02", True, "no_database", (N174, "Đ40.2.b", 20, 30)),
    ("2025-03-01", "2026-06-30", True, "no_database", (N15, "Đ39.2.c", 20, 30)),
    ("2020-04-14", "2020-04-14", False, "no_database", None),
    ("2020-04-15", "2020-04-15", False, "no_database", (N15, "Đ39.2.c", 20, 30)),
    ("2026-09-09", "2026-09-10", False, "project_not_announced", (N174, "Đ41.1.đ", 20, 30)),
    ("2026-09-09", "2026-09-10", False, "no_maintenance", (N174, "Đ41.1.e", 20, 30)),
    ("2026-09-09", "2026-09-10", False, "not_notified", (N174, "Đ41.1.i", 20, 30)),
    ("2026-09-09", "2026-09-10", False, "no_free_choice", (N174, "Đ41.1.b", 20, 30)),
    ("2026-09-09", "2026-09-10", False, "one_operator_only", (N174, "Đ41.1.g", 20, 30)),
    ("2026-09-09", "2026-09-10", False, "no_provision_in_building", (N174, "Đ41.2", 30, 50)),
    # Two acts that lie close, with ranges far apart.
    ("2026-10-01", "2026-10-01", False, "obstruction", (N174, "Đ42.1", 5, 10)),
    ("2026-10-01", "2026-10-01", False, "building_obstructed", (N174, "Đ43.3.h", 50, 70)),
    ("2026-10-01", "2026-10-01", False, "price_imposed", (N174, "Đ42.2.a", 20, 30)),
    ("2026-10-01", "2026-10-01", False, "bad_cabling", (N174, "Đ42.2.b", 20, 30)),
    ("2026-06-01", "2026-10-01", True, "bad_cabling", (N174, "Đ42.2.b", 20, 30)),
    # Before the decree it is recorded, but its range is not known.
    ("2026-06-01", "2026-10-01", False, "bad_cabling", OPEN),
    ("2026-10-01", "2026-10-01", False, "sharing_rule_breach", (N174, "Đ42.3", 30, 50)),
    # Two paragraphs, two ranges.
    ("2026-10-01", "2026-10-01", False, "no_protection", (N174, "Đ43.1.a", 20, 30)),
    ("2026-10-01", "2026-10-01", False, "unsafe_infra", (N174, "Đ43.2.c", 30, 50)),
    ("2026-10-01", "2026-10-01", False, "no_backup", (N174, "Đ43.1.b", 20, 30)),
    ("2026-10-01", "2026-10-01", False, "damage_cable", (N174, "Đ43.3.a, Đ43.7", 50, 70)),
    ("2025-10-01", "2025-10-02", False, "damage_cable", OPEN),
    ("2026-10-01", "2026-10-01", False, "built_without_permission", (N174, "Đ43.3.i", 50, 70)),
    ("2026-10-01", "2026-10-01", False, "radio_sabotage", (N174, "Đ43.4.a, Đ43.7", 70, 100)),
    ("2026-10-01", "2026-10-01", False, "destroy_works", (N174, "Đ43.5.a, Đ43.7", 100, 140)),
    ("2026-06-30", "2026-07-01", False, "destroy_works", OPEN),
    # Works begun before 01/01/2026 needed a permit, later ones none; their beginning decides, not the discovery.
    ("2025-12-31", "2026-11-24", False, "no_permit", (N16, "Đ16.7 (công trình khác)", 80, 100)),
    ("2026-01-01", "2026-11-24", False, "no_permit", None),
    ("2025-12-31", "2026-11-24", True, "no_permit", (N16, "Đ16.7 (công trình khác)", 80, 100)),
    ("2026-01-01", "2026-11-24", True, "no_permit", None),
    ("2025-12-31", "2025-12-31", False, "no_permit_project", (N16, "Đ16.7", 120, 140)),
    ("2026-01-02", "2026-01-05", False, "no_permit_project", None),
    ("2022-01-27", "2022-01-27", False, "no_permit", None),
    # What needs no permit must still be announced before it begins.
    ("2026-03-02", "2026-03-05", False, "no_commencement_notice", (N16, "Đ15.1", 5, 10)),
    ("2024-05-02", "2024-05-05", False, "hang_without_consent", (N16, "Đ57.1", 20, 40)),
    ("2024-05-02", "2024-05-05", False, "shared_works_obstruction", (N16, "Đ57.1", 20, 40)),
    ("2024-05-02", "2024-05-05", False, "shared_works_placing", OPEN),
    # 30 to 40 million for individuals there, double for organisations.
    ("2024-07-12", "2024-07-12", False, "price_minutes_ignored", (N87, "Đ11", 60, 80)),
    ("2024-07-11", "2024-07-11", False, "price_minutes_ignored", None),
    # A finding without owner may be recorded on any day.
    ("2019-01-01", "2026-11-24", True, "owner_unknown", OPEN),
    ("2023-01-01", "2023-01-01", False, "dead_cable_left", OPEN),
    # Planning was suspended on 09/04/2025: nothing is built against a plan since.
    ("2026-10-01", "2026-10-01", False, "off_plan_build", None),
]


def test_the_act_of_each_day_has_the_decree_article_and_range_of_that_day(ctx_of):
    wrong = []
    with ctx_of("so.khcn", read_only=True) as ctx:
        for act, found_on, goes_on, code, expected in ACTS:
            occurred, day = date.fromisoformat(act), date.fromisoformat(found_on)
            kind = find_kind(ctx.session, code, law_day(occurred, day, is_continuing=goes_on), occurred)
            if said(kind) != expected:
                wrong.append(f"{code} {act}, found {found_on}, goes on {goes_on}: {said(kind)}, expected {expected}")
    assert len(ACTS) >= 40
    assert not wrong, "\n".join(wrong)


def said(kind):
    """What the table says of a row."""
    if kind is None:
        return None
    if kind.fine_min_vnd is None:
        return OPEN
    decree = next(name for name in (N174, N15, N16, N87) if kind.decree.startswith(name))
    return decree, kind.article, kind.fine_min_vnd / M, kind.fine_max_vnd / M


A, R, ORG, PERSON = Authority, Remedy, Offender.ORGANISATION, Offender.INDIVIDUAL
NOW, TELECOM, BUILDING = "2026-11-24", Sector.TELECOM, Sector.CONSTRUCTION
#: Who decides on which day on an act of which field and range (millions, for organisations), against whom, how much,
#: with which remedies; then the fields that are refused.
DECISIONS = [
    (A.COMMUNE_CHAIR, NOW, TELECOM, (20, 30), ORG, 25, (), []),
    (A.COMMUNE_CHAIR, NOW, TELECOM, (20, 30), ORG, 19.999999, (), ["fine_vnd"]),
    (A.COMMUNE_CHAIR, NOW, TELECOM, (20, 30), ORG, 30.000001, (), ["fine_vnd"]),
    # Individuals: half the range.
    (A.COMMUNE_CHAIR, NOW, TELECOM, (20, 30), PERSON, 10, (), []),
    (A.COMMUNE_CHAIR, NOW, TELECOM, (20, 30), PERSON, 15.5, (), ["fine_vnd"]),
    (A.COMMUNE_CHAIR, NOW, TELECOM, (20, 30), PERSON, 9, (), ["fine_vnd"]),
    # Đ106.1: up to 100 million, also half for individuals, so what is beyond stays beyond.
    (A.COMMUNE_CHAIR, NOW, TELECOM, (70, 100), ORG, 100, (), []),
    (A.COMMUNE_CHAIR, NOW, TELECOM, (100, 140), ORG, 100, (), ["authority"]),
    (A.COMMUNE_CHAIR, NOW, TELECOM, (100, 140), PERSON, 50, (), ["authority"]),
    # Đ104.3 and Đ106.2.
    (A.LEAD_DIRECTOR, NOW, TELECOM, (100, 140), ORG, 140, (R.RESTORE,), []),
    (A.LEAD_DIRECTOR, NOW, TELECOM, (170, 200), ORG, 170, (), ["authority"]),
    (A.PROVINCE_CHAIR, NOW, TELECOM, (170, 200), ORG, 200, (), []),
    # Remedies: Đ106.1 gives a, đ, h, i and k of Đ28.1, not the removal of a network (Đ3.3.c).
    (A.COMMUNE_CHAIR, NOW, TELECOM, (50, 70), ORG, 60, (R.RESTORE, R.RETURN_PROFIT), []),
    (A.COMMUNE_CHAIR, NOW, TELECOM, (50, 70), ORG, 60, (R.RESTORE, R.REMOVE_NETWORK), ["remedies"]),
    (A.LEAD_DIRECTOR, NOW, TELECOM, (50, 70), ORG, 60, (R.RESTORE, R.REMOVE_NETWORK), []),
    (A.PROVINCE_CHAIR, NOW, TELECOM, (50, 70), ORG, 60, (R.REMOVE_NETWORK,), []),
    # To dismantle works without permit is a remedy of the law of construction.
    (A.COMMUNE_CHAIR, NOW, TELECOM, (20, 30), ORG, 20, (R.DISMANTLE,), ["remedies"]),
    (A.COMMUNE_CHAIR, NOW, BUILDING, (80, 100), ORG, 90, (R.DISMANTLE,), []),
    (A.COMMUNE_CHAIR, NOW, BUILDING, (120, 140), ORG, 120, (R.DISMANTLE,), []),
    # The director fines what the decree of telecommunications says, not building.
    (A.LEAD_DIRECTOR, NOW, BUILDING, (80, 100), ORG, 90, (), ["authority"]),
    # Chairs of districts decided until 30/06/2025, those of communes beyond their small sums only since.
    (A.DISTRICT_CHAIR, "2025-06-30", TELECOM, (20, 30), ORG, 25, (), []),
    (A.DISTRICT_CHAIR, "2025-07-01", TELECOM, (20, 30), ORG, 25, (), ["authority"]),
    (A.DISTRICT_CHAIR, "2025-05-28", BUILDING, (80, 100), ORG, 90, (R.DISMANTLE,), []),
    (A.DISTRICT_CHAIR, NOW, BUILDING, (80, 100), ORG, 90, (), ["authority"]),
    (A.COMMUNE_CHAIR, "2025-06-30", TELECOM, (20, 30), ORG, 25, (), ["authority"]),
    (A.COMMUNE_CHAIR, "2025-07-01", TELECOM, (20, 30), ORG, 25, (), []),
    (A.LEAD_DIRECTOR, "2026-06-30", TELECOM, (20, 30), ORG, 25, (), ["authority"]),
    # Without a row for the field nobody may decide.
    (A.PROVINCE_CHAIR, NOW, Sector.PRICE, (60, 80), ORG, 70, (), ["authority"]),
    # Without a range nobody is fined.
    (A.PROVINCE_CHAIR, NOW, TELECOM, None, ORG, 1, (), ["fine_vnd"]),
]


def test_competence_is_that_of_office_field_and_day_for_fines_and_remedies(ctx_of):
    wrong = []
    with ctx_of("so.khcn", read_only=True) as ctx:
        for authority, day, sector, fines, offender, fine, remedies, expected in DECISIONS:
            least, most = (Decimal(part) * M for part in fines) if fines else (None, None)
            kind = ViolationKind(act="Hành vi", sector=sector, fine_min_vnd=least, fine_max_vnd=most)
            decision = ProposedDecision(
                authority, date.fromisoformat(day), offender, (Decimal(str(fine)) * M).quantize(Decimal(1)), remedies
            )
            errors = list(decision_errors(ctx.session, kind, decision))
            if errors != expected:
                wrong.append(f"{authority} {day} {sector} {fines} {offender} {fine} {remedies}: {errors}")
    assert len(DECISIONS) >= 20
    assert not wrong, "\n".join(wrong)


def test_a_remedy_beyond_the_office_is_named_with_who_may_order_it(ctx_of):
    kind = ViolationKind(
        act="Xây dựng", sector=TELECOM, fine_min_vnd=Decimal(50) * M, fine_max_vnd=Decimal(70) * M, remedies=[]
    )
    decision = ProposedDecision(A.COMMUNE_CHAIR, date(2026, 11, 24), ORG, Decimal(60) * M, (R.REMOVE_NETWORK,))
    with ctx_of("so.khcn", read_only=True) as ctx:
        sentence = decision_errors(ctx.session, kind, decision)["remedies"]
    assert sentence == (
        "Chủ tịch UBND cấp xã không có thẩm quyền áp dụng biện pháp “Buộc tháo gỡ mạng viễn thông đã thiết lập không"
        " có giấy phép” tại ngày 24/11/2026; người có thẩm quyền: Giám đốc Sở Khoa học và Công nghệ,"
        " Chủ tịch UBND tỉnh."
    )


#: Tết: 16-20/02/2026 (Monday to Friday) and 04-10/02/2027 (Thursday to Wednesday) are days off.
#: Term, beginning, last day.
TERMS = [
    ("violation.decide", "2027-02-02", "2027-02-18"),
    ("violation.decide", "2027-02-03", "2027-02-19"),
    ("violation.decide", "2026-02-13", "2026-03-03"),
    ("violation.decide_transferred", "2027-02-03", "2027-02-24"),
    ("violation.limitation", "2026-02-03", "2027-02-03"),
    ("violation.limitation", "2026-02-05", "2027-02-11"),
    ("violation.limitation", "2026-02-08", "2027-02-11"),
    ("violation.limitation", "2025-02-16", "2026-02-23"),
    ("violation.limitation_long", "2025-02-06", "2027-02-11"),
    ("violation.limitation_long", "2024-02-18", "2026-02-23"),
]


def test_terms_end_after_tet(ctx_of):
    wrong = []
    with ctx_of("so.khcn", read_only=True) as ctx:
        for key, begins, ends in TERMS:
            row = find_term(ctx.session, key, date(2026, 11, 24))
            start = datetime.fromisoformat(begins).replace(tzinfo=LOCAL_ZONE)
            last = compute_due_date(working_calendar(ctx), Term(row.length, row.unit, row.cut_off), start).last_on
            if last != date.fromisoformat(ends):
                wrong.append(f"{key} from {begins}: {last}, expected {ends}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("sector", "expected"),
    [(Sector.TELECOM, date(2027, 2, 11)), (Sector.CONSTRUCTION, date(2028, 2, 7)), (Sector.PRICE, date(2028, 2, 7))],
)
def test_building_and_prices_may_be_fined_for_two_years(ctx_of, sector, expected):
    start = datetime(2026, 2, 5, tzinfo=LOCAL_ZONE)
    with ctx_of("so.khcn", now=datetime(2026, 11, 24, 3, tzinfo=UTC), read_only=True) as ctx:
        assert limitation_end(ctx, limitation_term(sector), start) == expected


def test_the_permit_regime_is_that_of_the_day_works_began(ctx_of):
    with ctx_of("so.khcn", read_only=True) as ctx:
        regimes = [permit_regime_on(ctx.session, day) for day in (date(2025, 12, 31), date(2026, 1, 1))]
    assert regimes == [PermitRegime.PERMIT, PermitRegime.EXEMPT]


def test_acts_that_lie_close_are_offered_side_by_side(ctx_of):
    day = date(2026, 11, 24)
    with ctx_of("so.khcn", read_only=True) as ctx:
        codes = [kind.code for kind in list_kinds(ctx.session, day, day)]
        close = [kind.code for kind in lookalikes(ctx.session, "building_obstructed", day, day)]
    first = codes.index("obstruction")
    assert codes[first : first + 2] == ["obstruction", "building_obstructed"]
    assert close == ["obstruction", "building_obstructed", "shared_works_obstruction"]


def test_a_person_pays_half_of_every_range(ctx_of):
    with ctx_of("so.khcn", read_only=True) as ctx:
        for kind in list_kinds(ctx.session, date(2026, 11, 24)):
            whole, half = (fine_range(kind.fine_min_vnd, kind.fine_max_vnd, who) for who in (ORG, PERSON))
            assert (whole is None) == (half is None), kind.code
            if whole is not None:
                assert (half.least * 2, half.most * 2) == (whole.least, whole.most), kind.code
