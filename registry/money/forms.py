"""The form of a project."""

from __future__ import annotations

from typing import Any, Final

from wtforms import StringField
from wtforms.validators import InputRequired, Length

from registry.kernel.fields import fields_of
from registry.kernel.forms.base import BaseForm, VersionedForm
from registry.kernel.forms.builder import declared_form, typed_values, values_of
from registry.kernel.i18n import _l
from registry.money.commands import SaveProject
from registry.money.models import PppProject

FIELDS: Final = fields_of(PppProject)
CONSTRAINT_SENTENCES: Final = {
    "uq_ppp_project_name": ("name", _l("Đã có dự án cùng tên trong danh sách; hãy mở và sửa dự án đó.")),
}


class StreetForm(BaseForm):
    """The street whose link to the project is written, or taken back."""

    number = StringField(
        _l("Số hồ sơ tuyến đường"),
        validators=[InputRequired(), Length(max=60)],
        description=_l("Tuyến đã thống nhất đưa vào danh mục, ví dụ: TD-2026-000001."),
    )


ProjectForm: Any = declared_form("ProjectForm", FIELDS.values(), VersionedForm)


def to_command(form: Any, project_id: int | None = None) -> SaveProject:
    version = None if project_id is None else form.read_version
    return SaveProject(values_of(form, FIELDS), project_id, version)


def as_typed(project: PppProject) -> dict[str, Any]:
    """The form data of a project."""
    return dict(typed_values(FIELDS, project)) | {"version": str(project.version)}
