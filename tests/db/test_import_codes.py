"""Codes of rows: one code in any spelling is one structure, and two codes of a row must name the same one."""

import unicodedata

import pytest
from sqlalchemy import select

from registry.imports.models import RowOutcome
from registry.kernel.errors import Invalid
from registry.structures.models import Structure
from tests.db.test_imports_again import check, results
from tests.factories.structures import make
from tests.support.import_files import PLACE

AT = PLACE


def content(*rows, header=("Mã cột", "Vĩ độ", "Kinh độ", "Chiều dài cột (m)", "Vật liệu")):
    lines = [header, *(tuple(map(str, row)) for row in rows)]
    return "".join(f"{';'.join(cells)}\n" for cells in lines).encode()


def row(code, number=0, *more):
    return (code, AT[1] + number * 0.001, AT[0], "8,5", "Bê tông ly tâm", *more)


WITH_REGISTRY_CODE = ("Mã cột", "Vĩ độ", "Kinh độ", "Chiều dài cột (m)", "Vật liệu", "Mã trong hệ thống")

SPELLINGS = [
    ("VTL-1", "vtl-1"),
    ("VTL-1", "ＶＴＬ－１"),
    ("VTL-1", "VTL\N{NON-BREAKING HYPHEN}1"),
    ("Cột Đông 1", unicodedata.normalize("NFD", "Cột Đông 1")),
    ("cột  đông 1", "Cột Đông 1"),
    ("499", "499.0"),
    ("499,00", "499"),
    ("BC-7", "ВС-7"),
]


@pytest.mark.parametrize(("registered", "written"), SPELLINGS)
def test_a_code_in_another_spelling_is_the_registered_one(ctx_of, store, registered, written):
    with ctx_of("viettel") as ctx:
        pole = make(ctx, kind="cable_pole", own_code=registered, length_m="10")
        kept = pole.own_code
        (result,) = results(ctx, check(ctx, store, content(row(written)), kind="cable_pole"))
        assert (result.outcome, result.structure_id) == (RowOutcome.CHANGED, pole.id), result.problems
        assert "own_code" not in result.changes
        assert kept == ctx.session.scalar(select(Structure.own_code).where(Structure.id == pole.id))


@pytest.mark.parametrize(("first", "second"), SPELLINGS)
def test_a_code_that_stands_twice_in_a_file_in_two_spellings_refuses_the_second_row(ctx_of, store, first, second):
    with ctx_of("viettel") as ctx:
        file = content(row(first, 1), row(second, 2))
        first_result, second_result = results(ctx, check(ctx, store, file, kind="cable_pole"))
        assert (first_result.outcome, second_result.outcome) == (RowOutcome.NEW, RowOutcome.REFUSED)
        assert second_result.problems[0]["column"] == "Mã cột"
        assert "mỗi công trình cần một mã riêng" in second_result.problems[0]["reason"]


@pytest.mark.parametrize(("first", "second"), [("1", "1.000"), ("VTL-1", "VTL-10"), ("TĐ-1", "TD-1"), ("A1", "A 1")])
def test_codes_that_differ_in_more_than_their_spelling_are_two(ctx_of, store, first, second):
    with ctx_of("viettel") as ctx:
        file = content(row(first, 1), row(second, 2))
        outcomes = [result.outcome for result in results(ctx, check(ctx, store, file, kind="cable_pole"))]
        assert outcomes == [RowOutcome.NEW, RowOutcome.NEW]


def test_a_form_refuses_a_code_that_is_registered_in_another_spelling(ctx_of):
    with ctx_of("viettel") as ctx:
        taken = make(ctx, own_code="VTL-1").code
        with pytest.raises(Invalid) as refused:
            make(ctx, own_code="ｖｔｌ-1")
        assert taken in refused.value.fields["own_code"][0]


def test_a_changed_code_of_the_register_refuses_its_row_and_names_both(ctx_of, store):
    with ctx_of("viettel") as ctx:
        first = make(ctx, kind="cable_pole", own_code="C-1")
        second = make(ctx, kind="cable_pole", own_code="C-2")
        changed = content(row("C-1", 1, second.code), row("C-2", 2, "THA-COT-9"), header=WITH_REGISTRY_CODE)
        for result, stated, registered in zip(
            results(ctx, check(ctx, store, changed, kind="cable_pole")),
            (second.code, "THA-COT-9"),
            (first.code, second.code),
            strict=True,
        ):
            assert result.outcome is RowOutcome.REFUSED
            assert f"“{stated}” khác mã “{registered}”" in result.problems[0]["reason"]


def test_a_new_own_code_next_to_a_code_of_the_register_is_no_new_structure(ctx_of, store):
    with ctx_of("viettel") as ctx:
        pole = make(ctx, kind="cable_pole", own_code="C-1")
        file = content(row("C-9", 1, pole.code), row("C-8", 2, "THA-COT-9"), header=WITH_REGISTRY_CODE)
        both, unknown = results(ctx, check(ctx, store, file, kind="cable_pole"))
        assert (both.outcome, unknown.outcome) == (RowOutcome.REFUSED, RowOutcome.REFUSED)
        assert "“C-1”" in both.problems[0]["reason"]
        assert "để trống ô này" in unknown.problems[0]["reason"]


def test_a_row_without_own_code_is_the_structure_of_its_code_in_the_register(ctx_of, store):
    with ctx_of("viettel") as ctx:
        pole = make(ctx, kind="cable_pole", own_code="", name="Cột 1", length_m="10")
        file = content(row("", 1, pole.code.lower(), "Cột 1"), header=(*WITH_REGISTRY_CODE, "Tên cột"))
        (result,) = results(ctx, check(ctx, store, file, kind="cable_pole"))
        assert (result.outcome, result.structure_id) == (RowOutcome.CHANGED, pole.id)


def test_a_code_of_a_rival_is_answered_as_one_that_does_not_exist(ctx_of, store):
    with ctx_of("vnpt") as ctx:
        hidden = make(ctx, kind="cable_pole", owner="vnpt", own_code="V-1").code
    reasons = []
    for code in (hidden, "THA-COT-999999"):
        with ctx_of("viettel") as ctx:
            file = content(row("N-1", 1, code), header=WITH_REGISTRY_CODE)
            (result,) = results(ctx, check(ctx, store, file, kind="cable_pole"))
            reasons.append(result.problems[0]["reason"].replace(code, ""))
    assert reasons[0] == reasons[1]
