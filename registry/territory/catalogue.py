"""The units of one province from the package vietnamadminunits and the table of reforms, offline."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from registry.kernel.errors import Invalid
from registry.kernel.i18n import _
from registry.kernel.text import normalise
from registry.territory.cells import CommunePoint
from registry.territory.models import SuccessionKind, UnitKind, UnitLevel
from registry.territory.reforms import LAST_DISTRICT_DAY, REFORMS, TWO_LEVELS_ON, Reform, ReformStep
from registry.territory.rules import kind_of, split_name, succession_kind

_PACKAGE: Final = "vietnamadminunits"
_DAY: Final = timedelta(days=1)
_FORMER: Final = """
    SELECT province, provinceCode, provinceKey, district, districtCode, districtType, districtKey, ward, wardCode,
           wardType, wardKey, wardAlias
      FROM admin_units_legacy WHERE provinceCode = ? AND wardCode IS NOT NULL ORDER BY wardCode
"""
_PRESENT: Final = """
    SELECT province, provinceCode, provinceKey, ward, wardCode, wardType, wardKey
      FROM admin_units WHERE provinceCode = ? ORDER BY wardCode
"""
#: All communes of the country with a known point.
_POINTS: Final = """
    SELECT provinceKey, wardCode, wardLon, wardLat FROM admin_units_legacy
     WHERE wardCode IS NOT NULL AND wardLon IS NOT NULL AND wardLat IS NOT NULL ORDER BY wardCode
"""
_PROVINCES: Final = "SELECT DISTINCT provinceCode, provinceKey, provinceShort FROM admin_units ORDER BY provinceCode"
_TOWNS: Final = """
    SELECT DISTINCT districtShort, districtType, districtLon, districtLat FROM admin_units_legacy
     WHERE districtType IN ('Thành phố', 'Thị xã') AND districtLon IS NOT NULL AND districtLat IS NOT NULL
     ORDER BY districtShort, districtLon
