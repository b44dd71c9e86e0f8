"""One change of structures is taken back as a whole, or not at all."""

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from registry.audit.chain import record
from registry.capacity.commands import AddEntry, EndEntry, SetPlace
from registry.capacity.models import CapacityEntry, CapacityPlace
from registry.capacity.service import add_entry, end_entry, set_place
from registry.files.models import Attachment, AttachmentLink, FileKind
from registry.kernel.errors import Conflict, Forbidden, Invalid
from registry.structures.codes import Condition
from registry.structures.commands import EditStructure
from registry.structures.models import Structure
from registry.structures.queries import get_structure
from registry.structures.writing import can_revert, count_revertible, edit_structure, obstructed, revert_change
from registry.structures.writing.create_edit import current_values
from tests.factories.structures import make, position_at


def undo(ctx, change_id, reason="nhập nhầm tệp"):
    """Take a change back with the audit event that the caller writes."""
    reverted = revert_change(ctx, change_id, reason=reason)
    record(ctx, "test.revert", "structure", None, **reverted.details)
    return reverted


def codes(ctx):
    return set(ctx.session.scalars(select(Structure.code)))


def test_what_a_change_brought_is_gone_and_its_history_stays(ctx_of):
    with ctx_of("viettel") as ctx:
        kept = make(ctx).code
    with ctx_of("viettel") as ctx:
        change = ctx.change_id
        structures = [make(ctx, kind=kind) for kind in ("antenna_tower", "manhole", "cable_duct")]
        set_place(ctx, SetPlace(structures[0].code, "Tầng 1", "position", 4))
        add_entry(ctx, AddEntry(structures[0].code, "Tầng 1", 2, holder="VNPT"))
        ids = [structure.id for structure in structures]
    with ctx_of("viettel") as ctx:
        assert can_revert(ctx, change) == []
        reverted = undo(ctx, change)
        assert (reverted.deleted, reverted.restored) == (3, 0)
    with ctx_of("viettel", read_only=True) as ctx:
        assert codes(ctx) == {kept}
        assert ctx.session.scalar(text("SELECT count(*) FROM antenna_tower")) == 1
        assert ctx.session.scalar(text("SELECT count(*) FROM capacity_place")) == 0
        closed = text("SELECT count(*) FROM structure_history WHERE id = ANY(:ids) AND recorded_to IS NOT NULL")
        assert ctx.session.scalar(closed, {"ids": ids}) == 3


def test_what_a_change_altered_says_again_what_it_said_in_a_new_version(ctx_of):
    with ctx_of("viettel") as ctx:
        tower = make(ctx, name="Trạm cũ", road_name="Lê Lợi")
        code, before = tower.code, current_values(tower)
        cell = ctx.session.scalar(text("SELECT ST_AsText(geom_coarse) FROM structure"))
    with ctx_of("viettel") as ctx:
        change = ctx.change_id
        values = {"name": "Trạm mới", "height_m": 60, "condition": Condition.DEGRADED}
        edit_structure(ctx, EditStructure(code, 1, values, position_at(105.80, 19.83)))
    with ctx_of("viettel") as ctx:
        assert ctx.session.scalar(text("SELECT ST_AsText(geom_coarse) FROM structure")) != cell
        edited = get_structure(ctx, code).version
        reverted = undo(ctx, change)
        assert (reverted.deleted, reverted.restored) == (0, 1)
        tower = get_structure(ctx, code)
        assert current_values(tower) == before
        assert tower.version == edited + 1
        assert ctx.session.scalar(text("SELECT ST_AsText(geom_coarse) FROM structure")) == cell
        assert ctx.session.scalar(text("SELECT search_text LIKE '%tram cu%' FROM structure")) is True


def test_it_names_what_was_changed_since_and_changes_nothing(ctx_of):
    with ctx_of("viettel") as ctx:
        change = ctx.change_id
        sorted_codes = sorted(make(ctx).code for _number in range(8))
    for code in sorted_codes[:7]:
        with ctx_of("viettel") as ctx:
            edit_structure(ctx, EditStructure(code, 1, {"name": "Sửa sau"}))
    with ctx_of("viettel") as ctx:
        with pytest.raises(Conflict) as refused:
            undo(ctx, change)
        for code in sorted_codes[:5]:
            assert code in refused.value.message
        assert sorted_codes[6] not in refused.value.message
        assert "2 công trình khác" in refused.value.message
        assert codes(ctx) == set(sorted_codes)
        assert can_revert(ctx, change) == [refused.value.message]


