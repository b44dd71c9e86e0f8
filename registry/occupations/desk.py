"""What occupations put on the start page besides the cases that wait: things whose owner is looked for."""

from __future__ import annotations

from flask import url_for

from registry.authz.actors import Ctx
from registry.kernel.i18n import _, format_number
from registry.occupations.codes import OccupationState
from registry.occupations.queries import count_unanswered
from registry.workflow.worklist import WorklistTask


def looked_for(ctx: Ctx) -> list[WorklistTask]:
    """The line for who may say whether something is theirs and has not said it yet."""
    count = count_unanswered(ctx)
    if not count:
        return []
    text = _("%(count)s hồ sơ cáp, thiết bị chưa rõ chủ: có phải của đơn vị bạn không?", count=format_number(count))
    return [WorklistTask(text, url_for("occupations.index", state=OccupationState.UNCLAIMED.value), _("Chờ nhận diện"))]
