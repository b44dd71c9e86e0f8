"""The open interface in tests: its addresses asked by one of the cast, structures, rows of each layer of the map."""

import json
from datetime import date
from urllib.parse import urlencode

import pytest

from registry.structures.map.layers import MAP_LAYERS
from tests.factories.infra_plans import apply_plans, drafted, issued, square
from tests.factories.infra_plans import feature as plan_item
from tests.factories.joint_builds import announced as build_announced
from tests.factories.offered_sites import offered
from tests.factories.planned_routes import street
from tests.factories.routelists import propose, sent
from tests.factories.street_rules import announced
from tests.factories.street_works import work
from tests.factories.structures import make, place_outside
from tests.factories.violations import log

#: Those who read differently; None is a visitor.
MEMBERS = ("viettel", "vnpt", "so.khcn", "so.congthuong", "ubnd.tinh", "ubnd.xa", "quansu", "nguoidan", None)
#: Parameters that are no names of Python.
NAMES = {"bbox_crs": "bbox-crs", "filter_lang": "filter-lang"}


def items(ask, name, collection="structures", **arguments):
    answer = ask(name, f"/collections/{collection}/items", **arguments)
    assert answer.status_code == 200, answer.text
    return json.loads(answer.data)


def fixtures():
    """The fixtures `register`, `ask` and `drawn` of a module that has those of `shared`."""

    @pytest.fixture(scope="module")
    def register(ctx_of):
        """A few structures of two owners: published, unpublished, restricted."""
        with ctx_of("viettel") as ctx:
            codes = [make(ctx, name=f"Trạm {number}", height_m=str(20 + number)).code for number in range(3)]
            make(ctx, sharing_status="available", name="Trạm chung")
            make(ctx, kind="cable_pole")
        with ctx_of("vnpt") as ctx:
            make(ctx, owner="vnpt", at=place_outside(ctx.session, [0]), sharing_status="available")
            make(ctx, owner="vnpt", at=place_outside(ctx.session, [0]))
        return codes

    @pytest.fixture
    def ask(client_of, app, register):
        """A function: the answer to an address under /ogc for one of the cast (None: a visitor)."""
        clients = {}

        def of(name, path, /, **arguments):
            if name not in clients:
                clients[name] = client_of(name) if name else app.test_client()
            query = urlencode({NAMES.get(key, key): value for key, value in arguments.items()})
            return clients[name].get(f"/ogc{path}?{query}")

        return of

    @pytest.fixture(scope="module")
    def drawn(ctx_of, register):
        """Rows of each layer over the map, drafts among them; layers without a collection have none."""
        log(ctx_of)
        sent(ctx_of)
        propose(ctx_of, street_name="Đường chưa gửi")
        with ctx_of("quantri") as ctx:
            street(ctx, "Quốc lộ 471", (0, 3000), (1000, 3000))
        announced(ctx_of, "Quốc lộ 471")
        work(ctx_of, (0, 5000), (300, 5000))
        offered(ctx_of)
        build_announced(ctx_of)
        apply_plans(ctx_of)
        issued(ctx_of, plan_item(square(105.776, 19.807), "K1", "cot ang ten"), valid_to=date(2027, 12, 31))
        drafted(
            ctx_of,
            plan_item(square(105.79, 19.82), "K2", "cot ang ten"),
            name="Dự thảo kỳ sau",
            valid_from=date(2028, 1, 1),
        )
        return [layer for layer in MAP_LAYERS.values() if layer.collection]

    return register, ask, drawn
