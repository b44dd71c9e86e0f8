"""Structures as networks of the Open Fibre Data Standard: one network per owner, written while it is read."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Any, Final, TextIO

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.exports.ofds_queries import (
    DUCT,
    MANHOLE,
    Manholes,
    Row,
    agreements_of,
    manholes_of,
    owners_of,
    parties_of,
    still_published,
    users_at,
    users_now,
)
from registry.exports.ofds_schema import (
    Ends,
    Junction,
    OfdsParty,
    Preset,
    Standard,
    end_nodes,
    ends_of,
    network_of,
    organisation_of,
    point_node,
    span_of,
)
from registry.exports.structures import PORTION, open_structures, query_of
from registry.kernel.dated_settings import setting
from registry.kernel.errors import Invalid
from registry.kernel.exports.dataset import OPEN_FIBRE, ExportFormat
from registry.kernel.exports.lists import Args, ExportChoice, ExportList, Source
from registry.kernel.exports.wkb import read_wkb
from registry.kernel.i18n import _, _l, current_locale
from registry.structures import positions
from registry.structures.filtering.filter import StructureFilter
from registry.structures.filtering.url import read_filter
from registry.structures.kinds import KINDS
from registry.structures.kinds.kind import Kind, Shape
from registry.structures.listing.saved_filters import expand_saved
from registry.territory.queries import get_province

_OWNER_ROLE, _USER_ROLE = "physicalInfrastructureProvider", "networkProvider"
_STEM, _PUBLIC_STEM = "ofds", "ofds-cong-khai"
_DECIMALS: Final = "export.public_decimals"
CountRow = Callable[[int | None], None]
Users = Mapping[int, Sequence[OfdsParty]]


#: Points come first: the lines that end at a manhole must know whether it is a node already.
_POINTS: Final = tuple(kind for kind in KINDS.values() if kind.shape is Shape.POINT)
_LINES: Final = tuple(kind for kind in KINDS.values() if kind.shape is Shape.LINE)
#: Argument of the address that chooses the version of the standard.
STANDARD_ARG: Final = "standard"


@dataclass
class _Network:
    """One owner's network while it is written, with every organisation named so far and its roles."""

    owner_id: int
    owner: OfdsParty
    head: Row
    #: Codes of the kinds of which the actor sees a structure exactly.
    kinds: frozenset[str]
    roles: dict[OfdsParty, set[str]] = field(default_factory=dict)
    #: At a past time only: structure -> its users then.
    users_then: Users | None = None
    #: Codes of the manholes that are nodes already.
    manholes: set[str] = field(default_factory=set)

    def add_role(self, party: OfdsParty, role: str) -> None:
        self.roles.setdefault(party, set()).add(role)


