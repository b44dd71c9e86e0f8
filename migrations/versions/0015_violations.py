"""Violations: acts and competence as dated rows, the cases, and their terms.

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op

from migrations.helpers import begin_change, grant, mirror_history, run_sql, seed_settings, seed_terms

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

TABLES = ("violation_kind", "violation_competence", "violation")
N174 = "Nghị định 174/2026/NĐ-CP"
N15 = "Nghị định 15/2020/NĐ-CP (sửa đổi bởi 14/2022/NĐ-CP, 211/2025/NĐ-CP)"
N16 = "Nghị định 16/2022/NĐ-CP"
NONE_FOUND = "Chưa tìm thấy văn bản quy định mức phạt"
_CONVENTION = "Quy ước của hệ thống"
MILLION = 1_000_000
#: The first days of the older decrees were not read in their texts, hence marked.
FIRST_174, LAST_15 = "2026-07-01", "2026-06-30"
FIRST_15, FIRST_16 = "2020-04-15", "2022-01-28"
LONG_AGO = "2000-01-01"
#: Under NĐ 174/2026: code, group, act, fine from and to (million đồng, organisations), article, to be verified. Letters
#: of points that were read from a scan are to be verified.
ACTS_174 = (
    (
        "bad_cabling",
        "cables",
        "Cáp trong công trình dùng chung không gắn thẻ chủ sở hữu, sai vị trí hoặc không đạt yêu cầu kỹ thuật",
        20,
        30,
        "Đ42.2.b",
        False,
    ),
    ("off_plan_build", "building", "Xây dựng không đúng quy hoạch hoặc trái quy chuẩn", 20, 30, "Đ41.1.a", False),
    (
        "project_not_announced",
        "building",
        "Chủ đầu tư hạ tầng không gửi thông tin dự án để đăng ký dùng chung",
        20,
        30,
        "Đ41.1.đ",
        True,
    ),
    ("no_maintenance", "building", "Không bảo trì công trình hạ tầng viễn thông", 20, 30, "Đ41.1.e", True),
    (
        "not_notified",
        "building",
        "Không thông báo cơ quan quản lý viễn thông của tỉnh trước khi xây dựng",
        20,
        30,
        "Đ41.1.i",
        True,
    ),
    (
        "no_provision_in_building",
        "building",
        "Chủ đầu tư chung cư, công trình công cộng, khu chức năng không bố trí hạ tầng viễn thông",
        30,
        50,
        "Đ41.2",
        False,
    ),
    ("unsafe_infra", "damage", "Hạ tầng viễn thông không bảo đảm an toàn, phòng cháy", 20, 50, "Đ43.1, Đ43.2", False),
    ("damage_cable", "damage", "Làm hư hỏng cáp, ăng ten, thiết bị viễn thông", 50, 70, "Đ43.3.a, Đ43.7", False),
    ("destroy_works", "damage", "Phá hủy công trình viễn thông", 100, 140, "Đ43.5.a", False),
    (
        "obstruction",
        "damage",
        "Cản trở trái pháp luật việc lắp đặt cáp, thiết bị hoặc việc dùng chung hạ tầng",
        5,
        10,
        "Đ42.1",
        False,
    ),
    ("share_without_contract", "sharing", "Dùng chung hạ tầng mà không có hợp đồng", 10, 20, "Đ39.1", False),
    (
        "unjustified_refusal",
        "sharing",
        "Từ chối cho thuê hạ tầng dù phù hợp quy hoạch và khả thi",
        20,
        30,
        "Đ39.2.a",
        False,
    ),
    (
        "ignore_share_decision",
        "sharing",
        "Không thực hiện quyết định dùng chung của cơ quan có thẩm quyền",
        20,
        30,
        "Đ39.2.b, Đ39.2.c",
        False,
    ),
    (
        "no_price_consultation",
        "sharing",
        "Không thỏa thuận được giá thuê mà không hiệp thương giá",
        20,
        30,
        "Đ39.2.d",
        False,
    ),
    ("refuse_defence", "sharing", "Từ chối dùng chung phục vụ quốc phòng, an ninh", 30, 50, "Đ39.3", False),
    ("price_imposed", "sharing", "Áp đặt sai giá thuê hạ tầng dùng chung", 20, 30, "Đ42.2.a", False),
    ("sharing_rule_breach", "sharing", "Vi phạm khác về sử dụng chung hạ tầng", 30, 50, "Đ42.3", False),
    (
        "no_data_report",
        "data",
        "Không tổng hợp, báo cáo số liệu hạ tầng viễn thông thụ động theo yêu cầu",
        10,
        20,
        "Đ40.1",
        False,
    ),
    ("no_annual_plan", "data", "Không gửi kế hoạch phát triển hạ tầng hằng năm", 20, 30, "Đ40.2.a", False),
    ("no_database", "data", "Không có cơ sở dữ liệu, bản đồ số hạ tầng của mình", 20, 30, "Đ40.2.b", False),
    (
        "no_undergrounding",
        "data",
        "Không tham gia hoặc không chịu chi phí ngầm hóa, chỉnh trang cáp của mình",
        50,
        70,
        "Đ40.3",
        False,
    ),
)
#: Other rows: code, group, act, from, to, last day of the act, fine from and to, decree, article, owner first.
OTHER_ACTS = (
    (
        "no_database",
        "data",
        "Không có cơ sở dữ liệu, bản đồ số hạ tầng của mình",
        FIRST_15,
        LAST_15,
        None,
        20,
        30,
        N15,
        "Đ39.2.c",
        False,
    ),
    # Works begun since 01/01/2026 need no building permit (Luật Xây dựng 2025 Đ43.2).
    (
        "no_permit",
        "building",
        "Xây dựng không phép (công trình khởi công trước 01/01/2026)",
        FIRST_16,
        None,
        "2025-12-31",
        80,
        140,
        N16,
        "Đ16.7",
        False,
    ),
    (
        "permit_breach",
        "building",
        "Xây dựng sai giấy phép",
        LONG_AGO,
        None,
        None,
        None,
        None,
        NONE_FOUND,
        "",
        False,
    ),
    (
        "hang_without_consent",
        "cables",
        "Treo cáp trái phép trên cột",
        FIRST_16,
        None,
        None,
        20,
        40,
        N16,
        "Đ57.1",
        False,
    ),
    ("dead_cable_left", "cables", "Không thu hồi cáp chết", LONG_AGO, None, None, None, None, NONE_FOUND, "", False),
    (
        "owner_unknown",
        "cables",
        "Cáp, công trình chưa rõ chủ sở hữu",
        LONG_AGO,
        None,
        None,
        None,
        None,
        NONE_FOUND,
        "",
        True,
    ),
)
#: Authority, from, to, highest fine (million đồng), decree, article, to be verified.
COMPETENCE = (
    ("district_chair", FIRST_15, "2025-06-30", 100, N15, "", True),
    ("commune_chair", FIRST_174, None, 100, N174, "Đ106", False),
    ("province_chair", FIRST_174, None, 200, N174, "Đ106", False),
    ("lead_director", FIRST_174, None, 160, N174, "Đ104.3", False),
)
_PROCEDURE = "Luật Xử lý vi phạm hành chính, Đ66"
TERMS = (
    ("violation.limitation", LONG_AGO, 12, "month", [20, 5, 1], "Luật Xử lý vi phạm hành chính, Đ6", True),
    ("violation.limitation", FIRST_174, 12, "month", [20, 5, 1], f"{N174}, Đ4.5", False),
    ("violation.decide", LONG_AGO, 7, "working_day", [2, 1, 0], _PROCEDURE, True),
    ("violation.decide_transferred", LONG_AGO, 10, "working_day", [2, 1, 0], _PROCEDURE, True),
)
#: Violations this near and this recent may be the same one.
SETTINGS = (("violation.same_place", LONG_AGO, {"metres": 30, "days": 30}, _CONVENTION, False),)


def upgrade() -> None:
    """What was found stays: nothing is deleted."""
    run_sql("0015_violations.sql")
    for table in TABLES:
        mirror_history(table)
        grant(table)
        grant(f"{table}_history", "SELECT")
    seed_terms(TERMS)
    seed_settings(SETTINGS)
    _seed_kinds()
    _seed_competence()


def downgrade() -> None:
    """Everything of this revision, the clocks of its cases too; the history of terms and settings stays."""
    begin_change()
    op.execute("DELETE FROM case_clock WHERE workflow = 'violation'")
    op.execute("DELETE FROM legal_term WHERE key LIKE 'violation.%'")
    op.execute("DELETE FROM dated_setting WHERE key LIKE 'violation.%'")
    for table in reversed(TABLES):
        op.execute(f"DROP TABLE IF EXISTS {table}, {table}_history CASCADE")


def _seed_kinds() -> None:
    rows = [
        (code, group, act, FIRST_174, None, None, least, most, N174, article, False, verify)
        for code, group, act, least, most, article, verify in ACTS_174
    ]
    rows += [(*row, True) for row in OTHER_ACTS]
    insert = sa.text(
        "INSERT INTO violation_kind (code, kind_group, act, valid_from, valid_to, acts_until, fine_min_vnd,"
        " fine_max_vnd, decree, article, owner_first, needs_verification) VALUES (:code, :kind_group, :act,"
        " CAST(:first AS date), CAST(:last AS date), CAST(:acts_until AS date), :least, :most, :decree, :article,"
        " :owner_first, :verify)"
    )
    for code, group, act, first, last, acts_until, least, most, decree, article, owner_first, verify in rows:
        op.execute(
            insert.bindparams(
                code=code,
                kind_group=group,
                act=act,
                first=first,
                last=last,
                acts_until=acts_until,
                least=None if least is None else least * MILLION,
                most=None if most is None else most * MILLION,
                decree=decree,
                article=article,
                owner_first=owner_first,
                verify=verify,
            )
        )


def _seed_competence() -> None:
    insert = sa.text(
        "INSERT INTO violation_competence (authority, valid_from, valid_to, fine_max_vnd, decree, article,"
        " needs_verification) VALUES (:authority, CAST(:first AS date), CAST(:last AS date), :most, :decree, :article,"
        " :verify)"
    )
    for authority, first, last, most, decree, article, verify in COMPETENCE:
        op.execute(
            insert.bindparams(
                authority=authority,
                first=first,
                last=last,
                most=most * MILLION,
                decree=decree,
                article=article,
                verify=verify,
            )
        )
