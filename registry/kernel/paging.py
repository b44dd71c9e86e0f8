"""Keyset paging: a signed cursor holds the sort value and the id of a page's edge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from itsdangerous import BadData, URLSafeSerializer

from registry.kernel.errors import Invalid
from registry.kernel.i18n import _

RowT = TypeVar("RowT")
_SALT = "paging-cursor"


@dataclass(frozen=True)
class Cursor:
    """The edge of a page: sort value, id, and whether the page before it is requested."""

    value: Any
    id: int
    backwards: bool = False


@dataclass(frozen=True)
class Page(Generic[RowT]):
    """One page of rows; `total` is exact up to `counted_to`."""

    rows: list[RowT]
    next: Cursor | None
    previous: Cursor | None
    total: int
    counted_to: int

    @property
    def is_more_than_counted(self) -> bool:
        return self.total > self.counted_to


def sign_cursor(secret: str, of: str, cursor: Cursor | None) -> str | None:
    """The cursor as text for a URL; valid only for the list and order that `of` names."""
    if cursor is None:
        return None
    return str(_signer(secret, of).dumps([cursor.value, cursor.id, cursor.backwards]))


def read_cursor(secret: str, of: str, text: str | None) -> Cursor | None:
    """The cursor of a URL; Invalid unless it was signed for the same `of`."""
    if not text:
        return None
    try:
        value, row_id, backwards = _signer(secret, of).loads(text)
    except (BadData, ValueError) as error:
        raise Invalid({"cursor": _("Trang cần mở không còn đúng; hãy mở lại danh sách từ đầu.")}) from error
    return Cursor(value, row_id, backwards)


def _signer(secret: str, of: str) -> URLSafeSerializer:
    return URLSafeSerializer(secret, salt=f"{_SALT}:{of}")
