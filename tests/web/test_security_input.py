"""Hostile input: forged forms, markup in every field, and what usually hides a failure (P11, PROMISES 7.6)."""

import io
import itertools
import re
from urllib.parse import quote

import pytest

from registry.capacity.commands import AddEntry, SetPlace
from registry.capacity.models import PlaceUnit
from registry.capacity.service import add_entry, set_place
from registry.kernel.fields import fields_of
from registry.structures.kinds import KINDS
from tests.factories.structures import make, organisation_id
from tests.support.offenders import for_each

CANARY = "\"'><img src=x onerror=alert(1)><script>alert(2)</script>"
LIVE = ("<img src=x", "<script>alert", "onerror=alert(1)>")
#: In addresses: NUL, a lone surrogate, broken UTF-8, numbers beyond a bigint, not numbers, very long.
HOSTILE = (
    "%00",
    "%ED%A0%80",
    "%FF%FE",
    str(2**63),
    "9" * 40,
    "-1",
    "1e5",
    "NaN",
    "٣",
    quote("' OR 1=1 --"),
    "a" * 5000,
)
QUERY_NAMES = (
    "q", "owner", "unit", "bbox", "sort", "order", "cursor", "kind", "status", "sharing_status", "condition",
    "is_urban", "height_m_min", "height_m_max", "as_of", "on", "level", "next", "text", "system", "commune", "page",
    "colour", "layer", "units", "units_on", "follow", "limit",
)  # fmt: skip
#: Routes that read their query, tried with each value alone.
ASKED = (
    "structures.list",
    "structures.locate",
    "structures.tile_of",
    "territory.index",
    "structures.detail",
    "structures_api.items",
)


def token_of(client, address="/account"):
    return re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get(address).text).group(1)


def addresses(app, method, arguments):
    """Every route of a method with its address."""
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if method in rule.methods and rule.endpoint != "static":
            yield (
                rule,
                adapter.build(rule.endpoint, {name: arguments.get(name, 1) for name in rule.arguments}, method=method),
            )


@pytest.fixture
def tower(ctx_of):
    """A tower of Viettel: what fills addresses."""
    with ctx_of("viettel") as ctx:
        record = make(ctx)
        return {
            "code": record.code, "structure_id": record.id, "subject_id": record.id, "subject_kind": "structure",
            "kind": "antenna_tower", "language": "vi", "token": "x", "zoom": 12, "x": 3251, "y": 1816,
        }  # fmt: skip


#: Who sends forms without a token of their own, and from which kind of a wrong one on they take turns.
SENDERS = {"viettel": 0, "quantri": 1, None: 2}


@pytest.mark.parametrize(
    ("username", "first", "whole"),
    [
        *(pytest.param(name, first, False, id=str(name)) for name, first in SENDERS.items()),
        pytest.param("viettel", 0, True, id="viettel-whole", marks=pytest.mark.trial),
    ],
)
def test_no_form_is_taken_without_its_own_token(app, client_of, tower, username, first, whole):
    client, other = client_of(username), client_of("vnpt")
    foreign = token_of(other)
    client.get("/login")
    posted = 0
    tokens = ({}, {"csrf_token": foreign}, {"csrf_token": "x"}, {"csrf_token": ""})
    for turn, (rule, address) in enumerate(addresses(app, "POST", tower), first):
        # Whose token is wrong is refused before anybody asks who it is: a form is sent with one kind by each of them.
        for data in tokens if whole else (tokens[turn % len(tokens)],):
            answer = client.post(address, data=data | {"version": "1", "reason": "x"})
            assert answer.status_code == 400, (rule.endpoint, data)
            posted += 1
    assert posted >= 100


def numbers_of(rule):
    """The parts of an address that must be whole numbers."""
    return [name for name in rule.arguments if hasattr(rule._converters[name], "num_convert")]


def cells(app, tower, *, whole, first=0):
    """Every read with a hostile value in each part of its path that is text, then in its query.

    Routes that read their query are tried with each name alone too. `whole`: with every value; else the values take
    turns, and a query of all names with one that has names twice, the other way round from where it is `first`.
    """
    adapter = app.url_map.bind("localhost")
    turns = itertools.cycle(HOSTILE)

    def values():
        return HOSTILE if whole else (next(turns),)

    for number, (rule, address) in enumerate(addresses(app, "GET", tower)):
        for argument in rule.arguments - set(numbers_of(rule)):
            arguments = tower | {argument: "mark-here"}
            built = adapter.build(rule.endpoint, {name: arguments.get(name, 1) for name in rule.arguments})
            yield from (built.replace("mark-here", value) for value in values())
        if rule.endpoint in ASKED:
            yield from (f"{address}?{name}={value}" for name in QUERY_NAMES for value in values())
        several = f"{address}?q=a&q=b&sort=code&sort=name&bbox=1,2,3,4&bbox=5&cursor=x&cursor=y"
        if whole or number % 2 == first:
            yield from (f"{address}?" + "&".join(f"{name}={value}" for name in QUERY_NAMES) for value in values())
        if whole or number % 2 != first:
            yield several


