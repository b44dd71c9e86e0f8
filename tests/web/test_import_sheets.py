"""Sheets as they really come: a first run of the page, with nothing but the choices it asks for."""

from decimal import Decimal

import pytest
from sqlalchemy import func, select

from registry.imports.jobs import STORE, run_work
from registry.imports.models import ImportBatch, ImportResult
from registry.structures.models import Structure
from tests.factories.structures import organisation_id
from tests.support import shared
from tests.support.import_ways import answer_values, press, send_columns, upload
from tests.support.realistic_sheets import SHEETS

database, app, ctx_of, client_of, taken_back = shared.FIXTURES

OWNER = "viettel"
#: Share of the good rows that a first run takes at least, in percent (27 before values had meanings).
SHARE = 90
#: Metres of a degree of latitude.
_DEGREE_M = 111_000


@pytest.fixture(scope="module")
def first_runs(app, database, client_of):
    """File -> rows that went in, differences from what their author meant, and what became of the batch."""
    with database.session() as session:
        owner = organisation_id(session, OWNER)
    client = client_of(OWNER)
    return {sheet.file: _first_run(app, database, client, owner, sheet) for sheet in SHEETS}


def _first_run(app, database, client, owner, sheet):
    address = upload(client, sheet.content, sheet.file, owner=owner, kind=sheet.kind)
    batch_id = int(address.rsplit("/", 1)[1])
    answer = send_columns(client, address, asked=sheet)
    if answer.status_code == 303:
        answer_values(client, address, sheet.answers)
    if answer.status_code == 303 and press(client, address, "apply").status_code == 303:
        run_work(database, STORE.of(app), "apply", batch_id, None)
    with database.session() as session:
        batch = session.get_one(ImportBatch, batch_id, populate_existing=True)
        taken = _taken(session, batch_id) if batch.state.value == "applied" else {}
        reasons = {
            problem["reason"]
            for problems in session.scalars(select(ImportResult.problems).where(ImportResult.batch_id == batch_id))
            for problem in problems or ()
            if problem["blocks"]
        }
        wrong = [text for code, row in taken.items() for text in _differences(code, *row, sheet)]
        return len(taken), wrong, (answer.status_code, batch.state.value, batch.failure, batch.counts, sorted(reasons))


def _taken(session, batch_id):
    """Own code -> structure, longitude and latitude of the rows that went in."""
    middle = func.ST_Centroid(ImportResult.place)
    query = select(Structure, func.ST_X(middle), func.ST_Y(middle)).join(
        ImportResult, ImportResult.structure_id == Structure.id
    )
    rows = session.execute(query.where(ImportResult.batch_id == batch_id, ImportResult.outcome == "new"))
    return {row[0].own_code: tuple(row) for row in rows}


def _differences(code, structure, lon, lat, sheet):
    meant = sheet.truth.get(code)
    if meant is None:
        yield f"{code}: stays out"
        return
    apart = max(abs(lon - meant["lon"]), abs(lat - meant["lat"])) * _DEGREE_M
    if apart > sheet.tolerance_m:
        yield f"{code}: {apart:.0f} m off"
    for name in meant.keys() - {"lon", "lat"}:
        value = getattr(structure, name)
        if not _same(value, meant[name]):
            yield f"{code}: {name} is {value}, not {meant[name]}"


def _same(value, meant):
    if isinstance(value, Decimal):
        return abs(value - Decimal(str(meant))) < Decimal("0.001")
    return value == meant or str(value) == str(meant)


def test_a_first_run_takes_the_good_rows_of_realistic_sheets(first_runs):
    good = sum(len(sheet.truth) for sheet in SHEETS)
    taken = sum(count for count, _wrong, _said in first_runs.values())
    assert 100 * taken >= SHARE * good, {file: (run[0], run[2]) for file, run in first_runs.items()}


def test_no_row_of_a_first_run_is_taken_otherwise_than_meant(first_runs):
    assert {file: run[1] for file, run in first_runs.items() if run[1]} == {}
