"""Bulk edit from the list to the batch and back, as an owner clicks it, without scripts."""

import html
import re

from sqlalchemy import text

from registry.structures.commands import EditStructure
from registry.structures.writing import edit_structure
from tests.factories.structures import make


def hidden(page):
    """The hidden inputs of the page's last form; several values of one name stay together."""
    form = page.text[page.text.rindex('<form class="form') :]
    fields = {}
    for tag in re.findall(r"<input[^>]*>", form):
        attributes = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if attributes.get("type") == "hidden":
            fields.setdefault(attributes["name"], []).append(html.unescape(attributes.get("value", "")))
    return fields


def looked_at(client, query, **fields):
    """The preview of a change, from the form that the query opens."""
    page = client.get(f"/structures/bulk-edit?{query}&field=condition")
    assert page.status_code == 200
    return client.post("/structures/bulk-edit/preview", data=hidden(page) | fields)


def test_an_owner_ticks_rows_looks_changes_and_undoes(ctx_of, client_of):
    with ctx_of("viettel") as ctx:
        codes = [make(ctx, kind="cable_pole", condition="good").code for _number in range(2)]
    client = client_of("viettel")
    listed = client.get("/structures?kind=cable_pole")
    assert f'form="selection-structures-bulk_edit" name="code" value="{codes[0]}"' in listed.text
    ticked = f"code={codes[0]}"
    assert "<option value=" in client.get(f"/structures/bulk-edit?{ticked}").text
    preview = looked_at(client, ticked, value="dangerous", reason="Biên bản 12")
    assert preview.status_code == 200
    assert codes[0] in preview.text
    assert codes[1] not in preview.text
    answer = client.post("/structures/bulk-edit", data=hidden(preview))
    assert answer.status_code == 303
    batch = client.get(answer.headers["Location"])
    assert "Biên bản 12" in batch.text
    assert codes[0] in batch.text
    undone = client.post(f"{answer.headers['Location']}/undo", data=hidden(batch) | {"reason": "nhầm"})
    assert undone.status_code == 303
    assert "Đã hoàn tác" in client.get(undone.headers["Location"]).text
    with ctx_of("viettel", read_only=True) as ctx:
        assert ctx.session.execute(text("SELECT DISTINCT condition FROM structure")).scalars().all() == ["good"]


def test_all_that_match_the_filter_are_meant_and_the_reason_is_asked_for(ctx_of, client_of):
    with ctx_of("viettel") as ctx:
        poles = [make(ctx, kind="cable_pole", condition="good").code for _number in range(2)]
        tower = make(ctx).code
    client = client_of("viettel")
    assert "all=1" in html.unescape(client.get("/structures?kind=cable_pole").text)
    refused = looked_at(client, "kind=cable_pole&all=1", value="dangerous", reason="")
    assert refused.status_code == 422
    assert "Chưa nhập lý do" in refused.text
    assert '<option selected value="dangerous">' in refused.text
    preview = looked_at(client, "kind=cable_pole&all=1", value="dangerous", reason="Kiểm tra")
    assert all(code in preview.text for code in poles)
    assert tower not in preview.text
    client.post("/structures/bulk-edit", data=hidden(preview))
    with ctx_of("viettel", read_only=True) as ctx:
        count = text("SELECT count(*) FROM structure WHERE condition = 'dangerous'")
        assert ctx.session.scalar(count) == 2


def test_what_was_changed_since_the_preview_is_shown_afresh(ctx_of, client_of):
    with ctx_of("viettel") as ctx:
        code = make(ctx, condition="good").code
    client = client_of("viettel")
    preview = looked_at(client, f"code={code}", value="dangerous", reason="Kiểm tra")
    with ctx_of("viettel") as ctx:
        edit_structure(ctx, EditStructure(code, 1, {"name": "Trạm vừa đổi tên"}))
    answer = client.post("/structures/bulk-edit", data=hidden(preview))
    assert answer.status_code == 409
    assert "xem trước lại" in answer.text
    assert "Trạm vừa đổi tên" in answer.text
    assert client.post("/structures/bulk-edit", data=hidden(answer)).status_code == 303


def test_a_field_that_is_none_is_refused_in_words(ctx_of, client_of):
    client = client_of("viettel")
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/structures").text).group(1)
    answer = client.post("/structures/bulk-edit/preview", data={"field": "geom", "csrf_token": token})
    assert answer.status_code == 422
    assert "geom" in answer.text


def test_a_code_that_none_can_be_is_nobodys(client_of):
    client = client_of("viettel")
    for code in ("%00", "%ED%A0%80", "x" * 5_000):
        page = client.get(f"/structures/bulk-edit?code={code}&field=condition")
        assert page.status_code == 200
        assert "Không có công trình nào để sửa" in page.text
