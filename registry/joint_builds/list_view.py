"""The lists of announcements of joint building and of registrations."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Select, func

from registry.authz.actors import Ctx
from registry.joint_builds.interest_workflow import INTEREST
from registry.joint_builds.models import JointBuild, JointInterest
from registry.joint_builds.queries import ANNOUNCER, ASKED
from registry.joint_builds.workflow import BUILD
from registry.kernel.i18n import _l
from registry.kernel.lists.columns import Column, On
from registry.kernel.lists.filters import Chosen, MultiChoice
from registry.kernel.lists.markup import link
from registry.structures.kinds import HOSTS, KINDS
from registry.territory.models import AdminUnit
from registry.workflow.lists import case_list


def _joined(_ctx: Ctx, _chosen: Chosen, query: Select[Any]) -> Select[Any]:
    return (
        query.add_columns(ANNOUNCER.short_name.label("announcer"), AdminUnit.name.label("unit"))
        .join(ANNOUNCER, ANNOUNCER.id == JointBuild.organisation_id)
        .join(AdminUnit, AdminUnit.id == JointBuild.unit_id)
    )


def _for_files(_ctx: Ctx, _chosen: Chosen, query: Select[Any]) -> Select[Any]:
    return query.add_columns(func.ST_AsBinary(JointBuild.place_point).label("wkb"))


def _kind(_ctx: Ctx, row: Any) -> str:
    return str(KINDS[row.JointBuild.kind].label)


def _month(_ctx: Ctx, row: Any) -> str:
    return f"{row.JointBuild.starts_in:%m/%Y}"


BUILDS: Final = case_list(
    BUILD,
    code="joint-builds",
    stem="phuong-an-xay-dung-chung",
    joined=_joined,
    for_files=_for_files,
    geometry=lambda row: bytes(row.wkb),
    geometry_column="wkb",
    filters=(
        MultiChoice(
            "kind",
            _l("Loại công trình"),
            options={code: kind.label for code, kind in HOSTS.items()},
            where=lambda _ctx, kinds: JointBuild.kind.in_(kinds),
        ),
    ),
    columns=(
        Column("announcer", _l("Đơn vị thông báo"), sort="announcer"),
        Column("kind", _l("Loại công trình"), _kind),
        Column("unit", _l("Xã, phường"), sort="unit"),
        # The term says it while it runs.
        Column(
            "closes_on",
            _l("Nhận đăng ký đến hết ngày"),
            "JointBuild.closes_on",
            date,
            optional=True,
            sort=JointBuild.closes_on,
        ),
        Column("starts_in", _l("Tháng khởi công dự kiến"), _month, on=On.FILES),
        Column("address", _l("Địa chỉ, tuyến đường"), "JointBuild.address", on=On.FILES),
        Column("height_m", _l("Chiều cao dự kiến"), "JointBuild.height_m", Decimal, on=On.FILES),
        Column("length_m", _l("Chiều dài dự kiến"), "JointBuild.length_m", Decimal, on=On.FILES),
        Column("bores", _l("Số ống dự kiến"), "JointBuild.bores", int, on=On.FILES),
        Column(
            "offered_places",
            _l("Số vị trí lắp đặt dành cho đơn vị khác"),
            "JointBuild.offered_places",
            int,
            on=On.FILES,
        ),
        Column("offered_bores", _l("Số ống dành cho đơn vị khác"), "JointBuild.offered_bores", int, on=On.FILES),
        Column("cost_share", _l("Phương án chia sẻ chi phí"), "JointBuild.cost_share", on=On.FILES),
    ),
)


def _interests(_ctx: Ctx, _chosen: Chosen, query: Select[Any]) -> Select[Any]:
    return (
        query.add_columns(
            ASKED.short_name.label("asked"), ANNOUNCER.short_name.label("announcer"), JointBuild.number.label("build")
        )
        .join(JointBuild, JointBuild.id == JointInterest.build_id)
        .join(ASKED, ASKED.id == JointInterest.organisation_id)
        .join(ANNOUNCER, ANNOUNCER.id == JointInterest.announcer_id)
    )


INTERESTS: Final = case_list(
    INTEREST,
    code="joint-interests",
    stem="dang-ky-xay-dung-chung",
    parent=(_l("Phương án xây dựng, sử dụng chung"), "joint_builds.index"),
    joined=_interests,
    columns=(
        Column(
            "build",
            _l("Phương án xây dựng"),
            is_code=True,
            sort="build",
            show=link("joint_builds.detail", "build", case_id="JointInterest.build_id"),
        ),
        Column("asked", _l("Đơn vị được hỏi"), sort="asked"),
        Column("announcer", _l("Đơn vị thông báo"), sort="announcer"),
        Column("places", _l("Số vị trí, ăng ten cần lắp"), "JointInterest.places", int, on=On.FILES),
        Column("at_height_m", _l("Độ cao cần lắp"), "JointInterest.at_height_m", Decimal, on=On.FILES),
        Column("bores", _l("Số ống cần dùng"), "JointInterest.bores", int, on=On.FILES),
        Column("metres", _l("Chiều dài cần dùng"), "JointInterest.metres", Decimal, on=On.FILES),
        Column("remark", _l("Ý kiến về phương án"), "JointInterest.remark", on=On.FILES),
        Column("stated_at", _l("Đăng ký lúc"), "JointInterest.stated_at", datetime, on=On.FILES),
        Column("is_late", _l("Đăng ký muộn"), "JointInterest.is_late", bool, on=On.FILES),
        Column("answered_at", _l("Trả lời lúc"), "JointInterest.answered_at", datetime, on=On.FILES),
        Column("answer", _l("Nội dung trả lời"), "JointInterest.answer", on=On.FILES),
    ),
)
