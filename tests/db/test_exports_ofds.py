"""Structures leave as networks of the Open Fibre Data Standard; the public ones tell no more than they should."""

import json
import zipfile

import pytest
from werkzeug.datastructures import MultiDict

from registry.capacity.commands import AddEntry, SetPlace
from registry.capacity.models import PlaceUnit
from registry.capacity.service import add_entry, set_place
from registry.exports.ofds import FULL, PUBLIC
from registry.exports.ofds_schema import Preset
from registry.exports.writing import write_list
from registry.kernel.errors import Invalid
from registry.kernel.exports.dataset import ExportFormat
from registry.structures.kinds import KINDS
from tests.factories.colocation import accept, case, filed, tower
from tests.factories.structures import make
from tests.support import shared
from tests.support.ofds import problems

HIDDEN = (105.7863127, 19.8171349)

database, app, ctx_of, client_of, taken_back = shared.FIXTURES
pytestmark = pytest.mark.usefixtures("province")


@pytest.fixture
def written(ctx_of, tmp_path):
    """A function: reader, list and filter -> the file as it is read again, and what was told of it."""

    def write(username, export=FULL, file_format=ExportFormat.OFDS, **args):
        with ctx_of(username, read_only=True) as ctx:
            source = export.open(ctx, MultiDict(args))
            path, about = write_list(ctx, export, source, file_format, tmp_path)
        if file_format is ExportFormat.OFDS:
            return json.loads(path.read_text(encoding="utf-8")), about
        archive = zipfile.ZipFile(path)
        return {name: json.loads(archive.read(name)) for name in archive.namelist()}, about

    return write


@pytest.fixture(scope="module")
def province(ctx_of):
    """One structure of every kind of Viettel's, some published, one of them used by VNPT by agreement."""
    with ctx_of("viettel") as ctx:
        for kind in KINDS:
            make(ctx, owner="viettel", kind=kind)
        shared = tower(ctx, owner="viettel").code
        hidden = make(ctx, owner="viettel", at=HIDDEN, name="Trạm chưa công bố").code
        set_place(ctx, SetPlace(hidden, "Sàn 1", PlaceUnit.POSITION, 3))
        add_entry(ctx, AddEntry(hidden, "Sàn 1", 1, holder="vnpt"))
    with ctx_of("vnpt") as ctx:
        request = filed(ctx, shared)
    with ctx_of("viettel") as ctx:
        accept(ctx, case(ctx, request.id))
    return {"shared": shared, "hidden": hidden}


@pytest.fixture(scope="module")
def package_of_viettel(ctx_of, province, tmp_path_factory):
    """All of Viettel's structures as a package, written once, and what was told of it."""
    del province
    with ctx_of("viettel", read_only=True) as ctx:
        source, folder = FULL.open(ctx, MultiDict()), tmp_path_factory.mktemp("package")
        path, about = write_list(ctx, FULL, source, ExportFormat.OFDS, folder)
    return path.read_text(encoding="utf-8"), about


def test_a_package_keeps_to_the_schema(package_of_viettel):
    text, about = package_of_viettel
    document = json.loads(text)
    assert problems(document) == []
    (network,) = document["networks"]
    assert set(network) >= {"nodes", "spans", "organisations", "contracts", "publisher"}
    lines = [kind for kind in KINDS.values() if kind.shape.value == "LINESTRING"]
    assert len(network["spans"]) == len(lines)
    assert len(network["nodes"]) == len(KINDS) - len(lines) + 2 * len(lines) + 2
    assert about.rows == len(KINDS) + 2


def test_the_schema_of_this_test_does_refuse(package_of_viettel):
    document = json.loads(package_of_viettel[0])
    document["networks"][0]["nodes"][0]["status"] = "standing"
    document["networks"][0]["crs"]["name"] = "EPSG:4326"
    assert len(problems(document)) >= 2


