"""Rules of streets in every state: what the rows of the table name, and what their forms send."""

from datetime import date

from registry.streets.rule_models import StreetRule
from tests.factories.planned_routes import street
from tests.factories.street_rules import announced, draft
from tests.permissions.violations import photo

_ROAD = "Quốc lộ 471"
#: Move -> the object that it is tried with, and what its form sends besides the version.
MOVES = {
    "rule announce": ("rule draft", {"announced_on": "04/05/2026", "files": ("quyet-dinh.jpg", photo())}),
    "rule close": ("rule in force", {"completed_on": "01/10/2026"}),
    "rule cancel": ("rule in force", {"reason": "Thay bằng quy định mới"}),
}
_FORM = {
    "street": _ROAD,
    "commune": "0",
    "kind": "underground_only",
    "valid_from": "01/06/2026",
    "document_number": "125/QĐ-UBND",
    "document_on": "01/05/2026",
    "issuer": "UBND tỉnh",
    "system": "wgs84",
}
STREET_RULE_FIELDS = {
    "street_rules.create": _FORM,
    "street_rules.save": _FORM | {"version": "{case_version}"},
    **{
        ("workflow.step_post", name): {"version": "{case_version}"} | fields
        for name, (_object, fields) in MOVES.items()
    },
}


def street_rule_objects(ctx_of):
    """Object of the table -> what fills addresses and bodies."""
    with ctx_of("quantri") as ctx:
        street(ctx, _ROAD, (0, 3000), (1000, 3000))
    rules = {
        "rule draft": draft(ctx_of, _ROAD),
        "rule in force": announced(ctx_of, _ROAD),
        "rule to come": announced(ctx_of, _ROAD, valid_from=date(2027, 3, 1)),
    }
    with ctx_of("so.xaydung", read_only=True) as ctx:
        objects = {
            name: {
                "workflow": "streetrule",
                "case_id": number,
                "case_version": ctx.session.get_one(StreetRule, number).version,
            }
            for name, number in rules.items()
        }
    return objects | {name: objects[kind] | {"move": name.split()[-1]} for name, (kind, _said) in MOVES.items()}
