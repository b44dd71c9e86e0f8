"""What those who may not see everything see: the public cells only, an inspector the own area exactly."""

import pytest
from playwright.sync_api import expect


@pytest.mark.drawn_map
def test_the_public_sees_cells_only(open_as, site):
    page = open_as()
    page.goto("/structures")
    expect(page.get_by_role("table")).to_contain_text("Chỉ biết ô lưới")
    expect(page.locator("[data-map][data-loaded]")).to_be_visible()
    assert "Trạm phát sóng" not in page.content()
    page.goto(f"/structures/{site.codes['published']}")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Cột ăng ten")
    assert "Hạc Thành" not in page.get_by_role("main").inner_text()
    answer = page.goto(f"/structures/{site.codes['restricted']}")
    assert answer.status == 404


def test_an_inspector_sees_the_own_area_exactly_and_cells_elsewhere(open_as, site):
    page = open_as("kiemtra1")
    page.goto(f"/structures/{site.codes['unpublished']}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Trạm phát sóng Đông Sơn")
    expect(page.locator("#position")).to_contain_text("VN-2000")
    page.goto(f"/structures/{site.codes['elsewhere']}")
    expect(page.locator("#cell")).to_be_visible()
    assert "Trạm phát sóng nơi khác" not in page.content()
    assert page.goto(f"/structures/{site.codes['restricted']}").status == 404
    page.goto("/structures?q=tram+phat+song")
    expect(page.locator("tr[data-record]")).to_have_count(2)


def test_the_inspector_of_another_area_sees_only_cells_here(open_as, site):
    page = open_as("kiemtra2")
    page.goto(f"/structures/{site.codes['unpublished']}")
    expect(page.locator("#cell")).to_be_visible()
    assert "Đông Sơn" not in page.content()


def test_reading_needs_no_scripts(open_as, site):
    page = open_as("so.khcn", java_script_enabled=False)
    page.goto("/structures?q=ham+rong")
    expect(page.get_by_text("Bản đồ cần JavaScript và WebGL")).to_be_visible()
    page.get_by_role("link", name=site.codes["restricted"]).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Trạm kín Hàm Rồng")
