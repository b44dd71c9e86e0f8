"""Dated settings of inspections: the weights and limits of the risk, and the checklists by kind."""

from __future__ import annotations

from typing import Final

from registry.kernel.dated_settings import PartShape, SettingDeclaration, SettingPart, number_field, numbers
from registry.kernel.fields import Field
from registry.kernel.i18n import _l
from registry.kernel.units import MONTH, PERCENT, YEAR
from registry.structures.kinds import KINDS

WEIGHTS: Final = "inspection.risk_weights"
LIMITS: Final = "inspection.risk_limits"
#: The list of order management, for structures that were built without a permit lawfully or by an unknown regime.
ORDER_LIST: Final = "inspection.checklist.order"
#: The list for every structure; each kind may have one of its own.
COMMON_LIST: Final = "inspection.checklist.common"
_SUBJECT: Final = _l("Kiểm tra")
_COLUMNS: Final = (
    Field("code", _l("Mã mục"), max_length=40, required=True),
    Field("text", _l("Nội dung kiểm tra"), max_length=300, required=True),
    Field("basis", _l("Căn cứ"), max_length=200, required=True),
    Field("act", _l("Mã hành vi vi phạm khi không đạt"), max_length=40),
    Field("owner", _l("Chủ sở hữu là bên vi phạm"), required=True, python_type=bool),
)


def kind_list(kind: str) -> str:
    """The key of the checklist of a kind."""
    return f"inspection.checklist.{kind}"


def _checklist(key: str, label: object) -> SettingDeclaration:
    rows = Field(
        "rows",
        label,
        multiline=True,
        max_length=20_000,
        required=True,
        hint=_l(
            "Mỗi dòng một mục: mã; nội dung; căn cứ; mã hành vi (để trống được); chủ sở hữu là bên vi phạm (có/không)."
        ),
    )
    return SettingDeclaration(key, label, _SUBJECT, (SettingPart(rows, ("rows",), PartShape.ROWS, _COLUMNS),))


DECLARATIONS: Final = (
    SettingDeclaration(
        WEIGHTS,
        _l("Trọng số rủi ro khi đề xuất kiểm tra"),
        _SUBJECT,
        numbers(
            number_field("overdue", _l("Quá hạn kiểm tra"), None, "0", "100"),
            number_field("old", _l("Công trình đã cũ"), None, "0", "100"),
            number_field("overloaded", _l("Gần hết hoặc hết sức chứa"), None, "0", "100"),
            number_field("unconfirmed", _l("Chưa từng được xác nhận"), None, "0", "100"),
            number_field("poor_owner", _l("Chủ sở hữu có kết quả kiểm tra kém"), None, "0", "100"),
            number_field("findings", _l("Đã có phát hiện khi kiểm tra"), None, "0", "100"),
            number_field("reinspect", _l("Quá hạn khắc phục, chưa kiểm tra lại"), None, "0", "100"),
        ),
        hint=_l("Trọng số của chủ sở hữu nhân với tỷ lệ công trình không đạt của chủ sở hữu đó."),
    ),
    SettingDeclaration(
        LIMITS,
        _l("Ngưỡng rủi ro khi đề xuất kiểm tra"),
        _SUBJECT,
        numbers(
            number_field("inspected_months", _l("Quá hạn khi lần kiểm tra gần nhất đã quá"), MONTH, "1", "240"),
            number_field("old_years", _l("Đã cũ khi xây dựng đã quá"), YEAR, "1", "100"),
            number_field("full_pct", _l("Gần hết sức chứa khi đã dùng từ"), PERCENT, "1", "100"),
            number_field("owner_months", _l("Xét kết quả của chủ sở hữu trong"), MONTH, "1", "240"),
        ),
    ),
    _checklist(ORDER_LIST, _l("Danh mục kiểm tra trật tự xây dựng (công trình miễn giấy phép)")),
    _checklist(COMMON_LIST, _l("Danh mục kiểm tra chung")),
    *(_checklist(kind_list(code), _l("Danh mục kiểm tra: %(kind)s", kind=kind.label)) for code, kind in KINDS.items()),
)
