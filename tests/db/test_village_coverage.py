"""Coverage of villages from the files of operators: what counts, and the sentence for each row that cannot be read."""

import io
from datetime import date

import pytest
from sqlalchemy import select, text

from registry.indicators.declared import FigureQuery, read_figure
from registry.indicators.queries import figures_of, get_indicator
from registry.kernel.errors import Forbidden, Invalid
from registry.territory.models import UnitLevel
from registry.territory.queries import list_units
from registry.villages.commands import AddVillage, ChangeVillages
from registry.villages.coverage import EnterCoverage, enter_coverage
from registry.villages.list_view import VILLAGES
from registry.villages.models import VillageCoverage, VillageKind
from registry.villages.service import add_village, change_villages
from tests.factories.structures import organisation_id
from tests.factories.villages import village_values
from tests.permissions.cases import token_in
from tests.support.clock import NOW

DAY = date(2025, 12, 31)
HEAD = "Xã, phường;Thôn, bản, khu phố;Phủ sóng 4G;Phủ sóng 5G;Cáp quang đến hộ gia đình"
#: A commune of the day with a former one that went into it alone.
_MERGED = text(
    "SELECT former.code, former.name, now.id, now.code AS now_code FROM admin_unit former"
    " JOIN admin_succession link ON link.predecessor_id = former.id JOIN admin_unit now ON now.id = link.successor_id"
    " WHERE former.level = 'commune' AND former.valid_to = '2025-06-30' AND now.valid_to IS NULL"
    " AND (SELECT count(*) FROM admin_succession other WHERE other.predecessor_id = former.id) = 1"
    " AND (SELECT count(*) FROM admin_unit same WHERE same.code = former.code) = 1 ORDER BY former.code LIMIT 1"
)


def village(ctx, commune_id, name, **more):
    return add_village(ctx, AddVillage(commune_id, village_values(name, **more)))


def enter(ctx, *lines, operator="viettel", day=DAY):
    content = "\n".join((HEAD, *lines)).encode()
    command = EnterCoverage(organisation_id(ctx.session, operator), day, "Công văn 12/VTT")
    return enter_coverage(ctx, io.BytesIO(content), command)


def number_of(ctx, code, day=DAY):
    return read_figure(ctx, code, FigureQuery(day)).numerator


def listed(ctx, day=DAY, **more):
    return VILLAGES.count_rows(ctx, {"on": day, **more})


def test_what_operators_offer_reaches_the_indicator_and_its_list(app, ctx_of):
    with app.test_request_context(), ctx_of("so.khcn") as ctx:
        commune = list_units(ctx.session, ctx.today, UnitLevel.COMMUNE)[0]
        for name in ("1", "2", "3", "4"):
            village(ctx, commune.id, name, mobile_on=date(2024, 1, 1) if name == "4" else None)
        lines = [f"{commune.code};thôn 1;có;;không", f"{commune.code};2;không;có;có", f"{commune.code};Thôn 3;không;;"]
        assert enter(ctx, *lines).count == 3
        assert (number_of(ctx, "villages_mobile"), number_of(ctx, "villages_ftth")) == (3, 1)
        assert (listed(ctx, no_mobile=True), listed(ctx, no_ftth=True), listed(ctx)) == (1, 3, 4)
        assert number_of(ctx, "villages_mobile", date(2025, 12, 30)) == 1
        # Another operator adds, a later row of the same one takes the place of the earlier one.
        enter(ctx, f"{commune.code};3;có;;", operator="vnpt")
        enter(ctx, f"{commune.code};1;không;;")
        assert number_of(ctx, "villages_mobile") == 3
        (figure,) = figures_of(ctx, [get_indicator(ctx, "kpi_village_mobile")], DAY)
        assert (figure.value, figure.target.value, figure.is_reached) == (75, 100, False)


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (["{now};Thôn 9;có;;"], "không có thôn, bản “Thôn 9” ngày 31/12/2025"),
        (["Xã Không Đâu Có;1;có;;"], "Không có xã, phường “Xã Không Đâu Có”"),
        (["{now};1;có;;", "{now};thôn 1;có;;"], "đã có ở dòng 2; mỗi thôn, bản chỉ một dòng"),
        (["{now};1;chắc là có;;"], "Phủ sóng 4G “chắc là có”"),
        (["{now};1;;;"], "cả ba cột 4G, 5G, cáp quang đều trống"),
        (["{now};bản 1;có;;"], "không có thôn, bản “bản 1”"),
        (["{now};trùng;có;;"], "có thể là Thôn Trùng"),
        (["{now};Thôn 1;có;;", "{former};1;có;;"], "đã có ở dòng 2"),
    ],
)
def test_a_wrong_row_is_named_by_one_sentence_and_nothing_is_entered(app, ctx_of, lines, sentence):
    with app.test_request_context(), ctx_of("so.khcn") as ctx:
        row = ctx.session.execute(_MERGED).one()
        village(ctx, row.id, "1")
        village(ctx, row.id, "Trùng")
        village(ctx, row.id, "Trùng", kind=VillageKind.BAN)
        with pytest.raises(Invalid) as refused:
            enter(ctx, *(line.format(now=row.now_code, former=row.code) for line in lines))
        (texts,) = refused.value.fields.values()
        assert len(texts) == 1
        assert sentence in texts[0]
        assert ctx.session.scalars(select(VillageCoverage)).all() == []


