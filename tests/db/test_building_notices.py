"""A notice before building goes to the office of its law, is acknowledged by its checklist and leads to a structure."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from registry.authz.permissions import P
from registry.authz.scopes import visible
from registry.building_notices.checks import WITHOUT_NOTICE
from registry.building_notices.codes import BuildingNoticeState as S
from registry.building_notices.codes import NoticeReceiver, NoticeRegime
from registry.building_notices.models import BuildingNotice
from registry.kernel.errors import Forbidden, Invalid, NotFound
from registry.settings.commands import AddSetting
from registry.settings.service import add_setting
from registry.structures.models import Structure
from registry.workflow.jobs import run_clocks
from tests.factories.building_notices import CHECKED, move, parsed, sent, spot
from tests.factories.infra_plans import file_of, square
from tests.factories.priority_areas import area, changed, economic_zone
from tests.factories.structures import make
from tests.support.clock import NOW

READERS = ("viettel", "vnpt", "so.khcn", "so.xaydung", "ubnd.xa", "kiemtra1", "kiemtra2", "ubnd.tinh", "kkt.nghison")


def refused(call):
    with pytest.raises(Invalid) as caught:
        call()
    return {name: str(text) for name, text in caught.value.fields.items()}


def of(ctx_of, case_id, *names):
    with ctx_of("so.khcn", read_only=True) as ctx:
        case = ctx.session.get_one(BuildingNotice, case_id)
        return tuple(getattr(case, name) for name in names)


def readers(ctx_of, case_id):
    seeing = set()
    for username in READERS:
        with ctx_of(username, read_only=True) as ctx:
            query = select(BuildingNotice.id).where(
                BuildingNotice.id == case_id, visible(ctx, BuildingNotice, P.BUILDING_NOTICE_READ)
            )
            if ctx.session.scalar(query) is not None:
                seeing.add(username)
    return seeing


def test_the_receiver_follows_from_the_law_and_no_rival_reads_the_notice(ctx_of):
    telecom = sent(ctx_of)
    commencement = sent(ctx_of, regime=NoticeRegime.COMMENCEMENT)
    assert of(ctx_of, telecom, "receiver") == (NoticeReceiver.LEAD,)
    assert of(ctx_of, commencement, "receiver") == (NoticeReceiver.COMMUNE,)
    assert readers(ctx_of, telecom) == {"viettel", "so.khcn", "so.xaydung", "ubnd.xa", "kiemtra1"}


def test_another_receiver_of_the_setting_gets_the_notices_from_its_day_on(ctx_of):
    with ctx_of("so.khcn", now=NOW) as ctx:
        values = AddSetting("building_notice.to_commune", date(2026, 11, 25), False, "Quyết định thử", True, "Đổi")
        add_setting(ctx, values)
    case_id = sent(ctx_of, regime=NoticeRegime.COMMENCEMENT)
    assert of(ctx_of, case_id, "receiver") == (NoticeReceiver.CONSTRUCTION,)
    with pytest.raises(Forbidden):
        move(ctx_of, "ubnd.xa", case_id, "acknowledge", **CHECKED)
    assert move(ctx_of, "so.xaydung", case_id, "acknowledge", **CHECKED) is S.ACKNOWLEDGED


def test_it_is_completed_acknowledged_and_leads_to_the_structure(ctx_of):
    case_id = sent(ctx_of)
    assert move(ctx_of, "so.khcn", case_id, "ask_more", text="Thiếu bản vẽ móng") is S.SUPPLEMENT
    assert move(ctx_of, "viettel", case_id, "supplement", text="Gửi bản vẽ", files=[]) is S.SENT
    assert move(ctx_of, "so.khcn", case_id, "acknowledge", **CHECKED) is S.ACKNOWLEDGED
    here = spot(ctx_of)
    with ctx_of("viettel") as ctx:
        codes = make(ctx, at=here).code, make(ctx, kind="cable_pole", at=here).code
    assert (
        "thông báo ghi"
        in refused(lambda: move(ctx_of, "viettel", case_id, "register_built", structure=codes[1]))["structure"]
    )
    assert move(ctx_of, "viettel", case_id, "register_built", structure=codes[0]) is S.BUILT


def test_a_notice_that_nobody_receives_in_time_is_late_and_can_still_be_received(ctx_of, database):
    case_id = sent(ctx_of)
    late = NOW + timedelta(days=20)
    run_clocks(database, late)
    assert of(ctx_of, case_id, "state") == (S.OVERDUE,)
    assert move(ctx_of, "so.khcn", case_id, "acknowledge", now=late, **CHECKED) is S.ACKNOWLEDGED


@pytest.mark.parametrize(("starts_on", "is_late"), [(date(2026, 11, 30), True), (date(2026, 12, 1), False)])
def test_a_notice_of_commencement_is_late_less_than_three_working_days_before(ctx_of, starts_on, is_late):
    case_id = sent(ctx_of, regime=NoticeRegime.COMMENCEMENT, starts_on=starts_on)
    assert of(ctx_of, case_id, "is_late") == (is_late,)


def test_a_second_notice_for_one_work_is_refused_with_the_number_of_the_first(ctx_of):
    case_id = sent(ctx_of)
    (number,) = of(ctx_of, case_id, "number")
    assert number in refused(lambda: sent(ctx_of))["position"]
    sent(ctx_of, regime=NoticeRegime.COMMENCEMENT)
    sent(ctx_of, by="vnpt")
    move(ctx_of, "viettel", case_id, "withdraw", text="Đổi vị trí")
    sent(ctx_of)


def test_a_notice_for_a_structure_that_exists_or_is_anothers_is_refused(ctx_of):
    here = spot(ctx_of)
    with ctx_of("viettel") as ctx:
        code = make(ctx, at=here).code
    assert "đã có trong cơ sở dữ liệu với trạng thái" in refused(lambda: sent(ctx_of, structure=code))["structure"]
    assert "Không có công trình" in refused(lambda: sent(ctx_of, by="vnpt", structure=code))["structure"]


def test_a_place_outside_of_the_province_and_an_unknown_kind_are_refused(ctx_of):
    assert "không thuộc xã, phường nào" in refused(lambda: sent(ctx_of, position=parsed(16.05, 108.2)))["position"]
    assert "Không có loại công trình" in refused(lambda: sent(ctx_of, kind="castle"))["kind"]


def test_a_structure_built_since_the_rule_without_a_notice_is_a_finding(ctx_of):
    here = spot(ctx_of)
    with ctx_of("viettel") as ctx:
        before = make(ctx, at=here, built_on="31/12/2025").id
        without = make(ctx, kind="cable_pole", at=here, built_on="01/01/2026").id
        on_paper = make(ctx, kind="manhole", at=here, built_on="04/05/2026", permit_number="12/TB").id
    with ctx_of("so.khcn", read_only=True) as ctx:
        query = select(Structure.id).where(Structure.id.in_([before, without, on_paper]), WITHOUT_NOTICE.clause(ctx))
        assert set(ctx.session.scalars(query)) == {without}


def commenced(ctx_of, at, **options):
    """The id of a notice of commencement at (longitude, latitude)."""
    lon, lat = at
    return sent(ctx_of, regime=NoticeRegime.COMMENCEMENT, position=parsed(lat, lon), **options)


def receiver(ctx_of, case_id):
    return of(ctx_of, case_id, "receiver")[0]


def test_a_commencement_inside_the_economic_zone_or_on_its_border_goes_to_its_board(ctx_of):
    lon, lat = spot(ctx_of)
    assert receiver(ctx_of, commenced(ctx_of, (lon, lat))) is NoticeReceiver.COMMUNE
    economic_zone(ctx_of, (lon, lat))
    inside = commenced(ctx_of, (lon + 0.001, lat))
    border = commenced(ctx_of, (lon, lat + 0.002), kind="cable_pole")
    outside = commenced(ctx_of, (lon, lat + 0.0021), kind="manhole")
    telecom = sent(ctx_of, position=parsed(lat, lon + 0.001))
    receivers = [receiver(ctx_of, case_id) for case_id in (inside, border, outside, telecom)]
    board = NoticeReceiver.ZONE_BOARD
    assert receivers == [board, board, NoticeReceiver.COMMUNE, NoticeReceiver.LEAD]
    assert readers(ctx_of, inside) == {"viettel", "so.khcn", "so.xaydung", "ubnd.xa", "kiemtra1", "kkt.nghison"}
    for case_id in (outside, telecom):
        assert "kkt.nghison" not in readers(ctx_of, case_id)
    for username in ("ubnd.xa", "so.khcn", "so.xaydung"):
        with pytest.raises(Forbidden):
            move(ctx_of, username, inside, "acknowledge", **CHECKED)
    assert move(ctx_of, "kkt.nghison", inside, "acknowledge", **CHECKED) is S.ACKNOWLEDGED
    with pytest.raises(NotFound):
        move(ctx_of, "kkt.nghison", outside, "acknowledge", **CHECKED)


def test_another_kind_of_area_a_zone_of_other_days_and_the_setting_send_none_to_the_board(ctx_of):
    lon, lat = spot(ctx_of)
    area(ctx_of, (lon, lat))
    economic_zone(ctx_of, (lon, lat), valid_from=date(2026, 11, 26), name="Khu sau này")
    economic_zone(ctx_of, (lon, lat), valid_to=date(2026, 11, 24), name="Khu trước đây")
    assert receiver(ctx_of, commenced(ctx_of, (lon, lat))) is NoticeReceiver.COMMUNE
    economic_zone(ctx_of, (lon, lat), valid_from=date(2026, 11, 25))
    with ctx_of("so.khcn", now=NOW) as ctx:
        key = "building_notice.to_zone_board"
        add_setting(ctx, AddSetting(key, date(2026, 11, 25), False, "Quyết định thử", True, "Đổi"))
    assert receiver(ctx_of, commenced(ctx_of, (lon, lat), kind="manhole")) is NoticeReceiver.COMMUNE


def test_a_notice_keeps_its_receiver_when_the_zone_is_drawn_anew_or_ends(ctx_of, database):
    lon, lat = spot(ctx_of)
    zone_id = economic_zone(ctx_of, (lon, lat))
    sent_before = commenced(ctx_of, (lon, lat))
    changed(ctx_of, zone_id, stream=file_of({"type": "Feature", "properties": {}, "geometry": square(lon, lat + 0.01)}))
    assert receiver(ctx_of, sent_before) is NoticeReceiver.ZONE_BOARD
    assert receiver(ctx_of, commenced(ctx_of, (lon, lat), kind="manhole")) is NoticeReceiver.COMMUNE
    changed(ctx_of, zone_id, valid_to=date(2026, 11, 25))
    late = NOW + timedelta(days=20)
    run_clocks(database, late)
    assert of(ctx_of, sent_before, "receiver", "state") == (NoticeReceiver.ZONE_BOARD, S.OVERDUE)
    assert move(ctx_of, "kkt.nghison", sent_before, "acknowledge", now=late, **CHECKED) is S.ACKNOWLEDGED
