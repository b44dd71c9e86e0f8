"""The page of results."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.authz.scopes import holds
from registry.kernel.geo.links import place_in_link
from registry.kernel.http.pages import html_errors
from registry.kernel.search import MOST_TEXT, marked, read_query
from registry.kernel.text import TextRefused
from registry.search.sources import search
from registry.structures.positions.moment import read_when

bp = GuardedBlueprint("search", __name__, errors=html_errors)
Page = str | tuple[str, int] | Response
_INVALID = 422


@bp.get("/search", permission=P.PUBLIC)
def results(ctx: Ctx) -> Page:
    """What the words of `q` find, group by group; 422 says which character no search can take."""
    typed = request.args.get("q", "")
    when = read_when(request.args)
    if when is not None:
        # Of the past only structures are known; their list finds the words in what was valid then.
        return redirect(f"{url_for('structures.list', q=typed)}&{when.query}", code=303)
    may_find_names = holds(ctx.actor, P.STRUCTURE_READ)
    try:
        query = read_query(place_in_link(typed) or typed)
    except TextRefused as refused:
        page = render_template("search/results.html", query=None, refusal=str(refused), may_find_names=may_find_names)
        return page, _INVALID
    found = search(ctx, query)
    return render_template(
        "search/results.html",
        query=query,
        refusal=None,
        found=found,
        cut=MOST_TEXT if len(typed.strip()) > MOST_TEXT else None,
        marked=marked,
        may_find_names=may_find_names,
        **{name: value for group in found.groups for name, value in group.data.items()},
    )
