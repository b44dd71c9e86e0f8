"""Joint building in the browser: announced, registered for, answered and built, one of the two on a phone."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from registry.audit.chain import record
from registry.joint_builds.models import JointBuild, JointInterest
from registry.joint_builds.workflow import BUILD
from registry.workflow.engine import fire_by_clock, lock_case
from tests.e2e.conftest import PHONE, WIDE
from tests.e2e.journey import PDF, begin, done, fill, number_of, open_by_menu, send, step, take_up, today
from tests.e2e.looks import look
from tests.factories.structures import make, place_inside
from tests.support.live import context

both = pytest.mark.parametrize(
    ("asking", "answering"),
    [(PHONE, WIDE), pytest.param(WIDE, PHONE, marks=pytest.mark.sweep)],
    ids=["announced on a phone", "registered on a phone"],
)


def press(page: Page, name: str) -> None:
    """Click a link in the page's main part."""
    with page.expect_navigation():
        page.get_by_role("main").get_by_role("link", name=name, exact=True).first.click()


def end_window(site, number):
    """Let the last day to register be yesterday, and the job find that out."""
    with context(site.database, "so.khcn") as ctx:
        build = ctx.session.scalars(select(JointBuild).where(JointBuild.number == number)).one()
        asked = ctx.session.scalars(select(JointInterest).where(JointInterest.build_id == build.id)).all()
        for row in (build, *asked):
            row.closes_on = ctx.today - timedelta(days=1)
            record(ctx, f"{row.__tablename__}.test", row.__tablename__, row.id)
        fire_by_clock(ctx, BUILD, lock_case(ctx, BUILD, build.id), "close")


@both
def test_a_structure_is_announced_registered_for_and_built_jointly(open_as, site, asking, answering):
    with site.writing_as("ubnd.xa") as ctx:
        lon, lat = place_inside(ctx.session, ctx.actor.unit_ids)
    at = (lon + asking["width"] / 1e6, lat - 0.001)
    builder, other = open_as("viettel", viewport=asking), open_as("vnpt", viewport=answering)
    work = f"Cột ăng ten trạm Xây Chung {asking['width']}"
    open_by_menu(builder, "Phương án xây dựng dùng chung")
    press(builder, "Thông báo phương án")
    look(builder, "joint build form")
    _day, month, year = today(90).split("/")
    fill(builder, kind="antenna_tower", work=work, height_m="42", starts_in=f"{year}-{month}")
    fill(builder, position=f"{at[1]:.6f}, {at[0]:.6f}", offered_places="2", cost_share="Chia theo số vị trí", files=PDF)
    send(builder, "Thông báo phương án")
    expect(builder.get_by_role("status").first).to_be_visible()
    number = number_of(builder, "XC")
    look(builder, "joint build open")
    other.goto("/joint-builds")
    look(other, "joint builds")
    other.locator("main tbody tr").filter(has_text=work).get_by_role("link").first.click()
    expect(other.locator("#offer")).to_be_visible()
    press(other, "Đăng ký hoặc báo không có nhu cầu")
    registration = number_of(other, "NC")
    take_up(other, registration)
    begin(other, "Đăng ký nhu cầu")
    look(other, "joint interest form")
    fill(other, places="1", at_height_m="30", remark="Trạm 5G")
    send(other, "Đăng ký nhu cầu")
    done(other)
    look(other, "joint interest stated")
    end_window(site, number)
    take_up(builder, registration)
    step(builder, "Thống nhất", answer="Đồng ý, chia đôi chi phí.")
    take_up(builder, number)
    look(builder, "joint build to be answered")
    step(builder, "Kết thúc, xây dựng chung", text="Xây dựng chung, chia đôi chi phí.")
    other.reload()
    expect(other.locator("#answer")).to_contain_text("chia đôi chi phí")
    with site.writing_as("viettel") as ctx:
        code = make(ctx, at=at, name=work).code
    builder.reload()
    step(builder, "Ghi công trình đã xây dựng", structure=code)
    builder.goto(f"/structures/{code}#joint_builds")
    expect(builder.locator("#joint_builds")).to_contain_text(number)
    look(builder, "structure of an announcement")
