"""What a written commune may mean, over all communes of the province that ever were and all habits of writing them."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import count, cycle

import pytest

from registry.kernel.i18n import format_date
from registry.kernel.text import fold
from registry.territory.catalogue import read_catalogue
from registry.territory.gazetteer import Gazetteer, GazetteerUnit, MatchKind
from registry.territory.models import ExtentQuality, UnitLevel
from registry.territory.rules import split_name

ON = date(2026, 3, 2)
SHORT = {"Xã": ("X. ", "x."), "Phường": ("P. ", "P."), "Thị trấn": ("TT ", "TT.")}


@dataclass(frozen=True)
class Units:
    """Units by id, and which of them passed into which."""

    by_id: dict[int, GazetteerUnit]
    pairs: list[tuple[int, int]]

    @cached_property
    def after(self):
        successors = defaultdict(list)
        for before, after in self.pairs:
            successors[before].append(after)
        return successors


@pytest.fixture(scope="module")
def units():
    """The units of the catalogue, as the register would hold them."""
    catalogue, numbers = read_catalogue("38"), count(1)
    ids = {key: next(numbers) for key in catalogue.units}
    units_by_name = {
        key: GazetteerUnit(
            ids[key],
            key.level,
            row.kind,
            key.code,
            row.name,
            ids[row.parent] if row.parent else None,
            key.valid_from,
            row.valid_to,
            row.older_names,
            ExtentQuality.APPROXIMATE,
        )
        for key, row in catalogue.units.items()
    }
    main_first = sorted(catalogue.successions, key=lambda row: not row.is_default)
    pairs = [(ids[row.predecessor], ids[row.successor]) for row in main_first if row.successor]
    return Units({unit.id: unit for unit in units_by_name.values()}, pairs)


@pytest.fixture(scope="module")
def gazetteer(units):
    return Gazetteer(units.by_id.values(), units.pairs, ON)


@pytest.fixture(scope="module")
def communes(units):
    return [unit for unit in units.by_id.values() if unit.level is UnitLevel.COMMUNE]


def successors_of(unit, units):
    """The units in force that one has passed into, followed step by step."""
    successors, waiting = set(), [unit.id]
    while waiting:
        each = waiting.pop()
        if units.by_id[each].valid_to is None:
            successors.add(each)
        waiting += units.after[each]
    return successors


def district_of(unit, units):
    parent = units.by_id.get(unit.parent_id)
    return parent if parent is not None and parent.level is UnitLevel.DISTRICT else None


def spellings(unit, units):
    """The ways in which people write a commune with its marks."""
    kind = next(word for word in SHORT if unit.name.startswith(word))
    bare = split_name(unit.name)[1]
    yield unit.name
    yield unit.name.upper()
    yield f"  {unit.name.lower()} "
    yield bare
    yield from (short + bare for short in SHORT[kind])
    yield unit.code
    yield f"{unit.name} ({unit.code})"
    yield f"{unit.name}, tỉnh Thanh Hóa"
    district = district_of(unit, units)
    if district is not None:
        name = split_name(district.name)[1]
        yield f"{unit.name}, {district.name}"
        yield f"{district.name}, {unit.name}"
        yield f"{unit.name} - {name} - Thanh Hóa"
        yield f"{bare} ({name})"


def test_every_commune_of_any_day_is_meant_by_its_name_and_code_in_every_spelling(gazetteer, communes, units):
    for unit in communes:
        wanted = successors_of(unit, units)
        assert wanted, unit
        for text in spellings(unit, units):
            meaning = gazetteer.read(text)
            same = [candidate for candidate in meaning.candidates if candidate.unit == unit]
            assert same, (text, meaning)
            assert same[0].successor_ids == wanted, text
            assert meaning.match_kind is MatchKind.EXACT, text


def test_a_name_without_marks_means_all_that_it_may_stand_for(gazetteer, communes):
    by_folded = {}
    for unit in communes:
        by_folded.setdefault(fold(unit.name), set()).add(unit)
    for folded, alike in by_folded.items():
        meaning = gazetteer.read(folded)
        assert {candidate.unit for candidate in meaning.candidates} == alike, folded


def test_a_name_with_marks_never_means_one_that_is_spelled_otherwise(gazetteer, communes):
    by_folded = {}
    for unit in communes:
        by_folded.setdefault(fold(split_name(unit.name)[1]), set()).add(split_name(unit.name)[1])
    pairs = [names for names in by_folded.values() if len(names) > 1]
    assert {"Đông Tiến", "Đồng Tiến"} in pairs
    for names in pairs:
        for bare in names:
            for unit in (each for each in communes if split_name(each.name)[1] == bare):
                bare_names = {split_name(candidate.unit.name)[1] for candidate in gazetteer.read(unit.name).candidates}
                assert bare_names == {bare}, unit.name


def test_the_district_and_the_days_of_a_page_tell_bearers_apart(gazetteer, communes, units):
    names = [unit.name for unit in communes]
    for unit in (each for each in communes if names.count(each.name) > 1 and district_of(each, units)):
        district = district_of(unit, units)
        for candidate in gazetteer.read(f"{unit.name}, {district.name}").candidates:
            assert (
                district.code
                in {
                    parent.code
                    for each in communes
                    if each.code == candidate.unit.code
                    if (parent := district_of(each, units))
                }
                or not candidate.is_former
            )
        meaning = gazetteer.read(f"{unit.name} (đến {format_date(unit.valid_to)})")
        assert {candidate.unit.valid_to for candidate in meaning.candidates} == {unit.valid_to}


def test_what_the_register_shows_of_a_former_commune_is_read_again(gazetteer, communes):
    ways = cycle(("name", "label"))
    for unit in (each for each in communes if each.valid_to is not None):
        candidate = next(each for each in gazetteer.read(unit.code).candidates if each.unit == unit)
        for successor in candidate.successors:
            written_label = candidate.label(successor) if next(ways) == "label" else candidate.label()
            assert unit in [each.unit for each in gazetteer.read(written_label).candidates], written_label


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Xã Không Có", "Không có xã, phường nào tên “Xã Không Có”"),
        ("99999", "Không có xã, phường nào"),
        (", ;", "Không có xã, phường nào"),
        ("Xã Hà Lĩnh, huyện Quan Hóa", "không thuộc “huyện Quan Hóa”"),
        ("Xã Hà Lĩnh, huyện Bờ Biển", "Không có huyện, thị xã, thành phố nào tên “huyện Bờ Biển”"),
        ("Xã Hà\x00Lĩnh", "ký tự"),
    ],
)
def test_what_means_nothing_is_refused_in_one_sentence(gazetteer, text, words):
    meaning = gazetteer.read(text)
    assert meaning.candidates == ()
    assert words in meaning.refusal


def test_a_label_names_both_the_present_and_the_former_unit(gazetteer):
    meaning = gazetteer.read("Phường Ngọc Trạo, thành phố Thanh Hóa")
    (candidate,) = meaning.candidates
    assert candidate.label() == "Phường Hạc Thành, trước 01/07/2025: Phường Ngọc Trạo"
    assert not meaning.is_ambiguous
    assert gazetteer.read("Phường Ngọc Trạo").is_ambiguous
