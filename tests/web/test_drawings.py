"""Drawings on the pages of structures, requests and dossiers: the ledger as each reader may know it."""

import random
import re
from decimal import Decimal

import pytest

from registry.capacity.commands import AddEntry, SetPlace
from registry.capacity.models import CapacityEntry, CapacityPlace, EntryState, PlaceUnit
from registry.capacity.queries import list_places
from registry.capacity.service import add_entry, set_place
from registry.colocation.drawings import ON_PAGE
from registry.colocation.models import ColocationRequest
from registry.drawings.queries import picture_of, structure_facts
from registry.structures.kinds import KINDS
from registry.structures.queries import get_structure
from tests.factories.cables import cable, poles
from tests.factories.colocation import accept, draft, items_of, move, tower, unpublish
from tests.factories.screening import KINDS as SITES
from tests.factories.screening import ask, occupy, site
from tests.factories.structures import make
from tests.support import shared
from tests.support.drawings import DRAWN, generated_views, problems, svg_of, texts_of
from tests.support.offenders import no_offenders

database, app, ctx_of, client_of, taken_back = shared.FIXTURES
FLOOR = "Sàn 36 m"


@pytest.fixture(scope="module")
def mast(ctx_of):
    """A published tower of Viettel with MobiFone, a nameless entry and a blocked unit on one of two platforms."""
    with ctx_of("viettel") as ctx:
        structure = site(ctx, "antenna_tower", total=6)
        set_place(ctx, SetPlace(structure.code, FLOOR, PlaceUnit.POSITION, 6, {"height_m": Decimal(36)}))
        occupy(ctx, structure.code, FLOOR, 2, holder="MobiFone", exposed_area_m2="1", attach_height_m="37.5")
        add_entry(ctx, AddEntry(structure.code, FLOOR, 1, state=EntryState.BLOCKED))
        set_place(ctx, SetPlace(structure.code, "Sàn chưa đo", PlaceUnit.POSITION, None))
        return structure.code


@pytest.fixture(scope="module")
def drafted(ctx_of, mast):
    """A draft of VNPT for that platform."""
    with ctx_of("vnpt") as ctx:
        return ask(ctx, get_structure(ctx, mast), label=FLOOR, attach_height_m=Decimal(36)).id


def page_of(client, address):
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.text


def drawing_of(page, number=""):
    """The figure of the first drawing on a page, or of that of a structure."""
    start = page.index(f'<svg class="dr" role="img" aria-labelledby="d{number}')
    return page[start : page.index("</figure>", start)]


def texts_on(page, number=""):
    return texts_of(svg_of(drawing_of(page, number)))


@pytest.mark.parametrize("username", ["viettel", "so.khcn", "so.xaydung"])
def test_who_may_know_the_occupants_sees_them_at_their_place(client_of, mast, username):
    page = page_of(client_of(username), f"/structures/{mast}")
    texts = " ".join(texts_on(page))
    assert "MobiFone Thanh Hóa · ở 37,5\N{NO-BREAK SPACE}m × 2" in texts
    assert "Không dùng được × 1" in texts
    assert "trống 3/6" in texts
    assert "Cao độ không khai:" in texts


@pytest.mark.parametrize("username", ["vnpt", "dienluc"])
def test_a_rival_sees_the_same_loads_without_names_and_heights(client_of, mast, username):
    page = page_of(client_of(username), f"/structures/{mast}")
    assert "MobiFone" not in page
    assert "37,5" not in drawing_of(page)
    texts = texts_on(page)
    assert "Đang dùng × 2" in texts
    assert "trống 3/6" in texts


def test_the_content_policy_lets_a_drawing_be(client_of, mast):
    figure = drawing_of(page_of(client_of("viettel"), f"/structures/{mast}"))
    assert not re.search(r"\sstyle=|<style|<script|\son\w+=|href=", figure)
    assert len(figure) < 12_000


