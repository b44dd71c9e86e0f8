"""Networks of a past time hold what the CSV of that time holds, users of then, rights of today."""

import json
import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from registry.capacity.commands import AddEntry, EndEntry, SetPlace
from registry.capacity.models import CapacityEntry, CapacityPlace, PlaceUnit
from registry.capacity.service import add_entry, end_entry, set_place
from registry.exports.ofds import FULL, PUBLIC
from registry.exports.structures import STRUCTURES
from registry.exports.writing import write_list
from registry.kernel.errors import Invalid
from registry.kernel.exports.dataset import ExportFormat
from registry.structures.codes import Status
from registry.structures.commands import ChangeStatus, EditStructure
from registry.structures.kinds import KINDS
from registry.structures.queries import get_structure
from registry.structures.writing import decommission, edit_structure
from registry.structures.writing.create_edit import current_values
from tests.factories.colocation import accept, case, filed, tower, unpublish
from tests.factories.structures import make, position_at
from tests.support import shared
from tests.support.exports import as_rows
from tests.support.ofds import problems

THEN = datetime(2026, 1, 5, 8, tzinfo=UTC)
LATER = datetime(2026, 3, 5, 8, tzinfo=UTC)
NOW = datetime(2026, 6, 5, 8, tzinfo=UTC)
DAY = {"as_of": "2026-02-01"}
KNOWN = {"recorded_at": "2026-02-15T10:00:00+07:00"}
TIMES = (DAY, KNOWN, DAY | KNOWN, {"as_of": "2026-04-01"}, {})
READERS = ("viettel", "so.khcn", "vnpt")

database, app, ctx_of, client_of, taken_back = shared.FIXTURES
pytestmark = pytest.mark.usefixtures("province")


@pytest.fixture(scope="module")
def province(ctx_of):
    """Viettel's structures of every kind, some of which have changed since; by the names of this file, their codes."""
    with ctx_of("viettel", now=THEN) as ctx:
        codes = {kind: make(ctx, owner="viettel", kind=kind).code for kind in KINDS}
        codes["shared"] = tower(ctx, owner="viettel", name="Tên cũ").code
        codes["withdrawn"] = tower(ctx, owner="viettel", name="Từng công bố").code
        codes["used"] = make(ctx, owner="viettel", name="Có người dùng").code
        set_place(ctx, SetPlace(codes["used"], "Sàn 1", PlaceUnit.POSITION, 3))
        add_entry(ctx, AddEntry(codes["used"], "Sàn 1", 1, holder="vnpt"))
    codes["agreed then"] = agreed(ctx_of, THEN, codes["shared"])
    with ctx_of("viettel", now=LATER) as ctx:
        change(ctx, codes["shared"], name="Tên mới", position=position_at(105.79, 19.82))
        change(ctx, codes["cable_duct"], name="Tuyến cống đổi tên")
        unpublish(ctx, codes["withdrawn"])
        end_entry(ctx, EndEntry(entry_of(ctx, codes["used"]), LATER.date()))
        decommission(ctx, ChangeStatus(codes["cable_pole"], version_of(ctx, codes["cable_pole"]), "hết dùng"))
        codes["new"] = tower(ctx, owner="viettel", name="Mới dựng").code
    codes["agreed later"] = agreed(ctx_of, LATER, codes["new"])
    return codes


def version_of(ctx, code):
    return get_structure(ctx, code).version


def change(ctx, code, *, position=None, **values):
    structure = get_structure(ctx, code)
    edit_structure(ctx, EditStructure(code, structure.version, current_values(structure) | values, position))


def entry_of(ctx, code):
    structure = get_structure(ctx, code)
    query = select(CapacityEntry.id).join(CapacityPlace, CapacityPlace.id == CapacityEntry.place_id)
    return ctx.session.scalars(query.where(CapacityPlace.structure_id == structure.id)).one()


def agreed(ctx_of, moment, code):
    """The number of a request of VNPT's that Viettel accepts at once."""
    with ctx_of("vnpt", now=moment) as ctx:
        request = filed(ctx, code)
        request_id = request.id
    with ctx_of("viettel", now=moment) as ctx:
        accept(ctx, case(ctx, request_id))
        return case(ctx, request_id).number


@pytest.fixture
def taken(ctx_of, tmp_path):
    """A function: reader, list, format and filter -> the content of the file, and what was told of it."""

    def take(username, export, file_format, **args):
        with ctx_of(username, now=NOW, read_only=True) as ctx:
            path, about = write_list(ctx, export, export.open(ctx, MultiDict(args)), file_format, tmp_path)
        return path.read_bytes(), about

    return take


@pytest.fixture(scope="module")
def known_packages(province):
    """Reader, list and filter -> what their package says of the register as this file has made it."""
    del province
    return {}


@pytest.fixture
def package(taken, known_packages):
    """A function: reader, list and filter -> what a package says."""

    def read(username, export=FULL, **args):
        key = (username, export is PUBLIC, *sorted(args.items()))
        if key not in known_packages:
            known_packages[key] = package_now(taken, username, export, **args)
        return known_packages[key]

    return read


def package_now(taken, username, export=FULL, **args):
    content, _about = taken(username, export, ExportFormat.OFDS, **args)
    document = json.loads(content)
    assert problems(document) == []
    return document


