"""Which commune each row lies in, by a join on the pieces of the units, and whether that is the one that is stated."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import BigInteger, Column, MetaData, Table, Text, select, text

from registry.imports.checking.frame import Frame, Trouble
from registry.imports.checking.stage import COMMUNE
from registry.kernel.dated import setting
from registry.kernel.i18n import _
from registry.kernel.text import TextRefused
from registry.structures.service.locate import TOLERANCE, beyond_sentence
from registry.territory.models import AdminUnit, ExtentQuality, UnitLevel
from registry.territory.queries import find_units

_TENTH: Final = Decimal("0.1")
#: The same order as the function `unit_at` has: an official outline first, on a shared border the lowest code.
_LOCATE: Final = text(
    "INSERT INTO check_commune (number, commune_id)"
    " SELECT DISTINCT ON (inside.number) inside.number, unit.id"
    "  FROM admin_unit unit JOIN admin_unit_piece piece ON piece.unit_id = unit.id"
    "  CROSS JOIN LATERAL (SELECT place.number FROM check_place place"
    "   WHERE ST_Covers(piece.geom, place.middle) OFFSET 0) inside"
    " WHERE unit.level = 'commune' AND coalesce(unit.valid_from, '-infinity') <= :day"
    "  AND coalesce(unit.valid_to, 'infinity') >= :day"
    " ORDER BY inside.number, unit.extent_quality = 'official' DESC, unit.code, unit.id"
)
#: Rows that lie in none of the units that their word may mean, with the distance to each of these.
_ASTRAY: Final = text(
    "SELECT place.number, word.unit_id, found.commune_id,"
    " ST_Distance(outline.outline, ST_Transform(place.middle, 5897)) AS metres"
    " FROM check_row row JOIN check_place place ON place.number = row.number"
    " LEFT JOIN check_commune found ON found.number = row.number"
    " JOIN check_stated word ON word.word = row.commune JOIN check_outline outline ON outline.unit_id = word.unit_id"
    " WHERE row.commune <> '' AND NOT EXISTS (SELECT FROM check_stated same"
    "  WHERE same.word = row.commune AND same.unit_id = found.commune_id)"
    " AND (found.commune_id IS NOT NULL OR :outside) ORDER BY place.number, word.place"
)
_HINT_ASTRAY: Final = text(
    "SELECT hint.number, hint.label, word.unit_id, unit_at(hint.spot, 'commune', :day) AS commune_id,"
    " ST_Distance(outline.outline, ST_Transform(hint.spot, 5897)) AS metres"
    " FROM check_hint hint JOIN check_row row ON row.number = hint.number"
    " JOIN check_stated word ON word.word = row.commune JOIN check_outline outline ON outline.unit_id = word.unit_id"
    " ORDER BY hint.number, word.place"
)
_OUTLINES: Final = text(
    "CREATE TEMPORARY TABLE check_outline ON COMMIT DROP AS"
    " SELECT id AS unit_id, ST_Transform(geom, 5897) AS outline FROM admin_unit"
    " WHERE id IN (SELECT unit_id FROM check_stated)"
)
COMMUNES: Final = Table(
    "check_commune",
    MetaData(),
    Column("number", BigInteger),
    Column("commune_id", BigInteger),
    prefixes=["TEMPORARY"],
    postgresql_on_commit="DROP",
)
_STATED: Final = Table(
    "check_stated",
    MetaData(),
    Column("word", Text),
    Column("unit_id", BigInteger),
    # Which of the units that a word may mean comes first.
    Column("place", BigInteger),
    prefixes=["TEMPORARY"],
    postgresql_on_commit="DROP",
)


@dataclass(frozen=True)
class _Outside:
    unit_id: int
    commune_id: int | None
    metres: Decimal


def find_communes(frame: Frame, stage: Table) -> None:
    """Fill `check_commune`; tell of rows outside the province, unknown names, and rows far from what they state."""
    run = frame.ctx.session.execute
    frame.create(COMMUNES)
    run(text("CREATE INDEX ON check_place USING gist (middle)"))
    run(_LOCATE, {"day": frame.ctx.today})
    frame.settle(COMMUNES)
    if not frame.plan.outside_area:
        _tell_outside(frame)
    frame.create(_STATED)
    if COMMUNE in frame.at:
        _read_names(frame, stage)
        _compare(frame)


def _tell_outside(frame: Frame) -> None:
    sentence = _("Vị trí nằm ngoài địa bàn tỉnh; hãy kiểm tra lại tọa độ và hệ tọa độ.")
    run = frame.ctx.session.execute
    run(
        text(
            "INSERT INTO check_trouble (number, field, reason, blocks)"
            " SELECT place.number, :field, :reason, true FROM check_place place"
            " LEFT JOIN check_commune found ON found.number = place.number WHERE found.commune_id IS NULL"
        ),
        {"field": frame.place_fields[0], "reason": sentence},
    )


def _read_names(frame: Frame, stage: Table) -> None:
    """The units that each distinct name may mean; rows with a name that means none are refused."""
    words = frame.ctx.session.scalars(select(stage.c.commune).where(stage.c.commune != "").distinct()).all()
    known: list[tuple[Any, ...]] = []
    unknown: list[str] = []
    for word in words:
        units = _units(frame, word)
        known += [(word, unit.id, place) for place, unit in enumerate(units)]
        if not units:
            unknown.append(word)
    frame.fill(_STATED, ("word", "unit_id", "place"), known)
    frame.settle(_STATED)
    if unknown:
        query = select(stage.c.number, stage.c.commune).where(stage.c.commune.in_(unknown))
        frame.explain(query, lambda row: [Trouble(row.number, COMMUNE, _no_commune(row.commune))])


def _no_commune(name: str) -> str:
    return _("Không có xã, phường nào tên «%(name)s» trong tỉnh; hãy kiểm tra lại tên.", name=name)


def _units(frame: Frame, word: str) -> list[AdminUnit]:
    try:
        return find_units(frame.ctx.session, word, UnitLevel.COMMUNE, frame.ctx.today)
    except TextRefused:
        return []


def _compare(frame: Frame) -> None:
    """Refuse rows that lie farther from every unit they may mean than extents and survey can explain."""
    run = frame.ctx.session.execute
    run(text("DROP TABLE IF EXISTS pg_temp.check_outline"))
    run(_OUTLINES)
    allowed: dict[str, Any] = setting(frame.ctx.session, TOLERANCE, frame.ctx.today)
    units = _Names(frame)
    straying = run(_ASTRAY, {"outside": frame.plan.outside_area}).all()
    frame.tell(
        Trouble(number, COMMUNE, _beyond(units, first))
        for number, first, _label in _all_beyond(units, allowed, straying)
    )
    hints = run(_HINT_ASTRAY, {"day": frame.ctx.today}).all()
    frame.tell(
        Trouble(
            number,
            COMMUNE,
            _(
                "Kể cả khi hiểu là «%(label)s», tọa độ vẫn sai: %(problem)s",
                label=label,
                problem=_beyond(units, first),
            ),
        )
        for number, first, label in _all_beyond(units, allowed, hints)
    )


class _Names:
    """Units by id, each asked for once."""

    def __init__(self, frame: Frame) -> None:
        self._session = frame.ctx.session

    def __getitem__(self, unit_id: int) -> AdminUnit:
        return self._session.get_one(AdminUnit, unit_id)


def _all_beyond(units: _Names, allowed: dict[str, Any], rows: Any) -> list[tuple[int, _Outside, str]]:
    """Of each row all of whose units are too far: its number, the first of them, and its label if it is a hint."""
    found: dict[int, tuple[_Outside, str]] = {}
    near: set[int] = set()
    for row in rows:
        if row.metres is None:
            near.add(row.number)
            continue
        metres = Decimal(row.metres).quantize(_TENTH)
        official = units[row.unit_id].extent_quality is ExtentQuality.OFFICIAL
        if metres <= allowed["official" if official else "approximate"]:
            near.add(row.number)
        found.setdefault(row.number, (_Outside(row.unit_id, row.commune_id, metres), getattr(row, "label", "")))
    return [(number, first, label) for number, (first, label) in found.items() if number not in near]


def _beyond(units: _Names, first: _Outside) -> str:
    commune = units[first.commune_id].name if first.commune_id is not None else None
    return beyond_sentence(commune, units[first.unit_id].name, first.metres)
