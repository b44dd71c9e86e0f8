"""Whom notices reach by mail: asked of an address book, which accounts provides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy.orm import Session

from registry.kernel.feature import ExtensionPoint
from registry.notices.models import Notice


@dataclass(frozen=True)
class Recipient:
    """A person with an open account and an e-mail address."""

    user_id: int
    email: str
    language: str


class AddressBook(Protocol):
    """What accounts know of whom a notice is for."""

    def reached_by(self, session: Session, notice: Notice, now: datetime) -> frozenset[int]:
        """Accounts that a notice reaches at a moment and that have an address, without the one that caused it."""
        ...

    def find(self, session: Session, user_id: int) -> Recipient | None:
        """The address of an account; None where it is closed or has none."""
        ...


ADDRESS_BOOK = ExtensionPoint[AddressBook]("notices.address_book")


def address_book() -> AddressBook:
    """The address book in force; LookupError where no feature provides one."""
    book = ADDRESS_BOOK.only()
    if book is None:
        message = "no feature provides an address book"
        raise LookupError(message)
    return book
