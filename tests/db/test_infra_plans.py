"""A plan comes in by file, one version at a time; the verdict on a structure follows from it and an office confirms."""

from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from registry.authz.permissions import P
from registry.authz.scopes import visible
from registry.infra_plans.checks import NOT_IN_PLAN
from registry.infra_plans.codes import ArchitectureVerdict, Aspect, InfraPlanState, PlanVerdict
from registry.infra_plans.models import InfraPlan, InfraPlanItem, PlanConclusion
from registry.infra_plans.queries import verdict_at, verdicts_of
from registry.infra_plans.workflow import CONCLUSION
from registry.kernel.errors import Forbidden, Invalid, MoveRefused, NotFound
from registry.structures.models import Structure
from registry.structures.positions import reading
from registry.workflow.engine import fire
from tests.factories.building_notices import spot
from tests.factories.infra_plans import (
    ISSUED,
    apply_plans,
    concluded,
    drafted,
    feature,
    issued,
    move,
    square,
)
from tests.factories.structures import make
from tests.support.clock import NOW

TOWER = "Cột ăng ten"


def refused(call):
    with pytest.raises((Invalid, MoveRefused)) as caught:
        call()
    fields = getattr(caught.value, "fields", {"": caught.value.message})
    return {name: text if isinstance(text, str) else "; ".join(text) for name, text in fields.items()}


@pytest.fixture
def tower(ctx_of):
    """Code, id and place of a mast of Viettel in the area of ubnd.xa."""
    here = spot(ctx_of)
    with ctx_of("viettel", now=NOW) as ctx:
        structure = make(ctx, at=here)
        return structure.code, structure.id, here


def verdict(ctx_of, structure_id, by="viettel"):
    with ctx_of(by, now=NOW, read_only=True) as ctx:
        return verdicts_of(ctx, [structure_id]).get(structure_id)


def test_without_a_plan_in_force_nothing_is_judged(ctx_of, tower):
    _code, number, here = tower
    drafted(ctx_of, feature(square(*here), "V-01", "Bể cáp"))
    assert verdict(ctx_of, number).verdict is PlanVerdict.NO_PLAN_IN_FORCE
    assert "không có quy hoạch" in verdict(ctx_of, number).basis


@pytest.mark.parametrize(
    ("allows", "expected", "words"),
    [
        (TOWER, PlanVerdict.IN_PLAN, "mục V-01 cho phép cột ăng ten"),
        ("tất cả", PlanVerdict.IN_PLAN, "mục V-01"),
        ("Nhà trạm; Cột treo cáp", PlanVerdict.NOT_IN_PLAN, "mục V-01 không cho phép cột ăng ten"),
    ],
)
def test_a_structure_in_a_zone_is_judged_by_what_the_zone_allows(ctx_of, tower, allows, expected, words):
    _code, number, here = tower
    apply_plans(ctx_of)
    issued(ctx_of, feature(square(*here), "V-01", allows))
    computed = verdict(ctx_of, number)
    assert (computed.verdict, words in computed.basis) == (expected, True), computed.basis
    assert "1/QĐ-UBND" in computed.basis


def test_a_structure_outside_of_every_item_is_not_in_the_plan_and_the_check_finds_it(ctx_of, tower):
    _code, number, (lon, lat) = tower
    apply_plans(ctx_of)
    issued(ctx_of, feature(square(lon + 0.05, lat), "V-01", TOWER))
    assert "không có mục nào" in verdict(ctx_of, number).basis
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx, reading(ctx):
        assert number in set(ctx.session.scalars(select(Structure.id).where(NOT_IN_PLAN.clause(ctx))))


