"""Columns of a change that one person proposes and another confirms or refuses (ADR 0025).

What is done with such proposals is shared as well (`registry/dated_rows/proposals.py`).
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from registry.kernel.db.base import BigId, Choice, choice_type
from registry.kernel.i18n import _l


class ProposalKind(Choice):
    """A new value, or the withdrawal of a row that stands."""

    ADD = "add", _l("Thêm giá trị mới")
    WITHDRAW = "withdraw", _l("Rút giá trị")


class ProposalState(Choice):
    """A proposal waits for a second person, or was decided; its proposer may take it back."""

    PENDING = "pending", _l("chờ người thứ hai xác nhận")
    CONFIRMED = "confirmed", _l("đã xác nhận")
    REFUSED = "refused", _l("không được xác nhận")
    WITHDRAWN = "withdrawn", _l("người đề xuất đã rút")


class Proposal:
    """Mixin of a proposed change of a dated row; each table adds the columns of its rows and `decision_checks()`."""

    id: Mapped[BigId]
    kind: Mapped[ProposalKind] = mapped_column(choice_type(ProposalKind))
    proposed_at: Mapped[datetime]
    state: Mapped[ProposalState] = mapped_column(choice_type(ProposalState))
    decided_at: Mapped[datetime | None]
    decision_reason: Mapped[str | None]

    @declared_attr
    def proposed_by_id(cls) -> Mapped[int]:  # noqa: N805 - read once for each table
        return mapped_column(ForeignKey("user_account.id"), index=True)

    @declared_attr
    def decided_by_id(cls) -> Mapped[int | None]:  # noqa: N805 - read once for each table
        return mapped_column(ForeignKey("user_account.id"), index=True)


def decision_checks() -> tuple[CheckConstraint, ...]:
    """The constraints of a table of proposals: who decided, when, and not alone."""
    decided = "(state = 'pending') = (decided_by_id IS NULL) AND (decided_by_id IS NULL) = (decided_at IS NULL)"
    second_person = "state <> 'confirmed' OR decided_by_id <> proposed_by_id"
    return CheckConstraint(decided, name="decided"), CheckConstraint(second_person, name="second_person")
