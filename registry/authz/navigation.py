"""Where one can go from every page: entries that the features provide."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from registry.authz.permissions import P
from registry.kernel.feature import ExtensionPoint


@dataclass(frozen=True)
class NavItem:
    """One entry: shown to whoever holds the permission for anything at all."""

    label: Any
    endpoint: str
    permission: P


NAVIGATION = ExtensionPoint[NavItem]("navigation")
#: Below the name of who has signed in.
ACCOUNT_MENU = ExtensionPoint[NavItem]("account_menu")
