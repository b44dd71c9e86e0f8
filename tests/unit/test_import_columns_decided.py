"""Columns: two for one field are asked about, values for all rows, empty columns, lists without headings."""

import itertools

import pytest

from registry.imports.mapping.coordinate_systems import System
from registry.imports.mapping.fields import (
    competing_columns,
    import_fields,
    suggest_mapping,
)
from registry.imports.mapping.plan import (
    constant_fields,
    constant_problems,
    default_notes,
    file_notes,
    mapping_problems,
    merge_columns,
    undecided_fields,
)
from registry.imports.reading.heading import find_heading, header_key
from registry.kernel.errors import Invalid
from registry.structures.kinds import KINDS

KIND = "antenna_tower"
WHOLE = {"own_code": "Mã", "name": "Tên", "mast_class": "Loại", "height_m": "Cao", "x": "X", "y": "Y"}


def aliases(kind):
    """Field -> all header words that claim it alone."""
    words_by_field = {}
    for name, target in import_fields(kind).items():
        words = {header_key(word): word for word in target.aliases if suggest_mapping(kind, (word,)) == {name: word}}
        words_by_field[name] = [word for word in words.values() if word not in ("id",)]
    return words_by_field


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_two_columns_for_one_field_are_asked_about_in_any_order(kind):
    for name, words in aliases(kind).items():
        for pair in itertools.islice(itertools.permutations(words, 2), 6):
            header = tuple(pair)
            assert name not in suggest_mapping(kind, header), (name, pair)
            assert competing_columns(kind, header) == {name: list(pair)}
            question = undecided_fields(competing_columns(kind, header), set(), kind)[name]
            assert all(f"“{word}”" in question for word in pair)
            assert undecided_fields(competing_columns(kind, header), {name}, kind) == {}


def test_what_a_person_chose_before_and_the_field_s_surer_word_need_no_question():
    header = ("Mã trạm", "Mã cột")
    remembered = {"Mã trạm": "own_code", "Mã cột": None}
    assert suggest_mapping(KIND, header, remembered) == {"own_code": "Mã trạm"}
    assert competing_columns(KIND, header, remembered) == {}
    assert suggest_mapping(KIND, ("id", "Mã trạm")) == {"own_code": "Mã trạm"}
    assert competing_columns(KIND, ("Mã trạm", "Mã tramm")) == {}


def test_the_same_heading_twice_is_a_question_too():
    assert competing_columns(KIND, ("Mã trạm", "Chiều cao cột", "Chiều cao cột (2)")) == {
        "height_m": ["Chiều cao cột", "Chiều cao cột (2)"]
    }


def test_columns_of_the_command_line_add_to_the_suggestions():
    suggested = {"own_code": "Mã", "name": "Tên", "x": "X", "y": "Y"}
    assert merge_columns(suggested, {"height_m": "Cao"}) == suggested | {"height_m": "Cao"}
    assert merge_columns(suggested, {"note": "Tên"}) == {"own_code": "Mã", "note": "Tên", "x": "X", "y": "Y"}
    assert merge_columns(suggested, {"position": "Tọa độ"}) == {"own_code": "Mã", "name": "Tên", "position": "Tọa độ"}
    assert merge_columns(suggested, {}, left_out=["name"]) == {"own_code": "Mã", "x": "X", "y": "Y"}


def test_a_value_for_all_rows_stands_for_a_column_also_of_a_required_field():
    without = {name: word for name, word in WHOLE.items() if name != "mast_class"}
    header = list(WHOLE.values())
    assert list(mapping_problems(KIND, header, without, System.VN2000)) == ["mast_class"]
    assert mapping_problems(KIND, header, without, System.VN2000, constants={"mast_class": "A2b"}) == {}
    assert mapping_problems(KIND, header, without, System.VN2000, constants={"mast_class": "Loại A2b"}) == {}


@pytest.mark.parametrize(
    ("constants", "field", "words"),
    [
        ({"mast_class": "B7"}, "mast_class", "không có trong danh mục"),
        ({"height_m": "cao"}, "height_m", "không phải là số"),
        ({"height_m": " "}, "height_m", "Chưa nhập"),
        ({"own_code": "C1"}, "own_code", "Không ghi chung được"),
        ({"latitude": "19"}, "latitude", "Không ghi chung được"),
        ({"name": "Cột"}, "name", "vừa lấy từ cột “Tên”"),
        ({"khác": "1"}, "khác", "Không ghi chung được"),
    ],
)
def test_a_value_that_no_row_could_have_is_refused_once(constants, field, words):
    problems = constant_problems(KIND, constants, {"name": "Tên"})
    assert list(problems) == [field]
    assert words in problems[field]


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_declared_field_but_the_code_may_be_given_to_all_rows(kind):
    fields = constant_fields(kind)
    assert set(KINDS[kind].fields()) - set(fields) <= {"own_code"}
    assert not {"x", "y", "latitude", "longitude", "position"} & set(fields)


@pytest.mark.parametrize("empty", [[word] for word in WHOLE.values()])
def test_a_column_that_is_empty_throughout_counts_as_not_there(empty):
    field = next(name for name, word in WHOLE.items() if word == empty[0])
    problems = mapping_problems(KIND, list(WHOLE.values()), WHOLE, System.VN2000, empty=empty)
    absent = mapping_problems(
        KIND, list(WHOLE.values()), {name: word for name, word in WHOLE.items() if name != field}, System.VN2000
    )
    assert list(problems) == list(absent)
    if field == "mast_class":
        assert "trống ở mọi dòng" in problems[field]


def test_what_was_given_and_what_was_empty_is_noted():
    notes = file_notes(KIND, WHOLE, {"height_m": "42"}, ["Tên"])
    assert any("42" in note for note in notes)
    assert any("“Tên”" in note for note in notes)
    assert not any(
        "Tình trạng" in note for note in default_notes(KIND, {"status", "sharing_status"}) if "status" in note
    )


def test_a_list_without_headings_can_be_said_to_have_none():
    rows = [(1, ["C1", "Cột 1", "19,8"]), (2, []), (3, ["C2", "Cột 2", "19,9", "thêm"])]
    heading = find_heading(iter(rows), frozenset(), 0)
    assert (heading.words, heading.row, heading.title) == (("Cột 1", "Cột 2", "Cột 3", "Cột 4"), 0, "")
    assert [number for number, _cells in heading.read] == [1, 3]
    with pytest.raises(Invalid):
        find_heading(iter([]), frozenset(), 0)
