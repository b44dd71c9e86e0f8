"""Values of a column are given a meaning once for all rows, and remembered; columns are searched and replaced."""

import io

import pytest
from sqlalchemy import select

from registry.files.storage import FileStore
from registry.imports.commands import ReplaceText, SetMapping, SetValues, UploadFile
from registry.imports.mapping.plan import System
from registry.imports.models import ImportResult, RememberedLayout, RowOutcome
from registry.imports.service import apply_batch, check_batch, read_batch, request_apply, set_mapping, upload
from registry.imports.service.values import (
    LISTED,
    facet_of,
    list_values,
    merge_cluster,
    preview_replacement,
    replace_text,
    set_values,
    undo_replacement,
)
from registry.kernel.errors import Conflict, Invalid
from registry.structures.models import Structure
from tests.factories.structures import organisation_id
from tests.messy.making import text

HEADER = (
    "Mã cột",
    "Tên",
    "Vĩ độ",
    "Kinh độ",
    "Chiều dài cột",
    "Vật liệu",
    "Có biển nhận biết",
    "Ngày xây dựng",
    "Số cũ",
)


_GONE = ("Giấy", "gone_field", "old_field", "older_field", "gone_day", "gone_pattern", "gone_text")


def row(number, *, length="8,5", material="Thép", mark="có", built="15/06/2019", name=""):
    position = (f"{19.807 + number * 0.0005:.4f}", "105,7760")
    return (f"C-{number}", name or f"Cột {number}", *position, length, material, mark, built, "")


@pytest.fixture
def store(tmp_path):
    return FileStore(tmp_path)


@pytest.fixture
def checked(store):
    """A function: context, rows -> the batch after its first check."""

    def check(ctx, rows, header=HEADER):
        owner = organisation_id(ctx.session, "viettel")
        content = text((header, *rows)).encode()
        batch = upload(ctx, store, UploadFile(owner, "cable_pole", "cot.csv", io.BytesIO(content)))
        read_batch(ctx, store, batch.id)
        set_mapping(ctx, SetMapping(batch.id, batch.version, batch.mapping, System.WGS84))
        return check_batch(ctx, batch.id)

    return check


def given(ctx, batch, **decisions):
    set_values(ctx, SetValues(batch.id, batch.version, **decisions))
    return check_batch(ctx, batch.id)


def outcomes(ctx, batch):
    query = select(ImportResult.outcome).where(ImportResult.batch_id == batch.id).order_by(ImportResult.number)
    return [outcome.value for outcome in ctx.session.scalars(query)]


def applied(ctx, batch):
    request_apply(ctx, batch.id)
    apply_batch(ctx, batch.id)
    return ctx.session.scalars(
        select(Structure).where(Structure.own_code.like("C-%")).order_by(Structure.own_code)
    ).all()


def column(ctx, batch, name):
    return next(each for each in list_values(ctx, batch) if each.field.name == name)


def test_a_value_is_listed_with_its_rows_and_a_suggestion_and_one_choice_mends_all(ctx_of, checked):
    with ctx_of("viettel") as ctx:
        batch = checked(ctx, [row(1, material="Sắt mạ"), row(2, material="Sắt mạ"), row(3)])
        assert outcomes(ctx, batch) == ["refused", "refused", "new"]
        assert batch.found["open_values"] == 1
        first = column(ctx, batch, "material").values[0]
        assert (first.text, first.count, first.suggested, first.is_open) == ("Sắt mạ", 2, "steel", True)
        batch = given(ctx, batch, values={"material": {"Sắt mạ": "Thép"}})
        assert outcomes(ctx, batch) == ["new"] * 3
        assert batch.found["open_values"] == 0
        assert {structure.material.value for structure in applied(ctx, batch)} == {"steel"}


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("LT-12", "concrete"),
        ("LT12B", "concrete"),
        ("BTLT 10", "concrete"),
        ("H7,5", "concrete"),
        ("Sắt mạ 8 m", "steel"),
        ("12", None),
    ],
)
def test_a_designation_is_suggested_by_what_stands_before_its_size(ctx_of, checked, text, meant):
    with ctx_of("viettel") as ctx:
        batch = checked(ctx, [row(1, material=text), row(2)])
        assert column(ctx, batch, "material").values[0].suggested == meant


