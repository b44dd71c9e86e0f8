"""The remark on a mast nearer than the rule allows: on its page for its owner, on the desk of both departments."""

from tests.factories.sites import away
from tests.factories.structures import make


def test_owner_and_departments_read_the_remark_and_others_do_not(ctx_of, client_of):
    with ctx_of("viettel") as ctx:
        make(ctx, at=away(0), built_on="01/01/2020")
        published = {"sharing_status": "available", "is_published": "true"}
        code = make(ctx, at=away(10.5), status="active", plan_conformity="conforms", **published).code
    for username, reads in {"viettel": True, "so.khcn": True, "so.xaydung": True, "vnpt": False}.items():
        page = client_of(username).get(f"/structures/{code}").text
        assert ("gần hơn khoảng cách tối thiểu 300 m" in page) is reads, username
    for username in ("so.khcn", "so.xaydung"):
        desk = client_of(username).get("/").text
        assert "1 công trình: Cột gần hơn khoảng cách quy định" in desk, username
        assert "/structures?quality=too_near" in desk, username
        assert code in client_of(username).get("/structures?quality=no_plan_item").text
    assert "Cột gần hơn" not in client_of("vnpt").get("/").text
