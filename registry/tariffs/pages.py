"""Pages of tariffs: list, own prices, detail with history, forms."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

from flask import redirect, render_template, request, url_for

from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.authz.scopes import allowed, holds, require
from registry.kernel.dated_settings import setting_rows
from registry.kernel.fields import labels_of
from registry.kernel.forms.answers import Page, flash_done
from registry.kernel.forms.submit import submit
from registry.kernel.http.errors import html_errors
from registry.kernel.i18n import _, format_date
from registry.kernel.lists.page import list_page
from registry.structures.kinds import KINDS
from registry.tariffs.forms import EndForm, PriceForm, PublishForm, ReplaceForm, tariff_as_typed
from registry.tariffs.list_view import LIMITS, OWN_TARIFFS, TARIFFS
from registry.tariffs.models import Tariff
from registry.tariffs.queries import (
    OUTLIER,
    PUBLISH_DAYS,
    figures_from_row,
    get_tariff,
    history_of,
    price_of,
)
from registry.tariffs.rules import (
    DAY,
    OutlierLimits,
    change_pct,
    format_money,
    format_price,
    formula,
    is_unusual,
    limits_of,
    state_of,
)
from registry.tariffs.service import end_tariff, publish_tariff, replace_tariff
from registry.territory.queries import commune_choices, get_province

bp = GuardedBlueprint("tariffs", __name__, errors=html_errors)


@bp.get("/tariffs", permission=P.TARIFF_READ)
def index(ctx: Ctx) -> str:
    return render_template(
        "tariffs/index.html",
        listing=list_page(ctx, TARIFFS),
        may_publish=holds(ctx.actor, P.TARIFF_PUBLISH),
        **_context(ctx),
    )


@bp.get("/tariffs/own", permission=P.TARIFF_PUBLISH)
def own(ctx: Ctx) -> str:
    """All prices of the reader's organisation, past ones included."""
    return render_template("tariffs/own.html", listing=list_page(ctx, OWN_TARIFFS), **_context(ctx))


@bp.get("/tariffs/new", permission=P.TARIFF_PUBLISH)
def new(ctx: Ctx) -> str:
    """The form of a new price; `kind` and `structure` of the URL fill it."""
    preset = {name: request.args.get(name, "") for name in ("kind", "structure")}
    return _publish_page(ctx, PublishForm(formdata=None, data=preset))


@bp.post("/tariffs", permission=P.TARIFF_PUBLISH)
def publish(ctx: Ctx) -> Page:
    form = PublishForm()
    tariff = submit(ctx, form, lambda: publish_tariff(ctx, form.to_command()))
    if tariff is None:
        return _publish_page(ctx, form), form.refusal_status
    flash_done(ctx, _("Đã công bố giá thuê."))
    return redirect(url_for("tariffs.detail", tariff_id=tariff.id), code=303)


@bp.get("/tariffs/<int:tariff_id>", permission=P.TARIFF_READ)
def detail(ctx: Ctx, tariff_id: int) -> str:
    """One price, its comparison figures today, and the history of its subject."""
    tariff = get_tariff(ctx, tariff_id)
    rows = history_of(ctx, tariff)
    shown = next(row for row in rows if row.Tariff.id == tariff.id)
    # Compare each price with the one before; withdrawn ones never applied.
    applied = [
        row.Tariff for row in rows if state_of(row.Tariff.valid_from, row.Tariff.valid_to, ctx.today) != "withdrawn"
    ]
    changes = {
        later.id: change_pct(former.monthly or former.price, later.monthly or later.price)
        for later, former in pairwise(applied)
    }
    state = state_of(tariff.valid_from, tariff.valid_to, ctx.today)
    return render_template(
        "tariffs/detail.html",
        tariff=tariff,
        labels=labels_of(Tariff),
        shown=shown,
        rows=rows,
        changes=changes,
        state=state,
        state_of=state_of,
        figures=figures_from_row(shown),
        may_change=state in ("now", "later") and allowed(ctx, P.TARIFF_PUBLISH, tariff),
        withdraw_on=format_date(tariff.valid_from - DAY),
        today=ctx.today,
        **_context(ctx),
    )


