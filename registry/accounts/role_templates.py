"""Role templates: the usual roles of a person in one kind of organisation, given in one step with a new account."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from registry.accounts.models import OrganisationKind
from registry.authz.actors import Role
from registry.kernel.errors import Invalid
from registry.kernel.i18n import _, _l
from registry.territory.models import AdminUnit, UnitLevel

K = OrganisationKind


@dataclass(frozen=True)
class RoleTemplate:
    """The roles, and the level of the units that their area consists of; None for roles without an area."""

    code: str
    label: Any
    kinds: tuple[OrganisationKind, ...]
    roles: tuple[Role, ...]
    area: UnitLevel | None = None


ROLE_TEMPLATES: Final = {
    template.code: template
    for template in (
        RoleTemplate("operator", _l("Cán bộ doanh nghiệp viễn thông"), (K.OPERATOR, K.TOWER_COMPANY), (Role.OPERATOR,)),
        RoleTemplate(
            "owner",
            _l("Cán bộ chủ sở hữu hạ tầng khác"),
            (K.POWER_COMPANY, K.WATER_COMPANY, K.ZONE_INVESTOR, K.OTHER),
            (Role.INFRA_OWNER,),
        ),
        RoleTemplate("defence", _l("Cán bộ đơn vị quân đội, công an"), (K.DEFENCE,), (Role.DEFENCE_USER,)),
        RoleTemplate(
            "commune", _l("Cán bộ UBND xã, phường"), (K.COMMUNE_COMMITTEE,), (Role.COMMUNE_PC,), UnitLevel.COMMUNE
        ),
        RoleTemplate(
            "commune_inspector",
            _l("Cán bộ UBND xã, phường kiêm kiểm tra địa bàn"),
            (K.COMMUNE_COMMITTEE,),
            (Role.COMMUNE_PC, Role.AREA_INSPECTOR),
            UnitLevel.COMMUNE,
        ),
        RoleTemplate(
            "inspector",
            _l("Cán bộ kiểm tra của sở, theo nhóm xã của huyện cũ"),
            (K.DEPARTMENT,),
            (Role.AREA_INSPECTOR,),
            UnitLevel.DISTRICT,
        ),
        RoleTemplate("lead", _l("Cán bộ Sở Khoa học và Công nghệ"), (K.DEPARTMENT,), (Role.LEAD_DEPARTMENT,)),
        RoleTemplate("construction", _l("Cán bộ Sở Xây dựng"), (K.DEPARTMENT,), (Role.CONSTRUCTION_DEPARTMENT,)),
        RoleTemplate("finance", _l("Cán bộ Sở Tài chính"), (K.DEPARTMENT,), (Role.FINANCE_DEPARTMENT,)),
        RoleTemplate("industry", _l("Cán bộ Sở Công Thương"), (K.DEPARTMENT,), (Role.INDUSTRY_TRADE_DEPARTMENT,)),
        RoleTemplate("zone_board", _l("Cán bộ Ban Quản lý khu kinh tế"), (K.DEPARTMENT,), (Role.ZONE_BOARD,)),
        RoleTemplate("admin", _l("Quản trị viên hệ thống"), (K.DEPARTMENT, K.PROVINCIAL_COMMITTEE), (Role.ADMIN,)),
        RoleTemplate("province", _l("Cán bộ UBND tỉnh"), (K.PROVINCIAL_COMMITTEE,), (Role.PROVINCIAL_PC,)),
        RoleTemplate("ministry", _l("Cán bộ Bộ, cơ quan trung ương"), (K.MINISTRY,), (Role.MINISTRY,)),
        RoleTemplate("citizen", _l("Người dân có tài khoản"), (K.OTHER,), (Role.CITIZEN,)),
    )
}
_LEVELS: Final = {UnitLevel.COMMUNE: _l("xã, phường"), UnitLevel.DISTRICT: _l("huyện cũ")}


def check_template(
    session: Session, template: RoleTemplate, kind: OrganisationKind, organisation: str, unit_ids: Collection[int]
) -> None:
    """Invalid (`template`, `unit_ids`) for another kind of organisation, and for units of another level, or none."""
    if kind not in template.kinds:
        kinds = ", ".join(str(each.label) for each in template.kinds)
        sentence = _(
            "Mẫu vai trò “%(template)s” không dành cho “%(organisation)s” (%(kind)s); cần tổ chức thuộc loại: "
            "%(kinds)s.",
            template=template.label,
            organisation=organisation,
            kind=kind.label,
            kinds=kinds,
        )
        raise Invalid({"template": sentence})
    if template.area is None:
        if unit_ids:
            sentence = _("Mẫu vai trò “%(template)s” không có địa bàn; cần bỏ chọn địa bàn.", template=template.label)
            raise Invalid({"unit_ids": sentence})
        return
    fitting = select(AdminUnit.id).where(AdminUnit.id.in_(unit_ids), AdminUnit.level == template.area)
    if not unit_ids or set(session.scalars(fitting)) != set(unit_ids):
        sentence = _(
            "Mẫu vai trò “%(template)s” cần địa bàn chỉ gồm: %(level)s.",
            template=template.label,
            level=_LEVELS[template.area],
        )
        raise Invalid({"unit_ids": sentence})
