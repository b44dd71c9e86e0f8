"""Rules of the second factor on values alone: codes and their steps, sealed secrets, who is asked."""

from __future__ import annotations

import hashlib
import ipaddress
import os
import unicodedata
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Final

import pyotp
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pyotp.utils import strings_equal

from registry.authz.actors import Role
from registry.authz.second_factor import SETTING_KEY
from registry.kernel.base32 import code_of, read_code
from registry.kernel.dated_settings import Protects, SettingDeclaration, SettingPart, number_field
from registry.kernel.fields import Field
from registry.kernel.i18n import _l
from registry.kernel.installation import Installation
from registry.kernel.units import DAY

STEP_S: Final = 30
#: Steps around the present one whose code is accepted.
TOLERANCE: Final = 1
#: Steps around the present one that show a clock that is off: five minutes.
CLOCK_STEPS: Final = 10
RECOVERY_CODES: Final = 10
#: Characters of Base32: 80 bits, so that a plain hash is enough.
RECOVERY_LENGTH: Final = 16
PASS_LENGTH: Final = 12
_DIGITS: Final = 6
_NONCE: Final = 12
#: Groups of roles, each asked or not by the dated setting.
GROUPS: Final[Mapping[str, frozenset[Role]]] = {
    "administrators": frozenset({Role.ADMIN}),
    "departments": frozenset(
        {
            Role.LEAD_DEPARTMENT,
            Role.CONSTRUCTION_DEPARTMENT,
            Role.FINANCE_DEPARTMENT,
            Role.INDUSTRY_TRADE_DEPARTMENT,
            Role.ZONE_BOARD,
            Role.PROVINCIAL_PC,
            Role.COMMUNE_PC,
        }
    ),
    "inspectors": frozenset({Role.AREA_INSPECTOR}),
    "others": frozenset({Role.OPERATOR, Role.INFRA_OWNER, Role.DEFENCE_USER, Role.CITIZEN, Role.MINISTRY}),
}


def _asked(name: str, label: Any) -> SettingPart:
    return SettingPart(Field(name, label, required=True, python_type=bool), (name,))


def _number(name: str, label: Any, unit: Any, least: str, most: str) -> SettingPart:
    return SettingPart(number_field(name, label, unit, least, most), (name,))


DECLARATION: Final = SettingDeclaration(
    SETTING_KEY,
    _l("Xác thực hai lớp khi đăng nhập"),
    _l("Tài khoản"),
    (
        _asked("administrators", _l("Bắt buộc với quản trị hệ thống")),
        _asked("departments", _l("Bắt buộc với sở, ngành, UBND")),
        _asked("inspectors", _l("Bắt buộc với cán bộ kiểm tra")),
        _asked("others", _l("Bắt buộc với các vai trò khác")),
        _number("remember_days", _l("Ghi nhớ thiết bị trong"), DAY, "1", "90"),
        _number("again_minutes", _l("Xác thực lại trước thao tác có giá trị ràng buộc, sau (phút)"), None, "5", "720"),
    ),
    _l("Tài khoản đã bật xác thực hai lớp luôn được yêu cầu, dù vai trò có bắt buộc hay không."),
    protects=Protects.OWNERS,
)


def is_required(value: Mapping[str, Any], roles: Collection[Role]) -> bool:
    """Whether a value of the setting asks one of the roles for a second factor."""
    return any(value[name] for name, members in GROUPS.items() if members.intersection(roles))


def samples_need_no_factor(installation: Installation) -> bool:
    """Whether sample accounts sign in with the password alone: a demonstration that only this machine reaches."""
    return installation.demo and not installation.demo_second_factor and installation.is_local


def is_exempt(installation: Installation, is_sample: bool, address: str) -> bool:
    """Whether this sign-in of a sample account needs no second factor."""
    if not is_sample or not samples_need_no_factor(installation):
        return False
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def new_secret() -> str:
    """A new shared secret in Base32, 160 bits (RFC 4226)."""
    return pyotp.random_base32()


def address_of(secret: str, username: str, issuer: str) -> str:
    """The `otpauth` address that an app reads from a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=issuer)


def step_at(moment: datetime) -> int:
    return int(moment.timestamp()) // STEP_S


def read_digits(typed: str) -> str | None:
    """The six digits of a typed code, in any script and with any spaces; None for anything else."""
    text = "".join(unicodedata.normalize("NFKC", typed[:40]).split()).replace("-", "")
    return text if len(text) == _DIGITS and text.isascii() and text.isdigit() else None


def matching_step(secret: str, digits: str, now: datetime) -> int | None:
    """The step whose code the digits are, nearest to the present one and at most `CLOCK_STEPS` from it."""
    present, generator = step_at(now), pyotp.TOTP(secret)
    steps = sorted(range(present - CLOCK_STEPS, present + CLOCK_STEPS + 1), key=lambda step: abs(step - present))
    # All are compared, so that the time of the answer does not depend on the code.
    matches = [step for step in steps if strings_equal(generator.generate_otp(step), digits)]
    return matches[0] if matches else None


def hash_code(user_id: int, code: str) -> bytes:
    """The stored hash of a recovery code or day pass of an account."""
    return hashlib.sha256(f"{user_id}:{code}".encode()).digest()


def read_recovery_code(typed: str) -> str | None:
    return read_code(typed, RECOVERY_LENGTH)


def read_pass(typed: str) -> str | None:
    return read_code(typed, PASS_LENGTH)


def derived_codes(token: str) -> list[str]:
    """The recovery codes that follow from a token of 256 random bits."""
    return [
        code_of(hashlib.sha256(f"{token}:{index}".encode()).digest(), RECOVERY_LENGTH)
        for index in range(RECOVERY_CODES)
    ]


def seal(key: str, user_id: int, secret: str) -> bytes:
    """The secret encrypted for one account with a key that follows from that of the installation."""
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(_derived(key)).encrypt(nonce, secret.encode(), str(user_id).encode())


def unseal(key: str, user_id: int, sealed: bytes) -> str | None:
    """The secret; None where it was sealed for another account or by another installation."""
    try:
        return AESGCM(_derived(key)).decrypt(sealed[:_NONCE], sealed[_NONCE:], str(user_id).encode()).decode()
    except InvalidTag:
        return None


def _derived(key: str) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=b"second-factor").derive(key.encode())
