"""A bulk edit that meets somebody else's edit on its way does not write over what nobody looked at."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import update

from registry.audit.chain import record
from registry.authz.blueprint import DATABASE
from registry.kernel.db.session import WEB_ROLE, Database
from registry.kernel.errors import Conflict
from registry.structures.bulk_edit.commands import ApplyBulkEdit, Target
from registry.structures.bulk_edit.queries import preview
from registry.structures.bulk_edit.service import apply_bulk_edit, read_change
from registry.structures.models import Structure
from tests.factories.structures import make
from tests.support.live import context, wait_until_blocked
from tests.support.processes import LIMIT_S


@pytest.fixture
def rival_database(live_url):
    database = Database(live_url, role=WEB_ROLE)
    yield database
    database.dispose()


def test_an_edit_that_commits_between_look_and_lock_is_not_written_over(live_app, rival_database):
    database = DATABASE.of(live_app)
    with live_app.app_context(), context(database, "viettel") as ctx:
        structure = make(ctx)
        target = Target(codes=(structure.code,))
        digest = preview(ctx, target, read_change(ctx, "condition", "degraded")).digest

    def edit_in_bulk():
        with live_app.app_context(), context(database, "viettel") as ctx:
            change = read_change(ctx, "condition", "degraded")
            apply_bulk_edit(ctx, ApplyBulkEdit(target, change, "biên bản", digest), lambda *_given: None)

    with ThreadPoolExecutor(1) as pool:
        with context(rival_database, "viettel") as ctx:
            values = {"condition": "dangerous", "version": Structure.version + 1}
            ctx.session.execute(update(Structure).where(Structure.code == structure.code).values(values))
            record(ctx, "structure.edit", "structure", structure.id)
            racing = pool.submit(edit_in_bulk)
            wait_until_blocked(ctx.session)
        with pytest.raises(Conflict, match="xem trước lại"):
            racing.result(timeout=LIMIT_S)
