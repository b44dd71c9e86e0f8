"""Filters of a list: each reads its argument of the address, describes itself and says what its input needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement
from werkzeug.datastructures import MultiDict

from registry.kernel.context import Context
from registry.kernel.db.base import Choice as ClosedList
from registry.kernel.errors import Invalid
from registry.kernel.fields import address_day
from registry.kernel.i18n import _, format_date, typed_date
from registry.kernel.numbers import parse_id
from registry.kernel.text import TextRefused, normalise

Args = MultiDict[str, str]
#: Filter name -> value; filters that do not narrow the list are left out.
Chosen = Mapping[str, Any]
Options = Mapping[Any, Any] | type[ClosedList] | Callable[[Context[Any]], Mapping[Any, Any]]
MAX_TEXT: Final = 200
_LARGEST_ID: Final = 2**63 - 1
_SHOWN: Final = 60


@dataclass(frozen=True)
class Filter:
    """One filter. `name` is its argument; `read` gives None where the list is not narrowed by it."""

    name: str
    label: Any
    #: The condition of a value; None where `select` of the list takes the value itself.
    where: Callable[[Context[Any], Any], ColumnElement[bool]] | None = None
    #: Label of its chip where it differs from that of the input.
    chip: Any = ""
    #: The value without an argument; files state it, the page has no chip for it.
    default: Callable[[Context[Any]], Any] | None = None
    #: No input: the form carries the value along.
    hidden: bool = False
    #: Whether the page has a chip for it.
    has_chip: bool = True
    #: Whether addresses state the default too.
    sticky: bool = False
    #: Macro of macros/filters.html that makes the input.
    widget = "text"

    def read(self, ctx: Context[Any], args: Args) -> Any:
        """The value of an address; Invalid says what is wrong with it and what is expected."""
        raise NotImplementedError

    def write(self, value: Any) -> tuple[str, ...]:
        """The values of the argument."""
        return (str(value),)

    def describe(self, ctx: Context[Any], value: Any) -> str:
        """The value in words."""
        del ctx
        return str(value)

    def parts(self, value: Any) -> list[tuple[Any, Any]]:
        """Each part that can be removed by itself, with the value that is left."""
        return [(value, None)]

    def input(self, ctx: Context[Any], value: Any) -> dict[str, Any]:
        """What the macro needs besides name and label."""
        del ctx
        return {"value": "" if value is None else self.write(value)[0]}

    @property
    def quoted(self) -> str:
        """Its label, for a sentence."""
        return f"“{self.label}”"

    def refuse(self, code: str) -> Invalid:
        return Invalid(
            {self.name: _("Bộ lọc %(name)s không có giá trị “%(code)s”.", name=self.quoted, code=code[:_SHOWN])}
        )


@dataclass(frozen=True)
class Search(Filter):
    """Search terms; longer texts are cut to MAX_TEXT characters."""

    widget = "search"

    def read(self, ctx: Context[Any], args: Args) -> str | None:
        del ctx
        try:
            return normalise(args.get(self.name, ""))[:MAX_TEXT] or None
        except TextRefused as refused:
            raise Invalid({self.name: str(refused)}) from refused


@dataclass(frozen=True)
class ChoiceFilter(Filter):
    """One code of a closed list."""

    options: Options = ()  # type: ignore[assignment]  # always given
    #: Label of the empty option.
    everything: Any = ""
    widget = "choice"

    def labels(self, ctx: Context[Any]) -> Mapping[Any, Any]:
        """Code -> label."""
        if isinstance(self.options, type):
            members: type[ClosedList] = self.options
            return {member: member.label for member in members}
        return self.options(ctx) if callable(self.options) else self.options

    def member(self, ctx: Context[Any], code: str) -> Any:
        """The value of a code; Invalid for an unknown one."""
        member = next((code_of_member for code_of_member in self.labels(ctx) if code_of_member == code), None)
        if member is None:
            raise self.refuse(code)
        return member

    def read(self, ctx: Context[Any], args: Args) -> Any:
        code = args.get(self.name, "")
        return self.member(ctx, code) if code else None

    def describe(self, ctx: Context[Any], value: Any) -> str:
        return str(self.labels(ctx)[value])

    def input(self, ctx: Context[Any], value: Any) -> dict[str, Any]:
        labels = [(str(code), label) for code, label in self.labels(ctx).items() if code != ""]
        return {"options": labels, "value": value, "everything": self.everything}


@dataclass(frozen=True)
class MultiChoice(ChoiceFilter):
    """Any of several codes of a closed list."""

    widget = "multi_choice"

    def read(self, ctx: Context[Any], args: Args) -> tuple[Any, ...] | None:
        return tuple(self.member(ctx, code) for code in dict.fromkeys(args.getlist(self.name)) if code) or None

    def write(self, value: Any) -> tuple[str, ...]:
        return tuple(str(code) for code in value)

    def describe(self, ctx: Context[Any], value: Any) -> str:
        return ", ".join(super(MultiChoice, self).describe(ctx, code) for code in value)

    def parts(self, value: Any) -> list[tuple[Any, Any]]:
        return [((code,), tuple(other for other in value if other != code) or None) for code in value]


@dataclass(frozen=True)
class Flag(Filter):
    """A check box; the argument is 1."""

    #: Value of its chip.
    text: Any = ""
    widget = "flag"

    def read(self, ctx: Context[Any], args: Args) -> bool | None:
        del ctx
        code = args.get(self.name, "")
        if code not in ("", "1"):
            raise self.refuse(code)
        return True if code else None

    def write(self, value: Any) -> tuple[str, ...]:
        del value
        return ("1",)

    def describe(self, ctx: Context[Any], value: Any) -> str:
        return str(self.text)


@dataclass(frozen=True)
class Entity(Filter):
    """The id of a row of another table, named by `named`; ids without a name are shown as numbers."""

    named: Callable[[Context[Any], int], str | None] = lambda _ctx, _number: None
    #: The rows that the input offers: id and name.
    options: Callable[[Context[Any]], Sequence[tuple[int, str]]] | None = None
    everything: Any = ""
    #: Whether an id without a name is refused.
    must_exist: bool = False
    widget = "choice"

    def read(self, ctx: Context[Any], args: Args) -> int | None:
        text = args.get(self.name, "").strip()
        if not text:
            return None
        number = parse_id(text)
        if number is None:
            sentence = _(
                "Bộ lọc %(name)s cần một số nguyên, không phải “%(text)s”.", name=self.quoted, text=text[:_SHOWN]
            )
            raise Invalid({self.name: sentence})
        return number

    def describe(self, ctx: Context[Any], value: Any) -> str:
        name = self.named(ctx, value)
        if name is None and self.must_exist:
            sentence = _(
                "Bộ lọc %(name)s: không có số %(number)d trong cơ sở dữ liệu; hãy mở danh sách từ trang số liệu.",
                name=self.quoted,
                number=value,
            )
            raise Invalid({self.name: sentence})
        return str(value) if name is None else name

    def input(self, ctx: Context[Any], value: Any) -> dict[str, Any]:
        options = [(str(number), name) for number, name in (self.options(ctx) if self.options else ())]
        return {"options": options, "value": "" if value is None else str(value), "everything": self.everything}


@dataclass(frozen=True)
class Day(Filter):
    """A day."""

    hint: Any = ""
    #: Another argument that names the day where its own is missing.
    alias: str = ""
    widget = "day"

    def read(self, ctx: Context[Any], args: Args) -> date | None:
        del ctx
        return address_day(args, self.name, self.alias)

    def write(self, value: Any) -> tuple[str, ...]:
        return (typed_date(value),)

    def describe(self, ctx: Context[Any], value: Any) -> str:
        del ctx
        return format_date(value)

    def input(self, ctx: Context[Any], value: Any) -> dict[str, Any]:
        return super().input(ctx, value) | {"hint": self.hint}
