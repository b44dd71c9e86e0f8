"""The codes of manholes in a published duct are shown to its owner and to readers who see the manholes exactly."""

import pytest
from werkzeug.datastructures import MultiDict

from registry.exports.structures import STRUCTURES, columns_of
from registry.kernel.errors import Invalid
from registry.structures.commands import CreateStructure
from registry.structures.writing import create_structure
from tests.factories.structures import HAC_THANH, make, organisation_id, position_at, values_for

HIDDEN = {
    "unpublished": {},
    "planned": {"status": "planned"},
    "being built": {"status": "building"},
    "restricted": {"sharing_status": "restricted"},
}
READERS = ("vnpt", None, "quantri", "bo.khcn")


@pytest.fixture
def duct(ctx_of):
    """A function: what the manhole at its start is -> the code of a published duct that states it."""

    def lay(**texts):
        with ctx_of("so.khcn") as ctx:
            for code, more in (("B-KIN", texts), ("B-MO", {"sharing_status": "available"})):
                make(ctx, owner="viettel", kind="manhole", own_code=code, **more)
            ends = {"from_manhole_code": "B-KIN", "to_manhole_code": "B-MO"}
            made = make(ctx, owner="viettel", kind="cable_duct", own_code="C-1", sharing_status="available", **ends)
            return made.code

    return lay


def of_the_file(ctx, **query):
    """What a file says of both ends of its one duct."""
    columns = [column.name for column in columns_of("cable_duct")]
    (record,) = STRUCTURES.open(ctx, MultiDict({"kind": "cable_duct", **query})).records()
    values = dict(zip(columns, record.values, strict=True))
    return values["from_manhole_code"], values["to_manhole_code"]


@pytest.mark.parametrize("texts", HIDDEN.values(), ids=HIDDEN)
def test_a_hidden_manhole_is_not_named_by_the_duct_that_ends_there(ctx_of, client_of, duct, texts):
    code = duct(**texts)
    with ctx_of(None, read_only=True) as ctx:
        day = ctx.today.isoformat()
    for reader in READERS:
        client = client_of(reader)
        files = ("/exports/structures.csv?kind=cable_duct", f"/exports/structures.csv?kind=cable_duct&as_of={day}")
        for address in (f"/structures/{code}", f"/structures/{code}?as_of={day}", *files):
            with client.get(address) as answer:
                assert "B-KIN" not in answer.text, (reader, address)


@pytest.mark.parametrize("texts", HIDDEN.values(), ids=HIDDEN)
def test_its_owner_and_who_sees_the_manhole_read_its_code(ctx_of, client_of, duct, texts):
    code = duct(**texts)
    for reader in ("viettel", "so.khcn"):
        with ctx_of(reader, read_only=True) as ctx:
            assert of_the_file(ctx) == ("B-KIN", "B-MO")
            assert of_the_file(ctx, as_of=ctx.today.isoformat()) == ("B-KIN", "B-MO")
        assert "B-KIN" in client_of(reader).get(f"/structures/{code}").text
    with ctx_of("vnpt", read_only=True) as ctx:
        assert of_the_file(ctx) == (None, "B-MO")
        assert of_the_file(ctx, as_of=ctx.today.isoformat()) == (None, "B-MO")
    assert "B-MO" in client_of("vnpt").get(f"/structures/{code}").text


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
