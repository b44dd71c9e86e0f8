"""Screening of a request: calculated live, and stored when the request is sent."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Row, select

from registry.accounts.models import Organisation
from registry.authz.actors import Ctx
from registry.colocation.codes import ItemDecision, RequestKind
from registry.colocation.models import ColocationItem, ColocationRequest
from registry.colocation.queries import list_items
from registry.colocation.screening import duct, pole, tower, tray
from registry.colocation.screening.facts import Facts, calculator_of, facts_of
from registry.colocation.screening.models import ColocationScreening, Verdict
from registry.colocation.screening.result import Citation, DrawnLimit, Screening, ScreeningLimits, ScreeningStep
from registry.drawings.facts import HeightLimit, ShareLimit
from registry.kernel.dated_rows import cite
from registry.kernel.dated_settings import DatedSetting, owner_key, rows_in_force
from registry.kernel.i18n import DEFAULT_LANGUAGE, LANGUAGES, _, current_locale, force_locale
from registry.streets.rule_models import StreetAct
from registry.streets.rule_queries import RuleInPlace
from registry.structures.kinds import KINDS
from registry.structures.kinds.kind import Hosting
from registry.structures.positions.in_streets import forbidding, rules_at_structures

#: Calculator -> keys of its settings.
KEYS: Final = {duct.CODE: duct.KEYS, pole.CODE: pole.KEYS, tower.CODE: tower.KEYS, tray.CODE: tray.KEYS}
StreetRules = Mapping[int, Sequence[RuleInPlace]]
log = logging.getLogger(__name__)
NONE: Final = "none"
_SCREEN: Final[Mapping[str, Callable[[Any, ScreeningLimits], Screening]]] = {
    duct.CODE: duct.screen,
    pole.CODE: pole.screen,
    tower.CODE: tower.screen,
    tray.CODE: tray.screen,
}


def limits_for(ctx: Ctx, owner_id: int) -> dict[str, ScreeningLimits]:
    """Rules in force today for an owner's structures, by calculator; figures without a row are missing."""
    owner = ctx.session.scalars(select(Organisation.code).where(Organisation.id == owner_id)).one()
    keys = {key for group in KEYS.values() for key in group}
    rows = rows_in_force(ctx.session, keys | {owner_key(key, owner) for key in keys}, ctx.today)
    return {code: _limits_of(rows, group, owner) for code, group in KEYS.items()}


def _limits_of(rows: dict[str, DatedSetting], keys: tuple[str, ...], owner: str) -> ScreeningLimits:
    values: dict[str, dict[str, Any]] = {}
    citations: list[Citation] = []
    for key in keys:
        named = (rows.get(key), rows.get(owner_key(key, owner)))
        # A malformed value counts as missing.
        limit_rows = [row for row in named if row is not None and isinstance(row.value, dict)]
        values[key] = {name: figure for row in limit_rows for name, figure in row.value.items()}
        # A standard was not used if the owner replaces all its figures.
        used = (
            limit_rows[1:]
            if len(limit_rows) > 1 and not limit_rows[0].value.keys() - limit_rows[1].value.keys()
            else limit_rows
        )
        citations += [Citation(row.key, row.valid_from, row.value, row.source, row.needs_verification) for row in used]
    return ScreeningLimits(values, tuple(citations))


@dataclass(frozen=True)
class ShownCitation:
    """Source of a limit, and whether it still has to be verified."""

    source: str
    needs_verification: bool

    @property
    def text(self) -> str:
        """The source as papers cite it."""
        return cite(self.source, needs_verification=self.needs_verification)


@dataclass(frozen=True)
class ShownScreening:
    """A screening as shown; `computed_at` None: calculated live."""

    verdict: Verdict
    steps: tuple[tuple[Verdict | None, str], ...]
    assumptions: tuple[str, ...]
    citations: tuple[ShownCitation, ...]
    computed_at: datetime | None = None
    #: Limits for the drawing of the structure; none of screenings that were stored without them.
    drawn: tuple[DrawnLimit, ...] = ()


def screen_now(ctx: Ctx, request: ColocationRequest) -> dict[int, ShownScreening]:
    """Live screening by structure, of the items without an answer that the reader sees exactly."""
    items = _open_items(ctx, request)
    facts, limits = facts_of(ctx, items), limits_for(ctx, request.owner_organisation_id)
    rules = _street_rules(ctx, items)
    return {
        row.id: _live(_with_rules(_screen(row.kind, facts.get(row.id), limits), rules.get(row.id, ())))
        for _item, row in items
    }


def screen_request(ctx: Ctx, request: ColocationRequest) -> list[ColocationScreening]:
    """Store the screening of each unanswered item in all languages, with its inputs.

    A verdict never stops a request. Rows are written once for each filing and never changed; they are flushed with the
    move that files the request.
    """
    items = _open_items(ctx, request)
    facts, limits = facts_of(ctx, items), limits_for(ctx, request.owner_organisation_id)
    # Read in each language: the sentences of the rules are.
    rules = {}
    for language in LANGUAGES:
        with force_locale(language):
            rules[language] = _street_rules(ctx, items)
    rows = [_new_row(ctx, request, row, facts.get(row.id), limits, rules) for _item, row in items]
    ctx.session.add_all(rows)
    return rows


