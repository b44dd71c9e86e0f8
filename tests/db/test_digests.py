"""Digests by mail: for those who asked, once a period, with links and nothing of others."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from registry.accounts.service import disable_user
from registry.authz.actors import PUBLIC_ACTOR
from registry.dashboard.digests import period_of, send_digests, subscribe, subscriptions_of
from registry.dashboard.models import Frequency
from registry.kernel.clock import LOCAL_ZONE, utc_now
from registry.notices.mail import Mailer, Recipient
from registry.notices.models import Notice
from tests.factories.colocation import filed, tower
from tests.factories.notices import user_id

W, M = Frequency.WEEKLY, Frequency.MONTHLY


def morning(day):
    return datetime.combine(day, datetime.min.time(), LOCAL_ZONE) + timedelta(hours=6, minutes=20)


def digests(ctx):
    return list(ctx.session.scalars(select(Notice).where(Notice.subject_kind == "digest").order_by(Notice.id)))


@pytest.mark.parametrize(
    ("frequency", "today", "period"),
    [
        (W, date(2026, 11, 30), (date(2026, 11, 23), date(2026, 11, 29))),
        (W, date(2026, 12, 6), (date(2026, 11, 23), date(2026, 11, 29))),
        (W, date(2027, 1, 4), (date(2026, 12, 28), date(2027, 1, 3))),
        (M, date(2026, 12, 1), (date(2026, 11, 1), date(2026, 11, 30))),
        (M, date(2028, 3, 31), (date(2028, 2, 1), date(2028, 2, 29))),
    ],
)
def test_a_digest_is_of_the_last_whole_week_or_month(frequency, today, period):
    assert period_of(frequency, today) == period


def test_nobody_gets_what_nobody_asked_for(database, ctx_of):
    assert send_digests(database, utc_now() + timedelta(days=60)) == 0
    with ctx_of("viettel") as ctx:
        subscribe(ctx, {W})
        subscribe(ctx, set())
        assert subscriptions_of(ctx) == set()
    assert send_digests(database, utc_now() + timedelta(days=60)) == 0


def test_it_comes_once_a_period_also_after_a_standstill(database, ctx_of):
    with ctx_of("viettel") as ctx:
        subscribe(ctx, {W, M})
        today = ctx.today
    monday = today + timedelta(days=7 - today.weekday())
    assert send_digests(database, morning(today)) == 0, "the week is not over"
    assert send_digests(database, morning(monday)) == 1
    assert send_digests(database, morning(monday)) == 0
    first = date(today.year + today.month // 12, today.month % 12 + 1, 1)
    after = max(first, monday) + timedelta(days=9)
    assert send_digests(database, morning(after)) == 2, "one of each, however long it stood still"
    with ctx_of("viettel", read_only=True) as ctx:
        assert [notice.event for notice in digests(ctx)] == ["weekly", "monthly", "weekly"]
        assert {tuple(notice.user_ids) for notice in digests(ctx)} == {(user_id(ctx, "viettel"),)}


def test_a_closed_account_gets_none(database, ctx_of):
    with ctx_of("viettel") as ctx:
        subscribe(ctx, {W})
    with ctx_of("quantri") as ctx:
        disable_user(ctx, user_id(ctx, "viettel"))
    assert send_digests(database, utc_now() + timedelta(days=20)) == 0


def test_the_mail_counts_what_waits_for_its_reader_and_names_nobody_else(app, database, ctx_of):
    with ctx_of("viettel") as ctx:
        code = tower(ctx).code
        subscribe(ctx, {W})
        reader = user_id(ctx, "viettel")
    with ctx_of("vnpt") as ctx:
        number = filed(ctx, code).number
    with ctx_of("kiemtra1") as ctx:
        subscribe(ctx, {W})
    assert send_digests(database, utc_now() + timedelta(days=7)) == 2
    with ctx_of(None, read_only=True) as ctx:
        own, other = digests(ctx) if digests(ctx)[0].user_ids == [reader] else reversed(digests(ctx))
    mailer = Mailer(app, None, "Sở <bao-tin@so.example>", "https://hatang.example.vn/kho")
    message = mailer.compose([own], Recipient(reader, "viettel@donvi.example", "vi", PUBLIC_ACTOR), utc_now())
    body = message.get_content()
    addresses = {line.rpartition(" ")[2] for line in body.splitlines()}
    assert message["Subject"].startswith("Bản tin tuần")
    assert "nay 1 hồ sơ chờ tôi xử lý, trong đó" in body
    for page in ("", "dashboard", "notices", "colocation/figures"):
        assert f"https://hatang.example.vn/kho/{page}" in addresses
    for secret in (code, number, "VNPT", "vnpt"):
        assert secret not in body
    english = mailer.compose([own], Recipient(reader, "viettel@donvi.example", "en", PUBLIC_ACTOR), utc_now())
    assert english["Subject"].startswith("Weekly digest")
    assert (
        "0 hồ sơ chờ tôi xử lý"
        in mailer.compose([other], Recipient(1, "a@b.example", "vi", PUBLIC_ACTOR), utc_now()).get_content()
    )
