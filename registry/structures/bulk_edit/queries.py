"""Reads of bulk edits: the fields, the structures of a target, the preview, the batches of an organisation.

Only fields that no blocking rule of a kind reads can be changed in bulk (a test checks it): whether a structure takes
the value then depends on the value and the kind alone, so that one statement can change them all. Warnings show later.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final, cast

from sqlalchemy import ColumnElement, Row, Select, String, Subquery, any_, case, func, literal, not_, or_, select, text
from sqlalchemy import cast as sql_cast
from sqlalchemy.dialects.postgresql import ARRAY

from registry.accounts.models import Organisation, UserAccount
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import get_visible, visible
from registry.kernel.db.base import table_of
from registry.kernel.db.history import history_of
from registry.kernel.errors import Invalid
from registry.kernel.feature import ExtensionPoint
from registry.kernel.fields import Field, fields_of
from registry.kernel.i18n import _, _l, format_date
from registry.structures import positions
from registry.structures.bulk_edit.commands import BulkChange, Target
from registry.structures.bulk_edit.models import BulkEdit, BulkState
from registry.structures.codes import NotShareableReason, SharingStatus
from registry.structures.filtering.filter import where_of
from registry.structures.kinds import KINDS
from registry.structures.kinds.ordered_days import COMMON_DAYS, is_before, orders_of
from registry.structures.models import Structure
from registry.structures.writing.revert import UNDO_DAYS

#: In the order of the page.
_NAMES: Final = (
    "condition",
    "last_inspected_on",
    "has_identification_mark",
    "sharing_status",
    "sharing_conditions",
    "sharing_kind",
    "max_users",
    "shows_nodes",
    "road_name",
    "is_urban",
    "plan_conformity",
    "land_kind",
    "land_contract",
    "funding_source",
    "standards_declared",
)
MANAGER: Final = "manager_organisation_id"
#: The field that is changed together with a field: the reason with the sharing status.
COMPANION: Final = {"sharing_status": "not_shareable_reason"}
PREVIEWED: Final = 50
LISTED: Final = 100
_DIGEST: Final = text(
    "SELECT encode(sha256(convert_to(coalesce(string_agg(id || ':' || version, ',' ORDER BY id), ''), 'UTF8')), 'hex')"
    " FROM structure WHERE id = ANY(:ids)"
)
TABLE: Final = table_of(Structure)
#: Verdicts other than the number of a reason.
SAME, CHANGES = -2, -1


def bulk_fields() -> dict[str, Field]:
    """The fields that may be changed in bulk, by name."""
    declared = fields_of(Structure)
    fields = {name: declared[name] for name in _NAMES}
    fields[MANAGER] = Field(MANAGER, _l("Đơn vị quản lý"), python_type=int)
    return fields


@dataclass(frozen=True)
class Refusal:
    """Structures that do not take the value, and why."""

    sentence: str
    where: ColumnElement[bool]


#: Rules of relations that refuse structures in a bulk edit; each returns None for a change that it does not concern.
BULK_RULES: Final = ExtensionPoint[Callable[[BulkChange], Refusal | None]]("structures.bulk_rules")


def refusals(change: BulkChange) -> list[Refusal]:
    """The structures that refuse a change, in the order of the reasons."""
    refusals_of_change = [Refusal(_("Công trình đã ngừng khai thác hoặc đã tháo dỡ."), not_(Structure.is_live_rule()))]
    without = [code for code, kind in KINDS.items() if change.field in kind.omitted]
    if without:
        refusals_of_change.append(Refusal(_("Loại công trình này không có trường đó."), Structure.kind.in_(without)))
    if change.field == "sharing_status":
        takers = [code for code, kind in KINDS.items() if change.value in kind.sharing]
        refusals_of_change.append(Refusal(_("Loại công trình này không có giá trị đó."), Structure.kind.not_in(takers)))
    if isinstance(change.value, date):
        refusals_of_change.append(Refusal(_("Ngày này trước ngày khác của công trình."), _is_too_early(change)))
    return [*refusals_of_change, *(refusal for rule in BULK_RULES if (refusal := rule(change)) is not None)]


def _is_too_early(change: BulkChange) -> ColumnElement[bool]:
    """Structures with a day that has to come before the value, by the orders that forms and files read."""
    early = [is_before(TABLE.c, change.field, change.value, COMMON_DAYS.orders)]
    for kind in KINDS.values():
        orders = [order for order in orders_of(kind) if order.later == change.field]
        if orders:
            own = kind.model.__table__.alias()
            early.append(TABLE.c.id.in_(select(own.c.id).where(is_before(own.c, change.field, change.value, orders))))
    return or_(*early)


def check_change(change: BulkChange, today: Any) -> None:
    """Invalid at a field where the common rules refuse the value itself."""
    if change.field == "last_inspected_on" and change.value and change.value > today:
        sentence = _("Ngày %(day)s nằm trong tương lai; cần một ngày đã qua.", day=format_date(change.value))
        raise Invalid({"value": sentence})
    closed = change.value == SharingStatus.NOT_SHAREABLE
    if closed and not isinstance(change.companion, NotShareableReason):
        raise Invalid({"companion": _("Công trình “Không đủ điều kiện” dùng chung phải nêu lý do.")})
    if change.companion is not None and not closed:
        raise Invalid({"companion": _("Chỉ nêu lý do khi khả năng dùng chung là “Không đủ điều kiện”.")})


@dataclass(frozen=True)
class Preview:
    """The effect of a change: counts, the first rows, the digest of the state."""

    matched: int
    unchanged: int
    refused: int
    #: (Sentence, count) for each reason that refuses any.
    reasons: list[tuple[str, int]]
    rows: list[Row[Any]]
    #: Indexed by the verdict of a row.
    sentences: list[str]
    digest: str

    @property
    def changing(self) -> int:
        """The number of structures that would change."""
        return self.matched - self.unchanged - self.refused


def target_ids(ctx: Ctx, target: Target) -> list[int]:
    """The structures of a target that the actor may edit."""
    mine = select(Structure.id).where(visible(ctx, Structure, P.STRUCTURE_EDIT))
    if target.chosen is None:
        # The database rejects parameters with such characters.
        codes = [code for code in target.codes if code.isprintable()]
        return list(ctx.session.scalars(mine.where(Structure.code.in_(codes)).order_by(Structure.id)))
    readable_rows = positions.readable(ctx)
    matching = select(readable_rows.c.id).where(
        readable_rows.c.exact, readable_rows.c.id.in_(mine), *where_of(ctx, readable_rows, target.chosen)
    )
    return sorted(positions.run(ctx, matching).scalars())


def digest_of(ctx: Ctx, ids: Sequence[int]) -> str:
    """SHA-256 over id and version of structures; any change of them changes it."""
    return str(ctx.session.scalar(_DIGEST, {"ids": list(ids)}))


def preview(ctx: Ctx, target: Target, change: BulkChange) -> Preview:
    """The effect of the change on the target now."""
    ids = target_ids(ctx, target)
    verdict, reasons = verdict_of(change)
    counted = select(verdict.label("verdict"), func.count().label("number")).where(among(ids)).group_by(verdict)
    counts = {row.verdict: row.number for row in ctx.session.execute(counted)}
    columns = [TABLE.c[change.field].label("before")]
    if change.field in COMPANION:
        columns.append(TABLE.c[COMPANION[change.field]].label("companion_before"))
    listed = (
        select(Structure.code, Structure.name, Structure.kind, verdict.label("verdict"), *columns)
        .where(among(ids))
        # Refused rows come first.
        .order_by((verdict >= 0).desc(), (verdict == CHANGES).desc(), Structure.code)
        .limit(PREVIEWED)
    )
    counted_reasons = [(sentence, counts[number]) for number, sentence in enumerate(reasons) if number in counts]
    return Preview(
        matched=len(ids),
        unchanged=counts.get(SAME, 0),
        refused=sum(number for _sentence, number in counted_reasons),
        reasons=counted_reasons,
        rows=list(ctx.session.execute(listed)),
        sentences=reasons,
        digest=digest_of(ctx, ids),
    )


def verdict_of(change: BulkChange) -> tuple[ColumnElement[int], list[str]]:
    """SQL: the number of the reason that refuses a structure, SAME or CHANGES; and the reasons."""
    refusals_of_change = refusals(change)
    whens = [(refusal.where, literal(number)) for number, refusal in enumerate(refusals_of_change)]
    same = TABLE.c[change.field].is_not_distinct_from(change.value)
    if change.field in COMPANION:
        same &= TABLE.c[COMPANION[change.field]].is_not_distinct_from(change.companion)
    return case(*whens, (same, literal(SAME)), else_=literal(CHANGES)), [
        refusal.sentence for refusal in refusals_of_change
    ]


def among(ids: Sequence[int]) -> ColumnElement[bool]:
    """Rows with these ids, passed as one array."""
    return Structure.id == any_(sql_cast(list(ids), ARRAY(TABLE.c.id.type)))


def list_batches(ctx: Ctx) -> list[Row[Any]]:
    """The latest batches of the actor's organisation, with the names of their authors."""
    query = (
        select(BulkEdit, UserAccount.full_name)
        .join(UserAccount, UserAccount.id == BulkEdit.created_by_id)
        .where(visible(ctx, BulkEdit, P.STRUCTURE_EDIT))
        .order_by(BulkEdit.created_at.desc(), BulkEdit.id.desc())
        .limit(LISTED)
    )
    return list(ctx.session.execute(query))


