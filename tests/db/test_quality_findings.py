"""Findings on record equal what the checks find, after each change, and are kept by day."""

import html
import random
import re
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from registry.audit.chain import record
from registry.capacity.commands import AddEntry, SetPlace
from registry.capacity.models import PlaceUnit
from registry.capacity.service import add_entry, set_place
from registry.kernel.errors import DomainError
from registry.structures import positions
from registry.structures.codes import PlanConformity
from registry.structures.commands import ChangeStatus, EditStructure
from registry.structures.models import Structure
from registry.structures.queries import get_structure
from registry.structures.writing import decommission, edit_structure
from registry.upkeep.finding_list import count_findings, findings_query
from registry.upkeep.findings import check_changed, check_nightly, recorded_checks
from registry.upkeep.models import QualityFinding, QualityRun
from registry.upkeep.queries import trend_of
from tests.factories.cables import cable, poles
from tests.factories.structures import make, organisation_id
from tests.support.exports import fetch
from tests.support.rounds import sizes
from tests.web.test_bulk_edit_pages import hidden


def on_record(ctx):
    return {tuple(row) for row in ctx.session.execute(select(QualityFinding.structure_id, QualityFinding.code))}


def found_now(ctx):
    """What each recorded check finds in the whole register."""
    pairs = set()
    for code, check in recorded_checks().items():
        ids = positions.run(ctx, select(Structure.id).where(Structure.is_live_rule(), check.clause(ctx))).scalars()
        pairs |= {(structure_id, code) for structure_id in ids}
    return pairs


def breaks(ctx, column, value, code):
    """Write a value that no form takes, as a version of the record."""
    structure = get_structure(ctx, code)
    owner = type(structure) if column in type(structure).__table__.c else Structure
    table = owner.__table__
    ctx.session.execute(update(table).where(table.c.id == structure.id).values({column: value}))
    base = Structure.__table__
    ctx.session.execute(update(base).where(base.c.id == structure.id).values(updated_at=ctx.now))
    record(ctx, "test.spoil", "structure", structure.id)
    ctx.session.refresh(structure)


def spoil(ctx, chance, codes):
    code = chance.choice(codes["mast"])
    breaks(ctx, "surveyed_on", chance.choice((date(1995, 1, 1), date(2024, 1, 1))), code)


def heighten(ctx, chance, codes):
    breaks(ctx, "height_m", chance.choice((5, 5000, 40)), chance.choice(codes["mast"]))


def take_down(ctx, chance, codes):
    pole = get_structure(ctx, chance.choice(codes["pole"]))
    decommission(ctx, ChangeStatus(pole.code, pole.version, "hỏng", occupants="end"))


def use(ctx, chance, codes):
    add_entry(ctx, AddEntry(chance.choice(codes["mast"]), "Sàn 1", 1))


def rename(ctx, chance, codes):
    mast = get_structure(ctx, chance.choice(codes["mast"]))
    edit_structure(ctx, EditStructure(mast.code, mast.version, {"name": f"Trạm {chance.randint(1, 9)}"}))


def lay(ctx, chance, codes):
    cable(ctx, *chance.sample(codes["pole"], 2))


ACTS = (spoil, heighten, take_down, use, rename, lay)


@pytest.mark.parametrize(("seed", "is_whole"), sizes(1, 20))
def test_findings_on_record_equal_what_the_checks_find_after_each_change(ctx_of, clock, seed, is_whole):
    chance = random.Random(seed)  # noqa: S311 -- chances of a test
    with ctx_of("viettel") as ctx:
        codes = {"pole": [pole.code for pole in poles(ctx, 4, sharing_status="available")], "mast": []}
        for number in range(3):
            mast = make(ctx, at=(105.70 + number * 0.01, 19.75), built_on="01/06/2020", sharing_status="available")
            codes["mast"].append(mast.code)
            set_place(ctx, SetPlace(mast.code, "Sàn 1", PlaceUnit.POSITION, 2))
    with ctx_of("so.khcn") as ctx:
        assert check_changed(ctx).changed_since is None
        assert on_record(ctx) == found_now(ctx)
    for _step in range(30 if is_whole else 8):
        clock.advance(timedelta(minutes=5))
        with ctx_of("viettel") as ctx:
            act = chance.choice(ACTS)
            try:
                with ctx.session.begin_nested():
                    act(ctx, chance, codes)
            except (DomainError, IntegrityError):
                # A refused act changes nothing.
                ctx.session.expire_all()
        with ctx_of("so.khcn") as ctx:
            run = check_changed(ctx)
            assert run.changed_since is not None
            assert on_record(ctx) == found_now(ctx), act.__name__


def test_a_run_reads_again_only_what_changed_and_what_depends_on_it(ctx_of, clock):
    with ctx_of("viettel") as ctx:
        members = poles(ctx, 2)
        route = cable(ctx, *members)
        make(ctx, at=(105.70, 19.75))
    with ctx_of("so.khcn") as ctx:
        check_changed(ctx)
    for checked in (4, 0):
        # What was written while the run before went on is read once more.
        clock.advance(timedelta(hours=1))
        with ctx_of("so.khcn") as ctx:
            assert check_changed(ctx).checked == checked
    with ctx_of("viettel") as ctx:
        pole = get_structure(ctx, members[0].code)
        edit_structure(ctx, EditStructure(pole.code, pole.version, {"name": "Cột 1"}))
        changed = {pole.id, route.id}
    with ctx_of("so.khcn") as ctx:
        assert check_changed(ctx).checked == len(changed)


