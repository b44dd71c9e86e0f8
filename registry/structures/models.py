"""The base table of all structures; each kind adds a table of its own (kinds/<kind>.py)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar, Final

from geoalchemy2 import Geometry
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ColumnElement,
    Computed,
    ForeignKey,
    Index,
    ScalarSelect,
    SmallInteger,
    Text,
    UniqueConstraint,
    any_,
    func,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, deferred, mapped_column

from registry.accounts.models import OwnerCategory
from registry.kernel.days import BUILT, DaySpan
from registry.kernel.db.base import Base, BigId, Metres, choice_type
from registry.kernel.db.history import PROTECTED, history_of, versioned
from registry.kernel.fields import FilterKind, col
from registry.kernel.i18n import _l
from registry.kernel.units import KM, M
from registry.structures.codes import (
    Condition,
    LandKind,
    NotShareableReason,
    PermitRegime,
    PlanConformity,
    PositionMethod,
    Provenance,
    SharingKind,
    SharingStatus,
    Status,
)
from registry.structures.visibility import IS_LIVE, IS_OPEN, IS_PUBLIC_ASSET, IS_PUBLISHED, IS_THERE, ColumnRule

WGS84 = 4326
#: VN-2000 / TM-3, central meridian 105°: the grid of Thanh Hóa (metres).
PROVINCE_GRID = 5897


class AtPoint:
    """A record with a point of its own, as somebody stated it; it is never taken from a structure."""

    place_point: Mapped[Any] = mapped_column(
        Geometry("POINT", srid=WGS84, spatial_index=False), nullable=False, deferred=True, deferred_raiseload=True
    )
    place_point_m: Mapped[Any] = mapped_column(
        Geometry("POINT", srid=PROVINCE_GRID, spatial_index=False),
        Computed(f"ST_Transform(place_point, {PROVINCE_GRID})", persisted=True),
        deferred=True,
        deferred_raiseload=True,
    )
    #: The position as it was typed.
    given_position: Mapped[str]


_SEARCHED = " || ' ' || ".join(f"coalesce({name}, '')" for name in ("code", "own_code", "name", "road_name", "address"))


@versioned
class StructureDisclosure(Base):
    """An organisation sees a structure exactly for as long as one of its cases is open."""

    __tablename__ = "structure_disclosure"

    id: Mapped[BigId]
    structure_id: Mapped[int] = mapped_column(ForeignKey("structure.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    #: Code of the workflow and row of the case.
    subject_kind: Mapped[str]
    subject_id: Mapped[int]
    #: End of the case; NULL while it is open.
    until: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint(
            "structure_id", "organisation_id", "subject_kind", "subject_id", name="uq_structure_disclosure_case"
        ),
        Index(None, "subject_kind", "subject_id"),
        Index(
            "ix_structure_disclosure_open",
            "organisation_id",
            "structure_id",
            postgresql_where="until IS NULL",
        ),
    )


def disclosed_to(organisation_ids: Collection[int]) -> ScalarSelect[int]:
    """The structures that open cases disclose to these organisations."""
    named = select(StructureDisclosure.structure_id).where(
        StructureDisclosure.organisation_id.in_(organisation_ids), StructureDisclosure.until.is_(None)
    )
    return named.scalar_subquery()


def is_disclosed(structure_id: Any, organisation_ids: Collection[int]) -> ColumnElement[bool]:
    """Named in an open case of one of these organisations; as an array, so that the primary key index is used."""
    disclosed: ColumnElement[bool] = structure_id == any_(func.array(disclosed_to(organisation_ids)))
    return disclosed


def protected(column_type: Any, **options: Any) -> Any:
    """A column that reveals an exact position: deferred, and closed to the application's own role."""
    return deferred(mapped_column(column_type, info={PROTECTED: True}, **options), raiseload=True)


