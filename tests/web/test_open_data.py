"""The open-data page and its DCAT record: every public list and collection, with files that a visitor gets."""

import json
import re
from datetime import date

import pytest

from registry.authz.permissions import P
from registry.exports import public_files
from registry.exports.jobs import STORE
from registry.exports.storage import ExportStore
from registry.kernel.exports.lists import EXPORT_LISTS
from registry.kernel.i18n import LANGUAGES
from registry.ogc.settings import PUBLICATION
from registry.ogc.sources import every_collection
from registry.settings.commands import AddSetting
from registry.settings.service import add_setting
from tests.factories.routelists import a_list, agreed, issue
from tests.factories.structures import make
from tests.support.offenders import no_offenders
from tests.support.public_files import make_all

YEAR = 2028
RECORD = "/open-data/catalogue.jsonld"
#: Mandatory and recommended properties of DCAT-AP 3, by class.
PROPERTIES = {
    "dcat:Catalog": {"dct:title", "dct:description", "dct:publisher", "dcat:dataset", "dct:license", "dcat:service"},
    "dcat:Dataset": {
        *("dct:title", "dct:description", "dct:publisher", "dcat:contactPoint", "dcat:theme", "dct:spatial"),
        *("dct:accrualPeriodicity", "dcat:landingPage", "dcat:distribution"),
    },
    "dcat:Distribution": {"dct:title", "dcat:accessURL", "dct:format", "dct:license", "dcat:mediaType"},
    "dcat:DataService": {"dct:title", "dcat:endpointURL", "dcat:endpointDescription", "dcat:servesDataset"},
}


@pytest.fixture
def issued(ctx_of):
    """An issued list of streets, and a structure."""
    with ctx_of("viettel") as ctx:
        make(ctx, name="Trạm công khai", sharing_status="available")
    agreed(ctx_of, year=YEAR, street_name="Đường Tập Thử")
    issue(ctx_of, a_list(ctx_of, YEAR), date(2026, 10, 1))


@pytest.fixture
def record(public, issued):
    """The record as the visitor reads it."""
    answer = public.get(RECORD)
    assert (answer.status_code, answer.mimetype) == (200, "application/ld+json")
    return json.loads(answer.data)