def test_the_nightly_run_reads_the_whole_register_once_a_week_and_after_new_settings(ctx_of, clock):
    # Long after the settings of the template, which revisions record at the time of the database server.
    clock.advance(timedelta(days=3650))
    with ctx_of("viettel") as ctx:
        make(ctx)
    kinds = []
    for _night in range(9):
        with ctx_of("so.khcn") as ctx:
            kinds.append("whole" if check_nightly(ctx).changed_since is None else "day")
        clock.advance(timedelta(days=1))
    assert kinds == ["whole", *["day"] * 6, "whole", "day"]


def test_counts_are_kept_by_day_without_restricted_structures(ctx_of, clock):
    with ctx_of("viettel") as ctx:
        owner = organisation_id(ctx.session, "viettel")
        codes = [make(ctx, at=(105.70 + n * 0.01, 19.75), built_on="01/06/2020").code for n in range(2)]
        hidden = make(ctx, at=(105.75, 19.75), built_on="01/06/2020", sharing_status="restricted").code
        for code in (*codes, hidden):
            breaks(ctx, "surveyed_on", date(1995, 1, 1), code)
    with ctx_of("so.khcn") as ctx:
        check_nightly(ctx)
    clock.advance(timedelta(days=7))
    with ctx_of("viettel") as ctx:
        breaks(ctx, "surveyed_on", date(2024, 1, 1), codes[0])
    with ctx_of("so.khcn") as ctx:
        check_nightly(ctx)
        assert [(item.number) for item in trend_of(ctx, owner)] == [1, 2]
        since = ctx.session.execute(select(QualityFinding.since, func.count()).group_by(QualityFinding.since)).all()
        assert [(day < ctx.today, number) for day, number in since] == [(True, 2)]
        assert ctx.session.scalar(select(func.count(QualityRun.id))) == 2


def test_each_reads_the_findings_of_its_own_records_alone(ctx_of):
    with ctx_of("viettel") as ctx:
        mast = make(ctx, built_on="01/06/2020", sharing_status="available")
        breaks(ctx, "surveyed_on", date(1995, 1, 1), mast.code)
    with ctx_of("so.khcn") as ctx:
        check_changed(ctx)
        assert [row.code for row in ctx.session.execute(findings_query(ctx, {}))] == [mast.code]
        assert count_findings(ctx, None, Structure.kind) == {"antenna_tower": 1}
    with ctx_of("vnpt", read_only=True) as ctx:
        assert ctx.session.execute(findings_query(ctx, {})).all() == []
        assert count_findings(ctx, None, Structure.kind) == {}


def test_the_page_shows_them_by_kind_and_commune_with_the_mend_and_a_file(ctx_of, client_of):
    with ctx_of("viettel") as ctx:
        mast = make(ctx, built_on="01/06/2020", sharing_status="available")
        breaks(ctx, "surveyed_on", date(1995, 1, 1), mast.code)
        owner = organisation_id(ctx.session, "viettel")
    with ctx_of("so.khcn") as ctx:
        check_changed(ctx)
    client = client_of("viettel")
    page = client.get("/upkeep/quality").text
    run = re.search(r"mvt\?owner=\d+&amp;findings=(\d+)", page)[1]
    listed = {name: client_of(name).get(f"/structures?findings={run}").text for name in ("viettel", "so.khcn", "vnpt")}
    assert {name for name, text in listed.items() if mast.code in text} == {"viettel", "so.khcn"}
    assert f"/upkeep/findings?owner={owner}&amp;kind=antenna_tower" in page
    assert "Theo xã, phường hiện nay" in page
    assert "/structures/bulk-edit?all=1&amp;field=condition" in page
    listed = client.get(f"/upkeep/findings?owner={owner}&check=days_out_of_order").text
    assert f'href="/structures/{mast.code}/edit">Sửa</a>' in listed
    assert "Ngày tháng trái thứ tự" in listed
    assert client_of("so.khcn").get(f"/upkeep/quality?owner={owner}").status_code == 200
    other = client_of("vnpt").get("/upkeep/findings").text
    assert mast.code not in other


def test_a_bulk_mend_clears_its_findings_and_file_and_trend_follow(ctx_of, client_of, clock):
    with ctx_of("viettel") as ctx:
        codes = [make(ctx, at=(105.70 + n * 0.01, 19.75)).code for n in range(2)]
        for code in codes:
            breaks(ctx, "plan_conformity", PlanConformity.CONFORMS, code)
    with ctx_of("so.khcn") as ctx:
        check_nightly(ctx)
    client = client_of("viettel")
    listed = fetch(client, "/exports/quality-findings.csv").get_data(as_text=True)
    assert all(code in listed for code in codes)
    address = re.search(
        r'href="(/structures/bulk-edit[^"]*quality=no_plan_item[^"]*)"', client.get("/upkeep/quality").text
    )
    form = client.get(html.unescape(address[1]))
    sent = hidden(form) | {"value": "deviates", "reason": "Rà soát"}
    preview = client.post("/structures/bulk-edit/preview", data=sent)
    assert preview.status_code == 200, preview.text
    assert client.post("/structures/bulk-edit", data=hidden(preview)).status_code == 303
    clock.advance(timedelta(days=7))
    with ctx_of("so.khcn") as ctx:
        check_nightly(ctx)
        assert count_findings(ctx, None, QualityFinding.code) == {}
    with ctx_of("viettel", read_only=True) as ctx:
        assert [item.number for item in trend_of(ctx, organisation_id(ctx.session, "viettel"))] == [0, 2]
    assert "Chủ sở hữu này không có hồ sơ nào trái quy tắc." in client_of("viettel").get("/upkeep/quality").text
