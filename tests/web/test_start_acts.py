"""What the home page and the menu offer opens, also on a register in which nothing has happened yet."""

import pytest
from flask import url_for

from registry.authz.navigation import ACCOUNT_MENU, NAVIGATION
from registry.authz.scopes import holds
from registry.authz.start_page import START_ACTS, start_acts
from tests.support.offenders import no_offenders


@pytest.fixture
def actors(ctx_of, cast):
    """User name -> actor."""
    actors = {}
    for username in cast:
        with ctx_of(username, read_only=True) as ctx:
            actors[username] = ctx.actor
    return actors


def test_what_is_offered_opens_on_an_empty_register(actors, client_of, app):
    offered = {}
    for username, actor in actors.items():
        for act in start_acts(actor):
            offered.setdefault((act.endpoint, repr(act.arguments)), (act.arguments, username))
        for entry in (*NAVIGATION, *ACCOUNT_MENU):
            if holds(actor, entry.permission):
                offered.setdefault((entry.endpoint, ""), ({}, username))
    assert len(offered) > len(list(START_ACTS))
    refused, clients = [], {}
    for (endpoint, _arguments), (arguments, username) in offered.items():
        with app.test_request_context():
            address = url_for(endpoint, **dict(arguments))
        answer = clients.setdefault(username, client_of(username)).get(address)
        if answer.status_code not in (200, 302, 303):
            refused.append(f"{address} for {username}: {answer.status_code}")
    no_offenders("what is offered opens", refused, "show an empty page that says what comes first")
