"""What the writes of accounts and organisations need; values as typed, the services read them by the rules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from registry.accounts.models import OrganisationKind, OwnerCategory
from registry.authz.actors import Role


@dataclass(frozen=True, kw_only=True)
class SaveOrganisation:
    """A new organisation, or all fields of one that exists (`version` is the one that was read)."""

    code: str
    name: str
    short_name: str
    kind: OrganisationKind
    owner_category: OwnerCategory
    valid_from: date
    valid_to: date | None = None
    tax_code: str | None = None
    hotline: str | None = None
    email: str | None = None
    version: int | None = None


@dataclass(frozen=True, kw_only=True)
class AddSuccession:
    """`predecessor_id` is succeeded by `successor_id`."""

    predecessor_id: int
    successor_id: int
    effective_on: date
    legal_basis: str


@dataclass(frozen=True, kw_only=True)
class SaveUser:
    """A new account, or all fields of one that exists; the name of an account never changes."""

    username: str
    full_name: str
    organisation_id: int
    email: str | None = None
    phone: str | None = None
    language: str = "vi"
    version: int | None = None


@dataclass(frozen=True, kw_only=True)
class AssignRole:
    """A role for an account, in units where the role has an area."""

    user_id: int
    role: Role
    valid_from: date
    valid_to: date | None = None
    unit_ids: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ChangePassword:
    """The holder of an account changes its password."""

    current: str
    new: str
    repeated: str