def get_batch(ctx: Ctx, batch_id: int, *, lock: bool = False) -> BulkEdit:
    """One batch of the actor's organisation; NotFound otherwise."""
    message = _("Không có lô sửa số %(number)d, hoặc lô không phải của đơn vị.", number=batch_id)
    batch = cast("BulkEdit", get_visible(ctx, BulkEdit, P.STRUCTURE_EDIT, BulkEdit.id == batch_id, message=message))
    if lock:
        ctx.session.refresh(batch, with_for_update=True)
    return batch


def may_undo(ctx: Ctx, batch: BulkEdit) -> bool:
    """Whether the batch is applied and can still be undone."""
    applied = batch.applied_at
    return batch.state is BulkState.APPLIED and applied is not None and ctx.now < applied + timedelta(days=UNDO_DAYS)


def list_managers(ctx: Ctx) -> list[Row[Any]]:
    """Organisations that may manage structures today: id and name."""
    active = (Organisation.valid_to.is_(None)) | (Organisation.valid_to >= ctx.today)
    query = select(Organisation.id, Organisation.short_name).where(active).order_by(Organisation.short_name)
    return list(ctx.session.execute(query))


def changed_since(ctx: Ctx, batch: BulkEdit) -> list[str]:
    """Codes of the structures of an applied batch that were changed after it; its undo leaves them as they are."""
    rows = ctx.session.execute(written_by(batch))
    return sorted(row.code for row in rows if not row.is_untouched)


