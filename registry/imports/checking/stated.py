"""The commune that rows state: what each name means, today's commune of it, and whether the row lies there.

A name or code of any day counts; what it means is decided once for each distinct text, by the place where it may mean
several units. What was understood stays with the rows as a quiet note, and as a note on the whole file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import groupby
from operator import attrgetter
from typing import Any, Final

from sqlalchemy import BigInteger, Boolean, Column, MetaData, Table, Text, select, text

from registry.imports.checking.frame import FETCHED, Frame, Trouble
from registry.imports.checking.stage import COMMUNE, DISTRICT
from registry.kernel.dated import setting
from registry.kernel.i18n import _, format_number
from registry.structures.service.locate import TOLERANCE, beyond_sentence
from registry.territory.gazetteer import Candidate, Gazetteer, MatchKind, Resolution, Unit, read_gazetteer
from registry.territory.models import ExtentQuality

_TENTH: Final = Decimal("0.1")
_KM: Final = Decimal(1000)
#: Former names that are noted for the whole file; each row has its own.
_NOTED: Final = 20

#: What each text may mean: one row a bearer and unit in which a row may lie.
_STATED: Final = Table(
    "check_stated",
    MetaData(),
    Column("word", Text),
    Column("bearer", BigInteger),
    Column("unit_id", BigInteger),
    # Whether more is to be said of it than that it is the name of a unit in force.
    Column("noted", Boolean),
    prefixes=["TEMPORARY"],
    postgresql_on_commit="DROP",
)
#: What is said of all rows that state a text and lie in a commune (None: whatever they lie in).
_SAID: Final = Table(
    "check_said",
    MetaData(),
    Column("word", Text),
    Column("commune_id", BigInteger),
    Column("reason", Text),
    Column("blocks", Boolean),
    Column("quiet", Boolean),
    prefixes=["TEMPORARY"],
    postgresql_on_commit="DROP",
)
_TELL: Final = text(
    "INSERT INTO check_trouble (number, field, reason, blocks, quiet)"
    " SELECT row.number, :field, said.reason, said.blocks, said.quiet FROM check_row row"
    " JOIN check_said said ON said.word = row.commune"
    " LEFT JOIN check_commune found ON found.number = row.number"
    " WHERE said.commune_id IS NULL OR said.commune_id = found.commune_id"
)
#: Where rows with a text lie of which more is to be said.
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
#: Rows that lie in none of the units that their text may mean, with the distance to each of these.
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
#: A row about a structure that stays where it is may state what the register itself says of it.
_AS_REGISTERED: Final = text(
    "DELETE FROM check_trouble bad USING check_match match, structure s, check_row row"
    " WHERE bad.field = :field AND bad.blocks AND match.number = bad.number AND s.id = match.structure_id"
    "  AND row.number = bad.number AND NOT EXISTS (SELECT FROM check_moved moved WHERE moved.number = bad.number)"
    "  AND EXISTS (SELECT FROM check_stated word WHERE word.word = row.commune AND word.unit_id = s.commune_id)"
)


def compare_stated(frame: Frame, stage: Table) -> None:
    """Tell of names that mean nothing or several places, of former ones, and of rows that lie far from what they state.

    Fills `check_stated`; `check_place` and `check_commune` must have been filled before.
    """
    frame.create(_STATED)
    frame.create(_SAID)
    if COMMUNE not in frame.at:
        return
    names = _Names(frame, read_gazetteer(frame.ctx.session, frame.ctx.today))
    names.read(stage)
    names.settle_by_place()
    frame.settle(_SAID)
    frame.ctx.session.execute(_TELL, {"field": COMMUNE})
    _Comparison(frame, names).tell()


def keep_registered(frame: Frame) -> None:
    """Take back what was said of the stated commune where it is the register's own; after `check_moved` was filled."""
    if COMMUNE in frame.at and frame.sees_owner:
        frame.ctx.session.execute(_AS_REGISTERED, {"field": COMMUNE})


