"""The forms of a draft of a plan and of a conclusion."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask_wtf.file import FileField
from werkzeug.datastructures import FileStorage
from wtforms import MultipleFileField

from registry.files.service import AddFile
from registry.files.types import ACCEPTED, MAX_BYTES, TYPES
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
_FILES: Final = {"accept": ",".join(f".{extension}" for extension in TYPES)}
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
        sent = self.file.data
        return sent.stream if isinstance(sent, FileStorage) and sent.filename else None


PlanForm: Any = declared_form("PlanForm", PLAN_FIELDS.values(), _PlanFile)


def to_plan(form: Any, plan_id: int | None = None) -> WritePlan:
    return WritePlan(values_of(form, PLAN_FIELDS), plan_id, None if plan_id is None else form.read_version)


def as_typed(plan: InfraPlan) -> dict[str, Any]:
    """The form data of a draft."""
    return dict(typed_values(PLAN_FIELDS, plan)) | {"version": str(plan.version)}


class _Papers(BaseForm):
    photos = MultipleFileField(
        _l("Ảnh chụp"), description=_l("Bắt buộc khi kết luận về kiến trúc, cảnh quan."), render_kw=_FILES
    )
    drawings = MultipleFileField(
        _l("Bản vẽ"),
        description=_l("Tối đa %(most)d MB mỗi tệp; nhận %(types)s.", most=MAX_BYTES // (1024 * 1024), types=ACCEPTED),
        render_kw=_FILES,
    )

    def to_command(self, code: str) -> Conclude:
        return Conclude(code, values_of(self, CONCLUSION_FIELDS), bool(_sent(self.photos)), bool(_sent(self.drawings)))

    def sent_files(self, case_id: int) -> list[tuple[str, AddFile]]:
        """The field and the file of each paper."""
        captions = {"photos": _("Ảnh chụp kèm kết luận"), "drawings": _("Bản vẽ kèm kết luận")}
        return [
            (
                name,
                AddFile(
                    subject_kind=CONCLUSION_CODE,
                    subject_id=case_id,
                    file_name=sent.filename or "",
                    content=sent.stream.read(MAX_BYTES + 1),
                    caption=caption,
                ),
            )
            for name, caption in captions.items()
            for sent in _sent(self[name])
        ]


def _sent(field: Any) -> list[FileStorage]:
    return [sent for sent in field.data or [] if isinstance(sent, FileStorage) and sent.filename]


ConclusionForm: Any = declared_form("ConclusionForm", CONCLUSION_FIELDS.values(), _Papers)
