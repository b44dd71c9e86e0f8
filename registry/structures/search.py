"""What the search of the site says of structures, of their owners, of streets, and of a place given by coordinates."""

from __future__ import annotations

import re
from typing import Any, Final

from registry.accounts.finding import match_organisations
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import holds
from registry.kernel.geo.coordinates import ParsedPosition, PositionRefused, parse_position
from registry.kernel.i18n import _, _l
from registry.kernel.search import GROUP_SIZE, Group, Hit, Link, Query
from registry.streets.queries import match_streets
from registry.structures.finding import find_structures
from registry.structures.geometry import as_point
from registry.structures.kinds import KINDS
from registry.structures.pages.blueprint import STATUS_TONES, words
from registry.structures.pages.map import described
from registry.structures.queries import OWNING_KINDS
from registry.structures.service.locate import acceptance_bounds
from registry.territory.queries import unit_names

#: Nothing but what is written with coordinates.
_COORDINATES: Final = re.compile(
    r"(?:[\dxynebđ\s°'\"′″’”.,:;=()/|+-]|bắc|đông|vĩ độ|kinh độ|lat|lon|lng)+", re.IGNORECASE
)
#: What can be nothing else, so that a refusal is worth saying; other numbers may be codes or parts of an address.
_SURELY: Final = re.compile(r"\d\s*°|[xy]\s*=|\d[.,]\d{2}.*[\s;,/|].*\d[.,]\d{2}", re.IGNORECASE)
#: Degrees around a place on its map and in the list of what stands near: about 500 m.
_AROUND: Final = 0.005
_ZOOM: Final = 17


def structures(ctx: Ctx, query: Query) -> Group:
    """Structures by code, own code, name, road and address, as far as the reader may know of them."""
    found = find_structures(ctx, query)
    hits = [_structure(row) for row in found.rows]
    short = not query.parts and holds(ctx.actor, P.STRUCTURE_READ)
    return Group(
        "structures",
        _l("Công trình"),
        hits,
        more=Link("structures.list", {"q": query.text}) if found.more else None,
        note=_("Từ khóa dưới 3 chữ chỉ tìm được đúng mã công trình.") if short else None,
    )


def _structure(row: Any) -> Hit:
    kind, link = str(KINDS[row.kind].label), Link("structures.detail", {"code": row.code})
    if not row.exact:
        return Hit(kind, link, row.code, (str(row.owner_category.label),), (_("Chỉ biết ô lưới"), "neutral"))
    facts = (kind, row.own_code, row.owner_name, row.road_name or row.address, row.commune_name)
    badge = (row.status.label, STATUS_TONES[row.status])
    return Hit(row.name, link, row.code, tuple(fact for fact in facts if fact), badge)


def owners(ctx: Ctx, query: Query) -> Group | None:
    """Owners by name, spelling and tax code, each leading to its structures; for those who learn owners at all."""
    if not holds(ctx.actor, P.STRUCTURE_READ):
        return None
    found = match_organisations(ctx.session, query, OWNING_KINDS)
    hits = [
        Hit(
            row.short_name,
            Link("structures.list", {"owner": row.id}),
            facts=tuple(fact for fact in (row.name, row.tax_code and _("MST %(code)s", code=row.tax_code)) if fact),
        )
        for row in found
    ]
    return Group("owners", _l("Chủ sở hữu"), hits)


def streets(ctx: Ctx, query: Query) -> Group:
    """Named streets, leading to what stands along them; for who sees no names of streets there, to their commune."""
    found = match_streets(ctx.session, query)
    communes = unit_names(ctx.session, {street.unit_id for street in found if street.unit_id})
    sees = holds(ctx.actor, P.STRUCTURE_READ)
    hits = []
    for street in found:
        link = Link("structures.list", {"q": street.name}) if sees else None
        if link is None and street.unit_id is not None:
            link = Link("territory.unit", {"unit_id": street.unit_id})
        if link is not None:
            facts = (street.road_class.label, street.unit_id and communes[street.unit_id])
            hits.append(Hit(street.name, link, street.code or "", tuple(str(fact) for fact in facts if fact)))
    return Group("streets", _l("Tuyến đường"), hits[:GROUP_SIZE])


def place(ctx: Ctx, query: Query) -> Group | None:
    """The place of typed coordinates, with its map and the list of what stands near; why it is none, where it fails."""
    if query.near or not _COORDINATES.fullmatch(query.text):
        return None
    label = _l("Vị trí")
    try:
        found = parse_position(query.text, bounds=acceptance_bounds(ctx.session, ctx.today))
    except PositionRefused as refused:
        if not _SURELY.search(query.text):
            return None
        return Group("place", label, template="structures/_place.html", data={"place_refusal": refused.message})
    data = {"echo": described(ctx, as_point(found)), "place_refusal": None, **_around(found), **words()}
    return Group("place", label, template="structures/_place.html", data=data)


def _around(found: ParsedPosition) -> dict[str, Any]:
    box = (found.lon - _AROUND, found.lat - _AROUND, found.lon + _AROUND, found.lat + _AROUND)
    return {
        "point": [found.lon, found.lat],
        "bounds": list(box),
        "bbox": ",".join(f"{side:.6f}" for side in box),
        "anchor": f"map={_ZOOM}/{found.lat:.6f}/{found.lon:.6f}",
    }
