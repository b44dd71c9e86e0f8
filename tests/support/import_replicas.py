"""Small files of our own in the shapes of the samples, for wherever these are missing; and how each must end."""

import csv
import io

import xlsxwriter

from tests.support.import_files import PLACE, STEP, as_csv, as_geojson, as_xlsx, rows_of_sites
from tests.support.import_samples import (
    CODE_TWICE,
    EMPTY,
    NO_COLUMN,
    OTHER_OWNER,
    OUTSIDE,
    POLYGON,
    UNKNOWN_WORD,
    Sample,
)

#: Of nobody in the register.
_PROVIDER = {"id": "p-1", "name": "Far Fibre", "country": "KE"}
#: Near each other: the cells of a line of a hundred kilometres take a second.
_PLACES = ((40.85, -2.23), (40.83, -2.26), (40.81, -2.22))
_STATION_HEADER = (
    *("upload_date*", "licensee_name*", "location", "latitude", "longitude"),
    *("structure_height", "structure_type", "record_id", "tx_frequency"),
)
#: Two masts with three and two antennas, the last one of a place without a name.
_STATIONS = (
    ("2026-03-28", "Bell, Inc.", "1540  Road", "63.75871", "-68.547196", "1", "R", "D0236", "1962.5"),
    ("2026-03-28", "Bell, Inc.", "1540  Road", "63.75871", "-68.547196", "1.0", "R", "D0236", "2140.0"),
    ("2026-03-28", "Bell, Inc.", "1540  Road", "63.75871", "-68.547196", "1.0", "R", "D0236", "739.0"),
    ("2026-04-30", "Bell, Inc.", "Lot 310 Plan 1341", "61.107972", "-94.061611", "31", "T", "L0047", "1962.5"),
    ("2026-04-30", "Bell, Inc.", "", "61.107972", "-94.061611", "31.0", "T", "L0047", "2140.0"),
)


def _lines(*rows):
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return out.getvalue().encode()


def _poles():
    rows = [(number, f"{11.254 + number * 0.0006:.8f}", f"{124.7464 - number * 0.0004:.7f}") for number in (1, 2, 3)]
    return _lines(("post_id", "latitude", "longitude"), *rows)


# --- the Open Fibre Data Standard -----------------------------------------------------------------------------------
def _node(number):
    position = _PLACES[number]
    return {"type": "Point", "coordinates": list(position)}, {
        "id": f"{{n-{number}}}",
        "name": f"Town {number}",
        "phase": {"id": "ph-1", "name": "Core"},
        "status": "operational",
        "address": {"country": "KE"},
        "type": ["pop"],
        "accessPoint": True,
        "technologies": ["mpls"],
        "physicalInfrastructureProvider": _PROVIDER,
        "networkProviders": [_PROVIDER],
        "network": {"id": "net-1", "name": "Far Fibre Network", "crs": {"name": "urn:ogc:def:crs:OGC::CRS84"}},
    }


def _span(number):
    route = [list(_PLACES[number]), [40.84, -2.24], list(_PLACES[number + 1])]
    return {"type": "LineString", "coordinates": route}, {
        "id": f"{{s-{number}}}",
        "name": f"Span {number}",
        "status": "operational",
        "start": {"id": f"{{n-{number}}}", "location": {"type": "Point", "coordinates": route[0]}},
        "end": {"id": f"{{n-{number + 1}}}", "location": {"type": "Point", "coordinates": route[-1]}},
        "directed": False,
        "physicalInfrastructureProvider": _PROVIDER,
        "transmissionMedium": ["fibre"],
        "deployment": ["belowGround"],
        "network": {"id": "net-1", "name": "Far Fibre Network"},
    }


def _network_workbook():
    """The flattened form, with sheets that hold no structures and one that holds nothing."""
    nodes = [("fid", *(f"nodes/0/{name}" for name in ("id", "name", "status", "location/type")))]
    nodes[0] += ("nodes/0/location/coordinates", "nodes/0/physicalInfrastructureProvider/name", "id")
    spans = [("fid", *(f"spans/0/{name}" for name in ("id", "name", "status", "transmissionMedium", "deployment")))]
    spans[0] += ("spans/0/route/type", "spans/0/route/coordinates", "spans/0/physicalInfrastructureProvider/name", "id")
    for number in range(len(_PLACES)):
        shape, words = _node(number)
        nodes.append(
            ("8", words["id"], words["name"], "operational", "Point", _semicolons(shape), "Far Fibre", "net-1")
        )
    for number in range(len(_PLACES) - 1):
        shape, words = _span(number)
        common_cells = (
            "8",
            words["id"],
            words["name"],
            "operational",
            "fibre",
            "belowGround",
            "LineString",
            _semicolons(shape),
        )
        spans.append((*common_cells, "Far Fibre", "net-1"))
    sheets = {
        "contracts": [],
        "networks": [("fid", "name", "id"), ("8", "Far Fibre Network", "net-1")],
        "nodes": nodes,
        "organisations": [("fid", "organisations/0/id", "organisations/0/name"), ("6", "p-1", "Far Fibre")],
        "phases": [("fid", "phases/0/id", "phases/0/name", "id"), ("7", "ph-1", "Core", "net-1")],
        "spans": spans,
        "spans_networkProviders": [],
    }
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for at, cells in enumerate(rows):
                sheet.write_row(at, 0, cells)
    return out.getvalue()


