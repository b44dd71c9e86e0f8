"""Notices: written with what they tell of, for whom they are meant and nobody else, counted by an index."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import event, func, select, text

from registry.accounts.addresses import AccountBook
from registry.authz.actors import Role
from registry.kernel.db.session import abort
from registry.kernel.errors import NotFound
from registry.notices.events import Audience, NoticeEvent, Party, Recipients, Standing, standing_of
from registry.notices.models import Notice, NoticeRead
from registry.notices.queries import FRESH, addressed_to, count_unread, list_notices
from registry.notices.service import mark_all_read, mark_read, notify
from tests.factories.notices import give_addresses, tell, tell_parties, user_id
from tests.factories.structures import organisation_id

MANY = 20_000


def left(ctx):
    """How many notices there are, and how many jobs that mail them."""
    jobs = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'notices.deliver'"
    return ctx.session.scalar(select(func.count()).select_from(Notice)), ctx.session.scalar(text(jobs))


def seen_by(ctx_of, username):
    with ctx_of(username, read_only=True) as ctx:
        return [entry.notice.params["sentence"] for entry in list_notices(ctx).entries]


def test_work_that_is_rolled_back_leaves_no_notice_and_no_job(ctx_of):
    with ctx_of(None) as ctx:
        before = left(ctx)
    with ctx_of("so.khcn") as ctx:
        tell(ctx, "viettel")
        abort(ctx)
    with pytest.raises(NotFound), ctx_of("so.khcn") as ctx:
        mark_read(ctx, tell(ctx, "viettel").id)
    with ctx_of(None) as ctx:
        assert left(ctx) == before
    with ctx_of("so.khcn") as ctx:
        tell(ctx, "viettel")
    with ctx_of(None) as ctx:
        assert left(ctx) == (before[0] + 1, before[1] + 1)


def test_an_organisation_is_told_and_the_one_who_caused_it_is_not(ctx_of):
    with ctx_of("viettel") as ctx:
        tell(ctx, "viettel", "vnpt")
    assert len(seen_by(ctx_of, "vnpt")) == 1
    for username in ("viettel", "dienluc", "so.khcn", "nguoidan"):
        assert seen_by(ctx_of, username) == [], username


def test_a_role_of_a_unit_reaches_only_the_inspector_of_that_unit(ctx_of):
    with ctx_of("kiemtra1", read_only=True) as ctx:
        area = ctx.actor.unit_ids
    with ctx_of("kiemtra2", read_only=True) as ctx:
        unit = min(area - ctx.actor.unit_ids)
    with ctx_of("so.khcn") as ctx:
        tell(ctx, roles=(Role.AREA_INSPECTOR,), units=(unit,), sentence="xã này")
        tell(ctx, roles=(Role.AREA_INSPECTOR,), sentence="mọi xã")
    assert seen_by(ctx_of, "kiemtra1") == ["mọi xã", "xã này"]
    assert seen_by(ctx_of, "kiemtra2") == ["mọi xã"]
    assert seen_by(ctx_of, "ubnd.xa") == []


def test_the_successor_of_an_organisation_is_told_in_its_place(ctx_of):
    with ctx_of("viettel") as ctx:
        tell(ctx, "so_tttt")
    assert len(seen_by(ctx_of, "so.khcn")) == 1


def test_mail_and_bell_reach_the_same_people(ctx_of, cast):
    with ctx_of("kiemtra1", read_only=True) as ctx:
        area = sorted(ctx.actor.unit_ids)
    with ctx_of("so.khcn") as ctx:
        give_addresses(ctx)
        notices = [
            tell(ctx, "viettel", "so_tttt"),
            tell(ctx, "vnpt", roles=(Role.LEAD_DEPARTMENT, Role.MINISTRY)),
            tell(ctx, roles=(Role.AREA_INSPECTOR, Role.COMMUNE_PC), units=area[:1]),
            tell(ctx, roles=(Role.AREA_INSPECTOR,), units=area[-1:]),
            tell(ctx, roles=(Role.AREA_INSPECTOR,)),
            tell(ctx, roles=(Role.LEAD_DEPARTMENT,), units=area[:1]),
        ]
        mailed = [set(AccountBook().reached_by(ctx.session, notice, ctx.now)) for notice in notices]
        people = {username: user_id(ctx, username) for username in cast}
    told = [set() for _notice in notices]
    for username, person in people.items():
        with ctx_of(username, read_only=True) as ctx:
            for number, notice in enumerate(notices):
                notice_id = ctx.session.scalar(select(Notice.id).where(Notice.id == notice.id, addressed_to(ctx.actor)))
                told[number] |= {person} if notice_id else set()
    assert mailed == told
    assert [bool(people) for people in told] == [True, True, True, True, True, False]


def test_unread_notices_come_first_and_then_the_newest(ctx_of):
    with ctx_of("so.khcn") as ctx:
        ids = [tell(ctx, "viettel", sentence=f"số {number}").id for number in range(5)]
    with ctx_of("viettel") as ctx:
        assert count_unread(ctx) == 5
        mark_read(ctx, ids[4])
        mark_read(ctx, ids[2])
        mark_read(ctx, ids[2])
        assert count_unread(ctx) == 3
    assert seen_by(ctx_of, "viettel") == ["số 3", "số 1", "số 0", "số 4", "số 2"]


def test_notices_stand_in_the_order_of_their_events(ctx_of):
    for day in (25, 20, 24):
        with ctx_of("so.khcn", now=datetime(2026, 11, day, 3, tzinfo=UTC)) as ctx:
            tell(ctx, "viettel", sentence=f"ngày {day}")
    assert seen_by(ctx_of, "viettel") == ["ngày 25", "ngày 24", "ngày 20"]


def test_a_reader_of_an_organisation_and_a_role_gets_one_notice_and_one_mail(ctx_of):
    with ctx_of("viettel") as ctx:
        give_addresses(ctx, "so.khcn", "vnpt", "kiemtra1")
        both = Audience(frozenset({organisation_id(ctx.session, code) for code in ("so_khcn", "vnpt")}))
        people = [user_id(ctx, username) for username in ("so.khcn", "vnpt", "kiemtra1")]
        persons = Audience(user_ids=frozenset({people[0], people[2]}))
        notice = tell_parties(ctx, Audience(roles=frozenset({Role.LEAD_DEPARTMENT})), both, persons)
        assert AccountBook().reached_by(ctx.session, notice, ctx.now) == dict(zip(people, Standing, strict=True))
    for username, standing in (("so.khcn", "act"), ("vnpt", "affected"), ("kiemtra1", "watch")):
        with ctx_of(username, read_only=True) as ctx:
            (entry,) = list_notices(ctx).entries
            assert (count_unread(ctx), standing_of(entry.notice, ctx.actor)[0].value) == (1, standing), username


def test_an_event_that_no_feature_declares_is_refused(ctx_of):
    parties = {"all": Party("Mọi người", lambda _ctx, audience: audience)}
    event = NoticeEvent("test", "undeclared", "Không khai", parties, Recipients(affected=("all",)))
    with ctx_of("so.khcn") as ctx, pytest.raises(LookupError):
        notify(ctx, event, 1, Audience(roles=frozenset({Role.MINISTRY})))


def test_pages_follow_each_other_without_a_gap_or_a_double(ctx_of):
    with ctx_of("so.khcn") as ctx:
        ids = [tell(ctx, "viettel").id for _number in range(7)]
    with ctx_of("viettel") as ctx:
        for notice_id in ids[1:4]:
            mark_read(ctx, notice_id)
        for size in (1, 2, 3, 7):
            notice_ids, cursor = [], None
            for _page in range(8):
                listing = list_notices(ctx, cursor, size)
                notice_ids += [entry.notice.id for entry in listing.entries]
                cursor = listing.next
                if cursor is None:
                    break
            assert notice_ids == [ids[6], ids[5], ids[4], ids[0], ids[3], ids[2], ids[1]], size


def test_reading_all_leaves_what_came_while_the_list_was_read(ctx_of):
    with ctx_of("so.khcn") as ctx:
        shown = [tell(ctx, "viettel").id for _number in range(3)]
        tell(ctx, "viettel", sentence="vừa đến")
        tell(ctx, "vnpt")
    with ctx_of("viettel") as ctx:
        mark_all_read(ctx, shown[-1])
        mark_all_read(ctx, shown[-1])
        assert count_unread(ctx) == 1
        assert ctx.session.scalar(select(func.count()).select_from(NoticeRead)) == 3
    assert seen_by(ctx_of, "viettel")[0] == "vừa đến"


def test_nobody_reads_the_notice_of_another(ctx_of):
    with ctx_of("so.khcn") as ctx:
        notice_id = tell(ctx, "viettel").id
    with ctx_of("vnpt") as ctx:
        with pytest.raises(NotFound):
            mark_read(ctx, notice_id)
        assert ctx.session.scalar(select(func.count()).select_from(NoticeRead)) == 0


def test_an_old_notice_is_listed_and_no_longer_rings(ctx_of):
    with ctx_of("so.khcn") as ctx:
        notice = tell(ctx, "viettel")
    with ctx_of("viettel", now=notice.created_at + FRESH, read_only=True) as ctx:
        assert count_unread(ctx) == 0
        assert [entry.unread for entry in list_notices(ctx).entries] == [False]


@pytest.fixture
def many(database, ctx_of):
    """20,000 notices of two years: for inspectors of all communes, the department, and two operators."""
    fill = text(
        "INSERT INTO notice"
        " (uid, subject_kind, subject_id, event, params, organisation_ids, roles, area_roles, unit_ids, created_at)"
        " SELECT gen_random_uuid(), 'test', n, 'told', '{\"sentence\": \"x\"}',"
        " CASE WHEN n % 20 = 0 THEN ARRAY[:viettel] WHEN n % 20 = 1 THEN ARRAY[:vnpt] ELSE ARRAY[]::bigint[] END,"
        " CASE WHEN n % 3 = 0 THEN ARRAY['lead_department'] ELSE ARRAY[]::text[] END,"
        " CASE WHEN n % 3 = 0 OR n % 20 < 2 THEN ARRAY[]::text[] ELSE ARRAY['area_inspector'] END,"
        " CASE WHEN n % 3 = 0 OR n % 20 < 2 THEN ARRAY[]::bigint[] ELSE ARRAY[(SELECT id FROM admin_unit"
        " WHERE level = 'commune' ORDER BY id OFFSET n % 150 LIMIT 1)] END,"
        " :now - (:many - n) * interval '53 minutes' FROM generate_series(1, :many) n"
    )
    with ctx_of("so.khcn") as ctx:
        owners = [tell(ctx, code).organisation_ids[0] for code in ("viettel", "vnpt")]
        values = {"viettel": owners[0], "vnpt": owners[1], "now": ctx.now, "many": MANY}
        ctx.session.execute(fill, values)
    savepoint = database._bind.begin_nested()
    database._bind.execute(text("RESET ROLE"))
    database._bind.execute(text("ANALYZE notice"))
    database._bind.execute(text("ANALYZE notice_read"))
    database._bind.execute(text("SET LOCAL ROLE registry_web"))
    savepoint.commit()


def test_among_many_the_count_is_one_statement_that_uses_an_index(many, ctx_of):
    del many
    for username in ("viettel", "kiemtra1", "so.khcn", "nguoidan"):
        with ctx_of(username) as ctx:
            count_uses_an_index(ctx, reads=username != "nguoidan")


def count_uses_an_index(ctx, *, reads):
    calls, connection = [], ctx.session.connection()

    def note(*call):
        calls.append((call[2], call[3]))

    event.listen(connection, "before_cursor_execute", note)
    unread = count_unread(ctx)
    event.remove(connection, "before_cursor_execute", note)
    ((statement, values),) = calls
    plan = "\n".join(row[0] for row in connection.exec_driver_sql(f"EXPLAIN ANALYZE {statement}", values))
    assert "Seq Scan on notice " not in plan, plan
    assert (unread > 0) == reads
    mark_all_read(ctx, 2**62)
    assert count_unread(ctx) == 0
    assert not any(entry.unread for entry in list_notices(ctx).entries)