def test_a_number_that_is_said_to_be_approximate_is_suggested(ctx_of, checked):
    with ctx_of("viettel") as ctx:
        batch = checked(ctx, [row(1, length="~8,5"), row(2, length="khoảng 9"), row(3)])
        assert {value.text: value.suggested for value in column(ctx, batch, "length_m").values} == {
            "~8,5": "8,5",
            "khoảng 9": "9",
        }


def test_a_meaning_is_taken_back(ctx_of, checked):
    with ctx_of("viettel") as ctx:
        batch = checked(ctx, [row(1, material="Sắt mạ"), row(2)])
        batch = given(ctx, batch, values={"material": {"Sắt mạ": ""}})
        assert outcomes(ctx, batch) == ["new", "new"]
        batch = given(ctx, batch, values={"material": {"Sắt mạ": None}})
        assert outcomes(ctx, batch) == ["refused", "new"]


@pytest.mark.parametrize(
    ("decision", "words"),
    [
        ({"values": {"material": {"Sắt mạ": "Giấy"}}}, "“Giấy” không có trong danh mục"),
        ({"values": {"name": {"Cột 1": ""}}}, "bắt buộc"),
        ({"values": {"voltage_kv": {"1": "2"}}}, "không có cột nào ghi vào trường “voltage_kv”"),
        ({"date_patterns": {"built_on": "xyz"}}, "Không có mẫu ngày “xyz”"),
        ({"values": {"note": {}}}, "không có cột nào"),
        ({"values": {"name": {f"a{number}": "b" for number in range(2_001)}}}, "2.001 giá trị, tối đa 2.000"),
    ],
)
def test_a_meaning_that_a_field_cannot_have_is_refused_by_its_column(ctx_of, checked, decision, words):
    with ctx_of("viettel") as ctx:
        batch = checked(ctx, [row(1, material="Sắt mạ"), row(2)])
        with pytest.raises(Invalid, match=words):
            set_values(ctx, SetValues(batch.id, batch.version, **decision))


def test_a_stale_page_gives_no_meaning(ctx_of, checked):
    with ctx_of("viettel") as ctx:
        batch = checked(ctx, [row(1)])
        with pytest.raises(Conflict):
            set_values(ctx, SetValues(batch.id, batch.version - 1, {"material": {"Thép": "Gỗ"}}))


def test_cells_are_converted_by_the_unit_that_each_carries(ctx_of, checked):
    lengths = ["8,5m", "28 ft", "850 cm", "8,5", "10 kg"]
    with ctx_of("viettel") as ctx:
        batch = checked(ctx, [row(number, length=length) for number, length in enumerate(lengths)])
        assert column(ctx, batch, "length_m").suggested_unit == "m"
        batch = given(ctx, batch, units={"length_m": "m"})
        assert outcomes(ctx, batch) == ["new"] * 4 + ["refused"]
        assert [str(structure.length_m) for structure in applied(ctx, batch)] == ["8.500", "8.534", "8.500", "8.500"]


