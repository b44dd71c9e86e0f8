"""The tokens of a person and of its organisation: list, issue, revoke."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from flask import render_template

from registry.access_tokens.bearer import new_text
from registry.access_tokens.forms import TokenForm
from registry.access_tokens.queries import get_token, list_tokens, uses_of
from registry.access_tokens.rules import MAX_TOKENS
from registry.access_tokens.service import issue_token, revoke_token, scopes_for
from registry.accounts.queries import list_area_units
from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.kernel.forms.answers import Page, go
from registry.kernel.forms.submit import act, submit
from registry.kernel.http.errors import html_errors
from registry.kernel.i18n import _

bp = GuardedBlueprint("access_tokens", __name__, errors=html_errors)
#: What the form of a new token suggests.
_USUAL: Final = timedelta(days=90)


@bp.get("/account/tokens", permission=P.ACCOUNT_SELF)
def index(ctx: Ctx) -> str:
    """The reader's own tokens and those of its organisation."""
    return render_template("access_tokens/list.html", tokens=list_tokens(ctx), most=MAX_TOKENS, actor_id=ctx.actor.id)


@bp.get("/account/tokens/new", permission=P.ACCOUNT_SELF)
def new(ctx: Ctx) -> str:
    """The form of a token."""
    scopes = scopes_for(ctx.actor)
    form = TokenForm(formdata=None, scopes=[scope.value for scope in scopes[:1]], expires_on=ctx.today + _USUAL)
    return _form_page(ctx, form)


@bp.post("/account/tokens/new", permission=P.ACCOUNT_SELF, binds=True)
def create(ctx: Ctx) -> Page:
    """Issue it and show its text, this once."""
    form = TokenForm()
    form.offer(scopes_for(ctx.actor), _units(ctx))
    text = new_text(ctx.actor.id)
    issued = submit(ctx, form, lambda: issue_token(ctx, form.to_command(text)))
    if issued is None:
        return _form_page(ctx, form), form.refusal_status
    return render_template("access_tokens/shown.html", token=issued, text=text)


@bp.get("/account/tokens/<int:token_id>", permission=P.ACCOUNT_SELF)
def detail(ctx: Ctx, token_id: int) -> str:
    """One token with its latest uses."""
    token = get_token(ctx, token_id)
    (view,) = [view for view in list_tokens(ctx) if view.token.id == token.id]
    return render_template("access_tokens/detail.html", view=view, uses=uses_of(ctx, token))


@bp.post("/account/tokens/<int:token_id>/revoke", permission=P.ACCOUNT_SELF)
def revoke(ctx: Ctx, token_id: int) -> Page:
    """End it at once."""
    token = act(ctx, lambda: revoke_token(ctx, token_id))
    return go(ctx, "access_tokens.index", _("Đã thu hồi mã truy cập “%(name)s”.", name=token.name))


def _units(ctx: Ctx) -> dict[str, list[tuple[int, str]]]:
    """The units that a token may be narrowed to; those of the area of the actor come first."""
    groups = list_area_units(ctx.session, ctx.today)
    if not ctx.actor.unit_ids:
        return groups
    area = [unit for rows in groups.values() for unit in rows if unit[0] in ctx.actor.unit_ids]
    others = {
        _("%(group)s ngoài địa bàn phụ trách", group=group): [row for row in rows if row not in area]
        for group, rows in groups.items()
    }
    return {_("Địa bàn phụ trách"): area} | others


def _form_page(ctx: Ctx, form: TokenForm) -> str:
    form.offer(scopes_for(ctx.actor), _units(ctx))
    return render_template("access_tokens/form.html", form=form)
