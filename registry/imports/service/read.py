"""Upload a file, choose its tables, read its rows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict
from itertools import islice
from typing import Any, Final

from sqlalchemy import and_, delete, func, literal, or_, select, text, true
from sqlalchemy.orm import Session

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import require
from registry.files.storage import FileStore, TooLarge
from registry.imports.bulk_copy import copy_rows
from registry.imports.commands import SetReading, UploadFile
from registry.imports.mapping.coordinate_systems import statements_in
from registry.imports.mapping.fields import competing_columns, known_header_keys, suggest_mapping
from registry.imports.mapping.plan import are_degrees
from registry.imports.mapping.two_positions import positions_apart
from registry.imports.models import BatchState, FileFormat, ImportBatch, ImportResult, ImportRow
from registry.imports.progress import NO_PROGRESS, Progress
from registry.imports.queries import first_cells, hint_of_batch
from registry.imports.reading.client import open_file
from registry.imports.reading.heading import is_section, is_total
from registry.imports.reading.limits import MAX_BYTES, empty_file, excerpt, no_rows, storable, too_large
from registry.imports.reading.protocol import FileDescription, ReadOptions, TableDescription
from registry.imports.service.common import OPEN, locked, note, require_state
from registry.imports.service.layouts import (
    REMEMBERED_OPTIONS,
    layout_of,
    recall_splits,
    recall_values,
    remembered_fields,
)
from registry.kernel.clock import local_date
from registry.kernel.errors import Invalid
from registry.kernel.i18n import _, format_date
from registry.structures.kinds import KINDS
from registry.structures.kinds.kind import Shape
from registry.structures.writing.create_edit import require_owner

#: Uploads share this advisory lock, `sweep` takes it exclusively: no file is deleted before its row is committed.
_SWEEP_LOCK: Final = 7_204_004
_SHARE: Final = text("SELECT pg_advisory_xact_lock_shared(:key)")
_TRY_ALONE: Final = text("SELECT pg_try_advisory_xact_lock(:key)")


def hold_off_sweep(ctx: Ctx) -> None:
    """Block `sweep` until the end of this transaction, which stores a file."""
    ctx.session.execute(_SHARE, {"key": _SWEEP_LOCK})


def sweep(ctx: Ctx, store: FileStore) -> int:
    """Delete files that no batch references and that are older than 24 hours; returns their number. None during an
    upload.
    """
    if not ctx.session.scalar(_TRY_ALONE, {"key": _SWEEP_LOCK}):
        return 0
    return store.sweep((), ctx.session.scalars(select(ImportBatch.sha256).distinct()), ctx.now)


_SAMPLE_LENGTH: Final = 60
_NAME_LENGTH: Final = 200
_LOOKED_AT: Final = 20
#: Distinct statements on the coordinate system that are kept of the cells.
_MOST_STATEMENTS: Final = 50
#: Distinct cells that are read for statements.
_MOST_CELLS: Final = 5_000
_COORDINATE: Final = re.compile(r"\s*-?[\d.,\s]{6,}")
#: Cells that may name a system by themselves, in any case and with any marks.
_MAY_STATE: Final = r"vn[^a-z0-9]{0,3}2000|vietnam[^a-z0-9]{0,3}2000|wgs|epsg|utm|ktt|kinh[^a-z0-9]{1,3}tuy|meridian"
#: Values that name a system only after a heading such as "KTT", "EPSG", "UTM".
_PROBES: Final = ("105°00'", "5897", "48N")
#: Sections and signatures have so few filled cells.
_MOST_FILLED: Final = 2
_MOST_WITHOUT_DATA: Final = 5_000
#: Cells with which a total may begin.
_MAY_BE_TOTAL: Final = r"(^|\n)[^[:alpha:]]*(t(ổ|Ổ|o|ô|Ô)ng|c(ộ|Ộ|o|ô|Ô)ng|total|sum|sub|grand)"
_READABLE: Final = (*OPEN, BatchState.READING, BatchState.CHOOSING)


def upload(ctx: Ctx, store: FileStore, command: UploadFile) -> ImportBatch:
    """Store a file, to be read next; Invalid for an unknown owner or kind and for a wrong size."""
    require(ctx, P.IMPORT_RUN)
    owner = require_owner(ctx, command.organisation_id)
    _require_kind(command.kind)
    hold_off_sweep(ctx)
    try:
        name, size = store.keep_stream(command.stream, MAX_BYTES)
    except TooLarge as error:
        raise too_large() from error
    if not size:
        raise empty_file()
    batch = _new_batch(ctx, owner.id, command.kind, storable(command.file_name).strip()[-_NAME_LENGTH:] or "?")
    batch.sha256, batch.size_bytes = name, size
    batch.options = {"system": None, "outside_area": False, "full_delivery": command.full_delivery}
    ctx.session.add(batch)
    ctx.session.flush()
    note(ctx, "import.upload", batch, file_name=batch.file_name, sha256=batch.sha256)
    return batch


def read_batch(ctx: Ctx, store: FileStore, batch_id: int, progress: Progress = NO_PROGRESS) -> ImportBatch:
    """Read the rows of a file, or (state CHOOSING) its tables where there are several.

    Invalid (field `file`) states why it cannot be read; a batch in another state is left unchanged.
    """
    batch = locked(ctx, batch_id)
    if batch.state is not BatchState.READING:
        return batch
    progress.step("reading")
    with open_file(store.original_path(batch.sha256), _read_options(batch)) as reading:
        description = reading.description
        batch.file_format = FileFormat(description.file_format)
        table = _table_of(batch, description)
        if table is None:
            batch.found = _found_in_file(description) | {"tables": [_table_json(each) for each in description.tables]}
            batch.options = batch.options | {"elsewhere": _texts_elsewhere(description)}
            batch.state = BatchState.CHOOSING
        else:
            progress.step("reading", table.row_count)
            ctx.session.execute(delete(ImportRow).where(ImportRow.batch_id == batch.id))
            ctx.session.execute(delete(ImportResult).where(ImportResult.batch_id == batch.id))
            count = copy_rows(ctx.session, batch.id, reading, progress)
            _take_table(ctx, batch, description, table, count)
    ctx.session.flush()
    note(ctx, "import.read", batch, counts=batch.counts)
    return batch


def choose_tables(ctx: Ctx, batch_id: int, version: int, choices: Sequence[tuple[str, str]]) -> list[ImportBatch]:
    """Choose tables and their kinds; each becomes a batch of its own, to be read next, those of points first.

    The first one is this batch; the others share its file.
    """
    batch = locked(ctx, batch_id, version)
    require_state(batch, (BatchState.CHOOSING,))
    table_names = {table["name"] for table in batch.found["tables"]}
    if not choices:
        raise Invalid({"tables": _("Chưa chọn bảng nào; hãy chọn loại công trình cho ít nhất một bảng.")})
    for name, kind in choices:
        if name not in table_names:
            raise Invalid({"tables": _("Tệp không có bảng “%(name)s”.", name=name)})
        _require_kind(kind)
    if len({name for name, _kind in choices}) < len(choices):
        raise Invalid({"tables": _("Mỗi bảng chỉ chọn một lần.")})
    batches = [batch, *(_sibling(ctx, batch) for _choice in choices[1:])]
    # Lines name the structures at which they end, so these are imported first.
    in_order = sorted(choices, key=lambda choice: KINDS[choice[1]].shape is not Shape.POINT)
    for each, (name, kind) in zip(batches, in_order, strict=True):
        each.table_name, each.kind, each.state = name, kind, BatchState.READING
    ctx.session.flush()
    for each in batches:
        note(ctx, "import.choose", each, table=each.table_name, kind=each.kind)
    return batches


def set_reading(ctx: Ctx, command: SetReading) -> ImportBatch:
    """Set encoding, separator or header row (0: none). The file must then be read again and its columns be mapped."""
    batch = locked(ctx, command.batch_id, command.version)
    require_state(batch, _READABLE)
    batch.options = batch.options | {
        "encoding": command.encoding,
        "separator": command.separator,
        "header_row": command.header_row,
    }
    batch.state, batch.failure = BatchState.READING, None
    ctx.session.flush()
    note(ctx, "import.reread", batch, encoding=command.encoding, header_row=command.header_row)
    return batch


def _require_kind(kind: str) -> None:
    if kind not in KINDS:
        raise Invalid({"kind": _("Không có loại “%(kind)s”; cần một trong: %(all)s.", kind=kind, all=", ".join(KINDS))})


def _new_batch(ctx: Ctx, owner_id: int, kind: str, file_name: str) -> ImportBatch:
    return ImportBatch(
        organisation_id=owner_id,
        kind=kind,
        file_name=file_name,
        state=BatchState.READING,
        mapping={},
        options={},
        found={},
        counts={},
        notes=[],
        created_at=ctx.now,
        created_by_id=ctx.actor.id,
    )


def _sibling(ctx: Ctx, batch: ImportBatch) -> ImportBatch:
    sibling = _new_batch(ctx, batch.organisation_id, batch.kind, batch.file_name)
    sibling.sha256, sibling.size_bytes, sibling.options = batch.sha256, batch.size_bytes, dict(batch.options)
    ctx.session.add(sibling)
    return sibling


def _read_options(batch: ImportBatch) -> ReadOptions:
    options = batch.options
    return ReadOptions(
        table=batch.table_name,
        encoding=options.get("encoding"),
        separator=options.get("separator"),
        header_row=options.get("header_row"),
        known_headers=known_header_keys(batch.kind),
    )


def _table_of(batch: ImportBatch, description: FileDescription) -> TableDescription | None:
    if batch.table_name is None:
        return description.tables[0] if len(description.tables) == 1 else None
    return next((table for table in description.tables if table.name == batch.table_name), None)


def _take_table(
    ctx: Ctx, batch: ImportBatch, description: FileDescription, table: TableDescription, count: int
) -> None:
    if not count:
        raise no_rows()
    batch.table_name = table.name
    batch.found = _found_in_file(description) | _table_json(table)
    batch.counts = {"rows": count}
    splits = recall_splits(ctx, batch)
    batch.found = batch.found | {"notes": [*batch.found["notes"], *splits]}
    header = tuple(batch.found["header"])
    empty = _empty_columns(ctx.session, batch.id, header, batch.found["samples"])
    filled = tuple(word for word in header if word not in empty)
    remembered = remembered_fields(ctx, batch)
    batch.found = batch.found | {"no_data": _rows_without_data(ctx.session, batch.id)}
    batch.found = batch.found | {"empty": empty, "rivals": competing_columns(batch.kind, filled, remembered)}
    batch.mapping = suggest_mapping(batch.kind, filled, remembered)
    batch.found = batch.found | {"suggested": dict(batch.mapping)}
    _recall_values(ctx, batch)
    statements = _system_statements(ctx.session, batch.id, header)
    degrees = are_degrees(_positions(ctx, batch))
    batch.found = batch.found | {"said": statements, "degrees": degrees}
    batch.options = {"elsewhere": _texts_elsewhere(description)} | batch.options
    system = hint_of_batch(batch, batch.mapping).system
    batch.options = batch.options | {"system": system.value if system else None}
    apart = positions_apart(batch.kind, header, first_cells(ctx, batch), system, remembered)
    batch.found = batch.found | {"positions_apart": apart.as_json() if apart is not None else None}
    batch.state, batch.failure, batch.notes = BatchState.READ, None, []


def _rows_without_data(session: Session, batch_id: int) -> list[tuple[int, str]]:
    """Number and text of the rows that by their shape are sections, totals or signatures."""
    filled = func.cardinality(func.array_remove(ImportRow.cells, ""))
    start = func.array_to_string(ImportRow.cells[1:3], "\n").collate("C").op("~*", is_comparison=True)
    suspects = or_(filled <= _MOST_FILLED, start(literal(_MAY_BE_TOTAL).collate("C")))
    query = select(ImportRow.number, ImportRow.cells).where(
        ImportRow.batch_id == batch_id, ImportRow.geometry.is_(None), suspects
    )
    rows = session.execute(query.order_by(ImportRow.number), execution_options={"yield_per": _MOST_CELLS})
    named = ((row.number, row.cells) for row in rows if is_section(row.cells) or is_total(row.cells))
    return [
        (number, excerpt(max((cell for cell in cells if any(map(str.isalpha, cell))), key=len), _SAMPLE_LENGTH))
        for number, cells in islice(named, _MOST_WITHOUT_DATA)
    ]


def _recall_values(ctx: Ctx, batch: ImportBatch) -> None:
    """Meanings of values that were remembered for the columns of this layout; what is gone is named."""
    options = {name: value for name, value in batch.options.items() if name not in REMEMBERED_OPTIONS}
    layout = layout_of(ctx, batch)
    notes = list(batch.found["notes"])
    if layout is not None:
        remembered, gone = recall_values(layout, batch.mapping)
        options |= remembered
        if remembered:
            notes.append(
                _(
                    "Nghĩa của giá trị theo lần nhập tệp “%(file)s” ngày %(day)s; xem lại sau khi kiểm tra.",
                    file=layout.file_name,
                    day=format_date(local_date(layout.used_at)),
                )
            )
        if gone:
            notes.append(
                _("Mẫu đã nhớ nhắc tới trường hoặc giá trị không còn: %(names)s; đã bỏ qua.", names=", ".join(gone))
            )
    batch.options, batch.found = options, batch.found | {"notes": notes}


def _positions(ctx: Ctx, batch: ImportBatch) -> list[str]:
    """The first positions of a single column, else the first geometries."""
    if "position" in batch.mapping:
        at = batch.found["header"].index(batch.mapping["position"])
        return [cells[at] for cells in first_cells(ctx, batch)]
    query = select(ImportRow.geometry).where(ImportRow.batch_id == batch.id, ImportRow.geometry.is_not(None))
    return [shape or "" for shape in ctx.session.scalars(query.order_by(ImportRow.number).limit(_LOOKED_AT))]


def _empty_columns(
    session: Session, batch_id: int, header: Sequence[str], samples: Sequence[Sequence[str]]
) -> list[str]:
    """Headers of the columns that are empty in every row. Only columns that are empty in `samples` are queried."""
    doubtful = [index for index in range(len(header)) if not any(cells[index].strip() for cells in samples)]
    if not doubtful:
        return []
    filled = [func.bool_or(func.btrim(ImportRow.cells[index + 1]) != "") for index in doubtful]
    filled_row = session.execute(select(*filled).where(ImportRow.batch_id == batch_id)).one()
    return [header[index] for index, holds in zip(doubtful, filled_row, strict=True) if not holds]


def _system_statements(session: Session, batch_id: int, header: Sequence[str]) -> list[str]:
    """Statements on the coordinate system in all cells, each once, after its header: "KTT: 105°00'"."""
    cell = func.unnest(ImportRow.cells).table_valued("cell", with_ordinality="place").render_derived()
    own = [statements_in(word) for word in header]
    explained = [
        column_number
        for column_number, word in enumerate(header, 1)
        if any(statements_in(f"{word}: {probe}") - own[column_number - 1] for probe in _PROBES)
    ]
    pattern = literal(_MAY_STATE).collate("C")
    alone = cell.c.cell.collate("C").op("~*", is_comparison=True)(pattern)
    in_row = func.array_to_string(ImportRow.cells, " ").collate("C").op("~*", is_comparison=True)(pattern)
    wanted = or_(alone, and_(cell.c.place.in_(explained), func.btrim(cell.c.cell) != ""))
    query = select(cell.c.place, cell.c.cell).select_from(ImportRow).join(cell, true())
    query = query.where(ImportRow.batch_id == batch_id, wanted, *([] if explained else [in_row]))
    query = query.group_by(cell.c.place, cell.c.cell).order_by(func.min(ImportRow.number), cell.c.place)
    statements: dict[frozenset[str], str] = {}
    for column_number, stated_in in session.execute(query.limit(_MOST_CELLS)):
        word = header[column_number - 1]
        stated = statements_in(f"{word}: {stated_in}") - own[column_number - 1]
        if stated and _COORDINATE.fullmatch(stated_in) is None:
            statements.setdefault(stated, f"{word}: {stated_in}")
    return list(statements.values())[:_MOST_STATEMENTS]


def _texts_elsewhere(description: FileDescription) -> list[str]:
    """Texts outside of the tables, and of each of several tables, that name a coordinate system."""
    texts = list(description.asides)
    if len(description.tables) > 1:
        for table in description.tables:
            texts += (table.title, *table.header, *(cell for cells in table.samples for cell in cells))
    return [text for text in dict.fromkeys(texts) if statements_in(text)][:_MOST_STATEMENTS]


def _found_in_file(description: FileDescription) -> dict[str, Any]:
    return {
        "encoding": description.encoding,
        "encoding_sure": description.encoding_sure,
        "encoding_offered": description.encoding_offered,
        "separator": description.separator,
        "notes": list(description.notes),
        "table_count": len(description.tables),
    }


def _table_json(table: TableDescription) -> dict[str, Any]:
    samples = [[excerpt(cell, _SAMPLE_LENGTH) for cell in cells] for cells in table.samples]
    return {
        "name": table.name,
        "title": storable(table.title),
        "header": list(table.header),
        "header_row": table.header_row,
        "row_count": table.row_count,
        "samples": samples,
        "geometry_type": table.geometry_type,
        "crs": asdict(table.crs) if table.crs else None,
        "units": dict(table.units),
        "role": table.role,
        "hidden": table.hidden,
    }