def test_former_communes_and_villages_are_read_as_what_they_became_and_said(app, ctx_of):
    with app.test_request_context(), ctx_of("so.khcn") as ctx:
        row = ctx.session.execute(_MERGED).one()
        former = [village(ctx, row.id, name) for name in ("1", "2")]
        change_villages(
            ctx,
            ChangeVillages(
                tuple(each.id for each in former), VillageKind.THON, ("Hợp Nhất",), date(2025, 9, 1), "NQ 5"
            ),
        )
        entered = enter(ctx, f"{row.code};Thôn 2;có;có;có")
        assert entered.count == 1
        (sentence,) = entered.mapped
        assert f"“{row.code}” kết thúc ngày 30/06/2025" in sentence
        assert "“Thôn 2” không còn, được ghi cho “Thôn Hợp Nhất”" in sentence


def test_what_covers_all_predecessors_covers_the_successor(app, ctx_of):
    with app.test_request_context(), ctx_of("so.khcn") as ctx:
        commune = list_units(ctx.session, ctx.today, UnitLevel.COMMUNE)[0]
        former = [village(ctx, commune.id, name) for name in ("1", "2")]
        enter(ctx, f"{commune.code};1;có;;có", f"{commune.code};2;có;;không")
        command = ChangeVillages(
            tuple(each.id for each in former), VillageKind.THON, ("Mới",), date(2026, 3, 1), "NQ 5"
        )
        change_villages(ctx, command)
        later = date(2026, 3, 1)
        assert (number_of(ctx, "villages_mobile", later), number_of(ctx, "villages_ftth", later)) == (1, 0)


def test_an_operator_states_its_own_villages_alone(app, ctx_of):
    with app.test_request_context(), ctx_of("so.khcn") as ctx:
        commune = list_units(ctx.session, ctx.today, UnitLevel.COMMUNE)[0]
        village(ctx, commune.id, "1")
    line = f"{commune.code};1;có;;"
    with app.test_request_context(), ctx_of("viettel") as ctx:
        with pytest.raises(Invalid, match="không thuộc quyền khai"):
            enter(ctx, line, operator="vnpt")
        with pytest.raises(Invalid, match="chưa đến"):
            enter(ctx, line, day=date(2190, 1, 1))
        assert enter(ctx, line).count == 1
    with app.test_request_context(), ctx_of("ubnd.xa") as ctx, pytest.raises(Forbidden):
        enter(ctx, line)


def test_the_file_is_uploaded_on_a_page_that_says_what_was_read(client_of, ctx_of):
    with ctx_of("so.khcn", now=NOW) as ctx:
        row = ctx.session.execute(_MERGED).one()
        village(ctx, row.id, "1")
    client = client_of("viettel")
    page = client.get("/villages/coverage/import")
    content = "\n".join((HEAD, f"{row.code};1;có;;")).encode()
    form = {
        "csrf_token": token_in(page),
        "operator": str(organisation_of(ctx_of, "viettel")),
        "valid_from": "31/12/2025",
        "source": "Công văn 12/VTT",
        "file": (io.BytesIO(content), "phu-song.csv"),
    }
    answer = client.post("/villages/coverage/import", data=form, follow_redirects=True)
    assert answer.status_code == 200
    assert "Đã ghi phủ sóng của 1 thôn, bản" in answer.text
    assert "kết thúc ngày 30/06/2025" in answer.text
    assert "Công văn 12/VTT" in answer.text
    assert client.get("/villages/coverage/import/template.xlsx").status_code == 200


def organisation_of(ctx_of, code):
    with ctx_of("so.khcn", read_only=True) as ctx:
        return organisation_id(ctx.session, code)
