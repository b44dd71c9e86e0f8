"""The policies of rows, on the demonstration: they take nothing from what the matrix gives, and give nothing more to
a rival. Each policy, broken once, is found by one of the two."""

from contextlib import contextmanager
from itertools import chain
from uuid import uuid4

import pytest
from sqlalchemy import func, insert, literal, select, text, true, union_all
from sqlalchemy.exc import IntegrityError, ProgrammingError

from registry.accounts.demo import USERS
from registry.authz.actors import PUBLIC_ACTOR, SYSTEM_ACTOR, Role
from registry.authz.matrix import OWNERS
from registry.authz.permissions import P
from registry.authz.row_access import PERMISSIONS
from registry.authz.scopes import visible
from registry.capacity.models import CapacityEntry, CapacityPlace
from registry.colocation.agreements.models import ColocationAgreement
from registry.colocation.models import ColocationRequest
from registry.files.models import Attachment, AttachmentLink
from registry.files.queries import get_file
from registry.guidance.queries import GUIDANCE
from registry.imports.models import ImportBatch
from registry.incidents.models import Incident
from registry.joint_builds.models import JointInterest
from registry.kernel.db.row_access import (
    EVERY_TABLE,
    PROTECTED,
    RowAccess,
    across_organisations,
    note_access,
)
from registry.kernel.db.session import WEB_ROLE, Database
from registry.kernel.errors import DomainError
from registry.notices.models import Notice
from registry.notices.queries import addressed_to
from registry.offered_sites.models import SiteRequest
from registry.operator_plans.models import OperatorPlan
from registry.structures.models import Structure
from registry.violations.models import Violation, ViolationPaper
from registry.workflow.definition import WORKFLOWS
from registry.workflow.lists import search_clause
from tests.support.demo import demo_url
from tests.support.fixtures import actor_named

__all__ = ["demo_url"]
CASES = (
    *(ColocationAgreement, ColocationRequest, ImportBatch, Incident, JointInterest, OperatorPlan, SiteRequest),
    Violation,
)
MODELS = {model.__tablename__: model for model in (*CASES, Attachment, Notice)}
CODES = {
    "agreement": ColocationAgreement,
    "colocation": ColocationRequest,
    "incident": Incident,
    "joint_interest": JointInterest,
    "site_request": SiteRequest,
    "violation": Violation,
}
#: They have no history.
NEVER_CHANGED = {"notice", "operator_plan"}
ACCOUNTS = text("SELECT organisation_id, min(id) FROM user_account GROUP BY 1")
#: Given with the import that they belong to: columns and values of a row.
OF_IMPORTS = {
    "import_decision": ("batch_id, number, choice, decided_at", ":batch, 1, 'new', now()"),
    "import_missing": ("batch_id, structure_id", ":batch, 1"),
    "import_result": ("batch_id, number, outcome, warned", ":batch, 1, 'new', false"),
    "import_row": ("batch_id, number, cells", ":batch, 1, ARRAY['a']"),
}
#: Given with the yearly plan that they belong to.
OF_PLANS = "operator_plan_item"
#: The ends of the names of columns that name organisations.
NAMING = ("organisation_id", "organisation_ids", "announcer_id", "office_id")
#: Of totals, and of files that report many incidents: not of the rows of cases.
NOT_OF_CASES = {P.DASHBOARD_PROVINCE, P.INCIDENT_BULK, P.INCIDENT_STORM}
SUBJECTS = CODES | {"structure": Structure}
PEOPLE = {user.username: user.role for user in USERS}
RIVALS = [name for name, role in PEOPLE.items() if role in OWNERS]
AREA_INSPECTOR = next(name for name, role in PEOPLE.items() if role == Role.AREA_INSPECTOR)


@pytest.fixture(scope="module")
def connection(demo_url):
    """A connection of the owner to the demonstration, whose changes are rolled back."""
    owner = Database(demo_url)
    with owner.engine.connect() as connected:
        outer = connected.begin()
        with Database("", bind=connected).transaction(SYSTEM_ACTOR) as ctx:
            fill(ctx.connection)
        yield connected
        outer.rollback()
    owner.dispose()


