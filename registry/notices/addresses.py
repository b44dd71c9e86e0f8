"""Whom notices reach by mail: asked of an address book, which the layer of accounts registers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy.orm import Session

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


_BOOKS: list[AddressBook] = []


def register_address_book(book: AddressBook) -> None:
    """Put an address book in force, in place of the one before."""
    _BOOKS[:] = [book]


def address_book() -> AddressBook:
    """The address book in force; LookupError before one is registered."""
    if not _BOOKS:
        message = "no address book is registered"
        raise LookupError(message)
    return _BOOKS[0]
