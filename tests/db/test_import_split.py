"""A column that holds several things is split into columns, also one without a heading, and joined again."""

import io

import pytest
from sqlalchemy import select

from registry.files.storage import FileStore
from registry.imports.commands import SetMapping, SplitColumn, UploadFile
from registry.imports.mapping.plan import System
from registry.imports.models import BatchState, ImportRow, RememberedLayout
from registry.imports.service import apply_batch, check_batch, read_batch, request_apply, set_mapping, upload
from registry.imports.service.split import join_column, split_column
from registry.kernel.errors import Conflict, Invalid
from registry.structures.models import Structure
from tests.factories.structures import organisation_id
from tests.messy.making import text

HEADER = ("Mã cột", "Tên", "Vĩ độ", "Kinh độ", "")
ROWS = (
    ("C-1", "Cột 1", "19,807", "105,776", "Bê tông ly tâm - 8,5"),
    ("C-2", "Cột 2", "19,808", "105,776", "Thép - 10"),
    ("C-3", "Cột 3", "19,809", "105,776", "Gỗ"),
)


@pytest.fixture
def sent(tmp_path):
    """A function: context -> the batch after it was read."""
    store = FileStore(tmp_path)

    def send(ctx, rows=ROWS):
        owner = organisation_id(ctx.session, "viettel")
        content = text((HEADER, *rows)).encode()
        batch = upload(ctx, store, UploadFile(owner, "cable_pole", "cot.csv", io.BytesIO(content)))
        return read_batch(ctx, store, batch.id)

    return send


def test_a_column_without_a_heading_is_split_mapped_and_imported(ctx_of, sent):
    with ctx_of("viettel") as ctx:
        batch = sent(ctx)
        split_column(ctx, SplitColumn(batch.id, batch.version, "Cột 5", " - "))
        assert batch.found["header"][-2:] == ["Cột 5 / 1", "Cột 5 / 2"]
        assert batch.found["samples"][0][-2:] == ["Bê tông ly tâm", "8,5"]
        mapping = {**batch.mapping, "material": "Cột 5 / 1", "length_m": "Cột 5 / 2"}
        set_mapping(ctx, SetMapping(batch.id, batch.version, mapping, System.WGS84))
        check_batch(ctx, batch.id)
        request_apply(ctx, batch.id)
        apply_batch(ctx, batch.id)
        poles = ctx.session.scalars(select(Structure).order_by(Structure.own_code)).all()
        assert [(pole.material.value, pole.length_m and str(pole.length_m)) for pole in poles] == [
            ("concrete", "8.500"),
            ("steel", "10.000"),
            ("wood", None),
        ]
        assert ctx.session.scalars(select(RememberedLayout)).one().header == [
            "Mã cột",
            "Tên",
            "Vĩ độ",
            "Kinh độ",
            "Cột 5",
        ]


def test_a_column_is_joined_again(ctx_of, sent):
    with ctx_of("viettel") as ctx:
        batch = sent(ctx)
        before = [row.cells for row in ctx.session.scalars(select(ImportRow).order_by(ImportRow.number))]
        for column, separator in (("Cột 5", " - "), ("Tên", " ")):
            split_column(ctx, SplitColumn(batch.id, batch.version, column, separator))
        join_column(ctx, batch.id, batch.version, "Cột 5")
        assert batch.found["header"][4:] == ["Cột 5", "Tên / 1", "Tên / 2"]
        join_column(ctx, batch.id, batch.version, "Tên")
        query = select(ImportRow).order_by(ImportRow.number).execution_options(populate_existing=True)
        assert [row.cells for row in ctx.session.scalars(query)] == before
        assert batch.state is BatchState.READ
        with pytest.raises(Conflict):
            join_column(ctx, batch.id, batch.version, "Tên")


@pytest.mark.parametrize(
    ("column", "separator", "words"),
    [
        ("Không có", ",", "không có cột “Không có”"),
        ("Tên", "", "Chưa ghi dấu ngăn cách"),
        ("Tên", "#", "“#”"),
        ("Cột 5", "", "Chưa ghi"),
    ],
)
def test_what_cannot_be_split_is_refused(ctx_of, sent, column, separator, words):
    with ctx_of("viettel") as ctx:
        batch = sent(ctx)
        with pytest.raises(Invalid, match=words):
            split_column(ctx, SplitColumn(batch.id, batch.version, column, separator))


