"""Roles and actors: who asks, for which organisation and area."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol, TypeAlias

from registry.authz.permissions import P
from registry.kernel.context import Context, Principal
from registry.kernel.db.base import Choice
from registry.kernel.i18n import _l


class Role(Choice):
    """The roles of the registry; PUBLIC is a visitor without sign-in."""

    LEAD_DEPARTMENT = "lead_department", _l("Sở Khoa học và Công nghệ")
    CONSTRUCTION_DEPARTMENT = "construction_department", _l("Sở Xây dựng")
    FINANCE_DEPARTMENT = "finance_department", _l("Sở Tài chính")
    INDUSTRY_TRADE_DEPARTMENT = "industry_trade_department", _l("Sở Công Thương")
    ZONE_BOARD = "zone_board", _l("Ban Quản lý khu kinh tế")
    PROVINCIAL_PC = "provincial_pc", _l("UBND tỉnh")
    COMMUNE_PC = "commune_pc", _l("UBND xã, phường")
    AREA_INSPECTOR = "area_inspector", _l("Cán bộ kiểm tra địa bàn")
    OPERATOR = "operator", _l("Doanh nghiệp viễn thông")
    INFRA_OWNER = "infra_owner", _l("Chủ sở hữu hạ tầng")
    DEFENCE_USER = "defence_user", _l("Đơn vị quân đội, công an")
    CITIZEN = "citizen", _l("Người phản ánh")
    MINISTRY = "ministry", _l("Bộ Khoa học và Công nghệ (Cục Viễn thông)")
    ADMIN = "admin", _l("Quản trị hệ thống")
    PUBLIC = "public", _l("Công chúng")


#: Districts ended on 30/06/2025 (NQ 1686/NQ-UBTVQH15): the label of the role depends on the date.
DISTRICTS_END_ON = date(2025, 6, 30)


def role_label(role: Role, on: date) -> str:
    if role is Role.AREA_INSPECTOR:
        return str(_l("Cán bộ kiểm tra cấp huyện") if on <= DISTRICTS_END_ON else _l("Cán bộ kiểm tra cấp xã"))
    if role is Role.LEAD_DEPARTMENT and on < date(2025, 3, 1):
        return str(_l("Sở Thông tin và Truyền thông"))
    return str(role.label)


@dataclass(frozen=True)
class SuccessionFacts:
    """Who took over an organisation, from which day on and by what decision."""

    successor: str
    effective_on: date
    legal_basis: str


@dataclass(frozen=True)
class RightsLimit:
    """What narrows the rights of an actor: the permissions that are left, and the units whose rows are left."""

    permissions: frozenset[P]
    #: None: rows of all units.
    unit_ids: frozenset[int] | None = None


@dataclass(frozen=True)
class FactorProof:
    """That the sign-in of an actor asks for a second factor, and when it last proved it."""

    proved_at: datetime | None


class Actor(Principal, Protocol):
    """What authorization needs to know of the actor."""

    #: The actor's organisation and its predecessors; empty after it was succeeded by another.
    @property
    def organisation_ids(self) -> frozenset[int]: ...

    #: Roles in force today.
    @property
    def roles(self) -> frozenset[Role]: ...

    #: Units of the actor's area: the assigned ones, their predecessors and successors.
    @property
    def unit_ids(self) -> frozenset[int]: ...

    @property
    def display_name(self) -> str: ...

    #: Last day of the actor's organisation, if it has ended: then only reading and closing are allowed.
    @property
    def ended_on(self) -> date | None: ...

    #: What succeeded the actor's organisation, if something did.
    @property
    def succession(self) -> SuccessionFacts | None: ...

    #: Start of the membership in the organisation; None without an account.
    @property
    def member_since(self) -> datetime | None: ...

    #: What an access token leaves of the rights; None for all of them.
    @property
    def limit(self) -> RightsLimit | None: ...

    #: None for an actor whose sign-in asks for no second factor.
    @property
    def second_factor(self) -> FactorProof | None: ...


@dataclass(frozen=True)
class StaticActor:
    """An actor that is no person: the public, a job, the command line."""

    display_name: str
    roles: frozenset[Role]
    id: int | None = None
    organisation_id: int | None = None
    organisation_ids: frozenset[int] = field(default_factory=frozenset)
    unit_ids: frozenset[int] = field(default_factory=frozenset)
    ended_on: date | None = None
    succession: SuccessionFacts | None = None
    member_since: datetime | None = None
    limit: RightsLimit | None = None
    second_factor: FactorProof | None = None


#: A visitor without sign-in.
PUBLIC_ACTOR: Actor = StaticActor("Công chúng", frozenset({Role.PUBLIC}))
#: The system itself: console commands and background jobs.
SYSTEM_ACTOR: Actor = StaticActor("Hệ thống", frozenset({Role.ADMIN, Role.LEAD_DEPARTMENT}))

Ctx: TypeAlias = Context[Actor]