@pytest.mark.parametrize(
    ("texts", "pattern", "days"),
    [
        (("6/2019", "Tháng 12 năm 2020", "2015"), "my", ("2019-06-01", "2020-12-01", "2015-01-01")),
        (("06/15/2019", "03/04/2018"), "mdy", ("2019-06-15", "2018-03-04")),
        (("15.06.19", "01/02/70"), "dmy2", ("2019-06-15", "1970-02-01")),
        (("2019/06/15", "20180304"), "ymd", ("2019-06-15", "2018-03-04")),
        (("ngày 5 tháng 6 năm 2019",), "words", ("2019-06-05",)),
    ],
)
def test_the_days_of_a_column_are_read_by_a_pattern(ctx_of, checked, texts, pattern, days):
    with ctx_of("viettel") as ctx:
        batch = checked(ctx, [row(number, built=built) for number, built in enumerate(texts)])
        assert column(ctx, batch, "built_on").suggested_pattern == pattern
        batch = given(ctx, batch, date_patterns={"built_on": pattern})
        assert [structure.built_on.isoformat() for structure in applied(ctx, batch)] == list(days)


def test_a_pattern_is_not_suggested_where_a_day_has_two_readings_against_it(ctx_of, checked):
    with ctx_of("viettel") as ctx:
        batch = checked(ctx, [row(1, built="06/15/2019"), row(2, built="25/12/2018")])
        assert column(ctx, batch, "built_on").suggested_pattern is None


def test_suggestions_are_taken_for_all_open_values_at_once(ctx_of, checked):
    rows = [row(1, material="BTLT cũ"), row(2, mark="v", built="-"), row(3, length="8,5 m", mark="k", built="6/2019")]
    with ctx_of("viettel") as ctx:
        batch = checked(ctx, rows)
        batch = given(ctx, batch, accepts_suggestions=True)
        assert outcomes(ctx, batch) == ["refused", "new", "new"]
        marks = {each.own_code: each.has_identification_mark for each in applied(ctx, batch)}
        assert marks == {"C-2": True, "C-3": False}


def test_meanings_are_remembered_for_the_layout_and_forgotten_with_an_undone_import(ctx_of, checked):
    with ctx_of("viettel") as ctx:
        batch = checked(ctx, [row(1, material="Sắt mạ", built="6/2019"), row(2)])
        batch = given(ctx, batch, values={"material": {"Sắt mạ": "Thép"}}, date_patterns={"built_on": "my"})
        applied(ctx, batch)
        again = checked(ctx, [row(3, material="Sắt mạ", built="7/2019")])
        assert outcomes(ctx, again) == ["new"]
        assert any("Nghĩa của giá trị theo lần nhập tệp “cot.csv”" in note for note in again.found["notes"])
        other = checked(ctx, [row(4)])
        assert outcomes(ctx, other) == ["new"]


def test_replacements_are_remembered_for_the_layout_and_shown_again(ctx_of, checked):
    with ctx_of("viettel") as ctx:
        batch = checked(ctx, [row(1, name="Trạm cũ 1"), row(2)])
        for searched, substitute in (("Trạm cũ", "Cột"), ("Cột", "Trụ")):
            replace_text(ctx, ReplaceText(batch.id, batch.version, "name", searched, substitute))
            batch = check_batch(ctx, batch.id)
        applied(ctx, batch)
        again = checked(ctx, [row(3, name="Trạm cũ 3")])
        assert facet_of(ctx, again, "name").replacements == [["Trạm cũ", "Cột"], ["Cột", "Trụ"]]
        assert [each.name for each in applied(ctx, again)][-1] == "Trụ 3"


def test_a_meaning_or_a_replacement_without_effect_is_named_and_taken_back(ctx_of, checked):
    with ctx_of("viettel") as ctx:
        batch = checked(ctx, [row(1, material="Sắt mạ", name="Trạm 1"), row(2, material="Sắt đen")])
        batch = given(ctx, batch, values={"material": {"Sắt mạ": "Thép", "Sắt đen": "Thép"}})
        replace_text(ctx, ReplaceText(batch.id, batch.version, "name", "Trạm", "Cột"))
        batch = check_batch(ctx, batch.id)
        assert not [note for note in batch.notes if "không có tác dụng" in note]
        applied(ctx, batch)
        again = checked(ctx, [row(3, material="Sắt đen")])
        assert [note for note in again.notes if "không có tác dụng" in note] == [
            "Nghĩa đã ghi cho 1 giá trị không có trong cột “Vật liệu” của tệp này: “Sắt mạ”; không có tác dụng.",
            "Không ô nào của cột “Tên” còn có “Trạm” để thay; lần thay đã ghi không có tác dụng.",
        ]
        unused = next(value for value in column(ctx, again, "material").values if value.text == "Sắt mạ")
        assert (unused.count, unused.decided) == (0, "Thép")
        again = given(ctx, again, values={"material": {"Sắt mạ": None}})
        undo_replacement(ctx, again.id, again.version, "name")
        again = check_batch(ctx, again.id)
        assert not [note for note in again.notes if "không có tác dụng" in note]


