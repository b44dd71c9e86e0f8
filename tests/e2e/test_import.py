"""An operator imports a list of towers by page: bad rows are named, good ones stand on the list."""

from playwright.sync_api import expect

from tests.e2e.test_pages import SMALLEST, barriers
from tests.e2e.watch import has_side_scroll
from tests.support.import_files import as_csv, swapped
from tests.support.import_files import site as row


def upload(page, content):
    """Send a file and arrive at its columns."""
    page.goto("/imports")
    page.get_by_label("Loại công trình").select_option("antenna_tower")
    page.get_by_label("Tệp", exact=True).set_input_files(
        {"name": "danh-sach-tram.csv", "mimeType": "text/csv", "buffer": content}
    )
    page.get_by_role("button", name="Tải lên").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("danh-sach-tram.csv")


def test_bad_rows_are_named_and_good_ones_imported(open_as, site):
    page = open_as("viettel")
    bad = row(3, **{"Chiều cao cột (m)": "45m"})
    upload(page, as_csv([row(1), row(2), bad, row(4, **swapped(4)), row(5)]))
    assert barriers(page) == []
    page.get_by_label("Hệ tọa độ").select_option("vn2000")
    page.get_by_role("button", name="Kiểm tra từng dòng").click()
    problems = page.locator("#problems")
    expect(problems).to_contain_text("45m")
    expect(problems).to_contain_text("X và Y bị đổi chỗ")
    assert barriers(page) == []
    page.set_viewport_size(SMALLEST)
    assert not has_side_scroll(page)
    page.get_by_role("button", name="Nhập 3 dòng").click()
    expect(page.locator("#import-status")).to_contain_text("Hệ thống đang xử lý")
    site.work()
    expect(page.get_by_text("Đã tạo 3 công trình trong một lần ghi.")).to_be_visible()
    page.goto("/structures?q=tram+hac+thanh&kind=antenna_tower")
    expect(page.locator("tr[data-record]").filter(has_text="Trạm Hạc Thành")).to_have_count(3)