@dataclass(frozen=True)
class Networks:
    """The networks that an actor may export under a filter: structures seen exactly, or the published ones only."""

    ctx: Ctx
    chosen: StructureFilter
    preset: Preset

    def all(self) -> Iterator[_Network]:
        """The networks, by the names of their owners."""
        province, when = get_province(self.ctx.session), self.chosen.when
        publisher = province.name if province else ""
        for operator in owners_of(self.ctx, self.chosen):
            owner = OfdsParty(operator.code, operator.name, operator.tax_code)
            head = network_of(owner, self.ctx.today.isoformat(), publisher, current_locale(), self.preset.standard)
            if when is not None:
                # The standard has no member for the time that a network is shown at.
                head["name"] = f"{owner.name} – {when.text(self.ctx.now)}"
            yield _Network(operator.id, owner, head, frozenset(operator.kinds))

    def nodes(self, network: _Network, count_row: CountRow | None = None) -> Iterator[Row]:
        """The nodes of a network; `count_row` is called once per structure, with its owner's id."""
        for kind, rows, users in self._batches(network, _POINTS):
            for row in rows:
                if count_row is not None:
                    count_row(network.owner_id)
                if kind is MANHOLE:
                    network.manholes.add(row["code"])
                yield point_node(kind, row, network.owner, self._providers(network, kind, row, users), self.preset)
        for kind, rows, users in self._batches(network, _LINES):
            stored = self._manholes(network, kind, rows)
            yield from self._manhole_nodes(network, stored, count_row)
            for row in rows:
                if count_row is not None:
                    count_row(network.owner_id)
                providers = self._providers(network, kind, row, users)
                yield from end_nodes(row, _ends(row, stored), network.owner, providers, self.preset)

    def spans(self, network: _Network) -> Iterator[Row]:
        """The spans of a network, each between two of its nodes."""
        for kind, rows, users in self._batches(network, _LINES):
            stored = self._manholes(network, kind, rows)
            for row in rows:
                providers = self._providers(network, kind, row, users)
                yield span_of(kind, row, _ends(row, stored), network.owner, providers, self.preset)

    def organisations(self, network: _Network) -> Iterator[Row]:
        """The organisations named in a network; complete only after nodes and spans are written."""
        for party, roles in network.roles.items():
            yield organisation_of(party, sorted(roles))

    def contracts(self, network: _Network) -> Iterator[Row]:
        """Agreed co-location requests that the actor may read; none in a public file."""
        if self.preset.is_public:
            return
        query = agreements_of(self.ctx, network.owner_id, self.chosen.when)
        for row in self.ctx.session.execute(query, execution_options={"yield_per": PORTION}):
            yield {"id": row.number, "title": row.title}

    def _batches(self, network: _Network, kinds: Sequence[Kind]) -> Iterator[tuple[Kind, list[Row], Users]]:
        """Rows of the filter by kind, some hundreds at a time, with the users of each."""
        chosen_kinds = self.chosen.choices.get("kind", ())
        for kind in kinds:
            if kind.code not in network.kinds or (chosen_kinds and kind.code not in chosen_kinds):
                continue
            batch_filter = replace(
                self.chosen, choices={**self.chosen.choices, "kind": (kind.code,)}, owner_id=network.owner_id
            )
            result = positions.stream(self.ctx, query_of(self.ctx, batch_filter), portion=PORTION)
            for batch in result.partitions():
                rows = self._disclosed([dict(row._mapping) for row in batch if row.exact])
                yield kind, rows, self._users(network, [row["id"] for row in rows])

    def _disclosed(self, rows: list[Row]) -> list[Row]:
        """The rows that the file may contain; a public file of a past time has those published then and today."""
        if not self.preset.is_public:
            return rows
        disclosed = [row for row in rows if row["is_published"]]
        if self.chosen.when is None:
            return disclosed
        published = still_published(self.ctx, [row["id"] for row in disclosed])
        return [row for row in disclosed if row["id"] in published]

    def _users(self, network: _Network, structure_ids: list[int]) -> Users:
        """Users of structures, where the actor may know them; none in a public file."""
        if self.preset.is_public or not structure_ids:
            return {}
        if self.chosen.when is None:
            return users_now(self.ctx, structure_ids)
        if network.users_then is None:
            network.users_then = users_at(self.ctx, network.owner_id, self.chosen.when)
        return network.users_then

    def _providers(self, network: _Network, kind: Kind, row: Row, users: Users) -> Sequence[OfdsParty]:
        """The network providers of a structure; adds them and the owner to the organisations of the network."""
        providers = [network.owner] if kind.hosting is None else users.get(row["id"], ())
        network.add_role(network.owner, _OWNER_ROLE)
        for user in providers:
            network.add_role(user, _USER_ROLE)
        return providers

    def _manholes(self, network: _Network, kind: Kind, rows: Sequence[Row]) -> dict[int, Manholes]:
        """Line -> the manholes stored as its ends that the file may contain."""
        if kind is not DUCT:
            return {}
        manholes = manholes_of(self.ctx, network.owner_id, rows, self.chosen.when)
        disclosed = {row["code"] for row in self._disclosed([row for pair in manholes.values() for row in pair if row])}
        return {
            line_id: Manholes(*(row if row and row["code"] in disclosed else None for row in pair))
            for line_id, pair in manholes.items()
        }

    def _manhole_nodes(
        self, network: _Network, stored: dict[int, Manholes], count_row: CountRow | None
    ) -> Iterator[Row]:
        """Nodes for manholes at the ends of ducts that the filter leaves out or that another organisation owns."""
        missing = {row["code"]: row for pair in stored.values() for row in pair if row}
        missing = {code: row for code, row in missing.items() if code not in network.manholes}
        if not missing:
            return
        network.manholes |= missing.keys()
        users = self._users(network, [row["id"] for row in missing.values()])
        owner_ids = {row["owner_organisation_id"] for row in missing.values()}
        owners = parties_of(self.ctx, owner_ids, self.chosen.when)
        for row in missing.values():
            owner_id = row["owner_organisation_id"]
            if count_row is not None:
                count_row(owner_id)
            providers = self._providers(network, MANHOLE, row, users)
            network.add_role(owners[owner_id], _OWNER_ROLE)
            yield point_node(MANHOLE, row, owners[owner_id], providers, self.preset)


def _ends(row: Row, stored: dict[int, Manholes]) -> Ends:
    """The nodes that a line ends at."""
    start, end = (
        Junction(manhole["code"], read_wkb(manhole["wkb"]).parts[0][0]) if manhole else None
        for manhole in stored.get(row["id"], (None, None))
    )
    return ends_of(row["code"], row["wkb"], start, end)


# --- files ----------------------------------------------------------------------------------------------------------
def write_package(networks: Networks, path: Path, count_row: CountRow) -> None:
    """A network package as JSON; Invalid where it would be empty, which the standard does not allow."""
    count = 0
    with path.open("w", encoding="utf-8", newline="\n") as out:
        out.write('{"networks":[')
        for network in networks.all():
            count += _write_network(out, networks, network, count_row, first=not count)
        out.write("\n]}\n")
    if not count:
        raise _nothing()


