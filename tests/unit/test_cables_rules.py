"""Rules of cables on values alone."""

from datetime import date
from decimal import Decimal

import pytest

from registry.cables.rules import MOST_MEMBERS, joined, laying_of, laying_remark, list_problems, read_codes
from registry.structures.codes import SharingStatus, Status
from registry.structures.kinds import HOSTS, KINDS
from registry.structures.kinds.cable_route import RULES, CableKind, Laying, settled
from registry.structures.kinds.kind import RuleContext
from registry.structures.kinds.value_rules import sharing_of_kind

TODAY = date(2026, 11, 24)
CABLE = {"cable_kind": CableKind.FIBRE, "status": Status.ACTIVE, "sharing_status": SharingStatus.NOT_APPLICABLE}
DEAD = {"dead_flag": True, "dead_on": date(2026, 1, 5), "dead_evidence": "Biên bản 1/BB"}


def problems(**values):
    """What the rules find in a cable with these values, by field."""
    context = RuleContext(TODAY, {})
    sentences = {}
    for rule in RULES:
        for problem in rule(settled(CABLE | values), context):
            sentences.setdefault(problem.field, []).append(problem.sentence)
    return sentences


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"fibre_count": 24, "lit_fibre_count": 24},
        {"laying": Laying.MIXED, "underground_m": Decimal(120)},
        {"installed_on": date(2020, 1, 1), "removed_on": date(2020, 1, 1)},
        DEAD,
        DEAD | {"installed_on": date(2020, 1, 1), "removed_on": date(2026, 3, 1)},
        {"status": Status.PLANNED},
        {"cable_kind": CableKind.COPPER},
    ],
)
def test_a_sound_cable_is_taken(values):
    assert problems(**values) == {}


@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        ({"fibre_count": 24, "lit_fibre_count": 25}, "lit_fibre_count", "25 lớn hơn số sợi quang 24"),
        ({"lit_fibre_count": 5}, "lit_fibre_count", "5 cần có số sợi quang"),
        ({"cable_kind": CableKind.COPPER, "fibre_count": 8}, "fibre_count", "8 không hợp với “Cáp đồng”"),
        ({"laying": Laying.MIXED}, "underground_m", "cần chiều dài đi ngầm"),
        ({"laying": Laying.AERIAL, "underground_m": Decimal(5)}, "underground_m", "5 m chỉ ghi khi"),
        ({"installed_on": date(2027, 1, 1)}, "installed_on", "01/01/2027 nằm trong tương lai"),
        (
            {"installed_on": date(2024, 5, 2), "removed_on": date(2024, 5, 1)},
            "removed_on",
            "là 01/05/2024; cần từ “Ngày lắp đặt” 02/05/2024",
        ),
        (
            DEAD | {"removed_on": date(2026, 1, 4)},
            "removed_on",
            "là 04/01/2026; cần từ “Ngày xác định cáp chết” 05/01/2026",
        ),
        ({"dead_flag": True}, "dead_on", "Cáp chết cần có ngày xác định"),
        ({"dead_flag": True}, "dead_evidence", "Cáp chết cần có căn cứ"),
        ({"dead_on": date(2026, 1, 5)}, "dead_on", "khi “Cáp chết” là “Có”"),
        ({"status": Status.REMOVED}, "removed_on", "“Đã tháo dỡ” cần có ngày tháo dỡ"),
        ({"status": Status.PLANNED, "installed_on": date(2020, 1, 1)}, "installed_on", "“Dự kiến” chưa thể"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_sentence_at_its_field(values, field, words):
    [sentence] = problems(**values)[field]
    assert words in sentence


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({}, Status.ACTIVE),
        (DEAD, Status.DECOMMISSIONED),
        (DEAD | {"status": Status.SUSPENDED}, Status.DECOMMISSIONED),
        ({"removed_on": date(2026, 2, 1)}, Status.REMOVED),
        (DEAD | {"removed_on": date(2026, 2, 1)}, Status.REMOVED),
        ({"status": Status.PLANNED}, Status.PLANNED),
    ],
)
def test_the_status_follows_from_removal_and_death(values, status):
    assert settled(CABLE | values)["status"] is status


