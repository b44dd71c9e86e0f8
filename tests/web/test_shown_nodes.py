"""A published line shows its owner's unpublished nodes only where the owner agreed, on each way of publishing."""

import io
import json

import pytest
from sqlalchemy import select, text

from registry.audit.chain import record
from registry.files.storage import FileStore
from registry.imports.commands import SetMapping, UploadFile
from registry.imports.mapping.plan import System
from registry.imports.service import apply_batch, check_batch, read_batch, request_apply, set_mapping, upload
from registry.kernel.errors import Invalid
from registry.structures.bulk_edit.commands import ApplyBulkEdit, Target
from registry.structures.bulk_edit.queries import digest_of, target_ids
from registry.structures.bulk_edit.service import apply_bulk_edit, read_change
from registry.structures.codes import SharingStatus
from registry.structures.commands import EditStructure
from registry.structures.forms import fields_for
from registry.structures.models import Structure
from registry.structures.positions.shown_nodes import shown_pairs
from registry.structures.writing import edit_structure
from registry.upkeep.queries import count_checks
from tests.factories.structures import HAC_THANH, make, organisation_id
from tests.support import shared

database, app, ctx_of, client_of, taken_back = shared.FIXTURES
END = (HAC_THANH[0] + 0.003, HAC_THANH[1] + 0.003)
LINES = ("cable_duct", "pole_line", "technical_trench")


def later(*_given):
    raise AssertionError("few structures are changed at once")


@pytest.fixture
def hidden(ctx_of):
    """A manhole at the start of every line of the factory, which its owner does not publish: its code."""
    with ctx_of("viettel") as ctx:
        return make(ctx, kind="manhole", sharing_status="not_assessed").code


def line(ctx, kind="cable_duct", **texts):
    return make(ctx, kind=kind, **({"sharing_status": "available"} | texts))


@pytest.mark.parametrize("kind", LINES)
def test_publishing_a_line_names_the_nodes_and_asks(ctx_of, hidden, kind):
    with ctx_of("viettel") as ctx:
        with pytest.raises(Invalid) as refused:
            line(ctx, kind)
        assert hidden in " ".join(refused.value.fields["shows_nodes"])
        assert line(ctx, kind, shows_nodes="true").is_published
        assert not line(ctx, kind, sharing_status="not_assessed").is_published


def test_an_edit_asks_as_registering_does(ctx_of, hidden):
    with ctx_of("viettel") as ctx:
        duct = line(ctx, sharing_status="not_assessed")
        values = {"sharing_status": SharingStatus.AVAILABLE}
        with pytest.raises(Invalid, match=hidden):
            edit_structure(ctx, EditStructure(duct.code, duct.version, values))
        edit_structure(ctx, EditStructure(duct.code, duct.version, values | {"shows_nodes": True}))
        with pytest.raises(Invalid, match=hidden):
            edit_structure(ctx, EditStructure(duct.code, duct.version, {"shows_nodes": False}))


@pytest.mark.parametrize(
    ("owner", "texts"),
    [
        ("viettel", {"sharing_status": "available"}),
        ("viettel", {"sharing_status": "restricted"}),
        ("viettel", {"status": "planned"}),
        ("vnpt", {}),
    ],
    ids=["published", "restricted", "planned", "of another owner"],
)
def test_what_is_published_or_known_to_nobody_is_not_asked_for(ctx_of, owner, texts):
    with ctx_of(owner) as ctx:
        make(ctx, owner=owner, kind="manhole", **texts)
    with ctx_of("viettel") as ctx:
        assert line(ctx).is_published


def test_a_node_further_off_is_not_shown(ctx_of):
    with ctx_of("viettel") as ctx:
        make(ctx, kind="manhole", at=(HAC_THANH[0] - 0.0001, HAC_THANH[1]), sharing_status="not_assessed")
        assert line(ctx).is_published


def test_a_node_on_a_published_line_is_published_or_agreed_to_first(ctx_of):
    with ctx_of("viettel") as ctx:
        duct = line(ctx)
        with pytest.raises(Invalid) as refused:
            make(ctx, kind="manhole", at=END, sharing_status="not_assessed")
        assert duct.code in " ".join(refused.value.fields["sharing_status"])
        make(ctx, kind="manhole", at=END, sharing_status="available")
        edit_structure(ctx, EditStructure(duct.code, duct.version, {"shows_nodes": True}))
        make(ctx, kind="manhole", at=END, sharing_status="not_assessed")


def bulk(ctx, codes, field, value):
    target = Target(codes=tuple(codes))
    change = read_change(ctx, field, value)
    digest = digest_of(ctx, target_ids(ctx, target))
    return apply_bulk_edit(ctx, ApplyBulkEdit(target, change, "Công bố", digest), later)


def test_a_bulk_edit_asks_unless_it_publishes_the_nodes_too(ctx_of, hidden):
    with ctx_of("viettel") as ctx:
        codes = [line(ctx, kind, sharing_status="not_assessed").code for kind in LINES]
    with pytest.raises(Invalid, match=hidden), ctx_of("viettel") as ctx:
        bulk(ctx, codes, "sharing_status", "available")
    with ctx_of("viettel") as ctx:
        assert bulk(ctx, [*codes, hidden], "sharing_status", "available").changed == len(codes) + 1


def test_a_bulk_edit_takes_the_consent_for_many_lines(ctx_of, hidden):
    with ctx_of("viettel") as ctx:
        codes = [line(ctx, kind, sharing_status="not_assessed").code for kind in LINES]
    with ctx_of("viettel") as ctx:
        assert bulk(ctx, [*codes, hidden], "shows_nodes", "true").changed == len(codes)
    with ctx_of("viettel") as ctx:
        assert bulk(ctx, codes, "sharing_status", "available").changed == len(codes)