def _write_network(out: TextIO, networks: Networks, network: _Network, count_row: CountRow, *, first: bool) -> int:
    """Write a network without its empty parts; returns 0 and writes nothing where it has no node."""
    nodes = networks.nodes(network, count_row)
    opening = next(nodes, None)
    if opening is None:
        return 0
    out.write(f"{'' if first else ','}\n{_json(network.head)[:-1]}")
    _write_items(out, "nodes", chain([opening], nodes))
    _write_items(out, "spans", networks.spans(network))
    _write_items(out, "organisations", networks.organisations(network))
    _write_items(out, "contracts", networks.contracts(network))
    out.write("}")
    return 1


def _write_items(out: TextIO, name: str, items: Iterator[Row]) -> None:
    """Write a named list; leave out an empty one, which the standard does not allow."""
    count = 0
    for item in items:
        out.write(",\n" if count else f',"{name}":[\n')
        out.write(_json(item))
        count += 1
    out.write("]" if count else "")


def write_geojson_pair(networks: Networks, path: Path, count_row: CountRow) -> None:
    """nodes.geojson and spans.geojson in a zip; members of nodes and spans, and their network, are properties."""
    count = 0
    pairs = (("nodes", "location"), ("spans", "route"))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, shape in pairs:
            with archive.open(f"{name}.geojson", "w") as target:
                target.write(b'{"type":"FeatureCollection","features":[')
                written = 0
                for network in networks.all():
                    about = {key: network.head[key] for key in ("id", "name", "publisher", "publicationDate", "links")}
                    items = networks.nodes(network, count_row) if name == "nodes" else networks.spans(network)
                    for item in items:
                        geometry = item.pop(shape)
                        feature = {"type": "Feature", "geometry": geometry, "properties": item | {"network": about}}
                        target.write(f"{',' if written else ''}\n{_json(feature)}".encode())
                        written += 1
                target.write(b"\n]}\n")
                count += written
    if not count:
        raise _nothing()


def _nothing() -> Invalid:
    return Invalid({"": _("Không có công trình nào mà tài khoản được xem vị trí chính xác khớp với bộ lọc này.")})


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


# --- lists ----------------------------------------------------------------------------------------------------------
def _open(ctx: Ctx, args: Args, preset: Preset, stem: str) -> Source:
    args, standard = args.copy(), _standard(args)
    args.poplist(STANDARD_ARG)
    structure_filter, plain = read_filter(expand_saved(ctx, args)), open_structures(ctx, args)
    networks = Networks(ctx, structure_filter, replace(preset, standard=standard))

    def write(file_format: ExportFormat, path: Path, count_row: CountRow) -> None:
        writer = write_package if file_format is ExportFormat.OFDS else write_geojson_pair
        writer(networks, path, count_row)

    stem = "-".join(
        filter(None, (stem, standard.value, structure_filter.when.stem if structure_filter.when is not None else ""))
    )
    filters = (*plain.chosen, (_("Phiên bản OFDS"), standard.value))
    return replace(plain, writer=write, stem=stem, chosen=filters)


def _standard(args: Args) -> Standard:
    """The requested version, by default the current one; Invalid where it is unknown."""
    asked = args.get(STANDARD_ARG) or Standard.V04.value
    standards = {standard.value: standard for standard in Standard}
    if asked not in standards:
        sentence = _(
            "Phiên bản OFDS “%(asked)s” không có; chọn một trong: %(known)s.",
            asked=asked[:20],
            known=", ".join(standards),
        )
        raise Invalid({STANDARD_ARG: sentence})
    return standards[asked]


def open_full(ctx: Ctx, args: Args) -> Source:
    """Everything that the actor sees exactly, with the users and agreements that it may know."""
    return _open(ctx, args, Preset(), _STEM)


def open_public(ctx: Ctx, args: Args) -> Source:
    """For the public: published structures only, truncated coordinates, no organisations but the owners."""
    decimals = int(setting(ctx.session, _DECIMALS, ctx.today))
    return _open(ctx, args, Preset(is_public=True, decimals=decimals), _PUBLIC_STEM)


_VERSIONS: Final = (
    ExportChoice(STANDARD_ARG, _l("Phiên bản OFDS"), tuple((standard.value, standard.value) for standard in Standard)),
)
FULL: Final = ExportList(
    "ofds",
    _l("Mạng lưới theo OFDS"),
    _STEM,
    P.STRUCTURE_READ,
    open_full,
    OPEN_FIBRE,
    choices=_VERSIONS,
    by_worker=True,
)
PUBLIC: Final = ExportList(
    "ofds-public",
    _l("Mạng lưới theo OFDS, bản công khai"),
    _PUBLIC_STEM,
    P.STRUCTURE_READ,
    open_public,
    OPEN_FIBRE,
    _l("– bản công khai"),
    choices=_VERSIONS,
    by_worker=True,
)
