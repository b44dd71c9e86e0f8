"""Axe looks once at each template of a page, answered by the application in this process."""

import contextlib
import threading

from werkzeug import Response
from werkzeug.exceptions import NotFound
from werkzeug.serving import make_server

from config.settings import CHECKOUT
from tests.e2e.conftest import WIDE
from tests.e2e.looks import barriers, open_everything
from tests.e2e.site import QuietHandler, read_whole
from tests.permissions import conftest as permissions
from tests.permissions.cases import TAKEN
from tests.support.every_page import ELSEWHERE, page_templates, pages

app, client_of, ctx_of, database = permissions.app, permissions.client_of, permissions.ctx_of, permissions.database
taken_back, sessions_as_they_are = permissions.taken_back, permissions.sessions_as_they_are
places, objects, members = permissions.places, permissions.objects, permissions.members
MOST_LINES = 36
#: So many pages are looked at with what stands around their content.
FEW_WHOLE = 8


def one_page_each(app, database, objects, members):
    """Template of a page -> for whom, where, answer: one look a route, then more at routes whose pages differ."""
    found, looked_at = {}, set()

    def once(name, row):
        key = (row["endpoint"], "") if row[name] in TAKEN else ("", row[name])
        if key in looked_at:
            return False
        looked_at.add(key)
        return True

    def of_the_public(name, row):
        return name == "public" and row[name] in TAKEN

    def by_object(name, row):
        key = (row["endpoint"], row["object"])
        if row[name] not in TAKEN or key in looked_at:
            return False
        looked_at.add(key)
        return True

    for wanted in (once, of_the_public, by_object):
        for name, where, answer, templates in pages(app, database, objects, members, wanted=wanted):
            found.setdefault(templates[-1], (name, where, answer))
        if not missing(found):
            break
    return found


def kept(answer):
    """Content, status and headers of an answer, without its cookies."""
    headers = {key: value for key, value in answer.headers if key.lower() != "set-cookie"}
    return answer.get_data(), answer.status_code, headers


def missing(found):
    """Templates of pages that nobody has opened."""
    return sorted(page_templates(CHECKOUT / "templates") - found.keys() - ELSEWHERE.keys())


@contextlib.contextmanager
def serving_one(app, shown):
    """An address where each page is the answer that `shown` holds; styles and scripts are the application's, for good.

    Maps, fonts and everything else are not there.
    """

    def answer(environ, start_response):
        if environ["PATH_INFO"].startswith("/static/"):
            return app(environ, start_response)
        if environ.get("HTTP_SEC_FETCH_DEST") != "document":
            return NotFound()(environ, start_response)
        return Response(*shown)(environ, start_response)

    server = make_server("127.0.0.1", 0, read_whole(answer), threaded=True, request_handler=QuietHandler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, name="one-page-server")
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_axe_finds_no_barrier_in_any_template_of_a_page(app, database, objects, members, chromium):
    found = one_page_each(app, database, objects, members)
    problems = [f"{template}: no page of anybody" for template in missing(found)]
    shown, looked_at = [], []
    with serving_one(app, shown) as host, chromium(False).new_context(viewport=WIDE, locale="vi-VN") as context:
        page = context.new_page()
        for template, (name, where, answered) in sorted(found.items()):
            shown[:] = kept(answered)
            page.goto(host + where)
            page.wait_for_load_state()
            open_everything(page)
            # What stands around the content is the same on all pages and looked at once.
            part = "main" if len(looked_at) > FEW_WHOLE and page.locator("main").count() else "html"
            looked_at.append(template)
            problems += [f"{template} ({where} for {name}): {each}" for each in barriers(page, part)]
    assert not problems, "\n".join([*problems[:MOST_LINES], f"{len(problems)} in all"])
