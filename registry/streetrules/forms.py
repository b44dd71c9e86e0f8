"""The form of a draft of a rule."""

from __future__ import annotations

from typing import Any

from wtforms import SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from registry.kernel.fields import fields_of
from registry.kernel.forms.base import VersionedForm
from registry.kernel.forms.builder import declared_form, typed_values, values_of
from registry.kernel.geo.coordinates import PositionRefused
from registry.kernel.geo.readings import Bounds
from registry.kernel.i18n import _l
from registry.streetrules.commands import WriteRule
from registry.streets.rule_models import StreetRule
from registry.structures.forms import system_field
from registry.structures.kinds.kind import Shape
from registry.structures.positions.input import read_position

RULE_FIELDS = fields_of(StreetRule)
#: Longest text of the positions of a stretch, in characters: some 20,000 points.
_MOST_TEXT = 1_000_000


class RuleFormBase(VersionedForm):
    """Which street, and where in it."""

    street = StringField(
        _l("Tên đường hoặc số hiệu"),
        validators=[InputRequired(_l("Chưa nhập; cần tên hoặc số hiệu của đường.")), Length(max=200)],
        description=_l("Như trong danh mục đường của hệ thống; ví dụ: Đường Trần Phú; QL.47."),
    )
    commune = SelectField(_l("Xã, phường"), coerce=int, default=0)
    position = TextAreaField(
        _l("Tọa độ của đoạn"),
        validators=[Optional(), Length(max=_MOST_TEXT)],
        description=_l(
            "Chỉ khi là một đoạn không có tên nút giao: mỗi điểm một dòng, dọc theo đường; hệ thống đưa về tim đường."
        ),
    )
    system = system_field()

    def read_line(self, bounds: Bounds) -> tuple[str | None, str | None]:
        """The drawn line (GeoJSON) and the text of its refusal; without a text neither."""
        if not (self.position.data or "").strip():
            return None, None
        try:
            return read_position(self.position.data or "", self.system.data, Shape.LINE, bounds).geojson, None
        except PositionRefused as refused:
            return None, refused.message


RuleForm: Any = declared_form("RuleForm", RULE_FIELDS.values(), RuleFormBase)


def to_command(form: Any, line: str | None, rule_id: int | None = None) -> WriteRule:
    return WriteRule(
        values_of(form, RULE_FIELDS),
        form.street.data or "",
        form.commune.data or None,
        line,
        rule_id,
        None if rule_id is None else form.read_version,
    )


def as_typed(rule: StreetRule, street: str) -> dict[str, Any]:
    """The form data of a draft; its drawn stretch stays unless another one is given."""
    return dict(typed_values(RULE_FIELDS, rule)) | {
        "street": street,
        "commune": rule.commune_id or 0,
        "version": str(rule.version),
    }
