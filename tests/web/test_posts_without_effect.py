"""A post that wrote nothing does not report success, and one that ran into a conflict can be sent again."""

import re

import pytest
from sqlalchemy import func, select

from registry.accounts.models import Organisation
from registry.kernel.forms.base import VersionedForm
from registry.kernel.numbers import parse_id
from registry.saved_searches.service import SaveSearch, SearchOptions, save_search
from registry.villages.commands import AddVillage
from registry.villages.queries import list_communes
from registry.villages.service import add_village
from tests.factories.structures import make
from tests.factories.villages import village_values
from tests.support.clock import NOW
from tests.web.test_past_pages import form_of

SUCCESS = "message-success"
UNCHANGED = "Không có gì thay đổi"


def as_shown(page):
    """What a browser sends of the page's form as it is: of each group of choices the checked one."""
    checked = {}
    for tag in re.findall(r'<input[^>]* type="(?:radio|checkbox)"[^>]*>', page):
        if re.search(r" checked\b", tag):
            checked[re.search(r' name="(\w+)"', tag)[1]] = re.search(r' value="([^"]*)"', tag)[1]
    return form_of(page) | checked


def village_page(ctx_of):
    with ctx_of("ubnd.xa", now=NOW) as ctx:
        command = AddVillage(list_communes(ctx)[0].id, village_values(name="Yên Lạc", households=90))
        return f"/villages/{add_village(ctx, command).id}/edit"


def search_page(ctx_of):
    with ctx_of("viettel") as ctx:
        options = SearchOptions("Cột của tôi")
        return f"/saved-searches/{save_search(ctx, SaveSearch('kind=antenna_tower', options)).id}/edit"


def structure_page(ctx_of):
    with ctx_of("viettel") as ctx:
        return f"/structures/{make(ctx).code}/edit"


def organisation_page(ctx_of):
    with ctx_of("quantri") as ctx:
        first = ctx.session.scalar(select(func.min(Organisation.id)))
        return f"/admin/organisations/{first}/edit"


PAGES = {
    "village": ("ubnd.xa", village_page),
    "saved search": ("viettel", search_page),
    "structure": ("viettel", structure_page),
    "organisation": ("quantri", organisation_page),
}


@pytest.mark.parametrize("name", PAGES)
def test_a_form_sent_as_it_was_shown_reports_no_success(name, ctx_of, client_of):
    user, page_of = PAGES[name]
    client, address = client_of(user), page_of(ctx_of)
    answer = client.post(address, data=as_shown(client.get(address).text), follow_redirects=True)
    assert answer.status_code == 200
    assert SUCCESS not in answer.text
    assert UNCHANGED in answer.text


@pytest.mark.parametrize(("name", "field"), [("structure", "name"), ("saved search", "name"), ("organisation", "name")])
def test_what_a_conflict_shows_is_replaced_when_the_form_is_sent_again(name, field, ctx_of, client_of):
    user, page_of = PAGES[name]
    client, address = client_of(user), page_of(ctx_of)
    stale = as_shown(client.get(address).text)
    assert client.post(address, data=stale | {field: "Tên của người khác"}).status_code == 303
    refused = client.post(address, data=stale | {field: "Tên của tôi", "request_key": "0" * 32})
    assert refused.status_code == 409
    again = client.post(address, data=as_shown(refused.text))
    assert again.status_code == 303, re.findall(r"error-summary.*?</section>", again.text, re.DOTALL)
    assert form_of(client.get(address).text)[field] == "Tên của tôi"


@pytest.mark.parametrize("version", ["", "x", "-1", "1.0", "²", "٣", "9" * 19, "9" * 5000])
def test_a_version_that_is_none_is_that_of_no_record(version, app):
    with app.test_request_context(method="POST", data={"version": version}):
        assert VersionedForm().read_version == 0
    assert parse_id(version) is None


def test_an_account_form_with_a_broken_version_is_a_conflict(ctx_of, client_of):
    client, address = client_of("quantri"), organisation_page(ctx_of)
    form = as_shown(client.get(address).text)
    for version in ("", "9" * 5000):
        assert client.post(address, data=form | {"version": version, "name": "Tên khác"}).status_code == 409
