"""Imports in every state: what the rows of the table name, and what their forms send."""

import io

from sqlalchemy import select

from registry.imports.commands import SetMapping, UploadFile
from registry.imports.jobs import STORE
from registry.imports.mapping.coordinate_systems import System
from registry.imports.models import BatchState, ImportMissing, ImportResult, ImportRow, RememberedLayout, RowOutcome
from registry.imports.outcome.corrections import row_digest
from registry.imports.outcome.merging import compare_rows
from registry.imports.service import apply_batch, check_batch, read_batch, request_apply, set_mapping, upload
from tests.factories.structures import make, organisation_id

HEAD = ("Mã", "Tên", "Loại cột", "Chiều cao cột", "Vĩ độ", "Kinh độ")
ROWS = (("A-1", "Trạm A", "A2b", "42", "19,807", "105,776"), ("A-2", "Trạm B", "A2b", "42", "19,808", "105,777"))
LIST_OF_TOWERS = "".join(f"{';'.join(cells)}\n" for cells in (HEAD, *ROWS)).encode()
#: The row that is mended, and the one on which somebody may decide.
MENDED, DOUBLE = 2, 3
IMPORT_FIELDS = {
    "imports.upload": {"owner": "{owner_id}", "kind": "antenna_tower", "file": ("trạm.csv", LIST_OF_TOWERS)},
    "imports.tables": {"version": "{batch_version}", "table_0": "antenna_tower"},
    "imports.reading": {"version": "{batch_version}", "header_row": "1"},
    "imports.mapping": {
        "version": "{batch_version}",
        "column_0": "own_code",
        "column_1": "name",
        "column_2": "mast_class",
        "column_3": "height_m",
        "column_4": "latitude",
        "column_5": "longitude",
        "system": "wgs84",
    },
    "imports.correct_row": {"seen": "{seal}", "cell_1": "Trạm khác"},
    "imports.decide": {"version": "{batch_version}", "scope": "rows", f"choice_{DOUBLE}": "new"},
    "imports.values_post": {"version": "{batch_version}", "pattern_0": ""},
    "imports.column_post": {"version": "{batch_version}", "searched": "Trạm", "substitute": "Cột", "replace": "1"},
    "imports.split": {"version": "{batch_version}", "split_column": "Tên", "split_at": " "},
    "imports.merge_post": {"digest": "{merge_seal}"},
    "imports.merge_doubles": {"version": "{batch_version}"},
    "imports.prefix": {"version": "{batch_version}", "prefix": ""},
    "imports.missing_post": {"choice": "keep", "scope": "all"},
    "imports.layout_post": {"version": "{layout_version}", "column_0": "own_code", "column_1": "name"},
}


_STATES = {"batch": "", "checked batch": "checked", "doubled batch": "doubled", "applied batch": "applied"}


def import_objects(app, ctx_of):
    """Object of the table -> what fills addresses and bodies, of two owners."""
    store, objects = STORE.of(app), {}
    for owner in ("viettel", "vnpt"):
        for name, state in _STATES.items():
            with ctx_of(owner) as ctx:
                objects[f"{owner} {name}"] = batch(ctx, store, owner, state)
        with ctx_of(owner) as ctx:
            objects[f"{owner} choosing batch"] = choosing(ctx, store, owner)
            owned = RememberedLayout.organisation_id == organisation_id(ctx.session, owner)
            layout = ctx.session.scalars(select(RememberedLayout).where(owned)).one()
            objects[f"{owner} layout"] = {"layout_id": layout.id, "layout_version": layout.version}
    return objects


def choosing(ctx, store, owner):
    """A file of which somebody must say what its tables are."""
    sent_batch = sent(ctx, store, owner, LIST_OF_TOWERS)
    table = {
        "name": sent_batch.table_name,
        "title": "",
        "header": list(HEAD),
        "header_row": 1,
        "row_count": 2,
        "samples": [],
    }
    table |= {"geometry_type": None, "crs": None, "units": {}, "role": None, "hidden": False}
    sent_batch.found = {"tables": [table]}
    sent_batch.state, sent_batch.table_name = BatchState.CHOOSING, None
    ctx.session.flush()
    return {"batch_id": sent_batch.id, "batch_version": sent_batch.version}


def sent(ctx, store, owner, content):
    """A file that was uploaded and read."""
    command = UploadFile(organisation_id(ctx.session, owner), "antenna_tower", "tram", io.BytesIO(content))
    return read_batch(ctx, store, upload(ctx, store, command).id)


def batch(ctx, store, owner, state):
    """A list of two towers: read, checked with one row that seems to be there, or applied with a structure missing."""
    content = LIST_OF_TOWERS + ";".join(ROWS[0]).encode() * (state == "doubled")
    sent_batch = sent(ctx, store, owner, content)
    seal = merge_seal = "x"
    if state:
        set_mapping(ctx, SetMapping(sent_batch.id, sent_batch.version, sent_batch.mapping, System.WGS84))
        check_batch(ctx, sent_batch.id)
    if state == "checked":
        ctx.session.get_one(ImportResult, (sent_batch.id, DOUBLE)).outcome = RowOutcome.DUPLICATE
        row = ctx.session.scalars(select(ImportRow).filter_by(batch_id=sent_batch.id, number=MENDED)).one()
        seal = row_digest(sent_batch, row)
        merge_seal = compare_rows(ctx, sent_batch, MENDED, DOUBLE)[1]
    if state == "applied":
        request_apply(ctx, sent_batch.id)
        apply_batch(ctx, sent_batch.id)
        left_out = make(ctx, owner=owner)
        ctx.session.add(ImportMissing(batch_id=sent_batch.id, structure_id=left_out.id))
    ctx.session.flush()
    facts = {"number": MENDED, "other": DOUBLE, "seal": seal, "merge_seal": merge_seal, "field": "name"}
    return {"batch_id": sent_batch.id, "batch_version": sent_batch.version} | facts
