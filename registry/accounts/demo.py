"""Demonstration organisations and accounts: one account a role and more, random passwords in one private file."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Final

from sqlalchemy import select

from registry.accounts.commands import AddSuccession, AssignRole, SaveOrganisation, SaveUser
from registry.accounts.models import Organisation, OrganisationKind, OwnerCategory, RoleAssignment, UserAccount
from registry.accounts.queries import find_user, succeeds
from registry.accounts.service import (
    add_alias,
    add_succession,
    assign_role,
    create_organisation,
    create_user,
    store_password,
)
from registry.authz.actors import DISTRICTS_END_ON, Ctx, Role
from registry.kernel.errors import Invalid
from registry.kernel.i18n import _
from registry.territory.models import AdminUnit, UnitLevel
from registry.territory.queries import area_unit_ids, list_units

_PASSWORD_BYTES = 12
_LONG_AGO = date(2020, 1, 1)
#: The departments were merged on this day in all provinces; which decision says so for ours is to be verified.
_DEPARTMENTS_MERGED_ON = date(2025, 3, 1)

_Kind, _Owner = OrganisationKind, OwnerCategory


@dataclass(frozen=True)
class DemoOrganisation:
    """An organisation of the demonstration."""

    code: str
    short_name: str
    name: str
    kind: OrganisationKind
    owner_category: OwnerCategory
    aliases: tuple[str, ...] = ()
    valid_to: date | None = None


@dataclass(frozen=True)
class DemoUser:
    """An account of the demonstration; `area` names one of `_areas`."""

    username: str
    full_name: str
    role: Role
    organisation: str
    area: str = ""


@dataclass(frozen=True)
class DemoAccount:
    """One line of the file that tells how to sign in."""

    role: str
    organisation: str
    username: str
    password: str
    full_name: str


ORGANISATIONS: Final = (
    DemoOrganisation(
        "viettel",
        "Viettel Thanh Hóa",
        "Viettel Thanh Hóa - Chi nhánh Tập đoàn Công nghiệp - Viễn thông Quân đội",
        _Kind.OPERATOR,
        _Owner.OPERATOR,
        ("Viettel", "Viễn thông Viettel Thanh Hóa", "VTT Thanh Hóa"),
    ),
    DemoOrganisation(
        "vnpt",
        "VNPT Thanh Hóa",
        "VNPT Thanh Hóa - Chi nhánh Tập đoàn Bưu chính Viễn thông Việt Nam",
        _Kind.OPERATOR,
        _Owner.OPERATOR,
        ("VNPT", "Viễn thông Thanh Hóa"),
    ),
    DemoOrganisation(
        "mobifone",
        "MobiFone Thanh Hóa",
        "MobiFone tỉnh Thanh Hóa",
        _Kind.OPERATOR,
        _Owner.OPERATOR,
        ("MobiFone", "Mobifone tỉnh Thanh Hóa 5"),
    ),
    DemoOrganisation(
        "thap_xu_thanh",
        "Hạ tầng Xứ Thanh",
        "Công ty cổ phần Hạ tầng viễn thông Xứ Thanh (dữ liệu mẫu)",
        _Kind.TOWER_COMPANY,
        _Owner.TOWER_COMPANY,
    ),
    DemoOrganisation(
        "pc_thanhhoa",
        "Điện lực Thanh Hóa",
        "Công ty Điện lực Thanh Hóa",
        _Kind.POWER_COMPANY,
        _Owner.POWER,
        ("PC Thanh Hóa", "Cty Điện lực Thanh Hóa"),
    ),
    DemoOrganisation(
        "so_tttt",
        "Sở TT&TT",
        "Sở Thông tin và Truyền thông tỉnh Thanh Hóa",
        _Kind.DEPARTMENT,
        _Owner.STATE_BUDGET,
        ("Sở TTTT",),
        date(2025, 2, 28),
    ),
    DemoOrganisation(
        "so_khcn",
        "Sở KH&CN",
        "Sở Khoa học và Công nghệ tỉnh Thanh Hóa",
        _Kind.DEPARTMENT,
        _Owner.STATE_BUDGET,
        ("Sở KHCN",),
    ),
    DemoOrganisation("so_xaydung", "Sở Xây dựng", "Sở Xây dựng tỉnh Thanh Hóa", _Kind.DEPARTMENT, _Owner.STATE_BUDGET),
    DemoOrganisation(
        "so_taichinh", "Sở Tài chính", "Sở Tài chính tỉnh Thanh Hóa", _Kind.DEPARTMENT, _Owner.STATE_BUDGET
    ),
    DemoOrganisation(
        "so_congthuong", "Sở Công Thương", "Sở Công Thương tỉnh Thanh Hóa", _Kind.DEPARTMENT, _Owner.STATE_BUDGET
    ),
    DemoOrganisation(
        "ubnd_tinh",
        "UBND tỉnh",
        "Ủy ban nhân dân tỉnh Thanh Hóa",
        _Kind.PROVINCIAL_COMMITTEE,
        _Owner.STATE_BUDGET,
    ),
    DemoOrganisation(
        "ubnd_xa_mau",
        "UBND xã, phường (mẫu)",
        "Ủy ban nhân dân xã, phường (dữ liệu mẫu)",
        _Kind.COMMUNE_COMMITTEE,
        _Owner.STATE_BUDGET,
    ),
    DemoOrganisation(
        "bo_khcn",
        "Bộ KH&CN",
        "Bộ Khoa học và Công nghệ (Cục Viễn thông)",
        _Kind.MINISTRY,
        _Owner.STATE_BUDGET,
    ),
    DemoOrganisation(
        "bch_quansu", "Bộ CHQS tỉnh", "Bộ Chỉ huy Quân sự tỉnh Thanh Hóa", _Kind.DEFENCE, _Owner.STATE_BUDGET
    ),
    DemoOrganisation("nguoi_dan", "Người dân", "Người dân phản ánh (dữ liệu mẫu)", _Kind.OTHER, _Owner.OTHER),
)
USERS: Final = (
    DemoUser("so.khcn", "Lê Thị Hạnh", Role.LEAD_DEPARTMENT, "so_khcn"),
    DemoUser("so.xaydung", "Trịnh Văn Thành", Role.CONSTRUCTION_DEPARTMENT, "so_xaydung"),
    DemoUser("so.taichinh", "Nguyễn Thị Mai", Role.FINANCE_DEPARTMENT, "so_taichinh"),
    DemoUser("so.congthuong", "Hoàng Văn Lâm", Role.INDUSTRY_TRADE_DEPARTMENT, "so_congthuong"),
    DemoUser("ubnd.tinh", "Phạm Thị Thu", Role.PROVINCIAL_PC, "ubnd_tinh"),
    DemoUser("ubnd.xa", "Lê Văn Bình", Role.COMMUNE_PC, "ubnd_xa_mau", "commune"),
    DemoUser("kiemtra1", "Đỗ Minh Quân", Role.AREA_INSPECTOR, "ubnd_xa_mau", "district"),
    DemoUser("kiemtra2", "Hà Thị Lan", Role.AREA_INSPECTOR, "ubnd_xa_mau", "elsewhere"),
    DemoUser("viettel", "Nguyễn Văn Hùng", Role.OPERATOR, "viettel"),
    DemoUser("vnpt", "Trần Thị Hoa", Role.OPERATOR, "vnpt"),
    DemoUser("dienluc", "Mai Văn Sơn", Role.INFRA_OWNER, "pc_thanhhoa"),
    DemoUser("quansu", "Vũ Đình Khang", Role.DEFENCE_USER, "bch_quansu"),
    DemoUser("nguoidan", "Bùi Thị Ngọc", Role.CITIZEN, "nguoi_dan"),
    DemoUser("bo.khcn", "Đặng Quốc Việt", Role.MINISTRY, "bo_khcn"),
    DemoUser("quantri", "Lưu Thị Yến", Role.ADMIN, "so_khcn"),
)


def create_demo_accounts(ctx: Ctx, path: Path) -> list[DemoAccount]:
    """Make what is missing of organisations and accounts, give each account a new random password, and write `path`.

    The file (JSON, mode 600) appears under its name only when the transaction is committed. Invalid without units.
    """
    areas = _areas(ctx)
    organisations = create_demo_organisations(ctx)
    accounts = [_account(ctx, demo, organisations[demo.organisation], areas) for demo in USERS]
    draft = path.with_name(f"{path.name}.{os.getpid()}")

    def write(_ctx: Ctx) -> None:
        _write_private(draft, json.dumps([asdict(account) for account in accounts], ensure_ascii=False, indent=2))

    def publish() -> None:
        draft.replace(path)

    ctx.before_commit.append(write)
    ctx.after_commit.append(publish)
    return accounts


def create_demo_organisations(ctx: Ctx) -> dict[str, Organisation]:
    """The organisations of the demonstration by code, made where they are missing."""
    codes = [demo.code for demo in ORGANISATIONS]
    known = {row.code: row for row in ctx.session.scalars(select(Organisation).where(Organisation.code.in_(codes)))}
    for demo in ORGANISATIONS:
        if demo.code not in known:
            known[demo.code] = _organisation(ctx, demo)
    former, present = known["so_tttt"], known["so_khcn"]
    if not succeeds(ctx.session, present.id, former.id, direct=True):
        add_succession(
            ctx,
            AddSuccession(
                predecessor_id=former.id,
                successor_id=present.id,
                effective_on=_DEPARTMENTS_MERGED_ON,
                legal_basis="Sắp xếp các cơ quan chuyên môn cấp tỉnh năm 2025 (số văn bản cần xác minh)",
            ),
        )
    return known


def _organisation(ctx: Ctx, demo: DemoOrganisation) -> Organisation:
    organisation = create_organisation(
        ctx,
        SaveOrganisation(
            code=demo.code,
            name=demo.name,
            short_name=demo.short_name,
            kind=demo.kind,
            owner_category=demo.owner_category,
            valid_from=_LONG_AGO,
            valid_to=demo.valid_to,
        ),
    )
    for spelling in demo.aliases:
        add_alias(ctx, organisation.id, spelling)
    return organisation


def _account(ctx: Ctx, demo: DemoUser, organisation: Organisation, areas: dict[str, int]) -> DemoAccount:
    user = find_user(ctx.session, demo.username) or _user(ctx, demo, organisation, areas)
    password = secrets.token_urlsafe(_PASSWORD_BYTES)
    store_password(ctx, user, password)
    return DemoAccount(demo.role.value, organisation.short_name, user.username, password, user.full_name)


def _user(ctx: Ctx, demo: DemoUser, organisation: Organisation, areas: dict[str, int]) -> UserAccount:
    user = create_user(ctx, SaveUser(username=demo.username, full_name=demo.full_name, organisation_id=organisation.id))
    # Its cases lie in the past, and so do their notices.
    user.member_since = datetime.combine(_LONG_AGO, time.min, tzinfo=UTC)
    units = (areas[demo.area],) if demo.area else ()
    _assign(ctx, user, demo.role, units)
    return user


def _assign(ctx: Ctx, user: UserAccount, role: Role, units: tuple[int, ...]) -> RoleAssignment:
    return assign_role(ctx, AssignRole(user_id=user.id, role=role, valid_from=_LONG_AGO, unit_ids=units))


def _areas(ctx: Ctx) -> dict[str, int]:
    """A former district, a commune inside it, and a commune outside it, each the first or last by code."""
    districts = list_units(ctx.session, DISTRICTS_END_ON, UnitLevel.DISTRICT)
    communes = list_units(ctx.session, ctx.today, UnitLevel.COMMUNE)
    if not districts or not communes:
        raise Invalid({"": _("Chưa có đơn vị hành chính nào; hãy chạy `flask territory seed` trước.")})
    district: AdminUnit = districts[0]
    area = area_unit_ids(ctx.session, [district.id])
    inside = [unit for unit in communes if unit.id in area]
    outside = [unit for unit in communes if unit.id not in area]
    return {"district": district.id, "commune": inside[0].id, "elsewhere": outside[-1].id}


def _write_private(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as target:
        target.write(content + "\n")
        target.flush()
        os.fsync(target.fileno())
