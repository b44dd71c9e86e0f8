"""Words and figures of the demonstration: owners, streets, chances; made up, but as the province would write them."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from registry.accounts.models import OrganisationKind, OwnerCategory
from registry.capacity.models import Technology
from registry.structures.codes import Condition, NotShareableReason

SEED: Final = "38"

#: Moments at which structures entered the register, with their share of all; before and after the communes of 2025.
REGISTERED: Final = (
    (datetime(2023, 10, 16, 2, 30, tzinfo=UTC), 15),
    (datetime(2024, 5, 20, 8, 5, tzinfo=UTC), 15),
    (datetime(2025, 2, 18, 3, 40, tzinfo=UTC), 12),
    (datetime(2025, 8, 11, 7, 15, tzinfo=UTC), 33),
    (datetime(2026, 1, 19, 2, 50, tzinfo=UTC), 25),
)
#: Of the moments above the first one at which every place of today has its commune.
FIRST_OF_TODAYS_COMMUNES: Final = 3
#: Moments at which some of them changed.
CHANGED: Final = (
    datetime(2024, 3, 12, 4, 20, tzinfo=UTC),
    datetime(2024, 11, 5, 9, 10, tzinfo=UTC),
    datetime(2025, 10, 14, 2, 45, tzinfo=UTC),
    datetime(2026, 4, 21, 8, 30, tzinfo=UTC),
    datetime(2026, 10, 6, 3, 5, tzinfo=UTC),
)

VIETTEL, VNPT, MOBIFONE = "viettel", "vnpt", "mobifone"
TOWER_COMPANY, POWER_COMPANY, MILITARY = "thap_xu_thanh", "pc_thanhhoa", "bch_quansu"
ZONE_BOARD, IT_CENTRE = "bql_nghison", "tt_cntt"
OPERATORS: Final = (VIETTEL, VNPT, MOBIFONE)
OPERATOR_NAMES: Final = {VIETTEL: "Viettel", VNPT: "VNPT", MOBIFONE: "MobiFone"}
#: Who else hangs cables, without being an organisation of the register.
OTHER_HOLDERS: Final = ("FPT Telecom", "CMC Telecom", "SCTV", "Truyền hình cáp VTVcab")
#: Owners of public assets beside the organisations that come with the accounts: code, short name, name, kind, category.
PUBLIC_OWNERS: Final = (
    (
        ZONE_BOARD,
        "BQL Nghi Sơn",
        "Ban Quản lý Khu kinh tế Nghi Sơn (dữ liệu mẫu)",
        OrganisationKind.ZONE_INVESTOR,
        OwnerCategory.STATE_BUDGET,
    ),
    (
        IT_CENTRE,
        "TT CNTT&TT",
        "Trung tâm Công nghệ thông tin và Truyền thông Thanh Hóa (dữ liệu mẫu)",
        OrganisationKind.OTHER,
        OwnerCategory.STATE_BUDGET,
    ),
)
#: How each owner begins its own codes.
OWN_PREFIX: Final = {
    VIETTEL: "VTL",
    VNPT: "VNPT",
    MOBIFONE: "MBF",
    TOWER_COMPANY: "HTXT",
    POWER_COMPANY: "PCTH",
    MILITARY: "QS",
    ZONE_BOARD: "BQL",
    IT_CENTRE: "CNTT",
}

#: Where the economic zone of Nghi Sơn lies: communes with trenches and tunnels.
ZONE_COMMUNES: Final = ("Nghi Sơn", "Hải Bình", "Trúc Lâm", "Tĩnh Gia", "Trường Lâm", "Tân Dân")
WARD_STREETS: Final = (
    "Lê Lợi",
    "Quang Trung",
    "Trần Phú",
    "Nguyễn Trãi",
    "Lê Hoàn",
    "Bà Triệu",
    "Tống Duy Tân",
    "Đào Duy Từ",
    "Phan Chu Trinh",
    "Cao Thắng",
    "Nguyễn Du",
    "Lý Thường Kiệt",
    "Hàm Nghi",
    "Trần Hưng Đạo",
    "Hai Bà Trưng",
    "Lê Thánh Tông",
    "Đinh Công Tráng",
    "Trường Thi",
    "Hàng Than",
    "Ngô Quyền",
    "Phan Bội Châu",
    "Nguyễn Thị Định",
    "Dương Đình Nghệ",
    "Lê Lai",
)
VILLAGE_ROADS: Final = (
    "đường trục thôn {n}",
    "đường liên thôn {n}",
    "đường xã {n}",
    "đường huyện ĐH.0{n}",
    "đường vào làng {n}",
    "đường đê số {n}",
)
WIND_ZONES: Final = ("II.B", "III.B", "IV.B")
CONDITIONS: Final = (
    (Condition.GOOD, 52),
    (Condition.FAIR, 30),
    (Condition.DEGRADED, 11),
    (Condition.DANGEROUS, 2),
    (None, 5),
)
#: Why a structure cannot be shared; security has its own status.
CLOSED_FOR: Final = (
    NotShareableReason.TECHNICAL,
    NotShareableReason.UNSAFE,
    NotShareableReason.ECONOMIC,
    NotShareableReason.OFF_PLAN,
)
MAST_TECHNOLOGIES: Final = ((Technology.G4, 70), (Technology.G5, 18), (Technology.G3, 12))
CABLE_TECHNOLOGIES: Final = ((Technology.FIBRE, 88), (Technology.COPPER, 7), (Technology.COAXIAL, 5))
MAST_HEIGHTS_M: Final = tuple(Decimal(height) for height in (24, 30, 36, 42, 45, 48, 54, 60))
#: Outer diameter in millimetres and kilograms a metre of fibre cables, by their fibres.
FIBRE_CABLES: Final = {
    8: (Decimal("7.5"), Decimal("0.05")),
    12: (Decimal("8.5"), Decimal("0.07")),
    24: (Decimal("9.6"), Decimal("0.09")),
    48: (Decimal("10.9"), Decimal("0.12")),
    96: (Decimal("13.2"), Decimal("0.16")),
}
POLE_LENGTHS_M: Final = tuple(Decimal(length) for length in ("6", "7", "7.5", "8", "8.5", "10"))
