"""The demonstration: how much there is, that it is sound, the same each time, and gone without a trace but history."""

import json
import stat

import pytest
from sqlalchemy import func, select, text, update

from config.settings import Settings
from registry.accounts.demo import USERS
from registry.accounts.models import UserAccount
from registry.audit.chain import record
from registry.authz.actors import SYSTEM_ACTOR
from registry.authz.blueprint import DATABASE
from registry.demo import service
from registry.demo.data import read_structures
from registry.demo.first_start import FirstStart
from registry.kernel.db.session import WEB_ROLE, Database
from registry.kernel.errors import Conflict, Invalid
from registry.kernel.fields import fields_of
from registry.structures import positions
from registry.structures.codes import SharingStatus
from registry.structures.filtering.checks import CHECKS
from registry.structures.kinds import KINDS
from registry.structures.kinds.value_checks import rule_context
from registry.structures.kinds.value_rules import find_problems
from registry.structures.models import Structure
from registry.wiring import create_app
from registry.workflow.definition import WORKFLOWS
from tests.db.test_demo_cases import LEFT, STATES, WANTED
from tests.db.test_demo_cases import SNAPSHOT as CASES
from tests.support.cable_ledger import ledger_differences
from tests.support.demo import cleared_later, demo_url, live, owner
from tests.support.streets import STREETS

#: Fewest and most of each kind.
COUNTS = {
    "antenna_tower": (700, 950),
    "site_house": (80, 170),
    "cable_pole": (700, 950),
    "pole_line": (110, 166),
    "power_pole_shared": (500, 650),
    "cable_duct": (200, 260),
    "manhole": (230, 300),
    "technical_trench": (15, 25),
    "technical_tunnel": (4, 6),
    "cable_route": (120, 190),
}
SNAPSHOT = """
    SELECT s.own_code, s.kind, s.name, o.code, ST_AsText(s.geom), s.status, s.sharing_status, s.built_on, s.condition,
           s.created_at, s.updated_at, s.version, u.code, u.valid_from
      FROM structure s JOIN organisation o ON o.id = s.owner_organisation_id JOIN admin_unit u ON u.id = s.commune_id
     ORDER BY o.code, s.own_code
"""
#: Where the columns `updated_at` and `version` stand in it.
UPDATED = 10

__all__ = ["cleared_later", "demo_url", "live", "owner"]


def rows_of(database, query):
    with database.session() as session:
        return [tuple(row) for row in session.execute(text(query))]


def one(database, query):
    [(value,)] = rows_of(database, query)
    return value


def test_every_kind_is_there_in_its_number(owner):
    counts = dict(rows_of(owner, "SELECT kind, count(*) FROM structure WHERE is_sample GROUP BY kind"))

    assert set(counts) == set(KINDS) == set(COUNTS)
    assert {kind: count for kind, count in counts.items() if not COUNTS[kind][0] <= count <= COUNTS[kind][1]} == {}
    assert 2700 < sum(counts.values()) < 3300


def test_every_commune_of_today_has_some_of_it(owner):
    empty = """
        SELECT count(*) FROM admin_unit c WHERE c.level = 'commune' AND c.valid_to IS NULL
           AND NOT EXISTS (SELECT FROM structure s WHERE ST_Intersects(s.geom, c.geom))
    """
    assert one(owner, empty) == 0


def test_each_stands_in_the_commune_of_its_day(owner):
    elsewhere = """
        SELECT count(*) FROM structure s JOIN admin_unit u ON u.id = s.commune_id
         WHERE NOT ST_Covers(u.geom, CASE ST_Dimension(s.geom) WHEN 0 THEN s.geom
                                     ELSE ST_LineInterpolatePoint(s.geom, 0.5) END)
            OR u.valid_from > (s.created_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date
            OR u.valid_to < (s.created_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date
    """
    assert one(owner, elsewhere) == 0


@pytest.mark.parametrize(
    ("column", "wanted"),
    [
        ("status", {"active", "planned", "building", "suspended", "decommissioned", "removed"}),
        ("sharing_status", set(SharingStatus)),
        ("condition", {"good", "fair", "degraded", "dangerous", None}),
        ("is_public_asset", {True, False}),
        ("permit_regime", {"permit", "exempt", "unknown", None}),
    ],
)
def test_all_sorts_of_structures_occur(owner, column, wanted):
    with owner.session() as session:
        assert set(session.scalars(select(Structure.__table__.c[column]).distinct())) == wanted


