"""What a page exports, a page takes back without finding a single change: every kind, format and language.

A rotation stands in the suite, each kind once, in the languages by turns, and each format; all of them are a trial.
"""

import re
from decimal import Decimal

import pytest
from sqlalchemy import select

from registry.capacity.commands import AddEntry, SetPlace
from registry.capacity.rules import usual_measures, usual_unit
from registry.capacity.service import add_entry, set_place
from registry.exports.structures import columns_of
from registry.imports.models import ImportBatch, ImportResult, RowOutcome
from registry.kernel.exports.dataset import Only
from registry.kernel.exports.map_files import short_names
from registry.kernel.i18n import LANGUAGES
from registry.structures.kinds import KINDS
from tests.factories.cables import cable, poles
from tests.factories.complete import complete
from tests.factories.structures import HAC_THANH, make, organisation_id
from tests.support.exports import as_rows
from tests.support.import_ways import choose_table, send_columns, tables_in, upload

FORMATS = ("csv", "xlsx", "geojson", "gpkg", "kml", "shp")
ENDINGS = {"shp": "zip"}
#: What cannot be said beside the rest.
REFUSING = {"sharing_status": "not_shareable", "not_shareable_reason": "technical"}
PLACE_MEASURES = {"height_m": Decimal("0.5"), "diameter_mm": Decimal(60), "level": 2}
DEAD = {"status": "decommissioned", "dead_flag": "true", "dead_on": "02/03/2026", "dead_evidence": "Biên bản 7"}
REMOVED = {"status": "removed", "removed_on": "04/05/2026"}


def ways():
    """(kind, format, language), those of the rotation in the suite and the others as a trial."""
    for at, kind in enumerate(KINDS):
        turn = (at + at // len(FORMATS)) % len(LANGUAGES)
        for language in LANGUAGES:
            for file_format in FORMATS:
                usual = (file_format, language) == (FORMATS[at % len(FORMATS)], list(LANGUAGES)[turn])
                yield pytest.param(kind, file_format, language, marks=() if usual else pytest.mark.trial)


def fill(ctx, kind):
    """Structures of a kind with all fields, with those that rule each other out, and with nothing but what is required;
    how many they are."""
    texts = complete(kind)
    if "stated_length_m" in texts:
        texts |= {"stated_length_m": "457"}
    if kind == "cable_route":
        cable(ctx, *poles(ctx, 3), **texts | {"own_code": "C-1"})
        for number, more in enumerate((DEAD, REMOVED), 2):
            make(ctx, kind=kind, at=_beside(number), **texts | more | {"own_code": f"C-{number}"})
    else:
        special = [{}, REFUSING, {"name": '=1+1; "hai"', "note": "a\nb"}]
        structure, *_others = [
            make(ctx, kind=kind, at=at, **texts | more | _manholes(ctx, kind, at) | {"own_code": f"C-{number}"})
            for number, (at, more) in enumerate(zip((HAC_THANH, _beside(2), _beside(3)), special, strict=True), 1)
        ]
        if KINDS[kind].hosting is not None:
            label = str(KINDS[kind].place.label)
            measures = {name: PLACE_MEASURES[name] for name in usual_measures(KINDS[kind])}
            set_place(ctx, SetPlace(structure.code, label, usual_unit(KINDS[kind]), 4, measures))
            add_entry(ctx, AddEntry(structure.code, label, 1, holder="vnpt"))
    bare = {name: "" for name, field in KINDS[kind].fields().items() if not field.required}
    make(ctx, kind=kind, at=_beside(4), **bare | {"own_code": "C-4"})
    return 4


def _manholes(ctx, kind, at):
    """Of a duct from a place on: the codes of manholes that are made at its ends."""
    if kind != "cable_duct":
        return {}
    ends = (at, (at[0] + 0.003, at[1] + 0.003))
    codes = [f"“{end[0]:.6f}”; Đức" for end in ends]
    for code, end in zip(codes, ends, strict=True):
        make(ctx, kind="manhole", at=end, own_code=code)
    return dict(zip(("from_manhole_code", "to_manhole_code"), codes, strict=True))


def _beside(number):
    return HAC_THANH[0] + number * 0.001234567, HAC_THANH[1] + number * 0.000987654


def names_of_ten_letters(kind, header):
    """Field -> column of a Shapefile, as its README.txt tells a person."""
    columns = [column.name for column in columns_of(kind) if column.only is Only.ALL]
    shorts = dict(zip(columns, short_names(columns), strict=True))
    fields = [*KINDS[kind].fields(), "commune", "owner", "capacity_total", "capacity_used"]
    fields += [f"capacity_{name}" for name in usual_measures(KINDS[kind])]
    fields += [relation.name for relation in KINDS[kind].relations]
    return {name: shorts[name] for name in fields if shorts.get(name) in header}


@pytest.mark.parametrize(("kind", "file_format", "language"), list(ways()))
def test_an_exported_list_comes_back_without_a_change(ctx_of, client_of, database, kind, file_format, language):
    with ctx_of("viettel") as ctx:
        count = fill(ctx, kind)
        owner = organisation_id(ctx.session, "viettel")
    client = client_of("viettel")
    client.set_cookie("language", language)
    with client.get(f"/exports/structures.{file_format}?kind={kind}") as answer:
        assert answer.status_code == 200
        content = answer.data
    if file_format in ("gpkg", "shp"):
        # As another program reads it, which finds nothing to warn of.
        assert len(as_rows(file_format, content)[0]) == count
    name = f"danh sách.{ENDINGS.get(file_format, file_format)}"
    address = upload(client, content, name, owner=owner, kind=kind)
    tables = tables_in(client.get(address))
    if tables:
        choose_table(client, address, tables[0], kind)
    batch_id = int(address.rsplit("/", 1)[1])
    mapping = None
    if file_format == "shp":
        with database.session() as session:
            mapping = names_of_ten_letters(kind, session.get_one(ImportBatch, batch_id).found["header"])
    answer = send_columns(client, address, mapping)
    assert answer.status_code == 303, re.findall(r'href="#\w+">([^<]+)', answer.text)
    with database.session() as session:
        results = session.scalars(select(ImportResult).where(ImportResult.batch_id == batch_id)).all()
        others = [(row.number, row.outcome, row.problems, row.changes, row.moved_m) for row in results]
        assert [other for other in others if other[1] is not RowOutcome.UNCHANGED] == []
        assert len(results) == count
        taken = set(session.get_one(ImportBatch, batch_id).mapping)
    compared = {*KINDS[kind].fields(), *(f"capacity_{name}" for name in usual_measures(KINDS[kind]))}
    assert compared - taken == set(), "a field that is not compared proves nothing"
