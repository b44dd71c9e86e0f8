"""Each template of a page is looked at once by axe and in a small window; the application answers in this process."""

import contextlib
import math
import re
import threading
from collections import Counter

import pytest
from axe_playwright_python.sync_playwright import Axe
from werkzeug import Response
from werkzeug.exceptions import NotFound
from werkzeug.serving import make_server

from config.settings import CHECKOUT
from registry.help.styleguide import styleguide_page
from tests.e2e.conftest import WIDE
from tests.e2e.looks import SMALLEST, barriers, line_of, open_everything, violations
from tests.e2e.site import QuietHandler, read_whole
from tests.permissions import conftest as permissions
from tests.permissions.cases import TAKEN
from tests.support.every_page import ELSEWHERE, page_templates, pages

app, client_of, ctx_of, database = permissions.app, permissions.client_of, permissions.ctx_of, permissions.database
taken_back, sessions_as_they_are = permissions.taken_back, permissions.sessions_as_they_are
places, members = permissions.places, permissions.members
#: Other states of agreements show no other template.
AGREEMENTS = ("contracting", "proposed", "installing", "active")
MOST_LINES = 36
#: So many pages are looked at with what stands around their content.
FEW_WHOLE = 2
#: So many are looked at in one document, once those are seen.
AT_ONCE = 8
#: So many rows of a table, entries of a list or choices are looked at, the last with them: those between are alike.
MOST_ROWS = 4
#: As long as the browser keeps it, it need not compile it again for each page.
AXE, KEPT = "/axe.js", {"Cache-Control": "public, max-age=31536000, immutable"}
#: Pages with scripts of their own have more than these, which most pages have.
SCRIPTS = re.compile(r'<script[^>]*\bsrc="([^"]+)"')
#: Pages that load one of these fill the window or a sheet of paper: nothing can stand beside them.
FILLS = re.compile(r"/js/workspace\.mjs|/css/official-paper\.css|/css/label\.css")
#: Functions of the page below: `alone` leaves content with few rows and what it stands in, `named` takes its names
#: apart from those of other pages.
FUNCTIONS = """
  const NAMING = ["id", "for", "form", "list", "name", "headers", "aria-labelledby", "aria-describedby",
    "aria-controls", "aria-owns", "aria-details", "aria-errormessage", "aria-activedescendant"];
  function alone(root, most) {
    for (const list of root.querySelectorAll("main :is(tbody, ul, ol, select, optgroup)")) {
      [...list.children].slice(most - 1, -1).forEach((row) => row.remove());
    }
    for (let part = root.querySelector("main"); part && part !== root.body; part = part.parentElement) {
      for (const other of [...part.parentElement.children]) {
        if (other !== part && other.tagName !== "SCRIPT") other.remove();
      }
    }
  }
  function named(root, number) {
    for (const part of root.querySelectorAll("body *")) {
      for (const name of NAMING.filter((each) => part.getAttribute(each))) {
        const names = part.getAttribute(name).trim().split(/\\s+/);
        part.setAttribute(name, names.map((each) => `p${number}-${each}`).join(" "));
      }
    }
  }
"""
#: Leaves a page its content alone.
CONTENT_ALONE = f"(most) => {{ {FUNCTIONS} alone(document, most); }}"
#: Puts the contents of other pages into the place of this one's; what they load is loaded, and their scripts begin anew
#: with them. The first keeps its names, by which its scripts may ask for its parts.
CONTENTS_OF_OTHERS = f"""async ([texts, most, turn]) => {{ {FUNCTIONS}
  const body = document.createElement("body");
  const scripts = new Set();
  const styles = [];
  texts.forEach((text, number) => {{
    const other = new DOMParser().parseFromString(text, "text/html");
    for (const {{ src }} of other.querySelectorAll("script[type=module][src]")) scripts.add(src);
    for (const link of other.querySelectorAll("link[rel=stylesheet]")) {{
      if ([...document.styleSheets].some(({{ href }}) => href === link.href)) continue;
      styles.push(new Promise((done) => link.addEventListener("load", done)));
      document.head.append(document.adoptNode(link));
    }}
    alone(other, most);
    if (number) named(other, number);
    other.querySelectorAll("script").forEach((script) => script.remove());
    const frame = document.createElement("div");
    frame.dataset.page = number;
    frame.append(...[...other.body.children].map((part) => document.adoptNode(part)));
    body.append(frame);
  }});
  await Promise.all(styles);
  document.body.replaceWith(body);
  for (const script of scripts) await import(`${{script}}?turn=${{turn}}`);
}}"""
#: Contrast is most of axe's work: of words of one look on one ground it is asked of the first few that are seen.
ALIKE = """(few) => {
  axe.configure({ rules: [{ id: "color-contrast", selector: ":not([data-alike])" }] });
  const seen = (window.looksSeen ??= new Map());
  const grounds = new Map([[null, ""]]);
  function groundOf(part) {
    if (!grounds.has(part)) {
      const { backgroundColor, backgroundImage, filter, opacity, position } = getComputedStyle(part);
      const own = [backgroundColor, backgroundImage, filter, opacity, position].join();
      const isPlain = own === "rgba(0, 0, 0, 0),none,none,1,static";
      grounds.set(part, groundOf(part.parentElement) + (isPlain ? "" : `|${own}`));
    }
    return grounds.get(part);
  }
  for (const part of document.querySelectorAll("body *")) {
    if (!part.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
    const { color, fontSize, fontWeight, textShadow } = getComputedStyle(part);
    const look = [part.tagName, part.className, color, fontSize, fontWeight, textShadow, groundOf(part)].join();
    seen.set(look, (seen.get(look) ?? 0) + 1);
    if (seen.get(look) > few) part.dataset.alike = "";
  }
}"""
#: So many of a look.
FEW_ALIKE = 2
#: What readers may set (WCAG 1.4.12).
SPACING = """* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important }
  p { margin-bottom: 2em !important }"""
