"""P16: a worker is killed fifty times while notices flow.

None is lost, none is mailed of work that was rolled back, and what is mailed twice carries one id.
"""

import asyncio
import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter

import pytest
from procrastinate.exceptions import AlreadyEnqueued
from sqlalchemy import func, select, text

from config.settings import CHECKOUT
from registry.authz.blueprint import DATABASE
from registry.kernel.db.session import WORKER_ROLE, Database, abort
from registry.kernel.jobs import defer, retry_stalled
from registry.notices.jobs import send_pending
from registry.notices.models import MailState, NoticeMail
from tests.factories.notices import give_addresses, tell, user_id
from tests.support.live import context
from tests.support.mail_server import Mailbox, mail_server
from tests.support.ports import free_port
from tests.support.processes import LIMIT_S

pytestmark = pytest.mark.trial
KILLS, NOTICES = 50, 300
FLASK = (sys.executable, "-m", "flask", "--app", "app", "worker")
DOMAIN = "so.example"
#: What the server takes for one mail: long enough for kills to fall into the middle of it.
SLOW_S = 0.03
#: Two persons are told each time.
MAILS_A_ROUND = 2 * NOTICES // KILLS
SHARE_AT_ANY_TIME = 0.2


class SlowMailbox(Mailbox):
    """A server that thinks before and after it keeps a mail, as real ones do."""

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd's name
        await asyncio.sleep(SLOW_S)
        answer = await super().handle_DATA(server, session, envelope)
        await asyncio.sleep(SLOW_S)
        return answer


class Writer(threading.Thread):
    """Writes notices for two operators, each beside one of work that is rolled back, as fast as rounds allow."""

    def __init__(self, database, chance):
        super().__init__(daemon=True)
        self.database, self.chance = database, chance
        self.allowed = threading.Semaphore(0)
        self.uids = []

    def run(self):
        for number in range(NOTICES):
            self.allowed.acquire()
            with context(self.database, "so.khcn") as ctx:
                uid = tell(ctx, "viettel", "vnpt", sentence=f"DC-{number}").uid
            self.uids.append(uid)
            with context(self.database, "so.khcn") as ctx:
                tell(ctx, "viettel", "vnpt", sentence="không có thật")
                abort(ctx)
            time.sleep(self.chance.uniform(0, 0.2))


@pytest.fixture
def environment(live_url, tmp_path):
    """A function: the mail server's port -> the environment of a worker process."""

    def of(port):
        return os.environ | {
            "DATABASE_URL": live_url,
            "SECRET_KEY": "k" * 40,
            "DATA_DIR": str(tmp_path),
            "REGISTRY_MAIL_URL": f"smtp://127.0.0.1:{port}?security=none",
            "REGISTRY_MAIL_FROM": f"bao-tin@{DOMAIN}",
            "REGISTRY_BASE_URL": "https://hatang.example.vn",
            "REGISTRY_LOG_LEVEL": "ERROR",
        }

    return of


@pytest.fixture
def worker(live_url):
    """The database as the worker sees it."""
    database = Database(live_url, role=WORKER_ROLE)
    yield database
    database.dispose()


def put_back(database):
    """As half a minute without a sign of life does: jobs of the killed worker go back into the queue."""
    for task in (retry_stalled, send_pending):
        try:
            with context(database) as ctx:
                ctx.session.execute(text("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 hour'"))
                defer(ctx, task, timestamp=0)
        except AlreadyEnqueued:
            continue


def killed(command, env, mailbox, chance):
    """Start a worker and kill it: after some mails and a moment more; one in five at any time, also while it starts."""
    before, wanted = len(mailbox.envelopes), chance.randint(1, MAILS_A_ROUND)
    patience = chance.uniform(0.2, 8) if chance.random() < SHARE_AT_ANY_TIME else LIMIT_S
    with subprocess.Popen(command, env=env, cwd=CHECKOUT) as process:
        end = time.monotonic() + patience
        while len(mailbox.envelopes) - before < wanted and time.monotonic() < end:
            time.sleep(0.005)
        time.sleep(chance.uniform(0, 4 * SLOW_S))
        process.kill()
        process.wait(10)
    return len(mailbox.envelopes) - before


def test_fifty_kills_lose_no_notice_and_double_none_under_another_id(live_app, worker, environment, capsys):
    seed = int(os.environ.get("TRIAL_SEED") or time.time())
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    database = DATABASE.of(live_app)
    with context(database, "so.khcn") as ctx:
        give_addresses(ctx, "viettel", "vnpt")
        people = {name: user_id(ctx, name) for name in ("viettel", "vnpt")}
    mailbox, writer = SlowMailbox(), Writer(database, random.Random(seed + 1))  # noqa: S311 - the same
    writer.start()
    with mail_server(mailbox, free_port()) as server:
        env, taken = environment(server.port), []
        for round_number in range(KILLS):
            for _each in range(NOTICES // KILLS):
                writer.allowed.release()
            taken.append(killed(FLASK, env, mailbox, chance))
            with capsys.disabled():
                sys.stdout.write(f"kill {round_number + 1}: {taken[-1]} mails before it\n")
            put_back(worker)
        writer.join()
        # The second time finds nothing left, unless the database was slow to notice that the last one was killed.
        for _again in range(2):
            put_back(worker)
            last = subprocess.run([*FLASK, "--until-empty"], env=env, cwd=CHECKOUT, check=False, timeout=300)
            assert last.returncode == 0
    expected = {f"<{uid}.{person}@{DOMAIN}>" for uid in writer.uids for person in people.values()}
    ids = Counter(message["Message-ID"] for message in mailbox.messages)
    with capsys.disabled():
        sys.stdout.write(
            f"seed {seed}: {KILLS} kills, {sum(count > 0 for count in taken)} of them after some mails;"
            f" {NOTICES} notices, {len(expected)} mails, {ids.total()} received, {ids.total() - len(ids)} doubles\n"
        )
    assert len(expected) == NOTICES * len(people)
    # A mail that was doubled under another id would be one too many.
    assert expected - set(ids) == set(), "lost"
    assert set(ids) - expected == set(), "of work that was rolled back, or under another id"
    with context(database, read_only=True) as ctx:
        states = select(NoticeMail.state, func.count()).group_by(NoticeMail.state)
        assert [tuple(row) for row in ctx.session.execute(states)] == [(MailState.SENT, len(expected))]