"""


@dataclass(frozen=True)
class Town:
    """A city or town of the country by its short name, with its point (WGS 84)."""

    name: str
    is_city: bool
    lon: float
    lat: float


@dataclass(frozen=True)
class UnitKey:
    """Identifies a unit over time."""

    level: UnitLevel
    code: str
    valid_from: date | None


@dataclass(frozen=True)
class UnitRow:
    """A unit that the register should have."""

    key: UnitKey
    kind: UnitKind
    name: str
    parent: UnitKey | None
    valid_to: date | None
    legal_basis: str | None
    older_names: tuple[str, ...] = ()


@dataclass(frozen=True)
class SuccessionRow:
    """A succession that the register should have."""

    predecessor: UnitKey
    successor: UnitKey | None
    kind: SuccessionKind
    is_default: bool
    effective_on: date
    legal_basis: str | None


@dataclass
class Catalogue:
    """One province over time."""

    units: dict[UnitKey, UnitRow] = field(default_factory=dict)
    successions: list[SuccessionRow] = field(default_factory=list)

    def add(self, row: UnitRow) -> UnitKey:
        """Add a unit unless its key is there already."""
        return self.units.setdefault(row.key, row).key


def read_catalogue(province_code: str) -> Catalogue:
    """The catalogue of one province (code of the statistics office); Invalid where the package does not know it."""
    former, present, converter = _read_package(province_code)
    if not former or not present:
        raise Invalid({"province": _("Mã tỉnh “%(code)s” không có trong danh mục hành chính.", code=province_code)})
    reform = REFORMS.get(province_code, Reform(None))
    catalogue = Catalogue()
    province = catalogue.add(
        UnitRow(
            UnitKey(UnitLevel.PROVINCE, province_code, None), _kind(present[0]["province"]), present[0]["province"],
            None, None, None,
        )
    )  # fmt: skip
    _add_districts(catalogue, former, province, reform)
    _add_former_communes(catalogue, former, reform)
    for row in present:
        _add_present(catalogue, row, province, reform)
    _add_earlier_successions(catalogue, reform)
    _add_successions(catalogue, former, present, converter, reform)
    return catalogue


def _read_package(province_code: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]], dict[str, Any]]:
    with _dataset() as connection:
        former = [dict(row) for row in connection.execute(_FORMER, (province_code,))]
        present = [dict(row) for row in connection.execute(_PRESENT, (province_code,))]
    return former, present, _converter()


def _data_folder() -> Path:
    # Its data files are read without importing it: the import would load its address parser.
    spec = find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        message = f"package {_PACKAGE} is not installed"
        raise RuntimeError(message)
    return Path(spec.submodule_search_locations[0]) / "data"


@contextmanager
def _dataset() -> Iterator[sqlite3.Connection]:
    path = _data_folder() / "dataset.db"
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
        connection.row_factory = sqlite3.Row
        yield connection


def _converter() -> dict[str, Any]:
    document: dict[str, Any] = json.loads((_data_folder() / "converter_2025.json").read_text(encoding="utf-8"))
    return document


def read_country() -> tuple[dict[str, str], list[CommunePoint]]:
    """Code -> short name of each province of today, and the points of all former communes of the country."""
    with _dataset() as connection:
        provinces = connection.execute(_PROVINCES).fetchall()
        points = connection.execute(_POINTS).fetchall()
    present = {row["provinceKey"]: row["provinceCode"] for row in provinces}
    merged = {old: present[new] for new, olds in _converter()["DICT_PROVINCE"].items() for old in olds}
    return (
        {row["provinceCode"]: normalise(row["provinceShort"]) for row in provinces},
        [CommunePoint(merged[row["provinceKey"]], row["wardCode"], row["wardLon"], row["wardLat"]) for row in points],
    )


def read_towns() -> list[Town]:
    """The cities and towns that were units until 30/06/2025: their names are still those of the places."""
    with _dataset() as connection:
        rows = connection.execute(_TOWNS).fetchall()
    return [
        Town(
            normalise(row["districtShort"]), row["districtType"] == "Thành phố", row["districtLon"], row["districtLat"]
        )
        for row in rows
    ]


def _kind(name: str, word: str | None = None) -> UnitKind:
    kind = kind_of(word) if word else split_name(name)[0]
    if kind is None:
        raise Invalid({"kind": _("Đơn vị “%(name)s” có loại chưa được hỗ trợ.", name=name)})
    return kind


def _add_districts(catalogue: Catalogue, former: list[dict[str, Any]], province: UnitKey, reform: Reform) -> None:
    began: dict[str, tuple[date, str | None]] = {}
    for step in reform.earlier:
        for code, name, successor in step.districts:
            key = UnitKey(UnitLevel.DISTRICT, code, None)
            catalogue.add(UnitRow(key, _kind(name), name, province, step.on - _DAY, step.legal_basis))
            began[successor] = (step.on, step.legal_basis)
    for row in former:
        start, basis = began.get(row["districtCode"], (None, None))
        key = UnitKey(UnitLevel.DISTRICT, row["districtCode"], start)
        name = normalise(row["district"])
        catalogue.add(
            UnitRow(
                key, _kind(name, row["districtType"]), name, province, LAST_DISTRICT_DAY, basis or reform.legal_basis
            )
        )


def _add_former_communes(catalogue: Catalogue, former: list[dict[str, Any]], reform: Reform) -> None:
    began: dict[str, ReformStep] = {}
    for step in reform.earlier:
        for unit in step.communes:
            key = UnitKey(UnitLevel.COMMUNE, unit.code, None)
            parent = _district(catalogue, unit.district, step.on - _DAY)
            catalogue.add(UnitRow(key, _kind(unit.name), unit.name, parent, step.on - _DAY, step.legal_basis))
            if unit.successor == unit.code:
                began[unit.code] = step
    for row in former:
        code, name = row["wardCode"], normalise(row["ward"])
        step_of = began.get(code)
        catalogue.add(
            UnitRow(
                UnitKey(UnitLevel.COMMUNE, code, step_of.on if step_of else None),
                _kind(name, row["wardType"]),
                name,
                _district(catalogue, row["districtCode"], LAST_DISTRICT_DAY),
                LAST_DISTRICT_DAY,
                step_of.legal_basis if step_of else reform.legal_basis,
                tuple(json.loads(row["wardAlias"] or "[]")),
            )
        )


def _district(catalogue: Catalogue, code: str, last_day: date) -> UnitKey:
    """The district of that code in force on a commune's last day."""
    return next(
        key
        for key, row in catalogue.units.items()
        if key.level is UnitLevel.DISTRICT and key.code == code and _in_force(row, last_day)
    )


