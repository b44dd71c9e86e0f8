"""Values that a person gives to every row of a file, where no column holds the field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from registry.imports.aliases import is_full, member_of
from registry.imports.targets import Target, targets_of
from registry.kernel.fields import Field, ValueRefused, parse_value
from registry.kernel.i18n import _
from registry.structures.kinds import KINDS
from registry.structures.kinds.kind import YEAR_ONLY, year_flag_of

#: What only files have and every row may share.
_OF_FILES: Final = (
    *("commune", "district", "capacity_total", "capacity_used"),
    *("capacity_height_m", "capacity_diameter_mm", "capacity_level", "holder"),
)
#: What tells one structure from another.
_OF_ONE: Final = ("own_code",)


def constant_targets(kind: str) -> dict[str, Target]:
    """Name -> what every row of a file may have alike: declared fields but the own code, commune and capacity."""
    declared = KINDS[kind].fields()
    return {
        name: target
        for name, target in targets_of(kind).items()
        if name in _OF_FILES or (name in declared and name not in _OF_ONE)
    }


def constant_problems(kind: str, constants: Mapping[str, str], mapping: Mapping[str, str]) -> dict[str, str]:
    """Why values for all rows cannot be used, by field."""
    known = constant_targets(kind)
    found = {}
    for name, text in constants.items():
        if name not in known:
            found[name] = _(
                "Không ghi chung được trường «%(name)s» cho mọi dòng; cần một trong: %(all)s.",
                name=name,
                all=", ".join(known),
            )
        elif name in mapping:
            found[name] = _(
                "Trường «%(label)s» vừa lấy từ cột «%(word)s» vừa ghi chung «%(value)s»; hãy bỏ một trong hai.",
                label=known[name].label,
                word=mapping[name],
                value=text,
            )
        elif (declared := known[name].declared) is not None and (reason := _refusal(kind, declared, text)):
            found[name] = reason
    return found


def _refusal(kind: str, field: Field, text: str) -> str:
    """Why a text is no value of a field, by the words that cells may use; nothing where it is one."""
    if not text.strip():
        return _("Giá trị chung của «%(label)s» còn trống; cần một giá trị.", label=field.label)
    if field.choices is not None and member_of(field.name, field.choices, text) is not None:
        return ""
    if field.name == "sharing_status" and is_full(text):
        return ""
    if year_flag_of(field, KINDS[kind].fields()) is not None and YEAR_ONLY.fullmatch(text):
        return ""
    try:
        parse_value(field, text)
    except ValueRefused as refused:
        return str(refused)
    return ""
