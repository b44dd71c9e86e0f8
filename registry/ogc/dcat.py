"""The catalogue of open data as DCAT 3 with the properties of DCAT-AP, in JSON-LD."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from registry.kernel.exports.open_data import OpenDataSet, OpenFile
from registry.kernel.i18n import LANGUAGES, in_language

_EU: Final = "http://publications.europa.eu/resource/authority"
_MEDIA: Final = "https://www.iana.org/assignments/media-types"
#: Code of ISO 639-3 of each language of the program.
_LANGUAGE_CODES: Final = {"vi": "VIE", "en": "ENG"}
CONTEXT: Final = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "gsp": "http://www.opengis.net/ont/geosparql#",
}


@dataclass(frozen=True)
class Publication:
    """Licence, publisher and contact of all data sets."""

    licence_name: str
    licence_url: str
    publisher: str
    contact_email: str = ""
    contact_phone: str = ""


@dataclass(frozen=True)
class CatalogueAddresses:
    """Whole addresses of the catalogue, of the OGC API, and of its description."""

    catalogue: str
    service: str
    service_description: str


def catalogue_record(
    title: Any,
    description: Any,
    data_sets: Sequence[OpenDataSet],
    publication: Publication,
    addresses: CatalogueAddresses,
    bounds: tuple[float, float, float, float] | None,
) -> dict[str, Any]:
    """The catalogue with its data sets, their distributions and the service; `bounds` are those of the province."""
    publisher = {"@id": f"{addresses.catalogue}#publisher"}
    record = _Record(publication, addresses, publisher, bounds)
    return {
        "@context": CONTEXT,
        "@id": addresses.catalogue,
        "@type": "dcat:Catalog",
        "dct:title": _texts(title),
        "dct:description": _texts(description),
        "dct:publisher": publisher | {"@type": "foaf:Agent", "foaf:name": _text(publication.publisher)},
        "dct:license": record.licence(),
        "dct:language": [{"@id": f"{_EU}/language/{_LANGUAGE_CODES[each]}"} for each in LANGUAGES],
        "foaf:homepage": {"@id": addresses.catalogue},
        "dcat:themeTaxonomy": {"@id": f"{_EU}/data-theme"},
        **record.spatial(),
        "dcat:dataset": [record.data_set(each) for each in data_sets],
        "dcat:service": record.service(data_sets),
    }


@dataclass(frozen=True)
class _Record:
    """What the nodes of one catalogue have in common."""

    publication: Publication
    addresses: CatalogueAddresses
    publisher: dict[str, str]
    bounds: tuple[float, float, float, float] | None

    def licence(self) -> dict[str, str]:
        return {"@id": self.publication.licence_url}

    def spatial(self) -> dict[str, Any]:
        if self.bounds is None:
            return {}
        west, south, east, north = self.bounds
        corners = ((west, south), (east, south), (east, north), (west, north), (west, south))
        text = ", ".join(f"{lon:.5f} {lat:.5f}" for lon, lat in corners)
        box = {"@type": "gsp:wktLiteral", "@value": f"POLYGON(({text}))"}
        return {"dct:spatial": {"@type": "dct:Location", "dcat:bbox": box}}

    def contact(self) -> dict[str, Any]:
        ways: dict[str, Any] = {"vcard:hasURL": {"@id": self.addresses.catalogue}}
        if self.publication.contact_email:
            ways["vcard:hasEmail"] = {"@id": f"mailto:{self.publication.contact_email}"}
        if self.publication.contact_phone:
            number = "".join(sign for sign in self.publication.contact_phone if sign.isdigit() or sign == "+")
            ways["vcard:hasTelephone"] = {"@id": f"tel:{number}"}
        return {"@type": "vcard:Organization", "vcard:fn": _text(self.publication.publisher), **ways}

    def data_set(self, data_set: OpenDataSet) -> dict[str, Any]:
        issued = {"dct:issued": _day(data_set.issued_on)} if data_set.issued_on else {}
        return {
            "@id": self.address_of(data_set),
            "@type": "dcat:Dataset",
            "dct:identifier": data_set.code,
            "dct:title": _texts(data_set.title),
            "dct:description": _texts(data_set.description),
            "dct:publisher": self.publisher,
            "dcat:contactPoint": self.contact(),
            "dcat:theme": {"@id": f"{_EU}/data-theme/{data_set.theme.value}"},
            "dct:accrualPeriodicity": {"@id": f"{_EU}/frequency/{data_set.frequency.value}"},
            "dct:accessRights": {"@id": f"{_EU}/access-right/PUBLIC"},
            "dcat:landingPage": {"@id": data_set.page},
            **issued,
            **_temporal(*data_set.period),
            **self.spatial(),
            "dcat:distribution": [self.distribution(each) for each in data_set.files],
        }

    def address_of(self, data_set: OpenDataSet) -> str:
        return f"{self.addresses.catalogue}#{data_set.code}"

    def distribution(self, file: OpenFile) -> dict[str, Any]:
        more: dict[str, Any] = {"dcat:downloadURL": {"@id": file.url}}
        if file.is_service:
            more = {"dcat:accessService": {"@id": self.addresses.service}}
        return {
            "@id": f"{file.url}#distribution",
            "@type": "dcat:Distribution",
            "dct:title": _texts(file.label),
            "dcat:accessURL": {"@id": file.url},
            "dcat:mediaType": {"@id": f"{_MEDIA}/{file.media}"},
            "dct:format": {"@id": f"{_EU}/file-type/{file.file_type}"},
            "dct:license": self.licence(),
            **more,
        }

    def service(self, data_sets: Iterable[OpenDataSet]) -> dict[str, Any]:
        served = [{"@id": self.address_of(each)} for each in data_sets if any(file.is_service for file in each.files)]
        return {
            "@id": self.addresses.service,
            "@type": "dcat:DataService",
            "dct:title": "OGC API Features",
            "dcat:endpointURL": {"@id": self.addresses.service},
            "dcat:endpointDescription": {"@id": self.addresses.service_description},
            "dct:conformsTo": {"@id": "http://www.opengis.net/spec/ogcapi-features-1/1.0/req/core"},
            "dct:publisher": self.publisher,
            "dct:license": self.licence(),
            "dcat:servesDataset": served,
        }


def _texts(text: Any) -> list[dict[str, str]]:
    """A label in each language; one that has no translation once, in Vietnamese."""
    texts = {language: in_language(text, language) for language in LANGUAGES}
    if len(set(texts.values())) == 1:
        return [_text(texts["vi"])]
    return [{"@value": value, "@language": language} for language, value in texts.items()]


def _text(value: str) -> dict[str, str]:
    return {"@value": value, "@language": "vi"}


def _day(day: date) -> dict[str, str]:
    return {"@value": day.isoformat(), "@type": "xsd:date"}


def _temporal(first: date | None, last: date | None) -> dict[str, Any]:
    ends = {"dcat:startDate": first, "dcat:endDate": last}
    stated = {name: _day(day) for name, day in ends.items() if day is not None}
    return {"dct:temporal": {"@type": "dct:PeriodOfTime", **stated}} if stated else {}
