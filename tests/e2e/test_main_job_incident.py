"""Incidents: reported on a phone without an account, owned, made safe, closed, reopened, referred; a storm by file.

A storm of a few towers shows what 500 do; a trial has them.
"""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from registry.accounts.models import Organisation
from registry.kernel.clock import LOCAL_ZONE, utc_now
from registry.structures.models import Structure
from tests.e2e.conftest import PHONE
from tests.e2e.journey import begin, done, fill, has_turn, number_of, photo, send, step, take_up, today
from tests.e2e.looks import look
from tests.factories.structures import place_inside
from tests.support import many

#: Structures of the whole province for one tower of Viettel in a known commune.
OF_ALL = 20


@pytest.fixture(params=[8, pytest.param(500, marks=pytest.mark.trial)])
def towers(request, site):
    """Codes of so many towers of Viettel."""
    with site.writing_as("so.khcn") as ctx:
        many.fill(ctx, request.param * OF_ALL)
        mine = select(Organisation.id).where(Organisation.code == "viettel").scalar_subquery()
        wanted = (Structure.owner_organisation_id == mine, Structure.kind == "antenna_tower")
        query = select(Structure.code).where(*wanted, Structure.commune_id.is_not(None)).order_by(Structure.id)
        codes = ctx.session.scalars(query.limit(request.param)).all()
    assert len(codes) == request.param
    return codes


def report(person):
    """Photo, place and kind on three screens, the numbers to call first; the address that the code opens.

    The reporter gets a number of their own, not that of the case, which others may have reported too.
    """
    person.goto("/report")
    person.locator("[name=photos]").set_input_files(photo("cap-vong.jpg"))
    look(person, "report photo")
    person.get_by_role("button", name="Tiếp tục").click()
    person.get_by_role("button", name="Vị trí của tôi").first.click()
    expect(person.locator("[data-echo]")).to_contain_text("WGS 84")
    look(person, "report place")
    person.get_by_role("button", name="Tiếp tục").click()
    expect(person.get_by_text("Đã nhận 1 ảnh.")).to_be_visible()
    person.get_by_label("Có", exact=True).check()
    person.get_by_label("Cáp võng, sà xuống đường").check()
    fill(person, text="Cáp sà thấp trước cổng chợ.", marks="VIETTEL 0123")
    look(person, "report kind")
    person.get_by_role("button", name="Gửi phản ánh").click()
    expect(person.get_by_role("link", name="Chữa cháy, cứu nạn: 114")).to_be_visible()
    look(person, "report danger")
    person.get_by_role("button", name="Gửi tiếp phản ánh").click()
    expect(person.locator(".tracking-code")).to_be_visible()
    look(person, "report status")
    assert number_of(person, "PA")
    return re.sub(r"\?.*", "", person.url)


def triage(commune, kind):
    """What the authority finds, for the responsible organisation and the public."""
    begin(commune, "Phân loại và tiếp nhận")
    fill(commune, kind=kind, summary="Cáp võng còn 2 m trước cổng chợ.", publish="true")
    look(commune, "incident triage")
    send(commune, "Phân loại và tiếp nhận")
    done(commune)


def assign(commune, organisation):
    begin(commune, "Giao đơn vị chịu trách nhiệm")
    commune.get_by_label(organisation).check()
    fill(commune, basis="mark", proof="Thẻ cáp ghi VIETTEL 0123.")
    look(commune, "incident assign")
    send(commune, "Giao đơn vị chịu trách nhiệm")
    done(commune)


def clear_photo(commune):
    """Blacken a corner, and let others see the rest."""
    commune.locator("#photos").get_by_role("link", name="Kiểm duyệt").click()
    commune.get_by_label("Hàng 1, cột 1", exact=True).check()
    look(commune, "incident photo")
    commune.locator("[name=decision][value=clear]").check()
    commune.get_by_role("button", name="Lưu kết quả kiểm duyệt").click()
    expect(commune.get_by_role("status").first).to_contain_text("Đã lưu kết quả kiểm duyệt")


