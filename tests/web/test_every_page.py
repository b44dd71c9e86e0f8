"""Every page of every role is sound HTML; each template of a page is the page of somebody."""

from urllib.parse import urlsplit

from tinyhtml5.parser import HTMLParser

from config.settings import CHECKOUT
from tests.permissions import conftest as permissions
from tests.support.every_page import ELSEWHERE, page_templates, pages
from tests.support.html_page import Page, broken_links

app, client_of, ctx_of, database = permissions.app, permissions.client_of, permissions.ctx_of, permissions.database
taken_back, sessions_as_they_are = permissions.taken_back, permissions.sessions_as_they_are
places, objects, members = permissions.places, permissions.objects, permissions.members
#: A failure is read at a glance.
MOST_LINES = 36
#: Sheets of labels are cut up: they have no heading.
NO_HEADING = frozenset({"labels/paper.html"})


def told(problems):
    """Each problem with the first place that has it, and how many more have."""
    lines = [
        f"{problem}: {found[0]}" + (f" and {len(found) - 1} more" if len(found) > 1 else "")
        for problem, found in sorted(problems.items())
    ]
    return "\n".join([*lines[:MOST_LINES], *([f"... {len(lines)} in all"] if len(lines) > MOST_LINES else [])])


def test_every_page_of_every_role_is_sound_html(app, database, objects, members):
    problems, seen, parsed = {}, set(), set()
    routes = app.url_map.bind("localhost")
    for name, where, answer, templates in pages(app, database, objects, members):
        page = Page(answer.text)
        said = [*page.problems, *broken_links(page, routes, urlsplit(where).path)]
        if templates[-1] not in parsed:
            # The slow and exact parser once for each template.
            parsed.add(templates[-1])
            exact = HTMLParser()
            exact.parse(answer.text)
            said += [f"HTML: {error[1]} {error[2]}" for error in exact.errors]
        if templates[-1] in NO_HEADING:
            said = [problem for problem in said if "<h1>" not in problem]
        for problem in said:
            problems.setdefault(problem, []).append(f"{where} for {name} ({templates[-1]})")
        seen.update(templates)
    for template in sorted(page_templates(CHECKOUT / "templates") - seen - ELSEWHERE.keys()):
        problems[f"{template} is no page of anybody: give it one in tests/permissions, or name its test"] = [template]
    assert not problems, told(problems)
