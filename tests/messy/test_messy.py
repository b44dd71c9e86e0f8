"""Every messy file comes out as its sentence says: headings, rows, encoding, system, units, geometry, remarks."""

from dataclasses import replace

import pytest

from registry.imports.mapping.coordinate_systems import swap_offered
from registry.imports.mapping.fields import known_header_keys, suggest_mapping
from registry.imports.mapping.plan import detect_system
from registry.imports.reading.text import describe_text, rows_of_text
from registry.imports.reading.workbook import describe_workbook, rows_of_workbook
from tests.messy import encodings, separators, sheets, systems

CASES = (*encodings.CASES, *separators.CASES, *sheets.CASES, *systems.CASES)
_WORKBOOK = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


def opened(path, case):
    """The description, the table that the case is about, and its rows."""
    workbook = path.read_bytes().startswith(_WORKBOOK)
    describe, rows_of = (describe_workbook, rows_of_workbook) if workbook else (describe_text, rows_of_text)
    options = replace(case.options, known_headers=known_header_keys(case.kind))
    description = describe(path, options)
    table = next(each for each in description.tables if case.table in (None, each.name))
    read_options = replace(
        options,
        table=table.name,
        encoding=description.encoding,
        separator=description.separator,
        header_row=table.header_row,
    )
    return description, table, list(rows_of(path, read_options))


def test_there_are_at_least_forty_files_each_with_its_own_sentence():
    assert len({case.sentence for case in CASES}) == len(CASES) >= 40


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.sentence)
def test_a_messy_file_comes_out_as_it_should(case, tmp_path):
    path = tmp_path / "upload"
    path.write_bytes(case.content)
    description, table, rows = opened(path, case)
    assert description.file_format == case.file_format
    assert table.header == case.header
    assert len(rows) == case.rows
    assert {name: rows[0].cells[table.header.index(name)] for name in case.first} == case.first
    assert description.encoding == case.encoding or case.encoding is None
    assert (description.encoding_offered, description.encoding_sure) == (case.offered, case.sure)
    assert case.separator in (None, description.separator)
    assert case.header_row in (None, table.header_row)
    assert case.title in (None, table.title)
    assert not case.tables or tuple(each.name for each in description.tables) == case.tables
    notes = " ".join(description.notes)
    assert [words for words in case.notes if words not in notes] == []
    assert table.units == case.units or not case.units
    assert (table.geometry_type, table.role) == (case.geometry_type, case.role)
    assert case.geometry in (None, rows[0].geometry)
    mapping = suggest_mapping(case.kind, table.header)
    if case.system != "":
        system = detect_system(
            table.title, table.header, mapping, declared=table.crs, file_format=description.file_format
        ).system
        assert (system.value if system else None) == case.system
    assert bool(swap_offered(table.header, table.samples, mapping)) == case.swap
