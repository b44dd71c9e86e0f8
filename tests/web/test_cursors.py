"""A cursor opens the list that it was made for, in its order, and nothing else."""

import pytest

from registry.kernel.paging import Cursor, sign_cursor

#: List -> address, and what its cursors are called.
LISTS = {
    "structures:code": "/structures?sort=code",
    "structures:name": "/structures?sort=name",
    "notices-by-time": "/notices?x=1",
    "towers": "/dashboard/towers?x=1",
    "colocation": "/colocation?x=1",
}


def opened(app, client, address, of):
    value = {"notices-by-time": [True, "2026-11-25T00:00:00+00:00"], "colocation": None}.get(of, "THA")
    signed = sign_cursor(app.config["SECRET_KEY"], of, Cursor(value, 5))
    return client.get(f"{address}&cursor={signed}")


@pytest.mark.parametrize("name", LISTS)
def test_a_list_takes_its_own_cursor_and_no_other(app, client_of, name):
    client = client_of("so.khcn")
    assert opened(app, client, LISTS[name], name).status_code == 200
    for other in LISTS.keys() - {name}:
        answer = opened(app, client, LISTS[name], other)
        assert answer.status_code == 422, other
        assert "hãy mở lại danh sách từ đầu" in answer.text
