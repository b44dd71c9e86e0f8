"""The form of a street takes its line from names, a file or the register's streets; a preview stores nothing."""

import html
import io
import json
import re

import pytest
from sqlalchemy import func, select

from registry.routelists.models import RouteItem
from registry.streets.models import RoadClass
from registry.streets.reading import ReadLine
from registry.streets.service import import_lines
from registry.territory.queries import get_unit
from tests.factories.routelists import FORM, a_list
from tests.factories.structures import place_inside
from tests.permissions.cases import token_in
from tests.web.test_routelists_workbook import fields_of


@pytest.fixture
def commune(ctx_of):
    """The present commune of ubnd.xa."""
    with ctx_of("ubnd.xa", read_only=True) as ctx:
        units = [get_unit(ctx.session, number) for number in ctx.actor.unit_ids]
        return next(each for each in units if each.valid_to is None and each.level.value == "commune")


@pytest.fixture
def crossing(ctx_of, commune):
    """A street of the commune to the east with two crossings; longitude and latitude of the first one."""
    with ctx_of("quantri") as ctx:
        lon, lat = place_inside(ctx.session, [commune.id])
        lines = {
            "Đường Trần Phú": [(lon - 0.001, lat), (lon + 0.004, lat)],
            "Phố Đầu": [(lon, lat - 0.0005), (lon, lat + 0.0005)],
            "Phố Cuối": [(lon + 0.003, lat - 0.0005), (lon + 0.003, lat + 0.0005)],
        }
        read = [ReadLine(name, None, RoadClass.URBAN, commune.code, tuple(points)) for name, points in lines.items()]
        import_lines(ctx, read, "Tệp thử")
    return lon, lat


@pytest.fixture
def asking(ctx_of, client_of):
    """A function: fields of the form of ubnd.xa -> the answer."""
    list_id, client = a_list(ctx_of), client_of("ubnd.xa")

    def send(**fields):
        page = client.get("/route-lists/items/new")
        body = FORM | {"route_list": str(list_id), "position": "", "csrf_token": token_in(page)} | fields
        return client.post("/route-lists/items/new", data=body)

    return send


def position_of(page):
    return html.unescape(re.search(r'<textarea[^>]*name="position"[^>]*>([^<]*)</textarea>', page.text).group(1)).split(
        "\n"
    )


def test_a_street_is_placed_by_its_name_and_ends(asking, crossing):
    page = asking(place="names", from_place="Ngã ba Phố Đầu", to_place="giao với Phố Cuối")
    assert page.status_code == 200, page.text
    assert "Kiểm tra vị trí rồi lưu lần nữa" in page.text
    points = [line for line in position_of(page) if line.strip()]
    assert len(points) == 2
    assert page.text.count("Cáp treo sà thấp") == 1
    unknown = asking(place="names", from_place="Ngã ba Phố Đầu", to_place="Chợ Vườn Hoa")
    assert unknown.status_code == 422
    assert "Hệ thống không có đoạn đường" in html.unescape(unknown.text)
    assert asking(place="names", street_name="").status_code == 422


def test_a_drawn_line_is_snapped_to_the_street_and_kept_where_there_is_none(asking, crossing):
    lon, lat = crossing
    page = asking(place="snap", position=f"{lat + 0.0001}, {lon}\n{lat - 0.0001}, {lon + 0.003}")
    assert page.status_code == 200
    points = [line for line in position_of(page) if line.strip()]
    assert len(points) == 2
    assert all(f"{lat:.4f}".replace(".", ",") in point or f"{lat:.4f}" in point for point in points)
    far = f"{lat + 0.01}, {lon}\n{lat + 0.012}, {lon + 0.003}"
    page = asking(place="snap", position=far)
    assert page.status_code == 422
    assert [line.strip() for line in position_of(page) if line.strip()] == far.split("\n")


