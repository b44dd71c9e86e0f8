"""One rule for the rows of all tables of law: who changes them, when, and what is recorded."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from config.settings import CHECKOUT
from registry.audit.models import AuditEvent
from registry.dated_rows.service import confirm_row, record_change, withdraw_row
from registry.dated_rows.tables import DATED_TABLES
from registry.kernel.dated_rows import CitedRow
from registry.kernel.db.base import Base
from registry.kernel.db.session import WEB_ROLE, Database
from registry.kernel.errors import Conflict, Forbidden, NotFound
from tests.support.fixtures import contexts_on

OFFICER = "so.khcn"
TABLES = sorted(DATED_TABLES)


def marked(ctx_of, table):
    """The id of a row of the table that stands and is still to be confirmed."""
    with ctx_of() as ctx:
        model = table.model
        row = ctx.session.scalars(select(model).where(model.withdrawn_at.is_(None)).order_by(model.id.desc())).first()
        row.needs_verification = True
        record_change(ctx, table, "add", row)
        return row.id


def sources(table):
    return dict.fromkeys(table.model.CITES, "Văn bản đã đối chiếu")


def test_each_model_of_cited_rows_is_declared():
    models = {mapper.class_.__tablename__ for mapper in Base.registry.mappers if issubclass(mapper.class_, CitedRow)}
    assert models == set(DATED_TABLES)


@pytest.mark.parametrize("name", TABLES)
def test_a_row_is_confirmed_once_and_leaves_one_record(ctx_of, name):
    table = DATED_TABLES[name]
    row_id = marked(ctx_of, table)
    with ctx_of(OFFICER) as ctx:
        assert not confirm_row(ctx, table, row_id, sources(table)).needs_verification
    with ctx_of(OFFICER) as ctx:
        last = ctx.session.scalars(select(AuditEvent).order_by(AuditEvent.number.desc())).first()
        assert (last.action, last.object_kind, last.object_id) == (f"{table.action}.confirm", name, row_id)
        with pytest.raises(Conflict, match="không còn chờ xác nhận"):
            confirm_row(ctx, table, row_id, sources(table))


@pytest.mark.parametrize("name", TABLES)
def test_a_row_that_was_withdrawn_is_neither_confirmed_nor_withdrawn_again(ctx_of, name):
    table = DATED_TABLES[name]
    row_id = marked(ctx_of, table)
    with ctx_of() as ctx:
        row = ctx.session.get(table.model, row_id)
        row.withdrawn_at, row.withdrawn_reason = ctx.now, "Ghi nhầm"
        record_change(ctx, table, "withdraw", row)
    with ctx_of(OFFICER) as ctx:
        with pytest.raises(Conflict, match="không còn chờ xác nhận"):
            confirm_row(ctx, table, row_id, sources(table))
        with pytest.raises(Conflict, match="đã ngừng áp dụng lúc"):
            withdraw_row(ctx, table, row_id, "Lần nữa")


@pytest.mark.parametrize("name", TABLES)
def test_only_who_may_change_a_table_of_law_reaches_its_rows(ctx_of, name):
    table = DATED_TABLES[name]
    row_id = marked(ctx_of, table)
    with ctx_of("viettel") as ctx:
        for change in (
            lambda: confirm_row(ctx, table, row_id, sources(table)),
            lambda: withdraw_row(ctx, table, row_id, "Không thích"),
        ):
            with pytest.raises(Forbidden):
                change()
    with ctx_of(OFFICER) as ctx, pytest.raises(NotFound):
        confirm_row(ctx, table, 10**15, sources(table))


def test_two_who_confirm_a_term_at_one_instant_have_one_effect(live_url):
    database = Database(live_url, role=WEB_ROLE)
    ctx_of = contexts_on(database)
    table = DATED_TABLES["legal_term"]
    row_id = marked(ctx_of, table)

    def confirm(name):
        try:
            with ctx_of(name) as ctx:
                return confirm_row(ctx, table, row_id, sources(table)).needs_verification
        except Conflict:
            return "late"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(map(str, pool.map(confirm, (OFFICER, "gd.khcn")))) == ["False", "late"]
    database.dispose()


def test_a_table_of_law_is_one_declaration_and_what_its_revision_does(live_url, tmp_path):
    program = [sys.executable, "-m", "tests.toy.law_table", live_url, str(tmp_path)]
    answer = subprocess.run(program, cwd=CHECKOUT, capture_output=True, text=True, timeout=60, check=False)
    assert answer.returncode == 0, answer.stderr
    assert json.loads(answer.stdout) == {
        "owner reads": 200,
        "owner adds": 403,
        "refused": [422, True, True],
        "twice": 422,
        "form of the next one": True,
        "unconfirmed": 2,
        "confirmed": [303, 409],
        "first one withdrawn": 422,
        "withdrawn": [303, 409],
        "history": [True] * 5,
        "log": [True] * 3,
    }
