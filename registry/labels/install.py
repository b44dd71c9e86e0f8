"""Gives an application its labels: pages, the part of a structure's page, the button of the list, the making of PDF."""

from __future__ import annotations

from flask import Flask

from registry.documents.pdf import install_pdf
from registry.labels.pages import BASE_URL, bp
from registry.labels.panel import SELECTION, labels_panel
from registry.structures.panels import register_panel
from registry.structures.selection import register_selection

__all__ = ["bp", "install_labels"]


def install_labels(app: Flask, base_url: str | None) -> None:
    """`base_url` is where browsers reach the registry: what QR codes lead to."""
    app.extensions[BASE_URL] = base_url
    register_panel(labels_panel)
    register_selection(SELECTION)
    install_pdf(app)
