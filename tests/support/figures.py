"""A generated register with former and present communes, and every figure of a page with the list that it opens."""

import contextlib
import html
import random
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

from sqlalchemy import text
from werkzeug.datastructures import MultiDict

from registry.accounts.commands import AddSuccession
from registry.accounts.models import Organisation, OrganisationKind, OwnerCategory
from registry.accounts.service import add_succession, create_organisation
from registry.capacity.commands import AddEntry, SetPlace
from registry.capacity.models import PlaceUnit
from registry.capacity.service import add_entry, set_place
from registry.kernel.clock import utc_now
from registry.kernel.errors import Conflict
from registry.structures.filtering.url import read_filter
from registry.structures.kinds import KINDS
from registry.structures.listing.query import count_structures
from registry.upkeep.commands import OpenRounds
from registry.upkeep.service import open_rounds_by_hand
from tests.factories.colocation import accept, case, filed, reject
from tests.factories.organisations import save_organisation
from tests.factories.structures import make, organisation_id

#: Before and after the communes of the province changed on 01/07/2025.
FORMER, PRESENT = datetime(2024, 9, 2, 2, tzinfo=UTC), datetime(2025, 9, 2, 2, tzinfo=UTC)
#: An owner whose rights passed to Viettel on a day between the two.
PREDECESSOR = "truyen_dan_cu"
OWNERS = ("viettel", "vnpt", "pc_thanhhoa", PREDECESSOR)
_KINDS = ("antenna_tower", "cable_pole", "cable_route", "power_pole_shared")
_STATUSES = ("active", "active", "active", "suspended", "planned", "decommissioned")
_SHARING = ("available", "not_assessed", "exclusive_full", "restricted")
#: A commune that was split, each of its successors, and another one that went into one of these as a whole.
_PLACES = text(
    """
    WITH split AS (
        SELECT predecessor_id AS id FROM admin_succession s
          JOIN admin_unit unit ON unit.id = s.predecessor_id AND unit.level = 'commune' AND unit.valid_to = :last
         WHERE unit.geom IS NOT NULL
         GROUP BY predecessor_id HAVING count(*) > 1 ORDER BY predecessor_id OFFSET :skip LIMIT :size
    ), heir AS (
        SELECT DISTINCT s.successor_id AS id FROM split JOIN admin_succession s ON s.predecessor_id = split.id
    ), whole AS (
        SELECT min(s.predecessor_id) AS id FROM heir JOIN admin_succession s ON s.successor_id = heir.id
         WHERE s.predecessor_id NOT IN (SELECT id FROM split) GROUP BY heir.id
    )
    SELECT unit.id, ST_X(place) AS lon, ST_Y(place) AS lat
      FROM admin_unit unit CROSS JOIN LATERAL ST_PointOnSurface(unit.geom) place
     WHERE unit.geom IS NOT NULL
       AND unit.id IN (SELECT id FROM split UNION SELECT id FROM heir UNION SELECT id FROM whole)
     ORDER BY unit.id
    """
)


