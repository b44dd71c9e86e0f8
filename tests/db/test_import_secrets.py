"""Who may import for an owner, but not read its structures, learns nothing of them; looks of others are noted."""

import io

import pytest
from sqlalchemy import select, update

from registry.audit.access_log import logged_accesses
from registry.files.storage import FileStore
from registry.imports.commands import SetMapping, UploadFile
from registry.imports.mapping.coordinate_systems import System
from registry.imports.models import ImportResult, RowOutcome
from registry.imports.service import check_batch, read_batch, set_mapping, upload
from registry.structures.codes import SharingStatus
from registry.structures.models import Structure
from tests.factories.structures import make, organisation_id
from tests.support.import_files import PLACE

HEADER = "Mã trạm;Tên trạm;Loại cột;Chiều cao cột (m);Vĩ độ;Kinh độ;Hiện trạng dùng chung;Số vị trí lắp đặt\n"
#: About a metre, about ten.
NEAR, BESIDE = 0.00001, 0.0001


def row(code, *, height="42", north=0.0):
    lon, lat = PLACE
    return f"{code};Trạm;A2b;{height};{lat + north:.6f};{lon:.6f};Còn khả năng dùng chung;3\n"


def checked(ctx, folder, *rows):
    """Row number -> result of a file for VNPT."""
    store = FileStore(folder)
    content = io.BytesIO((HEADER + "".join(rows)).encode())
    owner = organisation_id(ctx.session, "vnpt")
    batch = read_batch(ctx, store, upload(ctx, store, UploadFile(owner, "antenna_tower", "a.csv", content)).id)
    set_mapping(ctx, SetMapping(batch.id, batch.version, batch.mapping, System.WGS84))
    check_batch(ctx, batch.id)
    results = ctx.session.scalars(select(ImportResult).where(ImportResult.batch_id == batch.id))
    return {result.number: result for result in results}


def said(results):
    return " ".join(problem["reason"] for each in results.values() for problem in each.problems or ())


@pytest.fixture
def tower(ctx_of):
    """A function: the registry code of a tower of VNPT, with that status of sharing."""

    def register(status):
        with ctx_of("vnpt") as ctx:
            code = make(ctx, owner="vnpt", at=PLACE, own_code="V-1").code
            change = {"sharing_status": status}
            ctx.session.execute(update(Structure).where(Structure.code == code).values(change))
        return code

    return register


def test_an_administrator_learns_nothing_of_restricted_structures_beside_its_rows(ctx_of, tmp_path, tower):
    code = tower(SharingStatus.RESTRICTED)
    with ctx_of("quantri") as ctx:
        results = checked(ctx, tmp_path, row("N-1", north=BESIDE), row("", north=NEAR))
        assert [result.outcome for result in results.values()] == [RowOutcome.NEW, RowOutcome.NEW]
        assert code not in said(results)
        assert "công trình cùng loại" not in said(results)


def test_an_administrator_learns_nothing_of_open_structures_either(ctx_of, tmp_path, tower):
    code = tower(SharingStatus.AVAILABLE)
    with ctx_of("quantri") as ctx:
        results = checked(ctx, tmp_path, row("N-1", north=BESIDE), row("", north=NEAR))
        assert [result.outcome for result in results.values()] == [RowOutcome.NEW, RowOutcome.NEW]
        assert code not in said(results)
        assert logged_accesses(ctx)[1] == set()


def test_an_administrator_does_not_learn_what_a_structure_says_from_its_code(ctx_of, tmp_path, tower):
    code = tower(SharingStatus.RESTRICTED)
    with ctx_of("quantri") as ctx:
        results = checked(ctx, tmp_path, row("V-1", height="77", north=BESIDE))
        (result,) = results.values()
        assert result.outcome is RowOutcome.REFUSED
        assert [problem["reason"] for problem in result.problems] == [
            "Mã “V-1” đã được đăng ký với nội dung khác; chỉ chủ sở hữu sửa được."
        ]
        assert (result.changes, result.moved_m) == (None, None)
        assert code not in said(results)


def test_the_lead_department_is_told_the_codes_and_it_is_noted(ctx_of, tmp_path, tower):
    code = tower(SharingStatus.AVAILABLE)
    with ctx_of("so.khcn") as ctx:
        results = checked(ctx, tmp_path, row("N-1", north=BESIDE))
        assert code in said(results)
        assert organisation_id(ctx.session, "vnpt") in logged_accesses(ctx)[1]


def test_an_owner_is_told_the_codes_of_its_own_restricted_structures(ctx_of, tmp_path, tower):
    code = tower(SharingStatus.RESTRICTED)
    with ctx_of("vnpt") as ctx:
        results = checked(ctx, tmp_path, row("N-1", north=BESIDE))
        assert code in said(results)
        assert logged_accesses(ctx)[1] == set()