def fill(connected):
    """What the demonstration has none of: a delivery of each organisation, files of cases and structures."""
    for owner, person in connected.execute(ACCOUNTS).all():
        batch = {
            "organisation_id": owner,
            "created_by_id": person,
            "kind": "pole",
            "file_name": "cột.csv",
            "version": 1,
        }
        batch |= {"sha256": "a" * 64, "size_bytes": 1, "state": "reading", "created_at": text("now()")}
        batch |= {"mapping": {}, "options": {}, "found": {}, "counts": {}, "notes": []}
        connected.execute(insert(ImportBatch.__table__).values(batch))
    files, links = Attachment.__table__, AttachmentLink.__table__
    a_file = {"kind": "document", "file_name": "tệp", "media_type": "application/pdf", "size_bytes": 1}
    a_file |= {"original_media_type": "application/pdf", "original_size_bytes": 1, "uploaded_at": text("now()")}
    a_file |= {"sha256": "a" * 64, "stored_name": "a" * 64}
    for kind, model in SUBJECTS.items():
        sides = [model.__table__.c[column] for column in reversed(model.SIDES.values())]
        for row_id, side in connected.execute(select(model.id, func.coalesce(*sides)).order_by(model.id).limit(30)):
            values = {name: value for name, value in a_file.items() if name in files.c}
            number = connected.scalar(insert(files).values(organisation_id=side, **values).returning(files.c.id))
            connected.execute(
                insert(links).values(attachment_id=number, subject_kind=kind, subject_id=row_id, is_active=True)
            )


@pytest.fixture
def acting(connection):
    """A function: an actor, or the name of an account -> context manager with a reading context of it."""
    database = Database("", role=WEB_ROLE, bind=connection)

    def context(actor):
        who = actor if not isinstance(actor, str) else lambda session: actor_named(session, actor)
        return database.transaction(who)

    connection.execute(text(f"SET LOCAL ROLE {WEB_ROLE}"))
    yield context
    connection.execute(text("RESET ROLE"))


def given(ctx, model, *where):
    """The ids of the rows of a model that the database gives."""
    return set(ctx.session.scalars(select(model.id).where(*where)))


@contextmanager
def without_policies(ctx):
    """The statements of the block run as the owner of the tables, for whom no policy holds."""
    ctx.session.execute(text("RESET ROLE"))
    yield
    ctx.session.execute(text(f"SET LOCAL ROLE {WEB_ROLE}"))


def taken(acting, names=PEOPLE, tables=PROTECTED):
    """What the matrix gives to a person and the database does not."""
    for name in names:
        with acting(name) as ctx:
            conditions = [
                (permission, model, visible(ctx, model, permission))
                for model in CASES
                for permission in PERMISSIONS[model.__tablename__]
                if permission not in NOT_OF_CASES
            ]
            conditions.append(("notice", Notice, addressed_to(ctx.actor)))
            for what, model, condition in conditions:
                if model.__tablename__ not in tables:
                    continue
                rows = given(ctx, model, condition)
                with without_policies(ctx):
                    missing = given(ctx, model, condition) - rows
                yield from ((name, what, row) for row in missing)
            if "attachment" in tables:
                with without_policies(ctx):
                    links = ctx.session.execute(select(AttachmentLink.attachment_id, AttachmentLink.subject_kind)).all()
                    readable = {number: kind for number, kind in links if may_open(ctx, number)}
                yield from ((name, kind, row) for row, kind in readable.items() if not may_open(ctx, row))


def may_open(ctx, attachment_id):
    ctx.session.expunge_all()
    try:
        get_file(ctx, attachment_id)
    except DomainError:
        return False
    return True


def names_reader(row, organisations, account):
    """Whether a row names the reader in any of its columns of organisations and persons."""
    values = chain.from_iterable(
        value if isinstance(value, list) else [value] for column, value in row.items() if column.endswith(NAMING)
    )
    return bool(organisations.intersection(values)) or account in (
        row.get("uploaded_by_id"),
        row.get("created_by_id"),
        *row.get("user_ids", ()),
    )


def leaked(acting, tables=PROTECTED):
    """Rows that the database gives to an operator and that have nothing to do with it."""
    for name in RIVALS:
        with acting(name) as ctx:
            for table in tables:
                rows = ctx.session.execute(select(*MODELS[table].__table__.columns)).mappings().all()
                yield from (
                    (name, table, row["id"])
                    for row in rows
                    if not names_reader(row, ctx.actor.organisation_ids, ctx.actor.id) and not is_party(ctx, table, row)
                )


def differing_versions(acting, table):
    """Rows of which a person has the row and not its present version in the history, or the version alone."""
    history = f"{table}_history"
    versions = text(f"SELECT id FROM {history} WHERE recorded_to IS NULL")  # noqa: S608
    for name in PEOPLE:
        with acting(name) as ctx:
            yield from ((name, row) for row in given(ctx, MODELS[table]) ^ set(ctx.session.scalars(versions)))


