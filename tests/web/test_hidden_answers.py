"""Whatever an outsider asks, it is answered as if hidden structures lay anywhere in their cells (P2), route by route.

Each question is asked with the hidden structures in one place and in another. As long as all answers are the same, no
search that goes by them gets any further, bisection neither: it would be led the same way in both worlds.
"""

import io
import re
from datetime import timedelta
from functools import cached_property
from urllib.parse import quote, urlencode

import pytest
from sqlalchemy import text

from registry.kernel.clock import utc_now
from registry.saved_searches.jobs import run_checks
from tests.factories.structures import make, organisation_id
from tests.support import shared
from tests.support.hidden_answers import ASKED, POSTED
from tests.support.hidden_cases import follow_violations, put_cases_on
from tests.support.hidden_incidents import follow, report_on
from tests.support.hidden_world import KIND, cell_of, east_of, move, place_in_middle, plant, register, town
from tests.support.outsider import Outsider, tile_at, words_of
from tests.web.test_import_pages import confirm, send, token_in

database, app, ctx_of, client_of, taken_back = shared.FIXTURES

SEED = 7
#: Words that change with each answer and tell nothing of structures.
CHANGING = re.compile(
    r'name="(?:version|ticket)"[^>]*>|đã tra cứu \d+ lượt|\d\d/\d\d/\d{4} \d\d:\d\d(:\d\d)?|\b\d+ (giây|phút) trước'
)
HEADER = "Mã trạm;Tên trạm;Loại cột;Chiều cao cột (m);Vĩ độ;Kinh độ;Hiện trạng dùng chung;Số vị trí lắp đặt\n"
#: Who asks what: the rival everything, the others what could say most.
READERS = {
    "vnpt": tuple(ASKED),
    None: (
        *("report.kind", "report.incident", "report.incidents", "report.overview"),
        *("structures.list", "structures.tile_of", "structures.detail", "planned_sites.index", "exports.make"),
        "published.index",
    ),
    # Another owner, who puts its answers together with those of the rival.
    "dienluc": (
        *("structures.list", "structures.tile_of", "structures.detail", "planned_sites.index", "search.results"),
        *("planned_routes.paths", "incidents.index", "report.kind", "home.dashboard", "planned_sites_api.nearest"),
    ),
    # Who follows incidents and knows structures as cells only.
    "ubnd.tinh": (
        *("incidents.index", "incidents.detail", "incidents.board", "incidents.heat", "storms.index", "storms.detail"),
        *("violations.index", "violations.detail", "violations.tile_of", "violation_figures.index"),
        *("routelists.item", "structures.list", "structures.tile_of", "home.dashboard"),
        *("home.compare", "search.results", "report.kind", "report.incident", "report.incidents", "report.overview"),
    ),
    # Who reads cases on power poles alone, and structures of other kinds as cells.
    "so.congthuong": (
        *("incidents.index", "incidents.detail", "incidents.board", "incidents.heat", "storms.detail"),
        *(
            "occupations.index",
            "violations.index",
            "violations.detail",
            "violations.tile_of",
            "violation_figures.index",
        ),
    ),
    "quantri": ("imports.detail", "imports.rows", "imports.places", "imports.problems", "structures.list"),
}


class Rival(Outsider):
    """Remembers answers without what changes by itself."""

    def get(self, address):
        """The answer in words."""
        told = super().get(address)
        status, _etag, page = self.transcript[address]
        self.transcript[address] = (status, "", CHANGING.sub("", page))
        return told

    def post(self, address, data):
        """Send a form and remember the answer."""
        with self.client.post(address, data=data | {"csrf_token": self.token}) as answer:
            answer_text = CHANGING.sub("", words_of(answer))
        self.transcript[f"POST {address}"] = (answer.status_code, "", answer_text)

    @cached_property
    def token(self):
        """A token of the session, from a page that has a form."""
        return token_in(self.client.get("/account"))


@pytest.fixture(scope="module")
def world(ctx_of):
    """The hidden structures and, near where they lie first, published ones of their owner and the rival's own."""
    hidden = register(ctx_of, SEED, at_border=True)
    move(ctx_of, hidden, SEED + 1)
    for number, each in enumerate(hidden):
        with ctx_of("viettel") as ctx:
            make(ctx, at=east_of(each.place, 9), sharing_status="available", name=f"Trạm chung {number}")
        with ctx_of("vnpt") as ctx:
            make(ctx, owner="vnpt", at=east_of(each.place, 7), name=f"Trạm riêng {number}")
    # More neighbours than a search of the nearest looked at, of the owner and of the rival, and cases on all places.
    town(ctx_of, hidden[0].place)
    plant(ctx_of, place_in_middle(), 150)
    put_cases_on(ctx_of, hidden)
    report_on(ctx_of, hidden)
    return hidden