@versioned
class Structure(Base):
    """One shared (or shareable) passive telecom structure of any kind."""

    __tablename__ = "structure"
    SIDES: ClassVar[Mapping[str, str]] = {"owner": "owner_organisation_id"}
    AREA: ClassVar[str | None] = "commune_id"
    #: A kind that belongs to the energy sector.
    ENERGY_SECTOR: ClassVar[bool] = False

    #: The number in the code, drawn in a secret order (ADR 0016).
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, server_default=text("draw_structure_number()"))
    #: Issued by the province, stable, printed on labels.
    code: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    owner_organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    owner_category: Mapped[OwnerCategory] = mapped_column(choice_type(OwnerCategory))
    manager_organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))

    own_code: Mapped[str | None] = col(
        _l("Mã của chủ sở hữu"),
        max_length=60,
        aliases=("ma tram", "ma cot", "ma cong trinh", "ma", "code", "site id"),
    )
    name: Mapped[str] = col(
        _l("Tên"),
        max_length=200,
        required=True,
        aliases=("ten tram", "ten cong trinh", "ten", "name"),
        type_=Text(collation="vi-x-icu"),
    )
    status: Mapped[Status] = col(
        _l("Trạng thái"),
        choices=Status,
        required=True,
        filter=FilterKind.CHOICE,
        aliases=("trang thai", "tinh trang khai thac"),
    )
    sharing_status: Mapped[SharingStatus] = col(
        _l("Khả năng dùng chung"),
        choices=SharingStatus,
        required=True,
        filter=FilterKind.CHOICE,
        group="sharing",
        aliases=("hien trang dung chung", "kha nang dung chung", "dung chung"),
    )
    not_shareable_reason: Mapped[NotShareableReason | None] = col(
        _l("Lý do không dùng chung được"),
        choices=NotShareableReason,
        group="sharing",
        needed_when=_l("khi chọn “Không đủ điều kiện”"),
    )
    restriction_basis: Mapped[str | None] = col(
        _l("Căn cứ hạn chế"),
        max_length=300,
        group="sharing",
        needed_when=_l("khi chọn “Hạn chế (quốc phòng, an ninh)”"),
        hint=_l("Văn bản của cơ quan quân sự, công an."),
        aliases=("can cu han che", "van ban han che"),
    )
    sharing_kind: Mapped[SharingKind | None] = col(_l("Hình thức dùng chung"), choices=SharingKind, group="sharing")
    sharing_conditions: Mapped[str | None] = col(_l("Điều kiện dùng chung"), multiline=True, group="sharing")
    max_users: Mapped[int | None] = col(_l("Số đơn vị dùng tối đa"), min=1, max=100, group="sharing")

    #: Of lines that can be published: others may see where the owner's unpublished nodes along it are (ADR 0021).
    shows_nodes: Mapped[bool | None] = col(
        _l("Đồng ý để tuyến cho thấy các nút chưa công bố"),
        group="sharing",
        hint=_l("Hệ thống chỉ hỏi khi tuyến công bố đi qua cột, bể hoặc nhà trạm chưa công bố của đơn vị."),
    )

    geom: Mapped[Any] = protected(Geometry("GEOMETRY", srid=WGS84, spatial_index=False), nullable=False)
    geom_m: Mapped[Any] = protected(
        Geometry("GEOMETRY", srid=PROVINCE_GRID, spatial_index=False),
        server_default=Computed(f"ST_Transform(geom, {PROVINCE_GRID})", persisted=True),
    )
    #: The position as it was typed or read, in its own system.
    given_position: Mapped[Any] = protected(Text())
    given_srid: Mapped[int]
    #: The operation that converted the given position into WGS 84, by its registry name.
    position_operation: Mapped[str]
    #: Cells of the public grid that it touches, computed by the database; NULL for restricted structures.
    geom_coarse: Mapped[Any] = deferred(
        mapped_column(Geometry("MULTIPOLYGON", srid=WGS84, spatial_index=False)),
        raiseload=True,
    )
    accuracy_m: Mapped[Metres | None] = col(
        _l("Sai số vị trí"), unit=M, min=0, max=10000, group="position", aliases=("sai so",)
    )
    position_method: Mapped[PositionMethod] = col(
        _l("Cách xác định vị trí"),
        choices=PositionMethod,
        required=True,
        group="position",
    )
    surveyed_on: Mapped[date | None] = col(_l("Ngày đo vị trí"), span=BUILT, group="position", aliases=("ngay do",))
    #: Commune on the day of the record; NULL only outside the province, by permission.
    commune_id: Mapped[int | None] = mapped_column(ForeignKey("admin_unit.id"))
    outside_area: Mapped[bool]
    address: Mapped[str | None] = col(_l("Địa chỉ"), max_length=300, group="position", aliases=("dia chi", "vi tri"))
    street_id: Mapped[int | None] = mapped_column(ForeignKey("street.id"))
    road_name: Mapped[str | None] = col(
        _l("Tuyến đường"),
        max_length=200,
        group="position",
        aliases=("tuyen duong", "duong", "ten duong"),
    )
    chainage_km: Mapped[Decimal | None] = col(
        _l("Lý trình"),
        unit=KM,
        min=0,
        max=2000,
        group="position",
        aliases=("ly trinh",),
    )
    is_urban: Mapped[bool | None] = col(_l("Trong đô thị"), filter=FilterKind.FLAG, group="position")

    built_on: Mapped[date | None] = col(
        _l("Ngày xây dựng"),
        span=BUILT,
        group="life",
        aliases=("ngay xay dung", "nam xay dung"),
    )
    #: `built_on` is then the first day of the year.
    built_year_only: Mapped[bool | None] = col(_l("Chỉ biết năm xây dựng"), group="life")
    in_service_on: Mapped[date | None] = col(
        _l("Ngày đưa vào sử dụng"),
        span=DaySpan(since=date(1900, 1, 1), ahead=20),
        group="life",
        aliases=("ngay dua vao su dung",),
    )
    in_service_year_only: Mapped[bool | None] = col(_l("Chỉ biết năm đưa vào sử dụng"), group="life")
    condition: Mapped[Condition | None] = col(
        _l("Tình trạng kỹ thuật"),
        choices=Condition,
        filter=FilterKind.CHOICE,
        group="life",
        aliases=("tinh trang", "chat luong"),
    )
    last_inspected_on: Mapped[date | None] = col(_l("Kiểm tra lần cuối"), span=BUILT, group="life")
    has_identification_mark: Mapped[bool | None] = col(
        _l("Có biển nhận biết"), group="life", aliases=("bien nhan biet",)
    )

    plan_conformity: Mapped[PlanConformity | None] = col(_l("Quy hoạch"), choices=PlanConformity, group="legal")
    plan_item: Mapped[str | None] = col(_l("Mục trong quy hoạch"), group="legal")
    permit_regime: Mapped[PermitRegime | None] = col(
        _l("Chế độ cấp phép"),
        choices=PermitRegime,
        group="legal",
        hint=_l("Theo luật tại ngày khởi công; từ 01/01/2026 công trình viễn thông thụ động được miễn giấy phép."),
    )
    permit_number: Mapped[str | None] = col(
        _l("Số giấy phép, thông báo"),
        max_length=100,
        group="legal",
        aliases=("so giay phep",),
    )
    permit_on: Mapped[date | None] = col(_l("Ngày giấy phép, thông báo"), span=BUILT, group="legal")
    land_kind: Mapped[LandKind | None] = col(_l("Loại đất"), choices=LandKind, group="legal")
    land_contract: Mapped[str | None] = col(_l("Hợp đồng đất"), max_length=200, group="legal")
    is_public_asset: Mapped[bool] = col(_l("Là tài sản công"), required=True, filter=FilterKind.FLAG, group="legal")
    funding_source: Mapped[str | None] = col(_l("Nguồn vốn"), max_length=200, group="legal")
    standards_declared: Mapped[str | None] = col(_l("Quy chuẩn, tiêu chuẩn áp dụng"), max_length=300, group="legal")
    note: Mapped[str | None] = col(_l("Ghi chú"), multiline=True, aliases=("ghi chu", "note", "remarks"))

    provenance: Mapped[Provenance] = mapped_column(choice_type(Provenance))
    is_sample: Mapped[bool]
    confirmed_on: Mapped[date | None]
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    updated_at: Mapped[datetime]
    version: Mapped[int] = mapped_column()
    search_text: Mapped[str] = deferred(
        mapped_column(Text, Computed(f"fold({_SEARCHED})", persisted=True)),
        raiseload=True,
    )
    is_published: Mapped[bool] = mapped_column(Computed(IS_PUBLISHED.sql(), persisted=True))

    __mapper_args__: Any = {
        "polymorphic_on": "kind",
        "version_id_col": version,
        "eager_defaults": False,
    }
    __table_args__: Any = (
        UniqueConstraint("id", "owner_organisation_id", name="uq_structure_id_owner_organisation_id"),
        UniqueConstraint(
            "owner_organisation_id",
            "own_code",
            name="uq_structure_owner_organisation_id_own_code",
        ),
        CheckConstraint("version > 0", name="version_positive"),
        CheckConstraint("char_length(btrim(name)) > 0", name="name_given"),
        CheckConstraint("ST_IsValid(geom) AND NOT ST_IsEmpty(geom)", name="geom_sound"),
        CheckConstraint(
            "ST_XMin(geom) >= -180 AND ST_XMax(geom) <= 180 AND ST_YMin(geom) >= -90 AND ST_YMax(geom) <= 90",
            name="geom_finite",
        ),
        CheckConstraint("commune_id IS NOT NULL OR outside_area", name="commune_or_outside"),
        CheckConstraint(
            "(sharing_status = 'not_shareable') = (not_shareable_reason IS NOT NULL)",
            name="reason_if_not_shareable",
        ),
        CheckConstraint(
            "valid_to IS NULL OR valid_from IS NULL OR valid_to >= valid_from",
            name="valid_period",
        ),
        CheckConstraint(
            "in_service_on IS NULL OR built_on IS NULL OR in_service_on >= built_on"
            " OR (coalesce(in_service_year_only, false)"
            " AND date_part('year', in_service_on) = date_part('year', built_on))",
            name="service_after_built",
        ),
        Index(None, "owner_organisation_id", "code"),
        Index(None, "commune_id", "code"),
        Index("ix_structure_name_id", "name", "id"),
        Index("ix_structure_updated_at_id", "updated_at", "id"),
        Index("ix_structure_kind_code", "kind", "code"),
        Index("ix_structure_geom", "geom", postgresql_using="gist"),
        Index("ix_structure_geom_m", "geom_m", postgresql_using="gist"),
        Index("ix_structure_geom_coarse", "geom_coarse", postgresql_using="gist"),
        Index("ix_structure_published", "geom", postgresql_using="gist", postgresql_where="is_published"),
        # Sorts neighbours together, by exact place and by public cells: pages of a box.
        Index("ix_structure_place", text("place_key(geom)"), "id"),
        Index("ix_structure_place_coarse", text("place_key(geom_coarse)"), "id"),
        # Shareable structures of one kind near a place, nearest first.
        Index(
            "ix_structure_published_near", "kind", "geom_m", postgresql_using="gist", postgresql_where="is_published"
        ),
        # Every page asks whether a sample exists; without one the query would read the whole table.
        Index("ix_structure_sample", "id", postgresql_where="is_sample"),
        Index("ix_structure_published_code", "code", postgresql_where="is_published"),
        # Whether an owner has public assets of a kind.
        Index("ix_structure_public_asset", "owner_organisation_id", "kind", postgresql_where="is_public_asset IS TRUE"),
        Index(
            "ix_structure_search", "search_text", postgresql_using="gin", postgresql_ops={"search_text": "gin_trgm_ops"}
        ),
        Index("ix_structure_folded_own_code", text("fold(own_code)")),
        # Codes in any spelling, of an owner or of all.
        Index("ix_structure_code_key", text("code_key(own_code)"), "owner_organisation_id"),
    )

    @classmethod
    def is_open_rule(cls) -> ColumnElement[bool]:
        """Not restricted for defence or security."""
        return IS_OPEN.clause(cls)

    @classmethod
    def is_published_rule(cls) -> ColumnElement[bool]:
        """Published by its owner as shareable: IS_PUBLISHED, as a generated column for the indexes."""
        return cls.is_published.is_(True)

    @classmethod
    def is_disclosed_rule(cls, organisation_ids: Collection[int]) -> ColumnElement[bool]:
        """Named in an open case of one of these organisations; as an array, so that the primary key index is used."""
        return is_disclosed(cls.id, organisation_ids)

    @classmethod
    def is_public_asset_rule(cls) -> ColumnElement[bool]:
        """A public asset, which the finance department reads (R21)."""
        return IS_PUBLIC_ASSET.clause(cls)

    @classmethod
    def is_power_pole_rule(cls) -> ColumnElement[bool]:
        """A kind of the energy sector, such as a power pole that carries telecom cable: read by Sở Công Thương, too."""
        return IS_POWER_POLE.clause(cls)

    @classmethod
    def is_live_rule(cls) -> ColumnElement[bool]:
        """Neither decommissioned nor removed."""
        return IS_LIVE.clause(cls)

    @classmethod
    def is_there_rule(cls) -> ColumnElement[bool]:
        """Not removed: what is out of service for good still stands."""
        return IS_THERE.clause(cls)


