"""The lists of plans and of conclusions."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from sqlalchemy import Select

from registry.accounts.models import Organisation
from registry.authz.actors import Ctx
from registry.infra_plans.codes import ArchitectureVerdict, Aspect, PlanVerdict
from registry.infra_plans.models import InfraPlan, PlanConclusion
from registry.infra_plans.workflow import CONCLUSION, PLAN
from registry.kernel.i18n import _l
from registry.kernel.lists.columns import Column, On
from registry.kernel.lists.filters import ChoiceFilter, Chosen
from registry.structures.models import Structure
from registry.workflow.lists import case_list

PLANS: Final = case_list(
    PLAN,
    code="infra-plans",
    stem="quy-hoach-ha-tang",
    columns=(
        Column("valid_from", _l("Có hiệu lực từ ngày"), "InfraPlan.valid_from", date, sort=InfraPlan.valid_from),
        Column("valid_to", _l("Đến hết ngày"), "InfraPlan.valid_to", date, sort=InfraPlan.valid_to),
        Column("document_number", _l("Số quyết định"), "InfraPlan.document_number", on=On.FILES),
        Column("document_on", _l("Ngày quyết định"), "InfraPlan.document_on", date, on=On.FILES),
        Column("issuer", _l("Cơ quan ban hành"), "InfraPlan.issuer", on=On.FILES),
        Column("note", _l("Ghi chú"), "InfraPlan.note", on=On.FILES),
    ),
)


def _joined(_ctx: Ctx, _chosen: Chosen, query: Select[Any]) -> Select[Any]:
    return (
        query.add_columns(Structure.code.label("structure"), Organisation.short_name.label("office"))
        .join(Structure, Structure.id == PlanConclusion.structure_id)
        .join(Organisation, Organisation.id == PlanConclusion.organisation_id)
    )


def _verdict(_ctx: Ctx, row: Any) -> str:
    conclusion = row.PlanConclusion
    return str((conclusion.verdict or conclusion.architecture).label)


def _computed(_ctx: Ctx, row: Any) -> str:
    computed = row.PlanConclusion.computed
    return "" if computed is None else str(computed.label)


CONCLUSIONS: Final = case_list(
    CONCLUSION,
    code="plan-conclusions",
    stem="ket-luan-quy-hoach",
    joined=_joined,
    filters=(
        ChoiceFilter(
            "aspect",
            _l("Nội dung kết luận"),
            options=Aspect,
            where=lambda _ctx, aspect: PlanConclusion.aspect == aspect,
        ),
        ChoiceFilter(
            "verdict",
            _l("Kết luận về quy hoạch"),
            options=PlanVerdict,
            where=lambda _ctx, verdict: PlanConclusion.verdict == verdict,
        ),
        ChoiceFilter(
            "architecture",
            _l("Kết luận về kiến trúc, cảnh quan"),
            options=ArchitectureVerdict,
            where=lambda _ctx, verdict: PlanConclusion.architecture == verdict,
        ),
    ),
    columns=(
        Column("aspect", _l("Nội dung kết luận"), "PlanConclusion.aspect.label"),
        Column("verdict", _l("Kết luận"), _verdict),
        Column("office", _l("Cơ quan kết luận"), sort="office"),
        Column("structure", _l("Mã công trình"), is_code=True, sort="structure", optional=True),
        Column("computed", _l("Hệ thống xác định"), _computed, on=On.FILES),
        Column("basis", _l("Căn cứ"), "PlanConclusion.basis", on=On.FILES),
        Column("reason", _l("Lý do"), "PlanConclusion.reason", on=On.FILES),
    ),
)