def rearrange(ctx_of, hidden, seed):
    """Put the hidden structures elsewhere, and the cases on them."""
    move(ctx_of, hidden, seed)
    follow(ctx_of, hidden)
    follow_violations(ctx_of, hidden)


def boxes(position):
    """A box that ends just east of a place, and one that ends just short of it in the north."""
    lon, lat = position
    yield {"west": lon - 0.03, "south": lat - 0.03, "east": lon + 1e-6, "north": lat + 0.03}
    yield {"west": lon - 0.03, "south": lat - 0.03, "east": lon + 0.03, "north": lat - 1e-6}


def file_of(places):
    """Rows on and beside the places, half of them without a code."""
    rows = []
    for number, position in enumerate(near for each in places for near in (each, east_of(each, 1), east_of(each, 18))):
        code = f"VN-{number}" if number % 2 else ""
        rows.append(f"{code};Trạm {number};A2b;42;{position[1]:.7f};{position[0]:.7f};Còn khả năng dùng chung;3\n")
    return (HEADER + "".join(rows)).encode()


def uploaded(client, ctx_of, places):
    """The number of a batch of VNPT with rows at the places, waiting for its columns."""
    with ctx_of(None, read_only=True) as ctx:
        owner = organisation_id(ctx.session, "vnpt")
    page = client.get("/imports")
    if f'value="{owner}"' not in page.text:
        return int(send(client, file_of(places)).headers["Location"].rsplit("/", 1)[1])
    data = {"csrf_token": token_in(page), "owner": owner, "kind": KIND, "file": (io.BytesIO(file_of(places)), "a.csv")}
    answer = client.post("/imports", data=data, content_type="multipart/form-data")
    return int(answer.headers["Location"].rsplit("/", 1)[1])


def communes(ctx_of, places):
    """The present commune and the former one of each place."""
    at = text("SELECT unit_at(ST_SetSRID(ST_MakePoint(:lon, :lat), 4326), 'commune', CAST(:day AS date))")
    with ctx_of(None, read_only=True) as ctx:
        return {
            position: [
                ctx.session.scalar(at, {"lon": position[0], "lat": position[1], "day": day})
                for day in ("2025-03-05", ctx.today.isoformat())
            ]
            for position in places
        }


def addresses(app, endpoint, values, position, *, in_turn):
    """Every address of an endpoint for a place: its arguments and queries filled in, the boxes by turns if need be."""
    adapter = app.url_map.bind("localhost")
    lon, lat = position
    for rule in app.url_map.iter_rules(endpoint):
        if "GET" not in rule.methods:
            continue
        # Clusters of few and of many bins, structures one by one, those alone in a tile.
        zooms = (15,) if endpoint != "structures.tile_of" else (12, 14) if in_turn else (8, 12, 14, 17)
        for zoom in zooms:
            x, y = tile_at(lon, lat, zoom)
            arguments = values | {"number": values["incident"]} if endpoint.startswith("report.") else values
            arguments = arguments | {"zoom": zoom, "x": x, "y": y, "list_code": "structures", "file_format": "csv"}
            if endpoint.startswith("ogc"):
                collection = values["kind"] if endpoint == "ogc.items" else "structures"
                arguments |= {"collection": collection, "tile_set": "WebMercatorQuad", "row": y, "column": x}
                arguments |= {"feature_id": values["id"]}
            if endpoint == "routelists.item":
                arguments |= {"case_id": values["street_id"]}
            if endpoint == "violations.detail":
                arguments |= {"case_id": values["violation_id"]}
            base = adapter.build(endpoint, {name: arguments.get(name, 1) for name in rule.arguments})
            for turn, query in enumerate(ASKED[endpoint]):
                both = tuple(boxes(position))
                for box in both if "{west}" in query and not in_turn else (both[turn % 2],):
                    filled = query.format(lat=f"{lat:.7f}", lon=f"{lon:.7f}", **values, **box)
                    yield f"{base}?{filled}" if filled else base


def interrogate(app, rival, asked, looked_at, *, batch, units, in_turn):
    """Everything on the list; `looked_at` are hidden structures with places of either world.

    Each question is asked about every place, its present and its former commune and both boxes; or `in_turn` about one
    of the places, with one of its communes and one box.
    """
    told = set()
    for number, (each, position) in enumerate(looked_at):
        values = given_of(each) | {"batch_id": batch or 1, "number": 2 + number}
        questions = (
            address
            for endpoint in asked
            for unit in ([units[position][number % 2]] if in_turn else units[position])
            for address in addresses(
                app, endpoint, values | {"commune": unit, "unit_id": unit}, position, in_turn=in_turn
            )
        )
        for turn, address in enumerate(questions):
            if address not in told and (not in_turn or turn % len(looked_at) == number):
                told.add(address)
                rival.get(address)


