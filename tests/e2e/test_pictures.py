"""Pictures of the pages for people to look at, in `var/test-pictures` or the folder that `E2E_PICTURES` names."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from config.settings import CHECKOUT
from registry.demo.service import create_structures
from tests.e2e.conftest import PHONE, WIDE, idle, open_map, signed_in
from tests.e2e.pages import PAGES
from tests.e2e.site import serving
from tests.e2e.test_import import upload
from tests.e2e.test_operator import fill_tower, type_position
from tests.support.database import cloned
from tests.support.import_files import as_csv, rows_of_sites

FOLDER = Path(os.environ.get("E2E_PICTURES") or CHECKOUT / "var" / "test-pictures")
pytestmark = [pytest.mark.sweep, pytest.mark.drawn_map]
#: Pages that are looked at as they open.
OPENED = (
    "home",
    "sign in",
    "public list",
    "public cell",
    "own work",
    "list",
    "detail",
    "line",
    "past",
    "past list",
    "past cell",
    "past cable",
    "new cable",
    "cable",
    "dead cable",
    "cable members",
    "cable pole",
    "cables",
    "empty list",
    "search",
    "search alike",
    "search everything",
    "search place",
    "search code",
    "search nothing",
    "search help",
    "inspector work",
    "inspector list",
    "inspector detail",
    "overview",
    "towers",
    "finance work",
    "finance list",
    "site",
    "site answered",
    "new mast answered",
    "kinds",
    "edit",
    "units",
    "unit",
    "imports",
    "account",
    "users",
    "user",
    "organisations",
    "organisation",
    "labels",
    "new labels",
    "sheet of labels",
    "card",
    "neutral card",
    "looks",
    "audit",
    "entry",
    "place",
    "file",
    "nothing here",
    "not allowed",
)
LANGUAGES = ("vi", "en")


def take(page: Page, name: str) -> None:
    """The whole page in both languages, on a screen and on a phone."""
    here = page.url.split("#")[0]
    for language in LANGUAGES:
        page.goto(f"/language/{language}")
        page.goto(here)
        shoot(page, f"{name}-{language}")


def shoot(page: Page, name: str) -> None:
    """The page as it stands, on a screen and on a phone."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for size in (WIDE, PHONE):
        page.set_viewport_size(size)
        idle(page)
        page.screenshot(path=FOLDER / f"{name.replace(' ', '-')}-{size['width']}.png", full_page=True)


@pytest.mark.parametrize("name", OPENED)
def test_a_page_is_pictured(open_as, site, name):
    username, path = PAGES[name]
    page = open_as(username)
    page.goto(path.format_map(site.codes))
    take(page, name)


def test_a_form_is_pictured_with_its_echo_and_with_errors(open_as):
    page = open_as("viettel")
    fill_tower(page, "Trạm viễn thông Nguyễn Huệ")
    type_position(page)
    shoot(page, "form-vi")
    page.get_by_label("Tên", exact=True).fill("")
    page.get_by_label("Chiều cao cột").fill("45m")
    page.get_by_role("button", name="Đăng ký").click()
    expect(page.locator(".error-summary")).to_be_visible()
    shoot(page, "form-with-errors-vi")
    page.goto("/language/en")
    page.goto("/structures/new/antenna_tower")
    page.locator("main button[type=submit]").click()
    shoot(page, "form-with-errors-en")


def test_an_import_is_pictured_before_and_after_its_check(open_as):
    page = open_as("viettel")
    upload(page, as_csv(rows_of_sites()))
    take(page, "import-columns")
    page.goto("/language/vi")
    page.go_back()
    page.locator("[name=system]").select_option("vn2000")
    page.locator("#mapping button[type=submit]").click()
    expect(page.locator("#problems")).to_be_visible()
    take(page, "import-preview")
    address = page.url.split("#")[0]
    for name, where in {"rows": "rows?show=refused", "row": "rows/10", "undo": "undo", "missing": "missing"}.items():
        page.goto(f"{address}/{where}")
        take(page, f"import-{name}")


@pytest.fixture
def full_site(cluster, template_database, tmp_path):
    """The application with the demonstration's structures over the whole province."""
    with cloned(cluster, template_database, "demo") as url, serving(url, tmp_path) as served_site:
        create_structures(served_site.database)
        yield served_site


def test_the_whole_province_is_pictured_with_list_and_map(full_site, chromium):
    options = {"storage_state": signed_in(full_site, "so.khcn"), "viewport": {"width": 1280, "height": 1080}}
    with chromium(True).new_context(base_url=full_site.url, locale="vi-VN", **options) as context:
        page = context.new_page()
        open_map(page)
        FOLDER.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=FOLDER / "workspace.png")
        page.goto("/")
        shoot(page, "own-work-of-the-department")
        page.goto("/structures")
        page.locator("tr[data-record] a").first.click()
        shoot(page, "sample-structure")
