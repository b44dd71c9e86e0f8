"""Writes of cables: the list of structures that carry one, as a whole, for one cable or for many rows of a file."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import text

from registry.audit.chain import record
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import require
from registry.cables.carriers import check_carriers
from registry.cables.commands import SetMembers
from registry.cables.queries import Support, find_supports, member_ids, shown_to
from registry.cables.rules import carried_at, joined, laying_of, list_problems, read_codes
from registry.cables.use_notices import notify_owners, uses_without_contract
from registry.kernel.errors import Invalid
from registry.kernel.i18n import _, _n
from registry.kernel.text import shown
from registry.structures import positions
from registry.structures.codes import PositionMethod
from registry.structures.commands import EditStructure, GivenPosition
from registry.structures.kinds import KINDS
from registry.structures.kinds.cable_route import CableRoute, Laying
from registry.structures.models import WGS84
from registry.structures.positions.along_route import drawn_length
from registry.structures.positions.input import MOST_POINTS
from registry.structures.queries import get_structure
from registry.structures.relations import RelationFinding
from registry.structures.writing import edit_structure
from registry.structures.writing.create_edit import check_version

#: Most codes that a refusal lists.
_NAMED: Final = 10
#: Most structures that one statement reads.
_CHUNK: Final = 5_000
_GIVEN: Final = (
    "WITH given AS (SELECT * FROM unnest(CAST(:cables AS bigint[]), CAST(:ordinals AS bigint[]),"
    " CAST(:supports AS bigint[])) AS given (cable_id, ordinal, structure_id))"
)
#: Deletes first, then updates, then inserts: no two rows ever have the same ordinal in a list.
_WRITES: Final = tuple(
    text(f"{_GIVEN} {write}")
    for write in (
        "DELETE FROM cable_member m WHERE m.cable_id = ANY(:all) AND NOT EXISTS"
        " (SELECT FROM given WHERE given.cable_id = m.cable_id AND given.ordinal = m.ordinal)",
        "UPDATE cable_member m SET structure_id = given.structure_id FROM given"
        " WHERE given.cable_id = m.cable_id AND given.ordinal = m.ordinal AND given.structure_id <> m.structure_id",
        "INSERT INTO cable_member (organisation_id, cable_id, ordinal, structure_id)"
        " SELECT cable.owner_organisation_id, given.cable_id, given.ordinal, given.structure_id"
        " FROM given JOIN structure cable ON cable.id = given.cable_id WHERE NOT EXISTS"
        " (SELECT FROM cable_member m WHERE m.cable_id = given.cable_id AND m.ordinal = given.ordinal)",
    )
)


def set_members(ctx: Ctx, command: SetMembers) -> CableRoute:
    """Replace the whole list with one audit event; Invalid names every code that is wrong, and what does not fit.

    Without a stated laying the cable gets the one of its members.
    """
    cable = get_structure(ctx, command.cable_code, CableRoute)
    if not isinstance(cable, CableRoute):
        raise TypeError(f"{command.cable_code} is a {cable.kind}")
    require(ctx, P.STRUCTURE_EDIT, cable)
    check_version(cable, command.version)
    supports = resolve(ctx, cable.owner_organisation_id, command.codes)
    drawn = draw(ctx, cable.owner_organisation_id, supports) if command.redraw else None
    before, after = member_ids(ctx.session, cable.id), [support.id for support in supports]
    remarks = []
    if drawn is not None or before != after:
        remarks = check_carriers(ctx, cable, after, drawn.geojson if drawn else None, command.reason)
    changed = write_members(ctx, {cable.id: after})
    values = _laying_values(ctx, cable, supports, drawn)
    if drawn is not None:
        values |= {"position_method": PositionMethod.DRAWING, "accuracy_m": None, "surveyed_on": None}
    if not (changed or values or drawn):
        return cable
    edit = EditStructure(cable.code, cable.version, values, drawn, outside_area=cable.outside_area)
    edit_structure(ctx, edit, announce=False, watches_relations=False)
    cable.updated_at = ctx.now
    ctx.session.flush()
    record(
        ctx,
        "cable.members",
        "structure",
        cable.id,
        on_behalf_of_id=cable.owner_organisation_id,
        code=cable.code,
        before=len(before),
        after=len(after),
        redrawn=drawn is not None,
        **_accepted(remarks, command.reason),
    )
    return cable


def _accepted(remarks: Sequence[RelationFinding], reason: str) -> dict[str, Any]:
    """The rules that were broken knowingly, and why, for the audit event."""
    rules = sorted({finding.rule.code for finding in remarks})
    return {"remarks": rules} | ({"reason": reason} if reason else {}) if rules else {}


def resolve(ctx: Ctx, owner_id: int, codes: Sequence[str]) -> list[Support]:
    """The structures of the codes of a list for an owner; Invalid (field `members`), a sentence for each wrong code."""
    problems = list_problems(codes)
    supports = find_supports(ctx.session, owner_id, codes) if not problems else {}
    wrong = list(dict.fromkeys(code for code in codes if supports.get(code) is None)) if not problems else []
    problems += [_wrong_code(code, supports) for code in wrong[:_NAMED]]
    if len(wrong) > _NAMED:
        problems.append(_n("Còn %(num)d mã khác cũng không tìm thấy.", len(wrong) - _NAMED))
    if problems:
        raise Invalid({"members": problems})
    return [support for code in codes if (support := supports[code]) is not None]


def _wrong_code(code: str, supports: Mapping[str, Support | None]) -> str:
    if code not in supports:
        return unknown_code(code)
    return _("Mã “%(code)s” khác cách viết với nhiều mã đã đăng ký của đơn vị; hãy ghi đúng một mã.", code=code[:60])


def unknown_code(code: str) -> str:
    """The one sentence for a code that does not exist and for one that the owner may not use."""
    return _(
        "Không có công trình “%(code)s” mà cáp của đơn vị đi qua được; cần mã của đơn vị, hoặc mã tỉnh của công trình "
        "được công bố dùng chung hay đang ghi đơn vị là bên sử dụng.",
        code=code[:60] if code.isprintable() else shown(code),
    )


def write_members(ctx: Ctx, lists: Mapping[int, Sequence[int]], *, notifies: bool = True) -> bool:
    """Make the lists of these cables (id -> structures in order) as given; whether anything changed.

    The database gives each cable its place in the ledger of what carries it. Owners of these structures are notified
    of uses without a contract, unless `notifies` is false.
    """
    rows = [
        (cable_id, ordinal, structure_id)
        for cable_id, structures in lists.items()
        for ordinal, structure_id in enumerate(structures, 1)
    ]
    parameters = {
        "all": list(lists),
        "cables": [row[0] for row in rows],
        "ordinals": [row[1] for row in rows],
        "supports": [row[2] for row in rows],
    }
    ctx.session.flush()
    before = uses_without_contract(ctx, lists) if notifies else set()
    counts: list[int] = [ctx.session.execute(write, parameters).rowcount for write in _WRITES]  # type: ignore[attr-defined]
    if notifies and any(counts):
        notify_owners(ctx, uses_without_contract(ctx, lists) - before)
    return any(counts)


def draw(ctx: Ctx, owner_id: int, supports: Sequence[Support]) -> GivenPosition:
    """A line through members; Invalid (field `redraw`) where the owner or the actor does not know all of them."""
    return line_through(known_shapes(ctx, owner_id, {support.id for support in supports}), supports)


def known_shapes(ctx: Ctx, owner_id: int, ids: Collection[int]) -> dict[int, str]:
    """The positions, as GeoJSON, of the structures that an owner and the actor see exactly."""
    sorted_ids = sorted(ids)
    shapes: dict[int, str] = {}
    for start in range(0, len(sorted_ids), _CHUNK):
        shapes |= positions.shapes_of(ctx, shown_to(owner_id), sorted_ids[start : start + _CHUNK])
    return shapes


def line_through(shapes: Mapping[int, str], supports: Sequence[Support]) -> GivenPosition:
    """A line through members in order; Invalid (field `redraw`) where `shapes` lacks one or there is no line."""
    hidden = list(dict.fromkeys(support.code for support in supports if support.id not in shapes))
    if hidden:
        sentence = _(
            "Không vẽ được tuyến: đơn vị không được biết vị trí chính xác của %(codes)s; hãy nhập tọa độ của tuyến.",
            codes=", ".join(hidden[:_NAMED]) + ("..." if len(hidden) > _NAMED else ""),
        )
        raise Invalid({"redraw": sentence})
    points = joined([_points(shapes[support.id]) for support in supports])
    if not 1 < len(points) <= MOST_POINTS:
        sentence = _(
            "Không vẽ được tuyến: cần từ 2 đến %(most)d điểm khác nhau, các công trình cho %(count)d điểm.",
            most=MOST_POINTS,
            count=len(points),
        )
        raise Invalid({"redraw": sentence})
    geojson = json.dumps({"type": "LineString", "coordinates": points})
    return GivenPosition(geojson, "\n".join(f"{lat:.7f}, {lon:.7f}" for lon, lat in points), WGS84, "")


def _points(geojson: str) -> list[list[float]]:
    shape = json.loads(geojson)
    return [shape["coordinates"]] if shape["type"] == "Point" else shape["coordinates"]


def _laying_values(
    ctx: Ctx, cable: CableRoute, supports: Sequence[Support], drawn: GivenPosition | None
) -> dict[str, Any]:
    """The laying by the members, where none is stated; a mixed one needs the length of its underground part.

    It passes the whole of its ducts, or as much of them as it is long.
    """
    if cable.laying is not None:
        return {}
    derived = laying_of(support.kind for support in supports)
    if derived is not Laying.MIXED:
        return {} if derived is None else {"laying": derived}
    below = [support.id for support in supports if carried_at(support.kind) is Laying.UNDERGROUND]
    metres = positions.total_length(ctx, below)
    if not metres:
        return {}
    values = {"laying": derived, "underground_m": metres}
    whole = drawn_length(ctx, KINDS[cable.kind], values, drawn, cable.id)["drawn_length_m"]
    return values | {"underground_m": min(metres, whole)}


@dataclass(frozen=True)
class StatedLists:
    """By row: the structures that carry the cable, or the sentences about what is wrong."""

    supports: dict[int, list[Support]] = field(default_factory=dict)
    problems: dict[int, list[str]] = field(default_factory=dict)

    def laying(self, number: int) -> Laying | None:
        """The laying of the cable of a row by its members."""
        return laying_of(support.kind for support in self.supports.get(number, ()))


def read_lists(ctx: Ctx, owner_id: int, cells: Mapping[int, str]) -> StatedLists:
    """The lists in the cells of rows of one owner; an empty cell is an empty list."""
    codes = {number: read_codes(cell) for number, cell in cells.items()}
    supports = find_supports(ctx.session, owner_id, {code for listed in codes.values() for code in listed})
    stated_lists = StatedLists()
    for number, listed in codes.items():
        wrong = dict.fromkeys(code for code in listed if supports.get(code) is None)
        problems = list_problems(listed) + [_wrong_code(code, supports) for code in wrong]
        if problems:
            stated_lists.problems[number] = problems
        else:
            stated_lists.supports[number] = [support for code in listed if (support := supports[code]) is not None]
    return stated_lists


def draw_lists(ctx: Ctx, owner_id: int, lists: Mapping[int, Sequence[Support]]) -> dict[int, GivenPosition | str]:
    """By row the line through the members of its cable, or the sentence why there is none."""
    shapes = known_shapes(ctx, owner_id, {support.id for supports in lists.values() for support in supports})
    shapes_by_number: dict[int, GivenPosition | str] = {}
    for number, supports in lists.items():
        try:
            shapes_by_number[number] = line_through(shapes, supports)
        except Invalid as refused:
            shapes_by_number[number] = refused.message
    return shapes_by_number
