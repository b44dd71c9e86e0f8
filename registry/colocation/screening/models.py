"""What the screening said when a request was sent: written once, so that no later change rewrites it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from registry.colocation.screening.codes import Verdict
from registry.kernel.db.base import Base, BigId, choice_type
from registry.kernel.db.history import versioned


@versioned
class ColocationScreening(Base):
    """The screening of one structure of a request at one filing.

    It names the structure, not the item: a structure may be taken out of a returned request, what was said of it stays.
    """

    __tablename__ = "colocation_screening"

    id: Mapped[BigId]
    request_id: Mapped[int] = mapped_column(ForeignKey("colocation_request.id"))
    structure_id: Mapped[int] = mapped_column(ForeignKey("structure.id"))
    #: Code of the calculator; "none" where there is none for the kind.
    calculator: Mapped[str]
    verdict: Mapped[Verdict] = mapped_column(choice_type(Verdict))
    #: Language -> {"steps": [{"text", "verdict"}], "assumptions": [text]}, as it was shown.
    lines: Mapped[dict[str, Any]] = mapped_column(JSONB)
    #: The facts that it was reckoned from, and the settings with their papers.
    inputs: Mapped[dict[str, Any]] = mapped_column(JSONB)
    settings: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    computed_at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("request_id", "structure_id", "computed_at"),
        CheckConstraint("(jsonb_array_length(lines #> '{vi,steps}') > 0) IS TRUE", name="explained"),
        CheckConstraint("verdict <> 'fits' OR calculator <> 'none'", name="fits_by_calculation"),
        Index(None, "structure_id"),
    )