#: [place among the pages, element] of what is wider than the window with that spacing; what scrolls by itself may be.
WIDER = """(css) => {
  const spacing = new CSSStyleSheet();
  spacing.replaceSync(css);
  document.adoptedStyleSheets = [spacing];
  const root = document.documentElement;
  const isSeen = (part) => part.checkVisibility({ contentVisibilityAuto: true, visibilityProperty: true });
  const scrolls = (part) => part !== document.body && part !== root && getComputedStyle(part).overflowX !== "visible";
  const around = (part) => getComputedStyle(part).position === "absolute" ? part.offsetParent : part.parentElement;
  function isCut(part) {
    for (let outer = around(part); outer; outer = around(outer)) if (scrolls(outer)) return true;
    return false;
  }
  const over = (part) => part.getBoundingClientRect().right > root.clientWidth + 1;
  const wide = root.scrollWidth <= root.clientWidth ? [] : [...document.querySelectorAll("body *")].filter(
    (part) => over(part) && isSeen(part) && !isCut(part) && ![...part.children].some(over));
  document.adoptedStyleSheets = [];
  return wide.map((part) => [part.closest("[data-page]")?.dataset.page ?? null, part.outerHTML.slice(0, 160)]);
}"""
#: Which of them something stands in.
PAGE_OF = "(target) => document.querySelector(target)?.closest('[data-page]')?.dataset.page"


@pytest.fixture(scope="package")
def objects(app, ctx_of, places, tmp_path_factory):
    """Objects of the table of permissions with a few agreements."""
    return permissions.made_objects(app, ctx_of, places, tmp_path_factory, AGREEMENTS)


def one_page_each(app, database, objects, members):
    """Template of a page -> for whom, where, answer: one look a route, then more at routes whose pages differ."""
    pages_by_template, looked_at = {}, set()
    # An address with an ending is a file's.
    files = {rule.endpoint for rule in app.url_map.iter_rules() if "." in rule.rule.rpartition("/")[2]}

    def once(name, row):
        key = (row["endpoint"], "") if row[name] in TAKEN else ("", row[name])
        if key in looked_at or row["endpoint"] in files:
            return False
        looked_at.add(key)
        return True

    def of_the_public(name, row):
        return name == "public" and row[name] in TAKEN and row["endpoint"] not in files

    def by_object(name, row):
        key = (row["endpoint"], row["object"])
        if row[name] not in TAKEN or key in looked_at or row["endpoint"] in files or row["object"] not in objects:
            return False
        looked_at.add(key)
        return True

    for wanted in (once, of_the_public, by_object):
        for name, where, answer, templates in pages(app, database, objects, members, wanted=wanted):
            pages_by_template.setdefault(templates[-1], (name, where, answer))
        if not missing(pages_by_template):
            break
    return pages_by_template


def kept(answer):
    """Content, status and headers of an answer, without its cookies."""
    headers = {key: value for key, value in answer.headers if key.lower() != "set-cookie"}
    return answer.get_data(), answer.status_code, headers


