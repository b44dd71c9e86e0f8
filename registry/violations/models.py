"""Tables of violations: the dated catalogues of acts and of competence, and the cases."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, ClassVar

from geoalchemy2 import Geometry
from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    ColumnElement,
    Computed,
    ForeignKey,
    Index,
    SmallInteger,
    Text,
    UniqueConstraint,
    literal_column,
    or_,
    select,
)
from sqlalchemy.orm import Mapped, deferred, mapped_column, relationship

from registry.kernel.dated_rows import DatedRow, one_standing_row
from registry.kernel.days import FORMER, DayOrder
from registry.kernel.db.base import Base, BigId, Dong, Metres, choice_type
from registry.kernel.db.history import versioned
from registry.kernel.fields import col
from registry.kernel.i18n import _l
from registry.kernel.units import M
from registry.structures.models import PROVINCE_GRID, WGS84
from registry.structures.positions.case_places import is_on_open_structure, is_on_power_pole
from registry.violations.codes import (
    SECOND,
    Authority,
    DecisionForm,
    KindGroup,
    Offender,
    PaperKind,
    Receiver,
    Remedy,
    Sector,
    ViolationState,
)
from registry.workflow.models import Case, search_text_index

_BEFORE_MINUTES = "'reported', 'verifying', 'time_barred', 'open_finding', 'complex', 'minutes_overdue'"
#: With minutes, without a decision.
_UNDECIDED = "'minutes_made', 'transferred', 'prosecuting', 'decision_overdue', 'explaining'"
_BEFORE_DECISION = f"{_BEFORE_MINUTES}, {_UNDECIDED}, 'not_violation', 'annulled'"
_AFTER_DECISION = "'decided', 'appealed', 'complaint_overdue', 'remedying', 'remedied', 'remedy_overdue'"
_AFTER_MINUTES = f"{_UNDECIDED}, {_AFTER_DECISION}, 'annulled'"
_MOST_METRES = 10_000
#: Numbers of papers, violator and receipt, folded: what the offices search by.
_PAPERS = (
    "fold((((((coalesce(minutes_number, '') || ' ') || coalesce(decision_number, '')) || ' ')"
    " || coalesce(offender_name, '')) || ' ') || coalesce(receipt_number, ''))"
)
_REMEDIES = f"remedies <@ ARRAY[{', '.join(repr(remedy.value) for remedy in Remedy)}]"


@versioned
class ViolationKind(DatedRow, Base):
    """One act under one decree: a change of law is a new row, and older acts keep theirs.

    Fines are in đồng, for organisations, NULL if no range is known; an individual pays half.
    """

    __tablename__ = "violation_kind"
    CITES: ClassVar[tuple[str, ...]] = ("decree", "article")
    DAY_ORDERS: ClassVar[tuple[DayOrder, ...]] = (
        DayOrder("valid_from", "valid_to"),
        DayOrder("valid_from", "acts_until"),
        DayOrder("acts_until", "valid_to"),
    )
    DAY_LABELS: ClassVar[Mapping[str, Any]] = MappingProxyType(
        {
            "valid_from": _l("Có hiệu lực từ ngày"),
            "valid_to": _l("Đến hết ngày"),
            "acts_until": _l("Hành vi còn bị cấm đến hết ngày"),
        }
    )

    code: Mapped[str]
    kind_group: Mapped[KindGroup] = mapped_column(choice_type(KindGroup))
    act: Mapped[str]
    sector: Mapped[Sector] = mapped_column(choice_type(Sector))
    #: The codes of the remedies that the decree gives for the act.
    remedies: Mapped[list[str]] = mapped_column(ARRAY(Text))
    #: Last day of the decree's force, included.
    valid_to: Mapped[date | None]
    #: Last day on which the act itself was still forbidden, where it ends before the decree.
    acts_until: Mapped[date | None]
    fine_min_vnd: Mapped[Dong | None]
    fine_max_vnd: Mapped[Dong | None]
    decree: Mapped[str]
    article: Mapped[str]
    #: No fine before the owner is proved.
    owner_first: Mapped[bool]
    #: The decree gives a warning for the act as well (Đ22); NULL: not, or not known.
    allows_warning: Mapped[bool | None]
    #: Why it was entered; NULL for the first rows.
    reason: Mapped[str | None]

    __table_args__ = (
        one_standing_row("violation_kind", "code"),
        CheckConstraint("code ~ '^[a-z][a-z_]{1,39}$'", name="code_form"),
        CheckConstraint("valid_to >= valid_from", name="valid_period"),
        CheckConstraint("(fine_min_vnd IS NULL) = (fine_max_vnd IS NULL)", name="fine_both"),
        CheckConstraint("fine_min_vnd > 0 AND fine_max_vnd >= fine_min_vnd", name="fine_range"),
        CheckConstraint("char_length(btrim(act)) > 0 AND char_length(btrim(decree)) > 0", name="explained"),
        CheckConstraint(_REMEDIES, name="remedies"),
    )


@versioned
class ViolationCompetence(DatedRow, Base):
    """The highest fine (đồng, for organisations) and the remedies of an authority in a field of law, from a day on."""

    __tablename__ = "violation_competence"
    CITES: ClassVar[tuple[str, ...]] = ("decree", "article")

    authority: Mapped[Authority] = mapped_column(choice_type(Authority))
    sector: Mapped[Sector] = mapped_column(choice_type(Sector))
    #: The codes of the remedies that it may order.
    remedies: Mapped[list[str]] = mapped_column(ARRAY(Text))
    valid_to: Mapped[date | None]
    fine_max_vnd: Mapped[Dong]
    decree: Mapped[str]
    article: Mapped[str]
    reason: Mapped[str | None]

    __table_args__ = (
        one_standing_row("violation_competence", "authority", "sector"),
        CheckConstraint("valid_to >= valid_from", name="valid_period"),
        CheckConstraint("fine_max_vnd > 0", name="fine"),
        CheckConstraint(_REMEDIES, name="remedies"),
    )


@versioned
class Violation(Case, Base):
    """One act at one position; `created_by_id` is the inspector who found it."""

    __tablename__ = "violation"
    SIDES: ClassVar[dict[str, str]] = {"owner": "handler_organisation_id", "accused": "organisation_id"}
    #: Sides that learn of a case only once a rule holds.
    SIDE_RULES: ClassVar[dict[str, str]] = {"accused": "is_served_rule"}
    AREA: ClassVar[str | None] = "unit_id"
    #: What a former decision left behind stays behind a new one: only what holds through both is stated.
    DAY_ORDERS: ClassVar[tuple[DayOrder, ...]] = (
        *(DayOrder("occurred_on", name) for name in ("minutes_on", "decision_on", "closed_on", "owner_proved_on")),
        *(DayOrder("minutes_on", name) for name in ("reopened_on", "complex_on")),
        *(DayOrder("decision_on", name) for name in ("remedy_due_on", "deferred_until")),
        DayOrder("complained_on", "complaint_accepted_on"),
        DayOrder("complaint_accepted_on", "complaint_settled_on"),
    )
    DAY_LABELS: ClassVar[Mapping[str, Any]] = MappingProxyType(
        {
            "minutes_on": _l("Ngày lập biên bản"),
            "decision_on": _l("Ngày ra quyết định"),
            "closed_on": _l("Ngày kết thúc hồ sơ"),
            "owner_proved_on": _l("Ngày xác định chủ sở hữu"),
            "reopened_on": _l("Ngày lập biên bản xác minh"),
            "complex_on": _l("Ngày xác định vụ việc phức tạp"),
            "remedy_due_on": _l("Hạn khắc phục"),
            "deferred_until": _l("Hoãn, nộp dần đến hết ngày"),
            "complained_on": _l("Ngày khiếu nại"),
            "complaint_accepted_on": _l("Ngày thụ lý khiếu nại"),
            "complaint_settled_on": _l("Ngày có kết quả khiếu nại"),
        }
    )

    state: Mapped[ViolationState] = mapped_column(choice_type(ViolationState))
    #: The inspector's organisation.
    handler_organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    kind_id: Mapped[int] = mapped_column(ForeignKey("violation_kind.id"))
    #: Day of the act; of a continuing act, its first known day.
    occurred_on: Mapped[date] = col(_l("Ngày xảy ra"), span=FORMER, required=True)
    is_continuing: Mapped[bool] = col(
        _l("Hành vi đang tiếp diễn"),
        required=True,
        is_box=True,
        hint=_l("Khi đó áp dụng văn bản đang có hiệu lực ngày phát hiện, không phải ngày bắt đầu."),
    )
    #: Last day of an act that lasted and has ended; NULL: the day of the act.
    ended_on: Mapped[date | None] = col(
        _l("Ngày chấm dứt"),
        span=FORMER,
        hint=_l("Chỉ khi hành vi kéo dài và đã chấm dứt; thời hiệu tính từ ngày này."),
    )
    #: The discovery; a day alone is its midnight.
    found_at: Mapped[datetime] = col(_l("Phát hiện lúc"), required=True)
    #: Exact position, for the readers of the case.
    place: Mapped[Any] = deferred(
        mapped_column(Geometry("POINT", srid=WGS84, spatial_index=False), nullable=False), raiseload=True
    )
    place_m: Mapped[Any] = deferred(
        mapped_column(
            Geometry("POINT", srid=PROVINCE_GRID, spatial_index=False),
            Computed(f"ST_Transform(place, {PROVINCE_GRID})", persisted=True),
        ),
        raiseload=True,
    )
    given_place: Mapped[str]
    given_srid: Mapped[int]
    place_operation: Mapped[str]
    accuracy_m: Mapped[Metres | None] = col(_l("Sai số vị trí"), unit=M, min=0, max=_MOST_METRES)
    #: Commune (or district, before 01/07/2025) of the place on the day of the act.
    unit_id: Mapped[int] = mapped_column(ForeignKey("admin_unit.id"))
    #: The commune of the public cell of `place`, written by the database; read through shown_place.py.
    public_unit_id: Mapped[int | None] = mapped_column(ForeignKey("admin_unit.id"))
    address: Mapped[str | None] = col(_l("Địa chỉ, mô tả vị trí"), max_length=300, heading=_l("Địa chỉ"))
    description: Mapped[str] = col(_l("Mô tả"), multiline=True, required=True)
    structure_id: Mapped[int | None] = mapped_column(ForeignKey("structure.id"))
    #: The accused organisation; it sees the case once minutes are made.
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    #: Other possible offenders, as text.
    suspects: Mapped[str | None] = col(
        _l("Các bên khác có thể liên quan"),
        multiline=True,
        hint=_l(
            "Khi chưa rõ chủ sở hữu: ghi các bên liên quan và căn cứ. Tổ chức được nêu không xem được nội dung này."
        ),
    )

    minutes_number: Mapped[str | None]
    minutes_on: Mapped[date | None]
    minutes_delivered_on: Mapped[date | None]
    offender: Mapped[Offender | None] = mapped_column(choice_type(Offender))
    offender_name: Mapped[str | None]
    #: Where the case is or, in the state `transferred`, goes; NULL: with the commune. Only its holder acts.
    transferred_to: Mapped[Receiver | None] = mapped_column(choice_type(Receiver))
    decision_number: Mapped[str | None]
    decision_on: Mapped[date | None]
    decision_delivered_on: Mapped[date | None]
    decision_form: Mapped[DecisionForm | None] = mapped_column(choice_type(DecisionForm))
    #: Circumstances of Đ9 and Đ10 that the fine follows.
    mitigating: Mapped[int | None] = mapped_column(SmallInteger)
    aggravating: Mapped[int | None] = mapped_column(SmallInteger)
    #: The deputy who signs for the authority, and the decision that delegates it (Đ54), as they stand in the register
    #: of delegations; NULL `delegation_id`: typed before there was one.
    deputy_name: Mapped[str | None]
    delegation: Mapped[str | None]
    delegation_id: Mapped[int | None] = mapped_column(ForeignKey("violation_delegation.id"))
    authority: Mapped[Authority | None] = mapped_column(choice_type(Authority))
    fine_vnd: Mapped[Dong | None]
    remedy: Mapped[str | None]
    #: The codes of the remedies that were ordered.
    remedies: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    remedy_due_on: Mapped[date | None]
    remedied_on: Mapped[date | None]
    closed_on: Mapped[date | None]
    #: Day of the verification record after an annulment: the term of a new decision begins with it.
    reopened_on: Mapped[date | None]
    #: The case that goes on with the same act.
    duplicate_of_id: Mapped[int | None] = mapped_column(ForeignKey("violation.id"))
    #: The first case of the same affair: each other violator has a case of its own.
    group_id: Mapped[int | None] = mapped_column(ForeignKey("violation.id"))
    complained_on: Mapped[date | None]
    complaint_accepted_on: Mapped[date | None]
    #: Day of the result: a second complaint is counted from it.
    complaint_settled_on: Mapped[date | None]
    #: 1: settled by the issuer; 2: by its superior.
    complaint_level: Mapped[int | None] = mapped_column(SmallInteger)
    #: The state to which a settled complaint leads back.
    state_before_complaint: Mapped[str | None]
    #: Day on which the owner of what was found without owner was proved.
    owner_proved_on: Mapped[date | None]
    #: SHA-256 of the originals that the minutes refer to.
    minutes_evidence: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    #: Day of the request to explain.
    explained_on: Mapped[date | None]
    #: Last day to explain, where more time was granted.
    explain_until: Mapped[date | None]
    #: Day on which the case was found especially complex, which gives the decision a longer term.
    complex_on: Mapped[date | None]
    #: Paid so far, and the day of the last part, with which the fine is paid as a whole.
    paid_vnd: Mapped[Dong | None]
    paid_on: Mapped[date | None]
    receipt_number: Mapped[str | None]
    #: Last day of a deferral or of instalments that were granted.
    deferred_until: Mapped[date | None]
    #: Day of the decision to enforce, and the deputy who signed it, if the head of the office did not.
    enforced_on: Mapped[date | None]
    enforced_by: Mapped[str | None]
    #: The offender accepted electronic handling.
    is_electronic: Mapped[bool] = mapped_column(default=False)
    #: SHA-256 of the minutes to be signed, and of the signed file that was verified.
    minutes_pdf: Mapped[str | None]
    signed_pdf: Mapped[str | None]
    #: Name in the certificate of the officer; the time by the signer's clock or by its time stamp.
    signed_by: Mapped[str | None]
    signed_at: Mapped[datetime | None]

    kind: Mapped[ViolationKind] = relationship(lazy="raise_on_sql", viewonly=True)

    __table_args__ = (
        CheckConstraint("version > 0", name="version_positive"),
        CheckConstraint("number IS NOT NULL", name="numbered"),
        CheckConstraint(f"accuracy_m BETWEEN 0 AND {_MOST_METRES}", name="accuracy"),
        CheckConstraint("ST_IsValid(place) AND NOT ST_IsEmpty(place)", name="place_sound"),
        CheckConstraint("char_length(btrim(description)) > 0", name="described"),
        CheckConstraint(
            "(minutes_number IS NULL) = (minutes_on IS NULL) AND (minutes_number IS NULL) = (offender IS NULL)"
            " AND (minutes_number IS NULL) = (offender_name IS NULL)",
            name="minutes_whole",
        ),
        CheckConstraint(f"state NOT IN ({_AFTER_MINUTES}) OR minutes_number IS NOT NULL", name="minutes_made"),
        CheckConstraint(f"state NOT IN ({_BEFORE_MINUTES}) OR minutes_number IS NULL", name="minutes_not_made"),
        CheckConstraint(
            "state NOT IN ('transferred', 'prosecuting') OR transferred_to IS NOT NULL", name="transferred"
        ),
        CheckConstraint("(state = 'prosecuting') = (transferred_to = 'other') OR state = 'closed'", name="prosecuted"),
        CheckConstraint(
            "(decision_number IS NULL) = (decision_on IS NULL) AND (decision_number IS NULL) = (authority IS NULL)"
            " AND (decision_number IS NULL) = (fine_vnd IS NULL) AND (decision_number IS NULL) = (remedy IS NULL)"
            " AND (decision_number IS NULL) = (decided_by_id IS NULL)",
            name="decision_whole",
        ),
        CheckConstraint(f"state NOT IN ({_AFTER_DECISION}) OR decision_number IS NOT NULL", name="decided"),
        CheckConstraint(f"state NOT IN ({_BEFORE_DECISION}) OR decision_number IS NULL", name="not_yet_decided"),
        CheckConstraint("minutes_number IS NOT NULL OR decision_number IS NULL", name="minutes_before_decision"),
        CheckConstraint(_REMEDIES, name="remedies"),
        CheckConstraint("decision_number IS NOT NULL OR remedies = '{}'", name="remedies_decided"),
        CheckConstraint("decision_on >= minutes_on", name="decision_after_minutes"),
        CheckConstraint(
            "state NOT IN ('remedying', 'remedied', 'remedy_overdue') OR remedy_due_on IS NOT NULL", name="remedy_due"
        ),
        CheckConstraint("(paid_on IS NULL) = (receipt_number IS NULL)", name="paid_whole"),
        CheckConstraint("paid_on >= decision_on", name="paid_after_decision"),
        CheckConstraint("paid_on IS NULL OR decision_number IS NOT NULL", name="paid_decided"),
        CheckConstraint("explained_on >= minutes_on", name="explained_after_minutes"),
        CheckConstraint("explain_until >= minutes_on", name="more_time"),
        CheckConstraint("ended_on >= occurred_on", name="ended_after_act"),
        CheckConstraint("ended_on IS NULL OR NOT is_continuing", name="ended_or_continuing"),
        CheckConstraint("minutes_delivered_on >= minutes_on", name="minutes_delivered"),
        CheckConstraint("decision_delivered_on >= decision_on", name="decision_delivered"),
        CheckConstraint("(decision_number IS NULL) = (decision_form IS NULL)", name="form_of_decision"),
        CheckConstraint("decision_form = 'fine' OR fine_vnd = 0", name="fine_of_form"),
        CheckConstraint("(deputy_name IS NULL) = (delegation IS NULL)", name="delegation"),
        CheckConstraint("delegation_id IS NULL OR delegation IS NOT NULL", name="delegated"),
        CheckConstraint("remedied_on >= decision_on", name="remedied_after_decision"),
        CheckConstraint("enforced_on >= decision_on", name="enforced_after_decision"),
        CheckConstraint("duplicate_of_id <> id", name="duplicate"),
        CheckConstraint("group_id <> id", name="group"),
        CheckConstraint("complaint_level BETWEEN 1 AND 2", name="complaint_level"),
        CheckConstraint("complaint_settled_on >= complained_on", name="complaint_settled"),
        CheckConstraint(
            "state NOT IN ('appealed', 'complaint_overdue')"
            " OR num_nulls(complained_on, complaint_level, state_before_complaint) = 0",
            name="complained",
        ),
        CheckConstraint("is_electronic OR minutes_pdf IS NULL", name="electronic"),
        CheckConstraint(
            "(signed_pdf IS NULL) = (signed_by IS NULL) AND (signed_pdf IS NULL OR minutes_pdf IS NOT NULL)",
            name="signed_whole",
        ),
        Index(None, "unit_id", "state"),
        Index(None, "public_unit_id", "state"),
        Index(None, "organisation_id"),
        Index(None, "structure_id"),
        Index(None, "group_id"),
        search_text_index("violation"),
        Index(
            "ix_violation_papers",
            literal_column(_PAPERS).label("papers"),
            postgresql_using="gin",
            postgresql_ops={"papers": "gin_trgm_ops"},
        ),
        Index("ix_violation_place", "place", postgresql_using="gist"),
        Index("ix_violation_place_m", "place_m", postgresql_using="gist"),
    )

    @classmethod
    def papers_text(cls) -> ColumnElement[str]:
        """SQL: numbers of papers, violator and receipt as one folded text, the same expression as in the index."""
        return literal_column(_PAPERS.replace("coalesce(", "coalesce(violation."))

    @classmethod
    def is_open_rule(cls) -> ColumnElement[bool]:
        """SQL: not on a restricted structure, of which others learn nothing."""
        return is_on_open_structure(cls)

    @classmethod
    def is_on_power_pole_rule(cls) -> ColumnElement[bool]:
        """SQL: on a structure of the energy sector."""
        return is_on_power_pole(cls)

    @classmethod
    def is_fined_rule(cls) -> ColumnElement[bool]:
        """SQL: decided with a fine that stands."""
        return cls.decision_number.is_not(None) & (cls.fine_vnd > 0)

    @classmethod
    def is_served_rule(cls) -> ColumnElement[bool]:
        """SQL: minutes exist, so the accused may know of the case."""
        return cls.minutes_number.is_not(None)

    @classmethod
    def was_served_to_rule(cls, organisation_ids: Collection[int]) -> ColumnElement[bool]:
        """SQL: a paper of the case was served to one of the organisations, also where another one is accused by now."""
        served = select(ViolationPaper.id).where(
            ViolationPaper.violation_id == cls.id, ViolationPaper.addressee_id.in_(organisation_ids)
        )
        return served.exists()

    @classmethod
    def is_with_commune_rule(cls) -> ColumnElement[bool]:
        """SQL: not transferred, or returned: inspector and committee of the commune act."""
        return cls.transferred_to.is_(None)

    @classmethod
    def is_with_lead_rule(cls) -> ColumnElement[bool]:
        """SQL: transferred to the director of the lead department, or to prosecutors, whose result it records."""
        return cls.transferred_to.in_((Receiver.LEAD_DIRECTOR, Receiver.OTHER))

    @classmethod
    def is_with_province_rule(cls) -> ColumnElement[bool]:
        """SQL: transferred to the chair of the committee of the province, who decides with all its papers."""
        return cls.transferred_to == Receiver.PROVINCE_CHAIR

    @classmethod
    def is_before_province_rule(cls) -> ColumnElement[bool]:
        """SQL: the same, or a second complaint, which the chair of the committee of the province settles."""
        return or_(cls.transferred_to == Receiver.PROVINCE_CHAIR, cls.complaint_level == SECOND)


@versioned
class ViolationAct(Base):
    """A further act of the violator of a case: in its minutes, and fined in its decision by a sum of its own (Đ67)."""

    __tablename__ = "violation_act"

    id: Mapped[BigId]
    violation_id: Mapped[int] = mapped_column(ForeignKey("violation.id"))
    kind_id: Mapped[int] = mapped_column(ForeignKey("violation_kind.id"))
    occurred_on: Mapped[date]
    is_continuing: Mapped[bool]
    description: Mapped[str]
    #: Its part of the fine of the decision that stands.
    fine_vnd: Mapped[Dong | None]
    #: False: it was taken out before the minutes.
    is_active: Mapped[bool] = mapped_column(default=True)

    kind: Mapped[ViolationKind] = relationship(lazy="raise_on_sql", viewonly=True)

    __table_args__ = (
        CheckConstraint("char_length(btrim(description)) > 0", name="described"),
        CheckConstraint("fine_vnd >= 0", name="fine"),
        Index(None, "violation_id"),
    )


class ViolationPaper(Base):
    """A paper of a case that was issued, with its number; corrections are papers of their own, and nothing changes.

    Given numbers are without gaps for each agency, kind and year. `key` is the number as it is compared: no two
    papers of an agency, kind and year have the same; NULL for papers of before that do.
    """

    __tablename__ = "violation_paper"

    id: Mapped[BigId]
    violation_id: Mapped[int] = mapped_column(ForeignKey("violation.id", ondelete="CASCADE"))
    kind: Mapped[PaperKind] = mapped_column(choice_type(PaperKind))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    year: Mapped[int]
    #: NULL: the number was typed.
    number: Mapped[int | None]
    #: That of its content (registry.documents.issued); NULL of papers of before whose content was not stored.
    edition: Mapped[int | None] = mapped_column(SmallInteger)
    #: The number as it stands on the paper.
    text: Mapped[str]
    key: Mapped[str | None]
    given_on: Mapped[date]
    given_at: Mapped[datetime]
    given_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    #: The organisation that it is served to.
    addressee_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))

    __table_args__ = (
        UniqueConstraint("organisation_id", "kind", "year", "number", name="uq_violation_paper_number"),
        UniqueConstraint("organisation_id", "kind", "year", "key", name="uq_violation_paper_key"),
        CheckConstraint("number > 0 AND year = extract(year FROM given_on)", name="number"),
        CheckConstraint("char_length(btrim(text)) > 0", name="text"),
        Index(None, "violation_id"),
        Index(None, "addressee_id"),
        Index(None, "key"),
    )
