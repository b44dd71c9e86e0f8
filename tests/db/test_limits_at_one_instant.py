"""What may be there once, or so many times, holds for two writers at one instant.

The first has written and not committed yet when the second begins; a second that does not wait would count without it.
"""

import io
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import create_engine, func, select, text

from registry.accounts.commands import AddSuccession, AssignRole
from registry.accounts.models import (
    OrganisationAlias,
    OrganisationKind,
    OrganisationSuccession,
    OwnerCategory,
    RoleAssignment,
)
from registry.accounts.service import (
    add_alias,
    add_succession,
    assign_role,
    create_organisation,
    create_user,
    end_role,
)
from registry.authz.actors import Role
from registry.authz.blueprint import DATABASE
from registry.colocation.basket import service as basket
from registry.colocation.basket.service import AddToBasket, add_to_basket
from registry.colocation.models import ColocationItem
from registry.exports import service as exports
from registry.exports.models import ExportJob
from registry.exports.service import RequestExport, request_export
from registry.files.models import AttachmentLink
from registry.files.service import AddFile, add_file
from registry.files.storage import FileStore
from registry.kernel.errors import DomainError
from registry.kernel.exports.dataset import ExportFormat
from registry.saved_searches import service as saved_searches
from registry.saved_searches.models import SavedSearch
from registry.saved_searches.service import SaveSearch, SearchOptions, save_search
from tests.factories.colocation import tower
from tests.factories.organisations import save_organisation, save_user
from tests.factories.structures import organisation_id
from tests.support.live import context
from tests.support.processes import wait_for

_WAITING = text(
    "SELECT count(*) FROM pg_locks WHERE NOT granted AND pid IN"
    " (SELECT pid FROM pg_stat_activity WHERE datname = current_database())"
)
SINCE = date(2020, 1, 1)


@dataclass(frozen=True)
class Race:
    """Two writers of one account, which table counts what they wrote, and how many rows there may be."""

    username: str
    first: Any
    second: Any
    counted: Any
    most: int = 1


def two_files(ctx_of, _patch, folder):

    content = io.BytesIO()
    Image.new("RGB", (40, 30), "navy").save(content, "JPEG")
    with ctx_of("viettel") as ctx:
        structure_id = tower(ctx).id

    def add(ctx):
        return add_file(
            ctx,
            FileStore(folder),
            AddFile(subject_kind="structure", subject_id=structure_id, file_name="a.jpg", content=content.getvalue()),
        )

    counted = select(func.count()).where(AttachmentLink.subject_id == structure_id, AttachmentLink.is_active)
    return Race("viettel", add, add, counted)


def two_aliases(ctx_of, _patch, _folder):
    with ctx_of("quantri", read_only=True) as ctx:
        ids = [organisation_id(ctx.session, code) for code in ("viettel", "vnpt")]
    first, second = (lambda ctx, number=number: add_alias(ctx, number, "Tên chung của hai bên") for number in ids)
    counted = select(func.count()).where(OrganisationAlias.spelling == "Tên chung của hai bên")
    return Race("quantri", first, second, counted)


def organisations(ctx_of, kind, category):
    """Two organisations of a kind with an account each: ids of organisations, ids of accounts."""
    with ctx_of("quantri") as ctx:
        ids = [
            create_organisation(
                ctx,
                save_organisation(
                    code=f"cung-luc-{each}",
                    name=f"Cơ quan cùng lúc {each}",
                    short_name=f"CQ cùng lúc {each}",
                    kind=kind,
                    owner_category=category,
                    valid_from=SINCE,
                ),
            ).id
            for each in ("mot", "hai")
        ]
        users = [
            create_user(
                ctx, save_user(username=f"cung.luc.{number}", full_name="Người cùng lúc", organisation_id=number)
            ).id
            for number in ids
        ]
        return ids, users


