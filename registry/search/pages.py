"""The search over all features and its page of results."""

from __future__ import annotations

from dataclasses import dataclass, replace

from flask import redirect, render_template, request, url_for

from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.authz.scopes import holds
from registry.kernel.db.session import plan_for_values
from registry.kernel.errors import Invalid
from registry.kernel.forms.answers import Page
from registry.kernel.geo.coordinates import place_in_link
from registry.kernel.http.errors import html_errors
from registry.kernel.search import MAX_TEXT, SEARCH_SOURCES, Query, SearchGroup, marked, read_query
from registry.kernel.text import TextRefused
from registry.structures.positions.moment import read_when


@dataclass(frozen=True)
class SearchHits:
    """The groups with hits or a note, whether they are only similar, and the number of hits."""

    groups: list[SearchGroup]
    near: bool = False

    @property
    def count(self) -> int:
        return sum(len(group.hits) for group in self.groups)


def search(ctx: Ctx, query: Query) -> SearchHits:
    """The results of all features; similar ones where no feature has an exact match."""
    if not query.words:
        return SearchHits([])
    plan_for_values(ctx.session)
    groups = _search_all(ctx, query)
    if query.may_have_typos and all(group.is_empty for group in groups):
        near = _search_all(ctx, replace(query, near=True))
        return SearchHits(near, near=True) if near else SearchHits(groups)
    return SearchHits(groups)


def _search_all(ctx: Ctx, query: Query) -> list[SearchGroup]:
    groups = [group for source in SEARCH_SOURCES.values() if (group := source(ctx, query)) is not None]
    return [group for group in groups if not group.is_empty or group.note]


bp = GuardedBlueprint("search", __name__, errors=html_errors)


@bp.get("/search", permission=P.PUBLIC)
def results(ctx: Ctx) -> Page:
    """The results for `q`, group by group; 422 for invalid characters."""
    typed = request.args.get("q", "")
    when = read_when(request.args)
    if when is not None:
        # Only structures have a history: their list searches the versions valid then.
        return redirect(f"{url_for('structures.list', q=typed)}&{when.query}", code=303)
    may_find_names = holds(ctx.actor, P.STRUCTURE_READ)
    try:
        query = read_query(place_in_link(typed) or typed)
    except TextRefused as refused:
        page = render_template("search/results.html", query=None, refusal=str(refused), may_find_names=may_find_names)
        return page, Invalid.status
    search_result = search(ctx, query)
    return render_template(
        "search/results.html",
        query=query,
        refusal=None,
        found=search_result,
        cut=MAX_TEXT if len(typed.strip()) > MAX_TEXT else None,
        marked=marked,
        may_find_names=may_find_names,
        **{name: value for group in search_result.groups for name, value in group.data.items()},
    )
