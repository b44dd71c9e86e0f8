"""What the audit log shows of indicators, targets and values."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from flask import url_for
from sqlalchemy import select

from registry.audit.subjects import Named, Subject, Tracked, named_subject
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import holds
from registry.indicators.models import Indicator, IndicatorTarget, IndicatorValue, PlanTask
from registry.kernel.fields import fields_of
from registry.kernel.i18n import _l, current_locale, format_date

_TEXTS: Final[Mapping[str, Any]] = {
    "name": _l("Tên"),
    "name_en": _l("Tên tiếng Anh"),
    "definition": _l("Định nghĩa"),
    "numerator": _l("Tử số"),
    "denominator": _l("Mẫu số"),
    "numerator_item": _l("Mục báo cáo của tử số"),
    "denominator_item": _l("Mục báo cáo của mẫu số"),
    "denominator_basis": _l("Mẫu số theo ngày"),
    "source": _l("Nguồn"),
    "method": _l("Cách thu thập"),
    "limitations": _l("Hạn chế"),
    "release_calendar": _l("Lịch công bố"),
    "revision_policy": _l("Cách sửa số liệu đã công bố"),
    "series_breaks": _l("Gián đoạn của chuỗi số liệu"),
    "needs_evidence": _l("Số liệu cần tài liệu kèm theo"),
    "needs_verification": _l("Cần kiểm chứng"),
    "reason": _l("Lý do"),
}
_TARGET: Final[Mapping[str, Any]] = {
    "plan": _l("Kế hoạch"),
    "plan_issued_on": _l("Ngày ban hành"),
    "year": _l("Đến hết năm"),
    "value": _l("Mục tiêu"),
    "quote": _l("Nguyên văn"),
    "needs_verification": _l("Cần kiểm chứng"),
    "reason": _l("Lý do"),
    "withdrawn_reason": _l("Lý do rút"),
}


def _indicators(ctx: Ctx, ids: Collection[int]) -> dict[int, Named]:
    query = select(Indicator).where(Indicator.id.in_(ids))
    return {indicator.id: _named(ctx, indicator) for indicator in ctx.session.scalars(query)}


def _targets(ctx: Ctx, ids: Collection[int]) -> dict[int, Named]:
    query = select(Indicator, IndicatorTarget).join(Indicator).where(IndicatorTarget.id.in_(ids))
    return {
        row.IndicatorTarget.id: _named(ctx, row.Indicator, str(row.IndicatorTarget.year))
        for row in ctx.session.execute(query)
    }


def _values(ctx: Ctx, ids: Collection[int]) -> dict[int, Named]:
    query = (
        select(Indicator, IndicatorValue)
        .join(Indicator, Indicator.id == IndicatorValue.indicator_id)
        .where(IndicatorValue.id.in_(ids))
    )
    return {
        row.IndicatorValue.id: _named(ctx, row.Indicator, format_date(row.IndicatorValue.period_to))
        for row in ctx.session.execute(query)
    }


def _tasks(ctx: Ctx, ids: Collection[int]) -> dict[int, Named]:
    may_read = holds(ctx.actor, P.INDICATOR_READ)
    return {
        task.id: Named(
            f"{task.item}: {task.responsible}", url_for("plan_tasks.detail", task_id=task.id) if may_read else None
        )
        for task in ctx.session.scalars(select(PlanTask).where(PlanTask.id.in_(ids)))
    }


def _named(ctx: Ctx, indicator: Indicator, detail: str = "") -> Named:
    """The name of an indicator, with its page for who reads the catalogue."""
    name = indicator.name_in(str(current_locale()))
    address = url_for("indicators.detail", indicator=indicator.code) if holds(ctx.actor, P.INDICATOR_READ) else None
    return Named(f"{name}: {detail}" if detail else name, address)


AUDIT_SUBJECTS: Final = (
    *named_subject("indicator", Subject(_indicators), Tracked(Indicator, lambda: _TEXTS, "indicator")),
    *named_subject(
        "indicator_target",
        Subject(_targets),
        Tracked(IndicatorTarget, lambda: _TARGET, "indicator_target", shows_first=True),
    ),
    *named_subject("indicator_value", Subject(_values)),
    *named_subject("plan_task", Subject(_tasks), Tracked(PlanTask, lambda: fields_of(PlanTask), "plan_task")),
)
