"""Closed lists of the screening."""

from __future__ import annotations

from registry.kernel.db.base import Choice
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
