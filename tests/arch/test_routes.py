"""Every route is guarded, and the matrix speaks of every permission."""

import pytest

from registry.authz.actors import Role
from registry.authz.blueprint import ROUTES, GuardedBlueprint
from registry.authz.matrix import GRANTS
from registry.authz.permissions import P

#: Flask's own folder of files that everybody may load.
OPEN = {"static"}
AUTOMATIC = {"HEAD", "OPTIONS"}


def test_every_route_goes_through_the_guard(loaded_app):
    served = {
        (rule.endpoint, method)
        for rule in loaded_app.url_map.iter_rules()
        if rule.endpoint not in OPEN
        for method in rule.methods - AUTOMATIC
    }
    guarded = {(endpoint, method) for endpoint, methods in ROUTES.items() for method in methods}
    assert served - guarded == set()


def test_one_endpoint_serves_one_method_only(loaded_app):
    """GET and POST of one address are two rows of the permission table."""
    methods = {}
    for rule in loaded_app.url_map.iter_rules():
        if rule.endpoint not in OPEN:
            methods.setdefault(rule.endpoint, set()).update(rule.methods - AUTOMATIC)
    assert {
        endpoint: methods_of_endpoint
        for endpoint, methods_of_endpoint in methods.items()
        if len(methods_of_endpoint) != 1
    } == {}


def test_the_matrix_speaks_of_every_permission():
    assert set(P) - set(GRANTS) == {P.PUBLIC}


def test_every_permission_is_held_by_some_role_and_never_by_the_public():
    for permission, grants in GRANTS.items():
        # The moves of the clock are made by the overdue job alone.
        assert bool(grants) is (permission is not P.CLOCK), permission
        assert Role.PUBLIC not in grants, permission


def test_a_route_without_a_permission_cannot_be_declared():
    blueprint = GuardedBlueprint("naked", __name__, errors=str)
    with pytest.raises(TypeError, match="permission"):
        blueprint.route("/naked")
    with pytest.raises(TypeError, match="permission"):
        blueprint.get("/naked")
    with pytest.raises(TypeError, match="permission"):
        blueprint.post("/naked")
