"""A token that Viettel keeps for itself."""

from datetime import timedelta

from registry.access_tokens.commands import IssueToken
from registry.access_tokens.rules import token_text
from registry.access_tokens.service import issue_token

TOKEN_FIELDS = {
    "access_tokens.create": {
        "name": "QGIS",
        "audience": "personal",
        "scopes": "structures",
        "expires_on": "31/12/2026",
    },
}


def token_objects(ctx_of):
    """Object of the table -> what its addresses are filled with."""
    with ctx_of("viettel") as ctx:
        last = ctx.today + timedelta(days=30)
        token = issue_token(ctx, IssueToken(token_text("x" * 40), "QGIS", ("structures",), last))
        return {"viettel token": {"token_id": token.id}}
