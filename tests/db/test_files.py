"""Attachments in the database: what is kept, who may read it, what is never read by the application's own role."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import Connection, create_engine, select, text
from sqlalchemy.exc import IntegrityError, ProgrammingError
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from registry.accounts.models import Organisation, OrganisationKind, OwnerCategory
from registry.audit.chain import write_pending
from registry.audit.models import AuditEvent
from registry.authz.actors import Ctx, Role, StaticActor
from registry.authz.permissions import P
from registry.files.models import Attachment, AttachmentLink, AttachmentPosition, FileKind
from registry.files.queries import get_file, list_files
from registry.files.service import AddFile, WithdrawFile, add_file, sweep, withdraw_file
from registry.files.storage import FileStore
from registry.files.subjects import FILE_SUBJECTS, FileSubject
from registry.kernel.context import Context
from registry.kernel.db.row_access import access_of, access_statement
from registry.kernel.errors import Forbidden, Invalid, NotFound
from tests.support.extensions import adding

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
KIND = "test_object"
MINE, THEIRS = 1, 2
PDF = b"%PDF-1.7\n%%EOF\n"


def photo(colour: str = "red", **options: object) -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(target, "JPEG", **options)
    return target.getvalue()


def photo_with_place() -> bytes:
    exif = Image.Exif()
    exif.get_ifd(0x8825).update({1: "N", 2: (19.0, 48.0, 25.2), 3: "E", 4: (105.0, 46.0, 33.6)})
    return photo(exif=exif)


@dataclass
class World:
    """One organisation that owns object 1; object 2 belongs to somebody else, object 3 does not exist."""

    session: Session
    owner: Organisation
    store: FileStore

    def ctx(self, *, organisation_id: int | None = None, role: Role = Role.OPERATOR) -> Ctx:
        organisation = organisation_id or self.owner.id
        actor = StaticActor("Người thử", frozenset({role}), None, organisation, frozenset({organisation}))
        self.session.execute(
            text(
                "SELECT set_config('registry.now', :now, true), set_config('registry.effective_at', :now, true),"
                " set_config('registry.touched', '', true),"
                " set_config('registry.change_id', nextval('change_id_seq')::text, true)"
            ),
            {"now": NOW.isoformat()},
        )
        change_id = self.session.scalar(text("SELECT current_setting('registry.change_id')::bigint"))
        return Context(self.session, actor, NOW, "test", "test", change_id=change_id)


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    engine = create_engine(database_url, poolclass=NullPool)
    with engine.connect() as connection:
        yield connection
        connection.rollback()
    engine.dispose()


@pytest.fixture
def world(connection: Connection, tmp_path: Path) -> Iterator[World]:
    with Session(connection, join_transaction_mode="create_savepoint", expire_on_commit=False) as session:
        world = World(session, Organisation(), FileStore(tmp_path / "files"))
        world.owner = Organisation(
            code="chu-so-huu-thu",
            name="Chủ sở hữu thử",
            short_name="Thử",
            kind=OrganisationKind.OPERATOR,
            owner_category=OwnerCategory.OPERATOR,
            valid_from=NOW.date(),
        )
        world.ctx(organisation_id=-1)
        session.add(world.owner)
        session.flush()

        def authorise(ctx: Ctx, subject_id: int, permission: P) -> int:
            if subject_id not in (MINE, THEIRS):
                raise NotFound
            if subject_id == THEIRS or world.owner.id not in ctx.actor.organisation_ids:
                raise Forbidden
            assert permission in (P.FILE_READ, P.FILE_ADD)
            return world.owner.id

        with adding(FILE_SUBJECTS, FileSubject(KIND, authorise, "test.page", "test_id")):
            yield world


def command(subject_id: int = MINE, **values: object) -> AddFile:
    values_of_file = {"file_name": "cột.jpg", "content": photo()} | values
    return AddFile(subject_kind=KIND, subject_id=subject_id, **values_of_file)  # type: ignore[arg-type]


def test_a_photo_is_redrawn_and_its_original_kept_apart(world: World) -> None:
    content = photo(comment=b"CANARY")
    attachment = add_file(world.ctx(), world.store, command(content=content, caption="  Chân  cột "))
    assert (attachment.kind, attachment.media_type) == (FileKind.PHOTO, "image/jpeg")
    assert (attachment.width, attachment.height) == (40, 30)
    assert world.store.original_path(attachment.sha256).read_bytes() == content
    assert b"CANARY" not in world.store.path(attachment.stored_name).read_bytes()
    link = list_files(world.ctx(), KIND, MINE)[0]
    assert (link.caption, link.attachment.file_name) == ("Chân cột", "cột.jpg")


def test_the_change_leaves_its_history_and_one_audit_event(world: World) -> None:
    ctx = world.ctx()
    attachment = add_file(ctx, world.store, command())
    write_pending(ctx)
    event = world.session.scalars(select(AuditEvent).where(AuditEvent.change_id == ctx.change_id)).one()
    assert (event.action, event.object_kind, event.object_id) == ("file.add", KIND, MINE)
    told = world.session.execute(
        text("SELECT sha256 FROM attachment_history WHERE id = :id"), {"id": attachment.id}
    ).scalar_one()
    assert told == attachment.sha256


def test_sending_the_same_file_again_changes_nothing(world: World) -> None:
    first = add_file(world.ctx(), world.store, command())
    assert add_file(world.ctx(), world.store, command()).id == first.id
    assert len(list_files(world.ctx(), KIND, MINE)) == 1


def test_a_document_is_kept_as_it_came(world: World) -> None:
    attachment = add_file(world.ctx(), world.store, command(file_name="giấy phép.pdf", content=PDF))
    assert (attachment.kind, attachment.width, attachment.media_type) == (FileKind.DOCUMENT, None, "application/pdf")
    assert world.store.path(attachment.stored_name).read_bytes() == PDF


@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        ({"file_name": "x.exe", "content": b"MZ"}, "file", "Loại tệp"),
        ({"content": b""}, "file", "trống"),
        ({"content": b"%!PS-Adobe-3.0"}, "file", "không phải là JPG"),
        ({"caption": "x" * 301}, "caption", "tối đa 300"),
        ({"caption": "a\x00"}, "caption", "ký tự điều khiển"),
    ],
)
def test_a_refused_file_leaves_nothing(world: World, values: dict[str, object], field: str, words: str) -> None:
    with pytest.raises(Invalid) as refused:
        add_file(world.ctx(), world.store, command(**values))
    assert words in refused.value.fields[field][0]
    assert list_files(world.ctx(), KIND, MINE) == []
    assert not world.store.root.exists()


def test_files_follow_the_rights_on_their_object(world: World) -> None:
    attachment = add_file(world.ctx(), world.store, command())
    stranger = world.ctx(organisation_id=-5)
    with pytest.raises(NotFound):
        get_file(stranger, attachment.id)
    with pytest.raises(Forbidden):
        list_files(stranger, KIND, MINE)
    with pytest.raises(Forbidden):
        add_file(stranger, world.store, command(content=photo("blue")))
    with pytest.raises(Forbidden):
        add_file(world.ctx(), world.store, command(THEIRS))
    with pytest.raises(NotFound):
        list_files(world.ctx(), KIND, 3)
    with pytest.raises(NotFound):
        list_files(world.ctx(), "unknown_kind", MINE)
    assert get_file(world.ctx(), attachment.id).id == attachment.id


def test_a_withdrawn_file_stays_for_its_owner_and_the_departments_alone(world: World) -> None:
    attachment = add_file(world.ctx(), world.store, command())
    withdraw = WithdrawFile(subject_kind=KIND, subject_id=MINE, attachment_id=attachment.id)
    withdraw_file(world.ctx(), withdraw)
    assert get_file(world.ctx(), attachment.id).id == attachment.id
    (link,) = list_files(world.ctx(), KIND, MINE)
    assert not link.is_active
    for role in (Role.COMMUNE_PC, Role.AREA_INSPECTOR, Role.PROVINCIAL_PC):
        assert list_files(world.ctx(role=role), KIND, MINE) == []
        with pytest.raises(NotFound):
            get_file(world.ctx(role=role), attachment.id)
    for role in (Role.LEAD_DEPARTMENT, Role.CONSTRUCTION_DEPARTMENT):
        assert get_file(world.ctx(role=role), attachment.id).id == attachment.id
    with pytest.raises(NotFound):
        withdraw_file(world.ctx(), withdraw)
    assert world.session.get(Attachment, attachment.id) is not None
    assert world.store.original_path(attachment.sha256).exists()
    assert add_file(world.ctx(), world.store, command()).id != attachment.id


def test_the_place_of_a_photo_is_kept_where_the_application_cannot_read_it(world: World) -> None:
    ctx = world.ctx()
    world.session.execute(text(access_statement(access_of(ctx.actor))))
    world.session.execute(text("SET LOCAL ROLE registry_web"))
    attachment = add_file(ctx, world.store, command(content=photo_with_place()))
    refused = world.session.begin_nested()
    with pytest.raises(ProgrammingError, match="permission denied"):
        world.session.execute(text("SELECT lon FROM attachment_position"))
    refused.rollback()
    world.session.execute(text("SET LOCAL ROLE registry_position_reader"))
    position = world.session.execute(
        select(AttachmentPosition.lon, AttachmentPosition.lat).where(AttachmentPosition.id == attachment.id)
    ).one()
    assert tuple(position) == (Decimal("105.7760000"), Decimal("19.8070000"))


def test_the_database_refuses_a_photo_without_pixels(world: World) -> None:
    attachment = add_file(world.ctx(), world.store, command())
    attachment.width = None
    with pytest.raises(IntegrityError, match="ck_attachment_photo_has_pixels"):
        world.session.flush()


def test_the_sweep_keeps_what_rows_name(world: World) -> None:
    attachment = add_file(world.ctx(), world.store, command())
    lost = world.store.keep_served(b"never committed")
    later = datetime(2100, 1, 1, tzinfo=UTC)
    assert sweep(world.ctx(), world.store, later) == 1
    assert world.store.path(attachment.stored_name).exists()
    assert world.store.original_path(attachment.sha256).exists()
    assert not world.store.path(lost).exists()


def test_links_say_what_they_belong_to_once(world: World) -> None:
    attachment = add_file(world.ctx(), world.store, command())
    world.session.add(AttachmentLink(attachment_id=attachment.id, subject_kind=KIND, subject_id=MINE))
    with pytest.raises(IntegrityError, match="uq_attachment_link"):
        world.session.flush()