def test_a_memory_of_what_is_gone_is_named_and_ignored(ctx_of, checked):
    with ctx_of("viettel") as ctx:
        batch = given(ctx, checked(ctx, [row(1, material="Sắt mạ")]), values={"material": {"Sắt mạ": "Thép"}})
        applied(ctx, batch)
        layout = ctx.session.scalars(select(RememberedLayout)).one()
        layout.fields = layout.fields | {"Số cũ": "old_field", "Vật liệu": "older_field"}
        layout.meanings = {
            "values": {"gone_field": {"a": "b"}, "material": {"Sắt mạ": "Giấy"}},
            "date_patterns": {"gone_day": "my", "built_on": "gone_pattern"},
            "replacements": {"gone_text": [["a", "b"]]},
        }
        ctx.session.flush()
        again = checked(ctx, [row(3, material="Sắt mạ")])
        assert again.mapping["material"] == "Vật liệu"
        assert outcomes(ctx, again) == ["refused"]
        note = next(note for note in again.found["notes"] if "không còn" in note)
        assert all(name in note for name in _GONE)


def test_a_meaning_falls_with_the_column_of_which_it_was_given(ctx_of, checked):
    with ctx_of("viettel") as ctx:
        batch = given(ctx, checked(ctx, [row(1, material="Sắt mạ")]), values={"material": {"Sắt mạ": "Thép"}})
        mapping = {**batch.mapping, "material": "Số cũ"}
        set_mapping(ctx, SetMapping(batch.id, batch.version, mapping, System.WGS84))
        assert batch.options["values"] == {}


# --- one column -----------------------------------------------------------------------------------------------------
def test_a_column_shows_its_values_with_counts_and_clusters_of_near_spellings(ctx_of, checked):
    names = ["Tuyến Lê Lợi", "Tuyến Lê Lợi", "tuyến lê lợi", "Lê Lợi tuyến", "Tuyến Lê Lơị", "Tuyến 2", "Tuyến 3"]
    with ctx_of("viettel") as ctx:
        batch = checked(ctx, [row(number, name=name) for number, name in enumerate(names)])
        facet = facet_of(ctx, batch, "name")
        assert (facet.distinct, facet.values[0].text, facet.values[0].count) == (6, "Tuyến Lê Lợi", 2)
        (cluster,) = facet.clusters
        assert (cluster.best, cluster.count) == ("Tuyến Lê Lợi", 5)
        texts = [text for text, _count in cluster.spellings]
        merge_cluster(ctx, batch.id, batch.version, "name", texts, "Tuyến Lê Lợi")
        batch = check_batch(ctx, batch.id)
        assert [each.name for each in applied(ctx, batch)] == ["Tuyến Lê Lợi"] * 5 + ["Tuyến 2", "Tuyến 3"]
        assert facet_of(ctx, batch, "voltage_kv") is None


def test_codes_are_never_clustered(ctx_of, checked):
    with ctx_of("viettel") as ctx:
        batch = checked(ctx, [row(1), row(2), ("c-1", *row(3)[1:])])
        assert facet_of(ctx, batch, "own_code").clusters == ()


