"""What the search of the site says of organisations to who administers them."""

from __future__ import annotations

from registry.accounts.finding import match_organisations
from registry.accounts.models import OrganisationKind
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import holds
from registry.kernel.i18n import _, _l
from registry.kernel.search import GROUP_SIZE, Group, Hit, Link, Query


def organisations(ctx: Ctx, query: Query) -> Group | None:
    """Organisations by name, spelling and tax code, each leading to its administration."""
    if not holds(ctx.actor, P.ACCOUNT_MANAGE):
        return None
    found = match_organisations(ctx.session, query, OrganisationKind, GROUP_SIZE + 1)
    hits = [
        Hit(
            row.short_name,
            Link("accounts.organisation", {"organisation_id": row.id}),
            facts=(row.name, str(row.kind.label), *([_("MST %(code)s", code=row.tax_code)] if row.tax_code else [])),
        )
        for row in found
    ]
    more = Link("accounts.organisations", {"q": query.text}) if len(hits) > GROUP_SIZE and not query.near else None
    return Group("organisations", _l("Các tổ chức"), hits[:GROUP_SIZE], more)