def test_a_past_page_draws_what_was_there_without_occupants(client_of, ctx_of, mast):
    with ctx_of("viettel") as ctx:
        day = f"{ctx.today:%Y-%m-%d}"
    page = page_of(client_of("viettel"), f"/structures/{mast}?as_of={day}")
    assert "Đang dùng × 2" in texts_on(page)
    assert "MobiFone" not in drawing_of(page)


def test_each_kind_that_says_so_is_drawn_and_no_other(client_of, ctx_of):
    with ctx_of("viettel") as ctx:
        codes = {kind: make(ctx, kind=kind).code for kind in KINDS}
    for kind, code in codes.items():
        page = page_of(client_of("viettel"), f"/structures/{code}")
        assert ('<figure class="drawing">' in page) is (picture_of(kind) is not None), kind


def test_a_cable_is_drawn_over_its_structures_as_far_as_the_reader_knows_them(client_of, ctx_of):
    with ctx_of("viettel") as ctx:
        first, second, third = poles(ctx, sharing_status="available")
        duct = make(ctx, kind="cable_duct")
        route = cable(ctx, first, second, third, duct, fibre_count="24").code
    texts = texts_on(page_of(client_of("viettel"), f"/structures/{route}"))
    assert "3 × Cột treo cáp" in texts
    assert f"{first.code} – {third.code}" in " ".join(texts)
    assert re.search(r"Cống cáp \(ống cáp\): 4\d\d", " ".join(texts))


def test_a_draft_marks_the_place_and_shows_the_limits_of_its_screening(client_of, drafted):
    page = page_of(client_of("vnpt"), f"/colocation/{drafted}")
    texts = texts_on(page)
    assert "Đề nghị: Sàn 36 m × 1, ở 36" in " ".join(texts).replace("\N{NO-BREAK SPACE}", " ")
    assert "Tải gió / thiết kế" in texts
    assert "giới hạn 100%" in texts
    assert 'class="dr-limit-line"' in drawing_of(page)
    assert "MobiFone" not in page


def test_a_filed_request_keeps_the_limits_and_the_dossier_prints_them(client_of, ctx_of, drafted, mast):
    with ctx_of("vnpt") as ctx:
        move(ctx, ctx.session.get_one(ColocationRequest, drafted), "submit")
    for username, address in (
        ("viettel", f"/colocation/{drafted}"),
        ("vnpt", f"/colocation/{drafted}"),
        ("so.khcn", f"/colocation/{drafted}/dossier"),
    ):
        page = page_of(client_of(username), address)
        assert "Tải gió / thiết kế" in texts_on(page), address
        assert ("MobiFone" in drawing_of(page)) is (username != "vnpt"), username
    assert "<details open>" in drawing_of(page)
    with ctx_of("viettel") as ctx:
        request = ctx.session.get_one(ColocationRequest, drafted)
        accept(ctx, request, *items_of(ctx, request))
    figure = drawing_of(page_of(client_of("vnpt"), f"/colocation/{drafted}"))
    # It is in the ledger now: marked at its platform, and no free unit is asked for any more.
    assert "Giữ chỗ × 1" in figure
    assert "trống 2/6" in figure


def test_what_the_reader_does_not_see_exactly_any_more_is_not_drawn(client_of, ctx_of):
    with ctx_of("viettel") as ctx:
        hidden = tower(ctx)
        code, structure_id = hidden.code, hidden.id
    with ctx_of("vnpt") as ctx:
        number = draft(ctx, code).id
    with ctx_of("viettel") as ctx:
        unpublish(ctx, code)
    page = page_of(client_of("vnpt"), f"/colocation/{number}")
    assert code in page
    assert f'"d{structure_id}-t' not in page


