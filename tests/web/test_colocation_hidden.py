"""What the pages of a request tell no more once its structures are shown no more."""

import pytest

from registry.colocation.models import ColocationRequest
from registry.structures.commands import EditStructure
from registry.structures.queries import get_structure
from registry.structures.writing import edit_structure
from registry.structures.writing.create_edit import current_values
from tests.factories.colocation import draft, fill, items_of, tower, unpublish

SECRET = "Cột sau chợ mới"


@pytest.fixture
def drafted(ctx_of):
    """Number and item of a draft for a tower that its owner has renamed and unpublished since."""
    with ctx_of("viettel") as ctx:
        code = tower(ctx, total=7).code
    with ctx_of("vnpt") as ctx:
        request = fill(ctx, draft(ctx, code))
        number, item_id = request.id, items_of(ctx, request)[0].id
    with ctx_of("viettel") as ctx:
        structure = get_structure(ctx, code)
        edit_structure(ctx, EditStructure(code, structure.version, current_values(structure) | {"name": SECRET}, None))
        unpublish(ctx, code)
    return number, item_id


@pytest.mark.parametrize("page", ["", "/items/{item}", "/dossier"])
def test_a_draft_tells_neither_the_new_name_nor_the_free_places_of_what_is_hidden(client_of, drafted, page):
    number, item_id = drafted
    text = client_of("vnpt").get(f"/colocation/{number}{page.format(item=item_id)}").text
    assert SECRET not in text
    assert "còn trống 7" not in text
    assert "7 / 7" not in text


def test_what_is_hidden_can_only_be_taken_out_of_the_draft(ctx_of, client_of, drafted):
    number, item_id = drafted
    client = client_of("vnpt")
    answer = client.get(f"/colocation/{number}/items/{item_id}")
    assert answer.status_code == 409
    assert "hãy bỏ công trình này khỏi đề nghị" in answer.text
    page = client.get(f"/colocation/{number}").text
    assert f'href="/colocation/{number}/items/{item_id}"' not in page
    assert f'action="/colocation/{number}/items/{item_id}/remove"' in page
    with ctx_of("vnpt") as ctx:
        assert ctx.session.get_one(ColocationRequest, number).state.value == "draft"
