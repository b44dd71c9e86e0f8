"""Passkeys (WebAuthn): the only module that knows the library. A challenge is signed, bound to one proof, and short."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import webauthn
from itsdangerous import BadData, URLSafeTimedSerializer
from webauthn.helpers import base64url_to_bytes
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from registry.kernel.errors import Invalid
from registry.kernel.i18n import _

#: Seconds for which a challenge is answered.
_MAX_AGE_S: Final = 300
_SALT: Final = "passkey"
_MOST_CHARACTERS: Final = 20_000


@dataclass(frozen=True)
class PasskeyHost:
    """This registry as passkeys know it: the name of its host, its origin, and the name that devices show."""

    host: str
    origin: str
    name: str

    @property
    def takes_passkeys(self) -> bool:
        """Whether browsers make passkeys for the host: they do for names, not for IP addresses."""
        try:
            ipaddress.ip_address(self.host.strip("[]"))
        except ValueError:
            return True
        return False


def party_of(address: str, name: str) -> PasskeyHost:
    """The party of the address under which browsers reach the registry."""
    parts = urlsplit(address)
    return PasskeyHost(parts.hostname or "", f"{parts.scheme}://{parts.netloc}", name)


@dataclass(frozen=True)
class PasskeyQuestion:
    """What a browser is asked: the options as JSON, and the challenge as the form sends it back."""

    options: str
    challenge: str


@dataclass(frozen=True)
class Registered:
    """A passkey that was just made."""

    credential_id: bytes
    public_key: bytes
    sign_count: int


def ask_to_make(
    key: str, party: PasskeyHost, user_id: int, username: str, purpose: str, taken: Sequence[bytes]
) -> PasskeyQuestion:
    """Ask a browser for a new passkey of an account; `taken`: the ids of those that it has."""
    options = webauthn.generate_registration_options(
        rp_id=party.host,
        rp_name=party.name,
        user_name=username,
        user_id=str(user_id).encode(),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED, user_verification=UserVerificationRequirement.PREFERRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=each) for each in taken],
    )
    return _question(key, options, purpose)


def ask_to_prove(key: str, party: PasskeyHost, purpose: str, taken: Sequence[bytes]) -> PasskeyQuestion:
    """Ask a browser to sign with one of the passkeys of an account."""
    options = webauthn.generate_authentication_options(
        rp_id=party.host, allow_credentials=[PublicKeyCredentialDescriptor(id=each) for each in taken]
    )
    return _question(key, options, purpose)


def read_registered(key: str, party: PasskeyHost, purpose: str, challenge: str, typed: str) -> Registered:
    """The passkey that a browser made; Invalid (`passkey`) with one sentence otherwise."""
    credential = _credential(party, typed)
    try:
        verified = webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=_challenge(key, purpose, challenge),
            expected_rp_id=party.host,
            expected_origin=party.origin,
        )
    except WebAuthnException as error:
        raise _refused() from error
    return Registered(verified.credential_id, verified.credential_public_key, verified.sign_count)


def credential_id(party: PasskeyHost, typed: str) -> bytes:
    """The id of the passkey that a browser signed with."""
    try:
        return base64url_to_bytes(str(_credential(party, typed).get("rawId", "")))
    except ValueError as error:
        raise _refused() from error


def read_proof(
    key: str, party: PasskeyHost, purpose: str, challenge: str, typed: str, *, public_key: bytes, sign_count: int
) -> int:
    """The new count of a passkey that signed the challenge; Invalid (`passkey`) with one sentence otherwise."""
    credential = _credential(party, typed)
    try:
        verified = webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=_challenge(key, purpose, challenge),
            expected_rp_id=party.host,
            expected_origin=party.origin,
            credential_public_key=public_key,
            credential_current_sign_count=sign_count,
        )
    except WebAuthnException as error:
        raise _refused() from error
    return verified.new_sign_count


def _question(key: str, options: Any, purpose: str) -> PasskeyQuestion:
    return PasskeyQuestion(webauthn.options_to_json(options), _signer(key).dumps([purpose, options.challenge.hex()]))


def _challenge(key: str, purpose: str, signed: str) -> bytes:
    try:
        issued_for, challenge = _signer(key).loads(signed, max_age=_MAX_AGE_S)
    except (BadData, ValueError):
        issued_for, challenge = "", ""
    if issued_for != purpose:
        raise Invalid(
            {
                "passkey": _(
                    "Yêu cầu xác thực bằng khóa truy cập đã quá 5 phút hoặc đã dùng; hãy chọn lại nút khóa truy cập."
                )
            }
        )
    return bytes.fromhex(challenge)


def _credential(party: PasskeyHost, typed: str) -> dict[str, Any]:
    """The answer of the browser; Invalid where it is none, or of another host."""
    try:
        credential = json.loads(typed[:_MOST_CHARACTERS])
        client = json.loads(base64url_to_bytes(credential["response"]["clientDataJSON"]))
        origin = str(client["origin"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise _refused() from error
    if origin != party.origin:
        raise Invalid(
            {
                "passkey": _(
                    "Khóa truy cập này thuộc địa chỉ “%(origin)s”; cần khóa đã đăng ký tại “%(own)s”.",
                    origin=origin[:200],
                    own=party.origin,
                )
            }
        )
    return dict(credential)


def _refused() -> Invalid:
    return Invalid(
        {"passkey": _("Không xác nhận được khóa truy cập; hãy thử lại hoặc dùng mã 6 chữ số, mã khôi phục.")}
    )


def _signer(key: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(key, salt=_SALT)
