"""A value that may be corrected, and a target that may be withdrawn."""

from datetime import date
from decimal import Decimal

from registry.indicators.commands import AddTarget, EditIndicator, EnterValue
from registry.indicators.plan_tasks import WriteTask, write_task
from registry.indicators.queries import get_indicator
from registry.indicators.rules import Typed
from registry.indicators.service import add_target, edit_indicator, enter_value

CODE = "kpi_hh_fibre"
VALUE = {"numerator": "7", "denominator": "10", "source": "Thử"}
TEXTS = {
    "name": "Thử",
    "name_en": "Test",
    "definition": "Thử",
    "numerator": "Thử",
    "denominator": "Thử",
    "source": "Thử",
}
TASK = {"plan": "Kế hoạch thử", "item": "1", "responsible": "Sở Xây dựng", "duty": "Lập danh mục", "organisation": ""}
INDICATOR_FIELDS = {
    "indicators.edit_post": TEXTS
    | {"needs_evidence": "true", "needs_verification": "true", "reason": "Thử", "version": "{indicator_version}"},
    "indicators.new_target_post": {
        "plan": "Kế hoạch khác",
        "plan_issued_on": "01/01/2026",
        "year": "2031",
        "value": "90",
        "needs_verification": "true",
        "reason": "Thử",
    },
    "indicators.target_withdraw": {"reason": "Ghi nhầm"},
    "indicators.target_confirm": {"plan": "Kế hoạch đã đối chiếu"},
    "indicators.new_value_post": VALUE | {"period_from": "01/01/2026", "period_to": "30/06/2026"},
    "indicators.correct_post": VALUE | {"reason": "Ghi nhầm"},
    "plan_tasks.create": TASK,
    "plan_tasks.edit_post": TASK | {"version": "1"},
    "plan_tasks.result_post": {
        "version": "1",
        "state": "running",
        "result": "Đang lập danh mục",
        "result_on": "01/11/2026",
    },
    "population.enter_post": {
        "valid_from": "01/07/2025",
        "source": "Thử",
        "file": ("dan-so.csv", "Xã, phường;Số dân;Số hộ\nPhường Hạc Thành;1000;300\n".encode()),
    },
    "indicators.enter_file_post": {
        "file": (
            "so-lieu.csv",
            "Mã chỉ tiêu;Kỳ từ ngày;Đến hết ngày;Giá trị;Nguồn số liệu\n"
            "kpi_hh_fibre;01/01/2026;30/06/2026;70;Thử\n".encode(),
        ),
    },
}


def indicator_objects(ctx_of):
    """Of an indicator whose values need no document, so that a value is one change."""
    with ctx_of("so.xaydung", read_only=True) as ctx:
        agency = ctx.actor.organisation_id
    with ctx_of("so.khcn") as ctx:
        version = get_indicator(ctx, CODE).version
        indicator = edit_indicator(ctx, EditIndicator(CODE, version, {"needs_evidence": False}, "Thử"))
        typed = Typed(Decimal(60), None, None)
        value = enter_value(
            ctx, EnterValue(CODE, date(2025, 1, 1), date(2025, 12, 31), typed, "Thử", has_evidence=True)
        )
        target = add_target(
            ctx,
            AddTarget(CODE, "Kế hoạch thử", date(2026, 1, 1), 2031, Decimal(90), needs_verification=True, reason="Thử"),
        )
        version = {"indicator_version": indicator.version}
        task = write_task(
            ctx,
            WriteTask(
                {"plan": "Kế hoạch thử", "item": "1", "responsible": "Sở", "duty": "Lập danh mục", "planned_on": None},
                agency,
            ),
        )
        return {
            "plan task": {"task_id": task.id},
            "": version,
            "indicator value": {"value_id": value.id},
            "indicator target": {"target_id": target.id},
        }