def test_a_later_change_that_was_taken_back_does_not_hold_an_earlier_one(ctx_of):
    with ctx_of("viettel") as ctx:
        code = make(ctx, name="Một").code
        first = ctx.change_id
    with ctx_of("viettel") as ctx:
        edit_structure(ctx, EditStructure(code, 1, {"name": "Hai"}))
        second = ctx.change_id
    with ctx_of("viettel") as ctx:
        edit_structure(ctx, EditStructure(code, 2, {"name": "Ba", "height_m": 50}))
        third = ctx.change_id
    for change in (third, second):
        with ctx_of("viettel") as ctx:
            assert can_revert(ctx, first) != []
            undo(ctx, change)
    with ctx_of("viettel") as ctx:
        assert can_revert(ctx, first) == []
        assert undo(ctx, first).deleted == 1
        assert codes(ctx) == set()


def test_what_holds_a_change_up_is_spared_and_the_rest_taken_back(ctx_of):
    with ctx_of("viettel") as ctx:
        change = ctx.change_id
        made_codes = [make(ctx).code for _number in range(4)]
        set_place(ctx, SetPlace(made_codes[2], "Tầng 1", "position", 4))
    with ctx_of("viettel") as ctx:
        edit_structure(ctx, EditStructure(made_codes[0], 1, {"name": "Sửa sau"}))
    with ctx_of("viettel") as ctx:
        set_place(ctx, SetPlace(made_codes[1], "Tầng 1", "position", 4))
    with ctx_of("viettel") as ctx:
        spared = obstructed(ctx, change)
        assert (len(spared), count_revertible(ctx, change, spared)) == (2, 2)
        reverted = revert_change(ctx, change, reason="nhập nhầm", spared=spared)
        record(ctx, "test.revert", "structure", None, **reverted.details)
        assert reverted.deleted == 2
        assert codes(ctx) == set(made_codes[:2])
        assert get_structure(ctx, made_codes[0]).name == "Sửa sau"


def test_a_change_is_not_taken_back_where_less_is_spared_than_holds_it_up(ctx_of):
    with ctx_of("viettel") as ctx:
        change = ctx.change_id
        made_codes = [make(ctx).code for _number in range(3)]
    for code in made_codes[:2]:
        with ctx_of("viettel") as ctx:
            edit_structure(ctx, EditStructure(code, 1, {"name": "Sửa sau"}))
    with ctx_of("viettel") as ctx:
        with pytest.raises(Conflict):
            revert_change(ctx, change, reason="nhập nhầm", spared=obstructed(ctx, change)[:1])
        assert codes(ctx) == set(made_codes)


def test_it_refuses_where_a_new_structure_is_in_use_by_now(ctx_of):
    with ctx_of("viettel") as ctx:
        change = ctx.change_id
        code = make(ctx).code
    with ctx_of("viettel") as ctx:
        set_place(ctx, SetPlace(code, "Tầng 1", "position", 4))
    with ctx_of("viettel") as ctx:
        assert can_revert(ctx, change) == [f"Không hoàn tác được: {code} đang được dùng trong khai báo chỗ lắp đặt."]
        with pytest.raises(Conflict):
            undo(ctx, change)


def test_it_refuses_where_a_file_hangs_on_a_new_structure(ctx_of):
    with ctx_of("viettel") as ctx:
        change = ctx.change_id
        structure = make(ctx)
        code, structure_id = structure.code, structure.id
    with ctx_of("viettel") as ctx:
        attachment = Attachment(
            organisation_id=ctx.actor.organisation_id,
            kind=FileKind.DOCUMENT,
            file_name="a.pdf",
            media_type="application/pdf",
            size_bytes=1,
            sha256="a" * 64,
            original_media_type="application/pdf",
            original_size_bytes=1,
            stored_name="a" * 64,
            uploaded_by_id=ctx.actor.id,
            uploaded_at=ctx.now,
        )
        ctx.session.add(attachment)
        ctx.session.flush()
        ctx.session.add(AttachmentLink(attachment_id=attachment.id, subject_kind="structure", subject_id=structure_id))
        record(ctx, "file.add", "structure", structure_id)
        ctx.session.flush()
        assert can_revert(ctx, change) == [f"Không hoàn tác được: {code} đang được dùng trong tệp đính kèm."]