def test_a_street_and_a_site_reach_as_far_as_the_file_or_the_setting_says(ctx_of, tower):
    _code, number, (lon, lat) = tower
    apply_plans(ctx_of)
    line = {"type": "LineString", "coordinates": [[lon - 0.001, lat + 0.0004], [lon + 0.001, lat + 0.0004]]}
    plan_id = issued(ctx_of, feature(line, "T-01", TOWER))
    assert verdict(ctx_of, number).verdict is PlanVerdict.NOT_IN_PLAN, "44 m away, 30 m by the setting"
    move(ctx_of, plan_id, "end", valid_to=date(2026, 10, 31), text="Thay thế")
    issued(ctx_of, feature(line, "T-01", TOWER, **{"pham vi": "60"}), valid_from=date(2026, 11, 1))
    assert verdict(ctx_of, number).verdict is PlanVerdict.IN_PLAN
    with ctx_of("viettel", now=NOW, read_only=True) as ctx:
        assert verdict_at(ctx, "antenna_tower", lon, lat).verdict is PlanVerdict.IN_PLAN
        assert verdict_at(ctx, "manhole", lon, lat).verdict is PlanVerdict.NOT_IN_PLAN


def test_two_versions_never_share_a_day(ctx_of, tower):
    here = tower[2]
    apply_plans(ctx_of)
    zone = feature(square(*here), "V-01", TOWER)
    plan_id = issued(ctx_of, zone, valid_to=date(2026, 12, 31))
    with ctx_of("so.khcn", read_only=True) as ctx:
        number = ctx.session.get_one(InfraPlan, plan_id).number
    problem = refused(lambda: drafted(ctx_of, zone, valid_from=date(2026, 12, 31)))["valid_from"]
    assert number in problem
    assert "đến hết 31/12/2026" in problem
    drafted(ctx_of, zone, valid_from=date(2027, 1, 1))


def test_a_draft_that_overlaps_by_now_is_not_issued_nor_written_past_the_service(ctx_of, tower):
    apply_plans(ctx_of)
    zone = feature(square(*tower[2]), "V-01", TOWER)
    first, second = drafted(ctx_of, zone), drafted(ctx_of, zone)
    assert move(ctx_of, first, "issue", **ISSUED | {"files": [1]}) is InfraPlanState.ISSUED
    assert "không được trùng ngày" in refused(lambda: move(ctx_of, second, "issue", **ISSUED | {"files": [1]}))[""]
    with pytest.raises(IntegrityError, match="ex_infra_plan_days"), ctx_of("so.khcn", now=NOW) as ctx:  # noqa: PT012
        plan = ctx.session.get_one(InfraPlan, second)
        plan.number, plan.state = "QH-2026-000099", InfraPlanState.ISSUED
        plan.document_number, plan.document_on, plan.issuer = ISSUED.values()
        ctx.session.flush()


def test_a_version_is_not_issued_while_the_law_applies_no_plan(ctx_of, tower):
    plan_id = drafted(ctx_of, feature(square(*tower[2]), "V-01", TOWER))
    problem = refused(lambda: move(ctx_of, plan_id, "issue", **ISSUED | {"files": [1]}))[""]
    assert "không có quy hoạch được áp dụng" in problem


def test_a_file_with_wrong_features_is_refused_whole_with_each_reason(ctx_of, tower):
    lon, lat = tower[2]
    bow_tie = {
        "type": "Polygon",
        "coordinates": [[[lon, lat], [lon + 0.01, lat + 0.01], [lon + 0.01, lat], [lon, lat + 0.01], [lon, lat]]],
    }
    problems = refused(
        lambda: drafted(
            ctx_of,
            feature(square(lon, lat), "", TOWER),
            feature(square(lon, lat), "V-02", "Cột cờ"),
            feature(bow_tie, "V-03", TOWER),
            feature({"type": "Point", "coordinates": [lat, lon]}, "V-04", TOWER),
            feature(square(lon, lat), "V-05", TOWER),
            feature(square(lon, lat), "v-05", TOWER),
        )
    )["file"]
    for number, words in enumerate(("thiếu mã", "Cột cờ", "tự cắt", "ngoài tỉnh"), 1):
        assert f"Đối tượng {number}: " in problems
        assert words in problems
    assert "Đối tượng 6: mã “v-05” đã có ở đối tượng 5" in problems
    with ctx_of("so.khcn", read_only=True) as ctx:
        assert ctx.session.scalars(select(InfraPlanItem)).all() == []


