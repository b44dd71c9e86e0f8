"""The filled example of every template goes in as it stands, once its mark as an example is taken off."""

import io

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from registry.files.storage import FileStore
from registry.imports.commands import SetMapping, UploadFile
from registry.imports.mapping.plan import System
from registry.imports.mapping.template import HEADER_ROW, workbook
from registry.imports.models import BatchState, RowOutcome
from registry.imports.queries import list_problem_rows
from registry.imports.service import check_batch, read_batch, set_mapping, upload
from registry.structures.kinds import KINDS
from registry.structures.kinds.kind import Shape
from tests.factories.structures import organisation_id


def rows_of(content):
    """The cells of the first sheet, as text."""
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
    return [[str(cell) for cell in row] for row in sheet.iter_rows()]


def unmarked(content):
    """The same sheet with the example as an ordinary row."""
    rows = rows_of(content)
    rows[HEADER_ROW][0] = "1"
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Đã điền")
        for at, cells in enumerate(rows):
            for column, cell in enumerate(cells):
                if cell:
                    sheet.write_string(at, column, cell)
    return out.getvalue()


def templates():
    """Each kind with positions of one sort, points and lines with both by turns; the trials have all."""
    turns = dict.fromkeys(Shape, 0)
    for code, kind in KINDS.items():
        turns[kind.shape] += 1
        for number, positions in enumerate(("vn2000", "wgs84")):
            is_usual = turns[kind.shape] % 2 == number
            yield pytest.param(code, positions, marks=() if is_usual else pytest.mark.trial, id=f"{code}-{positions}")


@pytest.mark.parametrize(("kind", "positions"), list(templates()))
def test_the_example_of_a_template_has_nothing_wrong(ctx_of, tmp_path, kind, positions):
    with ctx_of("viettel") as ctx:
        store = FileStore(tmp_path)
        file = io.BytesIO(unmarked(workbook(kind, "vi", positions)))
        batch = upload(ctx, store, UploadFile(organisation_id(ctx.session, "viettel"), kind, "mẫu.xlsx", file))
        read_batch(ctx, store, batch.id)
        assert batch.options["system"] == positions
        set_mapping(ctx, SetMapping(batch.id, batch.version, batch.mapping, System(batch.options["system"])))
        check_batch(ctx, batch.id)
        assert [row.result.problems for row in list_problem_rows(ctx, batch)] == []
        assert (batch.state, batch.counts[RowOutcome.NEW]) == (BatchState.CHECKED, 1)
