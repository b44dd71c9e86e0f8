"""NUL and other control characters in any field of any form are refused in words; no post fails on one."""

import html
import re
from datetime import timedelta

import pytest

from tests.permissions.cases import TAKEN, address, body, table
from tests.support.clock import NOW, STANDING

#: What no text of the database holds, and what no person types on purpose.
BAD = ("\0", "\x07")
_NAMES = re.compile(r"<(?:input|textarea|select)[^>]*\bname=\"([^\"]+)\"")
#: Fields of every form that are not typed.
_GIVEN = frozenset({"csrf_token", "request_key"})
_SERVER_ERROR = 500


def posts():
    """Each post of the table with each object once: (endpoint, object) -> the row and a member who may send it."""
    rows, cast = table()
    takers = {}
    for row in rows:
        taken = [name for name in cast if row[name] in TAKEN and name != "disabled"]
        if row["method"] == "POST" and taken:
            takers[row["endpoint"], row["object"]] = (row, taken[0])
    return takers


ALL = posts()
#: One object for each endpoint.
FIRST = {endpoint: (endpoint, kind) for endpoint, kind in sorted(ALL, reverse=True)}


@pytest.fixture
def sent(app, database, objects, members):
    """A function: post, changed fields -> the answer, which leaves nothing behind; and its fields that are typed."""

    def answer(post, replaced):
        row, name = ALL[post]
        values = objects[""] | objects[row["object"]] | members[name].given
        data = body(row["endpoint"], row["object"], values)
        typed = {field: value for field, value in data.items() if isinstance(value, str)}
        savepoint = database._bind.begin_nested()
        # A minute after the objects were made: a request is not sent twice at one instant.
        with STANDING.at(NOW + timedelta(minutes=1)):
            response = members[name].open(address(app, row["endpoint"], values), "POST", data | replaced(typed))
        savepoint.rollback()
        return response

    return answer


def fields_of(sent, post):
    """The fields of a post: those of a valid body, and those of the form that an empty one leads back to."""
    names = set()
    page = sent(post, lambda typed: names.update(typed) or dict.fromkeys(typed, ""))
    form = page.text if page.mimetype == "text/html" else ""
    return sorted((names | set(_NAMES.findall(html.unescape(form)))) - _GIVEN)


@pytest.mark.parametrize("endpoint", sorted(FIRST))
def test_no_form_fails_on_a_nul_in_all_its_fields(sent, endpoint):
    post = FIRST[endpoint]
    response = sent(post, lambda typed: {field: f"{value}\0b" for field, value in typed.items()})
    assert response.status_code < _SERVER_ERROR


@pytest.mark.trial
@pytest.mark.parametrize("post", sorted(ALL), ids=" ".join)
def test_no_field_of_any_form_fails_on_a_control_character(sent, post):
    failed = []
    for field in fields_of(sent, post):
        for bad in BAD:
            response = sent(post, lambda typed, name=field, sign=bad: {name: f"{typed.get(name, 'a')}{sign}b"})
            if response.status_code >= _SERVER_ERROR:
                failed.append((field, repr(bad), response.status_code))
    assert failed == []
