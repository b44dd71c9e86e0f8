"""The timeline of a structure says every change of every table, with before and after, day and reason."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy.exc import IntegrityError

from registry.cables.commands import SetMembers
from registry.cables.service import set_members
from registry.capacity.commands import SetPlace
from registry.capacity.models import PlaceUnit
from registry.capacity.service import set_place
from registry.kernel.errors import Invalid
from registry.kernel.fields import display_value, parse_value
from registry.structures.bulk_edit.commands import ApplyBulkEdit, Target
from registry.structures.bulk_edit.queries import digest_of, target_ids
from registry.structures.bulk_edit.service import apply_bulk_edit, read_change
from registry.structures.commands import ChangeStatus, EditStructure
from registry.structures.forms import fields_for
from registry.structures.history import timeline_entries
from registry.structures.kinds import KINDS
from registry.structures.queries import get_structure
from registry.structures.writing import confirm, decommission, edit_structure, suspend
from tests.factories.cables import cable, poles
from tests.factories.structures import HAC_THANH, make, position_at

MINUTE = timedelta(minutes=1)
#: Fields of each kind that are tried.
ENOUGH = 3


def said(ctx, code):
    """The newest entry of the timeline, and its changes by label."""
    newest = timeline_entries(ctx, get_structure(ctx, code))[0]
    return newest, {change.label: (change.before, change.after) for change in newest["changes"]}


def edited(ctx, structure, **values):
    """An edit of a structure as it stands."""
    return edit_structure(ctx, EditStructure(structure.code, structure.version, values))


def of_own_table(kind):
    """The declared fields of the kind's own table whose text or number may change by itself."""
    own = set(KINDS[kind].model.__table__.columns.keys())
    free = ("note", "address", "name", "funding_source")
    return [field for name, field in fields_for(kind).items() if name in own or name in free]


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_field_of_both_tables_is_said_also_after_a_confirmation(ctx_of, clock, kind):
    with ctx_of("viettel") as ctx:
        structure = make(ctx, kind=kind)
    tried = 0
    for field in of_own_table(kind):
        if tried == ENOUGH:
            break
        clock.advance(MINUTE)
        with ctx_of("viettel") as ctx:
            confirm(ctx, ChangeStatus(structure.code, get_structure(ctx, structure.code).version))
        clock.advance(MINUTE)
        with ctx_of("viettel") as ctx:
            before = get_structure(ctx, structure.code)
            value = getattr(before, field.name)
            other = _other(field, value)
            if other is None:
                continue
            try:
                with ctx.session.begin_nested():
                    edited(ctx, before, **{field.name: other})
            except (Invalid, IntegrityError):
                # A rule of the kind forbids it.
                continue
            after = getattr(before, field.name)
            _entry, changes = said(ctx, structure.code)
            assert changes[str(field.label)] == (display_value(field, value), display_value(field, after)), field.name
            tried += 1
    assert tried == ENOUGH


def _other(field, value):
    if isinstance(value, bool) or field.choices is not None:
        return None
    if field.python_type is str:
        return f"{value or 'Mới'} B"
    if field.python_type in (int, Decimal) and value is not None:
        return field.python_type(value) - 1 if value > 1 else None
    return parse_value(field, "05/05/2024") if field.python_type is date else None


def test_a_change_of_a_field_of_the_kind_after_a_confirmation_is_not_an_empty_entry(ctx_of, clock):
    with ctx_of("viettel") as ctx:
        structure = make(ctx, height_m="42")
    clock.advance(MINUTE)
    with ctx_of("viettel") as ctx:
        confirm(ctx, ChangeStatus(structure.code, get_structure(ctx, structure.code).version))
    clock.advance(MINUTE)
    with ctx_of("viettel") as ctx:
        edited(ctx, get_structure(ctx, structure.code), height_m=Decimal(45))
        _entry, changes = said(ctx, structure.code)
    assert changes["Chiều cao cột"] == ("42\N{NO-BREAK SPACE}m", "45\N{NO-BREAK SPACE}m")


def test_a_move_is_said_with_the_given_words(ctx_of, clock):
    with ctx_of("viettel") as ctx:
        structure = make(ctx)
    clock.advance(MINUTE)
    with ctx_of("viettel") as ctx:
        lon, lat = HAC_THANH
        edit_structure(ctx, EditStructure(structure.code, 1, {}, position_at(lon + 0.001, lat)))
        _entry, changes = said(ctx, structure.code)
    assert changes["Tọa độ gốc"] == (f"{lat:.6f}, {lon:.6f}", f"{lat:.6f}, {lon + 0.001:.6f}")


