"""The demonstration can be made on every day of a week, at any hour: terms count working days and hours."""

from contextlib import suppress
from datetime import timedelta

import pytest

from registry.audit.chain import write_pending
from registry.demo import cases, service
from registry.demo.first_start import FirstStart
from registry.kernel.db.session import WEB_ROLE, Database
from registry.kernel.errors import DomainError

pytestmark = pytest.mark.trial
#: From the standing clock's Wednesday: each day of the week, at hours from midnight to midnight of Việt Nam.
HOURS = [24 * day + hour for day, hour in enumerate((0, -9.9, 13.9, 4, 0, -9.9, 13.9))]


class Undone(Exception):
    """Takes back what was made."""


def test_the_demonstration_can_be_made_on_every_day(live_url, clock, tmp_path):
    web, refused = Database(live_url, role=WEB_ROLE), []
    web.before_commit.append(write_pending)
    FirstStart(lambda: web, "38", demo=False, accounts_file=tmp_path / "none.json", key="k" * 40)()
    service.create_structures(web)
    service.create_accounts(web, tmp_path / "accounts.json")
    began = clock.moment + timedelta(days=1)
    for hours in HOURS:
        clock.move_to(began + timedelta(hours=hours))
        try:
            with suppress(Undone), service._as_one(web) as whole:
                cases.create_cases(cases.Stage(whole))
                raise Undone
        except DomainError as error:
            refused.append(f"{clock.moment:%a %H:%M}: {error}")
    web.dispose()
    assert refused == []
