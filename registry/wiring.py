"""Puts the registry together: the only module that knows every feature."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

from flask import Flask, Response, g, request
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

import registry.audit.models
import registry.capacity.models
import registry.kernel.dated
import registry.streets.models
from config.logging import configure_logging
from config.settings import CHECKOUT, Settings
from registry import features
from registry.accounts.browser import init_sign_in, load_actor
from registry.audit.chain import write_pending
from registry.audit.notes import NoteWriter, looks_of
from registry.authz.actors import Ctx
from registry.authz.blueprint import ACTOR_LOADER, AFTER_REQUEST, DATABASE, NOTES
from registry.kernel.cli import init_cli
from registry.kernel.db.cluster import Cluster
from registry.kernel.db.session import WEB_ROLE, Database
from registry.kernel.forms.messages import init_form_messages
from registry.kernel.http.headers import init_headers
from registry.kernel.http.pages import init_errors
from registry.kernel.i18n import init_i18n

SETTINGS = "registry.settings"
WRITE_DATABASE_ROLE = WEB_ROLE
_MAX_FORM_BYTES = 25 * 1024 * 1024
_MAX_FORM_PARTS = 2_000


def create_app(settings: Settings | None = None, database: Database | None = None) -> Flask:
    """The application for one set of settings; `database` replaces the one that the settings name (tests)."""
    chosen = settings or Settings.from_env()
    configure_logging(chosen)
    app = Flask(
        "registry",
        root_path=str(CHECKOUT / "registry"),
        template_folder=str(CHECKOUT / "templates"),
        static_folder=str(CHECKOUT / "registry" / "static"),
    )
    app.config.update(
        SECRET_KEY=chosen.secret_key,
        TESTING=chosen.testing,
        MAX_CONTENT_LENGTH=_MAX_FORM_BYTES,
        MAX_FORM_MEMORY_SIZE=_MAX_FORM_BYTES,
        MAX_FORM_PARTS=_MAX_FORM_PARTS,
        TRUSTED_HOSTS=list(chosen.trusted_hosts) or None,
    )
    app.extensions[SETTINGS] = chosen
    if chosen.proxy_hops:
        hops = chosen.proxy_hops
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    _init_database(app, database or database_of(chosen))
    init_i18n(app)
    init_headers(app, https=chosen.secure_cookies)
    init_errors(app)
    CSRFProtect(app)
    init_sign_in(
        app,
        idle=timedelta(minutes=chosen.session_idle_minutes),
        absolute=timedelta(hours=chosen.session_absolute_hours),
        https=chosen.secure_cookies,
    )
    features.register(app)
    init_cli(app, chosen)
    return app


def database_of(settings: Settings, role: str = WEB_ROLE) -> Database:
    """The pool of connections that the settings name, under an application role."""
    if settings.database_url is None:
        return Database(Cluster(settings.data_dir).url(role), role=role)
    own = settings.web_database_url if role == WEB_ROLE else settings.worker_database_url
    return Database(own or settings.database_url, role=role)


def _init_database(app: Flask, database: Database) -> None:
    database.before_commit.append(write_pending)
    app.extensions[DATABASE] = database
    app.extensions[ACTOR_LOADER] = load_actor
    app.extensions[NOTES] = NoteWriter(database)
    app.extensions[AFTER_REQUEST] = note_looks


def note_looks(ctx: Ctx) -> None:
    """Write the one note of what this request showed of other owners' exact positions."""
    looks, owners = looks_of(ctx)
    if not looks:
        return
    from_where: dict[str, Any] = {"request_id": g.get("request_id", ""), "origin": request.remote_addr or ""}
    writer = cast("NoteWriter", _extensions()[NOTES])
    writer(ctx.actor, "look", owner_ids=owners, looks=looks, endpoint=request.endpoint, **from_where)