def is_party(ctx, table, row):
    """Whether a row concerns the reader by another row: a paper served, a structure owned or used, a case's file."""
    own, roles = ctx.actor.organisation_ids, ctx.actor.roles
    if table == "notice":
        return bool(roles.intersection(row["roles"]))
    if table == "attachment":
        links = ctx.session.execute(
            select(AttachmentLink.subject_kind, AttachmentLink.subject_id).where(
                AttachmentLink.attachment_id == row["id"]
            )
        )
        return any(
            kind not in SUBJECTS or (kind in CODES and number in given(ctx, CODES[kind])) for kind, number in links
        )
    if table == "violation":
        served = select(ViolationPaper.id).where(ViolationPaper.violation_id == row["id"])
        return ctx.session.scalar(served.where(ViolationPaper.addressee_id.in_(own)).limit(1)) is not None
    if table == "incident":
        owned = select(Structure.id).where(
            Structure.id == row["structure_id"], Structure.owner_organisation_id.in_(own)
        )
        used = select(CapacityEntry.id).join(CapacityPlace, CapacityPlace.id == CapacityEntry.place_id)
        used = used.where(CapacityPlace.structure_id == row["structure_id"], CapacityEntry.holder_id.in_(own))
        return ctx.session.scalar(owned) is not None or ctx.session.scalar(used.limit(1)) is not None
    return False


def test_the_policies_take_nothing_from_what_the_matrix_gives(acting):
    assert list(taken(acting)) == []


def test_the_policies_give_an_operator_no_row_of_others(acting):
    assert list(leaked(acting)) == []


def test_a_transaction_without_an_actor_has_no_rows_on_a_used_connection_either(demo_url):
    database = Database(demo_url, role=WEB_ROLE, pool_size=1)
    with database.transaction(SYSTEM_ACTOR, read_only=True) as ctx:
        everything = {table: given(ctx, model) for table, model in MODELS.items()}
    assert everything["notice"]
    assert everything["violation"]
    # Papers of guidance are no case's: their page says who may read them.
    papers = select(AttachmentLink.attachment_id).where(AttachmentLink.subject_kind == GUIDANCE)
    of_cases = dict.fromkeys(MODELS, true()) | {"attachment": Attachment.id.not_in(papers)}
    with database.transaction(PUBLIC_ACTOR, read_only=True) as ctx:
        assert [table for table, model in MODELS.items() if given(ctx, model, of_cases[table])] == []
    with database.session() as session:
        rows = {table: select(model.id).where(of_cases[table]).limit(1) for table, model in MODELS.items()}
        assert [table for table, query in rows.items() if session.scalar(query)] == []
    database.dispose()


def test_every_protected_table_and_its_history_have_a_policy(connection):
    query = text("SELECT DISTINCT relname FROM pg_class JOIN pg_policy ON polrelid = pg_class.oid WHERE relrowsecurity")
    with_history = {f"{table}_history" for table in PROTECTED if table not in NEVER_CHANGED}
    assert set(connection.scalars(query)) == {*PROTECTED, *with_history, *OF_IMPORTS, OF_PLANS}
    assert set(PROTECTED) == {*MODELS}


def test_the_verifier_reads_every_row_of_every_table(connection):
    """Of the tables with policies and of all others: a hidden row would look like a forgery, or hide one."""
    connection.execute(text("RESET ROLE"))
    tables = connection.scalars(text("SELECT relname FROM pg_class WHERE relkind = 'r' AND relname !~ '^(pg|sql)_'"))
    counts = union_all(
        *(select(literal(table).label("name"), func.count()).select_from(text(table)) for table in sorted(tables))
    ).compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True})
    of_owner = connection.execute(text(str(counts))).all()
    with connection.begin_nested() as savepoint:
        connection.execute(text("SET LOCAL ROLE pg_read_all_data"))
        assert connection.execute(text(str(counts))).all() == of_owner
        savepoint.rollback()


@pytest.mark.parametrize("table", sorted({*PROTECTED} - NEVER_CHANGED))
def test_the_versions_of_a_row_are_given_with_the_row(acting, table):
    assert list(differing_versions(acting, table)) == []


