"""Every page of every role, as the reviewed table of permissions knows them: who opens what on which object.

A file of tests takes the fixtures of `tests/permissions/conftest.py` by name and asks `pages` for the answers.
"""

import contextlib
import hashlib
import re
from itertools import product
from urllib.parse import quote, urlsplit

from flask import template_rendered
from tinyhtml5 import inputstream
from tinyhtml5.parser import HTMLParser

from registry.kernel.clock import local_date, utc_now
from tests.permissions.cases import TAKEN, address, body, table
from tests.support.html_page import NO_WORDS, Page, broken_links

#: Pages that show a past day too.
OF_A_DAY = frozenset({"structures.detail"})
#: What may differ between two pages of one form, besides their own addresses: words between elements, tokens, numbers.
_WORDS, _TOKENS = re.compile(r">[^<]+<"), re.compile(r"value=\"[^\"]{40,}\"|\b[0-9a-f]{32}\b|\d+")
#: Sheets of labels are cut up: they have no heading.
NO_HEADING = frozenset({"labels/paper.html"})
#: Templates of pages that no look alone shows -> the test that does.
ELSEWHERE = {
    "errors/kept.html": "tests/web/test_kept_forms.py::test_a_form_of_another_session_comes_back_and_can_be_sent_again",
    "incidents/report_check.html": "tests/web/test_reports.py::test_a_fire_is_dangerous_whatever_was_answered",
    "incidents/report_kind.html": "tests/web/test_reports.py::test_three_screens_lead_to_a_code_and_its_state",
    "accounts/first_factor.html": "tests/e2e/test_accounts.py",
    "accounts/second_factor.html": "tests/e2e/test_accounts.py",
    # Pages of an address that a program asks for as well: a browser alone is answered with one.
    "ogc/collection.html": "tests/web/test_ogc.py",
    "ogc/collections.html": "tests/web/test_ogc.py",
    "ogc/item.html": "tests/web/test_ogc.py",
    "ogc/items.html": "tests/web/test_ogc.py",
    "ogc/landing.html": "tests/web/test_ogc.py",
    "routelists/no_list.html": "tests/web/test_start_acts.py::test_what_is_offered_opens_on_an_empty_register",
    "exports/large.html": "tests/web/test_exports.py::test_a_long_list_is_offered_as_a_job_and_not_written_at_once",
    "saved_searches/replace.html": "tests/e2e/test_saved_searches.py",
    # The pages of a table of law that is a declaration alone; the register itself has none yet.
    "dated_rows/form.html": "tests/db/test_dated_rows.py",
    "dated_rows/history.html": "tests/db/test_dated_rows.py",
    "dated_rows/list.html": "tests/db/test_dated_rows.py",
}


class _Spans(dict):
    """Expressions of the exact parser by the signs that end a span; without it each is compiled at each word."""

    def __missing__(self, key):
        signs, is_within = key
        listed = "".join(f"\\x{ord(sign):02x}" for sign in signs)
        return self.setdefault(key, re.compile(f"[{'' if is_within else '^'}{listed}]+"))


# Its own keeps each under a key that it never asks for.
inputstream.characters_until_regex = _Spans()


@contextlib.contextmanager
def recorded(app):
    """The names of the templates that are rendered in the block; the page itself comes last, after its panels."""
    names = []

    def note(_sender, template, **_context):
        if template.name:
            names.append(template.name)

    with template_rendered.connected_to(note, app):
        yield names


def page_templates(folder):
    """The templates that make a whole page: those that extend another and are extended by none."""
    texts = {str(path.relative_to(folder)): path.read_text(encoding="utf-8") for path in folder.rglob("*.html")}
    bases = {name for name in texts if any(f'{{% extends "{name}"' in text for text in texts.values())}
    return {name for name, text in texts.items() if "{% extends" in text} - bases


class PageChecker:
    """Checks answers as HTML; `templates` are those that were seen."""

    def __init__(self, app):
        self._routes = app.url_map.bind("localhost")
        self.templates, self._parsed, self._pages = set(), set(), set()

    def faults(self, name, where, answer, templates):
        """(place, fault) of an answer that is a page."""
        # A name with a line before it is a part of a page, asked for by a script; who is sent on sees no page, though
        # a paper may have been set by a template meanwhile.
        if answer.mimetype != "text/html" or answer.location or not templates or "/_" in templates[-1]:
            return ()
        self.templates.update(templates)
        # Pages of one form are looked at once, unless one says what no page should say.
        path = urlsplit(where).path
        form = _TOKENS.sub("", _WORDS.sub("> <", answer.text.replace(path, "").replace(quote(path, ""), "")))
        digest = hashlib.sha256(form.encode()).digest()
        if digest in self._pages and not NO_WORDS.search(answer.text):
            return ()
        self._pages.add(digest)
        page = Page(answer.text)
        problems = [*page.problems, *broken_links(page, self._routes, urlsplit(where).path)]
        if templates[-1] not in self._parsed:
            # The slow and exact parser once for each template.
            self._parsed.add(templates[-1])
            exact = HTMLParser()
            exact.parse(answer.text)
            problems += [f"HTML: {error[1]} {error[2]}" for error in exact.errors]
        if templates[-1] in NO_HEADING:
            problems = [fault for fault in problems if "<h1>" not in fault]
        return tuple((f"{where} for {name} ({templates[-1]})", fault) for fault in problems)


def pages(app, database, objects, members, *, wanted=lambda _name, _row: True):
    """Each page that the table promises: who, where, answer, its templates.

    Of refusals the first of a kind and role; of posts, once each, the form that an empty body leads back to and the
    page that answers a valid one. What a look leaves behind is rolled back. `disabled` opens what the public opens.
    """
    rows, cast = table()
    done = set()
    for row, name in product(rows, cast):
        key = _once(name, row)
        if name == "disabled" or key in done or not wanted(name, row):
            continue
        done.add(key)
        values = objects[""] | objects[row["object"]] | members[name].given
        for where, sent in _asked(app, row, name, values):
            savepoint = database._bind.begin_nested()
            with recorded(app) as templates:
                answer = members[name].open(where, row["method"], sent)
            savepoint.rollback()
            # A name with a line before it is a part of a page, asked for by a script.
            if answer.mimetype == "text/html" and not answer.location and templates and "/_" not in templates[-1]:
                yield name, where, answer, templates


def _once(name, row):
    """What a cell shares with others that would show the same."""
    if row["method"] == "POST":
        return (row["endpoint"], row["object"], row[name] in TAKEN)
    return (row["endpoint"], row["object"], name) if row[name] == "200" else (name, row[name])


def _asked(app, row, name, values):
    """Addresses and bodies that a cell is tried with."""
    where = address(app, row["endpoint"], values)
    if row["method"] == "GET":
        yield where, None
        if row["endpoint"] in OF_A_DAY and row[name] == "200":
            yield f"{where}?as_of={local_date(utc_now())}", None
    elif row[name] in TAKEN:
        yield where, {}
        if row[name] == "200":
            yield where, body(row["endpoint"], row["object"], values)
