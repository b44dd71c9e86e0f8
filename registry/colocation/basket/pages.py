"""Pages of the basket: fill in and send all drafts; collect and take out structures, also from the map."""

from __future__ import annotations

from flask import flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.colocation.basket.forms import BasketForm, basket_form, read_versions
from registry.colocation.basket.queries import MOST_LINES, Basket, read_basket, summarise
from registry.colocation.basket.service import (
    AddToBasket,
    NotSent,
    add_to_basket,
    check_versions,
    discard,
    save_basket,
    send_drafts,
    take_out,
)
from registry.colocation.forms import REQUEST_FIELDS
from registry.colocation.list_view import answering_by_owner, waiting_by_structure
from registry.colocation.rules import FIELDS_BY_HOSTING, REQUIRED_FIELDS
from registry.kernel.errors import Invalid, NotFound
from registry.kernel.forms.answers import Page, flash_done
from registry.kernel.forms.submit import submit
from registry.kernel.http.errors import html_errors
from registry.kernel.http.resubmission import previous_page
from registry.kernel.i18n import _, _n
from registry.kernel.numbers import parse_ids
from registry.workflow.forms import MoveForm

bp = GuardedBlueprint("basket", __name__, errors=html_errors, url_prefix="/colocation/basket")
_ALL = "all"


@bp.get("", permission=P.COLOCATION_REQUEST)
def index(ctx: Ctx) -> str:
    """The basket with its form."""
    basket = read_basket(ctx)
    return _page(ctx, basket, basket_form(basket, typed=False))


@bp.get("/bar", permission=P.COLOCATION_REQUEST)
def bar(ctx: Ctx) -> Response:
    """The basket in one line, for the workspace."""
    return _bar(ctx)


@bp.post("/items", permission=P.COLOCATION_REQUEST)
def add(ctx: Ctx) -> Page:
    """Collect structures (`code` or `id`, many): a script gets the bar, a form its page again or the basket."""
    command = AddToBasket(tuple(request.form.getlist("code")), parse_ids(request.form.getlist("id")))
    try:
        added = add_to_basket(ctx, command)
    except Invalid as refused:
        if not _from_script():
            raise
        return _bar(ctx, refused.sentences, tone="bad")
    done = [_n("Đã thêm %(num)d công trình vào giỏ đề nghị.", added.count)] if added.count else []
    if _from_script():
        return _bar(ctx, [*done, *added.notes], tone="warn" if added.notes else "good")
    for text in done:
        flash_done(ctx, text)
    for text in added.notes:
        flash(text, "warning")
    opens = request.form.get("then") == "form"
    return redirect(url_for("basket.index") if opens else previous_page(), code=303)


@bp.post("/remove", permission=P.COLOCATION_REQUEST)
def remove(ctx: Ctx) -> Page:
    """Take out one structure (`item` or `id`), or give up the draft to one owner (`draft`)."""
    was_removed = True
    draft, item = parse_ids([request.form.get("draft", "")]), parse_ids([request.form.get("item", "")])
    structure = parse_ids([request.form.get("id", "")])
    if draft:
        discard(ctx, draft[0], MoveForm().read_version)
        sentence = _("Đã bỏ các công trình này khỏi giỏ.")
    elif not item and not structure:
        raise NotFound
    else:
        was_removed = take_out(ctx, item_id=item[0] if item else None, structure_id=structure[0] if structure else None)
        sentence = _("Đã bỏ công trình khỏi giỏ.") if was_removed else _("Công trình này không còn trong giỏ.")
    if _from_script():
        return _bar(ctx, [sentence], tone="good" if was_removed else "warn")
    if was_removed:
        flash_done(ctx, sentence)
    else:
        flash(sentence, "warning")
    return redirect(url_for("basket.index"), code=303)


@bp.post("", permission=P.COLOCATION_REQUEST)
def save(ctx: Ctx) -> Page:
    """Save all drafts, then send those that `send` names: one by its id, or `all`.

    422 and 409 (changed in another window) show the form again with the typed values; nothing is sent then.
    """
    basket = read_basket(ctx)
    filled = basket_form(basket, typed=True)
    versions = read_versions(request.form.getlist("draft"))
    saved = submit(
        ctx,
        filled.form,
        lambda: save_basket(ctx, filled.command(versions)),
        # First: what the page offered may no longer exist.
        before=lambda: check_versions(ctx, basket, versions),
    )
    if saved is None:
        return _page(ctx, read_basket(ctx) if filled.form.conflict else basket, filled), filled.form.refusal_status
    return _send(ctx, saved, request.form.get("send", ""))


def _send(ctx: Ctx, basket: Basket, wanted: str) -> Page:
    request_ids = list(basket.versions) if wanted == _ALL else list(parse_ids([wanted]))
    if not request_ids:
        flash_done(ctx, _("Đã lưu giỏ đề nghị."))
    for result in send_drafts(ctx, request_ids):
        if isinstance(result, NotSent):
            flash(_("Chưa gửi tới %(owner)s: %(why)s", owner=result.owner, why=" ".join(result.reasons)), "warning")
            continue
        flash_done(
            ctx,
            _n(
                "Đã gửi %(number)s tới %(owner)s, %(num)d công trình.",
                result.count,
                number=result.number,
                owner=result.owner,
            ),
        )
        for text in result.left_out:
            flash(text, "warning")
    return redirect(url_for("basket.index"), code=303)


def _page(ctx: Ctx, basket: Basket, filled: BasketForm) -> str:
    ids = [line.structure.id for line in basket.lines if line.structure.exact]
    return render_template(
        "basket/index.html",
        basket=basket,
        filled=filled,
        form=filled.form,
        most=MOST_LINES,
        required=REQUIRED_FIELDS,
        declared=REQUEST_FIELDS,
        needed={hosting: ("quantity", *FIELDS_BY_HOSTING[hosting].needed) for hosting in basket.shown},
        waiting=waiting_by_structure(ctx, ids),
        answering=answering_by_owner(ctx),
    )


def _bar(ctx: Ctx, sentences: list[str] | None = None, tone: str = "good") -> Response:
    page = render_template("basket/_bar.html", summary=summarise(ctx), said=sentences or [], tone=tone)
    answer = make_response(page)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _from_script() -> bool:
    return "HX-Request" in request.headers
