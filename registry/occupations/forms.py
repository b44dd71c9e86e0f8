"""The form of an occupation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_wtf.file import MultipleFileField
from wtforms import SelectChoice, SelectField

from registry.files.forms import to_add
from registry.files.service import AddFile
from registry.kernel.fields import Field, fields_of
from registry.kernel.forms.builder import declared_form, typed_values, values_of
from registry.kernel.i18n import _, _l
from registry.occupations.codes import CODE
from registry.occupations.commands import EditOccupation, OpenOccupation
from registry.occupations.models import Occupation
from registry.workflow.forms import MoveForm

FIELDS: Mapping[str, Field] = fields_of(Occupation)


class _Choices(MoveForm):
    place = SelectField(
        _l("Vị trí trên công trình"), coerce=int, description=_l("Trong các vị trí đã khai ở sổ sức chứa, nếu có.")
    )
    occupant = SelectField(
        _l("Bên nghi sử dụng không có hợp đồng"),
        coerce=int,
        description=_l("“Chưa rõ” thì hồ sơ được đăng cho các doanh nghiệp viễn thông cùng nhận diện."),
    )
    photos = MultipleFileField(
        _l("Ảnh hiện trường"),
        description=_l(
            "Ảnh chụp cả công trình và cận cảnh thẻ, nhãn; mọi doanh nghiệp xem được khi chưa rõ chủ sở hữu."
        ),
        render_kw={"accept": "image/*"},
    )


OccupationForm = declared_form("OccupationForm", FIELDS.values(), _Choices)


def fill_choices(form: Any, places: list[tuple[int, str]], occupants: list[tuple[int, str]]) -> None:
    form.place.choices = [SelectChoice(0, _("Không có, hoặc chưa rõ")), *(SelectChoice(*option) for option in places)]
    form.occupant.choices = [SelectChoice(0, _("Chưa rõ")), *(SelectChoice(*occupant) for occupant in occupants)]


def to_open(form: Any, structure_code: str) -> OpenOccupation:
    return OpenOccupation(structure_code, values_of(form, FIELDS), form.place.data or None, form.occupant.data or None)


def to_edit(form: Any, occupation_id: int) -> EditOccupation:
    selected = form.place.data or None, form.occupant.data or None
    return EditOccupation(occupation_id, form.read_version, values_of(form, FIELDS), *selected)


def as_typed(occupation: Occupation) -> dict[str, Any]:
    return typed_values(FIELDS, occupation) | {
        "place": occupation.place_id or 0,
        "occupant": occupation.occupant_organisation_id or 0,
        "version": str(occupation.version),
    }


def sent_photos(form: Any, occupation_id: int) -> list[AddFile]:
    return [to_add(file, CODE, occupation_id, _("Ảnh hiện trường")) for file in form.photos.data or []]
