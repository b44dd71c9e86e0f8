"""Forms of the catalogue of acts and of the competence to fine."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Final

from wtforms import SelectChoice, SelectMultipleField
from wtforms.validators import ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from registry.dated_rows.tables import MARK, REASON, VALID_FROM
from registry.kernel.days import DaySpan
from registry.kernel.fields import Field
from registry.kernel.forms.base import BaseForm
from registry.kernel.forms.builder import as_typed, declared_form
from registry.kernel.i18n import _, _l
from registry.kernel.text import shown
from registry.kernel.units import VND
from registry.violations.catalogue import SaveCompetence, SaveKind
from registry.violations.codes import Authority, KindGroup, Remedy, Sector
from registry.violations.models import ViolationCompetence, ViolationKind

_MOST_VND: Final = Decimal(10_000_000_000)
CODE: Final = Field(
    "code",
    _l("Mã hành vi"),
    max_length=40,
    required=True,
    hint=_l("Chữ thường không dấu và gạch dưới, ví dụ no_backup."),
)
DECREE: Final = Field("decree", _l("Nghị định, văn bản áp dụng"), max_length=300, required=True)
ARTICLE: Final = Field("article", _l("Điều, khoản, điểm"), max_length=100)
_DATES: Final = (
    VALID_FROM,
    Field(
        "valid_to",
        _l("Đến hết ngày"),
        python_type=date,
        span=DaySpan(since=date(2000, 1, 1), ahead=30),
        hint=_l("Để trống khi chưa biết."),
    ),
)
_ORDERS: Final = ViolationKind.DAY_ORDERS
_SECTOR: Final = Field("sector", _l("Lĩnh vực"), choices=Sector, required=True)
_END: Final = (
    DECREE,
    ARTICLE,
    MARK,
    REASON,
)
KIND_FIELDS: Final = (
    Field("act", _l("Hành vi"), max_length=300, required=True, multiline=True),
    Field("kind_group", _l("Nhóm"), choices=KindGroup, required=True),
    _SECTOR,
    *_DATES,
    Field(
        "acts_until",
        ViolationKind.DAY_LABELS["acts_until"],
        python_type=date,
        span=DaySpan(since=date(2000, 1, 1), ahead=30),
        hint=_l("Chỉ khi hành vi không còn bị cấm trước khi văn bản hết hiệu lực."),
    ),
    Field("fine_min_vnd", _l("Phạt tổ chức thấp nhất"), VND, Decimal(1), _MOST_VND, python_type=int),
    Field("fine_max_vnd", _l("Phạt tổ chức cao nhất"), VND, Decimal(1), _MOST_VND, python_type=int),
    Field("owner_first", _l("Chưa phạt khi chưa rõ chủ sở hữu"), required=True, python_type=bool),
    Field("allows_warning", _l("Văn bản quy định hình thức cảnh cáo"), python_type=bool),
    *_END,
)
COMPETENCE_FIELDS: Final = (
    _SECTOR,
    *_DATES,
    Field(
        "fine_max_vnd",
        _l("Mức phạt cao nhất đối với tổ chức"),
        VND,
        Decimal(1),
        _MOST_VND,
        required=True,
        python_type=int,
    ),
    *_END,
)


class RemediesField(SelectMultipleField):  # type: ignore[misc]  # WTForms ships no types
    """Boxes of the remedies; a code that is none is refused by name."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def __init__(self, label: Any = None, validators: Any = None, **options: Any) -> None:
        choices = [SelectChoice(remedy.value, remedy.label) for remedy in Remedy]
        super().__init__(label, validators, choices=choices, **options)

    def pre_validate(self, form: Any) -> None:
        """ValidationError for a code that is no remedy."""
        del form
        unknown = [code for code in self.data or () if code not in set(Remedy)]
        if unknown:
            raise ValidationError(_("Không có biện pháp nào mang mã “%(code)s”.", code=shown(unknown[0])))


class _RowForm(BaseForm):
    """Common part of the forms of a new row."""

    remedies = RemediesField(_l("Biện pháp khắc phục hậu quả"))

    def _values(self) -> dict[str, object]:
        texts = {item.name: item.value for item in self if hasattr(item, "declaration")}
        remedies = set(self.remedies.data or ())
        return texts | {
            "article": texts["article"] or "",
            "sector": Sector(str(texts["sector"])),
            "remedies": [remedy.value for remedy in Remedy if remedy.value in remedies],
        }

    def _fill_remedies(self, row: ViolationKind | ViolationCompetence) -> None:
        self.remedies.data = list(row.remedies)


class _KindForm(_RowForm):
    def to_command(self, code: str = "") -> SaveKind:
        values = self._values()
        values["code"] = code or values["code"]
        values["kind_group"] = KindGroup(str(values["kind_group"]))
        return SaveKind(**values)  # type: ignore[arg-type]  # the fields are those of the command

    def fill(self, row: ViolationKind) -> None:
        """Fill in what the newest row says, but for its days and reason."""
        for field in KIND_FIELDS:
            if field.name not in ("valid_from", "valid_to", "reason"):
                self[field.name].data = as_typed(field, getattr(row, field.name))
        self._fill_remedies(row)


class _CompetenceForm(_RowForm):
    def to_command(self, authority: str) -> SaveCompetence:
        return SaveCompetence(authority=Authority(authority), **self._values())  # type: ignore[arg-type]

    def fill(self, row: ViolationCompetence) -> None:
        """Fill in what the newest row says, but for its days and reason."""
        for field in COMPETENCE_FIELDS:
            if field.name not in ("valid_from", "valid_to", "reason"):
                self[field.name].data = as_typed(field, getattr(row, field.name))
        self._fill_remedies(row)


KindForm = declared_form("KindForm", KIND_FIELDS, _KindForm, _ORDERS)
NewKindForm = declared_form("NewKindForm", (CODE, *KIND_FIELDS), _KindForm, _ORDERS)
CompetenceForm = declared_form("CompetenceForm", COMPETENCE_FIELDS, _CompetenceForm, _ORDERS[:1])