def test_a_replacement_is_previewed_made_and_taken_back(ctx_of, checked):
    with ctx_of("viettel") as ctx:
        batch = checked(ctx, [row(1, name="Trạm cũ 1"), row(2, name="Trạm cũ 2"), row(3)])
        shown = preview_replacement(ctx, batch, "name", "Trạm cũ", "Cột")
        assert (shown.rows, shown.emptied, shown.examples[0]) == (2, 0, ("Trạm cũ 1", "Cột 1", 1))
        replace_text(ctx, ReplaceText(batch.id, batch.version, "name", "Trạm cũ", "Cột"))
        batch = check_batch(ctx, batch.id)
        assert facet_of(ctx, batch, "name").replacements == [["Trạm cũ", "Cột"]]
        undo_replacement(ctx, batch.id, batch.version, "name")
        batch = check_batch(ctx, batch.id)
        replace_text(ctx, ReplaceText(batch.id, batch.version, "name", "Trạm cũ ", "C"))
        batch = check_batch(ctx, batch.id)
        assert [each.name for each in applied(ctx, batch)] == ["C1", "C2", "Cột 3"]


@pytest.mark.parametrize(
    ("searched", "substitute", "words"),
    [("Cột 1", "", "làm trống 1 ô của trường bắt buộc “Tên”"), ("", "x", "Chưa ghi chữ"), ("zzz", "x", "“zzz”")],
)
def test_a_replacement_that_does_harm_or_nothing_is_refused(ctx_of, checked, searched, substitute, words):
    with ctx_of("viettel") as ctx:
        batch = checked(ctx, [row(1), row(2)])
        with pytest.raises(Invalid, match=words):
            replace_text(ctx, ReplaceText(batch.id, batch.version, "name", searched, substitute))


# --- columns and rows that are no data ------------------------------------------------------------------------------
def test_an_optional_column_whose_values_all_fail_is_left_out_with_a_remark(ctx_of, checked):
    with ctx_of("viettel") as ctx:
        batch = checked(ctx, [row(number, material=f"Nhóm {number}") for number in range(3)])
        assert outcomes(ctx, batch) == ["new"] * 3
        assert any("“Vật liệu”" in note and "bị bỏ qua" in note for note in batch.notes)
        assert column(ctx, batch, "material").open_count == 3
        some = checked(ctx, [row(9), *(row(number, material=f"Nhóm {number}") for number in range(3))])
        assert outcomes(ctx, some) == ["new", "refused", "refused", "refused"]


def test_a_column_that_a_person_chose_is_never_left_out(ctx_of, checked):
    with ctx_of("viettel") as ctx:
        batch = checked(ctx, [(*row(number)[:-1], f"Nhóm {number}") for number in range(3)])
        mapping = {**batch.mapping, "pole_role": "Số cũ"}
        set_mapping(ctx, SetMapping(batch.id, batch.version, mapping, System.WGS84))
        assert outcomes(ctx, check_batch(ctx, batch.id)) == ["refused"] * 3


def test_sections_totals_and_signatures_are_recognised_once(ctx_of, checked):
    rest = [""] * (len(HEADER) - 2)
    rows = [
        ("I", "HUYỆN HÀ TRUNG", *rest),
        row(1),
        ("Tuyến Lê Lợi", "", *rest),
        row(2),
        ("", "Tổng cộng: 2 cột", *rest),
        ("TỔNG CỘNG", "", "", "", "17", *rest[3:]),
        ("", "Tổng cộng", "", "", "17 m", "2 cột", *rest[4:]),
        ("", "Người lập biểu", *rest[:-1], "Giám đốc"),
        ("", "", *rest[:-1], "Phó Giám đốc"),
        ("C-9", "", *rest),
    ]
    with ctx_of("viettel") as ctx:
        batch = checked(ctx, rows)
        assert outcomes(ctx, batch) == ["new", "new", "refused"]
        assert batch.counts["rows"] == 3
        assert [note for note in batch.notes if "7 dòng là tên nhóm, dòng cộng hoặc chỗ ký" in note]


