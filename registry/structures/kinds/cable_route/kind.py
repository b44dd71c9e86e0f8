"""The kind cable_route as the rest of the registry knows it."""

from __future__ import annotations

from registry.kernel.i18n import _l
from registry.kernel.units import PIECE
from registry.structures.codes import SharingStatus
from registry.structures.contract import Kind, PlaceTemplate, Relation, Shape
from registry.structures.kinds.cable_route.columns import settled_columns
from registry.structures.kinds.cable_route.examples import EXAMPLE
from registry.structures.kinds.cable_route.model import CableRoute
from registry.structures.kinds.cable_route.rules import RULES, settled

KIND = Kind(
    code="cable_route",
    label=_l("Tuyến cáp"),
    prefix="CAP",
    shape=Shape.LINE,
    model=CableRoute,
    rules=RULES,
    place=PlaceTemplate(_l("Sợi quang"), PIECE),
    hosting=None,
    example=EXAMPLE,
    icon="waypoints",
    # A cable is no works of its own: plan, permit, land and sharing are those of what carries it (Đ3.21, Đ3.22).
    leaves_out=frozenset(
        {
            "not_shareable_reason",
            "sharing_kind",
            "sharing_conditions",
            "max_users",
            "built_on",
            "built_year_only",
            "in_service_on",
            "in_service_year_only",
            "plan_conformity",
            "plan_item",
            "permit_regime",
            "permit_number",
            "permit_on",
            "land_kind",
            "land_contract",
        }
    ),
    sharing=(SharingStatus.NOT_APPLICABLE, SharingStatus.RESTRICTED),
    settled=settled,
    settled_columns=settled_columns,
    relations=(
        Relation(
            "members",
            _l("Các công trình mà cáp đi qua"),
            (
                "cac cong trinh cap di qua",
                "di qua",
                "tuyen cot",
                "danh sach cot",
                "cac cot",
                "cac be",
                "members",
                "route",
            ),
        ),
    ),
)
