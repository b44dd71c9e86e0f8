"""What is approved is what was read: the form of a list carries the hash of its streets, the edition stores it."""

import html
import io
from datetime import date

import pytest
from sqlalchemy import select

from registry.routelists.commands import Rank
from registry.routelists.content import content_hash, list_digest
from registry.routelists.desk_service import set_rank
from registry.routelists.models import Priority, RouteItem, RouteList, RouteListEdition
from tests.factories.routelists import a_list, agreed, issue, state_of
from tests.permissions.cases import token_in
from tests.permissions.violations import photo


@pytest.fixture
def issuing(ctx_of, client_of):
    """A function: the digest that the form had -> the answer to so.xaydung, who issues the list."""
    client = client_of("so.xaydung")

    def send(list_id, digest):
        page = client.get(f"/cases/routelist/{list_id}/issue")
        with ctx_of("so.xaydung", read_only=True) as ctx:
            version = ctx.session.get_one(RouteList, list_id).version
        body = {
            "csrf_token": token_in(page),
            "version": str(version),
            "decision_number": "12/QĐ-SXD",
            "decided_on": "01/10/2026",
            "files": (io.BytesIO(photo()), "quyet-dinh.jpg"),
        }
        if digest is not None:
            body["decision_digest"] = digest
        return client.post(f"/cases/routelist/{list_id}/issue", data=body)

    return send


def digest_of(ctx_of, list_id):
    with ctx_of("so.xaydung", read_only=True) as ctx:
        return list_digest(ctx, ctx.session.get_one(RouteList, list_id))


def test_a_list_that_changed_while_it_was_read_is_not_issued_and_both_versions_are_shown(ctx_of, issuing):
    changed, agreed_later = agreed(ctx_of, priority="low"), agreed(ctx_of, street_name="Phố Lê Lai")
    list_id = a_list(ctx_of)
    shown = digest_of(ctx_of, list_id)
    with ctx_of("so.xaydung") as ctx:
        version = ctx.session.get_one(RouteItem, changed).version
        set_rank(ctx, Rank(changed, version, priority=Priority.HIGH))
    page = issuing(list_id, shown)
    assert page.status_code == 409
    text = html.unescape(page.text)
    assert "Mức ưu tiên: “Thấp”, nay “Cao”" in text
    assert "12/QĐ-SXD" in text
    assert state_of(ctx_of, list_id, RouteList) == "collecting"
    # Sent once more with what the page shows by now, it is issued.
    assert issuing(list_id, digest_of(ctx_of, list_id)).status_code == 303
    assert state_of(ctx_of, agreed_later) == "agreed"


@pytest.mark.parametrize("digest", [None, "", "abc 1:x 9999999999999999999:1 :"])
def test_a_form_without_what_was_read_issues_nothing(ctx_of, issuing, digest):
    agreed(ctx_of)
    list_id = a_list(ctx_of)
    page = issuing(list_id, digest)
    assert page.status_code == 409
    assert "Mới được thống nhất" in html.unescape(page.text)


def test_the_edition_stores_the_hash_of_what_was_approved(ctx_of):
    agreed(ctx_of)
    list_id = a_list(ctx_of)
    with ctx_of("so.xaydung", read_only=True) as ctx:
        read = content_hash(ctx, list_id)
    issue(ctx_of, list_id, date(2026, 10, 1))
    with ctx_of("so.xaydung", read_only=True) as ctx:
        assert ctx.session.scalars(select(RouteListEdition.sha256)).all() == [read]
        assert content_hash(ctx, list_id) == read
