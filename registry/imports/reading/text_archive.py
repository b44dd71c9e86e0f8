"""ZIP archives of text files, such as one publication of the Open Fibre Data Standard: each file is a table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Final

from registry.imports.reading import archive
from registry.imports.reading.limits import refuse
from registry.imports.reading.protocol import FileDescription, ReadOptions, Row, TableDescription
from registry.imports.reading.text import describe_text, rows_of_text
from registry.kernel.errors import Invalid
from registry.kernel.i18n import _, _n

ENDINGS: Final = (".csv", ".tsv")
_MOST_FILES: Final = 50


def describe_texts(path: Path, options: ReadOptions) -> FileDescription:
    """Text files of an archive as tables; Invalid where none of them is one."""
    tables: list[TableDescription] = []
    notes: list[str] = []
    refused = refuse(_("Tệp nén ZIP không có tệp CSV nào đọc được."))
    for name, unpacked in _unpacked(path).items():
        if options.table not in (None, name):
            continue
        try:
            description = describe_text(unpacked, replace(options, table=None))
        except Invalid as error:
            refused = error
            notes.append(f"{name}: {error.message}")
            continue
        tables.append(replace(description.tables[0], name=name))
        notes += [f"{name}: {note}" for note in description.notes]
    if not tables:
        raise refused
    return FileDescription(file_format="csv", tables=tuple(tables), encoding=options.encoding, notes=tuple(notes))


def rows_of_texts(path: Path, options: ReadOptions) -> Iterator[Row]:
    files = _unpacked(path)
    unpacked = files[options.table] if options.table is not None else next(iter(files.values()))
    return rows_of_text(unpacked, replace(options, table=None))


def _unpacked(path: Path) -> dict[str, Path]:
    """Name of a table -> its unpacked file."""
    entries = [name for name in archive.file_names(path) if name.lower().endswith(ENDINGS)]
    if len(entries) > _MOST_FILES:
        raise refuse(
            _n("Tệp nén có %(count)d tệp CSV, tối đa %(most)d.", len(entries), count=len(entries), most=_MOST_FILES)
        )
    stems = [PurePosixPath(name).stem for name in entries]
    names = [stem if stems.count(stem) == 1 else entry for stem, entry in zip(stems, entries, strict=True)]
    targets = {entry: path.with_name(f"text{index}") for index, entry in enumerate(entries)}
    if not all(target.exists() for target in targets.values()):
        archive.unpack(path, targets)
    return {name: targets[entry] for name, entry in zip(names, entries, strict=True)}
