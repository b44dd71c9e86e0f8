"""Quotas of a day: requests that run at once never use more of one together, and a read reserves as well."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import select

from registry.audit.models import QuotaUse
from registry.audit.quotas import forget_uses, reserve
from registry.incidents.limits import ReportLimits
from registry.kernel.clock import utc_now
from registry.kernel.context import WriteNeeded
from registry.kernel.db.session import WEB_ROLE, Database
from registry.structures.nearby.questions import reserve_question
from tests.support.fixtures import actor_named
from tests.support.processes import LIMIT_S

AT_ONCE, MOST = 8, 3


@pytest.fixture(scope="module")
def web(module_url):
    database = Database(module_url, role=WEB_ROLE, pool_size=2 * AT_ONCE)
    yield database
    database.dispose()


def at_once(web, username, ask):
    """What requests get that ask at one instant, each within a transaction of its own."""
    ready = Barrier(AT_ONCE, timeout=LIMIT_S)

    def request(_number):
        with web.transaction(lambda session: actor_named(session, username)) as ctx:
            ready.wait()
            return ask(ctx)

    with ThreadPoolExecutor(AT_ONCE) as threads:
        return list(threads.map(request, range(AT_ONCE)))


def set_quota(monkeypatch, value):
    for module in ("registry.structures.nearby.questions", "registry.incidents.limits"):
        monkeypatch.setattr(f"{module}.setting", lambda *_key: value)


def test_requests_at_once_never_pass_a_quota_together(web):
    numbers = at_once(web, "viettel", lambda ctx: reserve(ctx, ("test", MOST)))
    assert sorted(number for number in numbers if number is not None) == [1, 2, 3]


def test_questions_about_unpublished_structures_are_reserved(web, monkeypatch):
    set_quota(monkeypatch, MOST)
    questions = at_once(web, "vnpt", reserve_question)
    assert len(questions) == AT_ONCE
    assert sorted(question.number for question in questions if not question.is_refused) == [1, 2, 3]
    # Another organisation has its own.
    assert sum(question.is_refused for question in at_once(web, "viettel", reserve_question)) == AT_ONCE - MOST


def test_questions_for_near_reports_are_reserved_by_network_and_in_total(web, monkeypatch):
    limits = ReportLimits(web, "k" * 40)
    set_quota(monkeypatch, {"of_network_a_day": MOST, "a_day": MOST + 1})
    first, second = limits.sender("10.0.0.1"), limits.sender("10.0.0.2")
    assert sum(at_once(web, "viettel", lambda ctx: limits.may_ask(ctx, first))) == MOST
    # What a network asks beyond its quota is not counted with that of all.
    assert sum(at_once(web, "viettel", lambda ctx: limits.may_ask(ctx, second))) == 1


def test_a_quota_of_none_is_used_up(ctx_of):
    with ctx_of("viettel") as ctx:
        assert reserve(ctx, ("none", 0)) is None


def test_a_read_begins_again_behind_its_reservation(ctx_of):
    with ctx_of("viettel", read_only=True) as ctx, pytest.raises(WriteNeeded) as needed:
        reserve(ctx, ("read", MOST))
    with ctx_of("viettel") as ctx:
        number = needed.value.write(ctx)
    with ctx_of("viettel", read_only=True) as ctx:
        ctx.written[needed.value.key] = number
        assert reserve(ctx, ("read", MOST)) == number == 1


def test_each_day_has_its_own_and_those_before_are_forgotten(ctx_of):
    for days in (0, 1):
        with ctx_of("viettel", now=utc_now() + timedelta(days=days)) as ctx:
            assert [reserve(ctx, ("daily", 1)) for _each in range(2)] == [1, None]
    with ctx_of(None, now=utc_now() + timedelta(days=1)) as ctx:
        forget_uses(ctx)
        assert len(ctx.session.scalars(select(QuotaUse)).all()) == 1
