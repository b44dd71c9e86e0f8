"""What the screening said when a request was sent: written once, so that no later change rewrites it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from registry.kernel.db.base import Base, BigId, Choice, choice_type
from registry.kernel.db.history import versioned
from registry.kernel.i18n import _l


class Verdict(Choice):
    """What a calculation says, the best first; whatever is not known is never better than "needs a study"."""

    FITS = "fits", _l("Lắp được")
    NEEDS_STUDY = "needs_study", _l("Cần khảo sát, tính toán thêm")
    DOES_NOT_FIT = "does_not_fit", _l("Không lắp được")


class SpanOver(Choice):
    """What the lowest span of a hung cable crosses; decides how high it must hang (setting pole.clearance_m)."""

    ROAD = "road", _l("Đường chính, đường ô tô")
    LANE = "lane", _l("Ngõ, hẻm, đường nội bộ")
    RAILWAY_STATION = "railway_station", _l("Đường sắt trong ga")
    RAILWAY_LINE = "railway_line", _l("Đường sắt ngoài ga")
    ROOF = "roof", _l("Mái nhà")
    NOTHING = "nothing", _l("Không vượt đường, đường sắt hay mái nhà")


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
