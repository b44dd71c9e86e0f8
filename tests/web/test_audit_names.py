"""The audit log speaks of things by their names, and tells nobody what it may not see."""

import html
import re
from datetime import date

import pytest

from registry.accounts.models import Organisation
from registry.accounts.service import edit_organisation
from registry.capacity.commands import SetPlace
from registry.capacity.models import PlaceUnit
from registry.capacity.service import set_place
from registry.settings.commands import AddSetting
from registry.settings.queries import get_setting
from registry.settings.service import add_setting
from registry.structures.commands import EditStructure
from registry.structures.writing import edit_structure
from tests.factories.organisations import save_organisation
from tests.factories.structures import make, organisation_id
from tests.factories.violations import log
from tests.support.statements import statements_of

KEY = "imports.undo_days"


def words(answer):
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def rows(answer):
    return re.findall(r'<tr role="row">(.*?)</tr>', answer.text, re.DOTALL)


@pytest.fixture
def changed(ctx_of):
    """A structure whose name and address change, a place, a setting and a case."""
    with ctx_of("viettel") as ctx:
        tower = make(ctx, name="Cột Hàm Rồng")
        code = tower.code
    with ctx_of("viettel") as ctx:
        edit_structure(ctx, EditStructure(code, 1, {"name": "Cột cầu Hàm Rồng", "is_urban": True}))
    with ctx_of("viettel") as ctx:
        set_place(ctx, SetPlace(code, "Sàn 7", PlaceUnit.POSITION, 3, {}, None))
    with ctx_of("so.khcn") as ctx:
        value = get_setting(ctx, KEY).in_force.row.value
        add_setting(ctx, AddSetting(KEY, date(2030, 1, 1), value + 1, "QĐ thử", needs_verification=True, reason="Thử"))
    return code, log(ctx_of)


def test_things_have_names_with_links_and_their_fields_before_and_after(client_of, changed):
    code, case = changed
    page = client_of("so.khcn").get("/audit")
    text = words(page)
    for name in (f"{code} – Cột cầu Hàm Rồng", "Sàn 7", "Cột Hàm Rồng", "QĐ thử"):
        assert name in text, name
    for address in (f'href="/structures/{code}"', f'href="/settings/{KEY}"', f'href="/violations/{case}"'):
        assert address in page.text, address
    (edited,) = [row for row in rows(page) if "structure.edit" in row]
    assert re.search(r"<del>.*?Cột Hàm Rồng.*?</del>.*?<ins>.*?Cột cầu Hàm Rồng.*?</ins>", edited, re.DOTALL)


def test_the_page_is_in_the_readers_language(client_of, changed):
    client = client_of("so.khcn")
    client.set_cookie("language", "en")
    (edited,) = [row for row in rows(client.get("/audit")) if "structure.edit" in row]
    assert "before:" in edited
    assert re.search(r"<dt>Name</dt>", edited)
    assert "trước:" not in edited


def test_an_administrator_learns_nothing_of_structures_and_cases(client_of, changed):
    """Its matrix has no structures: it reads that one was changed, by whom and when."""
    code, case = changed
    page = client_of("quantri").get("/audit")
    assert [row for row in rows(page) if "structure.edit" in row]
    for hidden in (code, "Hàm Rồng", "Sàn 7", f"/violations/{case}"):
        assert hidden not in page.text, hidden
    found_page = client_of("quantri").get("/audit", query_string={"q": "Hàm Rồng"})
    assert [row for row in rows(found_page) if "structure." in row] == []


def test_an_account_is_opened_by_its_administrator_only(client_of, ctx_of):
    with ctx_of("quantri") as ctx:
        number = organisation_id(ctx.session, "thap_xu_thanh")
        row = ctx.session.get_one(Organisation, number)
        names = ("code", "name", "short_name", "kind", "owner_category", "tax_code", "email", "valid_from", "valid_to")
        values = {name: getattr(row, name) for name in names} | {"hotline": "0237 3999 888"}
        edit_organisation(ctx, number, save_organisation(**values))
    administrator, department = (client_of(name).get("/audit") for name in ("quantri", "so.khcn"))
    assert f'href="/admin/organisations/{number}"' in administrator.text
    assert "3999" in administrator.text
    assert f"/admin/organisations/{number}" not in department.text
    assert "3999" not in department.text


def test_no_position_stands_in_the_log(client_of, changed):
    for name in ("so.khcn", "quantri"):
        page = words(client_of(name).get("/audit"))
        assert not re.search(r"\b(19|20|105|106)[.,]\d{4,}", page)


@pytest.mark.parametrize("typed", ["ham rong", "CODE", "cau hàm"])
def test_an_object_is_found_by_its_words(client_of, changed, typed):
    page = client_of("so.khcn").get("/audit", query_string={"q": typed.replace("CODE", changed[0])})
    text = "".join(rows(page))
    assert {"structure.create", "structure.edit"} <= set(re.findall(r"structure\.\w+", text))
    assert "setting.add" not in text


def test_more_rows_need_no_more_statements(client_of, ctx_of, changed, database):
    client = client_of("so.khcn")

    def statements():
        with statements_of(database) as statements_run:
            client.get("/audit")
        return len(statements_run)

    client.get("/audit")
    few = statements()
    for number in range(6):
        with ctx_of("viettel") as ctx:
            code = make(ctx, name=f"Cột số {number}").code
        with ctx_of("viettel") as ctx:
            edit_structure(ctx, EditStructure(code, 1, {"name": f"Cột mang số {number}"}))
        log(ctx_of)
    # What is cached by the version of the register is read once more after a change.
    client.get("/audit")
    # Fewer where rows of other kinds go to the next page.
    assert statements() <= few
    assert few < 40