@dataclass
class _Names:
    """The texts of the column and what they mean; of those that name a unit in force, exactly, nothing is kept."""

    frame: Frame
    gazetteer: Gazetteer
    meanings: dict[str, Resolution] = field(default_factory=dict)

    def read(self, stage: Table) -> None:
        """Fill `check_stated` with what each distinct text means; a text that means nothing refuses its rows."""
        query = select(stage.c.commune).where(stage.c.commune != "").distinct()
        result = self.frame.ctx.session.execute(query, execution_options={"yield_per": FETCHED})
        for part in result.scalars().partitions():
            read = {word: self._meaning(word) for word in part}
            refused = [(word, meaning.refusal) for word, meaning in read.items() if not meaning.candidates]
            self.say((word, None, reason, True, False) for word, reason in refused)
            known = {word: meaning for word, meaning in read.items() if meaning.candidates}
            rows = (row for word, meaning in known.items() for row in _stated(word, meaning))
            self.frame.fill(_STATED, ("word", "bearer", "unit_id", "noted"), rows)
            self.meanings |= known
        self.frame.settle(_STATED)

    def _meaning(self, word: str) -> Resolution:
        """The units that a text names; an unknown district in its own column is ignored."""
        meaning = self.gazetteer.read(word)
        name, _mark, district = word.rpartition(", ")
        if meaning.candidates or DISTRICT not in self.frame.at or self.gazetteer.knows_area(district):
            return meaning
        return self.gazetteer.read(name)

    def say(self, rows: Iterable[tuple[Any, ...]]) -> None:
        self.frame.fill(_SAID, ("word", "commune_id", "reason", "blocks", "quiet"), rows)

    def settle_by_place(self) -> None:
        """Say of each text and commune what was understood, where that is not the plain name of a unit in force."""
        former: Counter[str] = Counter()
        said: list[tuple[Any, ...]] = []
        for pair in self.frame.ctx.session.execute(_PAIRS).all():
            meaning = self.meanings[pair.word]
            meant = [bearer for bearer in meaning.candidates if pair.commune_id in bearer.successor_ids]
            if not meant:
                continue
            label = meant[0].label(self.gazetteer[pair.commune_id])
            if meant[0].is_former:
                former[label] += pair.rows
            reason, quiet = self._understood(pair.word, meaning, meant[0], label)
            if reason:
                said.append((pair.word, pair.commune_id, reason, False, quiet))
        self.say(said)
        self._note(former)

    def _understood(self, word: str, meaning: Resolution, meant: Candidate, label: str) -> tuple[str, bool]:
        """What is said of a text that its place settled, and whether that is no more than a note."""
        if meaning.is_ambiguous and (meant.is_former or meaning.match_kind is not MatchKind.EXACT):
            count = len({bearer.successor_ids for bearer in meaning.candidates})
            sentence = _(
                "«%(name)s» là tên của %(count)d nơi; theo tọa độ được hiểu là %(label)s.",
                name=word,
                count=count,
                label=label,
            )
            return sentence, False
        if meaning.match_kind is MatchKind.OTHER_MARKS and word.casefold() != meant.unit.name.casefold():
            return _("«%(name)s» khác dấu, được hiểu là %(label)s.", name=word, label=label), False
        if label.casefold() == word.casefold():
            return "", True
        return _("Được hiểu là %(label)s.", label=label), True

    def understood(self, word: str, bearer: Candidate) -> str:
        """The remark on a row that lies beside the one of several places that is near enough."""
        return self._understood(word, self.meanings[word], bearer, bearer.label())[0]

    def _note(self, former: Counter[str]) -> None:
        labels = former.most_common()
        for label, rows in labels[:_NOTED]:
            self.frame.notes.append(_("%(label)s: %(count)d dòng.", label=label, count=rows))
        if labels[_NOTED:]:
            self.frame.notes.append(
                _(
                    "%(count)d tên xã, phường trước đây khác cũng được hiểu theo đơn vị hiện nay; mỗi dòng có ghi.",
                    count=len(labels) - _NOTED,
                )
            )

    def several(self, word: str) -> str:
        """The sentence that asks which of several places is meant."""
        meaning = self.meanings[word]
        listed = {self._with_district(bearer): None for bearer in meaning.candidates}
        return _(
            "«%(name)s» là tên của nhiều nơi: %(all)s.",
            name=word,
            all="; ".join(listed),
        )

    def _with_district(self, bearer: Candidate) -> str:
        district = self.gazetteer.district_of(bearer.unit)
        code = bearer.unit.code
        if district is None:
            return _("%(name)s (mã %(code)s)", name=bearer.label(), code=code)
        return _("%(name)s (%(district)s, mã %(code)s)", name=bearer.label(), district=district.name, code=code)


