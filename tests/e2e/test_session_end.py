"""A page warns two minutes before its session ends, one click goes on with it, and what is typed stays."""

from playwright.sync_api import expect

from registry.accounts.models import RevokeReason
from registry.accounts.sessions import end_sessions
from tests.support.fixtures import actor_named

TYPED = "Cột ăng ten chưa gửi"


def test_the_warning_comes_two_minutes_before_goes_by_one_click_and_keeps_the_form(open_as, site):
    page = open_as("viettel")
    page.clock.install()
    page.goto("/structures/new/cable_pole")
    page.locator("[name=name]").fill(TYPED)
    warning = page.get_by_role("alertdialog")
    page.clock.fast_forward("26:50")
    expect(warning).to_be_hidden()
    page.clock.fast_forward("00:30")
    expect(warning).to_contain_text("do không có thao tác")
    expect(warning).to_be_in_viewport(ratio=1)
    page.get_by_role("button", name="Tiếp tục phiên làm việc").click()
    expect(warning).to_be_hidden()
    page.clock.fast_forward("26:00")
    expect(warning).to_be_hidden()
    # Ended elsewhere: one click says so, and how to go on without losing what is typed.
    page.clock.fast_forward("01:30")
    with site.writing_as("quantri") as ctx:
        end_sessions(ctx, actor_named(ctx.session, "viettel").id, RevokeReason.SIGNED_OUT_ELSEWHERE)
    page.get_by_role("button", name="Tiếp tục phiên làm việc").click()
    expect(warning).to_contain_text("Phiên đăng nhập đã kết thúc")
    expect(page.get_by_role("link", name="Đăng nhập ở thẻ mới")).to_be_visible()
    expect(page.locator("[name=name]")).to_have_value(TYPED)


def test_the_public_has_no_warning(open_as):
    page = open_as(None)
    page.goto("/")
    expect(page.locator("[data-session-idle]")).to_have_count(0)
