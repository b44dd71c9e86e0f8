"""Forms of a list and of a street."""

from __future__ import annotations

from typing import Any, Final

from flask_wtf.file import FileField
from wtforms import (
    HiddenField,
    IntegerField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    TextAreaField,
)
from wtforms.validators import InputRequired
from wtforms.widgets import CheckboxInput, ListWidget

from registry.kernel.fields import fields_of
from registry.kernel.forms.base import BaseForm
from registry.kernel.forms.builder import declared_form, typed_values, values_of
from registry.kernel.geo.coordinates import PositionRefused
from registry.kernel.geo.readings import Bounds
from registry.kernel.i18n import _l
from registry.routelists.commands import EditRouteItem, OpenList, ProposeItem
from registry.routelists.models import RouteItem
from registry.structures.commands import GivenPosition
from registry.structures.forms import system_field
from registry.structures.kinds import HOSTS
from registry.structures.kinds.kind import Shape
from registry.structures.positions.input import read_position
from registry.workflow.forms import MoveForm

ITEM_FIELDS = fields_of(RouteItem)
_WGS84 = 4326

#: Constraints of the database -> the field that a refusal names, and its sentence.
CONSTRAINT_SENTENCES: Final = {
    "uq_route_list_year": (
        "year",
        _l("Danh mục của năm này vừa được mở; mỗi năm một danh mục."),
    ),
}


class ListForm(BaseForm):
    """The year of a new list."""

    year = IntegerField(_l("Năm"), validators=[InputRequired()], description=_l("Ví dụ: 2027."))

    def to_command(self) -> OpenList:
        return OpenList(self.year.data)


class RouteItemFormBase(MoveForm):
    """The fields of a street besides its declared ones."""

    #: Removed where the street has its list already.
    route_list = SelectField(_l("Danh mục năm"), coerce=int)
    planned_kinds = SelectMultipleField(
        _l("Công trình dự kiến"),
        choices=[SelectChoice(code, kind.label) for code, kind in HOSTS.items()],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    position = TextAreaField(
        _l("Tọa độ của tuyến"),
        validators=[InputRequired(_l("Chưa nhập tọa độ của tuyến; hãy nhập, dán hoặc bấm các điểm trên bản đồ."))],
        description=_l(
            "Mỗi điểm một dòng, theo thứ tự dọc đường; ví dụ: 19,807; 105,776 hoặc X = 2.191.076,73; Y = 581.102,24."
        ),
    )
    system = system_field()
    file = FileField(
        _l("Lấy tuyến từ tệp"),
        description=_l(
            "GeoJSON, KML, KMZ, GPX, CSV, Shapefile (ZIP) hoặc GeoPackage có một tuyến; tệp thay cho ô tọa độ."
        ),
    )
    #: The text whose position was shown last; only a position that was shown is saved.
    echoed = HiddenField()

    def was_echoed(self) -> bool:
        """Whether the position of this text was shown before."""
        return (self.echoed.data or "").split() == (self.position.data or "").split()

    def read_line(self, bounds: Bounds) -> GivenPosition | str:
        """The line, or the text of its refusal."""
        try:
            return read_position(self.position.data or "", self.system.data, Shape.LINE, bounds)
        except PositionRefused as refused:
            return refused.message


ItemForm: Any = declared_form("ItemForm", ITEM_FIELDS.values(), RouteItemFormBase)


def to_propose(form: Any, line: GivenPosition) -> ProposeItem:
    return ProposeItem(form.route_list.data, values_of(form, ITEM_FIELDS), tuple(form.planned_kinds.data or ()), line)


def to_edit(form: Any, item_id: int, line: GivenPosition | None) -> EditRouteItem:
    return EditRouteItem(
        item_id, form.read_version, values_of(form, ITEM_FIELDS), tuple(form.planned_kinds.data or ()), line
    )


def as_typed(item: RouteItem, position_text: str) -> dict[str, Any]:
    """The form data of an item; its position was shown when it was saved."""
    return dict(typed_values(ITEM_FIELDS, item)) | {
        "planned_kinds": item.planned_kinds,
        "position": position_text,
        "echoed": position_text,
        "system": "wgs84" if item.given_srid in (_WGS84, None) else "vn2000",
        "version": str(item.version),
    }
