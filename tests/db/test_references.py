"""The codes of manholes in a published duct are shown to its owner and to readers who see the manholes exactly."""

from itertools import product

import pytest
from werkzeug.datastructures import MultiDict

from registry.exports.structures import STRUCTURES, columns_of
from registry.kernel.errors import Invalid
from registry.structures.commands import CreateStructure
from registry.structures.writing import create_structure
from tests.factories.structures import HAC_THANH, make, organisation_id, position_at, values_for
from tests.support import shared
from tests.support.rounds import pairs

HIDDEN = {
    "unpublished": {},
    "planned": {"status": "planned"},
    "being built": {"status": "building"},
    "restricted": {"sharing_status": "restricted"},
}
READERS = ("vnpt", None, "quantri", "bo.khcn")


database, app, ctx_of, client_of, taken_back = shared.FIXTURES


@pytest.fixture(scope="module", autouse=True)
def ducts(ctx_of):
    """What the manhole at its start is -> code of a published duct that states it, and the own code of the manhole."""
    codes = {}
    with ctx_of("so.khcn") as ctx:
        make(ctx, owner="viettel", kind="manhole", own_code="B-MO", sharing_status="available")
        for number, (what, texts) in enumerate(HIDDEN.items(), 1):
            hidden = f"B-KIN-{number}"
            make(ctx, owner="viettel", kind="manhole", own_code=hidden, **texts)
            stated = {"from_manhole_code": hidden, "to_manhole_code": "B-MO"}
            stated |= {"sharing_status": "available", "shows_nodes": "true"}
            duct = make(ctx, owner="viettel", kind="cable_duct", own_code=f"C-{number}", **stated)
            codes[what] = duct.code, hidden
    return codes


def of_the_file(ctx, **query):
    """What a file says of both ends of each duct."""
    columns = [column.name for column in columns_of("cable_duct")]
    records = STRUCTURES.open(ctx, MultiDict({"kind": "cable_duct", **query})).records()
    rows = [dict(zip(columns, record.values, strict=True)) for record in records]
    return sorted(((row["from_manhole_code"], row["to_manhole_code"]) for row in rows), key=str)


@pytest.fixture(scope="module")
def day(ctx_of):
    with ctx_of(None, read_only=True) as ctx:
        return ctx.today.isoformat()


def test_a_hidden_manhole_is_not_named_by_the_duct_that_ends_there(client_of, ducts, day):
    clients = {reader: client_of(reader) for reader in READERS}
    for (reader, client), then in product(clients.items(), ("", f"&as_of={day}")):
        with client.get(f"/exports/structures.csv?kind=cable_duct{then}") as answer:
            assert "B-KIN" not in answer.text, (reader, then)
    # Each page once, by turns as it is now and as it was on a day.
    for reader, what, then in pairs(READERS, tuple(ducts), ("", f"?as_of={day}")):
        code, _hidden = ducts[what]
        answer = clients[reader].get(f"/structures/{code}{then}")
        assert "B-KIN" not in answer.text, (reader, what, then)


def test_its_owner_and_who_sees_the_manhole_read_its_code(ctx_of, client_of, ducts, day):
    for reader in ("viettel", "so.khcn"):
        with ctx_of(reader, read_only=True) as ctx:
            whole = sorted((hidden, "B-MO") for _code, hidden in ducts.values())
            assert of_the_file(ctx) == of_the_file(ctx, as_of=day) == whole
        client = client_of(reader)
        for code, hidden in ducts.values():
            assert hidden in client.get(f"/structures/{code}").text
    with ctx_of("vnpt", read_only=True) as ctx:
        cut = [(None, "B-MO")] * len(ducts)
        assert of_the_file(ctx) == of_the_file(ctx, as_of=day) == cut
    client = client_of("vnpt")
    for code, _hidden in ducts.values():
        assert "B-MO" in client.get(f"/structures/{code}").text


@pytest.mark.parametrize("texts", [{}, {"status": "planned"}, {"sharing_status": "restricted"}], ids=str)
def test_who_registers_for_another_owner_is_not_told_which_structure_has_a_code(ctx_of, texts):
    with ctx_of("so.khcn") as ctx:
        taken = make(ctx, owner="viettel", own_code="T-1", **texts).code
    for username, is_named in (("quantri", False), ("viettel", True)):
        with ctx_of(username) as ctx:
            values = values_for("antenna_tower", own_code="T-1")
            owner = organisation_id(ctx.session, "viettel")
            command = CreateStructure("antenna_tower", owner, values, position_at(*HAC_THANH))
            with pytest.raises(Invalid) as refused:
                create_structure(ctx, command)
            (sentence,) = refused.value.fields["own_code"]
            assert (taken in sentence) is is_named