@pytest.mark.parametrize(
    ("username", "whole"),
    [
        ("viettel", False),
        (None, False),
        pytest.param("viettel", True, marks=pytest.mark.trial),
        pytest.param(None, True, marks=pytest.mark.trial),
    ],
    ids=["viettel", "public", "viettel-whole", "public-whole"],
)
def test_no_address_however_broken_is_answered_with_a_failure(app, client_of, tower, username, whole):
    client = client_of(username)
    failed, asked = [], 0
    for address in cells(app, tower, whole=whole, first=int(username is None)):
        asked += 1
        with client.get(address) as answer:
            if answer.status_code >= 500:
                failed.append((answer.status_code, address[:150]))
    assert failed == []
    assert asked > (1500 if whole else 300)


def test_numbers_beyond_any_row_do_not_exist(app, client_of):
    client = client_of("quantri")
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if "GET" in rule.methods and numbers_of(rule):
            address = adapter.build(rule.endpoint, dict.fromkeys(rule.arguments, 7))
            for number in (2**63, 10**30):
                answer = client.get(address.replace("7", str(number)))
                assert answer.status_code in (400, 403, 404, 422), (rule.endpoint, number, answer.status_code)


def test_numbers_beyond_a_smaller_column_are_no_failure(app, client_of):
    client = client_of("so.khcn")
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if "GET" in rule.methods and numbers_of(rule):
            address = adapter.build(rule.endpoint, dict.fromkeys(rule.arguments, 7))
            for number in (2**15, 2**31, 2**63 - 1):
                answer = client.get(address.replace("7", str(number)))
                assert answer.status_code < 500, (rule.endpoint, number)


#: What no field of a form can hold.
BROKEN = ("\x00", "a\x00b", "\ud800", "\x1b[31m", "NaN", "Infinity", "0000-00-00", "9" * 400)


@pytest.fixture
def operator(client_of):
    """A browser of Viettel with its token."""
    client = client_of("viettel")
    return client, token_of(client)


@for_each(
    "kind, value",
    tuple((kind, BROKEN[(number + turn) % len(BROKEN)]) for number, kind in enumerate(KINDS) for turn in (0, 3, 5)),
    mend="refuse the value at its field",
)
def test_no_field_of_a_form_however_broken_is_answered_with_a_failure(operator, kind, value):
    client, token = operator
    address = f"/structures/new/{kind}"
    own = ("owner", "position", "system", "stated_commune", "version")
    data = dict.fromkeys((*fields_of(KINDS[kind].model), *own), value)
    body = "&".join(f"{name}={quote(text.encode('utf-8', 'surrogatepass'))}" for name, text in data.items())
    answer = client.post(
        address, data=f"{body}&csrf_token={quote(token)}", content_type="application/x-www-form-urlencoded"
    )
    assert answer.status_code == 422


def test_markup_in_any_field_stays_text_on_every_page(app, client_of, ctx_of):
    with ctx_of("viettel") as ctx:
        texts = {
            name: CANARY
            for name, field in fields_of(KINDS["antenna_tower"].model).items()
            if field.python_type is str and field.choices is None and (field.max_length or 0) >= len(CANARY)
        }
        assert len(texts) >= 8
        tower = make(ctx, sharing_status="available", **texts)
        set_place(ctx, SetPlace(tower.code, CANARY, PlaceUnit.POSITION, 5))
        add_entry(ctx, AddEntry(tower.code, CANARY, 1, holder=CANARY, equipment=CANARY))
        code, row_id = tower.code, tower.id
    client = client_of("viettel")
    token = token_of(client)
    suspended = client.post(f"/structures/{code}/suspend", data={"version": "1", "reason": CANARY, "csrf_token": token})
    assert suspended.status_code == 303
    upload = {
        "file": (io.BytesIO(f"Mã;Tên;{CANARY}\n1;{CANARY};x\n".encode()), f"{CANARY}.csv"),
        "kind": "antenna_tower", "csrf_token": token, "organisation": "1", "owner": "1",
    }  # fmt: skip
    client.post("/imports", data=upload, content_type="multipart/form-data")
    arguments = {"code": code, "structure_id": row_id, "subject_id": row_id, "subject_kind": "structure"}
    arguments |= {"kind": "antenna_tower", "language": "vi", "token": "x", "zoom": 14, "x": 13005, "y": 7266}
    pages_read = 0
    word = f"?q={quote(CANARY)}"
    leading = f"{word}&next={quote(CANARY)}"
    # What is kept on every page; what is typed beside it, and what no list can be sorted by, on every other one.
    looks = (("viettel", "", 0, 1), ("so.khcn", leading, 0, 2), (None, f"{leading}&sort={quote(CANARY)}", 1, 2))
    for username, query, first, every in looks:
        browser = client_of(username)
        for _rule, address in list(addresses(app, "GET", arguments))[first::every]:
            with browser.get(address + query) as answer:
                if "html" in answer.headers.get("Content-Type", ""):
                    assert [bad for bad in LIVE if bad in answer.text] == [], (username, address, query)
                    assert "unsafe-inline" not in answer.headers["Content-Security-Policy"]
                    pages_read += 1
    assert pages_read > 100


def test_markup_that_was_refused_is_shown_again_as_text(client_of, ctx_of):
    client = client_of("viettel")
    with ctx_of("viettel", read_only=True) as ctx:
        owner = organisation_id(ctx.session, "viettel")
    data = dict.fromkeys(fields_of(KINDS["antenna_tower"].model), CANARY)
    data |= {"position": CANARY, "owner": str(owner), "csrf_token": token_of(client)}
    answer = client.post("/structures/new/antenna_tower", data=data)
    assert answer.status_code == 422
    assert "img src=x" in answer.text
    assert [bad for bad in LIVE if bad in answer.text] == []