def generate(ctx_of, *, seed, count):
    """Register `count` structures of several owners, before and after the communes changed and a month ago.

    Some towers have users, some are asked for and answered; every owner has a running round of confirmation.
    """
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    _succeed(ctx_of)
    with ctx_of("so.khcn", now=FORMER) as ctx:
        parameters = {"last": date(2025, 6, 30), "skip": chance.randrange(8), "size": 2}
        places = ctx.session.execute(_PLACES, parameters).all()
    towers = []
    for moment in (FORMER, PRESENT, utc_now() - timedelta(days=30)):
        with ctx_of("so.khcn", now=moment) as ctx:
            structures = [_one(ctx, chance, places, moment) for _number in range(count // 3)]
            towers += [_Tower.of(ctx, structure) for structure in structures if structure.kind == "antenna_tower"]
    for tower in towers:
        _use(ctx_of, chance, tower)
    with ctx_of("so.khcn") as ctx:
        open_rounds_by_hand(ctx, OpenRounds())
    _ask(ctx_of, chance, [tower.code for tower in towers if tower.owner == "viettel" and tower.published])


def _succeed(ctx_of):
    with ctx_of("quantri", now=FORMER) as ctx:
        old = create_organisation(
            ctx,
            save_organisation(
                code=PREDECESSOR,
                name="Công ty truyền dẫn cũ",
                short_name="Truyền dẫn cũ",
                kind=OrganisationKind.OPERATOR,
                owner_category=OwnerCategory.OPERATOR,
                valid_from=date(2010, 1, 1),
            ),
        )
        command = AddSuccession(
            predecessor_id=old.id,
            successor_id=organisation_id(ctx.session, "viettel"),
            effective_on=date(2025, 8, 1),
            legal_basis="Quyết định 1",
        )
        add_succession(ctx, command)


@dataclass(frozen=True)
class _Tower:
    code: str
    owner: str
    published: bool

    @classmethod
    def of(cls, ctx, structure):
        owner = ctx.session.get_one(Organisation, structure.owner_organisation_id).code
        return cls(structure.code, owner, structure.sharing_status == "available" and structure.status == "active")


def _one(ctx, chance, places, moment):
    kind, status, position = chance.choice(_KINDS), chance.choice(_STATUSES), chance.choice(places)
    at = (position.lon + chance.uniform(-0.0005, 0.0005), position.lat + chance.uniform(-0.0005, 0.0005))
    texts = {"status": status, "surveyed_on": None, "condition": chance.choice(("good", "dangerous", None))}
    if chance.random() < 0.5:
        texts["surveyed_on"] = (moment.date() - timedelta(days=chance.randrange(300))).strftime("%d/%m/%Y")
    if kind == "cable_route":
        texts |= {"sharing_status": "not_applicable", "laying": chance.choice(("aerial", "underground", None))}
        if status == "planned":
            texts["installed_on"] = None
        if status == "decommissioned":
            texts |= {"dead_flag": "true", "dead_on": "01/06/2024", "dead_evidence": "Biên bản 7"}
    else:
        allowed = {member.value for member in KINDS[kind].sharing}
        texts["sharing_status"] = chance.choice([code for code in _SHARING if code in allowed])
    return make(ctx, owner=chance.choice(OWNERS), kind=kind, at=at, **texts)


def _use(ctx_of, chance, tower):
    username = {"vnpt": "vnpt", "pc_thanhhoa": "dienluc"}.get(tower.owner, "viettel")
    # What is out of service takes no place.
    with contextlib.suppress(Conflict), ctx_of(username) as ctx:
        set_place(ctx, SetPlace(tower.code, "Sàn 1", PlaceUnit.POSITION, 9))
        for holder in chance.sample(("VNPT", "MobiFone", "Viettel"), chance.randrange(4)):
            started = date(chance.randrange(2019, 2026), 1, 1)
            add_entry(ctx, AddEntry(tower.code, "Sàn 1", 1, holder=holder, started_on=started))


def _ask(ctx_of, chance, codes):
    for _number in range(4 if codes else 0):
        with ctx_of("vnpt") as ctx:
            number = filed(ctx, *chance.sample(codes, min(2, len(codes)))).id
        with ctx_of("viettel") as ctx:
            chance.choice((accept, reject, lambda *_given: None))(ctx, case(ctx, number))


@dataclass(frozen=True)
class Found:
    """How many figures were compared, and a sentence for each that differs from its list."""

    compared: int
    wrong: list[str]


#: What a link of a bare number counts, for readers who hear its links alone.
HIDDEN_WORDS = r'(?:<span class="visually-hidden">[^<]*</span>)?'
_NUMBER = r"\d{1,3}(?:\.\d{3})*"
_KM = r"[\d.]+(?:,\d)?"
#: A number that opens its list; a name followed by a number; a share in percent with its parts in a note.
_FIGURES = (
    re.compile(rf'<a href="([^"]+)"[^>]*>\s*({_NUMBER})\s*{HIDDEN_WORDS}</a>'),
    re.compile(rf'<a href="([^"]+)"[^>]*>[^<]+</a>\s*<span class="count">({_NUMBER})</span>'),
    re.compile(
        rf'<a href="(/dashboard/towers[^"]+)">[^<]*</a></p>\s*<p class="figure-label">[^<]*</p>'
        rf'\s*<p class="quiet">({_NUMBER}) trên {_NUMBER} cột'
    ),
)
_LENGTHS = re.compile(rf'<a href="(/cables\?[^"]+)">[^<]+</a></td>\s*<td[^>]*>({_KM})</td>\s*<td[^>]*>({_KM})</td>')
_LISTED_LENGTHS = re.compile(rf"Dài ({_KM}) km, trong đó đi ngầm ({_KM}) km")
_COUNT = re.compile(rf'class="list-count"[^>]*>\s*({_NUMBER})')
_LEFT = re.compile(rf'id="left-title"[^>]*>[^<]*<span class="count">({_NUMBER})</span>')
_ROUND = re.compile(r'href="(/upkeep/rounds/\d+)"')
_API = "/api/freshness"
PAGES = (
    "/",
    "/dashboard?tab=all",
    "/dashboard?tab=all&on=01/06/2025",
    "/dashboard?tab=all&as_of=2025-06-01",
    "/dashboard?tab=all&as_of=2025-10-01",
    "/upkeep",
    "/upkeep/quality",
    "/colocation/figures",
    "/route-lists",
    "/communes",
)


def differences(client, ctx_of, username, *, pages=PAGES, by_pages=False):
    """Open every page of figures that a member of the cast may see, and compare each figure with its list.

    Lists of structures are counted as their page counts them; with `by_pages` each is opened, too.
    """
    shown_figures = [(page, *figure) for page, shown in pages_of(client, pages).items() for figure in figures_of(shown)]
    shown_figures += [(_API, *figure) for figure in _of_programs(client)]
    counts_by_address = listed(
        client, ctx_of, username, (address for _page, address, _what in shown_figures), by_pages=by_pages
    )
    wrong = [
        f"{username} {page}: {what} opens {counts_by_address[address]} at {address}"
        for page, address, what in shown_figures
        if counts_by_address[address] != what
    ]
    return Found(len(shown_figures), wrong)


def listed(client, ctx_of, username, addresses, *, by_pages=False):
    """Address -> how much its list has: one of structures counted as its page counts it, or opened as the others."""
    addresses = dict.fromkeys(addresses)
    counts = {address: _opened(client, address) for address in addresses if by_pages or not _is_counted(address)}
    with ctx_of(username, read_only=True) as ctx:
        return counts | {address: _counted(ctx, address) for address in addresses if address not in counts}


def _of_programs(client):
    """The figures of freshness that programs are given, with the lists of what is stale."""
    answer = client.get(_API)
    lines = [*answer.json["owners"], *answer.json["units"]] if answer.status_code == 200 else []
    return [(line["stale_list"], _written(line["total"] - line["fresh"])) for line in lines]


def pages_of(client, pages=PAGES):
    """Address -> text of the pages with figures, those of single rounds included."""
    answers = {page: client.get(page) for page in pages}
    assert {answer.status_code for answer in answers.values()} <= {200, 403}, answers
    pages = {page: answer.text for page, answer in answers.items() if answer.status_code == 200}
    return pages | {page: client.get(page).text for page in sorted(set(_ROUND.findall(answers["/upkeep"].text)))}


def figures_of(page):
    """The figures of a page: pairs of an address and what is said of the list there."""
    figures = [(address, number) for pattern in _FIGURES for address, number in pattern.findall(page)]
    figures += [(address, (whole, below)) for address, whole, below in _LENGTHS.findall(page)]
    return [(html.unescape(address), figure) for address, figure in figures if _is_figure(address, figure)]


def _is_figure(address, figure):
    """Whether a link is one of those: not that of unread notices; of cables lengths count, not numbers."""
    return not address.startswith("/notices") and address.startswith("/cables") is isinstance(figure, tuple)


def _is_counted(address):
    return urlsplit(address).path == "/structures"


def _counted(ctx, address):
    """How many rows a list of structures has, as its page counts them."""
    structure_filter = read_filter(MultiDict(parse_qsl(urlsplit(address).query)))
    return _written(count_structures(ctx, structure_filter))


def _written(number):
    return f"{number:,}".replace(",", ".")


def _opened(client, address):
    """How many rows the list at an address says it has; of cables their kilometres, all and in the ground."""
    path, answer = urlsplit(address).path, client.get(address)
    assert answer.status_code == 200, address
    if path == "/cables":
        lengths = _LISTED_LENGTHS.search(answer.text)
        return lengths.groups() if lengths else ("0,0", "0,0")
    match = (_LEFT if path.startswith("/upkeep/rounds/") else _COUNT).search(answer.text)
    return match.group(1) if match else "0"
