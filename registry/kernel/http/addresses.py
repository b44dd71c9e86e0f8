"""Addresses that are the same on every page: a page has a hundred of them, and making one takes 20 microseconds."""

from __future__ import annotations

from flask import request, url_for

_KNOWN: dict[tuple[str, ...], str] = {}


def fixed_url(endpoint: str) -> str:
    """The address of an endpoint without values, below wherever the application is mounted."""
    key = (request.script_root, endpoint)
    if key not in _KNOWN:
        _KNOWN[key] = url_for(endpoint)
    return _KNOWN[key]


def static_url(filename: str) -> str:
    """The address of a static file, likewise."""
    key = (request.script_root, "static", filename)
    if key not in _KNOWN:
        _KNOWN[key] = url_for("static", filename=filename)
    return _KNOWN[key]
