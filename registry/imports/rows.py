"""One row of a file as values, with everything that is wrong with it; no database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from registry.capacity.rules import MOST_PLACES
from registry.imports.aliases import choice_of, full_status, is_full
from registry.imports.mapping import DEFAULTS, Plan
from registry.imports.models import RowOutcome
from registry.imports.places import Place, read_place
from registry.imports.reading import Row
from registry.imports.targets import targets_of
from registry.kernel.fields import Field
from registry.kernel.fields_parse import ValueRefused, parse_value
from registry.kernel.geo.readings import Bounds
from registry.kernel.i18n import _
from registry.structures.codes import SharingStatus
from registry.structures.contract import RuleContext
from registry.structures.kinds import KINDS
from registry.structures.service.values import find_problems

_MOST: Final = Decimal(MOST_PLACES)
_TOTAL: Final = Field("capacity_total", "", minimum=Decimal(0), maximum=_MOST, python_type=int)
_USED: Final = Field("capacity_used", "", minimum=Decimal(0), maximum=_MOST, python_type=int)
_HOLDER: Final = Field("holder", "", max_length=200)
#: Statuses that say that places are left, so that how many there are must be said.
_NEEDS_TOTAL: Final = (SharingStatus.AVAILABLE, SharingStatus.SHARED_AVAILABLE)


@dataclass(frozen=True)
class RowProblem:
    """What is wrong in a row: the column as the file calls it, the value as given, why and what is expected."""

    column: str
    value: str
    reason: str
    blocks: bool = True


@dataclass
class CheckedRow:
    """A row on its way to a structure."""

    row: Row
    values: dict[str, Any] = field(default_factory=dict)
    place: Place = field(default_factory=Place)
    #: Commune and owner as written.
    commune: str = ""
    owner: str = ""
    holder: str = ""
    total: int | None = None
    used: int | None = None
    commune_id: int | None = None
    stated_commune_id: int | None = None
    problems: list[RowProblem] = field(default_factory=list)
    existing: bool = False
    structure_id: int | None = None

    @property
    def refused(self) -> bool:
        """Whether a problem stops the row."""
        return any(problem.blocks for problem in self.problems)

    @property
    def outcome(self) -> RowOutcome:
        """What becomes of the row."""
        if self.refused:
            return RowOutcome.REFUSED
        if self.existing:
            return RowOutcome.EXISTING
        return RowOutcome.WARNING if self.problems else RowOutcome.NEW

    @property
    def own_code(self) -> str | None:
        """The owner's own code, where the row has one."""
        return self.values.get("own_code")


