"""What is written is what was previewed: where the register changed in between, an import waits for another look."""

import io

import pytest
from sqlalchemy import func, select, update

from registry.imports.commands import SetMapping, UploadFile
from registry.imports.mapping.coordinate_systems import System
from registry.imports.models import BatchState
from registry.imports.service import (
    apply_batch,
    check_batch,
    read_batch,
    request_apply,
    request_undo,
    set_mapping,
    undo_batch,
    upload,
)
from registry.structures.models import Structure
from tests.factories.structures import organisation_id
from tests.support import shared
from tests.support.import_files import as_csv, site

WAITS = "đã đổi sau khi xem trước"


database, app, ctx_of, client_of, taken_back = shared.FIXTURES


@pytest.fixture(scope="module", autouse=True)
def first(ctx_of, store):
    """The id of the batch that brought the one tower that all tests of this file find."""
    with ctx_of("viettel") as ctx:
        return applied(ctx, checked(ctx, store, site(1))).id


def checked(ctx, store, *rows):
    owner_id = organisation_id(ctx.session, "viettel")
    content = io.BytesIO(as_csv(rows))
    batch = upload(ctx, store, UploadFile(owner_id, "antenna_tower", "a.csv", content))
    read_batch(ctx, store, batch.id)
    set_mapping(ctx, SetMapping(batch.id, batch.version, batch.mapping, System(batch.options["system"])))
    return check_batch(ctx, batch.id)


def applied(ctx, batch):
    request_apply(ctx, batch.id)
    return apply_batch(ctx, batch.id)


def test_a_structure_edited_after_the_preview_is_not_overwritten_unseen(ctx_of, store):
    with ctx_of("viettel") as ctx:
        batch = checked(ctx, store, site(1, **{"Chiều cao cột (m)": "44"}))
        ctx.session.execute(update(Structure).values(name="Tên do người khác sửa"))
        assert applied(ctx, batch).state is BatchState.CHECKED
        assert WAITS in batch.notes[0]
        names = ctx.session.scalars(select(Structure.name)).all()
        assert names == ["Tên do người khác sửa"]
        # Seen once more, it goes in.
        assert applied(ctx, batch).state is BatchState.APPLIED
        assert not any(WAITS in each for each in batch.notes)
        assert ctx.session.scalars(select(Structure.name)).all() == ["Trạm Hạc Thành 1"]


def test_rows_that_were_to_change_structures_do_not_make_new_ones_after_an_undo(ctx_of, store, first):
    with ctx_of("viettel") as ctx:
        later = checked(ctx, store, site(1, **{"Chiều cao cột (m)": "44"}))
        request_undo(ctx, first)
        undo_batch(ctx, first)
        assert applied(ctx, later).state is BatchState.CHECKED
        assert ctx.session.scalar(select(func.count()).select_from(Structure)) == 0
        assert later.counts["new"] == 1


def test_rows_that_somebody_registered_meanwhile_in_the_same_words_are_left_as_they_are(ctx_of, store):
    with ctx_of("viettel") as ctx:
        first_batch, second_batch = checked(ctx, store, site(3)), checked(ctx, store, site(3), site(4))
        applied(ctx, first_batch)
        assert applied(ctx, second_batch).state is BatchState.APPLIED
        assert second_batch.counts["added"] == 1
