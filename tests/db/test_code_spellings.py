"""Records that refer to other structures mean them by a code in any spelling."""

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import ARRAY, Text, cast, func, select

from registry.cables.commands import SetMembers
from registry.cables.queries import find_supports, member_codes
from registry.cables.service import set_members
from registry.files.storage import FileStore
from registry.imports.models import RowOutcome
from registry.kernel.errors import Invalid
from registry.kernel.search import read_query
from registry.kernel.text import code_key, normalise, register_code
from registry.labels.service import _find
from registry.structures.positions.references import visible_values
from registry.structures.search import find_structures
from tests.db.test_cables_import import run
from tests.factories.cables import cable, poles
from tests.factories.structures import make
from tests.support.spellings import respelt

CODES = ("VTL-1", "Cột Đông 12", "499", "BC-KM-7", "thẻ 3-x", "00123")


def spellings(seed, codes=CODES, times=6):
    chance = random.Random(seed)  # noqa: S311 -- chances of a test
    return [(code, respelt(chance, code)) for code in codes for _time in range(times)]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(st.characters(codec="utf-8", exclude_categories=("C",)), max_size=20), max_size=60))
def test_program_and_database_have_one_key_for_a_stored_code(ctx_of, texts):
    stored = [normalise(text) for text in texts] + [spelling for _code, spelling in spellings(len(texts))]
    with ctx_of("viettel") as ctx:
        keys = ctx.session.scalars(select(func.code_key(func.unnest(cast(stored, ARRAY(Text)))))).all()
    differing = [text for text, key in zip(stored, keys, strict=True) if key != code_key(text)]
    assert differing == []


def test_a_code_of_the_register_has_one_form_for_all_its_spellings():
    for code, spelling in spellings(3, ("THA-COT-000012", "DC-2026-000001")):
        assert register_code(spelling) == code, spelling


def test_a_cable_passes_over_structures_named_in_any_spelling(ctx_of):
    with ctx_of("vnpt") as ctx:
        open_pole = make(ctx, owner="vnpt", kind="cable_pole", own_code="V-1", sharing_status="available").code
    with ctx_of("viettel") as ctx:
        own = {code: make(ctx, kind="cable_pole", own_code=code) for code in CODES}
        named = spellings(1) + spellings(2, (open_pole,))
        supports = find_supports(ctx.session, own["499"].owner_organisation_id, [spelling for _code, spelling in named])
        meant = {code: pole.code for code, pole in own.items()} | {open_pole: open_pole}
        wrong = [pair for pair in named if getattr(supports.get(pair[1]), "code", None) != meant[pair[0]]]
        assert wrong == []
        route = cable(ctx)
        set_members(ctx, SetMembers(route.code, route.version, ("cột  đông 12", "ＶＴＬ－１", "499.0")))
        assert member_codes(ctx.session, route) == ["Cột Đông 12", "VTL-1", "499"]


def test_the_exact_spelling_is_meant_and_one_that_several_codes_could_be_is_refused(ctx_of):
    with ctx_of("viettel") as ctx:
        first, second = make(ctx, kind="cable_pole", own_code="VTL-1"), make(ctx, kind="cable_pole", own_code="VTL-2")
        # Registered before spellings were compared.
        second.own_code = "vtl-1"
        ctx.session.flush()
        route = cable(ctx, "VTL-1", second)
        assert member_codes(ctx.session, route) == [first.own_code, "vtl-1"]
        with pytest.raises(Invalid) as refused:
            set_members(ctx, SetMembers(route.code, route.version, ("Vtl-1",)))
        assert "“Vtl-1” khác cách viết với nhiều mã" in refused.value.fields["members"][0]


def test_two_spellings_of_one_code_after_each_other_are_one_structure_twice(ctx_of):
    with ctx_of("viettel") as ctx:
        route = cable(ctx, *poles(ctx))
        with pytest.raises(Invalid) as refused:
            set_members(ctx, SetMembers(route.code, route.version, ("VTL-1", "vtl\N{NON-BREAKING HYPHEN}1")))
        assert "ghi hai lần liền nhau" in refused.value.fields["members"][0]


def test_an_imported_cable_passes_over_structures_named_in_any_spelling(ctx_of, tmp_path):
    with ctx_of("viettel") as ctx:
        codes = [pole.own_code for pole in poles(ctx)]
        chance = random.Random(5)  # noqa: S311 -- chances of a test
        cell = " | ".join(respelt(chance, code) for code in codes)
        [result] = run(ctx, FileStore(tmp_path), f"K-1;Cáp một;Cáp quang;24;{cell}")
        assert result.outcome is RowOutcome.NEW, result.problems


def test_who_sees_a_manhole_reads_its_code_in_the_spelling_of_a_duct_and_no_one_else(ctx_of):
    with ctx_of("viettel") as ctx:
        owner_id = make(ctx, kind="manhole", own_code="BC-MO-1", sharing_status="available").owner_organisation_id
        make(ctx, kind="manhole", own_code="BC-KIN-1")
    for code, spelling in spellings(6, ("BC-MO-1", "BC-KIN-1"), 5):
        with ctx_of("vnpt", read_only=True) as ctx:
            read = visible_values(ctx, "cable_duct", owner_id, {"from_manhole_code": spelling})["from_manhole_code"]
        assert read == (spelling if code == "BC-MO-1" else None)


def test_a_duct_from_a_manhole_to_another_spelling_of_it_is_refused(ctx_of):
    with ctx_of("viettel") as ctx, pytest.raises(Invalid) as refused:
        make(ctx, kind="cable_duct", from_manhole_code="BC-1", to_manhole_code="bc\N{EN DASH}1")
    assert "to_manhole_code" in refused.value.fields


def test_labels_and_the_search_find_a_code_in_any_spelling(ctx_of):
    with ctx_of("viettel") as ctx:
        codes = {code: make(ctx, kind="cable_pole", own_code=code).code for code in CODES}
        for code, spelling in spellings(7, times=2):
            assert [row.code for rows in _find(ctx, [spelling]).values() for row in rows] == [codes[code]], spelling
            hits = find_structures(ctx, read_query(spelling)).rows
            assert codes[code] in [row.code for row in hits], spelling
