"""Every link of every role's home, menu and notices opens, on a register with cases of all kinds.

In each run one account of a role opens one link of an endpoint; the trial opens those of all accounts.
"""

import re
from collections import Counter
from urllib.parse import urljoin, urlsplit

import pytest

from registry.accounts.demo import USERS
from registry.kernel.db.session import WEB_ROLE, Database
from registry.wiring import use_database
from tests.support.demo import demo_url
from tests.support.fixtures import browsers_of, contexts_on
from tests.support.html_page import Page

__all__ = ["demo_url"]

#: Leads away from the program, ends the session, or is a file of the page.
_ELSEWHERE = re.compile(r"^(?:[a-z]+:|#|//)|/logout|/static/")
_OPEN_NOTICE = re.compile(r'action="(/notices/\d+/open)"')
_NEXT = re.compile(r'href="(/notices\?cursor=[^"]+)"')
#: So many addresses that differ by a number are opened in a trial.
_OF_A_KIND = 2
#: So many notices are opened in each run.
_FIRST = 8
#: One account of each role in each run, all in a trial.
_ACCOUNTS = [
    pytest.param(user.username, False, id=user.username)
    for user in {user.role: user for user in reversed(USERS)}.values()
] + [pytest.param(user.username, True, marks=pytest.mark.trial, id=f"whole-{user.username}") for user in USERS]


@pytest.fixture(scope="module")
def database(demo_url):
    """The demonstration; what is done on it is rolled back."""
    pool = Database(demo_url)
    with pool.engine.connect() as connection:
        outer = connection.begin()
        yield Database(demo_url, role=WEB_ROLE, bind=connection)
        outer.rollback()
    pool.dispose()


@pytest.fixture(scope="module")
def client_of(application, database):
    use_database(application, database)
    return browsers_of(application, contexts_on(database))


def links_of(page, base):
    """The addresses within the program that a page links to."""
    return {
        urljoin(base, href).split("#")[0]
        for href, method in Page(page).links
        if method == "GET" and href and not _ELSEWHERE.search(href)
    }


def broken(client, addresses, *, is_whole):
    """Address -> status of those that do not open."""
    statuses, tried = {}, Counter()
    for address in sorted(addresses):
        form = re.sub(r"\d+", "0", address) if is_whole else _endpoint(client.application, address)
        tried[form] += 1
        if tried[form] <= (_OF_A_KIND if is_whole else 1):
            with client.get(address, follow_redirects=True) as answer:
                statuses[address] = answer.status_code
    return {address: status for address, status in statuses.items() if status != 200}


def _endpoint(app, address):
    return app.url_map.bind("localhost").match(urlsplit(address).path)[0]


@pytest.mark.parametrize(("username", "is_whole"), _ACCOUNTS)
def test_every_link_of_home_and_menu_opens(client_of, username, is_whole):
    client = client_of(username)
    home = client.get("/")
    assert home.status_code == 200
    assert not broken(client, links_of(home.text, "/") | {"/notices", "/account"}, is_whole=is_whole)


@pytest.mark.parametrize(("username", "is_whole"), _ACCOUNTS)
def test_every_notice_opens_its_page(client_of, username, is_whole):
    client = client_of(username)
    address, pages = "/notices", []
    while address and len(pages) < (20 if is_whole else 1):
        pages.append(client.get(address).text)
        following = _NEXT.search(pages[-1])
        address = following.group(1).replace("&amp;", "&") if following else None
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', pages[0])
    actions = list(dict.fromkeys(_OPEN_NOTICE.findall("".join(pages))))[: None if is_whole else _FIRST]
    opened = [client.post(action, data={"csrf_token": token[1]}).headers["Location"] for action in actions]
    assert not broken(client, opened, is_whole=is_whole)