def _stated(word: str, meaning: Resolution) -> Iterator[tuple[str, int, int, bool]]:
    """Where a row with a text may lie: in what its bearers are today, and in what they were."""
    plain = meaning.match_kind is MatchKind.EXACT and not meaning.is_ambiguous
    noted = not plain or any(bearer.is_former for bearer in meaning.candidates)
    for number, bearer in enumerate(meaning.candidates):
        was_known = bearer.unit.extent_quality is not ExtentQuality.NONE
        units = dict.fromkeys([*bearer.successors, *([bearer.unit] if was_known or not bearer.successors else [])])
        for unit in units:
            yield word, number, unit.id, noted


@dataclass(frozen=True)
class _Outside:
    """The first unit that a row could lie in, and how far from it the row lies."""

    bearer: Candidate
    commune_id: int | None
    metres: Decimal
    label: str


class _Comparison:
    """Rows that lie in none of the units that their text may mean."""

    def __init__(self, frame: Frame, names: _Names) -> None:
        self._frame, self._names = frame, names
        self._allowed: dict[str, Any] = setting(frame.ctx.session, TOLERANCE, frame.ctx.today)

    def tell(self) -> None:
        """Refuse rows that lie farther from every unit they may mean than extents and survey can explain."""
        run = self._frame.ctx.session.execute
        run(text("DROP TABLE IF EXISTS pg_temp.check_outline"))
        run(_OUTLINES)
        self._look(_ASTRAY, {"outside": self._frame.plan.outside_area})
        self._look(_HINT_ASTRAY, {"day": self._frame.ctx.today})

    def _look(self, statement: Any, values: dict[str, Any]) -> None:
        result = self._frame.ctx.session.execute(statement, values, execution_options={"yield_per": FETCHED})
        waiting: list[Trouble] = []
        for number, rows in groupby(result, attrgetter("number")):
            trouble = self._of_row(number, list(rows))
            if trouble is not None:
                waiting.append(trouble)
            if len(waiting) >= FETCHED:
                self._frame.tell(waiting)
                waiting = []
        self._frame.tell(waiting)

    def _of_row(self, number: int, rows: list[Any]) -> Trouble | None:
        meaning = self._names.meanings[rows[0].word]
        near = {row.bearer for row in rows if self._is_near(row)}
        places = {meaning.candidates[bearer].successor_ids for bearer in near}
        hint = rows[0].label
        if len(places) == 1:
            bearer = meaning.candidates[min(near)]
            if hint or not meaning.is_ambiguous:
                return None
            said = self._names.understood(rows[0].word, bearer)
            return Trouble(number, COMMUNE, said, blocks=False) if said else None
        nearest = min((row for row in rows if row.metres is not None), key=attrgetter("metres"), default=None)
        if nearest is None:
            return None
        problem = self._problem(rows[0].word, meaning, nearest, near=bool(near))
        if hint:
            problem = _("Kể cả khi hiểu là «%(label)s», tọa độ vẫn sai: %(problem)s", label=hint, problem=problem)
        return Trouble(number, COMMUNE, problem)

    def _is_near(self, row: Any) -> bool:
        if row.metres is None:
            return True
        official = self._unit(row.unit_id).extent_quality is ExtentQuality.OFFICIAL
        metres = Decimal(row.metres).quantize(_TENTH)
        allowed: bool = metres <= self._allowed["official" if official else "approximate"]
        return allowed

    def _problem(self, word: str, meaning: Resolution, nearest: Any, *, near: bool) -> str:
        found = self._unit(nearest.commune_id).name if nearest.commune_id is not None else None
        metres = Decimal(nearest.metres).quantize(_TENTH)
        if not meaning.is_ambiguous:
            return beyond_sentence(found, meaning.candidates[nearest.bearer].label(), metres)
        if near:
            return _(
                "%(several)s Vị trí không nằm trong nơi nào; hãy ghi kèm huyện hoặc ghi mã.",
                several=self._names.several(word),
            )
        return _(
            "%(several)s Vị trí nằm trong %(found)s, cách nơi gần nhất %(distance)s km; hãy kiểm tra tọa độ, hoặc ghi"
            " kèm huyện hay ghi mã.",
            several=self._names.several(word),
            found=found or _("ngoài tỉnh"),
            distance=format_number(metres / _KM, 1),
        )

    def _unit(self, unit_id: int) -> Unit:
        return self._names.gazetteer[unit_id]
