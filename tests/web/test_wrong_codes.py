"""Codes that open something without an account: few wrong ones of one address, a right one always."""

import re

import pytest

from registry.accounts.attempts import MAX_WRONG_CODES
from registry.authz.actors import Role
from tests.factories.colocation import tower
from tests.factories.labels import labelled
from tests.support.live import context
from tests.web.accounts_site import open_site


@pytest.fixture(scope="module")
def site(module_url, tmp_path_factory):
    """Counters are written apart from the request, so this needs a database of its own."""
    with open_site(module_url, tmp_path_factory.mktemp("data")) as site:
        yield site


@pytest.fixture(scope="module")
def right(site):
    """The address of each kind of code, with a right one."""
    site.new_user("quan.tri", Role.ADMIN)
    admin = site.browser()
    admin.sign_in("quan.tri")
    page = f"/admin/users/{site.new_user('linked', Role.OPERATOR, password=None)}"
    link = re.search(r"/set-password/[\w-]{43}", admin.post(f"{page}/link", page=page).text)[0]
    with context(site.database, "viettel") as ctx:
        label = labelled(ctx, tower(ctx).code)[0].code
    return {"label": f"/t/{label}", "link": link}


@pytest.mark.parametrize(
    ("kind", "wrong"), [("label", "/t/AAAA-AAAA-AAAA-AAAA"), ("link", f"/set-password/{'A' * 43}")]
)
def test_an_address_has_few_wrong_codes_and_a_right_one_is_answered_all_the_same(site, right, kind, wrong):
    browser, elsewhere = site.browser().client, site.browser().client
    assert {browser.get(right[kind]).status_code for _look in range(MAX_WRONG_CODES + 1)} == {200}
    assert {browser.get(wrong).status_code for _try in range(MAX_WRONG_CODES)} == {404}
    refused = browser.get(wrong)
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    assert browser.get(right[kind]).status_code == 200
    assert elsewhere.get(wrong).status_code == 404


def test_wrong_codes_of_one_kind_leave_those_of_another_alone(site):
    browser = site.browser().client
    for _try in range(MAX_WRONG_CODES + 1):
        browser.get("/t/x")
    assert browser.get("/t/x").status_code == 429
    assert browser.get("/set-password/x").status_code == 404
