"""Days and legal basis of the reorganisations of Thanh Hóa, and its communes that ended before 30/06/2025.

The package that the seed reads knows only the units in force on 30/06/2025 and since. Sources: resolutions of the
National Assembly's standing committee (numbers below) and the code lists of the statistics office.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

#: Districts end and communes are merged in all provinces.
TWO_LEVELS_ON: Final = date(2025, 7, 1)
LAST_DISTRICT_DAY: Final = date(2025, 6, 30)


@dataclass(frozen=True)
class Ended:
    """A unit that ended early; with its own code as `successor` it continued under a new name, kind or parent."""

    code: str
    name: str
    district: str
    successor: str


@dataclass(frozen=True)
class ReformStep:
    """One earlier reorganisation; `districts` are (code, name, successor code) of the districts that ended or grew."""

    on: date
    legal_basis: str | None
    communes: tuple[Ended, ...]
    districts: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True)
class Reform:
    """The reorganisations of one province before the units that the package knows."""

    legal_basis: str | None
    earlier: tuple[ReformStep, ...] = ()


def _ended(lines: str) -> tuple[Ended, ...]:
    """Read `code name > successor` lines, grouped under `[district]` heads; no successor means the same code."""
    ended_units: list[Ended] = []
    district = ""
    for line in lines.strip().splitlines():
        if line.startswith("["):
            district = line.strip("[]")
            continue
        unit, _arrow, successor = line.partition(" > ")
        code, _space, name = unit.partition(" ")
        ended_units.append(Ended(code, name, district, successor or code))
    return tuple(ended_units)


_STEP_2024_02: Final = _ended(
    """
[398]
15790 Xã Thiệu Phú > 15772
"""
)

_STEP_2025_01: Final = _ended(
    """
[380]
14788 Phường Tân Sơn > 14770
15925 Xã Hoằng Quang
15970 Xã Hoằng Đại
[382]
16516 Xã Quảng Hùng
16537 Xã Quảng Đại > 16516
[391]
15217 Xã Thạch Đồng > 15220
[392]
15274 Xã Hà Long
15316 Xã Hà Lĩnh
15331 Xã Hà Lai
15340 Xã Hà Thái > 15331
[394]
15439 Xã Yên Ninh > 15442
15442 Xã Yên Lạc
[397]
15736 Xã Xuân Thịnh
15739 Xã Xuân Lộc > 15736
15757 Xã Thọ Phú > 15760
15760 Xã Thọ Vực
[399]
15871 Xã Hoằng Giang > 15880
15880 Xã Hoằng Phượng
[400]
16039 Xã Tuy Lộc > 16042
16042 Xã Phong Lộc
[401]
16117 Xã Nga Trung > 16120
16120 Xã Nga Bạch
[405]
16378 Thị trấn Rừng Thông
16381 Xã Đông Hoàng
16384 Xã Đông Ninh
16390 Xã Đông Hòa
16393 Xã Đông Yên
16399 Xã Đông Minh
16402 Xã Đông Thanh
16405 Xã Đông Tiến
16408 Xã Đông Khê
16414 Xã Đông Thịnh
16417 Xã Đông Văn
16420 Xã Đông Phú
16423 Xã Đông Nam
16426 Xã Đông Quang
[407]
16651 Xã Hải Yến > 16609
"""
)

#: Province code -> what is known; another province is seeded with the common day and no legal basis.
REFORMS: Final = {
    "38": Reform(
        legal_basis="Nghị quyết 1686/NQ-UBTVQH15",
        earlier=(
            ReformStep(date(2024, 2, 1), None, _STEP_2024_02),
            # The number is from secondary sources: confirm it against the official gazette (docs/territory.md).
            ReformStep(
                date(2025, 1, 1),
                "Nghị quyết 1238/NQ-UBTVQH15",
                _STEP_2025_01,
                (("380", "Thành phố Thanh Hóa", "380"), ("405", "Huyện Đông Sơn", "380")),
            ),
        ),
    )
}
