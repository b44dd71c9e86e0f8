"""Folded parts of long pages: an error, a link, a search of the page and the way back open them, scripts or none."""

import re

from playwright.sync_api import expect

from tests.e2e.conftest import PHONE, WIDE
from tests.e2e.journey import scripted

NEW_TOWER = "/structures/new/antenna_tower"


def part(page, title):
    return page.locator("details.form-fold").filter(has=page.locator("summary", has_text=title))


def refuse(page, java_script):
    """A folded part of a form counts what is filled, and opens where something in it was refused."""
    page.goto(NEW_TOWER)
    assert page.evaluate("document.documentElement.scrollHeight") < 3 * WIDE["height"]
    life = part(page, "Xây dựng và tình trạng")
    expect(life).not_to_have_attribute("open", "")
    expect(life.locator("summary")).to_contain_text("đã khai 0/7")
    life.locator("summary").press("Enter")
    page.get_by_label("Kiểm tra lần cuối").fill("31/02/2026")
    if java_script:
        expect(life.locator("summary")).to_contain_text("đã khai 1/7")
    page.get_by_role("button", name="Đăng ký").click()
    summary = page.locator(".error-summary")
    expect(summary).to_be_visible()
    expect(life).to_have_attribute("open", "")
    expect(part(page, "Pháp lý")).not_to_have_attribute("open", "")
    summary.get_by_role("link", name=re.compile("Kiểm tra lần cuối")).click()
    expect(page.get_by_label("Kiểm tra lần cuối")).to_be_in_viewport()
    expect(page.get_by_label("Kiểm tra lần cuối")).to_have_value("31/02/2026")


def follow(page, record):
    """A link from another page, one within the page and the ways back and on open what they lead to."""
    others = page.locator("#other-facts")
    page.goto(record)
    expect(others).not_to_have_attribute("open", "")
    page.goto("/")
    page.goto(f"{record}#other-facts")
    expect(others).to_have_attribute("open", "")
    # A field named in the list of what is missing stands in a folded part of the form.
    page.goto(record)
    page.locator("#facts a[href*='/edit#']").last.press("Enter")
    page.wait_for_url("**/edit#*")
    field = scripted(page.locator("#" + page.url.partition("#")[2]))
    expect(field).to_be_in_viewport()
    expect(page.locator("details.form-fold[open]")).to_have_count(1)
    page.go_back()
    page.wait_for_url(f"**{record}")
    page.go_forward()
    expect(field).to_be_in_viewport()


def search(page):
    """A search of the page looks into what a phone folds, and opens it."""
    page.goto("/help/lead_department")
    folded = scripted(page.locator("main section[data-folded]").last)
    folded = page.locator("#" + folded.get_attribute("id"))
    hidden = folded.locator("> .panel-body")
    expect(hidden).to_have_attribute("hidden", "until-found")
    assert hidden.evaluate("node => getComputedStyle(node).contentVisibility") == "hidden"
    # What a browser does where its search meets a text.
    hidden.evaluate("node => node.dispatchEvent(new Event('beforematch', { bubbles: true }))")
    expect(hidden).not_to_have_attribute("hidden", "until-found")
    expect(folded.locator(".part-button")).to_have_attribute("aria-expanded", "true")


def test_a_folded_part_opens_by_error_link_search_and_way_back(open_as, site):
    for java_script in (True, False):
        refuse(open_as("viettel", java_script_enabled=java_script), java_script)
    follow(open_as("viettel"), "/structures/{published}".format_map(site.codes))
    search(open_as("so.khcn", viewport=PHONE))