def _semicolons(shape):
    if shape["type"] == "Point":
        return ";".join(map(str, shape["coordinates"]))
    return ";".join(f"{lon},{lat}" for lon, lat in shape["coordinates"])


# --- areas and roads --------------------------------------------------------------------------------------------------
def _areas():
    """Polygons with attributes by a schema; only the first one has a label."""
    ring = "118.02,5.86 118.03,5.86 118.03,5.87 118.02,5.86"
    marks = "".join(
        f'<Placemark><ExtendedData><SchemaData schemaUrl="#lines">{label}'
        f'<SimpleData name="device_id">ASB{number}</SimpleData></SchemaData></ExtendedData><MultiGeometry><Polygon>'
        f"<outerBoundaryIs><LinearRing><coordinates>{ring}</coordinates></LinearRing></outerBoundaryIs>"
        "</Polygon></MultiGeometry></Placemark>"
        for number, label in enumerate(('<SimpleData name="label">185 mm</SimpleData>', "", ""))
    )
    fields = "".join(f'<SimpleField name="{name}" type="string"></SimpleField>' for name in ("label", "device_id"))
    return (
        '<?xml version="1.0" encoding="utf-8" ?><kml xmlns="http://www.opengis.net/kml/2.2"><Document id="root_doc">'
        f'<Schema name="lines" id="lines">{fields}</Schema><Folder><name>lines</name>{marks}</Folder></Document></kml>'
    ).encode()


def _roads():
    for number in range(3):
        west = PLACE[0] + number * STEP
        line = {"type": "LineString", "coordinates": [[west, PLACE[1]], [west, PLACE[1] + STEP]]}
        yield line, {"road": "Quốc lộ 10", "class": "Đường chính", "commune": "Phường Hạc Thành", "part": number}


_NODES = as_geojson(*map(_node, range(3)))
_SPANS = as_geojson(*map(_span, range(2)))
_BOOK = _network_workbook()
_HOUSE = {"own_code": "record_id", "name": "location", "latitude": "latitude", "longitude": "longitude"}
_MAST = _HOUSE | {"mast_class": "structure_type", "height_m": "structure_height"}
_NODE = {"own_code": "id", "name": "name", "status": "status"}
_SPAN = _NODE | {"cable_kind": "transmissionMedium", "laying": "deployment"}
_ABROAD = {OUTSIDE: 3, OTHER_OWNER: 3}

REPLICAS = (
    Sample("towers.csv", "antenna_tower", 18, 4, content=as_csv(rows_of_sites())),
    Sample("towers.xlsx", "antenna_tower", 18, 4, content=as_xlsx(rows_of_sites())),
    Sample("poles.csv", "power_pole_shared", 3, 0, reasons={OUTSIDE: 3}, content=_poles()),
    Sample("poles.csv", "power_pole_shared", 3, 3, how="outside", outside=True, content=_poles()),
    Sample(
        *("stations.csv", "antenna_tower"),
        whole=(NO_COLUMN.format("Loại cột"),),
        content=_lines(_STATION_HEADER, *_STATIONS),
    ),
    Sample(
        *("stations.csv", "antenna_tower", 5, 0),
        how="by hand",
        reasons={OUTSIDE: 5, UNKNOWN_WORD: 5, CODE_TWICE: 3, EMPTY: 1},
        mapping=_MAST,
        content=_lines(_STATION_HEADER, *_STATIONS),
    ),
    Sample(
        *("stations.csv", "site_house", 5, 2),
        how="by hand, outside",
        reasons={CODE_TWICE: 3, EMPTY: 1},
        mapping=_HOUSE,
        outside=True,
        content=_lines(_STATION_HEADER, *_STATIONS),
    ),
    Sample("nodes.geojson", "manhole", 3, 0, reasons=_ABROAD, content=_NODES),
    Sample("nodes.geojson", "manhole", 3, 3, how="outside", mapping=_NODE, outside=True, content=_NODES),
    Sample("spans.geojson", "cable_route", 2, 0, reasons={OUTSIDE: 2, OTHER_OWNER: 2}, content=_SPANS),
    Sample("spans.geojson", "cable_route", 2, 2, how="outside", mapping=_SPAN, outside=True, content=_SPANS),
    Sample("spans.geojson", "cable_duct", whole=(NO_COLUMN.format("Số ống"),), content=_SPANS),
    Sample("ofds.xlsx", "manhole", 3, 0, reasons=_ABROAD, table="nodes", content=_BOOK),
    Sample("ofds.xlsx", "cable_route", 2, 2, how="outside", mapping=_SPAN, table="spans", outside=True, content=_BOOK),
    Sample("areas.kml", "pole_line", whole=(NO_COLUMN.format("Tên"),), content=_areas()),
    Sample(
        *("areas.kml", "pole_line", 3, 0),
        how="by hand",
        reasons={POLYGON: 3, EMPTY: 2},
        mapping={"own_code": "device_id", "name": "label"},
        content=_areas(),
    ),
    Sample(
        *("roads.geojson", "pole_line", 3, 3),
        how="road as name",
        mapping={"name": "road", "commune": "commune"},
        content=as_geojson(*_roads()),
    ),
)