def test_a_bulk_edit_says_field_and_reason(ctx_of, clock):
    with ctx_of("viettel") as ctx:
        codes = [make(ctx, condition="good").code for _number in range(2)]
    clock.advance(MINUTE)
    with ctx_of("viettel") as ctx:
        change, target = read_change(ctx, "condition", "degraded"), Target(codes=tuple(codes))
        digest = digest_of(ctx, target_ids(ctx, target))
        command = ApplyBulkEdit(target, change, "Sau bão số 9", digest)
        apply_bulk_edit(ctx, command, lambda *_args: None)
    with ctx_of("so.khcn", read_only=True) as ctx:
        for code in codes:
            entry, changes = said(ctx, code)
            assert changes == {"Tình trạng kỹ thuật": ("Tốt", "Xuống cấp")}
            assert "Lý do: Sau bão số 9" in entry["note"]


def test_a_change_of_members_names_the_list_before_and_after(ctx_of, clock):
    with ctx_of("viettel") as ctx:
        first, second, third = poles(ctx)
        cable_route = cable(ctx, first, second)
    for members in ((first, second, third), (third,), ()):
        clock.advance(MINUTE)
        with ctx_of("viettel") as ctx:
            route = get_structure(ctx, cable_route.code)
            _entry, former = said(ctx, cable_route.code)
            set_members(ctx, SetMembers(cable_route.code, route.version, tuple(member.code for member in members)))
            entry, changes = said(ctx, cable_route.code)
        assert changes["Các công trình mà cáp đi qua"] == (
            former["Các công trình mà cáp đi qua"][1],
            "; ".join(member.code for member in members),
        )
    with ctx_of("viettel", read_only=True) as ctx:
        entry, _changes = said(ctx, cable_route.code)
        assert entry["action"] == "Đổi danh sách công trình mà cáp đi qua"


def test_a_member_that_the_reader_may_not_know_of_is_a_dash(ctx_of):
    with ctx_of("viettel") as ctx:
        hidden = make(ctx, kind="cable_pole", sharing_status="restricted")
        cable_route = cable(ctx, hidden)
    with ctx_of("kiemtra1", read_only=True) as ctx:
        _entry, changes = said(ctx, cable_route.code)
        assert hidden.code not in str(changes)
    with ctx_of("viettel", read_only=True) as ctx:
        _entry, changes = said(ctx, cable_route.code)
        assert hidden.code in str(changes)


def test_places_are_said_with_their_measures(ctx_of, clock):
    with ctx_of("viettel") as ctx:
        structure = make(ctx, height_m="45")
    clock.advance(MINUTE)
    with ctx_of("viettel") as ctx:
        set_place(ctx, SetPlace(structure.code, "Sàn trên", PlaceUnit.POSITION, 3, {"height_m": Decimal(32)}))
    clock.advance(MINUTE)
    with ctx_of("viettel") as ctx:
        set_place(ctx, SetPlace(structure.code, "Sàn trên", PlaceUnit.POSITION, 6))
    with ctx_of("viettel", read_only=True) as ctx:
        entry, changes = said(ctx, structure.code)
    assert entry["action"] == "Khai vị trí lắp đặt"
    height = "Cao độ của vị trí: 32\N{NO-BREAK SPACE}m"
    assert changes == {"Vị trí “Sàn trên”": (f"3 vị trí; {height}", f"6 vị trí; {height}")}


@pytest.mark.parametrize("days", [0, 1, 40])
def test_the_day_from_which_a_change_holds_is_said(ctx_of, clock, days):
    with ctx_of("viettel") as ctx:
        structure = make(ctx)
    clock.advance(timedelta(days=60))
    with ctx_of("viettel") as ctx:
        day = ctx.today - timedelta(days=days)
        edit_structure(ctx, EditStructure(structure.code, 1, {"name": "Tên khác"}, effective_on=day))
        entry, changes = said(ctx, structure.code)
    assert changes["Tên"][1] == "Tên khác"
    assert (entry["note"] is None) is (days == 0)
    assert days == 0 or f"Có hiệu lực từ {day:%d/%m/%Y}" in entry["note"]


@pytest.mark.parametrize("step", [suspend, decommission])
def test_the_reasons_of_steps_stand_in_the_timeline(ctx_of, clock, step):
    with ctx_of("viettel") as ctx:
        structure = make(ctx)
    clock.advance(MINUTE)
    with ctx_of("viettel") as ctx:
        step(ctx, ChangeStatus(structure.code, 1, "Cột nghiêng sau bão"))
    with ctx_of("so.khcn", read_only=True) as ctx:
        entry, changes = said(ctx, structure.code)
    assert "Lý do: Cột nghiêng sau bão" in entry["note"]
    assert changes["Trạng thái"][0] == "Đang khai thác"
