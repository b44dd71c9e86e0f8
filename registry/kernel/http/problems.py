"""Refusals for programs: RFC 9457 problem documents."""

from __future__ import annotations

from flask import Response, jsonify

from registry.kernel.errors import DomainError, Invalid


def json_errors(error: DomainError) -> Response:
    """A domain error as application/problem+json."""
    body: dict[str, object] = {
        "type": "about:blank",
        "title": error.title,
        "status": error.status,
        "detail": error.message,
    }
    if isinstance(error, Invalid):
        body["errors"] = error.fields
    response = jsonify(body)
    response.status_code = error.status
    response.mimetype = "application/problem+json"
    if error.retry_after is not None:
        response.headers["Retry-After"] = str(error.retry_after)
    return response