@pytest.mark.parametrize("grows", [True, False])
def test_places_and_entries_go_back_together_whichever_needs_the_room(ctx_of, grows):
    """Total and use rose together, or fell together: neither order of going back may break the sums."""
    with ctx_of("viettel") as ctx:
        code = make(ctx).code
        set_place(ctx, SetPlace(code, "Tầng 1", "position", 4 if grows else 10))
        add_entry(ctx, AddEntry(code, "Tầng 1", 3, holder="VNPT"))
        if not grows:
            entry_id = add_entry(ctx, AddEntry(code, "Tầng 1", 6, holder="MobiFone")).id
    with ctx_of("viettel") as ctx:
        change = ctx.change_id
        if grows:
            set_place(ctx, SetPlace(code, "Tầng 1", "position", 10))
            add_entry(ctx, AddEntry(code, "Tầng 1", 6, holder="MobiFone"))
        else:
            end_entry(ctx, EndEntry(entry_id, ctx.today))
            set_place(ctx, SetPlace(code, "Tầng 1", "position", 4))
    with ctx_of("viettel") as ctx:
        undo(ctx, change)
        slot = ctx.session.scalars(select(CapacityPlace)).one()
        assert (slot.total, slot.used) == ((4, 3) if grows else (10, 9))
        assert len(ctx.session.scalars(select(CapacityEntry)).all()) == (1 if grows else 2)


def test_a_change_is_taken_back_once(ctx_of):
    with ctx_of("viettel") as ctx:
        change = ctx.change_id
        make(ctx)
    with ctx_of("viettel") as ctx:
        undo(ctx, change)
    with ctx_of("viettel") as ctx, pytest.raises(Conflict):
        undo(ctx, change)


def test_a_change_of_no_structure_has_nothing_to_take_back(ctx_of):
    with ctx_of("viettel") as ctx, pytest.raises(Conflict, match="không có gì để hoàn tác"):
        undo(ctx, 1)


def test_it_asks_for_a_reason(ctx_of):
    with ctx_of("viettel") as ctx:
        with pytest.raises(Invalid) as refused:
            revert_change(ctx, ctx.change_id, reason="  ")
        assert "reason" in refused.value.fields


def test_other_owners_structures_are_not_its_business(ctx_of):
    with ctx_of("viettel") as ctx:
        change = ctx.change_id
        code = make(ctx).code
    with ctx_of("vnpt") as ctx, pytest.raises(Forbidden):
        undo(ctx, change)
    with ctx_of("so.khcn") as ctx:
        undo(ctx, change)
        assert code not in codes(ctx)


def test_a_code_that_was_given_away_meanwhile_stops_it(ctx_of):
    with ctx_of("viettel") as ctx:
        code = make(ctx, own_code="A-1").code
    with ctx_of("viettel") as ctx:
        change = ctx.change_id
        edit_structure(ctx, EditStructure(code, 1, {"own_code": "A-2"}))
    with ctx_of("viettel") as ctx:
        make(ctx, own_code="A-1")
    with ctx_of("viettel") as ctx:
        with pytest.raises(Conflict):
            undo(ctx, change)
        assert get_structure(ctx, code).own_code == "A-2"


def test_nobody_deletes_a_real_structure_by_hand(database_url, ctx_of):
    with ctx_of("viettel") as ctx:
        make(ctx)
        with pytest.raises(Exception, match="permission denied"), ctx.session.begin_nested():
            ctx.session.execute(text("DELETE FROM structure"))
        with pytest.raises(Exception, match="permission denied"), ctx.session.begin_nested():
            ctx.session.execute(text("INSERT INTO revert_run VALUES (1, pg_current_xact_id()::text::bigint)"))


def test_no_step_is_taken_of_a_change_whose_obstacles_nobody_looked_for(ctx_of):
    with ctx_of("viettel") as ctx:
        code, change = make(ctx).code, ctx.change_id
    with ctx_of("viettel") as ctx:
        ctx.session.execute(text("SELECT set_config('registry.reverting', :change, true)"), {"change": str(change)})
        step = text("SELECT revert_step(:change, 'structure', 'delete', 0, 9223372036854775807)")
        with pytest.raises(DBAPIError, match="is not being taken back"), ctx.session.begin_nested():
            ctx.session.execute(step, {"change": change})
        assert code in codes(ctx)
