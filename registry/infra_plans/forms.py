"""The forms of a draft of a plan and of a conclusion."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask_wtf.file import FileField, MultipleFileField

from registry.files.forms import ACCEPT, FILES_HINT, to_add
from registry.files.service import AddFile
from registry.infra_plans.codes import CONCLUSION_CODE
from registry.infra_plans.commands import Conclude, WritePlan
from registry.infra_plans.models import InfraPlan, PlanConclusion
from registry.kernel.fields import Field, fields_of
from registry.kernel.forms.base import BaseForm, VersionedForm
from registry.kernel.forms.builder import declared_form, typed_values, values_of
from registry.kernel.i18n import _, _l

PLAN_FIELDS: Final[Mapping[str, Field]] = {
    name: fields_of(InfraPlan)[name] for name in ("name", "valid_from", "valid_to", "note")
}
CONCLUSION_FIELDS: Final[Mapping[str, Field]] = {
    name: fields_of(PlanConclusion)[name] for name in ("aspect", "verdict", "architecture", "reason")
}
#: Constraints of the database -> the field that a refusal names, and its sentence.
CONSTRAINT_SENTENCES: Final = {
    "uq_plan_conclusion_standing": (
        "aspect",
        _l("Công trình vừa có kết luận khác về nội dung này; hãy tải lại trang."),
    ),
    "ex_infra_plan_days": (
        "valid_from",
        _l("Vừa có quy hoạch khác ban hành cho các ngày này; hãy tải lại trang."),
    ),
}


class _PlanFile(VersionedForm):
    file = FileField(
        _l("Tệp quy hoạch"),
        description=_l(
            "GeoJSON, GeoPackage, Shapefile (.zip) hoặc KML; mỗi đối tượng là một khu vực, tuyến đường hoặc vị trí, có"
            " các thuộc tính Mã, Tên, Loại công trình và Phạm vi (m)."
        ),
    )

    def stream(self) -> Any:
        """The stream of the file; None without one."""
        return self.file.data and self.file.data.stream


PlanForm: Any = declared_form("PlanForm", PLAN_FIELDS.values(), _PlanFile)


def to_plan(form: Any, plan_id: int | None = None) -> WritePlan:
    return WritePlan(values_of(form, PLAN_FIELDS), plan_id, None if plan_id is None else form.read_version)


def as_typed(plan: InfraPlan) -> dict[str, Any]:
    """The form data of a draft."""
    return dict(typed_values(PLAN_FIELDS, plan)) | {"version": str(plan.version)}


class _Papers(BaseForm):
    photos = MultipleFileField(
        _l("Ảnh chụp"), description=_l("Bắt buộc khi kết luận về kiến trúc, cảnh quan."), render_kw=ACCEPT
    )
    drawings = MultipleFileField(
        _l("Bản vẽ"),
        description=FILES_HINT,
        render_kw=ACCEPT,
    )

    def to_command(self, code: str) -> Conclude:
        return Conclude(code, values_of(self, CONCLUSION_FIELDS), bool(self.photos.data), bool(self.drawings.data))

    def sent_files(self, case_id: int) -> list[tuple[str, AddFile]]:
        """The field and the file of each paper."""
        captions = {"photos": _("Ảnh chụp kèm kết luận"), "drawings": _("Bản vẽ kèm kết luận")}
        return [
            (name, to_add(file, CONCLUSION_CODE, case_id, caption))
            for name, caption in captions.items()
            for file in self[name].data or []
        ]


ConclusionForm: Any = declared_form("ConclusionForm", CONCLUSION_FIELDS.values(), _Papers)
