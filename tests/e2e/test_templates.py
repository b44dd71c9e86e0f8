"""Axe looks once at each template of a page, answered by the application in this process."""

from urllib.parse import urlsplit

from config.settings import CHECKOUT
from tests.e2e.conftest import WIDE
from tests.e2e.looks import barriers, open_everything
from tests.permissions import conftest as permissions
from tests.support.every_page import ELSEWHERE, page_templates, pages

app, client_of, ctx_of, database = permissions.app, permissions.client_of, permissions.ctx_of, permissions.database
taken_back, sessions_as_they_are = permissions.taken_back, permissions.sessions_as_they_are
places, objects, members = permissions.places, permissions.objects, permissions.members
HOST = "http://registry.test"
MOST_LINES = 36


def one_page_each(app, database, objects, members):
    """Template of a page -> answer, for whom, and where."""
    found, taken = {}, set()

    def wanted(name, row):
        key = (row["endpoint"], row["object"])
        if row[name] == "200" and name != "public" and key in taken:
            return False
        taken.add(key)
        return True

    for name, where, answer, templates in pages(app, database, objects, members, wanted=wanted):
        found.setdefault(templates[-1], (name, where, answer))
    return found


def test_axe_finds_no_barrier_in_any_template_of_a_page(app, database, objects, members, chromium):
    found = one_page_each(app, database, objects, members)
    problems = [
        f"{template}: no page of anybody"
        for template in sorted(page_templates(CHECKOUT / "templates") - found.keys() - ELSEWHERE.keys())
    ]
    files, shown = {}, []

    def answer(route):
        """The page as it was answered, its styles and scripts; maps, fonts and everything else are not asked for."""
        parts = urlsplit(route.request.url)
        where = f"{parts.path}?{parts.query}" if parts.query else parts.path
        if route.request.is_navigation_request():
            given = shown[0]
        elif parts.path.endswith((".css", ".mjs", ".js", ".svg")):
            if where not in files:
                files[where] = members["public"].client.get(where)
            given = files[where]
        else:
            route.abort()
            return
        headers = {key: value for key, value in given.headers if key.lower() != "set-cookie"}
        route.fulfill(status=given.status_code, headers=headers, body=given.get_data())

    with chromium(False).new_context(viewport=WIDE, locale="vi-VN") as context:
        context.route("**/*", answer)
        page = context.new_page()
        for template, (name, where, answered) in sorted(found.items()):
            shown[:] = [answered]
            page.goto(HOST + where)
            page.wait_for_load_state()
            open_everything(page)
            problems += [f"{template} ({where} for {name}): {each}" for each in barriers(page)]
    assert not problems, "\n".join([*problems[:MOST_LINES], f"{len(problems)} in all"])
