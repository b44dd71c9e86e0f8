"""Formats of names, passwords, telephone numbers and codes; pure functions on values."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import accumulate, pairwise
from typing import Final

from confusable_homoglyphs import confusables
from stdnum.exceptions import ValidationError
from stdnum.vn import mst
from zxcvbn import zxcvbn

from registry.accounts.models import NAME_MAX, OWNING_KINDS, UNTIL_LABEL, OrganisationKind, OwnerCategory
from registry.authz.actors import Role
from registry.kernel.days import later_problem
from registry.kernel.errors import Invalid
from registry.kernel.i18n import _
from registry.kernel.text import TextRefused, fold, normalise, shown

PASSWORD_MIN: Final = 12
#: Far above any typed password; it prevents hashing megabytes.
PASSWORD_MAX: Final = 200
#: Roles whose rights are limited to an area.
AREA_ROLES: Final = frozenset({Role.AREA_INSPECTOR, Role.COMMUNE_PC})

#: Which kinds of organisation may hold a role.
KINDS_OF_ROLE: Final[Mapping[Role, tuple[OrganisationKind, ...]]] = {
    Role.LEAD_DEPARTMENT: (OrganisationKind.DEPARTMENT,),
    Role.CONSTRUCTION_DEPARTMENT: (OrganisationKind.DEPARTMENT,),
    Role.FINANCE_DEPARTMENT: (OrganisationKind.DEPARTMENT,),
    Role.INDUSTRY_TRADE_DEPARTMENT: (OrganisationKind.DEPARTMENT,),
    Role.ZONE_BOARD: (OrganisationKind.DEPARTMENT,),
    Role.PROVINCIAL_PC: (OrganisationKind.PROVINCIAL_COMMITTEE,),
    Role.COMMUNE_PC: (OrganisationKind.COMMUNE_COMMITTEE,),
    Role.AREA_INSPECTOR: (OrganisationKind.COMMUNE_COMMITTEE, OrganisationKind.DEPARTMENT),
    Role.OPERATOR: (OrganisationKind.OPERATOR, OrganisationKind.TOWER_COMPANY),
    Role.INFRA_OWNER: OWNING_KINDS,
    Role.DEFENCE_USER: (OrganisationKind.DEFENCE,),
    Role.CITIZEN: (OrganisationKind.OTHER,),
    Role.MINISTRY: (OrganisationKind.MINISTRY,),
    Role.ADMIN: (OrganisationKind.DEPARTMENT, OrganisationKind.PROVINCIAL_COMMITTEE),
}
#: Roles of one department each: a second one would read and decide what is another's.
DEPARTMENT_ROLES: Final = frozenset(
    {
        Role.LEAD_DEPARTMENT,
        Role.CONSTRUCTION_DEPARTMENT,
        Role.FINANCE_DEPARTMENT,
        Role.INDUSTRY_TRADE_DEPARTMENT,
        Role.ZONE_BOARD,
    }
)
#: Roles that read or decide what is not of the own organisation: two administrators give them.
OFFICE_ROLES: Final = DEPARTMENT_ROLES | AREA_ROLES | {Role.PROVINCIAL_PC, Role.ADMIN}

_USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{2,63}")
_CODE = re.compile(r"[a-z0-9][a-z0-9_-]{1,39}")
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_PAPER_SIGN: Final = re.compile(r"[^\W_]+(?:[&-][^\W_]+)*")
_SHORT_NUMBER = re.compile(r"1[0-9]{2,9}")
_EMAIL = re.compile(r"[^\s@<>\"(),:;]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_EMAIL_MAX = 254
_VIETNAM: Final = "+84"
#: Digits of a mobile number after its 0, of a land line, of a free line.
_GROUPS: Final = {10: (4, 3, 3), 11: (4, 3, 4), 8: (4, 4)}
#: Words of this program and its province that a password is not made of.
_PROGRAM_NAMES: Final = ("hatang", "vienthong", "hatangvienthong", "dungchung", "thanhhoa", "registry", "matkhau")
_LEAST_NAME: Final = 3
#: Letters and digits that a password needs besides names, and how hard to guess (power of ten) they are together.
_LEAST_OWN: Final = 8
_LEAST_OWN_LOG10: Final = 6
_ESTIMATED: Final = 64
#: Guesses (power of ten) below which a password counts as one that is tried first.
_LEAST_GUESSES_LOG10: Final = 8


def fold_username(text: str) -> str:
    """The form in which account names are compared: NFKC, lower case, trimmed; never refuses."""
    return unicodedata.normalize("NFKC", text).strip().lower()


def read_username(text: str) -> str:
    """An account name as stored; Invalid for other characters or another length."""
    name = fold_username(text)
    if not _USERNAME.fullmatch(name):
        raise Invalid(
            {
                "username": _(
                    "Tên đăng nhập “%(value)s” không đúng: cần 3 đến 64 ký tự gồm chữ cái không dấu, chữ số, "
                    "dấu chấm, gạch ngang hoặc gạch dưới, bắt đầu bằng chữ cái hoặc chữ số.",
                    value=shown(text),
                )
            }
        )
    return name


def read_password(text: str, field: str = "password", names: Sequence[str] = ()) -> str:
    """A new password in NFKC; Invalid unless it has 12 to 200 characters, no control character, no surrogate.

    It is refused, too, if it is one that is tried first: a common one or a simple pattern, or little more than one of
    the `names` (of the account, its organisation) or the name of this program.
    """
    password = unicodedata.normalize("NFKC", text)
    strange = next((character for character in password if unicodedata.category(character) in ("Cc", "Cs")), None)
    if strange is not None:
        raise Invalid(
            {
                field: _(
                    "Mật khẩu có ký tự điều khiển %(code)s; cần các ký tự gõ được từ bàn phím.",
                    code=f"U+{ord(strange):04X}",
                )
            }
        )
    if PASSWORD_MIN <= len(password) <= PASSWORD_MAX:
        _refuse_guessable(password, field, names)
        return password
    raise Invalid(
        {
            field: _(
                "Mật khẩu có %(length)d ký tự, cần từ %(least)d đến %(most)d ký tự.",
                length=len(password),
                least=PASSWORD_MIN,
                most=PASSWORD_MAX,
            )
        }
    )


def _refuse_guessable(password: str, field: str, names: Sequence[str]) -> None:
    # Without separators, which make a name no harder to guess.
    rest = whole = "".join(filter(str.isalnum, fold(password)))
    for word in sorted({part for name in (*names, *_PROGRAM_NAMES) for part in _parts(name)}, key=len, reverse=True):
        rest = rest.replace(word, "")
    if rest != whole and (len(rest) < _LEAST_OWN or _guesses_log10(rest) < _LEAST_OWN_LOG10):
        sentence = _("Mật khẩu gần như chỉ gồm tên người dùng, tên đơn vị hoặc tên hệ thống; cần một câu khác.")
        raise Invalid({field: sentence})
    if _guesses_log10(password) < _LEAST_GUESSES_LOG10:
        sentence = _("Mật khẩu thuộc loại thường gặp, dễ đoán; cần một câu dài, khó đoán.")
        raise Invalid({field: sentence})


def _guesses_log10(text: str) -> float:
    """The estimate costs the square of the length; what is longer is judged by its beginning."""
    return float(zxcvbn(text[:_ESTIMATED])["guesses_log10"])


def _parts(name: str) -> list[str]:
    """The words of a name and the name without spaces, folded; short ones are no names."""
    words = re.findall(r"[a-z0-9]+", fold(name))
    return [word for word in (*words, "".join(words)) if len(word) >= _LEAST_NAME]


def read_name(text: str, field: str) -> str:
    """A name on one line, in composed Unicode, 1 to 200 characters, without letters that pass for Latin ones."""
    try:
        name = normalise(text)
    except TextRefused as error:
        raise Invalid({field: str(error)}) from error
    if not name:
        raise Invalid({field: _("Chưa nhập tên; nội dung này là bắt buộc.")})
    look_alike = confusables.is_confusable(name, greedy=False, preferred_aliases=["latin", "common"])
    if look_alike:
        raise Invalid(
            {
                field: _(
                    "“%(value)s” có chữ “%(letter)s” (U+%(code)s) trông như chữ Latinh; cần gõ lại bằng chữ Latinh.",
                    value=shown(name),
                    letter=look_alike[0]["character"],
                    code=f"{ord(look_alike[0]['character']):04X}",
                )
            }
        )
    if len(name) > NAME_MAX:
        raise Invalid(
            {
                field: _(
                    "“%(value)s” dài %(length)d ký tự, cần không quá %(most)d ký tự.",
                    value=shown(name),
                    length=len(name),
                    most=NAME_MAX,
                )
            }
        )
    return name


def read_code(text: str) -> str:
    """The code of an organisation: lower case ASCII letters, digits, dash and underscore."""
    code = text.strip().lower()
    if not _CODE.fullmatch(code):
        raise Invalid(
            {
                "code": _(
                    "Mã “%(value)s” không đúng: cần 2 đến 40 ký tự gồm chữ cái không dấu, chữ số, gạch ngang "
                    "hoặc gạch dưới.",
                    value=shown(text),
                )
            }
        )
    return code


def read_phone(text: str | None, field: str = "phone") -> str | None:
    """A telephone number in E.164 (a leading 0 means Vietnam); None for an empty text."""
    if not text or not text.strip():
        return None
    digits = re.sub(r"[\s.()-]", "", text)
    number = "+84" + digits[1:] if digits.startswith("0") and not digits.startswith("00") else digits
    if not _E164.fullmatch(number):
        raise Invalid(
            {
                field: _(
                    "Số điện thoại “%(value)s” không đúng; ví dụ đúng: 0912 345 678 hoặc +84 912 345 678.",
                    value=shown(text),
                )
            }
        )
    return number


def read_hotline(text: str | None) -> str | None:
    """An emergency number: E.164, or a Vietnamese short number (119) or freephone number (1800 1091)."""
    digits = re.sub(r"[\s.()-]", "", text or "")
    return digits if _SHORT_NUMBER.fullmatch(digits) else read_phone(text, "hotline")


def read_email(text: str | None) -> str | None:
    """An e-mail address, checked by form only; None for an empty text."""
    if not text or not text.strip():
        return None
    address = text.strip()
    if len(address) > _EMAIL_MAX or not _EMAIL.fullmatch(address):
        raise Invalid(
            {
                "email": _(
                    "Địa chỉ thư điện tử “%(value)s” không đúng; ví dụ đúng: ten@coquan.gov.vn.", value=shown(text)
                )
            }
        )
    return address


def email_key(address: str | None) -> str | None:
    """The form in which addresses are compared: letters of any width and case are one."""
    return unicodedata.normalize("NFKC", address).strip().casefold() if address else None


def read_paper_sign(text: str | None) -> str | None:
    """The sign of an agency in the numbers of its papers, such as SXD or SNN&MT; None for an empty text."""
    if not text or not text.strip():
        return None
    sign = text.strip()
    if not _PAPER_SIGN.fullmatch(sign):
        raise Invalid(
            {
                "paper_sign": _(
                    "Chữ viết tắt “%(value)s” không đúng: chỉ gồm chữ cái, chữ số, dấu & và gạch nối; ví dụ đúng: SXD.",
                    value=shown(text),
                )
            }
        )
    return sign


def read_tax_code(text: str | None) -> str | None:
    """A Vietnamese tax code (10 or 13 digits, valid check digit) without separators; None for an empty text."""
    if not text or not text.strip():
        return None
    try:
        return str(mst.validate(text))
    except ValidationError as error:
        raise Invalid(
            {
                "tax_code": _(
                    "Mã số thuế “%(value)s” không đúng: cần 10 hoặc 13 chữ số với chữ số kiểm tra hợp lệ.",
                    value=shown(text),
                )
            }
        ) from error


#: Which owner categories a kind of organisation can have.
CATEGORIES_OF: Final = {
    OrganisationKind.OPERATOR: (OwnerCategory.OPERATOR,),
    OrganisationKind.TOWER_COMPANY: (OwnerCategory.TOWER_COMPANY,),
    OrganisationKind.POWER_COMPANY: (OwnerCategory.POWER,),
    OrganisationKind.WATER_COMPANY: (OwnerCategory.OTHER, OwnerCategory.STATE_BUDGET),
    OrganisationKind.ZONE_INVESTOR: (OwnerCategory.ZONE_INVESTOR, OwnerCategory.STATE_BUDGET),
    OrganisationKind.DEPARTMENT: (OwnerCategory.STATE_BUDGET,),
    OrganisationKind.COMMUNE_COMMITTEE: (OwnerCategory.STATE_BUDGET,),
    OrganisationKind.PROVINCIAL_COMMITTEE: (OwnerCategory.STATE_BUDGET,),
    OrganisationKind.MINISTRY: (OwnerCategory.STATE_BUDGET,),
    OrganisationKind.DEFENCE: (OwnerCategory.STATE_BUDGET,),
    OrganisationKind.OTHER: (OwnerCategory.OTHER, OwnerCategory.STATE_BUDGET),
}
_TELECOM: Final = (OrganisationKind.OPERATOR, OrganisationKind.TOWER_COMPANY)
_STATE: Final = (
    OrganisationKind.DEPARTMENT,
    OrganisationKind.COMMUNE_COMMITTEE,
    OrganisationKind.PROVINCIAL_COMMITTEE,
    OrganisationKind.MINISTRY,
)
_COMPANIES: Final = (
    *_TELECOM,
    OrganisationKind.POWER_COMPANY,
    OrganisationKind.WATER_COMPANY,
    OrganisationKind.ZONE_INVESTOR,
    OrganisationKind.OTHER,
)
#: Kinds that can succeed a kind: those with the same licences and duties.
SUCCESSORS_OF: Final = {
    **dict.fromkeys(_TELECOM, _TELECOM),
    **dict.fromkeys(_STATE, _STATE),
    OrganisationKind.POWER_COMPANY: (OrganisationKind.POWER_COMPANY,),
    OrganisationKind.WATER_COMPANY: (OrganisationKind.WATER_COMPANY, OrganisationKind.OTHER),
    OrganisationKind.ZONE_INVESTOR: (OrganisationKind.ZONE_INVESTOR, OrganisationKind.OTHER, *_STATE),
    OrganisationKind.DEFENCE: (OrganisationKind.DEFENCE,),
    OrganisationKind.OTHER: (*_COMPANIES, *_STATE),
}


def check_category(kind: OrganisationKind, category: OwnerCategory) -> None:
    """Invalid for an owner category that the kind of organisation cannot have."""
    fitting = CATEGORIES_OF[kind]
    if category not in fitting:
        raise Invalid(
            {
                "owner_category": _(
                    "Nhóm chủ sở hữu “%(value)s” không hợp với loại tổ chức “%(kind)s”; cần một trong: %(fitting)s.",
                    value=category.label,
                    kind=kind.label,
                    fitting=", ".join(str(each.label) for each in fitting),
                )
            }
        )


def check_period(valid_from: date, valid_to: date | None, field: str = "valid_to") -> None:
    """Invalid if the last day is before the first."""
    problem = later_problem((_("Từ ngày"), valid_from), (UNTIL_LABEL, valid_to))
    if problem is not None:
        raise Invalid({field: problem})


def check_area(role: Role, has_units: bool) -> None:
    """Invalid unless units are given exactly for the roles that have an area."""
    if role is Role.PUBLIC:
        raise Invalid({"role": _("Vai trò 'Công chúng' dành cho người chưa đăng nhập, cần chọn vai trò khác.")})
    if role in AREA_ROLES and not has_units:
        raise Invalid({"unit_ids": _("Vai trò “%(role)s” cần ít nhất một đơn vị hành chính.", role=role.label)})
    if role not in AREA_ROLES and has_units:
        raise Invalid(
            {"unit_ids": _("Vai trò “%(role)s” không gắn với địa bàn, cần bỏ các đơn vị đã chọn.", role=role.label)}
        )


def check_role_fits(role: Role, kind: OrganisationKind, organisation: str) -> None:
    """Invalid (`role`) unless an organisation of this kind may hold the role."""
    fitting = KINDS_OF_ROLE.get(role, ())
    if kind not in fitting:
        raise Invalid(
            {
                "role": _(
                    "Vai trò “%(role)s” không giao được cho tài khoản của “%(organisation)s” (%(kind)s); cần tổ "
                    "chức thuộc loại: %(fitting)s.",
                    role=role.label,
                    organisation=organisation,
                    kind=kind.label,
                    fitting=", ".join(str(each.label) for each in fitting),
                )
            }
        )


def format_phone(number: str | None) -> str:
    """A stored number (E.164, or a short one) in Vietnamese notation; "" for None."""
    if not number:
        return ""
    digits = "0" + number.removeprefix(_VIETNAM) if number.startswith(_VIETNAM) else number
    groups = _GROUPS.get(len(digits)) if digits.isdecimal() else None
    if groups is None:
        return digits
    ends = (0, *accumulate(groups))
    return " ".join(digits[start:end] for start, end in pairwise(ends))
