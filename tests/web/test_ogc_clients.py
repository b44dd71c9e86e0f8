"""Programs read the interface: GDAL's OAPIF driver, OWSLib, curl and the examples of docs/interfaces.md."""

import json
import os
import re
import shutil
import subprocess
import sys
from datetime import timedelta
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import pytest
from owslib.ogcapi.features import Features
from werkzeug.serving import make_server

from registry.access_tokens.commands import IssueToken
from registry.access_tokens.rules import token_text
from registry.access_tokens.service import issue_token
from registry.kernel.geo.vn2000 import ZONE_105, to_plane
from registry.kernel.installation import CHECKOUT
from registry.ogc.sources import every_collection
from registry.structures.kinds import KINDS
from tests.factories.structures import make
from tests.support import shared
from tests.support.ports import free_port

database, app, ctx_of, client_of, taken_back = shared.fixtures("module")
DOCUMENT = (CHECKOUT / "docs" / "interfaces.md").read_text(encoding="utf-8")
#: Reads every layer in pages of three with GDAL, and one layer in VN-2000, in a process of its own: this one serves.
GDAL = """
import json, sys
import pyogrio
from pyogrio.raw import read
server, token, collections = sys.argv[1], sys.argv[2], sys.argv[3].split(",")
pyogrio.set_gdal_config_options({"GDAL_HTTP_USERPWD": "me:" + token, "OGR_GEOJSON_MAX_OBJ_SIZE": "200"})
counts = {}
for code in collections:
    meta, fids, shapes, fields = read("OAPIF:" + server + "/ogc", layer=code, PAGE_SIZE="3", read_geometry=True)
    counts[code] = [len(fields[0]) if len(fields) else 0, len(meta["fields"]), str(meta["crs"])]
print(json.dumps(counts))
"""
#: The types of the fields of one layer, as GDAL states them.
TYPES = """
import json, sys
import pyogrio
server, token, code = sys.argv[1:]
pyogrio.set_gdal_config_options({"GDAL_HTTP_USERPWD": "me:" + token})
info = pyogrio.read_info("OAPIF:" + server + "/ogc", layer=code)
print(json.dumps(dict(zip(info["fields"], map(str, info["dtypes"])))))
"""


@pytest.fixture(scope="module")
def token(ctx_of):
    """A token of the lead department for all scopes."""
    text = token_text("x" * 40)
    with ctx_of("so.khcn") as ctx:
        for number in range(4):
            make(ctx, owner="viettel", name=f"Trạm {number}")
        for kind in KINDS:
            make(ctx, owner="viettel", kind=kind)
        scopes = ("structures", "routes", "violations", "incidents")
        issue_token(ctx, IssueToken(text, "GDAL", scopes, ctx.today + timedelta(days=30)))
    return text


@pytest.fixture(scope="module")
def server(app, token):
    """The address of the application on the connection of this file; one request at a time."""
    port = free_port()
    web = make_server("127.0.0.1", port, app)
    thread = Thread(target=web.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{port}"
    web.shutdown()
    thread.join()
    web.server_close()


def counted(app, token, code):
    """How many features of a collection the token reads."""
    answer = app.test_client(use_cookies=False).get(
        f"/ogc/collections/{code}/items?limit=1", headers={"Authorization": f"Bearer {token}"}
    )
    return json.loads(answer.data)["numberMatched"]


def run(*command, **environment):
    """What a program printed."""
    done = subprocess.run(
        command, env=os.environ | environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def test_gdal_reads_each_collection_page_by_page(server, token, app):
    # Administrative units are many, and their outlines large: GDAL reads those of streets and cases as well.
    codes = [code for code in every_collection() if code != "units"]
    expected = {code: counted(app, token, code) for code in codes}
    counts = json.loads(run(sys.executable, "-c", GDAL, server, token, ",".join(codes)))
    assert {code: count for code, (count, _fields, _crs) in counts.items()} == expected
    assert expected["antenna_tower"] > 3


def test_gdal_knows_the_types_of_fields_whatever_the_first_features_have(server, token):
    types = json.loads(run(sys.executable, "-c", TYPES, server, token, "antenna_tower"))
    expected = {"height_m": "float64", "built_on": "datetime64[D]", "is_published": "bool", "name": "object"}
    assert {name: types[name] for name in expected} == expected


def test_owslib_reads_each_collection_with_paging_and_systems(server, token, app):
    client = Features(server + "/ogc/", headers={"Authorization": f"Bearer {token}"})
    assert set(client.feature_collections()) == set(every_collection())
    for code in client.feature_collections():
        assert client.collection_queryables(code)["properties"]
        page = client.collection_items(code, limit=2)
        assert page["numberMatched"] == counted(app, token, code)
    whole = client.collection_items("antenna_tower", limit=1000)["features"]
    page = client.collection_items("antenna_tower", limit=2)
    pieces = list(page["features"])
    while following := [link["href"] for link in page["links"] if link["rel"] == "next"]:
        (cursor,) = parse_qs(urlsplit(following[0]).query)["cursor"]
        page = client.collection_items("antenna_tower", limit=2, cursor=cursor)
        pieces += page["features"]
    assert [feature["id"] for feature in pieces] == [feature["id"] for feature in whole]
    lon, lat = whole[0]["geometry"]["coordinates"]
    plane = to_plane(lon, lat, ZONE_105)
    system = "http://www.opengis.net/def/crs/EPSG/0/5897"
    moved = client.collection_items("antenna_tower", limit=1000, crs=system)["features"][0]
    assert moved["geometry"]["coordinates"] == pytest.approx([plane.y_easting, plane.x_northing], abs=0.02)
    narrowed = client.collection_items("antenna_tower", filter="name LIKE 'Trạm _'", bbox=[100, 5, 110, 25])
    assert narrowed["numberReturned"] == 4


def examples(language):
    """The blocks of one language in the document, in order."""
    return re.findall(rf"```{language}\n(.*?)```", DOCUMENT, re.DOTALL)


def test_the_example_for_curl_runs(server, token):
    (_catalogue, curl, _ogr2ogr) = examples("sh")
    page = json.loads(run("sh", "-c", curl, SERVER=server, TOKEN=token))
    assert page["numberReturned"] > 0


def test_the_example_for_the_catalogue_runs(server):
    (catalogue, _curl, _ogr2ogr) = examples("sh")
    record = json.loads(run("sh", "-c", catalogue, SERVER=server))
    assert record["@type"] == "dcat:Catalog"
    assert all(each["@id"].startswith(server) for each in record["dcat:dataset"])


def test_the_example_for_python_runs(server, token, app):
    python = next(block for block in examples("python") if "urllib" in block)
    assert int(run(sys.executable, "-c", python, SERVER=server, TOKEN=token)) == counted(app, token, "structures")


@pytest.mark.interop
@pytest.mark.skipif(shutil.which("ogr2ogr") is None, reason="needs Debian's gdal-bin")
def test_the_example_for_ogr2ogr_runs(server, token, tmp_path):
    (_catalogue, _curl, ogr2ogr) = examples("sh")
    run("sh", "-c", f"cd {tmp_path} && {ogr2ogr}", SERVER=server, TOKEN=token)
    assert (tmp_path / "towers.gpkg").stat().st_size > 0