def test_restricted_ones_belong_to_the_military_and_have_no_public_cell(owner):
    query = """
        SELECT DISTINCT o.code, s.geom_coarse IS NULL
          FROM structure s JOIN organisation o ON o.id = s.owner_organisation_id WHERE s.sharing_status = 'restricted'
    """
    assert rows_of(owner, query) == [("bch_quansu", True)]


def test_a_duct_joins_two_manholes_that_lie_at_its_ends(owner):
    apart = """
        SELECT count(*) FROM cable_duct d JOIN structure s ON s.id = d.id
          LEFT JOIN structure a ON a.id = d.from_manhole_id LEFT JOIN structure b ON b.id = d.to_manhole_id
         WHERE (ST_Distance(ST_StartPoint(s.geom_m), a.geom_m) < 1 AND ST_Distance(ST_EndPoint(s.geom_m), b.geom_m) < 1)
               IS NOT TRUE
    """
    assert one(owner, apart) == 0


def test_published_lines_show_unpublished_nodes_only_where_the_owner_agreed(owner):
    query = """
        SELECT line.own_code, node.own_code, line.shows_nodes FROM structure line JOIN structure node
            ON node.owner_organisation_id = line.owner_organisation_id AND ST_DWithin(node.geom_m, line.geom_m, 1)
         WHERE ST_Dimension(line.geom_m) = 1 AND line.is_published AND ST_Dimension(node.geom_m) = 0
           AND node.geom_coarse IS NOT NULL AND node.status = 'active' AND NOT node.is_published
    """
    pairs = rows_of(owner, query)
    assert len(pairs) > 100
    assert [pair for pair in pairs if not pair[2]] == []


def test_cables_pass_over_what_their_owners_have_or_use_and_some_are_dead(owner):
    assert 3 <= one(owner, "SELECT count(*) FROM cable_route WHERE dead_flag") <= 25
    assert one(owner, "SELECT count(*) FROM cable_route WHERE id NOT IN (SELECT cable_id FROM cable_member)") == 0
    strangers = """
        SELECT count(*) FROM cable_member m JOIN structure s ON s.id = m.structure_id
         WHERE s.owner_organisation_id <> m.organisation_id AND m.organisation_id NOT IN
               (SELECT holder_id FROM capacity_place p JOIN capacity_entry e ON e.place_id = p.id
                 WHERE p.structure_id = s.id AND e.holder_id IS NOT NULL)
    """
    assert one(owner, strangers) == 0


def test_what_hangs_fits_and_began_before_it_was_registered(owner):
    assert one(owner, "SELECT count(*) FROM capacity_entry WHERE state = 'used'") > 2000
    assert one(owner, "SELECT count(*) FROM capacity_place WHERE free < 0") == 0
    late = """
        SELECT count(*) FROM capacity_entry e JOIN capacity_place p ON p.id = e.place_id
          JOIN structure s ON s.id = p.structure_id WHERE e.case_number IS NULL
           AND (e.started_on > s.created_at AND e.cable_id IS NULL OR e.started_on < s.built_on)
    """
    assert one(owner, late) == 0


def test_history_spans_the_years_and_each_row_ends_where_the_next_begins(owner):
    years = {
        row[0] for row in rows_of(owner, "SELECT DISTINCT date_part('year', recorded_from) FROM structure_history")
    }
    assert years == {2023, 2024, 2025, 2026}
    assert one(owner, "SELECT count(*) FROM (SELECT id FROM structure_history GROUP BY id HAVING count(*) > 1) x") > 300
    torn = """
        SELECT count(*) FROM (SELECT recorded_from, recorded_to,
                                     lead(recorded_from) OVER (PARTITION BY id ORDER BY recorded_from) AS next
                                FROM structure_history) h
         WHERE recorded_to IS DISTINCT FROM next OR recorded_to <= recorded_from
    """
    assert one(owner, torn) == 0


def test_every_change_has_its_audit_event(owner):
    orphans = """
        SELECT count(*) FROM structure_history h WHERE NOT EXISTS
               (SELECT FROM audit_event a WHERE a.change_id = h.change_id AND a.occurred_at = h.recorded_from)
    """
    assert one(owner, orphans) == 0