@bp.get("/tariffs/<int:tariff_id>/replace", permission=P.TARIFF_PUBLISH)
def replace(ctx: Ctx, tariff_id: int) -> str:
    tariff = _own(ctx, tariff_id)
    return _replace_page(ctx, tariff, ReplaceForm(formdata=None, data=tariff_as_typed(tariff)))


@bp.post("/tariffs/<int:tariff_id>/replace", permission=P.TARIFF_PUBLISH, endpoint="replace_post")
def replace_post(ctx: Ctx, tariff_id: int) -> Page:
    """422 and 409 (edited meanwhile) show the form again with the typed values."""
    tariff, form = _own(ctx, tariff_id), ReplaceForm()
    return _changed(
        ctx,
        form,
        lambda: replace_tariff(ctx, form.to_command(tariff)),
        lambda: _replace_page(ctx, tariff, form),
        _("Đã công bố giá mới; giá cũ được giữ trong lịch sử."),
    )


@bp.get("/tariffs/<int:tariff_id>/end", permission=P.TARIFF_PUBLISH)
def end(ctx: Ctx, tariff_id: int) -> str:
    tariff = _own(ctx, tariff_id)
    return _end_page(ctx, tariff, EndForm(formdata=None, data={"version": str(tariff.version)}))


@bp.post("/tariffs/<int:tariff_id>/end", permission=P.TARIFF_PUBLISH, endpoint="end_post")
def end_post(ctx: Ctx, tariff_id: int) -> Page:
    tariff, form = _own(ctx, tariff_id), EndForm()
    return _changed(
        ctx,
        form,
        lambda: end_tariff(ctx, form.to_command(tariff_id)),
        lambda: _end_page(ctx, tariff, form),
        _("Đã ghi ngày kết thúc của giá thuê."),
    )


def _own(ctx: Ctx, tariff_id: int) -> Tariff:
    """The tariff of the actor's organisation; checked before the form is read."""
    tariff = get_tariff(ctx, tariff_id)
    require(ctx, P.TARIFF_PUBLISH, tariff)
    return tariff


def _changed(ctx: Ctx, form: Any, call: Callable[[], Tariff], page: Callable[[], str], done: str) -> Page:
    saved = submit(ctx, form, call)
    if saved is None:
        return page(), form.refusal_status
    flash_done(ctx, done)
    return redirect(url_for("tariffs.detail", tariff_id=saved.id), code=303)


def _publish_page(ctx: Ctx, form: PublishForm) -> str:
    province = get_province(ctx.session)
    name = province.name if province else _("Toàn tỉnh")
    form.offer_communes(_("Toàn tỉnh (%(name)s)", name=name), commune_choices(ctx.session, ctx.today))
    return render_template("tariffs/new.html", form=form, **_context(ctx))


def _replace_page(ctx: Ctx, tariff: Tariff, form: PriceForm) -> str:
    return render_template("tariffs/replace.html", form=form, tariff=tariff, **_context(ctx))


def _end_page(ctx: Ctx, tariff: Tariff, form: EndForm) -> str:
    return render_template("tariffs/end.html", form=form, tariff=tariff, **_context(ctx))


def _context(ctx: Ctx) -> dict[str, Any]:
    """Template context shared by all pages of prices, with the settings that they cite."""
    law = setting_rows(ctx.session, [OUTLIER, PUBLISH_DAYS], ctx.today)
    limits: OutlierLimits = limits_of(law[OUTLIER].value)
    ctx.memo[LIMITS] = limits
    return {
        "kinds": {code: kind.label for code, kind in KINDS.items()},
        "money": format_money,
        "price_words": format_price,
        "price_of": price_of,
        "formula": formula(),
        "limits": limits,
        "outlier_law": law[OUTLIER],
        "publish_law": law[PUBLISH_DAYS],
        "unusual": lambda row: is_unusual(row.Tariff.monthly, figures_from_row(row), limits),
    }
