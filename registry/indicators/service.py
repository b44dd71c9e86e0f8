"""Writes of the catalogue of indicators, its targets and values; each with an audit event."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import func, select

from registry.accounts.models import UserAccount
from registry.audit.chain import record
from registry.audit.undo import Undoable, restorable
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import require
from registry.dated_rows.service import begin, undo_of_added_row, write_row
from registry.dated_rows.tables import DatedTable
from registry.indicators.commands import AddTarget, EditIndicator, EnterValue
from registry.indicators.models import Indicator, IndicatorTarget, IndicatorValue
from registry.indicators.queries import get_indicator, get_value, standing_value
from registry.indicators.rules import check_period, check_target, value_of
from registry.kernel.db.base import table_of
from registry.kernel.errors import Conflict, Invalid
from registry.kernel.i18n import _, format_date, format_datetime, format_number

#: Kinds of objects in the audit log.
INDICATOR: Final = "indicator"
TARGET: Final = "indicator_target"
VALUE: Final = "indicator_value"
TARGETS: Final = DatedTable(
    IndicatorTarget,
    TARGET,
    P.INDICATOR_EDIT,
    ("indicator_id",),
    name_of=lambda target: f"“{target.plan}”, {target.year}",
    facts=lambda target: {"year": target.year},
    # No day without a target is a gap: a plan names its years itself.
    keeps_first=lambda _target: False,
)
_LOCK: Final = select(func.pg_advisory_xact_lock(func.hashtext("indicator_value")))


def enter_value(ctx: Ctx, command: EnterValue) -> IndicatorValue:
    """Enter a value for a period, or the correction of one.

    Invalid for a computed indicator, wrong amounts or days, a missing document, and for a period of which a day has a
    value already; Conflict if the value that is corrected was corrected meanwhile.
    """
    require(ctx, P.INDICATOR_ENTER)
    indicator = get_indicator(ctx, command.code)
    if indicator.computation is not None:
        raise Invalid({"": _("Chỉ tiêu này tính từ cơ sở dữ liệu; không nhập số liệu.")})
    problems: dict[str, str] = {}
    value = value_of(indicator.unit, command.typed, problems)
    ctx.session.execute(_LOCK)
    former = _corrected(ctx, indicator, command)
    period_from, period_to = command.period_from, command.period_to
    if former is not None:
        period_from, period_to = former.period_from, former.period_to
    else:
        check_period(period_from, period_to, ctx.today, problems)
        other = standing_value(ctx, indicator.id, period_from, period_to)
        if other is not None and "period_from" not in problems:
            problems["period_from"] = _(
                "Kỳ từ %(first)s đến %(last)s đã có giá trị %(value)s; hãy đính chính giá trị đó hoặc chọn kỳ khác.",
                first=format_date(other.period_from),
                last=format_date(other.period_to),
                value=format_number(other.value),
            )
    if indicator.needs_evidence and not command.has_evidence:
        problems["evidence"] = _("Chưa có tài liệu; số liệu của chỉ tiêu này cần văn bản nguồn kèm theo.")
    if problems:
        raise Invalid(problems)
    entered = IndicatorValue(
        indicator_id=indicator.id,
        period_from=period_from,
        period_to=period_to,
        numerator=command.typed.numerator,
        denominator=command.typed.denominator,
        value=value,
        source=command.source,
        note=command.note,
        corrects_id=command.corrects_id,
        reason=command.reason,
        known_at=ctx.now,
        entered_by_id=ctx.actor.id,
    )
    ctx.session.add(entered)
    ctx.session.flush()
    action = f"{VALUE}.enter" if former is None else f"{VALUE}.correct"
    record(ctx, action, VALUE, entered.id, code=indicator.code, value=str(value), period_to=period_to.isoformat())
    return entered


def _corrected(ctx: Ctx, indicator: Indicator, command: EnterValue) -> IndicatorValue | None:
    """The value that is corrected; None for a new one."""
    if command.corrects_id is None:
        return None
    corrected, entered = get_value(ctx, command.corrects_id)
    if corrected.id != indicator.id:
        raise Invalid({"": _("Giá trị được đính chính thuộc một chỉ tiêu khác.")})
    if entered.corrected_by is not None:
        raise Conflict(
            _(
                "Giá trị này đã được đính chính lúc %(moment)s; hãy mở lại trang và đính chính giá trị mới nhất.",
                moment=format_datetime(entered.corrected_by.known_at),
            )
        )
    return entered.value


def add_target(ctx: Ctx, command: AddTarget) -> IndicatorTarget:
    """Add what a plan wants by the end of a year; Invalid if the plan has a target for that year."""
    begin(ctx, TARGETS)
    indicator = get_indicator(ctx, command.code)
    problems: dict[str, str] = {}
    check_target(indicator.unit, command.year, command.value, problems)
    same = select(IndicatorTarget.id).where(
        IndicatorTarget.indicator_id == indicator.id,
        IndicatorTarget.plan == command.plan,
        IndicatorTarget.year == command.year,
        IndicatorTarget.withdrawn_at.is_(None),
    )
    if ctx.session.scalar(same) is not None:
        problems["year"] = _(
            "Kế hoạch này đã có mục tiêu cho năm %(year)d; hãy rút mức đó trước, hoặc chọn năm khác.",
            year=command.year,
        )
    if problems:
        raise Invalid(problems)
    target = IndicatorTarget(
        indicator_id=indicator.id,
        plan=command.plan,
        plan_issued_on=command.plan_issued_on,
        year=command.year,
        value=command.value,
        needs_verification=command.needs_verification,
        reason=command.reason,
    )
    value = None if target.value is None else str(target.value)
    return write_row(ctx, TARGETS, target, code=indicator.code, value=value)


def edit_indicator(ctx: Ctx, command: EditIndicator) -> Indicator:
    """Change the texts of an indicator; Conflict if it changed meanwhile."""
    require(ctx, P.INDICATOR_EDIT)
    indicator = get_indicator(ctx, command.code)
    ctx.session.refresh(indicator, with_for_update=True)
    if indicator.version != command.version:
        raise Conflict(_("Định nghĩa này đã được sửa sau khi mở trang; hãy mở lại trang để xem bản mới."))
    for name, value in command.values.items():
        setattr(indicator, name, value)
    indicator.reason = command.reason
    ctx.session.flush()
    record(ctx, f"{INDICATOR}.edit", INDICATOR, indicator.id, code=indicator.code)
    return indicator


def owner_of_evidence(ctx: Ctx, value_id: int, permission: P) -> int:
    """The organisation of the documents of a value; Forbidden without the right to enter, NotFound without a value."""
    _indicator, entered = get_value(ctx, value_id)
    require(ctx, P.INDICATOR_READ if permission is P.FILE_READ else P.INDICATOR_ENTER)
    query = select(UserAccount.organisation_id).where(UserAccount.id == entered.value.entered_by_id)
    return ctx.session.scalars(query).one()


def _editable(ctx: Ctx, indicator_id: int) -> Indicator:
    require(ctx, P.INDICATOR_EDIT)
    return ctx.session.get_one(Indicator, indicator_id, with_for_update=True, populate_existing=True)


def _code_of(ctx: Ctx, indicator_id: int) -> str:
    return ctx.session.get_one(Indicator, indicator_id).code


def _correction(ctx: Ctx, value_id: int) -> IndicatorValue:
    """A correction that no other one has replaced."""
    require(ctx, P.INDICATOR_ENTER)
    ctx.session.execute(_LOCK)
    _indicator, entered = get_value(ctx, value_id)
    if entered.corrected_by is not None:
        raise Conflict(
            _(
                "Giá trị này đã được đính chính lúc %(moment)s nên không hoàn tác được.",
                moment=format_datetime(entered.corrected_by.known_at),
            )
        )
    return entered.value


def _repeat_former(ctx: Ctx, correction: IndicatorValue, _change_id: int) -> dict[str, Any]:
    """Correct a correction to what it corrected: values are never deleted."""
    former = ctx.session.get_one(IndicatorValue, correction.corrects_id)
    values: dict[str, Any] = {column.key: getattr(former, column.key) for column in table_of(IndicatorValue).c}
    values |= {"corrects_id": correction.id, "reason": _("Hoàn tác ngay sau khi lưu")}
    values |= {"id": None, "known_at": ctx.now, "entered_by_id": ctx.actor.id}
    repeated = IndicatorValue(**values)
    ctx.session.add(repeated)
    ctx.session.flush()
    return {"value": str(repeated.value)}


#: A first value stays: what takes its place is a correction.
UNDO_VALUE: Final = Undoable(
    VALUE,
    _correction,
    _repeat_former,
    lambda _ctx, _value_id, _change_id: True,
    lambda _ctx, correction: ("indicators.value", {"value_id": correction.id}),
)
UNDO_INDICATOR: Final = restorable(
    INDICATOR, Indicator, _editable, lambda _ctx, indicator: ("indicators.detail", {"indicator": indicator.code})
)
UNDO_TARGET: Final = undo_of_added_row(
    TARGETS, lambda ctx, target: ("indicators.detail", {"indicator": _code_of(ctx, target.indicator_id)})
)
