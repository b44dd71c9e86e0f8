"""A duct ends at manholes of its owner or published ones, near its ends; its bores are narrower inside than outside."""

import io
import re

import pytest
from sqlalchemy import select, update

from registry.capacity.commands import AddEntry, SetPlace
from registry.capacity.models import PlaceUnit
from registry.capacity.service import add_entry, set_place
from registry.imports.commands import SetMapping, UploadFile
from registry.imports.mapping.coordinate_systems import System
from registry.imports.models import ImportResult, RowOutcome
from registry.imports.service import apply_batch, check_batch, read_batch, request_apply, set_mapping, upload
from registry.kernel.db.row_access import across_organisations
from registry.kernel.errors import Invalid
from registry.notices.models import Notice
from registry.structures import positions
from registry.structures.commands import EditStructure
from registry.structures.filtering.checks import CHECKS
from registry.structures.kinds import KINDS
from registry.structures.kinds.cable_duct import CableDuct
from registry.structures.kinds.kind import Shape
from registry.structures.models import Structure
from registry.structures.writing import edit_structure
from tests.factories.structures import HAC_THANH, make, organisation_id, position_at

LON, LAT = HAC_THANH
END = (LON + 0.003, LAT + 0.003)


def refused(call):
    with pytest.raises(Invalid) as caught:
        call()
    return {name: sentences[0] for name, sentences in caught.value.fields.items()}


def test_a_duct_names_manholes_by_codes_in_any_spelling_and_its_record_has_them(ctx_of):
    with ctx_of("viettel") as ctx:
        first = make(ctx, kind="manhole", own_code="BC-1")
        last = make(ctx, kind="manhole", own_code="BC-2", at=END)
        duct = make(ctx, kind="cable_duct", from_manhole_code="bc–1", to_manhole_code=last.code.lower())
        assert (duct.from_manhole_id, duct.to_manhole_id) == (first.id, last.id)
        edit_structure(ctx, EditStructure(duct.code, duct.version, {"to_manhole_code": None}))
        assert (duct.from_manhole_id, duct.to_manhole_id) == (first.id, None)


def test_a_mast_an_unknown_code_and_a_hidden_one_get_one_sentence(ctx_of):
    with ctx_of("vnpt") as ctx:
        hidden = make(ctx, owner="vnpt", kind="manhole").code
    with ctx_of("viettel") as ctx:
        mast = make(ctx).code
        sentences = {
            refused(lambda code=code: make(ctx, kind="cable_duct", from_manhole_code=code))[
                "from_manhole_code"
            ].replace(code, "X")
            for code in (mast, hidden, "KHONG-CO")
        }
    assert len(sentences) == 1


def test_a_manhole_far_from_both_ends_is_refused_also_when_the_duct_moves(ctx_of):
    with ctx_of("viettel") as ctx:
        near, far = make(ctx, kind="manhole", at=END), make(ctx, kind="manhole", at=(LON + 0.1, LAT))
        sentence = refused(lambda: make(ctx, kind="cable_duct", to_manhole_code=far.code))["to_manhole_code"]
        assert "cách đầu cống" in sentence
        duct = make(ctx, kind="cable_duct", to_manhole_code=near.code)
        moved = EditStructure(duct.code, duct.version, {"to_manhole_code": far.code}, position_at(LON, LAT, Shape.LINE))
        assert "to_manhole_code" in refused(lambda: edit_structure(ctx, moved))


def test_the_inner_diameter_is_below_the_outer_one(ctx_of):
    with ctx_of("viettel") as ctx:
        make(ctx, kind="cable_duct", bore_diameter_mm="110", bore_inner_diameter_mm="100")
        texts = {"bore_diameter_mm": "110", "bore_inner_diameter_mm": "110"}
        assert "bore_inner_diameter_mm" in refused(lambda: make(ctx, kind="cable_duct", **texts))


def test_the_quality_page_has_the_ducts_that_a_form_would_refuse_and_a_name_may_still_be_corrected(ctx_of):
    with ctx_of("viettel") as ctx:
        near, far = make(ctx, kind="manhole", at=END), make(ctx, kind="manhole", at=(LON + 0.1, LAT))
        ducts = [make(ctx, kind="cable_duct") for _each in range(3)]
        for duct, code in zip(ducts, (near.code, far.code, "KHONG-CO"), strict=True):
            ctx.session.execute(update(CableDuct).where(CableDuct.id == duct.id).values(to_manhole_code=code))
        ctx.session.expire_all()
        ids = select(Structure.id).where(CHECKS["line_ends"].clause(ctx), Structure.id.in_([d.id for d in ducts]))
        assert set(positions.run(ctx, ids).scalars()) == {ducts[1].id, ducts[2].id}
        edit_structure(ctx, EditStructure(ducts[2].code, ducts[2].version, {"name": "Tên đúng"}))


