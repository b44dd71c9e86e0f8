"""Commands of accounts and organisations; values as typed, the services parse them with the rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from registry.authz.actors import Role


@dataclass(frozen=True, kw_only=True)
class SaveOrganisation:
    """A new organisation, or all of ORGANISATION of an existing one; `version` is the one that was read."""

    code: str
    values: Mapping[str, Any]
    version: int | None = None


@dataclass(frozen=True, kw_only=True)
class AddSuccession:
    """`successor_id` takes over from `predecessor_id`."""

    predecessor_id: int
    successor_id: int
    effective_on: date
    legal_basis: str


@dataclass(frozen=True, kw_only=True)
class SaveUser:
    """A new account, or all fields of an existing one: values of PERSON; the user name never changes."""

    username: str
    values: Mapping[str, Any]
    organisation_id: int
    language: str = "vi"
    version: int | None = None
    #: Who gets the open work where the organisation changes.
    colleague_id: int | None = None
    #: Of a new account: the code of a role template, and the units of its area.
    template: str | None = None
    unit_ids: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SaveContact:
    """The address and telephone that a user states for the own account."""

    email: str | None = None
    phone: str | None = None


@dataclass(frozen=True, kw_only=True)
class AssignRole:
    """A role for an account, with units if the role has an area."""

    user_id: int
    role: Role
    valid_from: date
    valid_to: date | None = None
    unit_ids: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ChangePassword:
    """A user changes their own password."""

    current: str
    new: str
    repeated: str
