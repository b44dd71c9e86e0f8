"""Tasks of the plans with their results in words; those of KH 225/KH-UBND come with it.

Revision ID: r0084
Revises: r0083
"""

import sqlalchemy as sa
from alembic import op

from migrations.helpers import begin_change, grant, mirror_history

revision = "r0084"
down_revision = "r0083"
branch_labels = None
depends_on = None

_STATES = ("not_started", "running", "done", "stopped")
_PLAN = "Kế hoạch 225/KH-UBND ngày 15/9/2023"
#: Item, agency and duty, shortened; the plan runs to the end of 2025.
_TASKS = (
    (
        "II.1",
        "Các sở, UBND cấp xã, doanh nghiệp",
        "Ưu tiên hạ tầng số cho khu công nghiệp, đô thị, trung tâm nghiên cứu, cơ quan nhà nước, trường học, bệnh viện,"
        " khu du lịch; dùng chung với hạ tầng điện, nước.",
    ),
    (
        "III.2",
        "Các sở, UBND cấp xã",
        "Quy hoạch đô thị, quy hoạch của địa phương có nội dung quản lý hạ tầng số; xây dựng đồng bộ với giao thông,"
        " xây dựng, cấp nước, chiếu sáng, năng lượng.",
    ),
    (
        "IV.1",
        "Sở Khoa học và Công nghệ",
        "Chủ trì, hướng dẫn thực hiện; cùng các sở gỡ vướng mắc; tổng hợp, báo cáo UBND tỉnh.",
    ),
    (
        "IV.2",
        "Sở Xây dựng",
        "Cùng UBND địa phương lập danh mục tuyến đường đô thị phải xây dựng, cải tạo, nâng cấp hạ tầng dùng chung; tiếp"
        " nhận và xử lý phản ánh về công trình sai quy định, mất an toàn; hướng dẫn theo quy hoạch kiến trúc, đô thị.",
    ),
    ("IV.3", "Sở Tài chính", "Bố trí kinh phí cho các nhiệm vụ; gỡ vướng mắc về tài sản công."),
    ("IV.4", "Sở Tài chính", "Lập danh mục, thu hút dự án đối tác công tư về hạ tầng số."),
    (
        "IV.5",
        "Các sở, ngành khác",
        "Chia sẻ hạ tầng giữa các ngành; bảo vệ công trình; xử lý hành vi phá hoại, cản trở.",
    ),
    (
        "IV.6",
        "UBND cấp xã",
        "Đưa hạ tầng số vào quy hoạch, kế hoạch; giảm thủ tục; bố trí mặt bằng, vị trí lắp đặt; kiểm tra, xử lý nghiêm"
        " vi phạm.",
    ),
    (
        "IV.7",
        "Doanh nghiệp viễn thông",
        "Lập kế hoạch của doanh nghiệp theo định hướng của tỉnh; dùng chung hạ tầng, niêm yết giá thuê; báo cáo tình"
        " hình, kết quả trước ngày 30/10 hằng năm hoặc khi được yêu cầu.",
    ),
)


def upgrade() -> None:
    op.create_table(
        "plan_task",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("plan", sa.Text, nullable=False),
        sa.Column("item", sa.Text, nullable=False),
        sa.Column("responsible", sa.Text, nullable=False),
        sa.Column("duty", sa.Text, nullable=False),
        sa.Column("planned_on", sa.Date),
        sa.Column("organisation_id", sa.BigInteger, sa.ForeignKey("organisation.id")),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("result_on", sa.Date),
        sa.Column("result", sa.Text),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.CheckConstraint(f"state IN ({', '.join(map(repr, _STATES))})", name=op.f("ck_plan_task_task_state")),
        sa.CheckConstraint("char_length(btrim(duty)) > 0", name=op.f("ck_plan_task_duty")),
        sa.CheckConstraint("(result IS NULL) = (result_on IS NULL)", name=op.f("ck_plan_task_dated_result")),
        sa.CheckConstraint(
            "state NOT IN ('done', 'stopped') OR result IS NOT NULL", name=op.f("ck_plan_task_ended_with_result")
        ),
        sa.CheckConstraint("version > 0", name=op.f("ck_plan_task_version_positive")),
    )
    grant("plan_task")
    mirror_history("plan_task")
    begin_change()
    insert = sa.text(
        "INSERT INTO plan_task (plan, item, responsible, duty, planned_on, state, version)"
        " VALUES (:plan, :item, :responsible, :duty, '2025-12-31', 'not_started', 1)"
    )
    for item, responsible, duty in _TASKS:
        op.execute(insert.bindparams(plan=_PLAN, item=item, responsible=responsible, duty=duty))


def downgrade() -> None:
    op.drop_table("plan_task_history")
    op.drop_table("plan_task")