def two_departments(ctx_of, _patch, _folder):
    role = Role.FINANCE_DEPARTMENT
    _made, users = organisations(ctx_of, OrganisationKind.DEPARTMENT, OwnerCategory.STATE_BUDGET)
    with ctx_of("quantri") as ctx:
        for held in ctx.session.scalars(select(RoleAssignment).where(RoleAssignment.role == role)):
            end_role(ctx, held.user_id, held.id)
    first, second = (
        lambda ctx, user_id=user_id: assign_role(ctx, AssignRole(user_id=user_id, role=role, valid_from=SINCE))
        for user_id in users
    )
    counted = select(func.count()).where(RoleAssignment.role == role, RoleAssignment.user_id.in_(users))
    return Race("quantri", first, second, counted)


def two_successors(ctx_of, _patch, _folder, *, is_cycle=False):
    (first_id, other), _users = organisations(ctx_of, OrganisationKind.OPERATOR, OwnerCategory.OPERATOR)
    with ctx_of("quantri", read_only=True) as ctx:
        third = organisation_id(ctx.session, "viettel")
    pairs = [(first_id, other), (other, first_id)] if is_cycle else [(first_id, other), (first_id, third)]
    first, second = (
        lambda ctx, pair=pair: add_succession(
            ctx,
            AddSuccession(
                predecessor_id=pair[0], successor_id=pair[1], effective_on=date(2026, 1, 1), legal_basis="Quyết định 1"
            ),
        )
        for pair in pairs
    )
    counted = select(func.count()).where(OrganisationSuccession.predecessor_id.in_((first_id, other)))
    return Race("quantri", first, second, counted)


def a_cycle_of_successors(ctx_of, patch, folder):
    return two_successors(ctx_of, patch, folder, is_cycle=True)


def two_searches(_ctx_of, patch, _folder):
    patch.setattr(saved_searches, "MAX_SEARCHES", 1)
    first, second = (
        lambda ctx, name=name: save_search(ctx, SaveSearch(f"q={name}", SearchOptions(name))) for name in ("một", "hai")
    )
    return Race("viettel", first, second, select(func.count()).select_from(SavedSearch))


def two_exports(_ctx_of, patch, _folder):
    patch.setattr(exports, "MOST_OPEN", 1)
    first, second = (
        lambda ctx, name=name: request_export(ctx, RequestExport("structures", ExportFormat.CSV, (("q", name),), "vi"))
        for name in ("một", "hai")
    )
    return Race("viettel", first, second, select(func.count()).select_from(ExportJob))


def two_basket_lines(ctx_of, patch, _folder):
    patch.setattr(basket, "MOST_LINES", 1)
    with ctx_of("viettel") as ctx:
        codes = [tower(ctx, name=f"Trạm {number}").code for number in range(2)]
    first, second = (lambda ctx, code=code: add_to_basket(ctx, AddToBasket(codes=(code,))) for code in codes)
    return Race("vnpt", first, second, select(func.count()).select_from(ColocationItem))


RACES = [
    two_files,
    two_aliases,
    two_departments,
    two_successors,
    a_cycle_of_successors,
    two_searches,
    two_exports,
    two_basket_lines,
]


@contextmanager
def watched(url):
    """A connection that sees who waits."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


@pytest.mark.parametrize("race_of", RACES, ids=lambda race_of: race_of.__name__)
def test_a_second_writer_at_one_instant_meets_what_the_first_wrote(live_app, live_url, race_of, monkeypatch, tmp_path):
    database = DATABASE.of(live_app)

    def ctx_of(username, **options):
        return context(database, username, **options)

    with live_app.test_request_context():
        race = race_of(ctx_of, monkeypatch, tmp_path)

    def second():
        with live_app.test_request_context():
            try:
                with ctx_of(race.username) as ctx:
                    race.second(ctx)
            except DomainError as refused:
                return refused
        return None

    with ThreadPoolExecutor(1) as pool, watched(live_url) as watching:
        with live_app.test_request_context(), ctx_of(race.username) as ctx:
            race.first(ctx)
            answer = pool.submit(second)
            wait_for(
                lambda: answer.done() or watching.scalar(_WAITING), None, "no process: the second writer has to wait"
            )
        answer.result()
    with ctx_of(race.username, read_only=True) as ctx:
        assert ctx.session.scalar(race.counted) == race.most
