import pytest
from tests.e2e.conftest import PHONE, WIDE
from tests.e2e.test_colocation import sound
from tests.factories.colocation import accept, case, filed, move, reject, tower
from registry.capacity.commands import AddEntry
from registry.capacity.service import add_entry
from tests.factories.colocation import LABEL

_made = []

@pytest.fixture
def made(site):
    if _made:
        return
    _made.append(1)
    with site.writing_as("viettel") as ctx:
        code, other = tower(ctx, total=50).code, tower(ctx, total=50).code
        add_entry(ctx, AddEntry(code, LABEL, 2, holder="Viettel"))
        add_entry(ctx, AddEntry(code, LABEL, 1, holder="VNPT"))
    with site.writing_as("dienluc") as ctx:
        pole = tower(ctx, owner="pc_thanhhoa").code
    with site.writing_as("vnpt") as ctx:
        numbers = [filed(ctx, *codes).id for codes in ((code,), (code, other), (code,), (other,), (code,))]
        foreign = filed(ctx, pole).id
    with site.writing_as("viettel") as ctx:
        accept(ctx, case(ctx, numbers[0])); reject(ctx, case(ctx, numbers[1])); reject(ctx, case(ctx, numbers[2]))
        accept(ctx, case(ctx, numbers[3]))
    with site.writing_as("dienluc") as ctx:
        accept(ctx, case(ctx, foreign))

@pytest.mark.parametrize("who", ["so.khcn", "dienluc"])
@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_look(open_as, made, size, who):
    page = open_as(who, viewport=size)
    for name, address in (("figures", "/colocation/figures"), ("list", "/colocation?outcome=refused&from=2026-01-01"), ("dash", "/dashboard")):
        page.goto(address)
        page.screenshot(path=f"/tmp/look-{name}-{who}-{size['width']}.png", full_page=True)
        sound(page)
