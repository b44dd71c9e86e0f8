"""Read the data files of the demonstration, all below `data/`.

A column of a CSV file has the name of the column of the model that it fills; an empty cell leaves it out. Structures
and their places are named by the owner's own code, organisations by their code, positions are WKT in WGS 84 degrees.
"""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Final

import shapely
from geoalchemy2 import Geometry
from sqlalchemy import inspect

from registry.structures.kinds import KINDS

_FOLDER: Final = Path(__file__).with_name("data")
_PARSERS: Final[dict[type, Callable[[str], Any]]] = {
    bool: lambda text: text == "true",
    date: date.fromisoformat,
    datetime: datetime.fromisoformat,
}


@dataclass(frozen=True)
class SampleStructure:
    """A structure to be written; `members` are the own codes of the structures that carry a cable, in order."""

    kind: str
    own_code: str
    owner: str
    registered_at: datetime
    #: WKT.
    position: str
    members: tuple[str, ...]
    #: The declared fields, the own code among them.
    values: Mapping[str, Any]


def read_rows(name: str) -> list[dict[str, str]]:
    """The rows of a CSV file; `name` is relative to the data folder, without the extension."""
    with (_FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def read_table(name: str) -> dict[str, Any]:
    """A TOML file of the data folder."""
    return tomllib.loads((_FOLDER / f"{name}.toml").read_text(encoding="utf-8"), parse_float=Decimal)


def data_file(name: str) -> Path:
    """The path of a file that the sample uploads as its users would."""
    return _FOLDER / name


def read_structures() -> Iterator[SampleStructure]:
    """The structures of all kinds; `structures/<kind>.csv` holds those of one kind."""
    for path in sorted((_FOLDER / "structures").glob("*.csv")):
        for row in read_rows(f"structures/{path.stem}"):
            yield SampleStructure(
                path.stem,
                row["own_code"],
                row["owner"],
                datetime.fromisoformat(row["registered_at"]),
                row["position"],
                tuple(row.get("members", "").split()),
                column_values(KINDS[path.stem].model, row),
            )


def column_values(model: Any, row: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a row that belong to columns of a model, in the Python types of the columns."""
    types = _types(model)
    return {
        name: _value(python_type, value)
        for name, value in row.items()
        if value != "" and (python_type := types.get(name)) is not None
    }


@cache
def _types(model: Any) -> Mapping[str, type]:
    columns = inspect(model).columns.items()
    # Positions have none.
    return {name: column.type.python_type for name, column in columns if not isinstance(column.type, Geometry)}


def _value(python_type: type, value: Any) -> Any:
    if isinstance(value, str):
        return _PARSERS.get(python_type, python_type)(value)
    return Decimal(value) if python_type is Decimal else value


def points_of(wkt: str) -> tuple[tuple[float, float], ...]:
    """Longitude and latitude of the points of a WKT geometry."""
    return tuple((lon, lat) for lon, lat in shapely.from_wkt(wkt).coords)
