"""Forms of structures: one per kind, built from the declarations, with owner and position."""

from __future__ import annotations

from functools import cache
from typing import Any

from wtforms import BooleanField, HiddenField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from registry.kernel.days import BUILT
from registry.kernel.fields import Field
from registry.kernel.forms.base import BaseForm, VersionedForm
from registry.kernel.forms.builder import DayField, declared_form, values_of
from registry.kernel.geo.coordinates import ParsedPosition, PositionRefused, parse_position
from registry.kernel.geo.readings import Bounds
from registry.kernel.i18n import _l
from registry.structures.commands import ChangeStatus, CreateStructure, EditStructure, GivenPosition
from registry.structures.kinds import KINDS
from registry.structures.kinds.kind import YEAR_ONLY, year_flag_of
from registry.structures.positions.input import read_position

#: Groups of fields in the order of the form, with their headings.
GROUPS = (
    ("general", _l("Thông tin chung")),
    ("kind", _l("Đặc điểm kỹ thuật")),
    ("sharing", _l("Dùng chung")),
    ("position", _l("Nguồn gốc vị trí")),
    ("life", _l("Xây dựng và tình trạng")),
    ("legal", _l("Pháp lý")),
)
SYSTEMS = (
    ("auto", _l("Tự nhận biết khi rõ ràng")),
    ("wgs84", _l("Vĩ độ, kinh độ (WGS 84)")),
    ("vn2000", _l("VN-2000, kinh tuyến trục 105°00', múi 3° (X, Y)")),
)


def system_field() -> Any:
    """The coordinate system that a typed position is in."""
    return SelectField(_l("Hệ tọa độ"), choices=[SelectChoice(code, label) for code, label in SYSTEMS], default="auto")


class SinglePointForm(BaseForm):
    """A form that asks for one point; it declares both fields itself, in its own order and words."""

    position: Any
    system: Any

    def read_point(self, bounds: Bounds | None) -> ParsedPosition | None:
        """The point that was sent; None with its refusal, and the errors of all other fields, at their fields."""
        try:
            return parse_position(self.position.data or "", self.system.data or "auto", bounds=bounds)
        except PositionRefused as refused:
            self.validate_on_submit()
            # It says more than what the field itself found in the text.
            self.position.errors = [refused.message]
            return None


class StructureFormBase(VersionedForm):
    """The fields of every kind's form in addition to the declared ones."""

    owner = SelectField(_l("Chủ sở hữu"), coerce=int, validate_choice=True)
    position = TextAreaField(
        _l("Tọa độ"),
        validators=[InputRequired(_l("Chưa nhập tọa độ; hãy nhập hoặc chọn trên bản đồ."))],
        description=_l("Ví dụ: 19,807; 105,776 hoặc X = 2.191.076,73; Y = 581.102,24. Tuyến: mỗi điểm một dòng."),
    )
    system = system_field()
    stated_commune = SelectField(
        _l("Xã, phường theo hồ sơ"),
        coerce=int,
        validators=[Optional()],
        description=_l("Để kiểm tra tọa độ có đúng địa bàn."),
    )
    #: Only with P.STRUCTURE_OUTSIDE_AREA; removed from the form otherwise.
    outside_area = BooleanField(
        _l("Cho phép vị trí ngoài địa bàn tỉnh"), description=_l("Quyền của quản trị; việc cho phép được ghi lại.")
    )
    effective_on = DayField(
        _l("Có hiệu lực từ ngày"),
        span=BUILT,
        description=_l(
            "Ngày/tháng/năm đã qua, khi ghi nhận muộn hoặc đính chính quá khứ. Để trống: có hiệu lực từ bây giờ."
        ),
    )
    #: The text of the place shown last; only a place that was shown is saved.
    echoed = HiddenField()

    def validate(self, extra_validators: Any = None) -> bool:
        """Check the form; a year alone becomes its first day and sets the flag of the year."""
        names = [field.short_name for field in self]
        for name in names:
            flag = year_flag_of(declared, names) if (declared := getattr(self[name], "declaration", None)) else None
            if flag and (year := YEAR_ONLY.fullmatch(self[name].data or "")):
                self[name].data, self[flag].data = f"01/01/{year[1]}", "true"
        return bool(super().validate(extra_validators))

    def was_echoed(self) -> bool:
        """Whether the place of this text was shown before."""
        return (self.echoed.data or "").split() == (self.position.data or "").split()

    def read_position(self, kind: str, bounds: Bounds | None) -> GivenPosition | None:
        """The given position, or None with the refusal at its field."""
        try:
            return read_position(self.position.data or "", self.system.data, KINDS[kind].shape, bounds)
        except PositionRefused as refused:
            self.position.errors = [*self.position.errors, refused.message]
            return None


@cache
def fields_for(kind: str) -> dict[str, Field]:
    """The declared fields of a kind in the order of the form."""
    fields = KINDS[kind].fields()
    order = [code for code, _label in GROUPS]
    return dict(sorted(fields.items(), key=lambda item: order.index(item[1].group)))


@cache
def form_class(kind: str) -> type[StructureFormBase]:
    declared: Any = declared_form(f"{KINDS[kind].model.__name__}Form", fields_for(kind).values(), StructureFormBase)
    built_class: type[StructureFormBase] = declared
    return built_class


def to_create(form: StructureFormBase, kind: str, position: GivenPosition) -> CreateStructure:
    return CreateStructure(
        kind=kind,
        owner_id=form.owner.data,
        values=values_of(form, fields_for(kind)),
        position=position,
        stated_commune_id=form.stated_commune.data or None,
        outside_area=is_outside_allowed(form),
        effective_on=form.effective_on.data,
    )


def is_outside_allowed(form: StructureFormBase) -> bool:
    """Whether the form allows a place outside the province."""
    return form.outside_area is not None and bool(form.outside_area.data)


def to_edit(form: StructureFormBase, kind: str, code: str, position: GivenPosition | None) -> EditStructure:
    """The command of a valid form; an unchanged position stays None."""
    return EditStructure(
        code=code,
        version=form.read_version,
        values=values_of(form, fields_for(kind)),
        position=position,
        stated_commune_id=form.stated_commune.data or None,
        outside_area=is_outside_allowed(form),
        effective_on=form.effective_on.data,
    )


class StepForm(VersionedForm):
    """One step in a structure's life."""

    reason = StringField(_l("Lý do"), validators=[Length(max=500)])
    #: Needed where occupants use a structure that goes out of service.
    occupants = SelectField(
        _l("Các mục đang sử dụng"),
        choices=[
            SelectChoice("", _l("Hãy chọn")),
            SelectChoice("end", _l("Kết thúc vào ngày ngừng khai thác")),
            SelectChoice("move", _l("Chuyển sang công trình khác")),
        ],
        # Other steps do not need it; the service checks it.
        validate_choice=False,
    )
    move_to = StringField(
        _l("Chuyển sang công trình"),
        validators=[Length(max=60)],
        description=_l("Mã tỉnh của một công trình cùng chủ sở hữu còn chỗ, ví dụ THA-CAT-000123."),
    )

    def to_command(self, code: str) -> ChangeStatus:
        return ChangeStatus(
            code,
            self.read_version,
            self.reason.data or "",
            occupants=self.occupants.data or "",
            move_to=self.move_to.data or "",
        )
