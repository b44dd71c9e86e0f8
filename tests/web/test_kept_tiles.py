"""A tile that is kept is the one of the reader, of the present, and a look each time."""

import gzip

import pytest
from sqlalchemy import select, text

from registry.audit.models import AuditNote
from registry.structures.codes import SharingStatus
from registry.structures.commands import EditStructure
from registry.structures.map import tiles
from registry.structures.writing import edit_structure
from tests.factories.structures import HAC_THANH, make, organisation_id
from tests.support.outsider import tile_at

ADDRESS = "/structures/tiles/15/{}/{}.mvt".format(*tile_at(*HAC_THANH, 15))


@pytest.fixture
def tile_readers(monkeypatch):
    """What was really made."""
    calls = []
    really = tiles._singles
    monkeypatch.setattr(tiles, "_singles", lambda ctx, *rest: calls.append(ctx.actor.id) or really(ctx, *rest))
    return calls


def body(client, address=ADDRESS):
    answer = client.get(address)
    assert answer.status_code == 200
    return gzip.decompress(answer.data)


def test_a_tile_is_made_once_until_something_changes(ctx_of, client_of, tile_readers):
    with ctx_of("viettel") as ctx:
        tower = make(ctx, sharing_status="available")
    client = client_of("vnpt")
    assert tower.code.encode() in body(client)
    assert tower.code.encode() in body(client)
    assert len(tile_readers) == 1
    with ctx_of("viettel") as ctx:
        full = {"sharing_status": SharingStatus.EXCLUSIVE_FULL}
        edit_structure(ctx, EditStructure(tower.code, tower.version, full))
    assert tower.code.encode() not in body(client)
    assert len(tile_readers) == 2


def test_another_organisation_is_never_given_a_kept_tile(ctx_of, client_of, tile_readers):
    with ctx_of("viettel") as ctx:
        hidden = make(ctx, sharing_status="exclusive_full")
    for username in ("viettel", "so.khcn", "vnpt", "dienluc", None):
        is_shown = hidden.code.encode() in body(client_of(username))
        assert is_shown == (username in ("viettel", "so.khcn")), username
    assert len(tile_readers) == 5


def test_rights_that_end_take_the_kept_tile_with_them(ctx_of, client_of):
    with ctx_of("viettel") as ctx:
        hidden = make(ctx, sharing_status="exclusive_full")
    client = client_of("viettel")
    assert hidden.code.encode() in body(client)
    with ctx_of("so.khcn") as ctx:
        owner = organisation_id(ctx.session, "vnpt")
        # As a service would, but without an event: only the reader's own facts change.
        ctx.session.execute(
            text("UPDATE user_account SET organisation_id = :owner WHERE username = 'viettel'"), {"owner": owner}
        )
        ctx.session.execute(text("SELECT set_config('registry.touched', '', true)"))
    assert hidden.code.encode() not in body(client)


def test_each_showing_of_a_kept_tile_is_a_look(ctx_of, client_of, tile_readers):
    with ctx_of("viettel") as ctx:
        make(ctx, sharing_status="available")
        owner = ctx.actor.organisation_id
    client = client_of("vnpt")
    for _turn in range(3):
        body(client)
    with ctx_of("so.khcn", read_only=True) as ctx:
        looks = ctx.session.scalars(
            select(AuditNote.owner_ids).where(AuditNote.action == "look", AuditNote.owner_ids.contains([owner]))
        ).all()
    assert len(looks) == 3
    assert len(tile_readers) == 1


def test_an_unchanged_tile_is_not_sent_again_and_its_tag_is_that_of_its_content_and_filter(ctx_of, client_of):
    with ctx_of("viettel") as ctx:
        tower = make(ctx, sharing_status="available")
    client = client_of("vnpt")
    tag = client.get(ADDRESS).headers["ETag"]
    assert client.get(ADDRESS, headers={"If-None-Match": tag}).status_code == 304
    # The map says that it has drawn a filter only if its tile is another one.
    assert client.get(f"{ADDRESS}?kind=antenna_tower").headers["ETag"] != tag
    with ctx_of("viettel") as ctx:
        edit_structure(ctx, EditStructure(tower.code, tower.version, {"note": "không ai thấy trên bản đồ"}))
    assert client.get(ADDRESS, headers={"If-None-Match": tag}).status_code == 304