def said_by_package(document):
    """Code -> name, whether it is in use, commune and first place, of the one network of a package."""
    (network,) = document["networks"]
    members = {node["id"]: node for node in network["nodes"] if ":" not in node["id"]}
    members |= {span["id"]: span for span in network.get("spans", [])}
    return {
        code: (
            item["name"],
            item["status"] == "operational",
            tuple((item["location"]["coordinates"] if "location" in item else item["route"]["coordinates"][0])[:2]),
        )
        for code, item in members.items()
    }


def said_by_csv(taken, username, **args):
    """The same of the exact rows of the CSV file of all kinds."""
    content, _about = taken(username, STRUCTURES, ExportFormat.CSV, **args)
    return {
        row["registry_code"]: (
            row["name"],
            row["status"] == str(Status.ACTIVE.label),
            tuple(
                round(float(angle.replace(",", ".")), 7)
                for angle in reversed(row["position"].split("\n")[0].split("; "))
            ),
        )
        for row in as_rows("csv", content)[0]
        if row["precision"] == "chính xác"
    }


def times_of_readers():
    """Each time for the owner and each reader at two times; the trials have all of both."""
    for time in TIMES:
        for username in READERS:
            marks = () if username == "viettel" or time in (DAY | KNOWN, {}) else pytest.mark.trial
            yield pytest.param(username, time, marks=marks, id=f"{username}-{'-'.join(time.values()) or 'now'}")


@pytest.mark.parametrize(("username", "time"), list(times_of_readers()))
def test_a_package_of_a_time_holds_what_the_csv_of_that_time_holds(taken, package, province, username, time):
    in_csv = said_by_csv(taken, username, **time)
    assert said_by_package(package(username, **time)) == in_csv
    assert len(in_csv) == {"viettel": len(KINDS) + 3, "so.khcn": len(KINDS) + 3, "vnpt": 1}[username] + (
        0 if time in (DAY, KNOWN, DAY | KNOWN) else 1
    )


def test_the_past_differs_from_the_present_where_something_has_changed(package, province):
    then, now = (said_by_package(package("viettel", **time)) for time in (DAY, {}))
    assert then[province["shared"]] == ("Tên cũ", True, (105.776, 19.807))
    assert now[province["shared"]] == ("Tên mới", True, (105.79, 19.82))
    assert (then[province["cable_pole"]][1], now[province["cable_pole"]][1]) == (True, False)
    assert set(now) - set(then) == {province["new"]}


@pytest.mark.parametrize("time", [DAY, KNOWN])
def test_users_and_agreements_are_those_of_then(package, province, time):
    (then,), (now,) = (package("viettel", **when)["networks"] for when in (time, {}))
    users = {
        name: next(node for node in network["nodes"] if node["id"] == province["used"]).get("networkProviders", [])
        for name, network in (("then", then), ("now", now))
    }
    assert [user["id"] for user in users["then"]] == ["vnpt"]
    assert users["now"] == []
    assert [contract["id"] for contract in then["contracts"]] == [province["agreed then"]]
    assert [contract["id"] for contract in now["contracts"]] == [province["agreed then"], province["agreed later"]]


def test_a_rival_reads_no_users_of_then(package, province):
    (network,) = package("vnpt", **DAY)["networks"]
    assert [node["id"] for node in network["nodes"]] == [province["shared"]]
    assert "networkProviders" not in network["nodes"][0]


def test_the_public_reads_of_the_past_what_is_still_published(package, province):
    (then,), (now,) = (package("so.khcn", PUBLIC, **time)["networks"] for time in (DAY, {}))
    assert [node["id"] for node in then["nodes"]] == [province["shared"]]
    assert then["nodes"][0]["location"]["coordinates"] == [105.776, 19.807]
    assert {node["id"] for node in now["nodes"]} == {province["shared"], province["new"]}


def test_a_file_of_a_time_says_so(taken, package, province):
    _content, about = taken("viettel", FULL, ExportFormat.OFDS, **DAY | KNOWN)
    assert re.match(r"ofds-0\.4-tai-20260201-ghi-nhan-20260215-100000-\d{8}-\d{4}\.", about.file_name)
    _content, about = taken("so.khcn", PUBLIC, ExportFormat.OFDS_GEOJSON, **DAY)
    assert about.file_name.startswith("ofds-cong-khai-0.4-tai-20260201-")
    (network,) = package("viettel", **DAY | KNOWN)["networks"]
    assert "có hiệu lực tại ngày 01/02/2026" in network["name"]
    assert "15/02/2026 10:00:00" in network["name"]
    assert network["publicationDate"] == "2026-06-05"


def test_with_both_times_it_stays_the_same(taken, package, province, ctx_of):
    both = DAY | KNOWN
    before = package("viettel", **both)
    with ctx_of("viettel", now=datetime(2026, 5, 5, tzinfo=UTC)) as ctx:
        change(ctx, province["shared"], name="Tên sau nữa")
        make(ctx, owner="viettel")
    assert package_now(taken, "viettel", **both) == before


def test_before_anything_was_known_there_is_nothing(taken, province):
    with pytest.raises(Invalid, match="vị trí chính xác"):
        taken("viettel", FULL, ExportFormat.OFDS, as_of="2025-06-30")