def test_every_sample_keeps_the_rules_of_its_kind(owner):
    planned = list(read_structures())
    with owner.transaction(SYSTEM_ACTOR, read_only=True) as ctx:
        contexts = {code: rule_context(ctx.session, kind, ctx.today) for code, kind in KINDS.items()}
    broken = [
        (each.values["own_code"], problem.sentence)
        for each in planned
        for problem in find_problems(KINDS[each.kind], each.values, contexts[each.kind])
        if problem.blocks
    ]
    assert broken == []
    assert [name for each in planned for name in out_of_bounds(each)] == []


def out_of_bounds(planned):
    """Declared fields of a planned structure whose value the form would refuse."""
    fields = fields_of(KINDS[planned.kind].model)
    for name, value in planned.values.items():
        field = fields[name]
        if isinstance(value, str) and field.choices is None and len(value) > field.max_length:
            yield name
        if field.minimum is not None and value is not None and not field.minimum <= value <= field.maximum:
            yield name


def test_a_second_start_changes_nothing(owner, tmp_path, capsys):
    accounts_file = tmp_path / "demo-accounts.json"
    before = one(owner, "SELECT max(number) FROM audit_event")
    web = Database(owner.engine.url.render_as_string(hide_password=False), role=WEB_ROLE)
    FirstStart(lambda: web, "38", demo=True, accounts_file=accounts_file, key="k" * 40)()

    assert one(owner, "SELECT max(number) FROM audit_event") == before
    assert not accounts_file.exists()
    assert capsys.readouterr().out == ""


def test_it_is_not_made_twice(owner):
    with pytest.raises(Conflict, match=r"công trình mẫu.*flask demo clear"):
        service.create_structures(owner)


def test_clearing_removes_exactly_the_samples(cleared_later, tmp_path, monkeypatch):
    web, owner = cleared_later
    first, streets = rows_of(owner, SNAPSHOT), rows_of(owner, STREETS)
    tariffs = one(owner, "SELECT count(*) FROM tariff")
    assert tariffs > 10
    kept = mark(owner, is_sample=False)
    histories = one(owner, "SELECT count(*) FROM structure_history")
    past_cases = one(owner, "SELECT count(*) FROM colocation_request_history")
    cases = len(rows_of(owner, STATES.replace("DISTINCT ", "")))
    assert cases > len(WANTED), "a storm has several incidents of one state"

    cleared = service.clear(owner, tmp_path / "demo-accounts.json")

    assert cleared.structures == len(first) - 1
    assert cleared.street_lines == len(streets) > 0
    assert rows_of(owner, "SELECT id FROM street") == rows_of(owner, "SELECT id FROM street_line") == []
    assert [row[0] for row in rows_of(owner, "SELECT id FROM structure")] == [kept]
    assert {row[0] for row in rows_of(owner, "SELECT DISTINCT structure_id FROM capacity_place")} <= {kept}
    assert one(owner, "SELECT count(*) FROM structure_history") == histories
    assert rows_of(owner, "SELECT id FROM structure_history WHERE recorded_to IS NULL") == [(kept,)]
    assert rows_of(owner, "SELECT id, from_manhole_id, to_manhole_id FROM cable_duct") == [(kept, None, None)]
    assert one(owner, "SELECT action FROM audit_event ORDER BY number DESC LIMIT 1") != "demo.create"
    assert cleared.cases == cases
    assert {table: one(owner, f"SELECT count(*) FROM {table}") for table in LEFT} == dict.fromkeys(LEFT, 0)  # noqa: S608
    of_cases = {
        flow.model.__tablename__ for flow in WORKFLOWS.values() if flow.model.__module__.startswith("registry.")
    }
    assert {table for table in of_cases if one(owner, f"SELECT count(*) FROM {table}")} == set()  # noqa: S608
    assert one(owner, "SELECT count(*) FROM colocation_request_history") == past_cases
    assert one(owner, "SELECT count(*) FROM colocation_request_history WHERE recorded_to IS NULL") == 0
    assert one(owner, "SELECT count(*) FROM tariff") == 0
    assert one(owner, "SELECT count(*) FROM tariff_history WHERE recorded_to IS NULL") == 0

    FirstStart(lambda: web, "38", demo=True, accounts_file=tmp_path / "demo-accounts.json", key="k" * 40)()
    assert one(owner, "SELECT count(*) FROM structure") == 1, "what was cleared stays away"
    with pytest.raises(Conflict, match="1 công trình thật"):
        service.create_structures(web)

    mark(owner, is_sample=True)
    service.clear(owner, tmp_path / "demo-accounts.json")
    some = list(read_structures())[::40]
    monkeypatch.setattr(service, "read_structures", lambda: iter(some))
    service.create_structures(web)
    codes = {each.own_code for each in some}
    # Cases and rounds, which are not made again here, change a structure after it was written.
    as_written = [row[:UPDATED] + row[UPDATED + 2 :] for row in first if row[0] in codes]
    assert [row[:UPDATED] + row[UPDATED + 2 :] for row in rows_of(owner, SNAPSHOT)] == as_written
    assert rows_of(owner, STREETS) == streets
    assert one(owner, "SELECT count(*) FROM tariff") == tariffs


