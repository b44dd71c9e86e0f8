"""Ducts end at the manholes that they store, in both versions of the standard, over generated registers."""

import json
import random
import zipfile
from itertools import product
from math import dist

import pytest
from werkzeug.datastructures import MultiDict

from registry.exports.ofds import FULL, PUBLIC
from registry.exports.writing import write_list
from registry.kernel.errors import Invalid
from registry.kernel.exports.dataset import ExportFormat
from registry.kernel.text import code_key
from registry.structures.commands import CreateStructure, GivenPosition
from registry.structures.writing import create_structure
from tests.factories.structures import HAC_THANH, make, organisation_id, values_for
from tests.support import shared
from tests.support.ofds import as_geojson, problems
from tests.support.rounds import pairs, seeds
from tests.support.spellings import respelt

MANHOLES, DUCTS = 8, 16
VERSIONS = ("0.4", "0.3")
OWNERS = ("viettel", "vnpt")
READERS = ("viettel", "so.khcn")
PRESETS = {"full": FULL, "public": PUBLIC}

database, app, ctx_of, client_of, taken_back = shared.FIXTURES


def duct(ctx, owner, start, end, **texts):
    """A duct that is drawn from `start` to `end`."""
    geojson = {"type": "LineString", "coordinates": [list(start), list(end)]}
    position_text = "\n".join(f"{lat:.7f}, {lon:.7f}" for lon, lat in (start, end))
    values = values_for("cable_duct", sharing_status="available", shows_nodes="true", **texts)
    position = GivenPosition(json.dumps(geojson), position_text, 4326, "")
    return create_structure(ctx, CreateStructure("cable_duct", organisation_id(ctx.session, owner), values, position))


@pytest.fixture(scope="module", params=seeds(1, 4))
def register(request, database, ctx_of):
    """Manholes by code (owner, place, is_published), and ducts by code with the codes of the manholes they store."""
    savepoint = database._bind.begin_nested()
    yield generated_register(ctx_of, random.Random(request.param))  # noqa: S311 - repeatable
    savepoint.rollback()


def generated_register(ctx_of, chance):
    manholes, ducts = {}, {}
    for owner in OWNERS:
        with ctx_of(owner) as ctx:
            for number in range(MANHOLES):
                position = tuple(round(edge + chance.uniform(-0.01, 0.01), 6) for edge in HAC_THANH)
                status = chance.choice(["available", "not_assessed"])
                # The same codes at both owners: a code is meant of the owner's own.
                texts = {"own_code": f"BC-{number}", "sharing_status": status}
                structure = make(ctx, owner=owner, kind="manhole", at=position, **texts)
                manholes[structure.code] = (owner, position, status == "available", structure.own_code, structure.id)
    for owner in OWNERS:
        own = [code for code, manhole in manholes.items() if manhole[0] == owner]
        with ctx_of(owner) as ctx:
            for _number in range(DUCTS):
                structure, stored = generated_duct(ctx, chance, owner, own, manholes)
                ducts[structure.code] = (owner, stored)
    return manholes, ducts


def generated_duct(ctx, chance, owner, own, manholes):
    """A duct between two manholes, drawn from either end, some metres off; each end is stored in one of five ways."""
    pair = [chance.choice(own), chance.choice(list(manholes))]
    while manholes[pair[0]][3] == manholes[pair[1]][3]:
        pair[1] = chance.choice(list(manholes))
    ends = [tuple(angle + chance.uniform(-1e-5, 1e-5) for angle in manholes[code][1]) for code in pair]
    ways = [chance.choice(["own", "register", "id", "nothing", "wrong"]) for _end in pair]
    texts, stored = {}, []
    for name, code, way in zip(("from", "to"), pair, ways, strict=True):
        written = {"own": manholes[code][3], "register": code, "wrong": "BC-KHONG-CO"}.get(way)
        if written is not None:
            texts[f"{name}_manhole_code"] = respelt(chance, written)
        if way == "own" and manholes[code][0] != owner:
            # The owner's own manhole of that code is meant.
            stored.append(next(own_code for own_code in own if manholes[own_code][3] == written))
        else:
            stored.append(code if way in ("own", "register", "id") else None)
    if code_key(texts.get("from_manhole_code", "")) == code_key(texts.get("to_manhole_code", "")):
        texts.pop("to_manhole_code", None)
        stored[1] = stored[1] if ways[1] == "id" else None
    duct_structure = duct(ctx, owner, *chance.sample(ends, 2))
    # As files state it, which also name manholes that the register does not have.
    for field, written in texts.items():
        setattr(duct_structure, field, written)
    for name, way, code in zip(("from", "to"), ways, pair, strict=True):
        if way == "id":
            setattr(duct_structure, f"{name}_manhole_id", manholes[code][4])
    ctx.session.flush()
    return duct_structure, stored


