"""One more restricted structure changes nothing for readers other than its owner and the two departments.

It has users and stands next to what these readers see; a violation, an incident and an inspection are on it. Every page
and file that they may open is compared before and after; notes of accesses are left out, as each answer adds one of its
own.
"""

import io
import re
import zipfile

import pytest
from pyhanko.pdf_utils.reader import PdfFileReader

from registry.capacity.commands import AddEntry, SetPlace
from registry.capacity.models import PlaceUnit
from registry.capacity.service import add_entry, set_place
from registry.incidents.commands import Whereabouts
from registry.inspections.models import InspectionPlan
from registry.inspections.service import add_structures
from registry.kernel.geo.coordinates import parse_position
from registry.violations.service import open_from_referral
from registry.workflow.referrals import Referral
from tests.factories.incidents import TRIAGE, report
from tests.factories.incidents import move as triage
from tests.factories.inspections import plan
from tests.factories.structures import make
from tests.permissions.cases import address, table
from tests.support.clock import NOW
from tests.support.outsider import words_of

#: They see restricted structures, or the log of all changes.
KNOWING = frozenset({"viettel", "so.khcn", "so.xaydung", "quantri", "disabled"})
FEW = ("vnpt", "ubnd.tinh", "public")
#: Moments, counts of questions asked, signed tickets.
CHANGING = re.compile(
    r"\d\d/\d\d/\d{4} \d\d:\d\d(:\d\d)?|đã tra cứu \d+ lượt|\b\d+ (giây|phút) trước|name=\"(ticket|altcha)\"[^>]*>"
)
#: What the answer before it changes, and what offers a new secret each time.
OWN_NOTES = frozenset({"audit.looks", "accounts.own_factors", "static"})


def _readers():
    _rows, cast = table()
    return [
        *(pytest.param(name, id=name) for name in FEW),
        *(
            pytest.param(name, id=name, marks=pytest.mark.trial)
            for name in cast
            if name not in FEW and name not in KNOWING
        ),
    ]


def answers(app, database, objects, member, name, wanted=None):
    """Address -> answer, of all GET rows that the reader may open; `wanted`: of these addresses alone."""
    rows, _cast = table()
    answered = {}
    for row in rows:
        if row["method"] != "GET" or row[name] != "200" or row["endpoint"] in OWN_NOTES:
            continue
        where = address(app, row["endpoint"], objects[""] | objects[row["object"]] | member.given)
        if wanted is not None and where.partition("?")[0] not in wanted:
            continue
        savepoint = database._bind.begin_nested()
        with member.client.get(where) as answer:
            answered[where] = (answer.status_code, CHANGING.sub("", said_by(answer)))
        savepoint.rollback()
    return answered


def said_by(answer):
    """The words of an answer; of a zipped file its parts without the moment of writing, of a PDF what is drawn."""
    if answer.data[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(answer.data)) as parts:
            names = [name for name in parts.namelist() if name != "docProps/core.xml"]
            return "\n".join(f"{name} {parts.read(name).decode('utf-8', 'replace')}" for name in names)
    if answer.data[:4] == b"%PDF" and b"startxref" in answer.data:
        return "\n".join(drawn_on(answer.data))
    # A paper that somebody sent is what it is, whole or not.
    return words_of(answer)


def drawn_on(content):
    """The drawing instructions of each page of a PDF: its words as glyphs, without dates and numbers of the file."""

    def pages_of(node):
        for kid in node.get("/Kids", ()):
            yield from pages_of(kid.get_object()) if "/Kids" in kid.get_object() else [kid.get_object()]

    reader = PdfFileReader(io.BytesIO(content))
    return [page["/Contents"].data.decode("latin-1") for page in pages_of(reader.root["/Pages"])]


@pytest.fixture
def plan_id(ctx_of):
    """A draft of the lead department for the whole province, which takes the restricted structure in."""
    return plan(ctx_of, by="so.khcn", unit_id=None)


def add_restricted(ctx_of, places, plan_id):
    """Restricted structures of two kinds, one with users; cases on the one in nobody's area, whose code is returned."""
    inside, outside = places
    for position in (inside, outside):
        with ctx_of("viettel") as ctx:
            tower = make(ctx, at=position, sharing_status="restricted", name="Trạm đặc biệt")
            set_place(ctx, SetPlace(tower.code, "Sàn 1", PlaceUnit.POSITION, 5))
            add_entry(ctx, AddEntry(tower.code, "Sàn 1", 2))
            make(ctx, kind="cable_route", at=position, sharing_status="restricted", name="Tuyến đặc biệt")
    put_cases_on(ctx_of, tower, outside, plan_id)
    return tower.code


def put_cases_on(ctx_of, tower, position, plan_id):
    """A published incident at its place, a violation that was referred, an item of the plan."""
    where = Whereabouts(place=parse_position(f"{position[1]:.6f}, {position[0]:.6f}", "wgs84"), structure_id=tower.id)
    incident_id, _code = report(ctx_of, where=where)
    triage(ctx_of, "so.khcn", incident_id, "triage", **TRIAGE)
    with ctx_of("so.khcn", now=NOW) as ctx:
        number = ctx.session.get_one(InspectionPlan, plan_id).number
        add_structures(ctx, plan_id, [tower.code])
    with ctx_of("so.khcn", now=NOW) as ctx:
        referral = Referral("no_maintenance", tower.id, None, "inspection", plan_id, number, "Không bảo trì")
        open_from_referral(ctx, referral)


@pytest.mark.parametrize("name", _readers())
def test_one_more_restricted_structure_changes_no_answer(
    app, database, ctx_of, objects, members, places, plan_id, name
):
    before = answers(app, database, objects, members[name], name)
    add_restricted(ctx_of, places, plan_id)
    after = answers(app, database, objects, members[name], name)
    assert len(before) > 20
    assert [(where, *_parted(before[where], after[where])) for where in before if before[where] != after[where]] == []


def test_the_department_sees_the_same_pages_change(app, database, ctx_of, objects, members, places, plan_id):
    """The test above could pass on pages without figures."""
    wanted = {"/dashboard", "/structures", "/", "/violations", "/incidents"}
    before = answers(app, database, objects, members["so.khcn"], "so.khcn", wanted)
    add_restricted(ctx_of, places, plan_id)
    after = answers(app, database, objects, members["so.khcn"], "so.khcn", wanted)
    assert {where.partition("?")[0] for where in before if before[where] != after[where]} == wanted


def test_the_department_finds_the_item_of_the_inspection_and_another_reader_does_not(ctx_of, members, places, plan_id):
    code = add_restricted(ctx_of, places, plan_id)
    answers = {name: members[name].client.get(f"/inspections/{plan_id}") for name in ("so.khcn", "ubnd.tinh")}
    assert code in answers["so.khcn"].text
    assert code not in answers["ubnd.tinh"].text


def test_a_pdf_is_compared_by_what_its_pages_draw(objects, app, members):
    """The test above could pass on pages that are not read."""
    where = address(app, "campaigns.pdf", objects[""] | objects["campaign locked"] | members["so.khcn"].given)
    with members["so.khcn"].client.get(where) as answer:
        assert any("Tj" in page or "TJ" in page for page in drawn_on(answer.data))


def _parted(first, second):
    """What two answers say where they part."""
    start = next((i for i, (a, b) in enumerate(zip(first[1], second[1], strict=False)) if a != b), 0)
    return first[0], second[0], first[1][max(0, start - 80) : start + 80], second[1][max(0, start - 80) : start + 80]