def test_without_units_nothing_of_it_is_made(live, monkeypatch):
    web, owner = live
    monkeypatch.setattr(service, "get_province", lambda _session: None)
    with pytest.raises(Invalid, match="territory seed"):
        service.create_structures(web)
    with owner.transaction(SYSTEM_ACTOR, read_only=True) as ctx:
        assert not service.was_created(ctx)


@pytest.mark.trial
def test_what_was_cleared_comes_the_same_again(cleared_later, tmp_path):
    web, owner = cleared_later
    queries = (SNAPSHOT, STREETS, CASES, "SELECT count(*) FROM tariff")
    first = [rows_of(owner, query) for query in queries]
    service.clear(owner, tmp_path / "demo-accounts.json")
    service.create_structures(web)
    service.create_accounts(web, tmp_path / "demo-accounts.json")
    service.create_cases(web)
    service.create_rounds(web)
    assert [rows_of(owner, query) for query in queries] == first


def mark(owner, is_sample):
    """Call the first duct a sample or a real one; its id."""
    with owner.transaction(SYSTEM_ACTOR) as ctx:
        duct = ctx.session.scalar(select(func.min(Structure.id)).where(Structure.kind == "cable_duct"))
        ctx.session.execute(update(Structure).where(Structure.id == duct).values(is_sample=is_sample))
        record(ctx, "structure.edit", "structure", duct)
    return duct


def test_clearing_closes_the_accounts_and_making_them_opens_them(live_url, tmp_path):
    settings = Settings(secret_key="x" * 40, data_dir=tmp_path, database_url=live_url, testing=True)
    app = create_app(settings)
    path = tmp_path / "demo-accounts.json"
    database = DATABASE.of(app)
    service.create_accounts(database, path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {entry["username"] for entry in json.loads(path.read_text())} == {user.username for user in USERS}

    answer = app.test_cli_runner().invoke(args=["demo", "clear"], catch_exceptions=False)

    assert (answer.exit_code, answer.output) == (0, f"Đã xóa 0 công trình mẫu, khóa {len(USERS)} tài khoản dùng thử.\n")
    assert not path.exists()
    assert one(database, "SELECT count(*) FROM user_account WHERE is_active") == 0
    service.create_accounts(database, path)
    assert one(database, "SELECT count(*) FROM user_account WHERE is_active") == len(USERS)
    database.dispose()


def test_without_demonstration_a_start_says_how_to_make_the_first_administrator(live, tmp_path, capsys):
    web, owner = live
    with owner.transaction(SYSTEM_ACTOR) as ctx:
        ctx.session.execute(update(UserAccount).values(is_active=False, disabled_at=func.now()))
        record(ctx, "test.closed", "user_account", None)
    FirstStart(lambda: web, "38", demo=False, accounts_file=tmp_path / "none.json", key="k" * 40)()

    assert "user create-admin" in capsys.readouterr().out
    assert one(owner, "SELECT count(*) FROM structure") == 0


def test_no_relation_of_the_sample_contradicts_another(owner):
    with owner.transaction(SYSTEM_ACTOR, read_only=True) as ctx:
        assert ledger_differences(ctx.session) == {}
        relations = ("cable_carriers", "line_ends", "unfit_places", "offered_full")
        for code in (*relations, "impossible", "days_out_of_order", "used_early"):
            ids = select(Structure.code).where(CHECKS[code].clause(ctx))
            assert sorted(positions.run(ctx, ids).scalars()) == []