def test_a_separator_that_gives_too_many_parts_is_refused(ctx_of, sent):
    with ctx_of("viettel") as ctx:
        batch = sent(ctx, ((*ROWS[0][:4], "1;2;3;4;5;6;7;8"),))
        with pytest.raises(Invalid, match="8 phần"):
            split_column(ctx, SplitColumn(batch.id, batch.version, "Cột 5", ";"))


def test_the_parts_of_a_heading_name_the_parts_of_its_column_and_suggest_their_fields(ctx_of, tmp_path):
    header = ("Tên", "Số lượng ống x phi", "Bể đầu - Bể cuối", "Tọa độ (vĩ độ, kinh độ)", "Dài x rộng x cao")
    rows = [(f"Ống {n}", "4 x 110", f"BC{n} - BC{n + 1}", "19,807 , 105,776", "1x2x3") for n in range(2)]
    store = FileStore(tmp_path)
    with ctx_of("viettel") as ctx:
        owner = organisation_id(ctx.session, "viettel")
        content = io.BytesIO(text((header, *rows)).encode())
        batch = upload(ctx, store, UploadFile(owner, "cable_duct", "ong.csv", content))
        read_batch(ctx, store, batch.id)
        for column, separator in ((header[1], "x"), (header[2], " - "), (header[3], " , "), (header[4], "x")):
            split_column(ctx, SplitColumn(batch.id, batch.version, column, separator))
        parts = ["Số lượng ống", "phi", "Bể đầu", "Bể cuối", "vĩ độ", "kinh độ"]
        assert batch.found["header"][5:] == [*parts, "Dài", "rộng", "cao"]
        fields = ("bore_count", "bore_diameter_mm", "from_manhole_code", "to_manhole_code", "latitude", "longitude")
        assert {name: batch.mapping.get(name) for name in fields} == dict(zip(fields, parts, strict=True))
        assert "position" not in batch.mapping


def test_columns_are_split_again_in_the_next_file_of_the_layout(ctx_of, sent):
    rows = tuple((*row[:4], f"{row[4]} - x/y") for row in ROWS)
    with ctx_of("viettel") as ctx:
        batch = sent(ctx, rows)
        split_column(ctx, SplitColumn(batch.id, batch.version, "Cột 5", " - "))
        split_column(ctx, SplitColumn(batch.id, batch.version, "Cột 5 / 3", "/"))
        mapping = {**batch.mapping, "material": "Cột 5 / 1", "length_m": "Cột 5 / 2", "note": "Cột 5 / 3 / 2"}
        set_mapping(ctx, SetMapping(batch.id, batch.version, mapping, System.WGS84))
        check_batch(ctx, batch.id)
        request_apply(ctx, batch.id)
        apply_batch(ctx, batch.id)
        again = sent(ctx, (("C-9", "Cột 9", "19,817", "105,776", "Thép - 12 - a/b"),))
        assert again.mapping == mapping
        assert again.found["header"][5:] == [f"Cột 5 / {part}" for part in ("1", "2", "3", "3 / 1", "3 / 2")]
        assert [note for note in again.found["notes"] if "như lần trước" in note] == [
            "Cột “Cột 5” được tách tại “ - ” như lần trước: Cột 5 / 1, Cột 5 / 2, Cột 5 / 3.",
            "Cột “Cột 5 / 3” được tách tại “/” như lần trước: Cột 5 / 3 / 1, Cột 5 / 3 / 2.",
        ]
        set_mapping(ctx, SetMapping(again.id, again.version, again.mapping, System.WGS84))
        assert check_batch(ctx, again.id).counts["new"] == 1
        join_column(ctx, again.id, again.version, "Cột 5")
        assert (again.found["header"], again.found["split"], again.found["split_at"]) == (
            list(again.found["header"][:5]),
            {},
            [],
        )


def test_a_column_that_cannot_be_split_again_is_named(ctx_of, sent):
    with ctx_of("viettel") as ctx:
        batch = sent(ctx)
        split_column(ctx, SplitColumn(batch.id, batch.version, "Cột 5", " - "))
        set_mapping(ctx, SetMapping(batch.id, batch.version, batch.mapping, System.WGS84))
        check_batch(ctx, batch.id)
        request_apply(ctx, batch.id)
        apply_batch(ctx, batch.id)
        again = sent(ctx, (("C-9", "Cột 9", "19,817", "105,776", "Thép"),))
        assert again.found["header"][-1] == "Cột 5"
        assert "Lần trước cột “Cột 5” được tách tại “ - ”; tệp này không tách như vậy được." in again.found["notes"]
