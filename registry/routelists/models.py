"""The list of a year and its items: stretches of streets proposed by local governments."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar

from geoalchemy2 import Geometry
from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    ColumnElement,
    Computed,
    ForeignKey,
    Index,
    Numeric,
    SmallInteger,
    Text,
    UniqueConstraint,
    true,
)
from sqlalchemy.orm import Mapped, deferred, mapped_column

from registry.kernel.db.base import NATURAL, Base, BigId, Choice, Dong, Metres, NaturalText, choice_type
from registry.kernel.db.history import versioned
from registry.kernel.fields import col
from registry.kernel.i18n import _l
from registry.kernel.units import VND, M
from registry.routelists.costs import CostPlan, CostPlanType, Funding
from registry.streets.models import Street
from registry.structures.models import PROVINCE_GRID
from registry.territory.models import WGS84
from registry.workflow.models import Case, search_text_index

#: The plan that requires these lists is of 2023; years after the last one are typing errors.
FIRST_YEAR = 2023
LAST_YEAR = 2060
#: No stretch of one street is longer; beyond it coordinates are wrong.
MOST_METRES = 50_000
#: A thousand billion đồng for one street is a typing error.
MOST_VND = 10**12


class ListState(Choice):
    """The state of a list."""

    COLLECTING = "collecting", _l("Đang lập")
    ISSUED = "issued", _l("Đã ban hành")


class ItemState(Choice):
    """The state of a proposed street."""

    PROPOSED = "proposed", _l("Đề xuất, chưa gửi")
    UNDER_REVIEW = "under_review", _l("Đang thẩm tra")
    RETURNED = "returned", _l("Yêu cầu bổ sung")
    OVERDUE = "overdue", _l("Quá hạn thẩm tra")
    AGREED = "agreed", _l("Đã thống nhất đưa vào danh mục")
    REJECTED = "rejected", _l("Không được đưa vào danh mục")
    WITHDRAWN = "withdrawn", _l("Đã rút")
    MERGED = "merged", _l("Đã gộp vào tuyến khác")


class WorkKind(Choice):
    """The kind of work along the street (KH 225/KH-UBND, part IV.2)."""

    NEW_BUILD = "new_build", _l("Xây dựng mới")
    REPAIR = "repair", _l("Sửa chữa")
    UPGRADE = "upgrade", _l("Nâng cấp")
    UNDERGROUND = "underground", _l("Ngầm hóa")
    TIDY = "tidy", _l("Chỉnh trang")


class StreetSide(Choice):
    """The side of the street, seen from its start."""

    BOTH = "both", _l("Hai bên")
    LEFT = "left", _l("Bên trái")
    RIGHT = "right", _l("Bên phải")


class Priority(Choice):
    """How soon the work is wanted."""

    HIGH = "high", _l("Cao")
    MEDIUM = "medium", _l("Trung bình")
    LOW = "low", _l("Thấp")


class ProjectKind(Choice):
    """What another project that digs in the street builds."""

    ROAD = "road", _l("Đường, vỉa hè")
    POWER = "power", _l("Điện")
    WATER = "water", _l("Cấp nước, thoát nước")
    OTHER = "other", _l("Dự án khác")


@versioned
class RouteList(Case, Base):
    """The list of one year; a change after its decision is a new edition of the same list."""

    __tablename__ = "route_list"
    SIDES: ClassVar[dict[str, str]] = {"owner": "organisation_id"}
    AREA: ClassVar[str | None] = None

    state: Mapped[ListState] = mapped_column(choice_type(ListState))
    #: The department responsible for the list.
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    year: Mapped[int] = mapped_column(SmallInteger)
    edition: Mapped[int] = mapped_column(SmallInteger)
    #: The decision in force: that of the last issued edition, also while the next one is being collected.
    decision_number: Mapped[str | None]
    decided_on: Mapped[date | None]

    __table_args__ = (
        UniqueConstraint("year"),
        CheckConstraint("version > 0", name="version_positive"),
        CheckConstraint(f"year BETWEEN {FIRST_YEAR} AND {LAST_YEAR}", name="year"),
        CheckConstraint("edition >= 1", name="edition"),
        CheckConstraint(
            "(decision_number IS NULL) = (decided_on IS NULL) AND (state <> 'issued' OR decision_number IS NOT NULL)",
            name="issued_has_decision",
        ),
    )


class RouteListEdition(Base):
    """An issued edition of a list; never changed. Its paper is an issued paper (`registry.documents.issued`)."""

    __tablename__ = "route_list_edition"

    id: Mapped[BigId]
    route_list_id: Mapped[int] = mapped_column(ForeignKey(RouteList.id))
    edition: Mapped[int] = mapped_column(SmallInteger)
    decision_number: Mapped[str]
    decided_on: Mapped[date]
    issued_at: Mapped[datetime]
    #: Hash of its streets as approved, in hexadecimal digits; None for editions from before it was stored.
    sha256: Mapped[str | None]

    __table_args__ = (
        UniqueConstraint("route_list_id", "edition"),
        CheckConstraint("edition >= 1", name="edition"),
        CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256"),
    )


@versioned
class RouteItem(Case, Base):
    """One stretch of one street in the list of a year."""

    __tablename__ = "route_item"
    SIDES: ClassVar[dict[str, str]] = {"owner": "organisation_id"}
    AREA: ClassVar[str | None] = "commune_id"

    state: Mapped[ItemState] = mapped_column(choice_type(ItemState))
    route_list_id: Mapped[int] = mapped_column(ForeignKey("route_list.id"))
    #: The local government that proposes it: of a commune, before 01/07/2025 of a district.
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    #: The commune on the day of the record, that with the longest part of the line in it.
    commune_id: Mapped[int] = mapped_column(ForeignKey("admin_unit.id"))

    title: Mapped[str] = mapped_column(Text(collation=NATURAL))
    street_name: Mapped[str] = col(
        _l("Tên đường, phố"),
        max_length=200,
        required=True,
        hint=_l("Ví dụ: Đường Trần Phú; QL.47."),
        type_=Text(collation=NATURAL),
    )
    #: The registered street, where exactly one has that name.
    street_id: Mapped[int | None] = mapped_column(ForeignKey(Street.id))
    from_place: Mapped[str] = col(
        _l("Điểm đầu"), max_length=200, required=True, hint=_l("Ví dụ: ngã tư Phú Sơn; Km 3+200.")
    )
    to_place: Mapped[str] = col(_l("Điểm cuối"), max_length=200, required=True)
    work_kind: Mapped[WorkKind] = col(_l("Loại công việc"), choices=WorkKind, required=True)
    reason: Mapped[str] = col(
        _l("Sự cần thiết"),
        multiline=True,
        required=True,
        hint=_l("Hiện trạng cáp, cột, cống bể; ảnh hưởng đến an toàn, cảnh quan; nhu cầu dùng chung."),
    )
    is_urban: Mapped[bool] = col(
        _l("Trong đô thị"),
        required=True,
        hint=_l("Danh mục dành cho tuyến trong đô thị; tuyến ngoài đô thị chỉ nhận khi nêu lý do."),
    )
    exception_reason: Mapped[str | None] = col(
        _l("Lý do khi trùng tuyến hoặc ngoài đô thị"),
        multiline=True,
        hint=_l("Chỉ cần khi tuyến ngoài đô thị hoặc trùng với tuyến đã đề xuất trong cùng danh mục."),
    )
    side: Mapped[StreetSide | None] = col(_l("Phía đường"), choices=StreetSide, hint=_l("Nhìn từ điểm đầu."))
    priority: Mapped[Priority | None] = col(_l("Mức ưu tiên"), choices=Priority)
    road_manager: Mapped[str | None] = col(
        _l("Đơn vị quản lý đường"), max_length=200, hint=_l("Ví dụ: Khu Quản lý đường bộ II; UBND phường.")
    )
    duct_m: Mapped[Metres | None] = col(_l("Cống bể cần xây"), unit=M, min="1", max=MOST_METRES, decimals=0)
    bores: Mapped[int | None] = col(_l("Số ống cần có"), min=1, max=200, type_=SmallInteger())
    removed_cable_m: Mapped[Metres | None] = col(
        _l("Cáp treo cần tháo"), unit=M, min="1", max=10 * MOST_METRES, decimals=0
    )
    cost_vnd: Mapped[Dong | None] = col(_l("Kinh phí dự kiến"), unit=VND, min=1, max=MOST_VND, decimals=0)
    funding: Mapped[Funding | None] = col(_l("Nguồn vốn"), choices=Funding)
    investor: Mapped[str | None] = col(_l("Chủ đầu tư"), max_length=200)
    #: The same by year and payer; its sum is `cost_vnd`.
    cost_plan: Mapped[CostPlan | None] = col(
        _l("Kinh phí theo năm"),
        max=MOST_VND,
        max_length=1000,
        multiline=True,
        hint=_l("Mỗi năm một dòng: “2027: Ngân sách nhà nước 500.000.000; Doanh nghiệp 300.000.000”."),
        type_=CostPlanType(),
    )
    project_kind: Mapped[ProjectKind | None] = col(_l("Loại dự án liên quan"), choices=ProjectKind)
    linked_project: Mapped[str | None] = col(
        _l("Dự án đường, điện, nước liên quan"),
        heading=_l("Dự án liên quan"),
        max_length=500,
        hint=_l("Tên dự án, chủ đầu tư, thời gian; để đào một lần."),
    )
    project_number: Mapped[str | None] = col(
        _l("Mã hoặc quyết định của dự án liên quan"),
        max_length=100,
        hint=_l("Ví dụ: mã dự án đầu tư công; số quyết định phê duyệt."),
    )
    wanted_from_year: Mapped[int | None] = col(
        _l("Dự kiến thực hiện từ năm"), min=FIRST_YEAR, max=LAST_YEAR, type_=SmallInteger()
    )
    wanted_to_year: Mapped[int | None] = col(_l("Đến năm"), min=FIRST_YEAR, max=LAST_YEAR, type_=SmallInteger())
    #: Codes of the kinds of structures that are planned.
    planned_kinds: Mapped[list[str]] = mapped_column(ARRAY(Text))

    #: None for a draft of a workbook whose line is still to be placed.
    line: Mapped[Any] = deferred(mapped_column(Geometry("LINESTRING", srid=WGS84, spatial_index=False), nullable=True))
    #: The line as typed or drawn, its coordinate system, and the operation that converted it to WGS 84.
    given_line: Mapped[str | None] = deferred(mapped_column(Text))
    given_srid: Mapped[int | None]
    position_operation: Mapped[str | None]
    length_m: Mapped[Metres | None] = mapped_column(
        Computed(f"ST_Length(ST_Transform(line, {PROVINCE_GRID}))::numeric(12, 3)", persisted=True)
    )

    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    #: The last decision that issued the list with this item in it; it stays when the item is removed.
    decision_number: Mapped[str | None]
    decided_on: Mapped[date | None]
    #: The item that took this one up, and its version after that.
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("route_item.id"))
    merged_version: Mapped[int | None] = mapped_column(BigInteger)
    #: The item that this one was a part of.
    split_from_id: Mapped[int | None] = mapped_column(ForeignKey("route_item.id"))
    #: Where the department put the item in the order of its list; the others stand by their ids.
    order_key: Mapped[Decimal | None] = mapped_column(Numeric)

    __table_args__ = (
        CheckConstraint("version > 0", name="version_positive"),
        CheckConstraint(
            "(state = 'merged') = (merged_into_id IS NOT NULL)"
            " AND (merged_into_id IS NULL) = (merged_version IS NULL) AND merged_into_id <> id",
            name="merged",
        ),
        CheckConstraint("state = 'withdrawn' OR (state = 'proposed') = (number IS NULL)", name="sent_has_number"),
        CheckConstraint(
            "(state IN ('agreed', 'rejected')) = (decided_at IS NOT NULL)"
            " AND (state IN ('agreed', 'rejected')) = (decided_by_id IS NOT NULL)",
            name="decided",
        ),
        CheckConstraint("(decision_number IS NULL) = (decided_on IS NULL)", name="decision_complete"),
        CheckConstraint("state IN ('proposed', 'withdrawn') OR line IS NOT NULL", name="placed"),
        CheckConstraint("(line IS NULL) = (given_line IS NULL)", name="line_given"),
        CheckConstraint("jsonb_typeof(cost_plan) = 'array'", name="cost_plan"),
        CheckConstraint(
            "linked_project IS NOT NULL OR (project_kind IS NULL AND project_number IS NULL)", name="project_named"
        ),
        CheckConstraint("wanted_from_year <= wanted_to_year", name="wanted_years"),
        CheckConstraint("char_length(btrim(street_name)) > 0", name="street_named"),
        CheckConstraint("ST_IsSimple(line) AND ST_NPoints(line) >= 2", name="line_simple"),
        CheckConstraint(f"length_m > 0 AND length_m <= {MOST_METRES}", name="length"),
        Index(None, "route_list_id", "state"),
        Index(None, "commune_id"),
        Index(None, "organisation_id"),
        Index(None, "line", postgresql_using="gist"),
        Index(None, "merged_into_id"),
        Index(None, "split_from_id"),
        search_text_index("route_item"),
    )

    @classmethod
    def is_open_rule(cls) -> ColumnElement[bool]:
        """SQL: no item is restricted."""
        return true()

    @classmethod
    def is_sent_rule(cls) -> ColumnElement[bool]:
        """SQL: submitted; drafts are visible only to their proposers."""
        return cls.number.is_not(None)

    @classmethod
    def is_agreed_rule(cls) -> ColumnElement[bool]:
        """SQL: agreed for the list, so operators and owners may plan with it."""
        return cls.state == ItemState.AGREED


class RouteEditionItem(Base):
    """A street as an issued edition lists it; never changed, whatever becomes of the item."""

    __tablename__ = "route_edition_item"

    edition_id: Mapped[int] = mapped_column(ForeignKey(RouteListEdition.id), primary_key=True)
    route_item_id: Mapped[int] = mapped_column(ForeignKey(RouteItem.id), primary_key=True)
    commune_id: Mapped[int] = mapped_column(ForeignKey("admin_unit.id"))
    street_name: Mapped[NaturalText]
    from_place: Mapped[str]
    to_place: Mapped[str]
    work_kind: Mapped[WorkKind] = mapped_column(choice_type(WorkKind))
    is_urban: Mapped[bool]
    length_m: Mapped[Metres]
    line: Mapped[Any] = deferred(mapped_column(Geometry("LINESTRING", srid=WGS84, spatial_index=False), nullable=False))

    __table_args__ = (Index(None, "route_item_id"), Index(None, "commune_id"))