def written_by(batch: BulkEdit) -> Select[Any]:
    """The rows that an applied batch wrote: id, code, version of the history, whether it is still the present one."""
    history = history_of(Structure)
    last = (
        select(history.c.id, func.max(history.c.history_id).label("history_id"))
        .where(history.c.change_id == batch.applied_change_id)
        .group_by(history.c.id)
        .subquery("last")
    )
    return select(
        history.c.id, history.c.code, history.c.history_id, history.c.recorded_to.is_(None).label("is_untouched")
    ).join(last, last.c.history_id == history.c.history_id)


def former_values(batch: BulkEdit, names: Sequence[str]) -> Subquery:
    """The untouched rows of an applied batch with the values of some columns before it."""
    written = written_by(batch).subquery("written")
    former, earlier = history_of(Structure).alias("former"), history_of(Structure).alias("earlier")
    last = select(func.max(earlier.c.history_id)).where(
        earlier.c.id == written.c.id, earlier.c.history_id < written.c.history_id
    )
    columns = (written.c.id, *(former.c[name] for name in names))
    untouched = (
        select(*columns)
        .select_from(written)
        .join(former, former.c.history_id == last.correlate(written).scalar_subquery())
    )
    return untouched.where(written.c.is_untouched).subquery("untouched")


def changed_codes(ctx: Ctx, batch: BulkEdit, limit: int = PREVIEWED) -> list[str]:
    """The first structures that a batch changed, from the history of its change."""
    query = text(
        "SELECT DISTINCT code FROM structure_history WHERE change_id = :change ORDER BY code LIMIT :limit"
    ).columns(code=String)
    codes = ctx.session.scalars(query, {"change": batch.applied_change_id or 0, "limit": limit})
    return list(codes)