#: Suspensions of past days are few among all versions.
Index(
    "ix_structure_history_suspended",
    history_of(Structure).c["kind"],
    history_of(Structure).c["id"],
    postgresql_where=history_of(Structure).c["status"] == "suspended",
)
Index("ix_structure_history_recorded_from", history_of(Structure).c["recorded_from"])
Index("ix_structure_history_geom", history_of(Structure).c["geom"], postgresql_using="gist")


def energy_sector_kinds() -> list[str]:
    """The codes of the kinds of the energy sector, as their models declare it."""
    return [code for code, mapper in Structure.__mapper__.polymorphic_map.items() if mapper.class_.ENERGY_SECTOR]


#: A kind of the energy sector.
IS_POWER_POLE: Final = ColumnRule(one_of={"kind": energy_sector_kinds})


class StructureGone(Base):
    """A structure that left the register; a trigger of the database maintains this table."""

    __tablename__ = "structure_gone"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    #: The last version, which decides who may still see it.
    history_id: Mapped[int] = mapped_column(ForeignKey("structure_history.history_id"))
    gone_at: Mapped[datetime]


class RevertibleTable(Base):
    """One versioned table of structures, as the database's own function reads it (writing/revert.py).

    Only migrations write rows of it (make_revertible).
    """

    __tablename__ = "revertible_table"

    name: Mapped[str] = mapped_column(primary_key=True)
    #: Higher than the rank of the tables it refers to.
    rank: Mapped[int] = mapped_column(SmallInteger, unique=True)
    #: SQL: the structure id of a history row `h`.
    structure: Mapped[str]
    #: Columns that triggers maintain.
    kept: Mapped[list[str]] = mapped_column(ARRAY(Text))
    #: SQL over `h` (former) and `n` (now): the row may be restored before the tables of lower rank.
    gives_room: Mapped[str | None]
    #: The application deletes rows of it.
    deletes: Mapped[bool]
    #: SQL over `h`: triggers wrote the row, and undo it with what it follows.
    follows: Mapped[str | None]


class RevertRun(Base):
    """A change that the current transaction reverts, as `begin_revert` wrote it; deleted when the transaction ends."""

    __tablename__ = "revert_run"

    change_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    #: The number of the transaction: steps are taken in it alone.
    transaction: Mapped[int] = mapped_column(BigInteger)
    #: Structures that stay as they are, since something holds them up.
    spared: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), server_default="{}")
