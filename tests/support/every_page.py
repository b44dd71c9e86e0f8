"""Every page of every role, as the reviewed table of permissions knows them: who opens what on which object.

A file of tests takes the fixtures of `tests/permissions/conftest.py` by name and asks `pages` for the answers.
"""

import contextlib

from flask import template_rendered

from tests.permissions.cases import address, table

#: Templates of pages that no look alone shows -> the test that does.
ELSEWHERE = {}


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


def pages(app, database, objects, members, *, wanted=lambda _name, _row: True):
    """Each page that the table promises: who, where, answer, its templates; of refusals the first of a kind and role.

    What a look leaves behind is rolled back. `disabled` opens what the public opens.
    """
    rows, cast = table()
    refused = set()
    for row in rows:
        if row["method"] != "GET":
            continue
        for name in cast:
            is_page = row[name] == "200"
            if name == "disabled" or not wanted(name, row) or (not is_page and (name, row[name]) in refused):
                continue
            if not is_page:
                refused.add((name, row[name]))
            member = members[name]
            where = address(app, row["endpoint"], objects[""] | objects[row["object"]] | member.given)
            savepoint = database._bind.begin_nested()
            with recorded(app) as templates:
                answer = member.open(where, "GET")
            savepoint.rollback()
            if answer.mimetype == "text/html" and templates:
                yield name, where, answer, templates
