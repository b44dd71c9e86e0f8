"""Names of units, their labels by date, and the catalogue that the seed adds."""

from datetime import date

import pytest

from registry.kernel.errors import Invalid
from registry.territory.catalogue import UnitKey, read_catalogue
from registry.territory.models import AdminUnit, SuccessionKind, UnitKind, UnitLevel
from registry.territory.rules import name_key, search_names, split_name, succession_kind, unit_label


@pytest.fixture(scope="module")
def catalogue():
    return read_catalogue("38")


@pytest.mark.parametrize(
    ("written", "parts"),
    [
        ("Xã Ngọc Liên", (UnitKind.XA, "Ngọc Liên")),
        ("thị trấn Ngọc Lặc", (UnitKind.THI_TRAN, "Ngọc Lặc")),
        ("Thành phố Thanh Hóa", (UnitKind.THANH_PHO, "Thanh Hóa")),
        ("Ngọc Liên", (None, "Ngọc Liên")),
        ("Xuân Lộc", (None, "Xuân Lộc")),
    ],
)
def test_a_full_name_is_told_from_a_short_one(written, parts):
    assert split_name(written) == parts


@pytest.mark.parametrize(
    ("written", "full"),
    [
        ("P. Hàm Rồng", "phuong ham rong"),
        ("P.Hàm Rồng", "phuong ham rong"),
        ("TT Ngọc Lặc", "thi tran ngoc lac"),
        ("tx. Nghi Sơn", "thi xa nghi son"),
        ("TP.Thanh Hoá", "thanh pho thanh hoa"),
        ("X. Ngọc Liên", "xa ngoc lien"),
    ],
)
def test_a_short_form_is_spelt_out(written, full):
    assert search_names(written)[0] == [full]


def test_a_name_that_begins_like_a_short_form_is_left_alone():
    assert "xa pu nhi" in search_names("Pù Nhi")[0]
    assert "xa thach lap" in search_names("Thạch Lập")[0]
    assert "phuong tinh gia" in search_names("Tĩnh Gia")[0]


def test_another_kind_is_tried_only_after_the_kind_that_was_written():
    first, second = search_names("Xã Hàm Rồng")
    assert "phuong ham rong" not in first
    assert "phuong ham rong" in second


def test_a_label_says_when_a_unit_ended_or_will_begin():
    former = AdminUnit(name="Huyện Ngọc Lặc", valid_from=None, valid_to=date(2025, 6, 30))
    present = AdminUnit(name="Xã Ngọc Lặc", valid_from=date(2025, 7, 1), valid_to=None)
    assert unit_label(former, date(2025, 6, 30)) == "Huyện Ngọc Lặc"
    assert unit_label(former, date(2025, 7, 1)) == "Huyện Ngọc Lặc (đến 30/06/2025)"
    assert unit_label(present, date(2025, 6, 30)) == "Xã Ngọc Lặc (từ 01/07/2025)"
    assert unit_label(present, date(2025, 7, 1)) == "Xã Ngọc Lặc"


def test_a_key_of_old_registers_has_neither_case_nor_marks_nor_spaces():
    assert name_key("Xã  Hoằng-Lý") == "xahoangly"


def test_a_successor_of_one_whole_unit_is_the_same_area_under_another_name():
    assert succession_kind(whole=True, only_predecessor=True, successor_is_new=True) is SuccessionKind.RENAME
    assert succession_kind(whole=True, only_predecessor=False, successor_is_new=True) is SuccessionKind.WHOLE_MERGE
    assert succession_kind(whole=True, only_predecessor=True, successor_is_new=False) is SuccessionKind.WHOLE_MERGE
    assert succession_kind(whole=False, only_predecessor=True, successor_is_new=True) is SuccessionKind.PARTIAL_SPLIT


def in_force(catalogue, level, on):
    return [
        row
        for key, row in catalogue.units.items()
        if key.level is level
        and (key.valid_from is None or key.valid_from <= on)
        and (row.valid_to is None or row.valid_to >= on)
    ]


@pytest.mark.parametrize(
    ("on", "districts", "communes"),
    [
        (date(2024, 1, 1), 27, 559),
        (date(2024, 12, 31), 27, 558),
        (date(2025, 1, 1), 26, 547),
        (date(2025, 6, 30), 26, 547),
        (date(2025, 7, 1), 0, 166),
    ],
)
def test_the_catalogue_has_the_published_number_of_units_on_each_day(catalogue, on, districts, communes):
    assert len(in_force(catalogue, UnitLevel.DISTRICT, on)) == districts
    assert len(in_force(catalogue, UnitLevel.COMMUNE, on)) == communes


def test_every_commune_of_2025_goes_on_somewhere_and_only_split_ones_in_two_places(catalogue):
    after: dict[UnitKey, list] = {}
    for row in catalogue.successions:
        if row.effective_on == date(2025, 7, 1) and row.successor is not None:
            after.setdefault(row.predecessor, []).append(row)
    assert len(after) == 547
    split = {key: rows for key, rows in after.items() if len(rows) > 1}
    assert len(split) == 10
    for rows in split.values():
        assert {row.kind for row in rows} == {SuccessionKind.PARTIAL_SPLIT}
        assert sum(row.is_default for row in rows) == 1


def test_a_commune_moved_with_its_district_is_another_unit_of_the_same_code(catalogue):
    moved = catalogue.units[UnitKey(UnitLevel.COMMUNE, "16381", date(2025, 1, 1))]
    before = catalogue.units[UnitKey(UnitLevel.COMMUNE, "16381", None)]
    assert (before.parent.code, moved.parent.code) == ("405", "380")


def test_an_unknown_province_is_refused_by_its_code():
    with pytest.raises(Invalid, match="“99999”"):
        read_catalogue("99999")