def test_a_file_gives_the_line_and_a_broken_one_keeps_what_was_typed(asking, crossing):
    lon, lat = crossing
    geojson = {"type": "LineString", "coordinates": [[lon, lat], [lon + 0.002, lat]]}
    feature = {"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {}, "geometry": geojson}]}
    page = asking(file=(io.BytesIO(json.dumps(feature).encode()), "tuyen.geojson"))
    assert page.status_code == 200
    assert len([line for line in position_of(page) if line.strip()]) == 2
    for content, name in ((b"<kml><Placemark>", "tuyen.kml"), (b"PK\x03\x04nonsense", "tuyen.zip"), (b"", "a.gpx")):
        page = asking(file=(io.BytesIO(content), name), position="19,8; 105,7")
        assert page.status_code == 422, name
        assert "19,8; 105,7" in position_of(page)[0] or "19,8; 105,7" in html.unescape(page.text)


def test_a_preview_shows_how_rows_are_read_and_stores_nothing(ctx_of, client_of, commune, crossing):
    list_id, client = a_list(ctx_of), client_of("ubnd.xa")
    name = commune.name
    rows = f"Xã, phường;Tên đường;Từ;Đến\n{name};Trần Phú;Phố Đầu;Phố Cuối\n{name};Phố Lạ;A;B\nKhông Có;Phố C;A;B\n"
    address = f"/route-lists/{list_id}/import"
    body = {"csrf_token": token_in(client.get(address)), "is_urban": "true", "work_kind": "tidy", "reason": "Sà"}
    address = client.post(address, data=body | {"file": (io.BytesIO(rows.encode()), "a.csv")}).location
    preview = client.get(address)
    page = html.unescape(preview.text)
    assert "nhận 2 dòng, 1 dòng không nhận" in page
    assert "Tên đường" in page
    assert "cần vẽ tay" in page
    with ctx_of("so.khcn", read_only=True) as ctx:
        assert ctx.session.scalar(select(func.count(RouteItem.id))) == 0
    assert client.post(address, data=fields_of(preview) | {"store": "1"}).status_code == 303
    listed = html.unescape(client.get("/route-lists/items?unplaced=1").text)
    assert "Phố Lạ" in listed
    assert "Trần Phú" not in listed


def test_drafts_without_a_line_are_placed_one_after_the_other(ctx_of, client_of, commune, crossing):
    list_id, client = a_list(ctx_of), client_of("ubnd.xa")
    rows = "".join(f"{name};Số nhà 2;Số nhà 90\n" for name in ("Trần Phú", "Phố Đầu", "Phố Lạ"))
    address = f"/route-lists/{list_id}/import"
    body = {"csrf_token": token_in(client.get(address)), "is_urban": "true", "work_kind": "tidy", "reason": "Sà"}
    table = f"Tên đường;Từ;Đến\n{commune.name};;\n{rows}"
    address = client.post(address, data=body | {"file": (io.BytesIO(table.encode()), "a.csv")}).location
    client.post(address, data=fields_of(client.get(address)) | {"store": "1"})
    with ctx_of("so.khcn", read_only=True) as ctx:
        first, second, third = ctx.session.scalars(select(RouteItem.id).order_by(RouteItem.id)).all()
    for page in (client.get(address), client.get("/route-lists/items?unplaced=1")):
        assert f"/route-lists/items/{first}/edit?next=unplaced" in html.unescape(page.text)
    address = f"/route-lists/items/{first}/edit?next=unplaced"
    page = client.get(address)
    assert "Còn 3 tuyến chưa có vị trí." in page.text
    assert f"/route-lists/items/{second}/edit?next=unplaced" in html.unescape(page.text)
    body = FORM | {name: fields_of(page)[name] for name in ("csrf_token", "version")} | {"position": ""}
    part = client.post(address, data=body | {"place": "part-0"})
    assert part.status_code == 200, part.text
    assert len([line for line in position_of(part) if line.strip()]) == 2
    gone = client.post(address, data=body | {"place": "part-7"})
    assert gone.status_code == 422
    assert "Hệ thống không còn đoạn đường này" in html.unescape(gone.text)
    placed = body | {"position": "\n".join(position_of(part)).strip(), "echoed": "\n".join(position_of(part)).strip()}
    saved = client.post(address, data=placed)
    assert saved.status_code == 303, saved.text
    assert saved.location.endswith(f"/route-lists/items/{second}/edit?next=unplaced")
    # The register has no line of the last one; the one before it is the next that waits.
    page = client.get(f"/route-lists/items/{third}/edit?next=unplaced")
    assert "Dùng đoạn" not in page.text
    assert f"/route-lists/items/{second}/edit?next=unplaced" in html.unescape(page.text)
