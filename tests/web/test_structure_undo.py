"""Who has saved a structure, its places or its carriers can take that back at once, and nothing else."""

import html
import re
from datetime import timedelta

import pytest
from sqlalchemy import text

from registry.audit.undo import UNDO_HOURS, undo_save
from registry.capacity.commands import SetPlace
from registry.capacity.service import set_place
from registry.kernel.errors import Conflict
from registry.structures.codes import SharingStatus
from registry.structures.commands import EditStructure
from registry.structures.queries import get_structure
from registry.structures.writing import edit_structure
from registry.structures.writing.create_edit import current_values
from tests.factories.structures import make


@pytest.fixture
def code(ctx_of):
    with ctx_of("viettel") as ctx:
        return make(ctx, name="Trạm cũ").code


def saved(ctx_of, code, username="viettel", version=1, **values):
    """The change that an edit made."""
    with ctx_of(username) as ctx:
        edit_structure(ctx, EditStructure(code, version, values))
        return ctx.change_id


def values_of(ctx_of, code):
    with ctx_of("viettel", read_only=True) as ctx:
        return current_values(get_structure(ctx, code))


def test_a_saved_change_is_taken_back_and_audited(ctx_of, code):
    before = values_of(ctx_of, code)
    change = saved(ctx_of, code, name="Trạm mới", height_m=60)
    with ctx_of("viettel") as ctx:
        undo_save(ctx, change)
    assert values_of(ctx_of, code) == before
    with ctx_of("viettel", read_only=True) as ctx:
        last = ctx.session.execute(text("SELECT action, object_id FROM audit_event ORDER BY number DESC LIMIT 1")).one()
        assert last.action == "structure.undo"


def test_what_was_declared_of_its_places_is_taken_back(ctx_of, code):
    with ctx_of("viettel") as ctx:
        set_place(ctx, SetPlace(code, "Tầng 1", "position", 4))
        change = ctx.change_id
    with ctx_of("viettel") as ctx:
        undo_save(ctx, change)
        assert ctx.session.scalar(text("SELECT count(*) FROM capacity_place")) == 0


def test_a_change_that_was_followed_by_another_stays(ctx_of, code):
    change = saved(ctx_of, code, name="Trạm mới")
    saved(ctx_of, code, version=2, name="Trạm mới hơn")
    with ctx_of("viettel") as ctx, pytest.raises(Conflict, match="đã được thay đổi sau đó"):
        undo_save(ctx, change)


def test_changes_of_others_of_another_structure_or_of_yesterday_stay(ctx_of, clock, code):
    with ctx_of("viettel") as ctx:
        other = make(ctx).code
        creation = ctx.change_id
    change = saved(ctx_of, other, name="Trạm khác")
    own = saved(ctx_of, code, name="Trạm mới")
    attempts = [("vnpt", change), ("viettel", creation), ("viettel", own + 1000)]
    for username, change_id in attempts:
        with ctx_of(username) as ctx, pytest.raises(Conflict, match="lần lưu của chính mình"):
            undo_save(ctx, change_id)
    clock.advance(timedelta(hours=UNDO_HOURS, minutes=1))
    with ctx_of("viettel") as ctx, pytest.raises(Conflict, match="lần lưu của chính mình"):
        undo_save(ctx, own)


def test_a_restriction_is_not_taken_back_by_the_way(ctx_of, code):
    change = saved(ctx_of, code, sharing_status=SharingStatus.AVAILABLE)
    with pytest.raises(Conflict, match="tình trạng dùng chung"), ctx_of("viettel") as ctx:
        undo_save(ctx, change)
    assert values_of(ctx_of, code)["sharing_status"] is SharingStatus.AVAILABLE


def test_the_message_after_saving_has_the_button(client_of, code):
    client = client_of("viettel")
    page = client.get(f"/structures/{code}/places/new")
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text).group(1)
    data = {"label": "Tầng 1", "unit": "position", "total": "4", "csrf_token": token}
    shown = client.post(f"/structures/{code}/places/new", data=data, follow_redirects=True).text
    address = html.unescape(re.search(r'class="message-undo" action="([^"]+)"', shown).group(1))
    answer = client.post(address, data={"csrf_token": token}, follow_redirects=True)
    assert "Đã hoàn tác" in answer.text
    assert "message-undo" not in answer.text
    assert client.post(address, data={"csrf_token": token}).status_code == 409
