"""The form in which the department composes the questions of a campaign on request: a group of fields each."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from werkzeug.datastructures import MultiDict
from wtforms import HiddenField, SelectChoice, SelectField

from registry.campaigns.codes import ItemKind
from registry.campaigns.commands import ComposeQuestions
from registry.campaigns.measures import measure_labels
from registry.campaigns.rules import CELL_SEPARATOR, Item, as_text
from registry.kernel.errors import Invalid
from registry.kernel.fields import Field
from registry.kernel.forms.builder import form_field
from registry.kernel.i18n import _, _l
from registry.workflow.forms import MoveForm

#: Empty groups at the end of the form, and the most questions of a campaign.
BLANK_ROWS: Final = 3
MOST_ROWS: Final = 60
_ROW: Final = re.compile(r"label_(\d{1,2})")
_MOST: Final = Decimal("99999999999999.99")


def _fields_of(row: int) -> list[Field]:
    decimals: dict[str, Any] = {"minimum": Decimal(0), "maximum": _MOST, "decimals": 2, "python_type": Decimal}
    return [
        Field(f"label_{row}", _l("Câu hỏi"), max_length=200),
        Field(f"kind_{row}", _l("Kiểu trả lời"), choices=ItemKind, required=True),
        Field(f"unit_{row}", _l("Đơn vị tính"), max_length=40),
        Field(f"minimum_{row}", _l("Nhỏ nhất"), **decimals),
        Field(f"maximum_{row}", _l("Lớn nhất"), **decimals),
        Field(
            f"options_{row}",
            _l("Các lựa chọn, hoặc các cột của bảng"),
            max_length=500,
            needed_when=_l("khi trả lời bằng lựa chọn hoặc bảng"),
            hint=_l("Cách nhau bằng dấu chấm phẩy."),
        ),
        Field(
            f"at_most_{row}",
            _l("Không lớn hơn câu hỏi số"),
            minimum=Decimal(1),
            maximum=Decimal(MOST_ROWS),
            python_type=int,
        ),
        Field(f"required_{row}", _l("Phải trả lời"), python_type=bool, is_box=True),
    ]


class QuestionsForm(MoveForm):
    """The fields of each row are added by `questions_form`."""

    rows: Sequence[int] = ()

    def to_command(self, campaign_id: int) -> ComposeQuestions:
        """A row whose question was emptied is left out; Invalid for one that has anything else but no question."""
        codes = {row: self[f"code_{row}"].data or "" for row in self.rows}
        taken = set(codes.values())
        fresh = (code for number in range(1, MOST_ROWS * 2) if (code := f"q{number}") not in taken)
        items: dict[int, Item] = {}
        problems: dict[str, str] = {}
        for row in self.rows:
            if not self[f"label_{row}"].value:
                if not codes[row] and any(self[f"{name}_{row}"].value for name in ("unit", "minimum", "maximum")):
                    problems[f"label_{row}"] = _("Câu hỏi số %(row)d chưa có nội dung.", row=row)
                continue
            items[row] = self._item(row, codes[row] or next(fresh))
        for row, item in items.items():
            number = self[f"at_most_{row}"].value
            if number is not None:
                # One that is not there is refused with the others.
                items[row] = replace(item, at_most=items[number].code if number in items else "?")
        if problems:
            raise Invalid(problems)
        return ComposeQuestions(campaign_id, self.read_version, items)

    def _item(self, row: int, code: str) -> Item:
        values = {name: self[f"{name}_{row}"].value for name in ("label", "kind", "unit", "minimum", "maximum")}
        options = (option.strip() for option in (self[f"options_{row}"].value or "").split(CELL_SEPARATOR))
        kind = ItemKind(values["kind"])
        return Item(
            code,
            values["label"],
            values["unit"] or "",
            self[f"measure_{row}"].data or "",
            None,
            "",
            kind,
            values["minimum"],
            values["maximum"],
            tuple(option for option in options if option),
            "",
            self[f"required_{row}"].value,
        )


def questions_form(count: int, **options: Any) -> QuestionsForm:
    """A form of so many rows, numbered from one."""
    rows = range(1, min(count, MOST_ROWS) + 1)
    measures = [SelectChoice("", _l("Không điền sẵn"))]
    measures += [SelectChoice(code, label) for code, label in measure_labels().items()]
    fields: dict[str, Any] = {"rows": tuple(rows)}
    for row in rows:
        fields |= {field.name: form_field(field) for field in _fields_of(row)}
        fields[f"code_{row}"] = HiddenField()
        fields[f"measure_{row}"] = SelectField(_l("Điền sẵn số liệu của cơ sở dữ liệu"), choices=measures, default="")
    form_class: type[QuestionsForm] = type("QuestionsFormOf", (QuestionsForm,), fields)
    return form_class(**options)


def sent_rows(sent: MultiDict[str, str]) -> int:
    """How many rows a posted form has."""
    return max((int(match[1]) for name in sent if (match := _ROW.fullmatch(name))), default=BLANK_ROWS)


def questions_as_typed(items: Sequence[Item], version: int) -> Mapping[str, Any]:
    """What the form of some questions starts with; empty rows answer by a whole number that must be there."""
    typed: dict[str, Any] = {"version": str(version)}
    places = {item.code: str(row) for row, item in enumerate(items, 1)}
    for row in range(1, len(items) + BLANK_ROWS + 1):
        typed |= {f"kind_{row}": ItemKind.WHOLE.value, f"required_{row}": True}
    for row, item in enumerate(items, 1):
        typed |= {
            f"code_{row}": item.code,
            f"label_{row}": item.label,
            f"kind_{row}": item.kind.value,
            f"unit_{row}": item.unit,
            f"minimum_{row}": _typed_number(item.minimum),
            f"maximum_{row}": _typed_number(item.maximum),
            f"options_{row}": f"{CELL_SEPARATOR} ".join(item.options),
            f"measure_{row}": item.measure,
            f"at_most_{row}": places.get(item.at_most, ""),
            f"required_{row}": item.required,
        }
    return typed


def _typed_number(value: Decimal | None) -> str:
    return (as_text(value) or "").replace(".", ",")
