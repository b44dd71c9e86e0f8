"""A structure is announced, others register in the window, each is answered, and the announcement ends."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from registry.accounts.models import Organisation
from registry.audit.chain import record
from registry.authz.permissions import P
from registry.authz.scopes import visible
from registry.joint_builds.checks import WITHOUT_ANNOUNCEMENT
from registry.joint_builds.codes import JointBuildState as B
from registry.joint_builds.codes import JointInterestState as N
from registry.joint_builds.queries import builds_near, ended_builds, get_build, get_interest, interests_in
from registry.joint_builds.service import default_last_day, take_part
from registry.kernel.errors import Conflict, Forbidden, Invalid, MoveRefused, NotFound
from registry.notices.models import Notice
from registry.settings.commands import AddSetting
from registry.settings.service import add_setting
from registry.structures.kinds import HOSTS
from registry.structures.models import Structure
from registry.territory.models import AdminUnit
from registry.workflow.engine import fire
from registry.workflow.jobs import run_clocks
from registry.workflow.worklist import read_desk
from tests.factories.building_notices import CHECKED, sent, spot
from tests.factories.building_notices import move as notice_move
from tests.factories.joint_builds import (
    ANSWER,
    BEFORE,
    BUILD,
    DUCT,
    INTEREST,
    NEED,
    TODAY,
    JointBuild,
    JointInterest,
    announced,
    interest_of,
    move,
    stated,
)
from tests.factories.structures import make
from tests.support.clock import NOW

#: The first moment after the window of an announcement that ends today.
MIDNIGHT = datetime(2026, 11, 25, 17, 0, tzinfo=UTC)


def refused(call):
    with pytest.raises(Invalid) as caught:
        call()
    return {name: str(text) for name, text in caught.value.fields.items()}


def of(ctx_of, model, case_id, *names):
    with ctx_of("so.khcn", read_only=True) as ctx:
        case = ctx.session.get_one(model, case_id)
        values = tuple(getattr(case, name) for name in names)
        return values[0] if len(values) == 1 else values


def desk(ctx_of, username, *, now=NOW):
    """The numbers of cases of joint building that wait for a member."""
    with ctx_of(username, now=now, read_only=True) as ctx:
        return {item.number for item in read_desk(ctx).assigned if item.workflow.code in (BUILD.code, INTEREST.code)}


def test_all_operators_are_asked_and_no_rival_reads_what_another_registers(ctx_of):
    build_id = announced(ctx_of)
    interest_id = stated(ctx_of, build_id)
    readers = {"build": set(), "interest": set()}
    members = ("viettel", "vnpt", "dienluc", "so.khcn", "so.xaydung", "ubnd.xa", "kiemtra1", "nguoidan", None)
    for username in members:
        with ctx_of(username, read_only=True) as ctx:
            for name, model, case_id, permission in (
                ("build", JointBuild, build_id, P.JOINT_BUILD_READ),
                ("interest", JointInterest, interest_id, P.JOINT_INTEREST_READ),
            ):
                query = select(model.id).where(model.id == case_id, visible(ctx, model, permission))
                if ctx.session.scalar(query) is not None:
                    readers[name].add(username)
    assert readers["build"] == set(members) - {"nguoidan", None}
    assert readers["interest"] == {"viettel", "vnpt", "so.khcn", "so.xaydung"}
    with ctx_of("so.khcn", read_only=True) as ctx:
        rows = interests_in(ctx, get_build(ctx, build_id))
        assert {row.JointInterest.state for row in rows} == {N.ASKED, N.STATED}
        announcer = ctx.session.get_one(JointBuild, build_id).organisation_id
        assert announcer not in {row.JointInterest.organisation_id for row in rows}
        asked = ctx.session.scalars(select(Notice).where(Notice.subject_kind == INTEREST.code, Notice.event == "open"))
        assert len(asked.all()) == len(rows)


def test_a_rival_that_tries_ids_gets_the_answer_of_one_that_does_not_exist(ctx_of):
    interest_id = stated(ctx_of, announced(ctx_of))
    with ctx_of("dienluc", now=NOW, read_only=True) as ctx:
        sentences = set()
        for case_id in (interest_id, 99_999):
            with pytest.raises(NotFound) as caught:
                get_interest(ctx, case_id)
            sentences.add(str(caught.value))
        assert len(sentences) == 1
    for name in ("withdraw", "agree"):
        sentences = set()
        for case_id in (interest_id, 99_999):
            with ctx_of("dienluc", now=NOW) as ctx, pytest.raises(NotFound) as caught:
                fire(ctx, INTEREST, case_id, name, ANSWER, version=2)
            sentences.add(str(caught.value))
        assert len(sentences) == 1


def test_who_does_not_build_announces_and_registers_nothing(ctx_of):
    for username in ("so.khcn", "ubnd.xa", "nguoidan"):
        with pytest.raises(Forbidden):
            announced(ctx_of, by=username, at=spot(ctx_of))
    build_id = announced(ctx_of)
    interest_id = stated(ctx_of, build_id)
    for username in ("vnpt", "so.khcn"):
        with pytest.raises(Forbidden):
            move(ctx_of, username, BUILD, build_id, "withdraw", text="Đổi vị trí")
        with pytest.raises(Forbidden):
            move(ctx_of, username, INTEREST, interest_id, "agree", now=NOW + timedelta(days=40), **ANSWER)
    with pytest.raises(Forbidden):
        move(ctx_of, "viettel", INTEREST, interest_id, "change", **NEED)


def test_a_need_is_changed_and_withdrawn_until_the_last_day_and_answered_after_it(ctx_of):
    build_id = announced(ctx_of, closes_on=TODAY)
    interest_id = stated(ctx_of, build_id)
    last = MIDNIGHT - timedelta(microseconds=1)
    with pytest.raises(MoveRefused, match="Trả lời sau khi hết hạn đăng ký"):
        move(ctx_of, "viettel", INTEREST, interest_id, "agree", now=last, **ANSWER)
    assert move(ctx_of, "vnpt", INTEREST, interest_id, "change", now=last, **(NEED | {"places": 2})) is N.STATED
    assert of(ctx_of, JointInterest, interest_id, "places", "is_late") == (2, False)
    assert move(ctx_of, "vnpt", INTEREST, interest_id, "withdraw", now=last, text="Đổi kế hoạch") is N.WITHDRAWN
    assert move(ctx_of, "vnpt", INTEREST, interest_id, "state", now=last, **NEED) is N.STATED
    assert of(ctx_of, JointInterest, interest_id, "is_late") is False
    for name, data in (("change", NEED), ("withdraw", {"text": "Muộn"})):
        with pytest.raises(MoveRefused, match="Đã hết hạn đăng ký"):
            move(ctx_of, "vnpt", INTEREST, interest_id, name, now=MIDNIGHT, **data)
    assert move(ctx_of, "viettel", INTEREST, interest_id, "agree", now=MIDNIGHT, **ANSWER) is N.AGREED


def test_a_registration_one_moment_after_the_last_second_is_late_whether_or_not_the_job_has_run(ctx_of, database):
    on_time, late = (announced(ctx_of, closes_on=TODAY, kind=kind, **sizes) for kind, sizes in KINDS_AND_SIZES)
    last = MIDNIGHT - timedelta(microseconds=1)
    assert of(ctx_of, JointInterest, stated(ctx_of, on_time, now=last), "state", "is_late") == (N.STATED, False)
    interest_id = stated(ctx_of, late, now=MIDNIGHT, at_height_m=None)
    assert of(ctx_of, JointInterest, interest_id, "state", "is_late") == (N.STATED, True)
    run_clocks(database, MIDNIGHT)
    assert of(ctx_of, JointInterest, interest_id, "state", "is_late") == (N.STATED, True)


KINDS_AND_SIZES = (("antenna_tower", {}), ("site_house", {"height_m": None}))


def test_who_was_asked_and_did_not_answer_stands_as_silent_and_may_still_come_late(ctx_of, database):
    build_id = announced(ctx_of, **BEFORE)
    run_clocks(database, NOW)
    interest_id = interest_of(ctx_of, build_id)
    assert of(ctx_of, JointBuild, build_id, "state") is B.ANSWERING
    assert of(ctx_of, JointInterest, interest_id, "state") is N.SILENT
    number = of(ctx_of, JointBuild, build_id, "number")
    assert number in desk(ctx_of, "viettel")
    assert desk(ctx_of, "vnpt") == set()
    move(ctx_of, "vnpt", INTEREST, interest_id, "state", **NEED)
    assert of(ctx_of, JointInterest, interest_id, "state", "is_late") == (N.STATED, True)
    assert of(ctx_of, JointInterest, interest_id, "number") in desk(ctx_of, "viettel")
    with pytest.raises(MoveRefused, match="Còn 1 đăng ký chưa trả lời"):
        move(ctx_of, "viettel", BUILD, build_id, "build_alone")
    move(ctx_of, "viettel", INTEREST, interest_id, "refuse", answer="Cột không chịu tải")
    assert move(ctx_of, "viettel", BUILD, build_id, "build_alone") is B.ALONE
    with pytest.raises(MoveRefused):
        move(ctx_of, "vnpt", INTEREST, interest_id, "state", **NEED)


def test_work_waits_for_the_asked_until_the_window_ends_and_for_the_announcer_then(ctx_of):
    interest_id = interest_of(ctx_of, announced(ctx_of))
    number = of(ctx_of, JointInterest, interest_id, "number")
    assert number in desk(ctx_of, "vnpt")
    move(ctx_of, "vnpt", INTEREST, interest_id, "state", **NEED)
    assert number not in desk(ctx_of, "vnpt") | desk(ctx_of, "viettel")
    assert number in desk(ctx_of, "viettel", now=NOW + timedelta(days=26))


def test_it_ends_jointly_with_one_agreed_at_least_and_alone_with_none(ctx_of):
    build_id = announced(ctx_of, **BEFORE)
    interest_id = stated(ctx_of, build_id, now=BEFORE["now"])
    move(ctx_of, "viettel", INTEREST, interest_id, "agree", **ANSWER)
    with pytest.raises(MoveRefused, match="Đã thống nhất với 1 đơn vị"):
        move(ctx_of, "viettel", BUILD, build_id, "build_alone")
    assert move(ctx_of, "viettel", BUILD, build_id, "join", text="Chia ba") is B.JOINT
    with ctx_of("so.khcn", read_only=True) as ctx:
        states = {row.JointInterest.state for row in interests_in(ctx, get_build(ctx, build_id))}
    # Who was asked and did not answer is silent, although no job has run.
    assert states == {N.AGREED, N.SILENT}
    other = announced(ctx_of, by="vnpt", **BEFORE)
    with pytest.raises(MoveRefused, match="Chưa thống nhất với đơn vị nào"):
        move(ctx_of, "vnpt", BUILD, other, "join", text="Chia ba")


def test_an_announcement_withdrawn_while_there_are_registrations_tells_them_and_keeps_what_they_wrote(ctx_of):
    build_id = announced(ctx_of)
    interest_id = stated(ctx_of, build_id)
    assert move(ctx_of, "viettel", BUILD, build_id, "withdraw", text="Đổi vị trí") is B.WITHDRAWN
    assert of(ctx_of, JointInterest, interest_id, "state", "places") == (N.BUILD_GONE, 1)
    with ctx_of(None, read_only=True) as ctx:
        query = select(Notice.subject_id).where(Notice.subject_kind == INTEREST.code, Notice.event == "lose_build")
        assert interest_id in set(ctx.session.scalars(query))
    assert desk(ctx_of, "vnpt") == set()
    announced(ctx_of)


def test_an_agreed_one_is_told_when_the_announcement_is_withdrawn_after_its_end(ctx_of):
    build_id = announced(ctx_of, **BEFORE)
    interest_id = stated(ctx_of, build_id, now=BEFORE["now"])
    move(ctx_of, "viettel", INTEREST, interest_id, "agree", **ANSWER)
    move(ctx_of, "viettel", BUILD, build_id, "join", text="Chia ba")
    move(ctx_of, "viettel", BUILD, build_id, "withdraw", text="Không thuê được đất")
    assert of(ctx_of, JointInterest, interest_id, "state", "answer") == (N.BUILD_GONE, ANSWER["answer"])


def test_an_announcer_that_answers_nobody_is_overdue_and_can_still_end_it(ctx_of, database):
    build_id = announced(ctx_of)
    late = NOW + timedelta(days=60)
    run_clocks(database, late)
    assert of(ctx_of, JointBuild, build_id, "state") is B.OVERDUE
    assert move(ctx_of, "viettel", BUILD, build_id, "build_alone", now=late) is B.ALONE


@pytest.mark.parametrize(
    ("values", "field", "sentence"),
    [
        ({"closes_on": TODAY - timedelta(days=1)}, "closes_on", "đã qua"),
        ({"starts_in": date(2026, 12, 1)}, "starts_in", "trở đi"),
        ({"starts_in": date(1995, 1, 1)}, "starts_in", "cần từ"),
        ({"starts_in": date(2190, 1, 1)}, "starts_in", "cần từ"),
        ({"starts_in": None}, "starts_in", "Chưa chọn tháng"),
        ({"height_m": None}, "height_m", "Chưa nhập"),
        ({"bores": 4}, "bores", "không áp dụng"),
        ({"offered_places": 0}, "offered_places", "cần ít nhất 1"),
        ({"kind": "castle"}, "kind", "Không có loại công trình"),
        ({"kind": "cable_route"}, "kind", "Không có loại công trình"),
        ({"at": (108.2, 16.05)}, "position", "không thuộc xã, phường nào"),
        ({"kind": "cable_duct"} | DUCT | {"offered_bores": 7}, "offered_bores", "nhiều hơn số ống dự kiến"),
        ({"kind": "cable_duct"} | DUCT | {"length_m": None}, "length_m", "Chưa nhập"),
    ],
)
def test_what_cannot_be_announced_is_refused_at_its_field(ctx_of, values, field, sentence):
    assert sentence in refused(lambda: announced(ctx_of, **values))[field]


def test_a_window_may_end_today_and_is_thirty_days_long_unless_it_is_changed(ctx_of):
    announced(ctx_of, closes_on=TODAY)
    with ctx_of("viettel", now=NOW, read_only=True) as ctx:
        assert default_last_day(ctx) == date(2026, 12, 25)


def test_a_second_announcement_of_one_work_is_refused_with_the_number_of_the_first(ctx_of):
    build_id = announced(ctx_of)
    assert of(ctx_of, JointBuild, build_id, "number") in refused(lambda: announced(ctx_of))["position"]
    announced(ctx_of, by="vnpt")
    announced(ctx_of, kind="site_house", height_m=None)


@pytest.mark.parametrize(
    ("kind", "sizes", "need", "field"),
    [
        ("antenna_tower", {}, {"at_height_m": Decimal(43)}, "at_height_m"),
        ("antenna_tower", {}, {"places": None}, "places"),
        ("cable_duct", DUCT, {"places": None, "bores": 7, "metres": Decimal(10)}, "bores"),
        ("cable_duct", DUCT, {"places": None, "bores": 2, "metres": Decimal(801)}, "metres"),
        ("cable_duct", DUCT, {"places": None, "bores": 2, "metres": None}, "metres"),
    ],
)
def test_a_need_without_an_amount_or_of_more_than_is_built_is_refused(ctx_of, kind, sizes, need, field):
    build_id = announced(ctx_of, kind=kind, **sizes)
    assert field in refused(lambda: stated(ctx_of, build_id, **need))


def test_a_stale_version_is_refused(ctx_of):
    interest_id = interest_of(ctx_of, announced(ctx_of))
    move(ctx_of, "vnpt", INTEREST, interest_id, "state", **NEED)
    with ctx_of("vnpt", now=NOW) as ctx, pytest.raises(Conflict):
        fire(ctx, INTEREST, interest_id, "change", NEED, version=1)


def test_an_organisation_that_was_not_asked_takes_part_once(ctx_of):
    build_id = announced(ctx_of)
    with ctx_of("dienluc", now=NOW) as ctx:
        interest_id = take_part(ctx, build_id).id
    for username in ("dienluc", "vnpt"):
        with ctx_of(username, now=NOW) as ctx, pytest.raises(MoveRefused, match="Đơn vị đã có đăng ký NC-"):
            take_part(ctx, build_id)
    assert move(ctx_of, "dienluc", INTEREST, interest_id, "state", **NEED) is N.STATED
    with ctx_of("viettel", now=NOW) as ctx, pytest.raises(MoveRefused, match="Đơn vị đã thông báo"):
        take_part(ctx, build_id)
    move(ctx_of, "viettel", BUILD, build_id, "withdraw", text="Đổi vị trí")
    with ctx_of("dienluc", now=NOW) as ctx, pytest.raises(NotFound):
        take_part(ctx, 99_999)


def test_a_commune_that_was_dissolved_keeps_its_name_and_the_announcement_its_way(ctx_of):
    lon, lat = spot(ctx_of)
    build_id = announced(ctx_of, **BEFORE)
    with ctx_of("quantri", now=NOW) as ctx:
        unit = ctx.session.get_one(AdminUnit, ctx.session.get_one(JointBuild, build_id).unit_id)
        unit.valid_to = TODAY - timedelta(days=2)
        record(ctx, "territory.test", "admin_unit", unit.id)
    with ctx_of("vnpt", now=NOW, read_only=True) as ctx:
        assert [build.id for build, _metres in builds_near(ctx, lon, lat, 500)] == [build_id]
    assert move(ctx_of, "viettel", BUILD, build_id, "build_alone") is B.ALONE


def ended(ctx_of, **options):
    """The id of an announcement that ended alone."""
    build_id = announced(ctx_of, **(BEFORE | options))
    move(ctx_of, options.get("by", "viettel"), BUILD, build_id, "build_alone")
    return build_id


def test_a_structure_is_noted_if_it_is_own_of_the_kind_and_at_the_place(ctx_of):
    lon, lat = spot(ctx_of)
    build_id = ended(ctx_of)
    with ctx_of("viettel") as ctx:
        right, pole = make(ctx, at=(lon, lat)).code, make(ctx, kind="cable_pole", at=(lon, lat)).code
        far = make(ctx, at=(lon, lat + 0.02)).code
    for code, sentence in ((pole, "phương án ghi"), (far, "quá 500 m"), ("THA-CAT-999999", "Không có công trình")):
        problem = refused(lambda code=code: move(ctx_of, "viettel", BUILD, build_id, "register_built", structure=code))
        assert sentence in problem["structure"]
    with ctx_of("viettel", now=NOW, read_only=True) as ctx:
        assert [build.id for build in ended_builds(ctx)] == [build_id]
    assert move(ctx_of, "viettel", BUILD, build_id, "register_built", structure=right) is B.ALONE
    with ctx_of("viettel", now=NOW, read_only=True) as ctx:
        assert ended_builds(ctx) == []
    for name, data in (("register_built", {"structure": right}), ("withdraw", {"text": "Thôi"})):
        with pytest.raises(MoveRefused, match="đã có công trình"):
            move(ctx_of, "viettel", BUILD, build_id, name, **data)
    other = ended(ctx_of)
    problem = refused(lambda: move(ctx_of, "viettel", BUILD, other, "register_built", structure=right))
    assert "đã gắn với phương án" in problem["structure"]


def test_a_structure_of_a_kind_of_the_setting_built_since_without_an_announcement_is_a_finding(ctx_of):
    lon, lat = spot(ctx_of)
    with ctx_of("viettel") as ctx:
        before = make(ctx, at=(lon, lat), built_on="31/10/2026").id
        without = make(ctx, at=(lon, lat + 0.001), built_on="01/11/2026").id
        announced_one = make(ctx, at=(lon, lat + 0.002), built_on="02/11/2026")
        other_kind = make(ctx, kind="cable_pole", at=(lon, lat), built_on="02/11/2026").id
        ids, code = [before, without, announced_one.id, other_kind], announced_one.code

    def found():
        with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
            query = select(Structure.id).where(Structure.id.in_(ids), WITHOUT_ANNOUNCEMENT.clause(ctx))
            return set(ctx.session.scalars(query))

    assert found() == set()
    with ctx_of("so.khcn", now=NOW) as ctx:
        value = {kind: kind == "antenna_tower" for kind in HOSTS}
        add_setting(ctx, AddSetting("joint_build.required", date(2026, 11, 1), value, "Quyết định thử", True, "Đổi"))
    assert found() == {without, ids[2]}
    build_id = ended(ctx_of, at=(lon, lat + 0.002))
    move(ctx_of, "viettel", BUILD, build_id, "register_built", structure=code)
    assert found() == {without}


def test_an_organisation_that_ended_declines_and_announces_nothing(ctx_of):
    interest_id = interest_of(ctx_of, announced(ctx_of))
    organisation_id = of(ctx_of, JointInterest, interest_id, "organisation_id")
    with ctx_of("quantri", now=NOW) as ctx:
        vnpt = ctx.session.get_one(Organisation, organisation_id)
        vnpt.valid_to = TODAY - timedelta(days=1)
        record(ctx, "organisation.test", "organisation", vnpt.id)
    with pytest.raises(Forbidden):
        move(ctx_of, "vnpt", INTEREST, interest_id, "state", **NEED)
    assert move(ctx_of, "vnpt", INTEREST, interest_id, "decline") is N.NO_NEED


def test_a_notice_before_building_follows_an_own_ended_announcement_and_notes_its_structure(ctx_of):
    lon, lat = spot(ctx_of)
    build_id = ended(ctx_of)
    wrong_kind = refused(lambda: sent(ctx_of, kind="site_house", joint_build=build_id))
    others = refused(lambda: sent(ctx_of, by="vnpt", joint_build=build_id))
    not_ended = refused(lambda: sent(ctx_of, joint_build=announced(ctx_of, at=(lon, lat + 0.002))))
    assert "là phương án xây dựng" in wrong_kind["joint_build"]
    assert others == not_ended
    notice_id = sent(ctx_of, joint_build=build_id)
    notice_move(ctx_of, "so.khcn", notice_id, "acknowledge", **CHECKED)
    with ctx_of("viettel") as ctx:
        structure = make(ctx, at=(lon, lat))
        code, structure_id = structure.code, structure.id
    notice_move(ctx_of, "viettel", notice_id, "register_built", structure=code)
    assert of(ctx_of, JointBuild, build_id, "structure_id") == structure_id
