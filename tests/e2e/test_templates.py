"""Axe looks once at each template of a page, answered by the application in this process."""

import contextlib
import threading

from axe_playwright_python.sync_playwright import Axe
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
FEW_WHOLE = 2
#: So many rows of a table or entries of a list are looked at: those after them are alike.
MOST_ROWS = 8
#: As long as the browser keeps it, it need not compile it again for each page.
AXE, KEPT = "/axe.js", {"Cache-Control": "public, max-age=31536000, immutable"}
#: Leaves a page its content alone, and that with few rows.
CONTENT_ALONE = """(most) => {
  for (const list of document.querySelectorAll("main :is(tbody, ul, ol)")) {
    [...list.children].slice(most).forEach((row) => row.remove());
  }
  for (let part = document.querySelector("main"); part && part !== document.body; part = part.parentElement) {
    for (const other of [...part.parentElement.children]) {
      if (other !== part && other.tagName !== "SCRIPT") other.remove();
    }
  }
}"""


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


def first_of_a_kind(found):
    """A key of order: a page of the public and one of who is signed in, then the templates by name."""
    public = min(template for template, (name, *_rest) in found.items() if name == "public")
    own = min(template for template, (name, *_rest) in found.items() if name != "public")
    return lambda item: (item[0] not in (public, own), item[0])


def missing(found):
    """Templates of pages that nobody has opened."""
    return sorted(page_templates(CHECKOUT / "templates") - found.keys() - ELSEWHERE.keys())


@contextlib.contextmanager
def serving_one(app, shown):
    """An address where each page is the answer that `shown` holds; styles and scripts are the application's, for good.

    Maps, fonts and everything else are not there.
    """

    def answer(environ, start_response):
        if environ["PATH_INFO"] == AXE:
            return Response(Axe().axe_script, mimetype="text/javascript", headers=KEPT)(environ, start_response)
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
        # A page of the public and one of somebody come first: they are looked at with what stands around.
        for template, (name, where, answered) in sorted(found.items(), key=first_of_a_kind(found)):
            shown[:] = kept(answered)
            page.goto(host + where)
            page.wait_for_load_state()
            open_everything(page)
            # What stands around the content is the same on all pages and looked at once.
            part = "html"
            if len(looked_at) >= FEW_WHOLE and page.locator("main").count():
                page.evaluate(CONTENT_ALONE, MOST_ROWS)
                part = "main"
            looked_at.append(template)
            page.add_script_tag(url=AXE)
            problems += [f"{template} ({where} for {name}): {each}" for each in barriers(page, part)]
    assert not problems, "\n".join([*problems[:MOST_LINES], f"{len(problems)} in all"])
