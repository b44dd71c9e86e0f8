"""The access log has a row for each person and hour, with communes and numbers; each owner reads its own part only."""

import csv
import html
import io
import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from registry.audit.access_log import AuditNoteWriter
from registry.structures.models import Structure
from registry.territory.models import AdminUnit
from tests.factories.structures import make, organisation_id
from tests.support.statements import statements_of


def body(answer):
    return [row for row in re.findall(r'<tr role="row">(.*?)</tr>', answer.text, re.DOTALL) if "<td" in row]


def words(text):
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


@pytest.fixture
def towers(ctx_of):
    """Two published towers of Viettel and one of VNPT: codes, and the commune of the first."""
    codes = []
    for owner in ("viettel", "viettel", "vnpt"):
        with ctx_of(owner) as ctx:
            codes.append(make(ctx, owner=owner, sharing_status="available").code)
    with ctx_of("so.khcn", read_only=True) as ctx:
        query = select(AdminUnit.name).join(Structure, Structure.commune_id == AdminUnit.id)
        commune = ctx.session.scalar(query.where(Structure.code == codes[0]))
    return codes, commune


def look(client, *codes):
    for code in codes:
        assert client.get(f"/structures/{code}").status_code == 200


def test_a_person_has_one_row_an_hour_with_communes_and_numbers(client_of, towers, clock):
    (first, other, _rival), commune = towers
    department = client_of("so.khcn")
    look(department, first, other, first)
    department.get("/structures")
    clock.advance(timedelta(hours=1))
    look(client_of("so.khcn"), first)
    later, earlier = body(client_of("viettel").get("/looks"))
    assert first in later
    assert other not in later
    cells = words(earlier)
    assert "Lê Thị Hạnh" in cells
    assert commune in cells
    assert "Trang công trình" in cells
    assert "Danh sách" in cells
    assert f'href="/structures/{other}"' in earlier
    # Three pages and a list; the pages of two structures once each, and the two of the list.
    assert re.search(r"\b4 4\b", cells), cells


def test_an_owner_reads_nothing_of_the_structures_of_others(client_of, ctx_of, towers, database):
    """One note may have parts on several owners."""
    (mine, _other, rival), _commune = towers
    with ctx_of("so.khcn") as ctx:
        viettel, vnpt = (organisation_id(ctx.session, name) for name in ("viettel", "vnpt"))
        views_by_owner = {str(viettel): [1, ["Xã Của Viettel"]], str(vnpt): [70, ["Xã Của VNPT"]]}
        parts = [
            {"what": "detail", "owners": [vnpt], "code": rival},
            {"what": "list", "owners": [viettel, vnpt], "rows": 71, "seen": views_by_owner},
            {"what": "corridor", "owners": [viettel, vnpt], "rows": 500},
        ]
        AuditNoteWriter(database)(ctx.actor, "look", owner_ids=[viettel, vnpt], looks=parts)
    own, theirs, everything = (client_of(name).get("/looks") for name in ("viettel", "vnpt", "so.khcn"))
    assert rival not in own.text
    assert "Xã Của VNPT" not in own.text
    assert "Trang công trình" not in words("".join(body(own)))
    assert re.search(r"\b1 1\b", words(body(own)[0]))
    assert rival in theirs.text
    assert "Xã Của Viettel" not in theirs.text
    assert "571" in words(body(everything)[0]) or "572" in words(body(everything)[0])
    # Nor by guessing.
    assert body(client_of("viettel").get("/looks", query_string={"q": rival})) == []
    assert body(client_of("viettel").get("/looks", query_string={"page": "detail"})) == []
    assert mine not in theirs.text


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"q": "hanh le"}, 1),
        ({"q": "CODE"}, 1),
        ({"q": "khong co ai"}, 0),
        ({"page": "detail"}, 1),
        ({"page": "tile"}, 0),
        ({"to": "24/11/2026"}, 0),
        ({"from": "26/11/2026"}, 0),
        ({"from": "01/01/2020", "to": "31/12/2030"}, 1),
    ],
)
def test_it_is_filtered(client_of, towers, query, count):
    (code, *_others), _commune = towers
    look(client_of("so.khcn"), code)
    sent = {name: value.replace("CODE", code) for name, value in query.items()}
    assert len(body(client_of("viettel").get("/looks", query_string=sent))) == count


def test_the_file_has_the_rows_of_the_page(client_of, towers):
    (first, other, _rival), commune = towers
    look(client_of("so.khcn"), first, other)
    client = client_of("viettel")
    answer = client.get("/exports/looks.csv")
    assert answer.status_code == 200
    text = answer.get_data().decode("utf-8-sig")
    answer.close()
    table = [
        row
        for row in csv.reader(io.StringIO(text), delimiter=";")
        if f"{min(first, other)}, {max(first, other)}" in row
    ]
    assert len(table) == 1, text
    assert any(commune in cell for cell in table[0])


def test_more_rows_need_no_more_statements(client_of, towers, clock, database):
    (first, other, _rival), _commune = towers

    def statements(owner):
        with statements_of(database) as statements_run:
            owner.get("/looks")
        return len(statements_run)

    look(client_of("so.khcn"), first)
    owner = client_of("viettel")
    owner.get("/looks")
    few = statements(owner)
    for _hour in range(4):
        clock.advance(timedelta(hours=1))
        look(client_of("so.khcn"), first, other)
    owner = client_of("viettel")
    assert len(body(owner.get("/looks"))) == 5
    assert statements(owner) == few
