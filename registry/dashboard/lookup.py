"""Follow a case by the number and the code of its receipt, without an account."""

from __future__ import annotations

from flask import current_app, render_template, request
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from registry.accounts.attempts import SecretCode
from registry.accounts.browser import attempt_counter
from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.kernel.forms.base import BaseForm
from registry.kernel.forms.submit import add_errors
from registry.kernel.http.errors import html_errors
from registry.kernel.i18n import _, _l
from registry.workflow.receipts import find_progress

bp = GuardedBlueprint("lookup", __name__, errors=html_errors)


class LookupForm(BaseForm):
    """Number and code, as the receipt has them."""

    number = StringField(
        _l("Số hồ sơ"),
        [InputRequired(), Length(max=80)],
        description=_l("Ghi trên phiếu tiếp nhận, ví dụ DC-2026-000012."),
        render_kw={"autocomplete": "off", "aria-required": "true"},
    )
    code = StringField(
        _l("Mã tra cứu"),
        [InputRequired(), Length(max=80)],
        description=_l("32 chữ và số ghi trên phiếu tiếp nhận; có thể bỏ dấu cách."),
        render_kw={"autocomplete": "off", "aria-required": "true", "spellcheck": "false"},
    )


@bp.get("/lookup", permission=P.PUBLIC)
def index(_ctx: Ctx) -> str:
    return render_template("home/lookup.html", form=LookupForm(formdata=None), found=None)


@bp.post("/lookup", permission=P.PUBLIC)
def find(ctx: Ctx) -> str | tuple[str, int]:
    """What the holder of a receipt may follow; one refusal for all that is wrong, few of which one address may have.

    A right code is answered however often others of its network were wrong: it cannot be guessed.
    """
    form = LookupForm()
    if not form.validate_on_submit():
        return render_template("home/lookup.html", form=form, found=None), form.refusal_status
    secret = str(current_app.config["SECRET_KEY"])
    progress = find_progress(ctx, secret, form.number.data or "", form.code.data or "")
    if progress is None:
        attempt_counter().take_wrong_code(SecretCode.RECEIPT, request.remote_addr or "")
        refused = _("Số hồ sơ hoặc mã tra cứu không đúng; hãy nhập đúng như trên phiếu tiếp nhận.")
        add_errors(form, {"": [refused]})
        return render_template("home/lookup.html", form=form, found=None), form.refusal_status
    return render_template("home/lookup.html", form=LookupForm(formdata=None), found=progress)
