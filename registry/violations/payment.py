"""How a fine is paid: sum, account and reference, also as a VietQR code. The register takes no money."""

from __future__ import annotations

import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

import segno

from registry.authz.actors import Ctx
from registry.kernel.dated_settings import Protects, SettingDeclaration, SettingPart, setting_row
from registry.kernel.fields import Field
from registry.kernel.i18n import _, _l
from registry.kernel.text import fold
from registry.violations.codes import FINE_ACCOUNT
from registry.violations.models import Violation
from registry.violations.rules import unpaid_fine
from registry.violations.workflow.enforcing import interest_on
from registry.violations.workflow.terms import payment_due

_BIN: Final = re.compile(r"\d{6}")
_ACCOUNT: Final = re.compile(r"[0-9A-Za-z]{4,19}")
#: Codes of the standard of NAPAS for transfers to an account, on EMVCo's merchant-presented QR.
_NAPAS: Final = "A000000727"
_TO_ACCOUNT: Final = "QRIBFTTA"
_DONG: Final = "704"
_COUNTRY: Final = "VN"
#: Letters that the description of a transfer takes.
_REFERENCE: Final = re.compile(r"[^A-Z0-9 ]+")
_QUIET_ZONE: Final = 4


@dataclass(frozen=True)
class Payment:
    """What is to be paid today, whereto, and the description that the payer writes."""

    fine_vnd: Decimal
    interest_vnd: Decimal
    due: date | None
    reference: str
    bank: str
    account: str
    holder: str
    #: A data URI; "" without an account.
    qr: str
    source: str
    needs_verification: bool

    @property
    def total_vnd(self) -> Decimal:
        return self.fine_vnd + self.interest_vnd


def payment_of(ctx: Ctx, case: Violation) -> Payment | None:
    """The payment of a case whose fine is not paid yet; None otherwise."""
    if not case.fine_vnd or case.paid_on is not None or case.decision_number is None:
        return None
    row = setting_row(ctx.session, FINE_ACCOUNT, ctx.today)
    account: Mapping[str, str] = row.value
    fine, interest = unpaid_fine(case), interest_on(ctx, case, ctx.today)
    reference = reference_of(case)
    bank_bin, number = account.get("bin", ""), account.get("account", "")
    payload = vietqr(bank_bin, number, fine + interest, reference) if bank_bin and number else ""
    return Payment(
        fine,
        interest,
        payment_due(ctx, case),
        reference,
        account.get("bank", ""),
        number,
        account.get("holder", ""),
        _picture(payload) if payload else "",
        row.source,
        row.needs_verification,
    )


def reference_of(case: Violation) -> str:
    """The description of a transfer: the numbers of case and decision, in capitals without marks."""
    text = fold(f"{case.number} {case.decision_number}").upper().replace("/", " ").replace("-", " ")
    return " ".join(_REFERENCE.sub("", text).split())[:50]


def vietqr(bank_bin: str, account: str, amount: Decimal, reference: str) -> str:
    """The text of a VietQR code for one transfer of whole đồng to an account."""
    receiver = _item("00", bank_bin) + _item("01", account)
    text = "".join(
        (
            _item("00", "01"),
            # For one payment of a stated sum.
            _item("01", "12"),
            _item("38", _item("00", _NAPAS) + _item("01", receiver) + _item("02", _TO_ACCOUNT)),
            _item("53", _DONG),
            _item("54", f"{amount:.0f}"),
            _item("58", _COUNTRY),
            _item("62", _item("08", reference)),
            "6304",
        )
    )
    # CRC-16 of CCITT, begun with ones.
    return f"{text}{binascii.crc_hqx(text.encode('ascii'), 0xFFFF):04X}"


def _item(code: str, value: str) -> str:
    return f"{code}{len(value):02d}{value}"


def _picture(payload: str) -> str:
    return str(segno.make(payload, error="m", micro=False).svg_data_uri(border=_QUIET_ZONE, omitsize=True))


def _account_problems(_ctx: Any, value: Any) -> Mapping[str, str]:
    """Code and account of the bank are written as the QR code takes them, together or not at all."""
    bank_bin, account = value.get("bin", ""), value.get("account", "")
    problems = {}
    if bank_bin and not _BIN.fullmatch(bank_bin):
        problems["bin"] = _("Mã ngân hàng “%(code)s” không đúng; cần đúng 6 chữ số, ví dụ 970415.", code=bank_bin)
    if account and not _ACCOUNT.fullmatch(account):
        problems["account"] = _("Số tài khoản “%(number)s” không đúng; cần 4 đến 19 chữ số, chữ cái.", number=account)
    if bool(bank_bin) is not bool(account):
        missing = "account" if bank_bin else "bin"
        problems[missing] = _("Chưa nhập; mã ngân hàng và số tài khoản phải ghi cùng nhau.")
    return problems


def _text_part(name: str, label: Any, most: int, *, required: bool = False) -> SettingPart:
    return SettingPart(Field(name, label, max_length=most, required=required), (name,))


ACCOUNT_SETTING: Final = SettingDeclaration(
    FINE_ACCOUNT,
    _l("Tài khoản thu tiền phạt"),
    _l("Vi phạm"),
    (
        _text_part("bank", _l("Nơi thu"), 200, required=True),
        _text_part("bin", _l("Mã ngân hàng trên mã QR (6 chữ số)"), 6),
        _text_part("account", _l("Số tài khoản"), 19),
        _text_part("holder", _l("Tên tài khoản"), 200),
    ),
    hint=_l("Hệ thống không thu tiền; mã QR chỉ để chuyển đúng số tiền, đúng nội dung."),
    check=_account_problems,
    protects=Protects.OWNERS,
)
