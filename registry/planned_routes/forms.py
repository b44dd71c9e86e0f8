"""Forms: a line or two points, the corridor and the need; from an address, a form or a file."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from flask_wtf.file import FileField
from wtforms import IntegerField, SelectField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import NumberRange, Optional

from registry.kernel.errors import Invalid
from registry.kernel.forms.base import BaseForm
from registry.kernel.geo.coordinates import PositionRefused
from registry.kernel.geo.readings import Bounds
from registry.kernel.i18n import _, _l
from registry.planned_routes.queries import OPTIONS
from registry.structures.commands import GivenPosition
from registry.structures.forms import system_field
from registry.structures.kinds.kind import Shape
from registry.structures.positions.input import read_position

MAX_CORRIDOR_M: Final = 100
MAX_NEED: Final = 100
_TWO: Final = 2
#: A coordinate in the notation of `to_address`.
_PLAIN: Final = re.compile(r"[0-9]+\.[0-9]+")
_DECIMALS: Final = 6


class PointsForm(BaseForm):
    """Points, their coordinate system, and the number of slots needed."""

    #: The form writes nothing, so it may be sent again with other content.
    request_key = None

    points = TextAreaField(_l("Tọa độ của tuyến"))
    system = system_field()
    need = IntegerField(
        _l("Số chỗ cần"),
        validators=[
            Optional(),
            NumberRange(1, MAX_NEED, message=_l("Số chỗ cần phải từ 1 đến %(max)d.", max=MAX_NEED)),
        ],
        description=_l("Số cáp, số ống hoặc số vị trí treo cần có ở mỗi công trình."),
    )

    def line(self, bounds: Bounds) -> GivenPosition:
        """The line in the form; Invalid where there is none."""
        text = self.points.data or ""
        if not text.strip():
            raise Invalid({"points": _("Chưa nhập tọa độ; hãy nhập, dán hoặc bấm các điểm trên bản đồ.")})
        try:
            return read_position(text, self.system.data, Shape.LINE, bounds)
        except PositionRefused as refused:
            raise Invalid({"points": refused.message}) from refused


class RouteForm(PointsForm):
    """A line to plan a route along."""

    points = TextAreaField(
        _l("Tọa độ của tuyến"),
        description=_l(
            "Mỗi điểm một dòng, theo thứ tự dọc tuyến; ví dụ: 19,807; 105,776 hoặc X = 2.191.076,73; Y = 581.102,24."
        ),
    )
    file = FileField(
        _l("Hoặc tệp có một tuyến"),
        description=_l("GeoJSON, KML, KMZ, CSV, bảng tính, Shapefile (ZIP) hoặc GeoPackage; tệp thay cho ô tọa độ."),
        render_kw={"accept": ".geojson,.json,.kml,.kmz,.csv,.tsv,.txt,.xlsx,.xls,.ods,.zip,.gpkg"},
    )
    corridor = IntegerField(
        _l("Hành lang mỗi bên"),
        validators=[
            Optional(),
            NumberRange(
                1, MAX_CORRIDOR_M, message=_l("Hành lang mỗi bên phải từ 1 đến %(max)d m.", max=MAX_CORRIDOR_M)
            ),
        ],
        render_kw={"data_unit": "m"},
    )
    option = SelectField(
        _l("Cách đi cáp"), choices=[SelectChoice(code, label) for code, (label, _ways) in OPTIONS.items()]
    )


class EndsForm(PointsForm):
    """Two points to find paths between."""

    points = TextAreaField(
        _l("Hai điểm"),
        description=_l("Điểm đầu một dòng, điểm cuối một dòng; ví dụ: 19,807; 105,776 rồi 19,815; 105,781."),
    )

    def line(self, bounds: Bounds) -> GivenPosition:
        """The line between the two points; Invalid for any other number of points."""
        drawn_line = super().line(bounds)
        count = len(json.loads(drawn_line.geojson)["coordinates"])
        if count != _TWO:
            raise Invalid({"points": _("Cần đúng hai điểm, điểm đầu và điểm cuối; đã nhập %(count)d.", count=count)})
        return drawn_line


def to_address(geojson: str) -> str:
    """The points of a line for an address: "latitude,longitude" separated by semicolons, to 0.1 m."""
    points = json.loads(geojson)["coordinates"]
    return ";".join(f"{lat:.{_DECIMALS}f},{lon:.{_DECIMALS}f}" for lon, lat in points)


def to_lines(text: str) -> str:
    """The points of an address for the form, one per line; other text is unchanged."""
    parts = [part.strip() for part in text.split(";")]
    pairs = [part.split(",") for part in parts]
    plain = all(len(pair) == _TWO and all(_is_plain(number) for number in pair) for pair in pairs)
    return "\n".join(", ".join(pair) for pair in pairs) if plain else text


def _is_plain(number: Any) -> bool:
    return _PLAIN.fullmatch(str(number)) is not None