def nodes(value):
    """Every node with a type, however deep."""
    if isinstance(value, dict):
        if "@type" in value and not isinstance(value.get("@value"), str):
            yield value
        for inner in value.values():
            yield from nodes(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from nodes(inner)


def test_every_public_list_and_collection_is_in_the_catalogue(record):
    identifiers = [each["dct:identifier"] for each in record["dcat:dataset"]]
    assert len(set(identifiers)) == len(identifiers)
    public = [each for each in every_collection().values() if each.permission is P.PUBLIC]
    expected = {each.part_of or each.code for each in public}
    expected |= {each.code for each in EXPORT_LISTS.values() if each.permission is P.PUBLIC and not each.by_worker}
    assert expected | {f"route-list-{YEAR}"} == set(identifiers)


def test_no_list_that_needs_a_sign_in_is_in_the_catalogue():
    closed = [each.code for each in EXPORT_LISTS.values() if each.open_data and each.permission is not P.PUBLIC]
    closed += [each.code for each in every_collection().values() if each.open_data and each.permission is not P.PUBLIC]
    assert closed == []


def test_each_node_has_what_the_profile_asks_for(record):
    classes = [node["@type"] for node in nodes(record)]
    assert set(PROPERTIES) <= set(classes)
    offenders = [
        (node["@type"], node.get("@id"), name)
        for node in nodes(record)
        for name in PROPERTIES.get(node["@type"], ())
        if not node.get(name)
    ]
    no_offenders("a record states what DCAT-AP asks for", offenders, "complete registry/ogc/dcat.py")
    names = {key.partition(":")[0] for node in nodes(record) for key in node if ":" in key}
    assert names <= set(record["@context"])


def test_each_node_has_an_address_of_its_own(record):
    addresses = [node["@id"] for node in nodes(record) if node["@type"].startswith("dcat:")]
    assert len(set(addresses)) == len(addresses)


def test_a_visitor_gets_every_file(record, app, public, tmp_path, monkeypatch):
    monkeypatch.setitem(app.extensions, STORE.name, ExportStore(tmp_path))
    formats = public_files._formats
    monkeypatch.setattr(public_files, "_formats", lambda exported: formats(exported)[:1])
    make_all(app)
    files = [node for node in nodes(record) if node["@type"] == "dcat:Distribution"]
    offenders = []
    for file in files:
        address = file["dcat:accessURL"]["@id"]
        if "/exports/structures." in address and not address.endswith(".csv"):
            continue
        with public.get(address) as answer:
            media = file["dcat:mediaType"]["@id"].partition("media-types/")[2]
            if (answer.status_code, answer.mimetype) != (200, media):
                offenders.append((address, answer.status_code, answer.mimetype))
    no_offenders("every file of the catalogue is served with its type", offenders, "mend its address or type")
    assert len(files) > 20


def test_page_and_record_name_the_same_files(record, public):
    page = public.get("/open-data").text
    files = {node["dcat:accessURL"]["@id"] for node in nodes(record) if node["@type"] == "dcat:Distribution"}
    linked = set(re.findall(r'href="([^"]+)"', page.replace("&amp;", "&")))
    assert files <= linked
    assert {each["dcat:landingPage"]["@id"] for each in record["dcat:dataset"]} <= linked
    for title in (each["dct:title"][0]["@value"] for each in record["dcat:dataset"]):
        assert title in page


def test_titles_are_in_both_languages(record):
    for each in record["dcat:dataset"]:
        for name in ("dct:title", "dct:description"):
            texts = {text["@language"]: text["@value"] for text in each[name]}
            assert set(texts) == set(LANGUAGES), each["dct:identifier"]
            assert texts["vi"] != texts["en"]


def test_every_reader_gets_the_same_record(record, client_of):
    for name in ("viettel", "so.khcn"):
        assert json.loads(client_of(name).get(RECORD).data) == record


def test_licence_publisher_and_contact_are_those_of_the_setting(record, ctx_of, public):
    assert record["dct:license"]["@id"] == "https://creativecommons.org/licenses/by/4.0/"
    value = {
        "licence_name": "Giấy phép của tỉnh",
        "licence_url": "https://data.example.vn/licence",
        "publisher": "Sở Thử Nghiệm",
        "contact_email": "du-lieu@example.vn",
        "contact_phone": "0237 385 1111",
    }
    with ctx_of("so.khcn") as ctx:
        add_setting(ctx, AddSetting(PUBLICATION, ctx.today, value, "QĐ 1", needs_verification=False, reason="Mới"))
    changed = json.loads(public.get(RECORD).data)
    assert {node["dct:license"]["@id"] for node in nodes(changed) if "dct:license" in node} == {value["licence_url"]}
    assert changed["dct:publisher"]["foaf:name"]["@value"] == value["publisher"]
    contact = changed["dcat:dataset"][0]["dcat:contactPoint"]
    assert contact["vcard:hasEmail"]["@id"] == "mailto:du-lieu@example.vn"
    assert contact["vcard:hasTelephone"]["@id"] == "tel:02373851111"
    page = public.get("/open-data").text
    assert all(text in page for text in ("Giấy phép của tỉnh", "Sở Thử Nghiệm", "du-lieu@example.vn", "0237 385 1111"))


def test_pages_and_interface_lead_to_the_catalogue(public):
    for address in ("/", "/figures", "/structures", "/ogc/?f=html"):
        assert re.search(r'href="[^"]*/open-data"', public.get(address).text), address
    links = {link["rel"]: link["href"] for link in public.get("/ogc/").json["links"]}
    assert links["describedby"].endswith(RECORD)
