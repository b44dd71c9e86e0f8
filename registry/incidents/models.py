"""Tables of incidents: the cases, the reports and photos that people sent, the log of proof, and counters of requests.

A report holds what is personal (contact, words). It has no history, so that erasing it leaves nothing behind; the chain
of changes holds none of it. Photos wait in quarantine until somebody has looked at them.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar

from geoalchemy2 import Geometry
from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    Computed,
    ForeignKey,
    Index,
    Numeric,
    UniqueConstraint,
    and_,
    func,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, deferred, mapped_column

from registry.capacity.models import CapacityEntry, CapacityPlace, EntryState
from registry.incidents.codes import (
    UNSAFE,
    UNTRIAGED,
    Agency,
    Basis,
    Cause,
    IncidentKind,
    IncidentState,
    PhotoState,
    ReportKind,
    Severity,
    Stance,
)
from registry.kernel.clock import LOCAL_ZONE
from registry.kernel.days import RECENT, DayOrder
from registry.kernel.db.base import Base, BigId, Metres, Small, choice_type
from registry.kernel.db.history import versioned
from registry.kernel.fields import col
from registry.kernel.i18n import _l
from registry.structures.models import PROVINCE_GRID, WGS84, Structure
from registry.structures.positions.case_places import is_on_open_structure, is_on_power_pole
from registry.workflow.models import Case, search_text_index

MAX_TEXT = 2000
#: Longest remark of a reporter on what came of the report.
MAX_OPINION = 1000
#: Longest number of a case or letter, or name of a street.
NUMBER = 100
#: Longest name, telephone or address of a reporter.
MAX_CONTACT = 100
#: Of a report as it is typed: year and id.
_NUMBER = re.compile(r"PA-(\d{4})-(\d{1,18})", re.ASCII | re.IGNORECASE)
_SHA256 = "~ '^[0-9a-f]{64}$'"


@versioned
class Incident(Case, Base):
    """One incident at one place or structure; several people may have reported it."""

    __tablename__ = "incident"
    SIDES: ClassVar[dict[str, str]] = {"owner": "handler_organisation_id", "responsible": "organisation_id"}
    DAY_ORDERS: ClassVar[tuple[DayOrder, ...]] = (DayOrder("police_referred_on", "police_received_on"),)
    AREA: ClassVar[str | None] = "unit_id"

    state: Mapped[IncidentState] = mapped_column(choice_type(IncidentState))
    kind: Mapped[IncidentKind] = col(_l("Loại sự cố"), choices=IncidentKind, required=True)
    severity: Mapped[Severity] = col(_l("Mức độ"), choices=Severity, required=True)
    #: The department that leads the register: it owns the files of the case.
    handler_organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    #: The organisation that must make the place safe.
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    agency: Mapped[Agency] = col(_l("Cơ quan thụ lý"), choices=Agency, required=True)
    #: The authority that was asked to take over, until it answers.
    agency_asked: Mapped[Agency | None] = mapped_column(choice_type(Agency, name="agency_asked"))
    reported_at: Mapped[datetime] = col(_l("Phản ánh lúc"), required=True)
    #: Where the reporter says; NULL if they gave the code of a structure instead. Never that of a structure.
    place: Mapped[Any] = deferred(
        mapped_column(Geometry("POINT", srid=WGS84, spatial_index=False), nullable=True), raiseload=True
    )
    place_m: Mapped[Any] = deferred(
        mapped_column(
            Geometry("POINT", srid=PROVINCE_GRID, spatial_index=False),
            Computed(f"ST_Transform(place, {PROVINCE_GRID})", persisted=True),
        ),
        raiseload=True,
    )
    accuracy_m: Mapped[Metres | None]
    #: When it began, as the responsible organisation states it; terms run from here.
    began_at: Mapped[datetime | None] = col(_l("Xảy ra lúc"))
    #: The storm whose file reported it.
    storm_id: Mapped[int | None] = mapped_column(ForeignKey("incident_storm.id"))
    #: The place in words, where the reporter has no position.
    address: Mapped[str | None] = col(
        _l("Mô tả vị trí"), max_length=300, hint=_l("Ví dụ: trước số nhà 12 đường Lê Lợi, gần cổng chợ.")
    )
    unit_id: Mapped[int] = mapped_column(ForeignKey("admin_unit.id"))
    structure_id: Mapped[int | None] = mapped_column(ForeignKey("structure.id"))
    #: The commune of the public cell of `place`, written by the database; read through public_place.py.
    public_unit_id: Mapped[int | None] = mapped_column(ForeignKey("admin_unit.id"))
    #: The street that an officer cleared for the public.
    public_street: Mapped[str | None] = col(
        _l("Tên đường công khai"),
        max_length=NUMBER,
        hint=_l("Không ghi số nhà, mã cột. Công chúng chỉ xem được xã, phường của ô lưới và tên đường này."),
    )
    #: What an authority found, without anything personal: the responsible organisation and tenants read it.
    summary: Mapped[str | None] = col(
        _l("Tóm tắt sự cố"),
        max_length=2 * MAX_TEXT,
        multiline=True,
        hint=_l("Đơn vị chịu trách nhiệm xem được nội dung này; không ghi tên, số điện thoại của người phản ánh."),
    )
    #: Whether kind, state and cleared photos are public.
    is_published: Mapped[bool] = col(_l("Công khai loại sự cố, trạng thái và ảnh đã kiểm duyệt"), required=True)
    #: Another incident of this kind was at this place not long ago.
    is_repeated: Mapped[bool]
    duplicate_of_id: Mapped[int | None] = mapped_column(ForeignKey("incident.id"))
    triaged_at: Mapped[datetime | None]
    assigned_at: Mapped[datetime | None]
    acknowledged_at: Mapped[datetime | None]
    safe_at: Mapped[datetime | None] = col(_l("An toàn lúc"))
    fixed_at: Mapped[datetime | None] = col(_l("Khắc phục lúc"))
    closed_at: Mapped[datetime | None]
    reopened: Mapped[int]
    cause: Mapped[Cause | None] = col(_l("Nguyên nhân"), choices=Cause)
    #: The scope of the outage: subscribers or stations, as the organisation states it.
    scope: Mapped[str | None] = col(
        _l("Phạm vi ảnh hưởng"),
        hint=_l("Số thuê bao, trạm, tuyến bị gián đoạn và thời gian; ghi “Không” nếu không gián đoạn."),
    )
    police_letter: Mapped[str | None] = col(_l("Số văn bản chuyển"), max_length=NUMBER)
    police_referred_on: Mapped[date | None] = col(_l("Ngày chuyển"), span=RECENT)
    police_receipt: Mapped[str | None] = col(_l("Số biên nhận"), max_length=NUMBER)
    police_received_on: Mapped[date | None] = col(_l("Ngày tiếp nhận"), span=RECENT)

    __table_args__ = (
        CheckConstraint("version > 0 AND reopened >= 0", name="version_positive"),
        CheckConstraint("number IS NOT NULL", name="numbered"),
        CheckConstraint("num_nonnulls(place, structure_id, address) > 0", name="located"),
        CheckConstraint("ST_IsValid(place) AND NOT ST_IsEmpty(place)", name="place_sound"),
        CheckConstraint("accuracy_m BETWEEN 0 AND 100000", name="accuracy"),
        CheckConstraint(
            "state IN ('reported', 'triage_overdue', 'rejected', 'duplicate') OR triaged_at IS NOT NULL", name="triaged"
        ),
        CheckConstraint("state NOT IN ('assigned', 'acknowledged') OR organisation_id IS NOT NULL", name="assigned"),
        CheckConstraint(
            "state NOT IN ('safe', 'fix_overdue', 'fixed', 'closed') OR safe_at IS NOT NULL", name="made_safe"
        ),
        CheckConstraint("(state = 'duplicate') = (duplicate_of_id IS NOT NULL)", name="duplicate"),
        CheckConstraint("duplicate_of_id <> id", name="not_of_itself"),
        CheckConstraint("(police_letter IS NULL) = (police_referred_on IS NULL)", name="police_letter"),
        CheckConstraint(
            "(police_receipt IS NULL) = (police_received_on IS NULL)"
            " AND (police_receipt IS NULL OR police_letter IS NOT NULL)",
            name="police_receipt",
        ),
        CheckConstraint("began_at <= reported_at", name="began"),
        CheckConstraint(f"char_length(summary) BETWEEN 1 AND {2 * MAX_TEXT}", name="summary"),
        Index(None, "unit_id", "state"),
        Index(None, "organisation_id", "state"),
        Index(None, "public_unit_id", "state"),
        Index(None, "structure_id"),
        Index(None, "duplicate_of_id"),
        Index(None, "storm_id", "organisation_id", postgresql_where="storm_id IS NOT NULL"),
        Index("ix_incident_place_m", "place_m", postgresql_using="gist"),
        search_text_index("incident"),
    )

    @classmethod
    def is_open_rule(cls) -> ColumnElement[bool]:
        """SQL: not on a restricted structure, of which others learn nothing."""
        return is_on_open_structure(cls)

    @classmethod
    def is_on_power_pole_rule(cls) -> ColumnElement[bool]:
        """SQL: on a structure of the energy sector."""
        return is_on_power_pole(cls)

    @classmethod
    def is_triaged_rule(cls) -> ColumnElement[bool]:
        """SQL: an authority has looked at it."""
        return and_(cls.triaged_at.is_not(None), cls.state.not_in(UNTRIAGED))

    @classmethod
    def is_unsafe_rule(cls) -> ColumnElement[bool]:
        """SQL: not yet reported as safe."""
        return cls.state.in_(UNSAFE)

    @classmethod
    def was_made_safe_rule(cls) -> ColumnElement[bool]:
        """SQL: it counts in the time to make safe."""
        return and_(cls.safe_at.is_not(None), cls.state != IncidentState.DUPLICATE)

    @classmethod
    def is_tenant_rule(cls, organisation_ids: Collection[int]) -> ColumnElement[bool]:
        """SQL: triaged, and on a structure that one of the organisations owns or uses."""
        if not organisation_ids:
            return cls.id.is_(None)
        owned = select(Structure.id).where(
            Structure.id == cls.structure_id, Structure.owner_organisation_id.in_(organisation_ids)
        )
        used = (
            select(CapacityEntry.id)
            .join(CapacityPlace, CapacityPlace.id == CapacityEntry.place_id)
            .where(
                CapacityPlace.structure_id == cls.structure_id,
                CapacityEntry.state == EntryState.USED,
                CapacityEntry.holder_id.in_(organisation_ids),
            )
        )
        return and_(cls.is_triaged_rule(), or_(owned.correlate(cls).exists(), used.correlate(cls).exists()))


class IncidentReport(Base):
    """What one person sent. The tracking code itself is not stored."""

    __tablename__ = "incident_report"

    id: Mapped[BigId]
    incident_id: Mapped[int] = mapped_column(ForeignKey("incident.id"))
    kind: Mapped[ReportKind] = mapped_column(choice_type(ReportKind))
    #: SHA-256 (hex) of the tracking code.
    code_digest: Mapped[str] = mapped_column(unique=True)
    received_at: Mapped[datetime]
    text: Mapped[str | None] = col(
        _l("Mô tả thêm"),
        max_length=MAX_TEXT,
        multiline=True,
        hint=_l("Không ghi tên hoặc số điện thoại của người khác."),
    )
    #: Text on a tag of cable or pole, as the reporter read it.
    marks: Mapped[str | None] = col(
        _l("Chữ trên thẻ, nhãn của cáp hoặc cột"),
        max_length=300,
        hint=_l("Ghi đúng chữ nhìn thấy, nếu có; không trèo cột, không chạm vào cáp."),
    )
    is_dangerous: Mapped[bool]
    #: Photos that the reporter sent and that had no room.
    photos_left_out: Mapped[int] = mapped_column(server_default="0")
    name: Mapped[str | None] = col(_l("Họ và tên"), max_length=MAX_CONTACT, attributes={"autocomplete": "name"})
    phone: Mapped[str | None] = col(
        _l("Điện thoại"), max_length=MAX_CONTACT, attributes={"autocomplete": "tel", "inputmode": "tel"}
    )
    email: Mapped[str | None] = col(
        _l("Thư điện tử"), max_length=MAX_CONTACT, attributes={"autocomplete": "email", "inputmode": "email"}
    )
    #: The account that sent it, for its own list: no page for officers reads it, and it is erased with the contact.
    account_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    consented_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]
    #: How satisfied its sender is with what came of it, 1 to 5; NULL while it is not rated.
    satisfaction: Mapped[Small | None]
    satisfaction_text: Mapped[str | None] = col(
        _l("Ý kiến"), max_length=MAX_OPINION, multiline=True, hint=_l("Không ghi tên hoặc số điện thoại.")
    )
    rated_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("satisfaction BETWEEN 1 AND 5", name="satisfaction"),
        CheckConstraint(
            "(satisfaction IS NULL) = (rated_at IS NULL) AND (satisfaction_text IS NULL OR satisfaction IS NOT NULL)",
            name="rated",
        ),
        CheckConstraint(f"char_length(satisfaction_text) BETWEEN 1 AND {MAX_OPINION}", name="satisfaction_text"),
        CheckConstraint(f"code_digest {_SHA256}", name="code_digest_form"),
        CheckConstraint(
            "consented_at IS NOT NULL OR num_nonnulls(name, phone, email) = 0", name="contact_with_consent"
        ),
        CheckConstraint("erased_at IS NULL OR num_nonnulls(name, phone, email, account_id) = 0", name="erased"),
        CheckConstraint(f"char_length(text) BETWEEN 1 AND {MAX_TEXT}", name="text"),
        CheckConstraint("photos_left_out >= 0", name="photos_left_out"),
        Index(None, "incident_id"),
        Index(None, "account_id"),
        Index(
            "ix_incident_report_contact",
            "received_at",
            postgresql_where="num_nonnulls(name, phone, email, account_id) > 0",
        ),
    )

    @property
    def number(self) -> str:
        """The number of the report, which its reporter is shown; it says nothing of the case."""
        return f"PA-{self.received_at.astimezone(LOCAL_ZONE).year}-{self.id:06d}"

    @classmethod
    def is_numbered_rule(cls, typed: str) -> ColumnElement[bool] | None:
        """SQL: the report with a typed number; None where the text is no such number."""
        number = _NUMBER.fullmatch(typed.strip())
        if number is None:
            return None
        year = func.date_part("year", func.timezone(LOCAL_ZONE.key, cls.received_at))
        return and_(cls.id == int(number[2]), year == int(number[1]))


class IncidentDraft(Base):
    """A report that is being written without an account; working data, locked by each request that adds to it.

    The row makes requests of one draft wait for each other, so that a form sent twice at one instant has one effect and
    its limit of photos holds.
    """

    __tablename__ = "incident_draft"

    #: SHA-256 (hex) of the token of the draft.
    digest: Mapped[str] = mapped_column(primary_key=True)
    #: Keyed digest of the network that it comes from, for its quota of bytes; NULL where nothing is counted.
    network: Mapped[str | None]
    opened_at: Mapped[datetime]
    #: Photos that were sent and had no room, or had to make room for reports.
    left_out: Mapped[int] = mapped_column(server_default="0")

    __table_args__ = (
        CheckConstraint(f"digest {_SHA256}", name="digest_form"),
        CheckConstraint("left_out >= 0", name="left_out"),
        Index(None, "opened_at"),
        Index(None, "network"),
    )


class IncidentPhoto(Base):
    """A photo that somebody sent without an account; before the report is complete it belongs to a draft."""

    __tablename__ = "incident_photo"

    id: Mapped[BigId]
    report_id: Mapped[int | None] = mapped_column(ForeignKey("incident_report.id"))
    #: SHA-256 (hex) of the token of the draft.
    draft_digest: Mapped[str]
    state: Mapped[PhotoState] = mapped_column(choice_type(PhotoState))
    sha256: Mapped[str]
    stored_name: Mapped[str]
    #: The copy for others than moderators, with faces and plates blackened.
    cleared_name: Mapped[str | None]
    media_type: Mapped[str]
    #: Bytes of all its files together.
    size_bytes: Mapped[int]
    width: Mapped[int]
    height: Mapped[int]
    received_at: Mapped[datetime]
    #: By the camera.
    taken_at: Mapped[datetime | None]
    lon: Mapped[Decimal | None] = mapped_column(Numeric(10, 7))
    lat: Mapped[Decimal | None] = mapped_column(Numeric(9, 7))

    __table_args__ = (
        CheckConstraint(f"sha256 {_SHA256} AND stored_name {_SHA256} AND draft_digest {_SHA256}", name="digests"),
        CheckConstraint(f"cleared_name {_SHA256}", name="cleared_name_form"),
        CheckConstraint("(state = 'cleared') = (cleared_name IS NOT NULL)", name="cleared"),
        CheckConstraint("size_bytes > 0 AND width > 0 AND height > 0", name="size"),
        Index(None, "report_id"),
        UniqueConstraint("draft_digest", "sha256"),
    )


@versioned
class IncidentProof(Base):
    """One statement about who is responsible for an incident; never changed."""

    __tablename__ = "incident_proof"

    id: Mapped[BigId]
    incident_id: Mapped[int] = mapped_column(ForeignKey("incident.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    stance: Mapped[Stance] = mapped_column(choice_type(Stance))
    basis: Mapped[Basis] = mapped_column(choice_type(Basis))
    text: Mapped[str | None]
    said_at: Mapped[datetime]
    said_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    said_by: Mapped[str]

    __table_args__ = (Index(None, "incident_id", "id"),)


class IncidentCounter(Base):
    """How often something was done within a window of time, such as reports from one network; working data."""

    __tablename__ = "incident_counter"

    #: A keyed digest: no address is stored.
    key: Mapped[str] = mapped_column(primary_key=True)
    window_start: Mapped[datetime] = mapped_column(primary_key=True)
    count: Mapped[int]


@versioned
class Storm(Base):
    """A storm or another event in which incidents are reported in bulk; `ended_at` NULL: it goes on."""

    __tablename__ = "incident_storm"

    id: Mapped[BigId]
    name: Mapped[str]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))

    __table_args__ = (
        CheckConstraint("ended_at >= started_at", name="ended_after_start"),
        CheckConstraint("char_length(name) BETWEEN 1 AND 200", name="name"),
    )


class StormFile(Base):
    """A file of incidents: its good rows wait for the worker, which opens or restores a case for each.

    Working data without history: the cases have theirs.
    """

    __tablename__ = "incident_storm_file"
    SIDES: ClassVar[dict[str, str]] = {"owner": "organisation_id"}
    AREA: ClassVar[str | None] = None
    CREATOR: ClassVar[str] = "sent_by_id"

    id: Mapped[BigId]
    storm_id: Mapped[int] = mapped_column(ForeignKey("incident_storm.id"))
    #: The organisation that reports itself; NULL: an authority reports, and each row names one.
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    sent_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    sent_at: Mapped[datetime]
    file_name: Mapped[str]
    sha256: Mapped[str]
    #: `storm_file.GoodRow` as JSON, in the order of the file.
    rows: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    #: Row, column, value and reason of what is wrong, as far as it is kept; `refused` counts all rows.
    problems: Mapped[list[list[str]]] = mapped_column(JSONB)
    refused: Mapped[int]
    #: Rows that are done, from the first on, and what they came to.
    done: Mapped[int]
    opened: Mapped[int]
    restored: Mapped[int]
    unchanged: Mapped[int]
    #: When the last row was taken, or none more is.
    finished_at: Mapped[datetime | None]
    #: Why the rows that are left are not taken, as a sentence.
    failure: Mapped[str | None]

    __table_args__ = (
        CheckConstraint(f"sha256 {_SHA256}", name="digest"),
        CheckConstraint("failure IS NULL OR finished_at IS NOT NULL", name="failure"),
        CheckConstraint("done >= 0 AND refused >= 0 AND opened + unchanged = done AND restored <= done", name="counts"),
        Index(None, "storm_id", "id"),
    )

    @classmethod
    def is_open_rule(cls) -> ColumnElement[bool]:
        """SQL: no file is restricted."""
        return cls.id.is_not(None)