def stored_screenings(
    ctx: Ctx, request: ColocationRequest, structure_ids: Collection[int]
) -> dict[int, ShownScreening]:
    """Screening by structure at the last filing, of the structures that the reader sees exactly."""
    query = (
        select(ColocationScreening)
        .where(ColocationScreening.request_id == request.id, ColocationScreening.structure_id.in_(structure_ids))
        .order_by(ColocationScreening.computed_at, ColocationScreening.id)
    )
    return {row.structure_id: _shown_row(row) for row in ctx.session.scalars(query)}


def _open_items(ctx: Ctx, request: ColocationRequest) -> list[tuple[ColocationItem, Row[Any]]]:
    # A removal needs no capacity.
    if request.kind is RequestKind.REMOVE:
        return []
    return [
        (item, row)
        for item, row in list_items(ctx, request)
        if row.exact and item.decision is ItemDecision.PENDING and KINDS[row.kind].hosting is not None
    ]


def _street_rules(ctx: Ctx, items: Sequence[tuple[ColocationItem, Row[Any]]]) -> StreetRules:
    """The rules of today against a new cable, by structure that cables hang on."""
    hung = [row.id for _item, row in items if KINDS[row.kind].hosting is Hosting.HUNG_CABLES]
    return rules_at_structures(ctx, hung, StreetAct.HANG) if hung else {}


def forbidding_rules(ctx: Ctx, request: ColocationRequest) -> list[RuleInPlace]:
    """The rules of today that forbid to hang a cable at an unanswered item of a request, each once."""
    by_structure = _street_rules(ctx, _open_items(ctx, request))
    return list({rule.id: rule for rules in by_structure.values() for rule in forbidding(rules)}.values())


def _with_rules(screening: Screening, rules: Sequence[RuleInPlace]) -> Screening:
    """The screening with a step for each rule of the street: whether the office allows it is not calculated."""
    steps = [ScreeningStep(f"{rule.sentence} ({rule.number})", Verdict.NEEDS_STUDY) for rule in rules]
    return replace(screening, steps=(*steps, *screening.steps)) if steps else screening


def _screen(kind: str, facts: Facts | None, limits: Mapping[str, ScreeningLimits]) -> Screening:
    code = calculator_of(kind)
    if code is None or facts is None:
        text = _("Hệ thống chưa có phép tính sơ bộ cho “%(kind)s”.", kind=KINDS[kind].label)
        return Screening(NONE, (ScreeningStep(text, Verdict.NEEDS_STUDY),))
    try:
        return _SCREEN[code](facts, limits[code])
    except (LookupError, ArithmeticError, TypeError, ValueError):
        # A malformed setting must not keep requests from being sent.
        log.exception("screening of a %s failed; are the settings of %s right?", kind, ", ".join(KEYS[code]))
        text = _("Giới hạn chưa khai hoặc khai sai nên chưa tính được; hãy báo Sở Khoa học và Công nghệ.")
        return Screening(NONE, (ScreeningStep(text, Verdict.NEEDS_STUDY),), citations=limits[code].citations)


def _live(screening: Screening) -> ShownScreening:
    return ShownScreening(
        verdict=screening.verdict,
        steps=tuple((step.verdict, step.text) for step in screening.steps),
        assumptions=screening.assumptions,
        citations=tuple(
            ShownCitation(citation.source, citation.needs_verification) for citation in screening.citations
        ),
        drawn=screening.drawn,
    )


def _new_row(
    ctx: Ctx,
    request: ColocationRequest,
    row: Row[Any],
    facts: Facts | None,
    limits: Mapping[str, ScreeningLimits],
    rules: Mapping[str, StreetRules],
) -> ColocationScreening:
    screening, lines = None, {}
    for language in LANGUAGES:
        with force_locale(language):
            screening = _with_rules(_screen(row.kind, facts, limits), rules[language].get(row.id, ()))
            lines[language] = _lines(screening)
    if screening is None:
        raise RuntimeError("the registry has no language")
    return ColocationScreening(
        request_id=request.id,
        structure_id=row.id,
        calculator=screening.calculator,
        verdict=screening.verdict,
        lines=lines,
        inputs=_plain(asdict(facts)) if facts is not None else {},
        settings=[_plain(asdict(citation)) for citation in screening.citations],
        computed_at=ctx.now,
    )


def _lines(screening: Screening) -> dict[str, Any]:
    steps = [{"text": step.text, "verdict": step.verdict.value if step.verdict else None} for step in screening.steps]
    drawn = [_plain(asdict(limit)) for limit in screening.drawn]
    return {"steps": steps, "assumptions": list(screening.assumptions), "drawn": drawn}


def _shown_row(row: ColocationScreening) -> ShownScreening:
    lines = row.lines.get(current_locale()) or row.lines[DEFAULT_LANGUAGE]
    return ShownScreening(
        verdict=row.verdict,
        steps=tuple((Verdict(step["verdict"]) if step["verdict"] else None, step["text"]) for step in lines["steps"]),
        assumptions=tuple(lines["assumptions"]),
        citations=tuple(ShownCitation(citation["source"], citation["needs_verification"]) for citation in row.settings),
        computed_at=row.computed_at,
        drawn=tuple(map(_drawn, lines.get("drawn", ()))),
    )


def _drawn(kept: Mapping[str, Any]) -> DrawnLimit:
    if "metres" in kept:
        return HeightLimit(kept["label"], Decimal(kept["metres"]))
    high = None if kept["high"] is None else Decimal(kept["high"])
    return ShareLimit(kept["label"], Decimal(kept["low"]), high, tuple(map(Decimal, kept["limits"])))


def _plain(value: Any) -> Any:
    """A JSON value: decimals and dates become strings."""
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(each) for each in value]
    return str(value) if isinstance(value, Decimal | date) else value
