"""A defence unit sees its own structures, finds published ones, and asks for a place for its duty, free of charge."""

import re

from sqlalchemy import select

from registry.colocation.agreements.queries import find_agreement
from registry.colocation.models import ColocationRequest
from tests.factories.agreements import get
from tests.factories.colocation import accept, case, move, tower
from tests.factories.structures import make
from tests.support.exports import token_in


def test_from_the_search_to_a_request_that_was_sent(ctx_of, client_of):
    with ctx_of("viettel") as ctx:
        code, hidden = tower(ctx, name="Trạm công bố").code, make(ctx, name="Trạm kín").code
    with ctx_of("so.khcn") as ctx:
        own = make(ctx, owner="bch_quansu", name="Cột của đơn vị", sharing_status="restricted").code
    client = client_of("quansu")
    listed = client.get("/structures").text
    assert "Cột của đơn vị" in listed
    assert "Trạm công bố" in listed
    assert "Trạm kín" not in listed
    assert client.get(f"/structures/{own}").status_code == 200
    assert "Đề nghị dùng chung" in client.get(f"/structures/{code}").text
    assert "Trạm kín" not in client.get(f"/structures/{hidden}").text

    token = {"csrf_token": token_in(client.get("/colocation"))}
    started = client.post("/colocation", data=token | {"code": code})
    page = client.get(started.headers["Location"]).text
    with ctx_of("quansu", read_only=True) as ctx:
        request = ctx.session.scalars(select(ColocationRequest)).one()
        number, version = request.id, request.version
        assert request.is_defence
    assert "Còn thiếu, chưa gửi được" in page
    content = {
        "kind": "new", "contact_name": "Đại úy Nam", "contact_phone": "0912 345 678",
        "purpose": "Phục vụ nhiệm vụ", "wanted_from": "01/01/2030", "term_months": "24", "version": str(version),
    }  # fmt: skip
    assert client.post(f"/colocation/{number}/edit", data=token | content).status_code == 303
    page = client.get(f"/colocation/{number}").text
    (item,) = set(re.findall(rf"/colocation/{number}/items/(\d+)", page))
    form = client.get(f"/colocation/{number}/items/{item}").text
    slot_id = re.search(r'<option value="(\d+)">Sàn 32 m', form)[1]
    version = re.search(r'name="version"[^>]*value="(\d+)"', form)[1]
    asked = {
        "place": slot_id, "quantity": "1", "equipment": "Trạm thông tin", "technology": "other", "antennas": "1",
        "attach_height_m": "30", "weight_kg": "40", "version": version,
    }  # fmt: skip
    assert client.post(f"/colocation/{number}/items/{item}", data=token | asked).status_code == 303
    page = client.get(f"/colocation/{number}").text
    sent = {name: re.search(rf'name="{name}"[^>]*value="([^"]+)"', page)[1] for name in ("version", "request_key")}
    assert client.post(f"/cases/colocation/{number}/submit", data=token | sent).status_code == 303
    with ctx_of("viettel") as ctx:
        accept(ctx, case(ctx, number))
        move(ctx, case(ctx, number), "contract")
        assert get(ctx, find_agreement(ctx, case(ctx, number)).id).price_vnd == 0
