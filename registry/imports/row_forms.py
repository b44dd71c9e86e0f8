"""Forms on single rows of an import: cells mended in place, what becomes of duplicates."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from wtforms import HiddenField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from registry.imports.decisions import Decide
from registry.imports.mending import CELL, MendRow
from registry.imports.models import ImportBatch, RowChoice
from registry.imports.results import ResultRow, places_of
from registry.imports.targets import targets_of
from registry.kernel.forms.base import BaseForm
from registry.kernel.i18n import _, _l

_CHOICE: Final = "choice_"
_ROW: Final = re.compile(rf"{_CHOICE}([0-9]{{1,9}})")
_MOST_DIGITS: Final = 9
#: A text longer than this is read better on several lines.
_LONG: Final = 120


class MendFormBase(BaseForm):
    """What the form of a row has besides one field for each mapped column."""

    seen = HiddenField(validators=[InputRequired()])
    cell_names: tuple[str, ...] = ()

    def cells(self) -> list[Any]:
        """The field of each mapped column, in the file's order."""
        return [self[name] for name in self.cell_names]

    def to_command(self, batch: ImportBatch, number: int) -> MendRow:
        """The command; browsers send line breaks of their own kind."""
        sent = {name: self[name].data or "" for name in self.cell_names if self[name].raw_data}
        cells = {int(name.removeprefix(CELL)): text.replace("\r\n", "\n") for name, text in sent.items()}
        return MendRow(batch.id, number, self.seen.data or "", cells)


def mend_form(batch: ImportBatch, found: ResultRow, seal: str) -> MendFormBase:
    """The cells of a row under the headings of the file, each with the field that it goes to as its hint."""
    header: list[str] = batch.found["header"]
    targets = targets_of(batch.kind)
    at = {header.index(word): name for name, word in batch.mapping.items() if word in header}
    fields: dict[str, Any] = {}
    for place in sorted(at):
        cell, name = found.row.cells[place], at[place]
        made = TextAreaField if "\n" in cell or len(cell) > _LONG else StringField
        hint = str(targets[name].label) if name in targets else ""
        fields[f"{CELL}{place}"] = made(header[place], description="" if hint == header[place] else hint)
    made_form: type[MendFormBase] = type("MendForm", (MendFormBase,), fields | {"cell_names": tuple(fields)})
    return made_form(data={"seen": seal, **{f"{CELL}{place}": found.row.cells[place] for place in at}})


def add_problems(form: MendFormBase, batch: ImportBatch, found: ResultRow) -> list[str]:
    """Put what the check found at the cells; returns the sentences that belong to no cell of the form."""
    left = []
    for problem in found.problems:
        names = [f"{CELL}{place}" for place in places_of(batch, problem)]
        fields = [form[name] for name in names if name in form.cell_names]
        for field in fields[:1] if problem["blocks"] else ():
            field.errors = [*field.errors, problem["reason"]]
        if not fields or not problem["blocks"]:
            left.append(problem["reason"])
    return left


class DecideFormBase(BaseForm):
    """What the form of duplicates has besides one list for each row."""

    version = HiddenField(validators=[InputRequired()])
    for_all = SelectField(_l("Với mọi dòng trùng của tệp"), default="")
    row_names: tuple[str, ...] = ()

    def to_command(self, batch: ImportBatch, scope: str) -> Decide:
        """The command: one choice for all duplicates, or those of the rows."""
        version = self.version.data or ""
        known = int(version) if version.isdecimal() and len(version) <= _MOST_DIGITS else 0
        if scope == "all":
            return Decide(batch.id, known, {}, RowChoice(self.for_all.data) if self.for_all.data else None)
        chosen = {int(name.removeprefix(_CHOICE)): self[name].data for name in self.row_names if self[name].data}
        return Decide(batch.id, known, {number: RowChoice(code) for number, code in chosen.items()})


def decide_form(batch: ImportBatch, chosen: Mapping[int, RowChoice | None]) -> DecideFormBase:
    """The form for the rows of one page, with what was chosen before."""
    options = [
        SelectChoice("", _("— chưa chọn —")),
        *(SelectChoice(choice.value, choice.label) for choice in RowChoice),
    ]
    fields: dict[str, Any] = {
        f"{_CHOICE}{number}": SelectField(
            _("Cách xử lý dòng %(number)d", number=number), choices=options, default=choice.value if choice else ""
        )
        for number, choice in chosen.items()
    }
    made: type[DecideFormBase] = type("DecideForm", (DecideFormBase,), fields | {"row_names": tuple(fields)})
    form = made(data={"version": str(batch.version)})
    form.for_all.choices = options
    return form


def sent_rows(names: Iterable[str]) -> dict[int, RowChoice | None]:
    """The rows that a sent form speaks of."""
    return {int(match[1]): None for name in names if (match := _ROW.fullmatch(name))}
