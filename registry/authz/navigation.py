"""The navigation of a page: entries that features provide, in the groups of the register."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

from flask import request
from flask_babel import lazy_gettext as _l

from registry.authz.actors import Actor
from registry.authz.permissions import P
from registry.authz.scopes import holds
from registry.kernel.feature import ExtensionPoint
from registry.kernel.http.urls import fixed_url


class NavGroup(Enum):
    """The groups in the order of the row; the value is the label and the icon."""

    WORK = (_l("Việc của tôi"), "inbox")
    STRUCTURES = (_l("Bản đồ & công trình"), "map")
    CASES = (_l("Hồ sơ"), "file-text")
    FIGURES = (_l("Số liệu"), "chart-column")
    ADMINISTRATION = (_l("Quản trị"), "settings")

    def __init__(self, label: Any, icon: str):
        self.label = label
        self.icon = icon


@dataclass(frozen=True)
class NavItem:
    """One entry; shown to actors who hold the permission for any row."""

    label: Any
    endpoint: str
    permission: P
    group: NavGroup
    #: Shown where the entry stands in the row by itself.
    own_icon: str = ""

    @property
    def icon(self) -> str:
        return self.own_icon or self.group.icon


@dataclass(frozen=True)
class AccountItem:
    """One entry of the menu of the signed-in user; it stands in no group."""

    label: Any
    endpoint: str
    permission: P
    icon: str = ""


NAVIGATION = ExtensionPoint[NavItem]("navigation")
ACCOUNT_MENU = ExtensionPoint[AccountItem]("account_menu")
#: A reader of so few entries has them in the row itself.
MOST_FLAT = 5


@dataclass(frozen=True)
class NavLink:
    """An entry as a page shows it."""

    label: Any
    url: str
    icon: str
    is_current: bool


@dataclass(frozen=True)
class NavMenu:
    """A group of two entries or more as a page shows it."""

    label: Any
    icon: str
    links: tuple[NavLink, ...]

    @property
    def is_current(self) -> bool:
        return any(link.is_current for link in self.links)


def navigation_of(actor: Actor) -> list[NavLink | NavMenu]:
    """The row of the actor's pages: a link, or a menu where a group has several entries."""
    items = [item for item in NAVIGATION if holds(actor, item.permission)]
    if len(items) <= MOST_FLAT:
        return [_link(item) for item in items]
    row: list[NavLink | NavMenu] = []
    for group in NavGroup:
        links = tuple(_link(item) for item in items if item.group is group)
        if len(links) > 1:
            row.append(NavMenu(group.label, group.icon, links))
        else:
            row += links
    return row


def account_entries(actor: Actor) -> list[NavLink]:
    """The entries of the menu of the signed-in user."""
    return [_link(item) for item in ACCOUNT_MENU if holds(actor, item.permission)]


def _link(item: NavItem | AccountItem) -> NavLink:
    url = fixed_url(item.endpoint)
    is_current = request.path == url or (url != "/" and request.path.startswith(f"{url}/"))
    return NavLink(item.label, url, item.icon, is_current)
