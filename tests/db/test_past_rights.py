"""The past is shown with the rights of today: what is hidden now is hidden then."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text
from werkzeug.datastructures import MultiDict

from registry.audit.access_log import logged_accesses
from registry.audit.chain import record
from registry.kernel.clock import utc_now
from registry.kernel.errors import Invalid, NotFound
from registry.structures import positions
from registry.structures.codes import SharingStatus, Status
from registry.structures.commands import ChangeStatus, EditStructure
from registry.structures.filtering.url import read_filter
from registry.structures.history import get_record
from registry.structures.listing.query import list_structures
from registry.structures.positions import geojson_of, given_of, readable
from registry.structures.positions.moment import When
from registry.structures.queries import get_structure
from registry.structures.writing import decommission, edit_structure, revert_change
from tests.factories.structures import make, position_at
from tests.support.offenders import for_each

THEN = datetime(2026, 1, 5, 8, tzinfo=UTC)
LATER = datetime(2026, 3, 5, 8, tzinfo=UTC)
NOW = datetime(2026, 6, 5, 8, tzinfo=UTC)
ASKED = When(as_of=datetime(2026, 2, 1, tzinfo=UTC).date())
#: Name -> sharing and status then, sharing and status now.
LIVES = {
    "published since": ("not_assessed", "active", "available", "active"),
    "withdrawn": ("available", "active", "not_assessed", "active"),
    "restricted since": ("available", "active", "restricted", "active"),
    "restricted once": ("restricted", "active", "not_assessed", "active"),
    "a plan once": ("not_assessed", "planned", "not_assessed", "active"),
    "a plan again": ("not_assessed", "active", "not_assessed", "planned"),
    "decommissioned": ("not_assessed", "active", "not_assessed", "decommissioned"),
}
#: E exact, c cells, - nothing; in the order of LIVES, on a day when all was as it was then.
SEEN = {
    "viettel": "  E E E E E E E",
    "so.khcn": "  E E E E E E E",
    "vnpt": "     E c - c - - c",
    "ubnd.tinh": "c c - c - - c",
    None: "       c c - c - - c",
}


@pytest.fixture
def lives(ctx_of):
    """All of LIVES: name -> id and code."""
    with ctx_of("viettel", now=THEN) as ctx:
        structures = {
            name: make(ctx, sharing_status=sharing, status=status)
            for name, (sharing, status, _sharing, _status) in LIVES.items()
        }
        codes_by_name = {name: (structure.id, structure.code) for name, structure in structures.items()}
    for name, (_id, code) in codes_by_name.items():
        sharing, status = LIVES[name][2:]
        with ctx_of("viettel", now=LATER) as ctx:
            if status == "decommissioned":
                decommission(ctx, ChangeStatus(code, 1, "hết dùng"))
            else:
                values = {"sharing_status": SharingStatus(sharing), "status": Status(status)}
                if sharing == "restricted":
                    values["restriction_basis"] = "Văn bản 1/BQP"
                edit_structure(ctx, EditStructure(code, 1, values))
    return codes_by_name


@for_each("username", tuple(SEEN), mend="show of the past what the rights of today show")
def test_who_sees_what_of_the_past_is_a_question_of_today(ctx_of, lives, username):
    expected = dict(zip(LIVES, SEEN[username].split(), strict=True))
    with ctx_of(username, now=NOW, read_only=True) as ctx:
        readable_rows = readable(ctx, ASKED)
        exact = dict(positions.run(ctx, select(readable_rows.c.id, readable_rows.c.exact)).all())
        seen_as = {
            name: {True: "E", False: "c", None: "-"}[exact.get(row_id)] for name, (row_id, _code) in lives.items()
        }
        assert seen_as == expected
        for name, (row_id, code) in lives.items():
            stated = given_of(ctx, row_id, ASKED)
            if expected[name] == "-":
                with pytest.raises(NotFound):
                    get_record(ctx, code, ASKED)
                assert geojson_of(ctx, row_id, ASKED) is None
                continue
            past = get_record(ctx, code, ASKED)
            assert past.exact is (expected[name] == "E") is (stated is not None)
            if past.exact:
                assert (past.values["sharing_status"], past.values["status"]) == LIVES[name][:2]
            else:
                told = {column for column, value in past.row._mapping.items() if value not in (None, "", False)}
                assert told == {"id", "code", "kind", "owner_category", "geom", "updated_at"}
                assert json.loads(geojson_of(ctx, row_id, ASKED))["type"] == "MultiPolygon"


def test_whatever_is_seen_exactly_of_the_past_is_seen_exactly_today(ctx_of, lives):
    for username in SEEN:
        with ctx_of(username, now=NOW, read_only=True) as ctx:
            then, today = readable(ctx, ASKED), positions.readable(ctx)
            ids = [
                set(positions.run(ctx, select(readable_rows.c.id).where(readable_rows.c.exact)).scalars())
                for readable_rows in (then, today)
            ]
        assert ids[0] <= ids[1]


def test_what_a_change_brought_and_lost_is_known_until_it_was_taken_back(ctx_of):
    with ctx_of("viettel", now=THEN) as ctx:
        change = ctx.change_id
        tower = make(ctx, name="Nhập nhầm")
        row_id, code = tower.id, tower.code
    with ctx_of("viettel", now=LATER) as ctx:
        undone = revert_change(ctx, change, reason="nhập nhầm")
        record(ctx, "test.revert", "structure", None, **undone.details)
    before, after = LATER - timedelta(seconds=1), LATER + timedelta(seconds=1)
    times = (
        (When(recorded_at=before), True),
        (When(recorded_at=after), False),
        (When(as_of=ASKED.as_of, recorded_at=before), True),
        (When(as_of=ASKED.as_of, recorded_at=after), False),
        (ASKED, False),
    )
    # All times for one of those who are told and one of those who are not.
    for username, told, asked in (("viettel", True, 5), ("so.khcn", True, 2), ("vnpt", False, 5), (None, False, 2)):
        with ctx_of(username, now=NOW, read_only=True) as ctx:
            for when, there in times[:asked]:
                readable_rows = readable(ctx, when)
                rows = positions.run(ctx, select(readable_rows.c.id, readable_rows.c.exact)).all()
                assert [(row.id, row.exact) for row in rows] == ([(row_id, told)] if there else [])
                codes = [row.code for row in list_structures(ctx, read_filter(MultiDict(when.address))).rows]
                assert codes == ([code] if there else [])
            assert get_record(ctx, code, When(recorded_at=before)).row.name == ("Nhập nhầm" if told else "")


def test_cells_of_the_past_are_those_of_today(ctx_of):
    with ctx_of("viettel", now=THEN) as ctx:
        tower = make(ctx, at=(105.776, 19.807))
        code, row_id = tower.code, tower.id
    with ctx_of("viettel", now=LATER) as ctx:
        edit_structure(ctx, EditStructure(code, 1, position=position_at(105.82, 19.85)))
    with ctx_of("so.khcn", now=LATER) as ctx:
        ctx.session.execute(
            text(
                "INSERT INTO dated_setting (key, valid_from, value, source, needs_verification)"
                " VALUES ('position.coarse_grid_m', '2026-04-01', '2000', 'thử', true)"
            )
        )
        record(ctx, "test.setting", "dated_setting", None)
    with ctx_of(None, now=NOW, read_only=True) as ctx:
        # Also where the grid was changed since: two grids over one place would say more than one cell.
        assert geojson_of(ctx, row_id, ASKED) == positions.geojson_of(ctx, row_id)


def test_a_look_at_anothers_past_is_noted_with_its_time(ctx_of):
    with ctx_of("viettel", now=THEN) as ctx:
        code = make(ctx).code
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
        get_record(ctx, code, ASKED)
        looks, owners = logged_accesses(ctx)
    assert [(look["what"], look["as_of"]) for look in looks] == [("detail", "2026-02-01")]
    assert len(owners) == 1


@pytest.mark.parametrize(
    ("args", "field", "words"),
    [
        ({"as_of": "06/06/2026"}, "as_of", "chưa đến"),
        ({"as_of": "31/02/2026"}, "as_of", "không có trong lịch"),
        ({"as_of": "hôm qua"}, "as_of", "không phải ngày"),
        ({"as_of": "2026-02-01", "recorded_at": "2026-06-05T15:00:01"}, "recorded_at", "chưa qua"),
        ({"recorded_at": "05/06/2026"}, "recorded_at", "chưa qua"),
        ({"recorded_at": "2026-02-01 25:00"}, "recorded_at", "không phải thời điểm"),
        ({"recorded_at": "x" * 5000}, "recorded_at", "không phải thời điểm"),
        ({"as_of": "2026-02-01", "quality": "duplicate"}, "quality", "chỉ dùng cho hiện tại"),
    ],
)
def test_a_time_that_is_none_or_to_come_is_refused_in_one_sentence(ctx_of, args, field, words):
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx, pytest.raises(Invalid) as refused:
        list_structures(ctx, read_filter(MultiDict(args)))
    assert list(refused.value.fields) == [field]
    assert words in refused.value.message
    assert len(refused.value.message) < 200


@pytest.mark.parametrize(
    "text_given",
    [
        "2026-02-01T10:00:00+07:00",
        "2026-02-01T10:00:00 07:00",
        "2026-02-01T03:00Z",
        "01/02/2026 10:00",
        "2026-02-01 10:00",
    ],
)
def test_a_moment_is_read_in_every_usual_form(text_given):
    when = read_filter(MultiDict({"recorded_at": text_given})).when
    assert when.recorded_at == datetime(2026, 2, 1, 3, tzinfo=UTC)
    assert read_filter(MultiDict(when.address)).when == when


def test_the_day_ends_at_midnight_in_viet_nam(ctx_of):
    with ctx_of("viettel", now=THEN) as ctx:
        code = make(ctx, name="Tên đầu").code
    with ctx_of("viettel", now=datetime(2026, 2, 1, 17, tzinfo=UTC)) as ctx:
        # 00:00 on the second of February in Hà Nội.
        edit_structure(ctx, EditStructure(code, 1, {"name": "Tên sau"}))
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
        assert get_structure(ctx, code).name == "Tên sau"
        for day, name in (("2026-02-01", "Tên đầu"), ("2026-02-02", "Tên sau")):
            for args in ({"as_of": day}, {"recorded_at": day}):
                assert get_record(ctx, code, read_filter(MultiDict(args)).when).values["name"] == name


def test_names_of_organisations_are_those_known_then(ctx_of):
    """A new name, given after the moment that is asked about, is not found and not shown."""
    begin, hour = utc_now(), timedelta(hours=1)
    with ctx_of("viettel", now=begin + hour) as ctx:
        code = make(ctx).code
    then = When(recorded_at=begin + 2 * hour)
    with ctx_of("so.khcn", now=begin + 3 * hour) as ctx:
        rename = (
            "UPDATE organisation SET short_name = 'Tên rất mới', search_text = 'ten rat moi' WHERE code = 'viettel'"
        )
        ctx.session.execute(text(rename))
        record(ctx, "test.rename", "organisation", None)
    with ctx_of("so.khcn", now=begin + 4 * hour, read_only=True) as ctx:

        def listed(when, q):
            asked = when.address if when else {}
            return [(r.code, r.owner_name) for r in list_structures(ctx, read_filter(MultiDict(asked | {"q": q}))).rows]

        assert listed(then, "viettel") == [(code, "Viettel Thanh Hóa")]
        assert listed(then, "rat moi") == []
        assert listed(None, "rat moi") == [(code, "Tên rất mới")]
