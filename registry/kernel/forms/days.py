"""Days in forms that are not built from declarations: typed as everywhere else, read by the same parser."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from wtforms import StringField

from registry.kernel.fields import Field
from registry.kernel.fields_parse import parse_value
from registry.kernel.i18n import _l, format_date

#: What every field for a day says below its label.
DAY_HINT: Final = _l("Ngày/tháng/năm, ví dụ 05/12/2026.")


class DayField(StringField):  # type: ignore[misc]  # WTForms ships no types
    """A legal day as text; `data` is the day, None for nothing or for what was refused (the text stays as typed).

    The browser's own date input is not used: it shows days in the order of the reader's system, not as dd/mm/yyyy.
    """

    data: Any

    def __init__(self, label: Any = None, validators: Any = None, description: Any = DAY_HINT, **options: Any) -> None:
        super().__init__(label, validators, description=description, **options)

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Read what was typed; the refusal becomes the field's error."""
        if valuelist:
            # Cleared first: a refused text must not leave the day that stood there before.
            self.data = None
            self.data = parse_value(Field(self.name, self.label.text, python_type=date), valuelist[0])

    def _value(self) -> str:
        return self.raw_data[0] if self.raw_data else format_date(self.data)
