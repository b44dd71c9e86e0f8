"""The setting of open data: licence, publishing agency and contact."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from registry.accounts.rules import read_email
from registry.authz.actors import Ctx
from registry.kernel.dated_settings import SettingDeclaration, SettingPart
from registry.kernel.errors import Invalid
from registry.kernel.fields import Field
from registry.kernel.i18n import _, _l

PUBLICATION: Final = "open_data.publication"
_ADDRESS: Final = re.compile(r"https?://[A-Za-z0-9.-]+(/[!-~]*)?")


def _problems(_ctx: Ctx, value: Any) -> Mapping[str, str]:
    """Addresses are written so that programs read them."""
    problems = {}
    licence, email = value.get("licence_url", ""), value.get("contact_email", "")
    if not _ADDRESS.fullmatch(licence):
        problems["licence_url"] = _(
            "Địa chỉ giấy phép “%(text)s” không đúng; cần địa chỉ bắt đầu bằng https://.", text=licence[:60]
        )
    try:
        read_email(email)
    except Invalid as refused:
        problems["contact_email"] = " ".join(refused.fields["email"])
    return problems


def _text_part(name: str, label: Any, most: int, *, required: bool = True) -> SettingPart:
    return SettingPart(Field(name, label, max_length=most, required=required), (name,))


DECLARATION: Final = SettingDeclaration(
    PUBLICATION,
    _l("Công bố dữ liệu mở"),
    _l("Tải về và công bố"),
    (
        _text_part("licence_name", _l("Giấy phép"), 200),
        _text_part("licence_url", _l("Địa chỉ giấy phép"), 300),
        _text_part("publisher", _l("Cơ quan công bố"), 200),
        _text_part("contact_email", _l("Thư điện tử liên hệ"), 200, required=False),
        _text_part("contact_phone", _l("Điện thoại liên hệ"), 40, required=False),
    ),
    hint=_l("Hiển thị trên trang “Dữ liệu mở” và trong bản ghi DCAT của mọi bộ dữ liệu."),
    check=_problems,
)
