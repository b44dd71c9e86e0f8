"""A project in public-private partnership: what fills addresses, and what its forms send."""

from datetime import date
from decimal import Decimal

from registry.kernel.fields import fields_of
from registry.money.commands import SaveProject
from registry.money.models import PppProject, PppState
from registry.money.service import save_project
from registry.money.streets import link_street
from registry.routelists.models import RouteItem
from tests.factories.routelists import agreed

_FORM = {
    "name": "Hào kỹ thuật đường vành đai",
    "scope": "6 km hào kỹ thuật",
    "capital_vnd": "90.000.000.000",
    "state": "approved",
    "source": "Quyết định số 125/QĐ-UBND",
    "source_on": "04/05/2026",
}
MONEY_FIELDS = {
    "money.create": _FORM,
    "money.add_street": {"number": "{street_number}"},
    "money.remove_street": {"number": "{linked_number}"},
    "money.save": _FORM | {"version": "1"},
}


def project_objects(ctx_of):
    """Object of the table -> what fills addresses."""
    values = dict.fromkeys(fields_of(PppProject)) | {
        "name": "Cống bể dùng chung Sầm Sơn",
        "scope": "12 km cống bể",
        "capital_vnd": Decimal(40_000_000_000),
        "state": PppState.PROPOSED,
        "source": "Tờ trình số 10/TTr-STC",
        "source_on": date(2026, 3, 2),
    }
    with ctx_of("so.taichinh") as ctx:
        project_id = save_project(ctx, SaveProject(values)).id
    # In a list of their own: others are issued as they were read.
    linked, other = (agreed(ctx_of, year=2024, street_name=f"Phố Dự Án {number}") for number in (1, 2))
    with ctx_of("so.khcn", read_only=True) as ctx:
        numbers = [ctx.session.get_one(RouteItem, item_id).number for item_id in (linked, other)]
    with ctx_of("so.taichinh") as ctx:
        link_street(ctx, project_id, numbers[0])
    return {"ppp project": {"project_id": project_id, "linked_number": numbers[0], "street_number": numbers[1]}}