def test_a_draft_is_read_by_the_departments_and_an_issued_version_by_all_who_sign_in(ctx_of, tower):
    apply_plans(ctx_of)
    zone = feature(square(*tower[2]), "V-01", TOWER)
    draft, plan = drafted(ctx_of, zone, valid_from=date(2027, 1, 1)), issued(ctx_of, zone, valid_to=date(2026, 12, 31))

    def read(username):
        with ctx_of(username, read_only=True) as ctx:
            return set(ctx.session.scalars(select(InfraPlan.id).where(visible(ctx, InfraPlan, P.INFRA_PLAN_READ))))

    assert read("so.khcn") == read("so.xaydung") == {draft, plan}
    assert read("viettel") == read("ubnd.xa") == {plan}
    assert read("nguoidan") == set()
    with pytest.raises(Forbidden):
        drafted(ctx_of, zone, by="so.xaydung")


def test_the_competent_office_overrules_with_a_reason_and_its_owner_reads_it(ctx_of, tower):
    code, _number, here = tower
    apply_plans(ctx_of)
    issued(ctx_of, feature(square(*here), "V-01", "Bể cáp"))
    case_id = concluded(ctx_of, code, aspect=Aspect.PLAN, verdict=PlanVerdict.IN_PLAN)
    for username, expected in {"viettel": True, "vnpt": False, "ubnd.xa": True, "kiemtra2": False}.items():
        with ctx_of(username, read_only=True) as ctx:
            query = select(PlanConclusion).where(
                PlanConclusion.id == case_id, visible(ctx, PlanConclusion, P.PLAN_CONCLUSION_READ)
            )
            case = ctx.session.scalars(query).one_or_none()
            assert (case is not None) is expected, username
            if case is not None:
                assert case.computed is PlanVerdict.NOT_IN_PLAN
                assert case.is_overruled


def test_an_office_without_competence_gets_a_sentence(ctx_of, tower):
    code = tower[0]
    problem = refused(
        lambda: concluded(ctx_of, code, by="so.xaydung", aspect=Aspect.PLAN, verdict=PlanVerdict.IN_PLAN)
    )["aspect"]
    assert "thuộc thẩm quyền của Sở Khoa học và Công nghệ" in problem
    problem = refused(
        lambda: concluded(ctx_of, code, aspect=Aspect.ARCHITECTURE, architecture=ArchitectureVerdict.FITS, papers=True)
    )["aspect"]
    assert "thuộc thẩm quyền của Sở Xây dựng" in problem
    with pytest.raises(Forbidden):
        concluded(ctx_of, code, by="ubnd.xa", aspect=Aspect.PLAN, verdict=PlanVerdict.IN_PLAN)


def test_architecture_is_concluded_of_masts_alone_with_photo_and_drawing(ctx_of, tower):
    code, _number, (lon, lat) = tower
    values = {"by": "so.xaydung", "aspect": Aspect.ARCHITECTURE, "architecture": ArchitectureVerdict.CHANGES}
    assert set(refused(lambda: concluded(ctx_of, code, **values))) == {"photos", "drawings"}
    with ctx_of("viettel", now=NOW) as ctx:
        pole = make(ctx, kind="cable_pole", at=(lon + 0.001, lat)).code
    assert "chỉ kết luận" in refused(lambda: concluded(ctx_of, pole, papers=True, **values))["aspect"]
    case_id = concluded(ctx_of, code, papers=True, **values)
    problem = refused(lambda: concluded(ctx_of, code, papers=True, **values))["aspect"]
    assert "đã có kết luận" in problem
    with pytest.raises((Forbidden, NotFound)), ctx_of("so.khcn", now=NOW) as ctx:
        fire(ctx, CONCLUSION, case_id, "withdraw", {"text": "Khác"}, version=1)
    with ctx_of("so.xaydung", now=NOW) as ctx:
        fire(ctx, CONCLUSION, case_id, "withdraw", {"text": "Đo lại"}, version=1)
    concluded(ctx_of, code, papers=True, **values)