def test_every_span_ends_at_nodes_of_its_network(package_of_viettel):
    document = json.loads(package_of_viettel[0])
    for network in document["networks"]:
        nodes = {node["id"]: node for node in network["nodes"]}
        assert len(nodes) == len(network["nodes"])
        for span in network["spans"]:
            ends = [nodes[span[name]]["location"]["coordinates"] for name in ("start", "end")]
            assert ends == [span["route"]["coordinates"][0], span["route"]["coordinates"][-1]]


def test_who_owns_and_who_uses_are_told_apart(package_of_viettel, province):
    document = json.loads(package_of_viettel[0])
    (network,) = document["networks"]
    roles = {organisation["id"]: organisation["roles"] for organisation in network["organisations"]}
    assert "physicalInfrastructureProvider" in roles["viettel"]
    assert roles["vnpt"] == ["networkProvider"]
    node = next(node for node in network["nodes"] if node["id"] == province["hidden"])
    assert node["supportingInfrastructure"]["owner"]["id"] == "viettel"
    assert [user["id"] for user in node["networkProviders"]] == ["vnpt"]
    assert [contract["title"] for contract in network["contracts"]] == [network["contracts"][0]["title"]]


def test_a_rival_takes_out_what_is_published_and_not_who_uses_it(written, province):
    document, about = written("vnpt")
    (network,) = document["networks"]
    assert [node["id"] for node in network["nodes"]] == [province["shared"]]
    assert "spans" not in network
    assert "networkProviders" not in network["nodes"][0]
    assert about.owner_ids


def test_a_public_package_is_cut_and_names_nobody_but_owners(written, province):
    document, _about = written("so.khcn", PUBLIC)
    assert problems(document) == []
    text = json.dumps(document, ensure_ascii=False)
    (network,) = document["networks"]
    assert [node["id"] for node in network["nodes"]] == [province["shared"]]
    assert network["nodes"][0]["location"]["coordinates"] == [105.776, 19.807]
    assert "contracts" not in network
    assert "networkProviders" not in text
    assert "streetAddress" not in text
    assert "chưa công bố" not in text
    for number in HIDDEN:
        assert f"{number:.3f}" not in text


def test_coordinates_are_cut_and_never_rounded():
    assert Preset(is_public=True, decimals=3).coordinates((105.77699, 19.80799)) == [105.776, 19.807]
    assert Preset().coordinates((105.776991234, 19.8)) == [105.7769912, 19.8]


def test_the_filter_of_the_list_holds(written, province):
    document, _about = written("viettel", kind="cable_route")
    (network,) = document["networks"]
    assert len(network["spans"]) == 1
    span = network["spans"][0]
    assert span["transmissionMedium"] == ["fibre"]
    assert [provider["id"] for provider in span["networkProviders"]] == ["viettel"]


def test_nodes_and_spans_are_also_given_as_two_geojson_files(written, province):
    files, _about = written("viettel", file_format=ExportFormat.OFDS_GEOJSON)
    assert set(files) == {"nodes.geojson", "spans.geojson"}
    for name, kind in (("nodes", "Point"), ("spans", "LineString")):
        features = files[f"{name}.geojson"]["features"]
        assert {feature["geometry"]["type"] for feature in features} == {kind}
        assert all(feature["properties"]["network"]["id"] for feature in features)


def test_nothing_known_exactly_is_said_in_words(written):
    for file_format in (ExportFormat.OFDS, ExportFormat.OFDS_GEOJSON):
        with pytest.raises(Invalid, match="vị trí chính xác"):
            written("vnpt", file_format=file_format, kind="manhole")


@pytest.mark.parametrize(("year_only", "expected"), [("có", []), ("", ["2019-01-01"])])
def test_a_day_that_nobody_knows_is_not_said(written, ctx_of, year_only, expected):
    with ctx_of("viettel") as ctx:
        code = make(ctx, kind="cable_duct", in_service_on="01/01/2019", in_service_year_only=year_only).code
    document, _about = written("viettel", kind="cable_duct")
    (span,) = (span for span in document["networks"][0]["spans"] if span["id"] == code)
    assert [span[name] for name in ("readyForServiceDate",) if name in span] == expected