class RowParser:
    """Turns rows of one file into values, by one plan."""

    def __init__(self, plan: Plan, header: tuple[str, ...], bounds: Bounds | None, context: RuleContext) -> None:
        self.plan = plan
        self._kind = KINDS[plan.kind]
        self._bounds = bounds
        self._context = context
        self._at = {name: header.index(word) for name, word in plan.mapping.items()}
        self._members: dict[tuple[str, str], Any] = {}
        self._declared = {name: target.declared for name, target in targets_of(plan.kind).items() if target.declared}

    def cell(self, row: Row, name: str) -> str:
        """The text of the column that a field is mapped to, or nothing."""
        at = self._at.get(name)
        return "" if at is None else row.cells[at]

    def parse(self, row: Row) -> CheckedRow:
        """All values of a row and all that is wrong with each of them."""
        checked = CheckedRow(row)
        checked.commune, checked.owner = self.cell(row, "commune").strip(), self.cell(row, "owner").strip()
        checked.total = self._value(checked, _TOTAL)
        checked.used = self._value(checked, _USED)
        checked.holder = self._value(checked, _HOLDER) or ""
        for name, declared in self._declared.items():
            checked.values[name] = self._declared_value(checked, name, declared)
        self._name(checked)
        self._capacity(checked)
        self._position(checked)
        for problem in find_problems(self._kind, self._known(checked), self._context):
            checked.problems.append(
                RowProblem(
                    self.plan.header_of(problem.field),
                    self.cell(row, problem.field),
                    problem.sentence,
                    blocks=problem.blocks,
                )
            )
        return checked

    def refuse(self, checked: CheckedRow, name: str, reason: str, *, blocks: bool = True) -> None:
        """Note a problem at a field's column."""
        value = self.cell(checked.row, name)
        checked.problems.append(RowProblem(self.plan.header_of(name), value, reason, blocks=blocks))

    def _known(self, checked: CheckedRow) -> Mapping[str, Any]:
        """The values that could be read: rules look at nothing else."""
        return {name: value for name, value in checked.values.items() if value is not None}

    def _value(self, checked: CheckedRow, declared: Field) -> Any:
        if declared.name not in self._at:
            return None
        try:
            return self._parsed(declared, self.cell(checked.row, declared.name))
        except ValueRefused as refused:
            self.refuse(checked, declared.name, str(refused))
            return None

    def _parsed(self, declared: Field, text: str) -> Any:
        """The value of a cell; members of closed lists are looked up once for each word of the file."""
        if declared.choices is None:
            return parse_value(declared, text)
        key = (declared.name, text)
        if key not in self._members:
            self._members[key] = parse_value(declared, text)
        return self._members[key]

    def _declared_value(self, checked: CheckedRow, name: str, declared: Field) -> Any:
        if name not in self._at:
            return DEFAULTS.get(name)
        text = self.cell(checked.row, name)
        if name == "sharing_status" and is_full(text):
            return self._full(checked)
        meant = choice_of(name, text)
        if meant is not None and declared.choices is not None and meant in declared.choices:
            return meant
        return self._value(checked, declared)

    def _full(self, checked: CheckedRow) -> SharingStatus | None:
        if checked.used is None and "capacity_used" not in self._at:
            self.refuse(
                checked,
                "sharing_status",
                _("Chỉ nói là hết chỗ; cần cột số vị trí đã sử dụng để biết là dùng riêng hay dùng chung."),
            )
            return None
        return full_status(checked.used)

    def _name(self, checked: CheckedRow) -> None:
        if "name" not in self._at and checked.own_code:
            checked.values["name"] = f"{self._kind.label} {checked.own_code}"
        elif "name" not in self._at:
            self.refuse(checked, "own_code", _("Còn trống; tệp không có cột tên nên cần mã để đặt tên."))

    def _capacity(self, checked: CheckedRow) -> None:
        status = checked.values.get("sharing_status")
        if checked.total is not None and checked.used is not None and checked.used > checked.total:
            sentence = _(
                "Số đã sử dụng %(used)d nhiều hơn tổng số %(total)d vị trí; hãy kiểm tra lại hai số.",
                used=checked.used,
                total=checked.total,
            )
            self.refuse(checked, "capacity_used", sentence)
        given = self.cell(checked.row, "capacity_total").strip()
        if status in _NEEDS_TOTAL and checked.total is None and not given:
            sentence = _(
                "Còn trống trong khi hiện trạng là «%(status)s»; cần tổng số vị trí, ví dụ 3.", status=status.label
            )
            self.refuse(checked, "capacity_total", sentence)

    def _position(self, checked: CheckedRow) -> None:
        cells = {name: self.cell(checked.row, name) for name in self._at}
        place = read_place(cells, self.plan, self._kind.shape, self._bounds)
        checked.place = place
        for name, value, reason in place.refusals:
            checked.problems.append(RowProblem(_columns(self.plan, name), value, reason))
        if place.position is not None:
            for warning in place.position.warnings:
                checked.problems.append(
                    RowProblem(_columns(self.plan, place.column), place.text, warning, blocks=False)
                )


def _columns(plan: Plan, names: str) -> str:
    """The columns of one or two fields, as the file calls them."""
    return ", ".join(plan.header_of(name) for name in names.split(","))
