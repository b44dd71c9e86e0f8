"""Rules of streets, made by the services as their users make them."""

from datetime import date

from sqlalchemy import select

from registry.streetrules.commands import WriteRule
from registry.streetrules.service import write_rule
from registry.streetrules.workflow import RULE
from registry.streets.rule_models import RuleKind, StreetRule
from registry.territory.models import AdminUnit
from registry.workflow.engine import fire

FIRST = date(2026, 6, 1)
VALUES = {
    "kind": RuleKind.NO_NEW_HANGING,
    "from_place": None,
    "to_place": None,
    "document_number": "125/QĐ-UBND",
    "document_on": date(2026, 5, 1),
    "issuer": "UBND tỉnh",
    "valid_from": FIRST,
    "valid_to": None,
    "note": None,
}


def draft(ctx_of, street, *, username="so.xaydung", commune=None, line=None, **values):
    """The id of a draft; `commune` is the code of a commune."""
    with ctx_of(username) as ctx:
        present = select(AdminUnit.id).where(AdminUnit.code == commune, AdminUnit.in_force(ctx.today))
        unit = None if commune is None else ctx.session.scalars(present).one()
        return write_rule(ctx, WriteRule(VALUES | values, street, unit, line)).id


def move(ctx_of, rule_id, name, *, username="so.xaydung", now=None, **data):
    """Make a move with the version as it stands; the state after it."""
    with ctx_of(username, now=now) as ctx:
        version = ctx.session.scalars(select(StreetRule.version).where(StreetRule.id == rule_id)).one()
        return fire(ctx, RULE, rule_id, name, data, version=version).state


def announced(ctx_of, street, *, on=date(2026, 5, 4), now=None, **values):
    """The id of an announced rule."""
    rule_id = draft(ctx_of, street, **values)
    move(ctx_of, rule_id, "announce", now=now, announced_on=on, files=["quyet-dinh.pdf"])
    return rule_id