def test_a_cable_is_not_said_to_be_shared():
    kind = KINDS["cable_route"]
    assert settled(CABLE | {"sharing_status": SharingStatus.NOT_ASSESSED})["sharing_status"] == "not_applicable"
    assert sharing_of_kind(kind, {"sharing_status": SharingStatus.RESTRICTED}) == []
    [problem] = sharing_of_kind(kind, {"sharing_status": SharingStatus.AVAILABLE})
    assert "“Tuyến cáp” không nhận khả năng dùng chung “Còn khả năng dùng chung”" in problem.sentence


@pytest.mark.parametrize("kind", HOSTS)
def test_what_can_be_shared_is_never_said_to_be_outside_sharing(kind):
    assert sharing_of_kind(KINDS[kind], {"sharing_status": SharingStatus.NOT_APPLICABLE}) != []


def test_the_form_of_a_cable_asks_nothing_about_permits_land_and_sharing_by_others():
    fields = KINDS["cable_route"].fields()
    assert fields.keys().isdisjoint({"permit_regime", "permit_number", "land_kind", "max_users", "built_on"})
    assert fields["sharing_status"].offered == ("not_applicable", "restricted")
    assert KINDS["cable_pole"].fields().keys() >= {"permit_regime", "land_kind", "max_users", "built_on"}


@pytest.mark.parametrize("text", ["C-1; C-2;C-3", "C-1|C-2 | C-3", "C-1\r\nC-2\n\nC-3\n", " C-1 ;; C-2 |\nC-3;"])
def test_codes_stand_on_lines_or_between_semicolons_or_bars(text):
    assert read_codes(text) == ("C-1", "C-2", "C-3")


def test_own_codes_may_hold_commas_and_spaces():
    assert read_codes("Cột 12, Lê Lợi;  Cột   13") == ("Cột 12, Lê Lợi", "Cột 13")


def test_a_list_beyond_all_measure_is_refused_before_anything_is_looked_up():
    assert list_problems(["C"] * 0) == []
    [sentence] = list_problems([f"C-{number}" for number in range(MOST_MEMBERS + 1)])
    assert "2.001 công trình, tối đa 2.000" in sentence


def test_where_a_cable_is_and_what_contradicts_it():
    assert laying_of(["cable_pole", "site_house"]) is Laying.AERIAL
    assert laying_of(["antenna_tower"]) is None
    assert laying_of(["manhole", "cable_pole"]) is Laying.MIXED
    assert laying_remark(Laying.AERIAL, Laying.UNDERGROUND) is not None
    assert laying_remark(None, Laying.UNDERGROUND) is None
    assert laying_remark(Laying.AERIAL, Laying.AERIAL) is None


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([[[0, 0]], [[1, 0]], [[2, 0]]], [[0, 0], [1, 0], [2, 0]]),
        # The second runs the other way.
        ([[[0, 0], [1, 0]], [[2, 0], [1, 0]]], [[0, 0], [1, 0], [2, 0]]),
        # The first runs the other way.
        ([[[1, 0], [0, 0]], [[1, 0], [2, 0]]], [[0, 0], [1, 0], [2, 0]]),
        ([[[0, 0]], [[0, 0]]], [[0, 0]]),
        # The first one is turned towards the second, wherever the last one begins.
        (
            [[(1, 0), (0, 0)], [(1, 0), (1, 1)], [(0, 0), (0, 5)]],
            [[0, 0], [1, 0], [1, 1], [0, 0], [0, 5]],
        ),
        # North counts as east does: the end one degree to the east is nearer than the one two degrees to the north.
        ([[(0, 2), (1, 0)], [(0, 0), (0, -1)]], [[0, 2], [1, 0], [0, 0], [0, -1]]),
        ([], []),
    ],
)
def test_lines_are_joined_end_to_end(parts, expected):
    assert joined(parts) == expected
