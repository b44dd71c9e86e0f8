"""Prices beside structures: on their own page, near a planned site, along a planned route."""

import html
import re

from registry.authz.blueprint import DATABASE
from tests.factories.planned_routes import carrier, typed
from tests.factories.sites import hosting
from tests.factories.structures import make
from tests.factories.tariffs import publish
from tests.support.statements import statements_of


def words(answer):
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).replace("\N{NO-BREAK SPACE}", " ").split())


def test_a_structure_shows_its_price_beside_the_median(ctx_of, client_of):
    with ctx_of("viettel") as ctx:
        structure = make(ctx, sharing_status="available")
        code, commune = structure.code, structure.commune_id
        publish(ctx, 250_000)
    with ctx_of("vnpt") as ctx:
        publish(ctx, 350_000)
    with ctx_of("dienluc") as ctx:
        publish(ctx, 300_000)
        publish(ctx, 1, period="year", commune=commune)
    page = words(client_of("vnpt").get(f"/structures/{code}"))
    assert "Giá thuê đang áp dụng" in page
    assert "250.000 đồng/vị trí/tháng, chưa gồm thuế 10%" in page
    assert (
        "trung vị 300.000 đồng của các giá cùng loại (3 giá của 3 chủ sở hữu, không tính 1 giá chênh lệch lớn)" in page
    )
    assert "Công bố giá riêng" not in page
    assert "Công bố giá riêng" in words(client_of("viettel").get(f"/structures/{code}"))
    assert "Giá thuê" not in words(client_of(None).get(f"/structures/{code}"))
    assert "Giá thuê đang áp dụng" not in words(client_of("kiemtra1").get(f"/structures/{code}"))


def test_near_a_site_each_structure_has_its_price(ctx_of, client_of):
    with ctx_of("viettel") as ctx:
        hosting(ctx, 50, ("Sàn 32 m", "position", 3))
        publish(ctx, 3_300_000, period="year", tax_included=True)
    response = client_of("vnpt").get("/planned-sites?at=19.807%3B105.776")
    assert re.search(
        r'data-label="Giá thuê"[^>]*>\s*<a href="/tariffs/\d+">250\.000.đồng/vị trí/tháng chưa thuế<', response.text
    )
    assert "Giá thuê" not in client_of(None).get("/planned-sites?at=19.807%3B105.776").text


def test_along_a_route_each_structure_has_its_price(ctx_of, client_of):
    with ctx_of("vnpt") as ctx:
        carrier(ctx, "cable_duct", (200, 4), (600, 4))
        publish(ctx, 1_500, kind="cable_duct", unit="metre")
    points = ";".join(line.replace(" ", "") for line in typed((0, 0), (1000, 0)).split("\n"))
    page = client_of("viettel").get(f"/planned-routes?points={points}&corridor=15")
    assert re.search(r'<a href="/tariffs/\d+">1\.500.đồng/mét/tháng chưa thuế</a>', page.text)


def test_prices_near_a_site_take_one_statement(app, ctx_of, client_of):
    with ctx_of("viettel") as ctx:
        for number in range(6):
            hosting(ctx, 20 * number, ("Sàn 32 m", "position", 3))
        publish(ctx, 250_000)
    with statements_of(DATABASE.of(app)) as statements:
        client_of("vnpt").get("/planned-sites?at=19.807%3B105.776")
    assert len([statement for statement in statements if "FROM structure" in statement and "tariff" in statement]) == 1
