"""Entries of the navigation, which features provide."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from registry.authz.permissions import P
from registry.kernel.feature import ExtensionPoint


@dataclass(frozen=True)
class NavItem:
    """One entry; shown to actors who hold the permission for any row."""

    label: Any
    endpoint: str
    permission: P


NAVIGATION = ExtensionPoint[NavItem]("navigation")
#: Menu of the signed-in user.
ACCOUNT_MENU = ExtensionPoint[NavItem]("account_menu")
