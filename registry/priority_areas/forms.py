"""The forms of an area and of a file of areas."""

from __future__ import annotations

from typing import Any, Final

from flask_wtf.file import FileField
from wtforms import StringField

from registry.kernel.fields import Field, fields_of
from registry.kernel.forms.base import BaseForm, VersionedForm
from registry.kernel.forms.builder import declared_form, typed_values, values_of
from registry.kernel.geo.coordinates import ParsedPosition
from registry.kernel.i18n import _l
from registry.priority_areas.commands import ImportAreas, SaveArea
from registry.priority_areas.models import PriorityArea
from registry.structures.forms import SinglePointForm, system_field

_NAMES: Final = ("kind", "name", "valid_from", "valid_to", "source", "needs_verification")
FIELDS: Final[dict[str, Field]] = {name: fields_of(PriorityArea)[name] for name in _NAMES}
#: What all areas of a file have in common.
SHARED: Final[dict[str, Field]] = {name: FIELDS[name] for name in _NAMES[2:]}
_ACCEPT: Final = {"accept": ".geojson,.json,.gpkg,.zip,.kml"}
#: Constraints of the database -> the field that a refusal names, and its sentence.
CONSTRAINT_SENTENCES: Final = {
    "ex_priority_area_days": (
        "name",
        _l("Vừa có khu vực cùng loại, cùng tên được ghi cho các ngày này; hãy tải lại trang."),
    ),
}


class _Place(SinglePointForm, VersionedForm):
    position = StringField(
        _l("Vị trí"),
        description=_l("Tọa độ của một điểm, ví dụ: 19,807; 105,776 hoặc X = 2.191.076,73; Y = 581.102,24."),
    )
    system = system_field()
    file = FileField(
        _l("Tệp ranh giới"),
        description=_l("GeoJSON, GeoPackage, Shapefile (.zip) hoặc KML chứa các vùng của khu vực."),
        render_kw=_ACCEPT,
    )

    def stream(self) -> Any:
        """The stream of the file; None without one."""
        return self.file.data and self.file.data.stream


class _Areas(BaseForm):
    file = FileField(
        _l("Tệp khu vực"),
        description=_l(
            "GeoJSON, GeoPackage, Shapefile (.zip) hoặc KML; mỗi đối tượng là một điểm hoặc một vùng, có các thuộc tính"
            " Tên và Loại khu vực. Tệp có một đối tượng sai thì không đối tượng nào được nhận."
        ),
        render_kw=_ACCEPT | {"aria-required": "true"},
    )

    def stream(self) -> Any:
        """The stream of the file; None without one."""
        return self.file.data and self.file.data.stream


AreaForm: Any = declared_form("AreaForm", FIELDS.values(), _Place)
AreasForm: Any = declared_form("AreasForm", SHARED.values(), _Areas)


def to_command(form: Any, position: ParsedPosition | None, area_id: int | None = None) -> SaveArea:
    version = None if area_id is None else form.read_version
    return SaveArea(values_of(form, FIELDS), position, area_id, version)


def to_import(form: Any) -> ImportAreas:
    return ImportAreas(values_of(form, SHARED))


def as_typed(area: PriorityArea) -> dict[str, Any]:
    """The form data of an area; its place is asked only where it changes."""
    return dict(typed_values(FIELDS, area)) | {"version": str(area.version)}