def test_a_structure_that_is_named_like_a_total_is_taken(ctx_of, checked):
    with ctx_of("viettel") as ctx:
        assert outcomes(ctx, checked(ctx, [row(1, name="Tổng kho"), ("Cổng 2", "Cộng 2", *row(2)[2:])])) == [
            "new",
            "new",
        ]


def test_a_row_that_was_not_read_whole_is_refused_alone(ctx_of, checked):
    rows = [row(1), (*row(2), "thừa"), row(3, name="x" * 70_000)]
    with ctx_of("viettel") as ctx:
        batch = checked(ctx, rows)
        assert outcomes(ctx, batch) == ["new", "refused", "refused"]
        query = select(ImportResult).where(
            ImportResult.batch_id == batch.id, ImportResult.outcome == RowOutcome.REFUSED
        )
        reasons = [result.problems[0]["reason"] for result in ctx.session.scalars(query)]
        assert any("“thừa”" in reason for reason in reasons)
        assert any("70.000 ký tự" in reason for reason in reasons)


def many(count):
    """A good row, and rows with a day and a mark that cannot be read; every day is another."""
    days = ("năm thứ", "quý thứ")
    rows = [
        row(number, built=f"{days[number % 2]} {number}", name=f"Tên {number}", mark="v") for number in range(count)
    ]
    positions = [(f"{19.807 + n % 400 * 0.0005:.4f}", f"{105.776 + n // 400 * 0.0005:.4f}") for n in range(count)]
    good = row(count)
    return [
        (*good[:2], "19.8060", "105,7760", *good[4:]),
        *(
            (*cells[:2], *latitude_longitude, *cells[4:])
            for cells, latitude_longitude in zip(rows, positions, strict=True)
        ),
    ]


@pytest.mark.parametrize(
    ("read", "most", "count"), [(5, 3, 8), pytest.param(5_000, 2_000, 100_000, marks=pytest.mark.trial)]
)
def test_a_hundred_thousand_values_are_bounded_said_and_taken_back(ctx_of, checked, monkeypatch, read, most, count):
    monkeypatch.setattr("registry.imports.service.values.READ", read)
    monkeypatch.setattr("registry.imports.service.values.MOST_VALUES", most)
    with ctx_of("viettel") as ctx:
        batch = checked(ctx, many(count))
        assert (batch.counts["refused"], batch.found["open_values"]) == (count, count + 1)
        built = column(ctx, batch, "built_on")
        listed = min(read, LISTED)
        assert (len(built.values), built.unlisted, built.open_count) == (listed, count - listed, count)
        facet = facet_of(ctx, batch, "name")
        assert (len(facet.values), facet.distinct) == (listed, count + 1)
        # As many meanings as a column may have, and no more.
        texts = [f"năm thứ {number}" for number in range(0, count, 2)]
        with pytest.raises(Invalid, match="tối đa"):
            set_values(ctx, SetValues(batch.id, batch.version, {"built_on": dict.fromkeys(texts, "")}))
        batch = given(
            ctx, batch, values={"built_on": dict.fromkeys(texts[:most], ""), "has_identification_mark": {"v": "có"}}
        )
        assert batch.counts["new"] == most + 1
        assert column(ctx, batch, "built_on").is_full
        # One replacement over the column says more than so many meanings.
        batch = given(ctx, batch, values={"built_on": dict.fromkeys(texts[:most])})
        assert batch.counts["new"] == 1
        for searched in ("năm thứ ", "quý thứ "):
            replace_text(ctx, ReplaceText(batch.id, batch.version, "built_on", searched, "01/01/2019"))
            batch = check_batch(ctx, batch.id)
        for _each in range(2):
            undo_replacement(ctx, batch.id, batch.version, "built_on")
            batch = check_batch(ctx, batch.id)
        assert batch.found["open_values"] == count