def test_a_long_request_draws_its_first_structures_and_says_where_the_others_are(client_of, ctx_of):
    with ctx_of("viettel") as ctx:
        codes = [tower(ctx).code for _number in range(ON_PAGE + 2)]
    with ctx_of("vnpt") as ctx:
        number = draft(ctx, *codes).id
    page = page_of(client_of("vnpt"), f"/colocation/{number}")
    assert page.count('<figure class="drawing">') == ON_PAGE
    assert re.search(r"Bản vẽ của \d+ công trình còn lại", page)


def test_each_calculator_gives_the_drawing_its_limits(client_of, ctx_of):
    limits = {
        "antenna_tower": "Tải gió / thiết kế",
        "cable_pole": "Mô men cáp / mô men thiết kế",
        "power_pole_shared": "Cáp cao nhất được phép dưới dây",
        "cable_duct": "Tỷ lệ chiếm chỗ của ống",
        "technical_trench": "Tỷ lệ chiều rộng",
        "technical_tunnel": "Tỷ lệ tải trọng",
    }
    assert set(limits) == set(SITES)
    for kind, words in limits.items():
        with ctx_of("viettel") as ctx:
            structure = site(ctx, kind)
            structure_id = structure.id
        with ctx_of("vnpt") as ctx:
            number = ask(ctx, structure).id
        texts = texts_on(page_of(client_of("vnpt"), f"/colocation/{number}"), structure_id)
        assert words in " ".join(texts), kind


def test_drawings_equal_the_ledger_of_the_database(ctx_of):
    _compare(ctx_of, 2)


@pytest.mark.trial
def test_drawings_equal_the_ledger_of_two_hundred_structures_of_each_kind(ctx_of):
    _compare(ctx_of, 200)


def _compare(ctx_of, many):
    """Structures with places and entries, as their owner and a rival see them drawn."""
    offenders = []
    for kind, picture in DRAWN.items():
        model = KINDS[kind].model
        # High enough for every generated place.
        high = {"height_m": "60"} if "height_m" in KINDS[kind].fields() else {}
        with ctx_of("viettel") as ctx:
            structures = [make(ctx, kind=kind, sharing_status="available", **high) for _number in range(many)]
            for number, structure in enumerate(structures):
                chance = random.Random(f"{kind}-{number}")  # noqa: S311 - the same in each run
                _record(ctx, structure, generated_views(chance, picture))
            codes = [structure.code for structure in structures]
            views = {code: list_places(ctx, get_structure(ctx, code, model)) for code in codes}
        for username, names in (("viettel", True), ("vnpt", False)):
            with ctx_of(username) as ctx:
                for code in codes:
                    facts = structure_facts(ctx, get_structure(ctx, code, model))
                    wrong = problems(facts, views[code], names=names)
                    offenders += [f"{code} for {username}: {problem}" for problem in wrong]
    no_offenders("drawings show exactly the ledger of the database", offenders, "see registry/drawings/queries.py")


def _record(ctx, structure, views):
    """The rows of a ledger; the database keeps its sums."""
    for view in views:
        slot = CapacityPlace(
            organisation_id=structure.owner_organisation_id,
            structure_id=structure.id,
            **{name: getattr(view, name) for name in ("label", "unit", "total", "height_m", "diameter_mm", "level")},
        )
        ctx.session.add(slot)
        ctx.session.flush()
        for entry in view.entries:
            is_ended, is_reserved = entry.state is EntryState.ENDED, entry.state is EntryState.RESERVED
            ctx.session.add(
                CapacityEntry(
                    organisation_id=slot.organisation_id,
                    place_id=slot.id,
                    state=entry.state,
                    quantity=entry.quantity,
                    holder_name=entry.holder,
                    equipment=entry.equipment or None,
                    ended_on=ctx.today if is_ended else None,
                    expires_at=ctx.now if is_reserved else None,
                    attach_height_m=entry.attach_height_m,
                    cable_diameter_mm=entry.cable_diameter_mm,
                )
            )
    ctx.session.flush()
    ctx.session.expire_all()
