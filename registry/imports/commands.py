"""Commands of imports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import BinaryIO

from registry.imports.mapping.coordinate_systems import AnySystem


@dataclass(frozen=True)
class UploadFile:
    """A file of one owner and one kind. `full_delivery`: it lists all structures of the owner."""

    organisation_id: int
    kind: str
    file_name: str
    stream: BinaryIO
    full_delivery: bool = False


@dataclass(frozen=True)
class SetReading:
    """How to read a file; None means automatic, header row 0 means that there is none."""

    batch_id: int
    version: int
    encoding: str | None = None
    separator: str | None = None
    header_row: int | None = None


@dataclass(frozen=True)
class SetMapping:
    """Field -> column header; `version` is that of the batch that the user saw."""

    batch_id: int
    version: int
    mapping: Mapping[str, str]
    system: AnySystem | None
    outside_area: bool = False
    full_delivery: bool = False
    #: Field -> confirmed unit of its column, where that is not the unit of the field.
    units: Mapping[str, str] = field(default_factory=dict)
    #: Whether the author of the file confirmed the system, although many rows suggest another.
    system_confirmed: bool = False
    #: Field -> text for every row.
    constants: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SetValues:
    """Field -> text of the file -> text that it means ("" nothing, None as it stands); the same for days and units.

    `accepts_suggestions`: open values without a meaning take the suggested one.
    """

    batch_id: int
    version: int | None
    values: Mapping[str, Mapping[str, str | None]] = field(default_factory=dict)
    #: Field -> code of a pattern of dates, "" for day/month/year.
    date_patterns: Mapping[str, str] = field(default_factory=dict)
    #: Field -> unit of numbers without one; those with one are converted.
    units: Mapping[str, str] = field(default_factory=dict)
    accepts_suggestions: bool = False


@dataclass(frozen=True)
class ReplaceText:
    """A text and what takes its place in all cells of the column of a field."""

    batch_id: int
    version: int | None
    field: str
    searched: str
    substitute: str


@dataclass(frozen=True)
class SplitColumn:
    """A column, named or not, and the text at which its cells are split."""

    batch_id: int
    version: int | None
    column: str
    separator: str
