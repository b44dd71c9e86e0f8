"""Site search of organisations: by name, other spellings and tax code."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import Select, false, func, or_, select
from sqlalchemy.orm import Session

from registry.accounts.models import Organisation, OrganisationAlias, OrganisationKind
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import holds
from registry.kernel.db.matching import TextTest, matches
from registry.kernel.i18n import _, _l
from registry.kernel.search import GROUP_SIZE, Hit, Link, Query, SearchGroup

#: A tax code, or its beginning, as people write it.
_TAX_CODE: Final = re.compile(r"\d[\d .-]{3,}")
_NOT_DIGIT: Final = re.compile(r"\D+")


def match_organisations(
    session: Session, query: Query, kinds: Iterable[OrganisationKind], size: int = GROUP_SIZE
) -> list[Organisation]:
    """Organisations with every word of the query in their names, or with similar names.

    Names are public; the caller decides which of them to show.
    """
    digits = _NOT_DIGIT.sub("", query.text)
    taxed = Organisation.tax_code.startswith(digits) if _TAX_CODE.fullmatch(query.text) else false()
    named = or_(func.fold(Organisation.short_name) == query.folded, Organisation.code == query.folded)

    def statement(passes: TextTest) -> Select[Any]:
        spelt = select(OrganisationAlias.organisation_id).where(
            OrganisationAlias.is_active, passes(OrganisationAlias.folded)
        )
        return (
            select(Organisation)
            .where(
                Organisation.kind.in_(kinds), or_(passes(Organisation.search_text), Organisation.id.in_(spelt), taxed)
            )
            .order_by(named.desc(), Organisation.valid_to.desc().nulls_first(), Organisation.short_name)
            .limit(size)
        )

    return matches(session, query, Organisation.search_text, statement)


def search_organisations(ctx: Ctx, query: Query) -> SearchGroup | None:
    """The search source of organisations, for administrators."""
    if not holds(ctx.actor, P.ACCOUNT_MANAGE):
        return None
    organisations = match_organisations(ctx.session, query, OrganisationKind, GROUP_SIZE + 1)
    hits = [
        Hit(
            row.short_name,
            Link("accounts.organisation", {"organisation_id": row.id}),
            facts=(row.name, str(row.kind.label), *([_("MST %(code)s", code=row.tax_code)] if row.tax_code else [])),
        )
        for row in organisations
    ]
    more = Link("accounts.organisations", {"q": query.text}) if len(hits) > GROUP_SIZE and not query.near else None
    return SearchGroup("organisations", _l("Các tổ chức"), hits[:GROUP_SIZE], more)
