"""Rows of a file that are one structure: recognised by code and by place, merged field by field; codes of two kinds."""

import io

import pytest
from sqlalchemy import select

from registry.files.storage import FileStore
from registry.imports.commands import SetMapping, UploadFile
from registry.imports.mapping.plan import System
from registry.imports.models import ImportResult
from registry.imports.outcome import merging
from registry.imports.outcome.merging import MergeRows, compare_rows, doubles, merge_all, merge_rows
from registry.imports.service import apply_batch, check_batch, read_batch, request_apply, set_mapping, upload
from registry.imports.service.values import set_code_prefix
from registry.kernel.errors import Conflict, Invalid, NotFound
from registry.structures.models import Structure
from tests.factories.structures import make, organisation_id
from tests.messy.making import text

HEADER = ("Mã cột", "Tên", "Vĩ độ", "Kinh độ", "Chiều dài cột", "Vật liệu")


def row(code, number, *, length="8,5", material="Thép"):
    return (code, f"Cột {number}", f"{19.807 + number * 0.001:.4f}", "105,7760", length, material)


@pytest.fixture
def checked(tmp_path):
    """A function: context, rows -> the batch after its first check."""
    store = FileStore(tmp_path)

    def check(ctx, rows):
        owner = organisation_id(ctx.session, "viettel")
        content = text((HEADER, *rows)).encode()
        batch = upload(ctx, store, UploadFile(owner, "cable_pole", "cot.csv", io.BytesIO(content)))
        read_batch(ctx, store, batch.id)
        set_mapping(ctx, SetMapping(batch.id, batch.version, batch.mapping, System.WGS84))
        return check_batch(ctx, batch.id)

    return check


def outcomes(ctx, batch):
    query = select(ImportResult.outcome).where(ImportResult.batch_id == batch.id).order_by(ImportResult.number)
    return [outcome.value for outcome in ctx.session.scalars(query)]


def poles(ctx, batch):
    request_apply(ctx, batch.id)
    apply_batch(ctx, batch.id)
    query = select(Structure).where(Structure.kind == "cable_pole").order_by(Structure.own_code, Structure.id)
    return ctx.session.scalars(query).all()


def test_two_rows_of_one_code_are_merged_field_by_field(ctx_of, checked):
    rows = [row("C-1", 1, length="", material="Thép"), row("c-1", 1, length="10", material="Gỗ"), row("C-2", 2)]
    with ctx_of("viettel") as ctx:
        batch = checked(ctx, rows)
        assert outcomes(ctx, batch) == ["new", "refused", "new"]
        assert doubles(ctx, batch) == {3: 2}
        columns, digest = compare_rows(ctx, batch, 2, 3)
        shown = {column.label: (column.first, column.other, column.takes_other) for column in columns}
        assert shown["Chiều dài cột"] == ("", "10", True)
        assert shown["Vật liệu cột"] == ("Thép", "Gỗ", False)
        taken = frozenset(column.index for column in columns if column.takes_other)
        merge_rows(ctx, MergeRows(batch.id, 2, 3, digest, taken))
        batch = check_batch(ctx, batch.id)
        assert outcomes(ctx, batch) == ["new", "duplicate", "new"]
        first, _second = poles(ctx, batch)
        assert (first.own_code, str(first.length_m), first.material.value) == ("C-1", "10.000", "steel")


def test_all_rows_of_one_code_are_merged_at_once(ctx_of, checked):
    rows = [row("C-1", 1, length=""), row("C-1", 1, length="10"), row("C-1", 1, length="12"), row("C-2", 2)]
    with ctx_of("viettel") as ctx:
        batch = checked(ctx, rows)
        merge_all(ctx, batch.id, batch.version)
        batch = check_batch(ctx, batch.id)
        assert outcomes(ctx, batch) == ["new", "duplicate", "duplicate", "new"]
        assert [str(pole.length_m) for pole in poles(ctx, batch)] == ["10.000", "8.500"]
        with pytest.raises(Conflict):
            merge_all(ctx, batch.id, batch.version)


def test_rows_that_were_changed_or_are_not_there_are_not_merged(ctx_of, checked):
    with ctx_of("viettel") as ctx:
        batch = checked(ctx, [row("C-1", 1), row("C-1", 1)])
        with pytest.raises(Conflict):
            merge_rows(ctx, MergeRows(batch.id, 2, 3, "other", frozenset()))
        with pytest.raises(NotFound):
            compare_rows(ctx, batch, 2, 9)
        _columns, digest = compare_rows(ctx, batch, 3, 2)
        with pytest.raises(Invalid):
            merge_rows(ctx, MergeRows(batch.id, 3, 2, digest, frozenset()))


def test_rows_without_a_code_at_one_place_are_doubles_as_those_of_the_register(ctx_of, checked):
    rows = [row("", 1), row("", 1), row("", 2), row("C-3", 1)]
    with ctx_of("viettel") as ctx:
        batch = checked(ctx, rows)
        assert outcomes(ctx, batch) == ["new", "duplicate", "new", "new"]
        assert len(poles(ctx, batch)) == 3


@pytest.mark.parametrize("count", [1, 3])
def test_codes_of_another_kind_are_one_sentence_with_a_prefix_that_mends_all_rows(ctx_of, checked, count):
    with ctx_of("viettel") as ctx:
        for number in range(count):
            make(ctx, owner="viettel", own_code=f"{number}", at=(105.8 + number / 100, 19.85))
        batch = checked(ctx, [row(f"{number}", number) for number in range(3)])
        assert outcomes(ctx, batch).count("refused") == count
        (sentence,) = [note for note in batch.notes if "tiền tố" in note]
        prefix = batch.found["prefix_offered"]
        assert f"“{prefix}”" in sentence
        set_code_prefix(ctx, batch.id, batch.version, prefix)
        batch = check_batch(ctx, batch.id)
        assert outcomes(ctx, batch) == ["new"] * 3
        assert batch.found["prefix_offered"] is None
        assert [pole.own_code for pole in poles(ctx, batch)] == [f"{prefix}{number}" for number in range(3)]


def test_a_prefix_that_is_taken_is_not_offered(ctx_of, checked):
    with ctx_of("viettel") as ctx:
        make(ctx, owner="viettel", own_code="1", at=(105.8, 19.85))
        first = checked(ctx, [row("1", 1)])
        prefix = first.found["prefix_offered"]
        make(ctx, owner="viettel", own_code=f"{prefix}1", at=(105.82, 19.85))
        again = checked(ctx, [row("1", 1)])
        assert again.found["prefix_offered"] not in (None, prefix)
        with pytest.raises(Invalid):
            set_code_prefix(ctx, again.id, again.version, "x" * 21)


@pytest.mark.parametrize(("most", "count"), [(3, 7), pytest.param(5_000, 70_000, marks=pytest.mark.trial)])
def test_more_doubles_than_are_merged_at_once_are_merged_by_turns(ctx_of, checked, monkeypatch, most, count):
    monkeypatch.setattr(merging, "MOST_MERGED", most)
    with ctx_of("viettel") as ctx:
        rows = [row(f"C-{number % 2}", number, length="" if number < 2 else "9") for number in range(count + 2)]
        batch = checked(ctx, rows)
        turns = 0
        while batch.counts.get("refused"):
            assert len(doubles(ctx, batch)) == min(most, count - turns * most)
            merge_all(ctx, batch.id, batch.version)
            batch = check_batch(ctx, batch.id)
            turns += 1
        assert turns == -(-count // most)
        assert [str(pole.length_m) for pole in poles(ctx, batch)] == ["9.000", "9.000"]