def imported(ctx, store, kind, name, content):
    """A file of Viettel's, imported: its batch."""
    batch = previewed(ctx, store, kind, name, content)
    request_apply(ctx, batch.id)
    return apply_batch(ctx, batch.id)


def ducts(*agreed):
    """A file of published ducts that begin where the hidden manhole is, with the consent of each."""
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "LineString", "coordinates": [HAC_THANH, (END[0], END[1] + number / 1000)]},
            "properties": {
                "Mã": f"OC-{number}",
                "Tên": f"Cống {number}",
                "Số ống": 2,
                "Khả năng dùng chung": "Còn khả năng dùng chung",
                "Tổng số vị trí": 2,
                str(fields_for("cable_duct")["shows_nodes"].label): consent,
            },
        }
        for number, consent in enumerate(agreed)
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def previewed(ctx, store, kind, name, content):
    """A file of Viettel's, checked: its batch."""
    owner_id = organisation_id(ctx.session, "viettel")
    batch = upload(ctx, store, UploadFile(owner_id, kind, name, io.BytesIO(content)))
    batch = read_batch(ctx, store, batch.id)
    set_mapping(ctx, SetMapping(batch.id, batch.version, batch.mapping, System.WGS84))
    return check_batch(ctx, batch.id)


def sharing_of(ctx, *own_codes):
    query = select(Structure.own_code, Structure.sharing_status).where(Structure.own_code.in_(own_codes))
    return dict(ctx.session.execute(query).all())


def test_an_import_withholds_the_lines_without_consent_and_says_so(ctx_of, hidden, tmp_path):
    with ctx_of("viettel") as ctx:
        batch = imported(ctx, FileStore(tmp_path), "cable_duct", "cống.geojson", ducts("", "Có"))
        assert sharing_of(ctx, "OC-0", "OC-1") == {
            "OC-0": SharingStatus.NOT_ASSESSED,
            "OC-1": SharingStatus.AVAILABLE,
        }
        assert any(hidden in note and "1 tuyến chưa được công bố" in note for note in batch.notes)


def test_an_import_of_hidden_nodes_withholds_the_lines_that_would_show_them(ctx_of, tmp_path):
    with ctx_of("viettel") as ctx:
        duct = line(ctx).code
        content = f"Mã;Tên;Vĩ độ;Kinh độ;Khả năng dùng chung\nB-1;Bể 1;{END[1]};{END[0]};Chưa đánh giá\n".encode()
        batch = imported(ctx, FileStore(tmp_path), "manhole", "bể.csv", content)
        status = ctx.session.scalar(select(Structure.sharing_status).where(Structure.code == duct))
        assert status == SharingStatus.NOT_ASSESSED
        assert any(duct in note for note in batch.notes)
        assert shown_pairs(ctx, select(Structure.id)) == []


def test_the_preview_of_lines_names_the_rows_that_will_be_withheld(ctx_of, hidden, tmp_path):
    with ctx_of("viettel") as ctx:
        notes = previewed(ctx, FileStore(tmp_path), "cable_duct", "cống.geojson", ducts("", "Có")).notes
    (note,) = [note for note in notes if hidden in note]
    assert "1 tuyến sẽ không được công bố" in note


def test_the_preview_of_nodes_names_the_lines_that_will_be_withheld(ctx_of, tmp_path):
    content = f"Mã;Tên;Vĩ độ;Kinh độ;Khả năng dùng chung\nB-1;Bể 1;{END[1]};{END[0]};Chưa đánh giá\n"
    with ctx_of("viettel") as ctx:
        duct = line(ctx).code
        notes = previewed(ctx, FileStore(tmp_path), "manhole", "bể.csv", content.encode()).notes
        assert any(duct in note and "1 tuyến sẽ không được công bố" in note for note in notes)
        published = content.replace("Chưa đánh giá", "Hạn chế (quốc phòng, an ninh)").encode()
        notes = previewed(ctx, FileStore(tmp_path), "manhole", "b.csv", published).notes
        assert [note for note in notes if duct in note] == []


#: A line that was published before the consent was asked for.
_AS_BEFORE = text("UPDATE structure SET sharing_status = 'available' WHERE code = :code")


@pytest.fixture
def old_line(ctx_of, hidden):
    """Code of a published line that shows the hidden node."""
    with ctx_of("viettel") as ctx:
        code = line(ctx, sharing_status="not_assessed").code
        ctx.session.execute(_AS_BEFORE, {"code": code})
        record(ctx, "test.change", "structure", None)
    return code


@pytest.mark.parametrize(
    ("reader", "is_listed"), [("viettel", True), ("so.khcn", True), ("vnpt", False), (None, False)]
)
def test_a_line_published_before_is_listed_for_its_owner(client_of, old_line, reader, is_listed):
    page = client_of(reader).get("/structures?quality=shows_nodes")
    assert (f"/structures/{old_line}" in page.text) == is_listed


def test_the_quality_page_names_the_lines_until_the_owner_agrees(ctx_of, client_of, old_line):
    page = client_of("viettel").get("/upkeep/quality")
    assert "Tuyến công bố cho thấy nút chưa công bố" in page.text
    with ctx_of("viettel", read_only=True) as ctx:
        owner_id = organisation_id(ctx.session, "viettel")
        assert count_checks(ctx, owner_id)["shows_nodes"] == 1
    with ctx_of("viettel") as ctx:
        version = ctx.session.scalar(select(Structure.version).where(Structure.code == old_line))
        edit_structure(ctx, EditStructure(old_line, version, {"shows_nodes": True}))
    with ctx_of("viettel", read_only=True) as ctx:
        assert count_checks(ctx, owner_id)["shows_nodes"] == 0
