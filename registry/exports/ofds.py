"""Structures as networks of the Open Fibre Data Standard 0.3: one network an owner, written as it is read."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Any, Final, TextIO

from sqlalchemy import Executable, select

from registry.accounts.models import Organisation
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import visible
from registry.capacity.models import CapacityEntry, CapacityPlace, EntryState
from registry.colocation.agreements.models import ColocationAgreement
from registry.colocation.agreements.queries import agreed
from registry.colocation.models import ColocationRequest
from registry.exports.ofds_past import contracts_at, owners_at, still_published, users_at
from registry.exports.ofds_rules import Party, Preset, network_of, nodes_of, organisation_of, span_of
from registry.exports.structures import PORTION, open_structures, query_of
from registry.kernel.dated import setting
from registry.kernel.errors import Invalid
from registry.kernel.exports.dataset import OPEN_FIBRE, FileFormat
from registry.kernel.exports.lists import Args, ExportList, Source
from registry.kernel.i18n import _, _l, current_locale
from registry.structures import positions
from registry.structures.contract import Kind, Shape
from registry.structures.filter_args import read_filter
from registry.structures.filters import StructureFilter
from registry.structures.kinds import KINDS
from registry.structures.models import Structure
from registry.structures.shelf import expanded
from registry.territory.queries import get_province

_OWNER_ROLE, _USER_ROLE = "physicalInfrastructureProvider", "networkProvider"
_STEM, _PUBLIC_STEM = "ofds", "ofds-cong-khai"
_DECIMALS: Final = "export.public_decimals"
Row = dict[str, Any]
Told = Callable[[int | None], None]


@dataclass
class _Network:
    """One owner's network while it is written: every organisation that it names, with its roles."""

    owner_id: int
    owner: Party
    head: Row
    roles: dict[Party, set[str]] = field(default_factory=dict)
    #: Of a past time only: structure -> who used it then.
    users_then: dict[int, tuple[Party, ...]] | None = None

    def names(self, party: Party, role: str) -> None:
        """Remember that the network names an organisation."""
        self.roles.setdefault(party, set()).add(role)


@dataclass(frozen=True)
class Networks:
    """What an actor may take out under a filter: structures whose place it knows exactly, or the published ones."""

    ctx: Ctx
    chosen: StructureFilter
    preset: Preset

    def all(self) -> Iterator[_Network]:
        """The networks, by the names of their owners."""
        province, when = get_province(self.ctx.session), self.chosen.when
        publisher = province.name if province else ""
        for found in self._owners():
            owner = _party(found)
            head = network_of(owner, self.ctx.today.isoformat(), publisher, current_locale())
            if when is not None:
                # The standard has no member for the time that a network is shown at.
                head["name"] = f"{owner.name} – {when.words(self.ctx.now)}"
            yield _Network(found.id, owner, head)

    def _owners(self) -> Sequence[Any]:
        if self.chosen.when is not None:
            return owners_at(self.ctx, self.chosen, self.chosen.when)
        query = select(Organisation).order_by(Organisation.short_name)
        owning = select(Structure.owner_organisation_id).where(positions.sees_exactly(self.ctx))
        query = query.where(Organisation.id.in_(owning))
        if self.chosen.owner_id is not None:
            query = query.where(Organisation.id == self.chosen.owner_id)
        return self.ctx.session.scalars(query).all()

    def nodes(self, network: _Network, told: Told | None = None) -> Iterator[Row]:
        """The nodes of a network; `told` is called once for each structure."""
        for kind, row, users in self._rows(network, list(KINDS.values())):
            if told is not None:
                told(network.owner_id)
            yield from nodes_of(kind, row, network.owner, users, self.preset)

    def spans(self, network: _Network) -> Iterator[Row]:
        """The spans of a network."""
        lines = [kind for kind in KINDS.values() if kind.shape is Shape.LINE]
        for kind, row, users in self._rows(network, lines):
            yield span_of(kind, row, network.owner, users, self.preset)

    def organisations(self, network: _Network) -> Iterator[Row]:
        """Who was named; complete once nodes and spans are written."""
        for party, roles in network.roles.items():
            yield organisation_of(party, sorted(roles))

    def contracts(self, network: _Network) -> Iterator[Row]:
        """Agreed requests to share that the actor may read; none in a public file."""
        if self.preset.is_public:
            return
        query = self._agreed(network.owner_id)
        for row in self.ctx.session.execute(query, execution_options={"yield_per": PORTION}):
            yield {"id": row.number, "title": row.title}

    def _agreed(self, owner_id: int) -> Executable:
        if self.chosen.when is not None:
            return contracts_at(self.ctx, owner_id, self.chosen.when)
        return (
            select(ColocationRequest.number, ColocationRequest.title)
            .where(
                visible(self.ctx, ColocationRequest, P.COLOCATION_READ),
                ColocationRequest.owner_organisation_id == owner_id,
                agreed(ColocationRequest, ColocationAgreement),
            )
            .order_by(ColocationRequest.id)
        )

    def _rows(self, network: _Network, kinds: list[Kind]) -> Iterator[tuple[Kind, Row, list[Party]]]:
        wanted = self.chosen.choices.get("kind", ())
        for kind in kinds:
            if wanted and kind.code not in wanted:
                continue
            chosen = replace(
                self.chosen, choices={**self.chosen.choices, "kind": (kind.code,)}, owner_id=network.owner_id
            )
            result = positions.stream(self.ctx, query_of(self.ctx, chosen), portion=PORTION)
            for rows in result.partitions():
                found = self._told(rows)
                users = self._users(network, [row["id"] for row in found])
                for row in found:
                    named = [network.owner] if kind.hosting is None else users.get(row["id"], [])
                    network.names(network.owner, _OWNER_ROLE)
                    for user in named:
                        network.names(user, _USER_ROLE)
                    yield kind, row, named

    def _told(self, rows: Sequence[Any]) -> list[Row]:
        """What the file tells of at all; of a past time the public reads what is published now as well as then."""
        found = [dict(row._mapping) for row in rows if row.exact and (row.is_published or not self.preset.is_public)]
        if self.chosen.when is None or not self.preset.is_public:
            return found
        published = still_published(self.ctx, [row["id"] for row in found])
        return [row for row in found if row["id"] in published]

    def _users(self, network: _Network, structure_ids: list[int]) -> dict[int, list[Party]]:
        """Who uses structures, where the actor may know it; in a public file nobody is named."""
        if self.preset.is_public or not structure_ids:
            return {}
        if self.chosen.when is not None:
            if network.users_then is None:
                network.users_then = users_at(self.ctx, network.owner_id, self.chosen.when)
            return {key: list(network.users_then.get(key, ())) for key in structure_ids}
        query = (
            select(CapacityPlace.structure_id, Organisation)
            .join(CapacityEntry, CapacityEntry.place_id == CapacityPlace.id)
            .join(Organisation, Organisation.id == CapacityEntry.holder_id)
            .join(Structure, Structure.id == CapacityPlace.structure_id)
            .where(
                CapacityPlace.structure_id.in_(structure_ids),
                CapacityEntry.state == EntryState.USED,
                visible(self.ctx, Structure, P.CAPACITY_HOLDERS),
            )
            .order_by(CapacityPlace.structure_id, Organisation.code)
        )
        found: dict[int, list[Party]] = {}
        for structure_id, organisation in self.ctx.session.execute(query):
            users, party = found.setdefault(structure_id, []), _party(organisation)
            if party not in users:
                users.append(party)
        return found


