"""The one form of the basket: content for all drafts, equipment for each hosting, a slot for each structure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from wtforms import SelectField

from registry.colocation.basket.queries import Basket, BasketLine
from registry.colocation.basket.service import SHARED_FIELDS, SaveBasket
from registry.colocation.forms import REQUEST_FIELDS, offer_choices
from registry.colocation.queries import describe_place
from registry.colocation.rules import item_fields
from registry.kernel.fields import Field
from registry.kernel.forms.base import BaseForm
from registry.kernel.forms.builder import as_typed, form_field
from registry.kernel.i18n import _l
from registry.kernel.numbers import parse_id
from registry.structures.kinds.kind import Hosting

HOSTING_TITLES: Final[dict[Hosting, Any]] = {
    Hosting.ANTENNAS: _l("Thiết bị lắp trên cột ăng ten"),
    Hosting.HUNG_CABLES: _l("Cáp treo trên cột"),
    Hosting.PULLED_CABLES: _l("Cáp luồn trong cống, bể"),
    Hosting.LAID_CABLES: _l("Cáp đặt trong hào, tuy nen"),
    Hosting.ROOM: _l("Thiết bị đặt trong nhà trạm"),
}
_PLACE: Final = "place__"


@dataclass(frozen=True)
class Equipment:
    """The fields of one hosting: names in the form by names of the item."""

    hosting: Hosting
    names: Mapping[str, str]
    count: int

    @property
    def title(self) -> Any:
        return HOSTING_TITLES[self.hosting]


@dataclass(frozen=True)
class BasketForm:
    """The form with its parts, as the template lays them out."""

    form: BaseForm
    content: tuple[str, ...]
    equipment: tuple[Equipment, ...]

    def place_of(self, line: BasketLine) -> Any:
        """The field that chooses the slot of a line; None where its structure has none or is not seen."""
        name = f"{_PLACE}{line.item.id}"
        return self.form[name] if name in self.form else None  # noqa: SIM401 - forms have no get

    def command(self, versions: Mapping[int, int]) -> SaveBasket:
        """The typed values of a valid form."""
        places = {
            int(field.name.removeprefix(_PLACE)): field.data or 0
            for field in self.form
            if field.name.startswith(_PLACE)
        }
        return SaveBasket(
            versions,
            {name: self.form[name].value for name in self.content},
            {
                part.hosting: {name: self.form[typed].value for name, typed in part.names.items()}
                for part in self.equipment
            },
            places,
        )


def basket_form(basket: Basket, *, typed: bool) -> BasketForm:
    """The form of a basket, filled from the request (`typed`) or from what is stored.

    Nothing is required here: a basket may be saved half filled; sending says what is missing.
    """
    fields: dict[str, Any] = {name: form_field(_optional(REQUEST_FIELDS[name])) for name in SHARED_FIELDS}
    stored: dict[str, Any] = {}
    if basket.groups:
        first = basket.groups[0].draft
        stored = {name: as_typed(REQUEST_FIELDS[name], getattr(first, name)) for name in SHARED_FIELDS}
    parts = []
    for hosting, line in basket.shown.items():
        declared = item_fields(line.structure.kind)
        names = {name: f"{hosting.value}__{name}" for name in declared}
        for name, field_name in names.items():
            fields[field_name] = form_field(_optional(declared[name]))
            stored[field_name] = as_typed(declared[name], getattr(line.item, name))
        alike = [each for each in basket.lines if each.structure.exact and each.hosting is hosting]
        parts.append(Equipment(hosting, names, len(alike)))
    selected_lines = [line for line in basket.lines if line.places]
    for line in selected_lines:
        fields[f"{_PLACE}{line.item.id}"] = SelectField(_l("Vị trí lắp đặt"), coerce=int)
        stored[f"{_PLACE}{line.item.id}"] = line.place_id
    made_type: type[BaseForm] = type("BasketFields", (BaseForm,), fields)
    form = made_type() if typed else made_type(formdata=None, data=stored)
    for line in selected_lines:
        options = [(slot.id, describe_place(slot)) for slot in line.places]
        field = form[f"{_PLACE}{line.item.id}"]
        offer_choices(field, options)
        if typed and not field.raw_data:
            # Another window added the line since: it was not on the page that was sent.
            field.data = line.place_id
    return BasketForm(form, SHARED_FIELDS, tuple(parts))


def _optional(field: Field) -> Field:
    return replace(field, required=False)


def read_versions(texts: list[str]) -> dict[int, int]:
    """Versions of drafts by their ids, of hidden fields `id:version`; what is malformed is left out."""
    versions = {}
    for text in texts[:1000]:
        number, version = (parse_id(part) for part in (text.partition(":")[0], text.partition(":")[2]))
        if number is not None and version is not None:
            versions[number] = version
    return versions
