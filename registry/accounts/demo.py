"""Organisations and accounts of the demonstration (demo.toml); random passwords go to one private file."""

from __future__ import annotations

import json
import os
import secrets
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any, Final

from sqlalchemy import select

from registry.accounts.commands import AddSuccession, AssignRole, SaveOrganisation, SaveUser
from registry.accounts.factors.sample import give_app
from registry.accounts.models import ORGANISATION, Organisation, OrganisationKind, OwnerCategory, UserAccount
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


@dataclass(frozen=True)
class DemoUser:
    """An account of the demonstration; `area` names a key of `_areas`."""

    username: str
    full_name: str
    role: Role
    organisation: str
    area: str = ""


@dataclass(frozen=True)
class DemoAccount:
    """One entry of the file of sign-in data."""

    role: str
    organisation: str
    username: str
    password: str
    full_name: str
    #: Of the app that shows its codes, in Base32; "" where it has none.
    totp_secret: str = ""


_DATA: Final = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
USERS: Final = tuple(DemoUser(**entry | {"role": Role(entry["role"])}) for entry in _DATA["users"])

SAMPLE_NAMES: Final = frozenset(user.username for user in USERS)


def create_demo_accounts(ctx: Ctx, path: Path, key: str | None = None) -> list[DemoAccount]:
    """Create missing organisations and accounts, give each account a new random password, and write `path`.

    With the key of the installation each account gets an app for its second factor, too, whose secret stands in the
    file. The file (JSON, mode 600) appears under its name only when the transaction is committed. Invalid without
    units.
    """
    areas = _areas(ctx)
    organisations = create_demo_organisations(ctx)
    accounts = [_account(ctx, demo, organisations[demo.organisation], areas, key) for demo in USERS]
    draft = path.with_name(f"{path.name}.{os.getpid()}")

    def write(_ctx: Ctx) -> None:
        _write_private(draft, json.dumps([asdict(account) for account in accounts], ensure_ascii=False, indent=2))

    def publish() -> None:
        draft.replace(path)

    ctx.before_commit.append(write)
    ctx.after_commit.append(publish)
    return accounts


def create_demo_organisations(ctx: Ctx) -> dict[str, Organisation]:
    """The organisations of the demonstration by code, created where they are missing."""
    organisations = create_missing_organisations(ctx, _DATA["organisations"])
    former, present = organisations["so_tttt"], organisations["so_khcn"]
    if not succeeds(ctx.session, present.id, former.id, direct=True):
        add_succession(
            ctx,
            AddSuccession(
                predecessor_id=former.id,
                successor_id=present.id,
                effective_on=_DEPARTMENTS_MERGED_ON,
                legal_basis="Sắp xếp các cơ quan chuyên môn cấp tỉnh năm 2025 (số văn bản cần xác minh)",
            ),
            announce=False,
        )
    return organisations


def create_missing_organisations(ctx: Ctx, entries: Sequence[Mapping[str, Any]]) -> dict[str, Organisation]:
    """Organisations by code, created from the entries of a data file where they are missing."""
    codes = [entry["code"] for entry in entries]
    organisations = {
        row.code: row for row in ctx.session.scalars(select(Organisation).where(Organisation.code.in_(codes)))
    }
    for entry in entries:
        if entry["code"] in organisations:
            continue
        values = {"valid_from": _LONG_AGO} | {name: entry[name] for name in ORGANISATION if name in entry}
        values["kind"] = OrganisationKind(entry["kind"])
        values["owner_category"] = OwnerCategory(entry["owner_category"])
        organisations[entry["code"]] = create_organisation(ctx, SaveOrganisation(code=entry["code"], values=values))
        for spelling in entry.get("aliases", ()):
            add_alias(ctx, organisations[entry["code"]].id, spelling)
    return organisations


def _account(
    ctx: Ctx, demo: DemoUser, organisation: Organisation, areas: dict[str, int], key: str | None
) -> DemoAccount:
    user = find_user(ctx.session, demo.username) or _user(ctx, demo, organisation, areas)
    password = secrets.token_urlsafe(_PASSWORD_BYTES)
    store_password(ctx, user, password)
    secret = give_app(ctx, user.id, key) if key is not None else ""
    return DemoAccount(demo.role.value, organisation.short_name, user.username, password, user.full_name, secret)


def _user(ctx: Ctx, demo: DemoUser, organisation: Organisation, areas: dict[str, int]) -> UserAccount:
    user = create_user(
        ctx, SaveUser(username=demo.username, values={"full_name": demo.full_name}, organisation_id=organisation.id)
    )
    # The cases of the demonstration are older than the account, and so are their notices.
    user.member_since = datetime.combine(_LONG_AGO, time.min, tzinfo=UTC)
    units = (areas[demo.area],) if demo.area else ()
    assign_role(ctx, AssignRole(user_id=user.id, role=demo.role, valid_from=_LONG_AGO, unit_ids=units))
    return user


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