def _in_force(row: UnitRow, on: date) -> bool:
    return (row.key.valid_from is None or row.key.valid_from <= on) and (row.valid_to is None or row.valid_to >= on)


def _add_present(catalogue: Catalogue, row: dict[str, Any], province: UnitKey, reform: Reform) -> None:
    name = normalise(row["ward"])
    key = UnitKey(UnitLevel.COMMUNE, row["wardCode"], TWO_LEVELS_ON)
    catalogue.add(UnitRow(key, _kind(name, row["wardType"]), name, province, None, reform.legal_basis))


def _add_earlier_successions(catalogue: Catalogue, reform: Reform) -> None:
    for step in reform.earlier:
        pairs = [(UnitLevel.COMMUNE, unit.code, unit.successor) for unit in step.communes]
        pairs += [(UnitLevel.DISTRICT, code, successor) for code, _name, successor in step.districts]
        for level, code, successor in pairs:
            after = UnitKey(level, successor, step.on)
            new = after in catalogue.units
            kind = succession_kind(
                whole=True, only_predecessor=sum(other[2] == successor for other in pairs) == 1, successor_is_new=new
            )
            catalogue.successions.append(
                SuccessionRow(
                    UnitKey(level, code, None),
                    after if new else UnitKey(level, successor, None),
                    kind,
                    is_default=True,
                    effective_on=step.on,
                    legal_basis=step.legal_basis,
                )
            )


def _add_successions(
    catalogue: Catalogue,
    former: list[dict[str, Any]],
    present: list[dict[str, Any]],
    converter: dict[str, Any],
    reform: Reform,
) -> None:
    before = {
        f"{row['provinceKey']}_{row['districtKey']}_{row['wardKey']}": _last(catalogue, row["wardCode"])
        for row in former
    }
    after = {row["wardKey"]: UnitKey(UnitLevel.COMMUNE, row["wardCode"], TWO_LEVELS_ON) for row in present}
    province_key = present[0]["provinceKey"]
    whole = converter["DICT_PROVINCE_WARD_NO_DIVIDED"][province_key]
    divided = converter["DICT_PROVINCE_WARD_DIVIDED"].get(province_key, {})
    parts = [(old, part["newWardKey"], part["isDefaultNewWard"]) for old, news in divided.items() for part in news]
    joined = [part[1] for part in parts]
    for new, olds in whole.items():
        kind = succession_kind(whole=True, only_predecessor=len(olds) == 1 and new not in joined, successor_is_new=True)
        for old in olds:
            catalogue.successions.append(
                SuccessionRow(before[old], after[new], kind, True, TWO_LEVELS_ON, reform.legal_basis)
            )
    for old, new, is_default in parts:
        catalogue.successions.append(
            SuccessionRow(
                before[old], after[new], SuccessionKind.PARTIAL_SPLIT, is_default, TWO_LEVELS_ON, reform.legal_basis
            )
        )
    for key, unit in catalogue.units.items():
        if key.level is UnitLevel.DISTRICT and unit.valid_to == LAST_DISTRICT_DAY:
            catalogue.successions.append(
                SuccessionRow(key, None, SuccessionKind.ABOLISH, False, TWO_LEVELS_ON, reform.legal_basis)
            )


def _last(catalogue: Catalogue, code: str) -> UnitKey:
    """The commune of that code in force on 30/06/2025."""
    return next(
        key
        for key, row in catalogue.units.items()
        if key.level is UnitLevel.COMMUNE and key.code == code and row.valid_to == LAST_DISTRICT_DAY
    )
