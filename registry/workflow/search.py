"""What the search of the site says of cases, for every workflow: those that the reader may see, by number and title."""

from __future__ import annotations

from collections.abc import Callable

from registry.authz.actors import Ctx
from registry.authz.scopes import holds
from registry.kernel.i18n import _
from registry.kernel.search import GROUP_SIZE, Group, Hit, Link, Query
from registry.workflow.definition import Workflow
from registry.workflow.lists import match_cases


def cases_of(workflow: Workflow, **kept: str) -> Callable[[Ctx, Query], Group | None]:
    """The source of one workflow; `kept` are arguments that its list needs besides the words to show the rest."""

    def source(ctx: Ctx, query: Query) -> Group | None:
        if query.near or not holds(ctx.actor, workflow.read):
            return None
        found = match_cases(ctx, workflow, query, GROUP_SIZE + 1)
        hits = [
            Hit(
                case.title,
                Link(workflow.page, {"case_id": case.id}),
                case.number or _("bản nháp"),
                badge=(case.state.label, workflow.tones.get(case.state, "neutral")),
            )
            for case in found
        ]
        more = Link(workflow.index, {**kept, "q": query.text}) if len(hits) > GROUP_SIZE else None
        return Group(workflow.code, workflow.label, hits[:GROUP_SIZE], more)

    return source