@pytest.mark.parametrize("table", PROTECTED)
def test_a_policy_that_is_broken_is_found_in_the_rights_of_the_cast(acting, connection, table):
    connection.execute(text("RESET ROLE"))
    some = ["so.khcn", *RIVALS[:2]]
    for broken, find in (("true", leaked), ("false", lambda acting, tables: taken(acting, some, tables))):
        with connection.begin_nested() as savepoint:
            connection.execute(text(f"ALTER POLICY own_rows ON {table} USING ({broken})"))
            connection.execute(text(f"SET LOCAL ROLE {WEB_ROLE}"))
            assert list(find(acting, (table,))), broken
            savepoint.rollback()


def notify_all_admins(acting, name):
    values = {"uid": uuid4(), "subject_kind": "test", "subject_id": 1, "event": "test", "params": {}}
    values |= {"organisation_ids": [], "user_ids": [], "unit_ids": [], "area_roles": [], "roles": ["admin"]}
    with acting(name) as ctx:
        ctx.session.execute(insert(Notice.__table__).values(created_at=ctx.now, **values))


def test_a_notice_to_others_is_written_by_a_policy_of_its_own(acting, connection):
    notify_all_admins(acting, RIVALS[0])
    connection.execute(text("RESET ROLE"))
    with connection.begin_nested() as savepoint:
        connection.execute(text("DROP POLICY written ON notice"))
        connection.execute(text(f"SET LOCAL ROLE {WEB_ROLE}"))
        with pytest.raises(ProgrammingError, match="row-level security"):
            notify_all_admins(acting, RIVALS[0])
        savepoint.rollback()


def test_an_officer_of_an_area_has_the_cases_of_the_area_alone(acting):
    with acting(AREA_INSPECTOR) as ctx:
        units = set(ctx.session.scalars(select(Violation.unit_id))) | set(ctx.session.scalars(select(Incident.unit_id)))
        assert units <= ctx.actor.unit_ids


SEARCHED = tuple(CODES)


def texts_to_search(connection):
    """Numbers, words of titles and of papers, what stands in none of them, and signs of LIKE."""
    typed = {"treo cáp", "TREO", "cot", "%", "_", "a\\\\", "không có gì", "dc-2026-1"}
    for workflow in SEARCHED:
        cases = connection.execute(select(CODES[workflow].number, CODES[workflow].title).limit(4)).all()
        typed |= {number for number, _title in cases if number} | {
            " ".join(title.split()[:2]) for _number, title in cases
        }
    papers = select(ViolationPaper.key, Violation.offender_name).join(Violation).limit(4)
    return sorted(typed.union(*connection.execute(papers).all()) - {None})


def test_a_search_finds_the_same_cases_with_the_index_and_without(acting, connection):
    texts, hits = texts_to_search(connection), 0
    for name in {role: name for name, role in PEOPLE.items()}.values():
        for code in SEARCHED:
            workflow, model = WORKFLOWS[code], CODES[code]
            with acting(name) as ctx:
                conditions = [search_clause(ctx, workflow, typed, typed.split()) for typed in texts]
                note_access(ctx.session, RowAccess())
                compared = [search_clause(ctx, workflow, typed, typed.split()) for typed in texts]
                for typed, by_index, by_rows in zip(texts, conditions, compared, strict=True):
                    rows = given(ctx, model, visible(ctx, model, workflow.read), by_index)
                    assert rows == given(ctx, model, visible(ctx, model, workflow.read), by_rows), (name, code, typed)
                    hits += len(rows)
    assert hits > len(texts)


def words_asked(ctx, index):
    ctx.session.execute(text("SELECT cases_with_words(:index, ARRAY['a'])"), {"index": index})


@pytest.mark.parametrize(
    ("name", "index"),
    [
        *((name, "ix_violation_words") for name in (*RIVALS[:1], AREA_INSPECTOR)),
        ("so.khcn", "ix_structure_search"),
        ("so.khcn", "ix_violation_place"),
    ],
)
def test_the_index_of_words_is_closed_to_who_has_not_all_rows_and_to_other_indexes(acting, name, index):
    with acting(name) as ctx, pytest.raises(ProgrammingError, match="not all given"):
        words_asked(ctx, index)


def write_what_breaks(ctx_of):
    with ctx_of("viettel") as ctx, across_organisations(ctx, EVERY_TABLE):
        ctx.session.add(Notice(uid=uuid4(), subject_kind="test", subject_id=1, event="test", params={}))
        ctx.session.flush()


def test_an_error_of_a_statement_leaves_the_block_as_it_is(ctx_of):
    with pytest.raises(IntegrityError):
        write_what_breaks(ctx_of)