HEAD = "Mã;Tên;Số ống;Từ bể cáp (mã);Khả năng dùng chung;Căn cứ hạn chế;Tọa độ"


def imported(ctx, store, *lines):
    """Outcome and reasons of each row of a file of ducts, which is written."""
    owner_id = organisation_id(ctx.session, "viettel")
    content = io.BytesIO("\n".join((HEAD, *lines)).encode())
    batch = read_batch(ctx, store, upload(ctx, store, UploadFile(owner_id, "cable_duct", "c.csv", content)).id)
    set_mapping(ctx, SetMapping(batch.id, batch.version, batch.mapping, System.WGS84))
    check_batch(ctx, batch.id)
    request_apply(ctx, batch.id)
    apply_batch(ctx, batch.id)
    rows = ctx.session.scalars(
        select(ImportResult).where(ImportResult.batch_id == batch.id).order_by(ImportResult.number)
    )
    return [(row.outcome, " ".join(each["reason"] for each in row.problems or ())) for row in rows]


def test_a_file_is_held_to_the_ends_the_basis_and_the_room_that_a_form_asks_for(ctx_of, store):
    at = f'"{LAT}; {LON}\n{END[1]}; {END[0]}"'
    with ctx_of("viettel") as ctx:
        near, far = make(ctx, kind="manhole", own_code="B-1"), make(ctx, kind="manhole", at=(LON + 0.1, LAT))
        full = make(ctx, kind="cable_duct", own_code="C-5", sharing_status="not_assessed")
        set_place(ctx, SetPlace(full.code, "Ống 1", PlaceUnit.BORE, 1))
        add_entry(ctx, AddEntry(full.code, "Ống 1", 1))
        rows = imported(
            ctx,
            store,
            f"C-1;Cống;2;B-1;Chưa đánh giá;;{at}",
            f"C-2;Cống;2;KHONG-CO;Chưa đánh giá;;{at}",
            f"C-3;Cống;2;{far.code};Chưa đánh giá;;{at}",
            f"C-4;Cống;2;;Hạn chế (quốc phòng, an ninh);;{at}",
            f"C-5;Cống;4;;Còn khả năng dùng chung;;{at}",
            f"C-6;Cống;2;;Hạn chế (quốc phòng, an ninh);Công văn 3;{at}",
        )
        first = ctx.session.scalars(select(CableDuct).where(CableDuct.own_code == "C-1")).one()
        assert first.from_manhole_id == near.id
        with across_organisations(ctx, "notice"):
            notice = ctx.session.scalars(select(Notice).where(Notice.subject_kind == "structure_restriction")).one()
        assert notice.params["count"] == 1
    new, wrong = RowOutcome.NEW, RowOutcome.REFUSED
    assert [outcome for outcome, _reasons in rows] == [new, new, wrong, wrong, wrong, new]
    expected = ("", "Không có bể cáp", "cách đầu cống", "phải nêu căn cứ", "đã hết chỗ", "")
    for sentence, (_outcome, reasons) in zip(expected, rows, strict=True):
        assert sentence in reasons


def test_the_form_of_a_duct_offers_the_manholes_at_its_ends_by_choice(ctx_of, client_of):
    with ctx_of("vnpt") as ctx:
        published = make(ctx, owner="vnpt", kind="manhole", sharing_status="available", at=END).code
        hidden = make(ctx, owner="vnpt", kind="manhole", own_code="BC-KIN").code
    with ctx_of("viettel") as ctx:
        make(ctx, kind="manhole", own_code="BC-1")
        make(ctx, kind="manhole", own_code="BC-XA", at=(105.70, 19.75))
        duct = make(ctx, kind="cable_duct").code
    page = client_of("viettel").get(f"/structures/{duct}/edit").text
    offered = re.findall(r'<option value="([^"]+)">[^<]*cách đầu tuyến (\d+) m', page)
    assert dict(offered) == {"BC-1": "0", published: "0"}
    assert page.count('list="junctions"') == len(KINDS["cable_duct"].references)
    new = client_of("viettel").get("/structures/new/cable_duct").text
    assert 'value="BC-XA"' in new
    assert published not in new
    assert hidden not in page + new
