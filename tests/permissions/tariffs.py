"""Prices of Viettel, one of a restricted tower: what the rows of the table name, and what forms send."""

from tests.factories.structures import make
from tests.factories.tariffs import publish

_PRICE = {"price": "250.000", "period": "month", "tax_rate": "10", "valid_from": "01/01/2030", "legal_basis": "QĐ thử"}
TARIFF_FIELDS = {
    "tariffs.publish": _PRICE | {"kind": "manhole", "unit": "cable", "admin_unit": "0"},
    "tariffs.replace_post": _PRICE | {"version": "{tariff_version}"},
    "tariffs.end_post": {"last_on": "31/12/2030", "version": "{tariff_version}"},
}


def tariff_objects(ctx_of, position):
    """Object of the table -> what fills addresses and bodies."""
    with ctx_of("viettel") as ctx:
        make(ctx, kind="site_house", is_public_asset="true")
        secret = make(ctx, at=position, sharing_status="restricted").code
        tariffs = {
            "viettel price": publish(ctx, 200_000),
            "viettel public asset price": publish(ctx, 900_000, kind="site_house"),
            "viettel restricted price": publish(ctx, 300_000, code=secret),
        }
        return {name: {"tariff_id": each.id, "tariff_version": each.version} for name, each in tariffs.items()}