def _party(organisation: Any) -> Party:
    return Party(organisation.code, organisation.name, organisation.tax_code)


# --- files ----------------------------------------------------------------------------------------------------------
def write_package(networks: Networks, path: Path, told: Told) -> None:
    """A network package as JSON; Invalid where there is nothing, as the standard knows no empty package."""
    count = 0
    with path.open("w", encoding="utf-8", newline="\n") as out:
        out.write('{"networks":[')
        for network in networks.all():
            count += _write_network(out, networks, network, told, first=not count)
        out.write("\n]}\n")
    if not count:
        raise _nothing()


def _write_network(out: TextIO, networks: Networks, network: _Network, told: Told, *, first: bool) -> int:
    """A network with those of its parts that are not empty; 0 where it has no node and nothing is written."""
    nodes = networks.nodes(network, told)
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
    """A list by its name; an empty one is left out, as the standard has no empty lists."""
    count = 0
    for item in items:
        out.write(",\n" if count else f',"{name}":[\n')
        out.write(_json(item))
        count += 1
    out.write("]" if count else "")


def write_geojson_pair(networks: Networks, path: Path, told: Told) -> None:
    """nodes.geojson and spans.geojson in a zip: what a node or span says are properties, its network among them."""
    count = 0
    pairs = (("nodes", "location"), ("spans", "route"))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, shape in pairs:
            with archive.open(f"{name}.geojson", "w") as target:
                target.write(b'{"type":"FeatureCollection","features":[')
                written = 0
                for network in networks.all():
                    about = {key: network.head[key] for key in ("id", "name", "publisher", "publicationDate", "links")}
                    items = networks.nodes(network, told) if name == "nodes" else networks.spans(network)
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
    return Invalid({"": _("Không có công trình nào mà bạn được biết vị trí chính xác khớp với bộ lọc này.")})


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


# --- lists ----------------------------------------------------------------------------------------------------------
def _open(ctx: Ctx, args: Args, preset: Preset, stem: str) -> Source:
    chosen, plain = read_filter(expanded(ctx, args)), open_structures(ctx, args)
    networks = Networks(ctx, chosen, preset)

    def write(file_format: FileFormat, path: Path, told: Told) -> None:
        writer = write_package if file_format is FileFormat.OFDS else write_geojson_pair
        writer(networks, path, told)

    named = f"{stem}-{chosen.when.stem}" if chosen.when is not None else ""
    return replace(plain, writer=write, stem=named)


def open_full(ctx: Ctx, args: Args) -> Source:
    """Everything that the actor knows exactly, with users and agreements as far as it may know them."""
    return _open(ctx, args, Preset(), _STEM)


def open_public(ctx: Ctx, args: Args) -> Source:
    """For everybody: published structures only, coordinates cut, nobody named but owners."""
    decimals = int(setting(ctx.session, _DECIMALS, ctx.today))
    return _open(ctx, args, Preset(is_public=True, decimals=decimals), _PUBLIC_STEM)


FULL: Final = ExportList("ofds", _l("Mạng lưới theo OFDS"), _STEM, P.STRUCTURE_READ, open_full, OPEN_FIBRE)
PUBLIC: Final = ExportList(
    "ofds-public",
    _l("Mạng lưới theo OFDS, bản công khai"),
    _PUBLIC_STEM,
    P.STRUCTURE_READ,
    open_public,
    OPEN_FIBRE,
    _l("– bản công khai"),
)