@pytest.fixture
def package(ctx_of, tmp_path):
    """A function: reader, list and filter -> the package by owner."""

    def write(username, export=FULL, file_format=ExportFormat.OFDS, **args):
        with ctx_of(username, read_only=True) as ctx:
            path, _about = write_list(ctx, export, export.open(ctx, MultiDict(args)), file_format, tmp_path)
        return json.loads(path.read_text(encoding="utf-8"))

    return write


def shown_to(reader, export, manhole):
    """Whether a reader's file may say where a manhole is."""
    return manhole[2] or (export is FULL and reader in (manhole[0], "so.khcn"))


def readings():
    """Each reader with each list and version, and each list with each version; the trials have all combinations."""
    few = pairs(READERS, tuple(PRESETS), VERSIONS)
    for row in product(READERS, PRESETS, VERSIONS):
        reader, export, version = row
        yield pytest.param(
            *(reader, PRESETS[export], version), marks=() if row in few else pytest.mark.trial, id="-".join(row)
        )


@pytest.mark.parametrize(("reader", "export", "version"), list(readings()))
def test_a_duct_ends_at_the_manholes_it_stores_and_the_reader_knows(register, package, reader, export, version):
    manholes, ducts = register
    for arguments in ({}, {"kind": "cable_duct"}):
        document = package(reader, export, standard=version, **arguments)
        assert problems(document, version) == []
        span_ids = set()
        for network in document["networks"]:
            nodes = {node["id"]: node["location"]["coordinates"] for node in network["nodes"]}
            assert len(nodes) == len(network["nodes"])
            for span in network.get("spans", []):
                span_ids.add(span["id"])
                own = {f"{span['id']}:1", f"{span['id']}:2"}
                stored = [code for code in ducts[span["id"]][1] if code and shown_to(reader, export, manholes[code])]
                assert {span["start"], span["end"]} - own == set(stored)
                assert {span["start"], span["end"]} <= nodes.keys()
                check_direction(span, nodes)
            loose = {name for name in nodes if ":" in name}
            assert loose <= {end for span in network.get("spans", []) for end in (span["start"], span["end"])}
        assert span_ids == ducts.keys()


def check_direction(span, nodes):
    """The first position of the route belongs to the node that it starts at."""
    first, last = span["route"]["coordinates"][0], span["route"]["coordinates"][-1]
    start, end = nodes[span["start"]], nodes[span["end"]]
    assert dist(first, start) + dist(last, end) <= dist(first, end) + dist(last, start) + 1e-9


def test_a_manhole_of_another_owner_is_a_node_that_names_its_owner(register, package):
    manholes, _ducts = register
    document = package("so.khcn", kind="cable_duct")
    foreign = 0
    for network in document["networks"]:
        named = {organisation["id"] for organisation in network["organisations"]}
        for node in network["nodes"]:
            if node["id"] in manholes:
                owner = node["supportingInfrastructure"]["owner"]["id"]
                assert owner == manholes[node["id"]][0]
                assert owner in named
                foreign += owner != network["identifier"]
    assert foreign


def test_where_a_hidden_manhole_lies_is_not_said_by_the_duct_that_ends_there(register, package):
    manholes, _ducts = register
    hidden = {code for code, manhole in manholes.items() if manhole[0] == "vnpt" and not manhole[2]}
    assert hidden
    for version in VERSIONS:
        text = json.dumps(package("viettel", standard=version))
        assert not [code for code in hidden if f'"{code}"' in text]


def test_the_geojson_of_the_standards_own_converter_has_the_same_places(register, package, ctx_of, tmp_path):
    document = package("viettel")
    with ctx_of("viettel", read_only=True) as ctx:
        path, _about = write_list(ctx, FULL, FULL.open(ctx, MultiDict()), ExportFormat.OFDS_GEOJSON, tmp_path)
    archive = zipfile.ZipFile(path)
    for name, wanted in as_geojson(document).items():
        converted = json.loads(archive.read(name))
        assert places(converted) == places(wanted)


def places(collection):
    return {feature["properties"]["id"]: feature["geometry"] for feature in collection["features"]}


def test_each_version_links_to_its_own_schema_and_names_itself(register, package, ctx_of):
    for version, where in (("0.4", "standard.ofds.info/en/0__4__0/"), ("0.3", "/0__3__0/")):
        network = package("viettel", standard=version)["networks"][0]
        assert where in network["links"][0]["href"]
        # What one version says is not what the other asks for.
        other = next(name for name in VERSIONS if name != version)
        assert problems({"networks": [network]}, other)
    with ctx_of("viettel", read_only=True) as ctx:
        assert FULL.open(ctx, MultiDict({"standard": "0.3"})).stem == "ofds-0.3"
        assert FULL.open(ctx, MultiDict()).stem == "ofds-0.4"
        with pytest.raises(Invalid, match=r"“0\.2”.*0\.4, 0\.3"):
            FULL.open(ctx, MultiDict({"standard": "0.2"}))
