"""The relation between a cable and the structures that carry it, declared once (`CARRIERS`)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Double,
    FromClause,
    Integer,
    Select,
    Text,
    and_,
    any_,
    bindparam,
    case,
    cast,
    false,
    func,
    inspect,
    literal,
    not_,
    or_,
    select,
    true,
)

from registry.authz.actors import Ctx
from registry.cables.models import CableMember
from registry.kernel.dated_settings import SettingDeclaration, in_order, number_field, numbers, setting
from registry.kernel.db.compiled import CompiledStatement, compile_statement
from registry.kernel.errors import Invalid
from registry.kernel.i18n import _, _l, _n, format_date, format_number
from registry.kernel.units import M
from registry.structures import positions
from registry.structures.codes import ENDED, Status
from registry.structures.filtering.checks import Check, changed_structures
from registry.structures.kinds import HOSTS, KINDS
from registry.structures.kinds.cable_route import CableRoute
from registry.structures.kinds.kind import Hosting
from registry.structures.models import Structure
from registry.structures.positions.along_route import facts_along, line_columns, line_of_geojson, recorded_line
from registry.structures.relations import (
    Hardness,
    Limits,
    RecordRelation,
    RelationFinding,
    RelationRule,
    sorted_by_hardness,
)

#: The dated setting with the figures of the rules.
LIMITS: Final = "relation.cable_carriers"
LIMITS_DECLARATION: Final = SettingDeclaration(
    LIMITS,
    _l("Tuyến cáp và các công trình mà cáp đi qua"),
    _l("Hồ sơ công trình"),
    numbers(
        number_field("remarked_m", _l("Lưu ý khi công trình cách đường cáp hơn"), M, "1", "1000"),
        number_field("refused_m", _l("Từ chối khi công trình cách đường cáp hơn"), M, "10", "20000"),
        number_field("span_m", _l("Lưu ý khi khoảng cột dài hơn"), M, "20", "2000"),
        number_field("gap_m", _l("Từ chối vẽ lại khi hai công trình liền nhau cách nhau hơn"), M, "100", "20000"),
    ),
    check=in_order("remarked_m", "refused_m"),
)
_FIGURES: Final = ("remarked_m", "refused_m", "span_m", "gap_m")
#: First day on which changes are held to the rules.
_SINCE: Final = date(2026, 11, 1)
#: Most sentences of a refusal.
_NAMED: Final = 10
#: Fields of a cable that its rules read.
_WATCHED: Final = frozenset({"status", "installed_on"})
_NOT_YET: Final = (Status.PLANNED, Status.BUILDING)
_POLES: Final = tuple(code for code, kind in HOSTS.items() if kind.hosting is Hosting.HUNG_CABLES)


def _metres(value: Any) -> str:
    return format_number(round(value))


def _too_far(facts: Any, limits: Limits) -> str:
    return _(
        "Công trình “%(code)s” cách đường cáp %(metres)s m; cần không quá %(most)s m: hãy sửa mã, vị trí của công trình"
        " hoặc đường cáp.",
        code=facts.code,
        metres=_metres(facts.apart_m),
        most=_metres(limits["refused_m"]),
    )


def _is_standing(facts: Any) -> ColumnElement[bool]:
    """The cable itself is in place: neither planned nor removed."""
    in_place: ColumnElement[bool] = facts.cable_status.not_in([status.value for status in (*_NOT_YET, Status.REMOVED)])
    return in_place


RULES: Final = (
    RelationRule(
        "too_far",
        _l("Công trình ở xa đường cáp"),
        Hardness.REFUSE,
        _SINCE,
        lambda facts, limits: facts.apart_m > limits["refused_m"],
        _too_far,
    ),
    RelationRule(
        "ended",
        _l("Cáp đi qua công trình đã ngừng khai thác"),
        Hardness.REFUSE,
        _SINCE,
        lambda facts, _limits: and_(_is_standing(facts), facts.status.in_(ENDED)),
        lambda facts, _limits: _(
            "Công trình “%(code)s” ở trạng thái “%(status)s” nên không mang cáp đang có; hãy chuyển cáp sang công trình"
            " khác, hoặc ghi tháo dỡ cáp.",
            code=facts.code,
            status=Status(facts.status).label,
        ),
    ),
    RelationRule(
        "not_built",
        _l("Cáp đi qua công trình chưa xây dựng xong"),
        Hardness.REFUSE,
        _SINCE,
        lambda facts, _limits: and_(_is_standing(facts), facts.status.in_(_NOT_YET)),
        lambda facts, _limits: _(
            "Công trình “%(code)s” ở trạng thái “%(status)s” nên chưa mang cáp đang có; hãy sửa trạng thái của công"
            " trình, hoặc của cáp.",
            code=facts.code,
            status=Status(facts.status).label,
        ),
    ),
    RelationRule(
        "repeated",
        _l("Một công trình hai lần trên tuyến cáp"),
        Hardness.REFUSE,
        _SINCE,
        lambda facts, _limits: and_(facts.repeats, not_(facts.closes)),
        lambda facts, _limits: _(
            "Công trình “%(code)s” có hai lần trong danh sách; mỗi công trình ghi một lần, chỉ tuyến vòng mới kết "
            "thúc ở công trình đầu.",
            code=facts.code,
        ),
    ),
    RelationRule(
        "gap",
        _l("Đường vẽ lại nối hai công trình quá xa nhau"),
        Hardness.REFUSE,
        _SINCE,
        lambda facts, limits: and_(facts.is_redrawn, facts.span_m > limits["gap_m"]),
        lambda facts, limits: _(
            "Công trình “%(code)s” cách công trình liền trước %(metres)s m nên không vẽ thẳng được; cần không quá"
            " %(most)s m: hãy bổ sung các công trình ở giữa.",
            code=facts.code,
            metres=_metres(facts.span_m),
            most=_metres(limits["gap_m"]),
        ),
    ),
    RelationRule(
        "out_of_order",
        _l("Thứ tự công trình ngược đường cáp"),
        Hardness.REASON,
        _SINCE,
        lambda facts, limits: facts.back_m > limits["remarked_m"],
        lambda facts, _limits: _(
            "Công trình “%(code)s” lùi lại %(metres)s m so với công trình liền trước theo đường cáp; cần đúng thứ tự từ"
            " đầu đến cuối.",
            code=facts.code,
            metres=_metres(facts.back_m),
        ),
    ),
    RelationRule(
        "too_early",
        _l("Cáp lắp trước khi có công trình"),
        Hardness.REASON,
        _SINCE,
        lambda facts, _limits: and_(_is_standing(facts), facts.installed_on < facts.began_on),
        lambda facts, _limits: _(
            "Cáp lắp ngày %(installed)s, trước ngày công trình “%(code)s” hình thành (%(began)s).",
            installed=format_date(facts.installed_on),
            code=facts.code,
            began=format_date(facts.began_on),
        ),
    ),
    RelationRule(
        "aside",
        _l("Công trình lệch khỏi đường cáp"),
        Hardness.REMARK,
        _SINCE,
        lambda facts, limits: and_(facts.apart_m > limits["remarked_m"], facts.apart_m <= limits["refused_m"]),
        lambda facts, _limits: _(
            "Công trình “%(code)s” lệch khỏi đường cáp %(metres)s m.", code=facts.code, metres=_metres(facts.apart_m)
        ),
    ),
    RelationRule(
        "long_span",
        _l("Khoảng cột dài"),
        Hardness.REMARK,
        _SINCE,
        lambda facts, limits: and_(
            facts.span_m > limits["span_m"], facts.kind.in_(_POLES), facts.before_kind.in_(_POLES)
        ),
        lambda facts, limits: _(
            "Cột “%(code)s” cách cột liền trước %(metres)s m, dài hơn %(most)s m; có thể thiếu cột ở giữa.",
            code=facts.code,
            metres=_metres(facts.span_m),
            most=_metres(limits["span_m"]),
        ),
    ),
)
CARRIERS: Final = RecordRelation("cable_carriers", _l("Tuyến cáp và các công trình mà cáp đi qua"), RULES, LIMITS)


def recorded_routes(cable_ids: Collection[int] | None = None) -> Select[Any]:
    """The routes of the register (of these cables), with the columns that the facts and the rules read."""
    return _recorded_routes() if cable_ids is None else _recorded_routes(any_(literal(list(cable_ids))))


def _recorded_routes(cable_id: Any = None) -> Select[Any]:
    base, own = Structure.__table__.alias("cable"), CableRoute.__table__
    lines = (
        select(
            base.c.id.label("key"),
            *line_columns(recorded_line(base)),
            base.c.owner_organisation_id.label("owner_id"),
            cast(base.c.status, Text).label("cable_status"),
            cable_day(own.c).label("installed_on"),
            literal(value=False).label("is_redrawn"),
        )
        .join_from(base, own, own.c.id == base.c.id)
        .where(true() if cable_id is None else base.c.id == cable_id)
        # OFFSET: the length of a line is computed once, not for each structure on it.
        .offset(0)
        .subquery("lines")
    )
    routes = select(lines, CableMember.ordinal, CableMember.structure_id).join_from(
        lines, CableMember, CableMember.cable_id == lines.c.key
    )
    return routes if cable_id is None else routes.where(CableMember.cable_id == cable_id)


def _stated_route(*, is_redrawn: bool) -> Select[Any]:
    """The route of the cable :cable over the structures :carriers, on its line or on :geojson."""
    ids = bindparam("carriers", type_=ARRAY(BigInteger))
    listed = func.unnest(ids).table_valued("structure_id", with_ordinality="ordinal", name="listed").render_derived()
    base, own = Structure.__table__.alias("cable"), CableRoute.__table__
    line_m = line_of_geojson(bindparam("geojson", type_=Text)) if is_redrawn else recorded_line(base)
    lines = (
        select(
            base.c.id.label("key"),
            *line_columns(line_m),
            base.c.owner_organisation_id.label("owner_id"),
            cast(base.c.status, Text).label("cable_status"),
            cable_day(own.c).label("installed_on"),
            literal(value=is_redrawn).label("is_redrawn"),
        )
        .join_from(base, own, own.c.id == base.c.id)
        .where(base.c.id == bindparam("cable", type_=BigInteger))
        .offset(0)
        .subquery("lines")
    )
    return select(lines, listed.c.ordinal, listed.c.structure_id).join_from(lines, listed, true())


def cable_day(columns: Any) -> ColumnElement[Any]:
    """The last day on which a cable may have been installed: of a year alone, its last day."""
    year_end = func.make_date(cast(func.extract("year", columns.installed_on), Integer), 12, 31)
    return case((columns.installed_year_only.is_(True), year_end), else_=columns.installed_on)


def find_broken(ctx: Ctx, routes: FromClause) -> Mapping[int, list[RelationFinding]]:
    """The rules that routes break, by their key, in the order of the lists."""
    limits = setting(ctx.session, LIMITS, ctx.today)
    return _findings(positions.run(ctx, _broken(routes, limits)), limits)


def _broken(routes: FromClause, limits: Limits) -> Select[Any]:
    facts = facts_along(routes)
    clauses = {rule.code: func.coalesce(rule.breaks(facts.c, limits), false()) for rule in RULES}
    flags = [clause.label(f"breaks_{code}") for code, clause in clauses.items()]
    return select(facts, *flags).where(or_(*clauses.values())).order_by(facts.c.key, facts.c.ordinal)


def _findings(rows: Iterable[Any], limits: Limits) -> dict[int, list[RelationFinding]]:
    findings: dict[int, list[RelationFinding]] = {}
    for row in rows:
        findings.setdefault(row.key, []).extend(
            RelationFinding(rule, row.structure_id, rule.sentence(row, limits))
            for rule in RULES
            if getattr(row, f"breaks_{rule.code}")
        )
    return findings


@cache
def _one_cable(*, is_stated: bool, is_redrawn: bool = False) -> CompiledStatement:
    """The statement of `find_broken` for one cable: building it again would take longer than the database does."""
    limits: dict[str, Any] = {name: bindparam(f"limit_{name}", type_=Double()) for name in _FIGURES}
    is_cable = bindparam("cable", type_=BigInteger)
    route = _stated_route(is_redrawn=is_redrawn) if is_stated else _recorded_routes(is_cable)
    return compile_statement(_broken(route.subquery("routes"), limits))


def _findings_of_one(ctx: Ctx, cable_id: int, statement: CompiledStatement, **values: Any) -> list[RelationFinding]:
    limits = setting(ctx.session, LIMITS, ctx.today)
    figures = {f"limit_{name}": float(limits[name]) for name in _FIGURES}
    ctx.session.flush()
    # Planning it takes longer than finding the rows of one cable, which each plan does by the same index.
    rows = positions.run_compiled(ctx, statement, figures | {"cable": cable_id} | values, one_plan=True)
    return _findings(rows, limits).get(cable_id, [])


def recorded_findings(ctx: Ctx, cable_id: int) -> list[RelationFinding]:
    """The rules that a cable breaks as it is recorded."""
    return _findings_of_one(ctx, cable_id, _one_cable(is_stated=False))


def stated_findings(
    ctx: Ctx, cable_id: int, carriers: Sequence[int], geojson: str | None = None
) -> list[RelationFinding]:
    """The rules that a cable would break over a list of structures, on its line or on a stated one."""
    statement = _one_cable(is_stated=True, is_redrawn=geojson is not None)
    stated = {"geojson": geojson} if geojson is not None else {}
    return _findings_of_one(ctx, cable_id, statement, carriers=list(carriers), **stated)


def check_carriers(
    ctx: Ctx, cable: CableRoute, carriers: Sequence[int], geojson: str | None, reason: str
) -> list[RelationFinding]:
    """The remarks on a list that is to be recorded; Invalid (`members`, `reason`) with what is wrong with it.

    What the recorded list breaks already is remarked on only, so that a mistake of before hinders no correction.
    """
    findings = stated_findings(ctx, cable.id, carriers, geojson)
    if all(finding.rule.hardness_on(ctx.today) is Hardness.REMARK for finding in findings):
        return findings
    recorded = frozenset((finding.rule.code, finding.structure_id) for finding in recorded_findings(ctx, cable.id))
    by_hardness = sorted_by_hardness(findings, ctx.today, recorded)
    problems: dict[str, list[str]] = {}
    if by_hardness[Hardness.REFUSE]:
        problems["members"] = _first(by_hardness[Hardness.REFUSE])
    if by_hardness[Hardness.REASON] and not reason:
        problems["reason"] = [
            *_first(by_hardness[Hardness.REASON]),
            _("Nếu danh sách vẫn đúng như đã nhập, hãy ghi lý do ở đây."),
        ]
    if problems:
        raise Invalid(problems)
    return [*by_hardness[Hardness.REASON], *by_hardness[Hardness.REMARK]]


def watch_cable(ctx: Ctx, structure: Structure, changed: Collection[str], is_moved: bool) -> Callable[[], None] | None:
    """A `RelationWatch`: a cable that moves, or whose state or day changes, stays with what carries it.

    What a form would ask a reason for is remarked on only, since the form of a structure has no place for one.
    """
    is_new = inspect(structure).transient
    if is_new or not isinstance(structure, CableRoute) or not (is_moved or _WATCHED & set(changed)):
        return None
    before = frozenset((finding.rule.code, finding.structure_id) for finding in recorded_findings(ctx, structure.id))

    def check() -> None:
        by_hardness = sorted_by_hardness(recorded_findings(ctx, structure.id), ctx.today, before)
        if by_hardness[Hardness.REFUSE]:
            raise Invalid({"position" if is_moved else "status": _first(by_hardness[Hardness.REFUSE])})

    return check


def watch_carrier(
    ctx: Ctx, structure: Structure, changed: Collection[str], is_moved: bool
) -> Callable[[], None] | None:
    """A `RelationWatch`: a structure that moves, or whose first day changes, stays with the cables that it carries.

    Only the cables of its own owner refuse it: another's could not be brought along, and would disclose where they are.
    A later first day asks for no reason here, since the form has no place for one: it is refused.
    """
    kind = KINDS[structure.kind]
    days = sorted(set(kind.start_fields) & set(changed))
    if inspect(structure).transient or not kind.hosting or not (is_moved or days):
        return None
    own_cables = (
        select(CableMember.cable_id)
        .join(Structure, Structure.id == CableMember.cable_id)
        .where(
            CableMember.structure_id == structure.id,
            Structure.owner_organisation_id == structure.owner_organisation_id,
            positions.sees_exactly(ctx),
        )
        .distinct()
    )
    cable_ids = sorted(ctx.session.scalars(own_cables))
    if not cable_ids:
        return None

    def broken() -> dict[tuple[int, str], RelationFinding]:
        return {
            (cable_id, finding.rule.code): finding
            for cable_id in cable_ids
            for finding in recorded_findings(ctx, cable_id)
            if finding.structure_id == structure.id
        }

    before = broken()

    def check() -> None:
        problems: dict[str, list[str]] = {}
        for key, finding in broken().items():
            hardness = finding.rule.hardness_on(ctx.today)
            if key in before or hardness is Hardness.REMARK or (hardness is Hardness.REASON and not days):
                continue
            problems.setdefault("position" if hardness is Hardness.REFUSE else days[0], []).append(finding.sentence)
        if problems:
            raise Invalid(problems)

    return check


def _first(findings: Sequence[RelationFinding]) -> list[str]:
    sentences = [finding.sentence for finding in findings[:_NAMED]]
    more = len(findings) - _NAMED
    return [*sentences, _n("Còn %(num)d chỗ khác như vậy.", more)] if more > 0 else sentences


def over_changed(since: datetime) -> Select[Any]:
    """The cables over structures that changed since a moment; a changed list makes a new version of its cable."""
    return select(CableMember.cable_id).where(CableMember.structure_id.in_(changed_structures(since)))


#: Code of a check -> the rules whose findings it counts.
_HARD, _REMARKS = CARRIERS.code, f"{CARRIERS.code}_remarks"
_HARDNESS: Final = {_HARD: (Hardness.REFUSE, Hardness.REASON), _REMARKS: (Hardness.REMARK,)}


def _breaking(ctx: Ctx, code: str) -> ColumnElement[bool]:
    """SQL over `structure`: cables that break a rule of a check. To be read within `run`."""
    facts = facts_along(recorded_routes().subquery("routes"))
    limits = setting(ctx.session, LIMITS, ctx.today)
    return Structure.id.in_(select(facts.c.key).where(_any_rule(facts.c, limits, code)))


def _any_rule(facts: Any, limits: Limits, *codes: str) -> ColumnElement[bool]:
    hardness = {each for code in codes for each in _HARDNESS[code]}
    return or_(*(rule.breaks(facts, limits) for rule in RULES if rule.hardness in hardness))


def flag_cables(ctx: Ctx, cable_ids: Collection[int] | None) -> Select[Any]:
    """The cables (of these) that break a rule, with a flag for each check: all of them in one pass over the facts."""
    facts = facts_along(recorded_routes(cable_ids).subquery("routes"))
    limits = setting(ctx.session, LIMITS, ctx.today)
    breaks = [_any_rule(facts.c, limits, code).label(code) for code in _HARDNESS]
    # OFFSET: the rules are evaluated once, not for the flags and for the condition.
    pairs = select(facts.c.key.label("id"), *breaks).offset(0).subquery("pairs")
    flags = [pairs.c[code] for code in _HARDNESS]
    each = (func.bool_or(flag).label(flag.name) for flag in flags)
    return select(pairs.c.id, *each).where(or_(*flags)).group_by(pairs.c.id)


CARRIER_CHECKS: Final = (
    Check(
        _HARD,
        _l("Tuyến cáp không khớp với công trình mang cáp"),
        _l(
            "Công trình ở xa đường cáp, đã ngừng khai thác hoặc chưa xây dựng, lặp lại, ngược thứ tự, hoặc có sau cáp;"
            " sửa danh sách hoặc vẽ lại tuyến ở trang tuyến cáp."
        ),
        lambda ctx: _breaking(ctx, _HARD),
        is_recorded=True,
        flags=flag_cables,
        mend=("cables.members", ""),
    ),
    Check(
        _REMARKS,
        _l("Tuyến cáp lệch khỏi cột, hoặc có khoảng cột dài"),
        _l("Kiểm tra đường cáp, và bổ sung các cột còn thiếu trong danh sách ở trang tuyến cáp."),
        lambda ctx: _breaking(ctx, _REMARKS),
        is_recorded=True,
        flags=flag_cables,
        mend=("cables.members", ""),
    ),
)
