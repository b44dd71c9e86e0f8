"""Communes of rows: by position, by the stated name, and whether both agree.

A name or code of any date counts. Each distinct text is resolved once, by position where it is ambiguous. The
interpretation is stored as a quiet note of the row and as a note on the file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import groupby
from operator import attrgetter
from typing import Any, Final

from sqlalchemy import BigInteger, Boolean, Column, Table, Text, func, select, text

from registry.imports.checking.batch import FETCHED, BatchCheck, RowProblem, scratch_table
from registry.imports.checking.parse import all_values_fail, note_left_out, was_only_suggested, without_columns
from registry.imports.checking.stage import COMMUNE, DISTRICT, stated_commune
from registry.imports.models import ImportRow
from registry.kernel.dated_settings import setting
from registry.kernel.i18n import _, _n, format_number
from registry.structures.writing.locate import TOLERANCE, beyond_sentence
from registry.territory.gazetteer import Candidate, Gazetteer, GazetteerUnit, MatchKind, Resolution
from registry.territory.models import ExtentQuality

_TENTH: Final = Decimal("0.1")
_KM: Final = Decimal(1000)
#: Former names in the notes on the file; each row has its own note.
_NOTED: Final = 20

#: Meanings of texts: one row per bearer of the name and unit.
_STATED: Final = scratch_table(
    "check_stated",
    Column("word", Text),
    Column("bearer", BigInteger),
    Column("unit_id", BigInteger),
    # Whether the text is not the plain name of a unit in force.
    Column("noted", Boolean),
)
#: Sentences by text and commune (None: any commune).
_SENTENCES: Final = scratch_table(
    "check_sentence",
    Column("word", Text),
    Column("commune_id", BigInteger),
    Column("reason", Text),
    Column("blocks", Boolean),
    Column("quiet", Boolean),
)
_REPORT: Final = text(
    "INSERT INTO check_problem (number, field, reason, blocks, quiet)"
    " SELECT row.number, :field, sentence.reason, sentence.blocks, sentence.quiet FROM check_row row"
    " JOIN check_sentence sentence ON sentence.word = row.commune"
    " LEFT JOIN check_commune found ON found.number = row.number"
    " WHERE sentence.commune_id IS NULL OR sentence.commune_id = found.commune_id"
)
#: Communes of rows with a noted text.
_PAIRS: Final = text(
    "SELECT row.commune AS word, found.commune_id, count(*) AS rows FROM check_row row"
    " JOIN check_commune found ON found.number = row.number"
    " WHERE row.commune IN (SELECT word FROM check_stated WHERE noted)"
    " GROUP BY row.commune, found.commune_id ORDER BY count(*) DESC, row.commune, found.commune_id"
)
_OUTLINES: Final = text(
    "CREATE TEMPORARY TABLE check_outline ON COMMIT DROP AS"
    " SELECT id AS unit_id, ST_Transform(geom, 5897) AS outline FROM admin_unit"
    " WHERE id IN (SELECT unit_id FROM check_stated)"
)
#: Rows in none of the units that their text may mean, with the distance to each.
_ASTRAY: Final = text(
    "SELECT place.number, row.commune AS word, word.bearer, word.unit_id, found.commune_id, '' AS label,"
    " ST_Distance(outline.outline, ST_Transform(place.middle, 5897)) AS metres"
    " FROM check_row row JOIN check_place place ON place.number = row.number"
    " LEFT JOIN check_commune found ON found.number = row.number"
    " JOIN check_stated word ON word.word = row.commune JOIN check_outline outline ON outline.unit_id = word.unit_id"
    " WHERE row.commune <> '' AND NOT EXISTS (SELECT FROM check_stated same"
    "  WHERE same.word = row.commune AND same.unit_id = found.commune_id)"
    " AND (found.commune_id IS NOT NULL OR :outside) ORDER BY place.number, word.bearer"
)
_HINT_ASTRAY: Final = text(
    "SELECT hint.number, row.commune AS word, word.bearer, word.unit_id, hint.label,"
    " unit_at(hint.spot, 'commune', :day) AS commune_id,"
    " ST_Distance(outline.outline, ST_Transform(hint.spot, 5897)) AS metres"
    " FROM check_hint hint JOIN check_row row ON row.number = hint.number"
    " JOIN check_stated word ON word.word = row.commune JOIN check_outline outline ON outline.unit_id = word.unit_id"
    " ORDER BY hint.number, word.bearer"
)
#: Rows in which a name of a commune is looked for first.
_FIRST_ROWS: Final = 50
#: A row of a structure that does not move may state its registered commune.
_AS_REGISTERED: Final = text(
    "DELETE FROM check_problem bad USING check_match match, structure s, check_row row"
    " WHERE bad.field = :field AND bad.blocks AND match.number = bad.number AND s.id = match.structure_id"
    "  AND row.number = bad.number AND NOT EXISTS (SELECT FROM check_moved moved WHERE moved.number = bad.number)"
    "  AND EXISTS (SELECT FROM check_stated word WHERE word.word = row.commune AND word.unit_id = s.commune_id)"
)


def leave_out_unknown_communes(check: BatchCheck) -> BatchCheck:
    """Without a column of communes that was only suggested and of which no value names a commune; a note says so."""
    if COMMUNE not in check.column_numbers or not was_only_suggested(check, COMMUNE):
        return check
    names = _CommuneNames(check, check.gazetteer)
    commune = stated_commune(check)
    stated = check.rows(commune).where(commune != "")
    first = stated.order_by(ImportRow.number).limit(_FIRST_ROWS)
    for query in (first, stated.distinct()):
        with check.ctx.session.execute(query, execution_options={"yield_per": FETCHED}) as result:
            if any(names.meaning_of(word).candidates for word in result.scalars()):
                return check
    rows = check.ctx.session.scalar(check.rows(func.count()).where(commune != "")) or 0
    if not all_values_fail(check, COMMUNE, rows):
        return check
    note_left_out(check, COMMUNE)
    return without_columns(check, [COMMUNE])


def compare_communes(check: BatchCheck, stage: Table) -> None:
    """Report unknown, ambiguous and former names, and rows far from their stated commune.

    Fills `check_stated`; needs `check_place` and `check_commune`.
    """
    check.create(_STATED)
    check.create(_SENTENCES)
    if COMMUNE not in check.column_numbers:
        return
    names = _CommuneNames(check, check.gazetteer)
    names.read(stage)
    names.resolve_by_position()
    check.analyse(_SENTENCES)
    check.ctx.session.execute(_REPORT, {"field": COMMUNE})
    _DistanceCheck(check, names).report()


def clear_registered_communes(check: BatchCheck) -> None:
    """Remove problems of a stated commune that is the registered one; needs `check_moved`."""
    if COMMUNE in check.column_numbers and check.sees_owner:
        check.ctx.session.execute(_AS_REGISTERED, {"field": COMMUNE})


@dataclass
class _CommuneNames:
    """Texts of the commune column and their meanings."""

    check: BatchCheck
    gazetteer: Gazetteer
    meanings: dict[str, Resolution] = field(default_factory=dict)

    def read(self, stage: Table) -> None:
        """Fill `check_stated` with the meanings of each distinct text; a text without meaning refuses its rows."""
        query = select(stage.c.commune).where(stage.c.commune != "").distinct()
        result = self.check.ctx.session.execute(query, execution_options={"yield_per": FETCHED})
        for part in result.scalars().partitions():
            read = {word: self.meaning_of(word) for word in part}
            refused = [(word, meaning.refusal) for word, meaning in read.items() if not meaning.candidates]
            self.add_sentences((word, None, reason, True, False) for word, reason in refused)
            readings = {word: meaning for word, meaning in read.items() if meaning.candidates}
            rows = (row for word, meaning in readings.items() for row in _possible_units(word, meaning))
            self.check.fill(_STATED, ("word", "bearer", "unit_id", "noted"), rows)
            self.meanings |= readings
        self.check.analyse(_STATED)

    def meaning_of(self, word: str) -> Resolution:
        """Units named by a text; an unknown district in a column of its own is ignored."""
        meaning = self.gazetteer.read(word)
        name, _mark, district = word.rpartition(", ")
        if meaning.candidates or DISTRICT not in self.check.column_numbers or self.gazetteer.knows_area(district):
            return meaning
        return self.gazetteer.read(name)

    def add_sentences(self, rows: Iterable[tuple[Any, ...]]) -> None:
        self.check.fill(_SENTENCES, ("word", "commune_id", "reason", "blocks", "quiet"), rows)

    def resolve_by_position(self) -> None:
        """Report how each text was understood per commune, unless it is the plain name of a unit in force."""
        former: Counter[str] = Counter()
        sentences: list[tuple[Any, ...]] = []
        for pair in self.check.ctx.session.execute(_PAIRS).all():
            meaning = self.meanings[pair.word]
            meant = [bearer for bearer in meaning.candidates if pair.commune_id in bearer.successor_ids]
            if not meant:
                continue
            label = meant[0].label(self.gazetteer[pair.commune_id])
            if meant[0].is_former:
                former[label] += pair.rows
            reason, quiet = self._understood(pair.word, meaning, meant[0], label)
            if reason:
                sentences.append((pair.word, pair.commune_id, reason, False, quiet))
        self.add_sentences(sentences)
        self._add_notes(former)

    def _understood(self, word: str, meaning: Resolution, meant: Candidate, label: str) -> tuple[str, bool]:
        """Sentence on the interpretation of a text, and whether it is only a note."""
        if meaning.is_ambiguous and (meant.is_former or meaning.match_kind is not MatchKind.EXACT):
            count = len({bearer.successor_ids for bearer in meaning.candidates})
            sentence = _n(
                "“%(name)s” là tên của %(count)d nơi; theo tọa độ được hiểu là %(label)s.",
                count,
                name=word,
                count=count,
                label=label,
            )
            return sentence, False
        if meaning.match_kind is MatchKind.OTHER_MARKS and word.casefold() != meant.unit.name.casefold():
            return _("“%(name)s” khác dấu, được hiểu là %(label)s.", name=word, label=label), False
        if label.casefold() == word.casefold():
            return "", True
        return _("Được hiểu là %(label)s.", label=label), True

    def understood(self, word: str, bearer: Candidate) -> str:
        """Remark on a row near one of several possible communes."""
        return self._understood(word, self.meanings[word], bearer, bearer.label())[0]

    def _add_notes(self, former: Counter[str]) -> None:
        labels = former.most_common()
        for label, rows in labels[:_NOTED]:
            self.check.notes.append(_n("%(label)s: %(num)d dòng.", rows, label=label))
        if labels[_NOTED:]:
            self.check.notes.append(
                _n(
                    "%(num)d tên xã, phường trước đây khác cũng được hiểu theo đơn vị hiện nay; mỗi dòng có ghi.",
                    len(labels) - _NOTED,
                )
            )

    def ask_which(self, word: str) -> str:
        """Sentence asking which of several communes is meant."""
        meaning = self.meanings[word]
        listed = {self._with_district(bearer): None for bearer in meaning.candidates}
        return _(
            "“%(name)s” là tên của nhiều nơi: %(all)s.",
            name=word,
            all="; ".join(listed),
        )

    def _with_district(self, bearer: Candidate) -> str:
        district = self.gazetteer.district_of(bearer.unit)
        code = bearer.unit.code
        if district is None:
            return _("%(name)s (mã %(code)s)", name=bearer.label(), code=code)
        return _("%(name)s (%(district)s, mã %(code)s)", name=bearer.label(), district=district.name, code=code)


def _possible_units(word: str, meaning: Resolution) -> Iterator[tuple[str, int, int, bool]]:
    """Communes in which a row with a text may lie: the successors of its units, and the units themselves."""
    plain = meaning.match_kind is MatchKind.EXACT and not meaning.is_ambiguous
    noted = not plain or any(bearer.is_former for bearer in meaning.candidates)
    for number, bearer in enumerate(meaning.candidates):
        was_known = bearer.unit.extent_quality is not ExtentQuality.NONE
        units = dict.fromkeys([*bearer.successors, *([bearer.unit] if was_known or not bearer.successors else [])])
        for unit in units:
            yield word, number, unit.id, noted


class _DistanceCheck:
    """Rows outside of every commune that their text may mean."""

    def __init__(self, check: BatchCheck, names: _CommuneNames) -> None:
        self._check, self._names = check, names
        self._allowed: dict[str, Any] = setting(check.ctx.session, TOLERANCE, check.ctx.today)

    def report(self) -> None:
        """Refuse rows farther from every possible commune than the tolerance for outlines and survey."""
        run = self._check.ctx.session.execute
        run(text("DROP TABLE IF EXISTS pg_temp.check_outline"))
        run(_OUTLINES)
        self._compare(_ASTRAY, {"outside": self._check.plan.outside_area})
        self._compare(_HINT_ASTRAY, {"day": self._check.ctx.today})

    def _compare(self, statement: Any, values: dict[str, Any]) -> None:
        result = self._check.ctx.session.execute(statement, values, execution_options={"yield_per": FETCHED})
        problems: list[RowProblem] = []
        for number, rows in groupby(result, attrgetter("number")):
            problem = self._row_problem(number, list(rows))
            if problem is not None:
                problems.append(problem)
            if len(problems) >= FETCHED:
                self._check.add_problems(problems)
                problems = []
        self._check.add_problems(problems)

    def _row_problem(self, number: int, rows: list[Any]) -> RowProblem | None:
        meaning = self._names.meanings[rows[0].word]
        near = {row.bearer for row in rows if self._is_near(row)}
        places = {meaning.candidates[bearer].successor_ids for bearer in near}
        hint = rows[0].label
        if len(places) == 1:
            bearer = meaning.candidates[min(near)]
            if hint or not meaning.is_ambiguous:
                return None
            remark = self._names.understood(rows[0].word, bearer)
            return RowProblem(number, COMMUNE, remark, blocks=False) if remark else None
        nearest = min((row for row in rows if row.metres is not None), key=attrgetter("metres"), default=None)
        if nearest is None:
            return None
        problem = self._sentence(rows[0].word, meaning, nearest, near=bool(near))
        if hint:
            problem = _("Kể cả khi hiểu là “%(label)s”, tọa độ vẫn sai: %(problem)s", label=hint, problem=problem)
        return RowProblem(number, COMMUNE, problem)

    def _is_near(self, row: Any) -> bool:
        if row.metres is None:
            return True
        official = self._unit(row.unit_id).extent_quality is ExtentQuality.OFFICIAL
        metres = Decimal(row.metres).quantize(_TENTH)
        allowed: bool = metres <= self._allowed["official" if official else "approximate"]
        return allowed

    def _sentence(self, word: str, meaning: Resolution, nearest: Any, *, near: bool) -> str:
        unit_name = self._unit(nearest.commune_id).name if nearest.commune_id is not None else None
        metres = Decimal(nearest.metres).quantize(_TENTH)
        if not meaning.is_ambiguous:
            return beyond_sentence(unit_name, meaning.candidates[nearest.bearer].label(), metres)
        if near:
            return _(
                "%(several)s Vị trí không nằm trong nơi nào; hãy ghi kèm huyện hoặc ghi mã.",
                several=self._names.ask_which(word),
            )
        return _(
            "%(several)s Vị trí nằm trong %(found)s, cách nơi gần nhất %(distance)s km; hãy kiểm tra tọa độ, hoặc ghi"
            " kèm huyện hay ghi mã.",
            several=self._names.ask_which(word),
            found=unit_name or _("ngoài tỉnh"),
            distance=format_number(metres / _KM, 1),
        )

    def _unit(self, unit_id: int) -> GazetteerUnit:
        return self._names.gazetteer[unit_id]


# --- positions ----------------------------------------------------------------------------------------------------
#: Same order as `unit_at`: official outlines first, on a shared border the lowest code.
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
#: States the distance to the border of positions near it.
_REPORT_OUTSIDE: Final = text(
    "INSERT INTO check_problem (number, field, reason, blocks)"
    " SELECT outside.number, :field, CASE WHEN outside.metres IS NULL THEN :far"
    "  ELSE replace(:near, :mark, round(outside.metres)::text) END, :blocks FROM ("
    "  SELECT place.number, (SELECT min(ST_Distance(ST_Transform(piece.geom, 5897), ST_Transform(place.middle, 5897)))"
    "   FROM admin_unit_piece piece JOIN admin_unit unit ON unit.id = piece.unit_id AND unit.level = 'province'"
    "    AND unit.valid_to IS NULL WHERE piece.geom && ST_Expand(place.middle, :degrees)) AS metres"
    "  FROM check_place place LEFT JOIN check_commune found ON found.number = place.number"
    "  WHERE found.commune_id IS NULL) outside"
)
#: Positions this near to the border may be meant to lie inside.
_NEAR_DEGREES: Final = 0.02
_MARK: Final = "{m}"
COMMUNES: Final = scratch_table("check_commune", Column("number", BigInteger), Column("commune_id", BigInteger))


def find_communes(check: BatchCheck, stage: Table) -> None:
    """Fill `check_commune`; report rows outside the province and problems of stated communes."""
    run = check.ctx.session.execute
    check.create(COMMUNES)
    run(text("CREATE INDEX ON check_place USING gist (middle)"))
    run(_LOCATE, {"day": check.ctx.today})
    check.analyse(COMMUNES)
    _report_outside(check)
    compare_communes(check, stage)


def _report_outside(check: BatchCheck) -> None:
    if check.plan.outside_area:
        far = _("Vị trí nằm ngoài địa bàn tỉnh; lô nhập cho phép, công trình sẽ không có xã, phường.")
        near = _(
            "Vị trí nằm ngoài địa bàn tỉnh, cách ranh giới %(metres)s m; lô nhập cho phép, hãy kiểm tra lại tọa độ.",
            metres=_MARK,
        )
    else:
        far = _("Vị trí nằm ngoài địa bàn tỉnh; hãy kiểm tra lại tọa độ và hệ tọa độ.")
        near = _(
            "Vị trí nằm ngoài địa bàn tỉnh, cách ranh giới %(metres)s m; hãy kiểm tra lại tọa độ và hệ tọa độ.",
            metres=_MARK,
        )
    values = {"far": far, "near": near, "mark": _MARK, "degrees": _NEAR_DEGREES}
    values |= {"field": check.position_fields[0], "blocks": not check.plan.outside_area}
    check.ctx.session.execute(_REPORT_OUTSIDE, values)