def given_of(each):
    """The arguments of routes that are about one structure."""
    incidents = each.incidents
    named = {"case_id": incidents.all[-1], "incident": incidents.number, "storm_id": incidents.storm_id}
    named |= {"code": each.code, "id": each.id, "structure_id": each.id, "subject_id": each.id}
    named |= {"indicator": "kpi_bts_shared_position", "street_id": each.street_id, "violation_id": each.violation_id}
    return named | {"subject_kind": "structure", "kind": KIND, "token": "x", "label": "x"}


def send_forms(app, rival, looked_at):
    """The least form to every route that takes one about a hidden structure or a line by it."""
    adapter = app.url_map.bind("localhost")
    for each, position in looked_at:
        line = "\n".join(f"{lat:.7f}, {lon:.7f}" for lon, lat in (position, east_of(position, 200)))
        data = {"code": each.code, "codes": each.code, "structure": each.code, "line": line, "points": line}
        # A dangerous report is shown what is near, and is not sent yet.
        data |= {
            "at": f"{position[1]:.7f}, {position[0]:.7f}",
            "kind": "cable_sagging",
            "danger": "yes",
            "draft": "5c" * 16,
        }
        # Columns of an import are sent before it is looked at.
        for endpoint in set(POSTED) - {"imports.mapping"}:
            rule = next(rule for rule in app.url_map.iter_rules(endpoint) if "POST" in rule.methods)
            arguments = {name: given_of(each).get(name, 1) for name in rule.arguments}
            rival.post(adapter.build(endpoint, arguments, method="POST"), data)


def watched(client, position):
    """A saved search of a box that ends at a place, looked at by the worker."""
    box = next(boxes(position))
    query = urlencode({"bbox": ",".join(f"{box[side]:.7f}" for side in ("west", "south", "east", "north"))})
    page = client.get(f"/saved-searches/new?{query}")
    data = {"name": f"Hộp {position[0]:.6f}", "query": query, "audience": "private", "is_watched": "y"}
    data["csrf_token"] = token_in(page)
    return client.post(f"/saved-searches/new?{query}", data=data).status_code


#: Which places are looked at, of five structures in two worlds: in the second one whose cell is known and a plan, in
#: turn; all of both worlds in longer runs.
FEW, ALL = (5, 8), range(10)


@pytest.mark.parametrize(
    ("username", "which"),
    [
        *(pytest.param(name, FEW, id=f"{name}") for name in READERS),
        *(pytest.param(name, ALL, id=f"{name}-all", marks=pytest.mark.trial) for name in READERS),
    ],
)
def test_all_answers_are_the_same_wherever_hidden_structures_lie(
    app, database, client_of, ctx_of, world, username, which
):
    places = []
    for seed in (SEED + 2, SEED + 1):
        rearrange(ctx_of, world, seed)
        places += [each.place for each in world]
    looked_at = [(world[at % len(world)], places[at]) for at in which]
    units = communes(ctx_of, places)
    client = client_of(username)
    batch = uploaded(client, ctx_of, places) if username in ("vnpt", "quantri") else None
    if username == "vnpt":
        assert {watched(client, position) for _each, position in looked_at} == {303}
    transcripts = []
    for seed in (SEED + 1, SEED + 2):
        rearrange(ctx_of, world, seed)
        assert all(cell_of(each.place) == each.cell for each in world if each.keeps_cell)
        rival = Rival(client, world[0].code, KIND)
        if batch is not None:
            assert confirm(client, f"/imports/{batch}").status_code == 303
        run_checks(database, utc_now() + timedelta(hours=1))
        # As the server does by itself between commits: plans follow from the rows that are there.
        database._bind.execute(text("ANALYZE"))
        interrogate(app, rival, READERS[username], looked_at, batch=batch, units=units, in_turn=which == FEW)
        if username == "vnpt":
            send_forms(app, rival, looked_at)
        transcripts.append(rival.transcript)
    before, after = transcripts
    assert set(before) == set(after)
    differing = [address for address, answer in before.items() if after[address] != answer]
    assert [(address, *parted(before[address], after[address])) for address in differing[:3]] == []
    assert len(before) >= len(READERS[username])


def parted(first, second):
    """What two answers say where they part."""
    start = next((i for i, (a, b) in enumerate(zip(first[2], second[2], strict=False)) if a != b), 0)
    return first[0], second[0], first[2][max(0, start - 80) : start + 80], second[2][max(0, start - 80) : start + 80]


def test_the_same_questions_do_tell_the_owner(app, database, client_of, ctx_of, world):
    """The test above could pass on a site that shows nothing to anybody."""
    answers = []
    for seed in (SEED + 1, SEED + 2):
        rearrange(ctx_of, world, seed)
        rival = Rival(client_of("viettel"), world[0].code, KIND)
        for address in ("/api/structures?kind=" + KIND, f"/structures/{quote(world[0].code)}"):
            rival.get(address)
        answers.append(rival.transcript)
    assert all(answers[0][address] != answers[1][address] for address in answers[0])