def test_an_incident_goes_from_a_phone_to_its_end_and_again_and_a_storm_by_file(open_as, site, towers):
    with site.writing_as("ubnd.xa") as ctx:
        lon, lat = place_inside(ctx.session, ctx.actor.unit_ids)
    spot = {"latitude": lat + 0.001, "longitude": lon, "accuracy": 9}
    person = open_as(viewport=PHONE, geolocation=spot, permissions=["geolocation"])
    commune, owner, lead = open_as("ubnd.xa"), open_as("viettel"), open_as("so.khcn")
    address = report(person)
    commune.goto("/incidents")
    number = number_of(commune, "SC")
    has_turn(lead, waits=number, others=(owner,))
    commune.get_by_role("link", name=number).click()
    look(commune, "incident reported")
    triage(commune, "cable_sagging")
    clear_photo(commune)
    assign(commune, "Viettel")
    has_turn(owner, waits=number)
    take_up(owner, number)
    look(owner, "incident of owner")
    step(owner, "Xác nhận đã nhận việc", text="Cử đội kỹ thuật.")
    step(owner, "Báo đã bảo đảm an toàn", text="Đã rào chắn, buộc cáp.")
    begin(owner, "Báo đã khắc phục xong")
    fill(owner, cause="traffic", scope="Không", text="Đã nâng cáp.", photos=photo("sau.jpg", "#2a7"))
    send(owner, "Báo đã khắc phục xong")
    done(owner)
    commune.reload()
    step(commune, "Xác nhận, đóng hồ sơ", text="Đã kiểm tra, đạt.")
    look(commune, "incident closed")

    person.goto(address)
    expect(person.get_by_role("main")).to_contain_text("Đã đóng")
    expect(person.get_by_role("main").locator("img")).to_have_count(1)
    look(person, "report closed")
    person.locator("[name=photos]").set_input_files(photo("van-vong.jpg", "#a22"))
    person.get_by_role("button", name="Gửi ảnh, đề nghị mở lại").click()
    expect(person.get_by_role("main")).to_contain_text("Chờ phân loại")

    commune.reload()
    triage(commune, "theft_sabotage")
    begin(commune, "Chuyển cơ quan công an")
    fill(commune, police_letter="12/UBND", police_referred_on=today(), text="Cáp bị cắt.")
    send(commune, "Chuyển cơ quan công an")
    done(commune)
    begin(commune, "Ghi biên nhận của công an")
    fill(commune, police_receipt="7/BN", police_received_on=today())
    send(commune, "Ghi biên nhận của công an")
    done(commune)
    expect(commune.locator("#police")).to_contain_text("7/BN")
    look(commune, "incident referred")
    storm(lead, owner, site, towers)


def storm(lead, owner, site, codes):
    """The department opens a storm; an operator's file of outages, then the same with half of them restored."""
    lead.goto("/storms")
    fill(lead, name="Bão số 10")
    lead.get_by_role("button", name="Mở đợt").click()
    expect(lead.get_by_role("heading", level=1)).to_have_text("Bão số 10")
    began, restored = (
        f"{(utc_now() - timedelta(hours=hours)).astimezone(LOCAL_ZONE):%d/%m/%Y %H:%M}" for hours in (5, 1)
    )
    for ended in (0, len(codes) // 2):
        lines = [f"{code};{began};{restored if row < ended else ''}" for row, code in enumerate(codes)]
        content = "\n".join(("Mã trạm;Mất liên lạc lúc;Khôi phục lúc", *lines)).encode()
        owner.goto(lead.url)
        owner.locator("[name=file]").set_input_files({"name": "tram.csv", "mimeType": "text/csv", "buffer": content})
        owner.get_by_role("button", name="Gửi danh sách").click()
        expect(owner.locator("#outcome")).to_contain_text(f"0 trên {len(codes)} dòng")
        site.work()
        owner.reload()
        expect(owner.locator("#outcome .figure").nth(1)).to_contain_text(str(ended))
    look(owner, "storm file")
    lead.reload()
    expect(lead.locator("#organisations tbody")).to_contain_text("50%")
    look(lead, "storm")
    lead.locator(".figure").filter(has_text="đã khôi phục").get_by_role("link").click()
    expect(lead.get_by_text(f"{len(codes) // 2} hồ sơ")).to_be_visible()
    lead.goto("/incidents/board")
    expect(lead.locator("#organisations tbody")).to_contain_text("Viettel")
    look(lead, "incident board")
