"""Stored screenings, and the closed lists of the screening."""

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
    """Result of a calculation, best first; unknown input never gives better than NEEDS_STUDY."""

    FITS = "fits", _l("Lắp được")
    NEEDS_STUDY = "needs_study", _l("Cần khảo sát, tính toán thêm")
    DOES_NOT_FIT = "does_not_fit", _l("Không lắp được")


class SpanOver(Choice):
    """What the lowest span of an aerial cable crosses; selects the clearance (setting pole.clearance_m)."""

    ROAD = "road", _l("Đường chính, đường ô tô")
    LANE = "lane", _l("Ngõ, hẻm, đường nội bộ")
    RAILWAY_STATION = "railway_station", _l("Đường sắt trong ga")
    RAILWAY_LINE = "railway_line", _l("Đường sắt ngoài ga")
    ROOF = "roof", _l("Mái nhà")
    NOTHING = "nothing", _l("Không vượt đường, đường sắt hay mái nhà")


@versioned
class ColocationScreening(Base):
    """Screening of one structure of a request at one filing; never changed.

    It refers to the structure, not the item: a structure may be removed from a returned request, its screening stays.
    """

    __tablename__ = "colocation_screening"

    id: Mapped[BigId]
    request_id: Mapped[int] = mapped_column(ForeignKey("colocation_request.id"))
    structure_id: Mapped[int] = mapped_column(ForeignKey("structure.id"))
    #: Code of the calculator, or "none".
    calculator: Mapped[str]
    verdict: Mapped[Verdict] = mapped_column(choice_type(Verdict))
    #: Language -> {"steps": [{"text", "verdict"}], "assumptions": [text], "drawn": [limit]}, as shown.
    lines: Mapped[dict[str, Any]] = mapped_column(JSONB)
    #: Inputs of the calculation, and the settings with their sources.
    inputs: Mapped[dict[str, Any]] = mapped_column(JSONB)
    settings: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    computed_at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("request_id", "structure_id", "computed_at"),
        CheckConstraint("(jsonb_array_length(lines #> '{vi,steps}') > 0) IS TRUE", name="explained"),
        CheckConstraint("verdict <> 'fits' OR calculator <> 'none'", name="fits_by_calculation"),
        Index(None, "structure_id"),
    )
