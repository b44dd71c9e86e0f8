"""The page of a refused form repeats what a person typed, and no token that the form carried."""

import re

import pytest

from registry.incidents.rules import new_draft
from registry.kernel.forms.base import hidden_names
from tests.permissions.cases import token_in

TOKENS = {name: f"{number:02d}" + "0123456789abcdef" * 3 for number, name in enumerate(sorted(hidden_names()))}


@pytest.mark.parametrize(
    "address", ["/report/incidents/SC-2026-999999/me-too", "/report/status/x/reopen", "/report/status/x/rate"]
)
def test_no_hidden_value_of_any_form_is_shown(public, address):
    sent = TOKENS | {"draft": new_draft(), "text": "Cáp vẫn võng", "version": "v" * 40, "unknown": "e" * 64}
    sent |= {"csrf_token": token_in(public.get("/report"))}
    page = public.post(address, data=sent, headers={"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"})
    assert page.status_code == 404
    shown = re.sub(r"<[^>]*>", " ", page.text)
    assert "Cáp vẫn võng" in shown
    assert [name for name, value in sent.items() if name != "text" and value in shown] == []


def test_what_is_hidden_in_one_form_and_typed_in_another_is_shown():
    assert {"draft", "altcha", "ticket", "request_key"} <= hidden_names()
    assert hidden_names() & {"at", "address", "unit", "text"} == set()