def first_of_a_kind(pages_by_template):
    """A key of order: a page of the public and one of who is signed in, then the templates by name."""
    public = min(template for template, (name, *_rest) in pages_by_template.items() if name == "public")
    own = min(template for template, (name, *_rest) in pages_by_template.items() if name != "public")
    return lambda item: (item[0] not in (public, own), item[0])


def missing(pages_by_template):
    """Templates of pages that nobody has opened."""
    return sorted(page_templates(CHECKOUT / "templates") - pages_by_template.keys() - ELSEWHERE.keys())


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


def in_batches(pages, most):
    """(template, for whom, where, text) of pages that stand together; of those with scripts of their own one, first."""
    scripts = [frozenset(SCRIPTS.findall(text)) for *_facts, text in pages]
    usual, _times = Counter(scripts).most_common(1)[0]
    plain = [page for page, loaded in zip(pages, scripts, strict=True) if loaded == usual]
    first = [page for page, loaded in zip(pages, scripts, strict=True) if loaded != usual]
    count = max(len(first), math.ceil(len(pages) / most))
    return [first[number : number + 1] + plain[number::count] for number in range(count)]


def looked_at_alone(page, host, shown, where, answered, *, is_whole):
    """The barriers of one page, opened as it is answered."""
    shown[:] = kept(answered)
    page.goto(host + where)
    page.wait_for_load_state()
    open_everything(page)
    part = "html"
    if not is_whole and page.locator("main").count():
        page.evaluate(CONTENT_ALONE, MOST_ROWS)
        part = "main"
    page.add_script_tag(url=AXE)
    return [*barriers(page, part), *(line for _number, line in too_wide(page))]


def too_wide(page):
    """(place among the pages, line) of what does not fit a window of 320 pixels."""
    page.set_viewport_size(SMALLEST)
    wider = page.evaluate(WIDER, SPACING)
    page.set_viewport_size(WIDE)
    for number, markup in wider:
        yield None if number is None else int(number), f"wider than 320 px with spaced text: {markup}"


def looked_at_together(page, turn, texts):
    """(place among them, barrier) of pages whose contents are put into the page that is open, which loads the same."""
    page.evaluate(CONTENTS_OF_OTHERS, [texts, MOST_ROWS, turn])
    open_everything(page)
    # A page's own script may scroll, and what stays in view as its head would then lie over a row.
    page.set_viewport_size(WIDE | {"height": page.evaluate("() => document.documentElement.scrollHeight")})
    page.evaluate(ALIKE, FEW_ALIKE)
    for violation in violations(page, "body"):
        number = page.evaluate(PAGE_OF, violation["target"][0])
        yield None if number is None else int(number), line_of(violation)
    yield from too_wide(page)


def test_no_template_has_a_barrier_or_is_wider_than_a_small_window(app, database, objects, members, chromium):
    pages_by_template = one_page_each(app, database, objects, members)
    problems = [f"{template}: no page of anybody" for template in missing(pages_by_template)]
    shown, in_order = [], sorted(pages_by_template.items(), key=first_of_a_kind(pages_by_template))
    # A page of the public and one of somebody are looked at with what stands around, which is the same on all pages;
    # the others are put into the last of these.
    whole = [template for template, _page in in_order[:FEW_WHOLE]]
    apart = [each for each in in_order if each[0] not in whole and FILLS.search(each[1][2].text)] + in_order[:FEW_WHOLE]
    alone = {template for template, _page in apart}
    together = [
        (template, name, where, answered.text)
        for template, (name, where, answered) in in_order
        if template not in alone
    ]
    with serving_one(app, shown) as host, chromium(False).new_context(viewport=WIDE, locale="vi-VN") as context:
        page = context.new_page()
        for template, (name, where, answered) in apart:
            lines = looked_at_alone(page, host, shown, where, answered, is_whole=template in whole)
            problems += [f"{template} ({where} for {name}): {each}" for each in lines]
        for turn, batch in enumerate(in_batches(together, AT_ONCE)):
            for number, line in looked_at_together(page, turn, [text for *_facts, text in batch]):
                template, name, where, _text = batch[number] if number is not None else ("several", "", "", "")
                problems.append(f"{template} ({where} for {name}): {line}")
        # Both schemes stand there, with the states that a pointer or a key gives.
        with app.test_request_context():
            shown[:] = styleguide_page().encode(), 200, {"Content-Type": "text/html; charset=utf-8"}
        page.goto(host)
        page.add_script_tag(url=AXE)
        problems += [f"style guide: {each}" for each in barriers(page, "main")]
    assert not problems, "\n".join([*problems[:MOST_LINES], f"{len(problems)} in all"])
