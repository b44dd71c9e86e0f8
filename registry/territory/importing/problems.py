"""Refusals of a folder of boundary files, all at once, each naming file, place and field."""

from __future__ import annotations

import unicodedata
from datetime import date
from typing import Any, Final

from registry.kernel.errors import Invalid
from registry.kernel.i18n import _
from registry.kernel.text import TextRefused, normalise, shown

#: Enough to see what is wrong with a file; the rest is usually the same mistake again.
SHOWN: Final = 50


class Problems:
    """The refusals found so far."""

    def __init__(self) -> None:
        self.sentences: list[str] = []

    def add(self, place: Place, field: str, value: Any, expected: str) -> None:
        """Note one refusal: the value of `field` is not what is expected."""
        self.sentences.append(
            _(
                "%(place)s, trường %(field)s: giá trị '%(value)s' không hợp lệ, cần %(expected)s.",
                place=place,
                field=field,
                value=shown(str("" if value is None else value)),
                expected=expected,
            )
        )

    def add_sentence(self, sentence: str) -> None:
        """Note a refusal of a whole file or folder."""
        self.sentences.append(sentence)

    def refuse_any(self) -> None:
        """Raise Invalid with what was found; nothing where all is well."""
        if not self.sentences:
            return
        sentences = self.sentences[:SHOWN]
        if len(self.sentences) > SHOWN:
            sentences.append(_("Còn %(count)d lỗi khác không hiển thị.", count=len(self.sentences) - SHOWN))
        raise Invalid({"folder": sentences})


class Place:
    """Where a value stands: a file and its row or feature; reads values and notes what is wrong with them."""

    def __init__(self, problems: Problems, file: str, kind: str, number: int, values: dict[str, Any]) -> None:
        self.problems = problems
        self.file = file
        self.kind = kind
        self.number = number
        self.values = values

    def __str__(self) -> str:
        if self.kind == "feature":
            return _("Tệp %(file)s, đối tượng %(number)d", file=self.file, number=self.number)
        return _("Tệp %(file)s, dòng %(number)d", file=self.file, number=self.number)

    def refuse(self, field: str, value: Any, expected: str) -> None:
        """Note that a value of this place is not what is expected."""
        self.problems.add(self, field, value, expected)

    def text(self, field: str, *, longest: int = 200) -> str:
        """A required text; "" after a refusal."""
        value = self.values.get(field)
        if not isinstance(value, str):
            self.refuse(field, value, _("một chuỗi ký tự"))
            return ""
        try:
            found = normalise(value)
        except TextRefused:
            found = ""
        if not found or len(found) > longest:
            self.refuse(field, value, _("từ 1 đến %(longest)d ký tự đọc được", longest=longest))
            return ""
        return found

    def day(self, field: str) -> date | None:
        """A date written YYYY-MM-DD, or nothing."""
        value = self.values.get(field)
        if value is None or value == "":
            return None
        try:
            return date.fromisoformat(value)
        except (TypeError, ValueError):
            self.refuse(field, value, _("ngày dạng YYYY-MM-DD hoặc để trống"))
            return None

    def one_of(self, field: str, choices: dict[str, Any]) -> Any:
        """The meaning of one of the words of `choices`; None after a refusal."""
        value = self.values.get(field)
        word = unicodedata.normalize("NFC", value).strip().lower() if isinstance(value, str) else ""
        if word not in choices:
            self.refuse(field, value, _("một trong: %(choices)s", choices=", ".join(choices)))
            return None
        return choices[word]
