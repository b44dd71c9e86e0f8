"""What the pages of the second factor share: the party, purposes of challenges, signed secrets, the page itself."""

from __future__ import annotations

from typing import Final

import segno
from flask import current_app, g, render_template, request
from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy.orm import Session

from registry.accounts.actor import SignedInActor
from registry.accounts.browser import awaiting_actor, safe_next
from registry.accounts.demo import SAMPLE_NAMES
from registry.accounts.factors import passkeys, rules
from registry.accounts.factors.forms import AddAppForm, SecondFactorForm
from registry.accounts.factors.passkeys import PasskeyHost, PasskeyQuestion
from registry.accounts.factors.queries import passkey_ids
from registry.authz.actors import PUBLIC_ACTOR
from registry.authz.blueprint import DATABASE
from registry.kernel.errors import Invalid
from registry.kernel.i18n import _
from registry.kernel.installation import INSTALLATION

#: Seconds within which the secret of a page is confirmed by its first code.
_SECRET_AGE_S: Final = 1_800
_SALT: Final = "totp-secret"
_QUIET_ZONE: Final = 4


def installation_key() -> str:
    return str(current_app.config["SECRET_KEY"])


def party() -> PasskeyHost:
    """This registry as passkeys know it."""
    return passkeys.party_of(INSTALLATION.current().base_url or request.host_url.rstrip("/"), issuer())


def issuer() -> str:
    return _("Hạ tầng viễn thông thụ động dùng chung")


def is_exempt(actor: SignedInActor) -> bool:
    """Whether this sign-in is that of a sample account on the machine of its demonstration."""
    return rules.is_exempt(INSTALLATION.current(), actor.username in SAMPLE_NAMES, request.remote_addr or "")


def purpose_of(actor: SignedInActor) -> str:
    """What a challenge is issued for: one proof of one session. A proof changes it, so that none is taken twice."""
    proved = actor.second_factor.proved_at if actor.second_factor is not None else None
    return f"{actor.session_id}:{proved.isoformat() if proved else ''}"


def prover() -> SignedInActor | None:
    """The account of the request that can prove a second factor now: at sign-in, or before an act that binds."""
    actor = g.get("actor")
    if isinstance(actor, SignedInActor) and actor.second_factor is not None:
        return actor
    return awaiting_actor()


def passkey_question(session: Session, actor: SignedInActor) -> PasskeyQuestion | None:
    """What the browser is asked to sign; None for an account without passkeys."""
    taken = passkey_ids(session, actor.id)
    return passkeys.ask_to_prove(installation_key(), party(), purpose_of(actor), taken) if taken else None


def prove_page(session: Session, actor: SignedInActor, form: SecondFactorForm) -> str:
    """The form that asks for the second factor."""
    question = passkey_question(session, actor)
    form.challenge.data, form.passkey.data = question.challenge if question else "", ""
    return render_template(
        "accounts/second_factor.html", form=form, question=question, is_again=awaiting_actor() is None, who=actor
    )


def kept_form(kept: str, back: str) -> SecondFactorForm:
    """The form that asks for the second factor and carries what was typed before."""
    form = SecondFactorForm(formdata=None)
    form.next.data, form.kept.data = safe_next(back), kept
    return form


def prove_again_page(actor: SignedInActor, message: str, kept: str, back: str) -> str:
    """The form with what was typed, for a request whose transaction is over."""
    form = kept_form(kept, back)
    form.form_errors = [message]
    with DATABASE.current().transaction(PUBLIC_ACTOR, read_only=True, interactive=True) as ctx:
        return prove_page(ctx.session, actor, form)


def sign_secret(user_id: int, secret: str) -> str:
    return _signer().dumps([user_id, secret])


def read_secret(user_id: int, signed: str) -> str:
    """The secret that a page showed to an account; Invalid where it is older than half an hour."""
    try:
        owner, secret = _signer().loads(signed, max_age=_SECRET_AGE_S)
    except (BadData, ValueError):
        owner, secret = None, ""
    if owner != user_id:
        raise Invalid({"code": _("Mã QR của trang đã quá 30 phút; hãy tải lại trang rồi quét mã mới.")})
    return str(secret)


def app_context(actor: SignedInActor, form: AddAppForm) -> dict[str, str]:
    """The QR code and the letters of the secret of a form; a new secret where the form has none that counts."""
    try:
        secret = read_secret(actor.id, form.secret.data or "")
    except Invalid:
        secret = rules.new_secret()
    form.secret.data = sign_secret(actor.id, secret)
    picture = segno.make(rules.address_of(secret, actor.username, issuer()), error="m", micro=False)
    letters = " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
    return {"picture": picture.svg_data_uri(border=_QUIET_ZONE, omitsize=True), "letters": letters}


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(installation_key(), salt=_SALT)
