"""Assembles the application: the only module that knows every feature."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from flask import Flask, g, has_request_context, request
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from config.logging import configure_logging
from config.settings import CHECKOUT, Settings
from config.tiles import origin_of
from registry.access_tokens.bearer import lane_of_token, note_use, token_holder, token_questions
from registry.accounts.browser import (
    actor_questions,
    init_sign_in,
    lane_of_account,
    load_actor,
    read_actor,
    session_seconds,
)
from registry.accounts.factors.rules import samples_need_no_factor
from registry.accounts.pages import sign_in_page
from registry.accounts.succession_notes import succession_notes
from registry.audit.access_log import AuditNoteWriter, log_action, logged_accesses, note_statement
from registry.audit.chain import write_pending
from registry.audit.checkpoints import CHECKPOINTS, CheckpointTargets, default_checkpoint_file
from registry.audit.queries import LAST_EVENT
from registry.authz.actors import PUBLIC_ACTOR, Actor, Ctx
from registry.authz.blueprint import ACTOR_LOADER, AFTER_VIEW, DATABASE, NOTES, PREFETCH
from registry.authz.lanes import init_lanes
from registry.authz.navigation import account_entries, navigation_of
from registry.authz.scopes import ended_notice
from registry.authz.start_page import main_act
from registry.dashboard.feature import services as dashboard_services
from registry.demo.feature import SampleFlag
from registry.exports.feature import services as export_services
from registry.kernel.backup.jobs import BACKED_UP
from registry.kernel.cli import init_cli
from registry.kernel.cli.serve import WORKER_DATABASE, WORKER_SERVICES
from registry.kernel.clock import utc_now
from registry.kernel.db.cluster import Cluster
from registry.kernel.db.compiled import BoundStatement
from registry.kernel.db.session import WEB_ROLE, WORKER_ROLE, Database
from registry.kernel.disk import DATA_FOLDER
from registry.kernel.feature import Feature, install
from registry.kernel.forms.base import new_key
from registry.kernel.http.drained_bodies import DrainedBodies
from registry.kernel.http.errors import init_errors
from registry.kernel.http.headers import init_headers
from registry.kernel.http.resubmission import SIGN_IN_PAGE
from registry.kernel.http.static_files import init_static_files
from registry.kernel.http.trusted_hosts import HealthProbes, TrustedHosts
from registry.kernel.http.urls import RowNumber, Year
from registry.kernel.i18n import current_locale, init_i18n
from registry.kernel.i18n.passages import init_passages
from registry.kernel.i18n.sentences import stored_sentence
from registry.kernel.i18n.stored import stored_text
from registry.kernel.installation import INSTALLATION
from registry.kernel.jobs import TaskServices
from registry.kernel.lists.markup import named_links, unbroken
from registry.kernel.readiness import readiness
from registry.kernel.services import Service
from registry.notices.mail import MAILER, Mailer
from registry.notices.queries import COUNTED_TO as MAX_COUNTED_NOTICES
from registry.notices.queries import count_unread
from registry.wiring.features import FEATURES

_MAX_REQUEST_BYTES = 101 * 1024 * 1024
_MAX_FORM_BYTES = 2 * 1024 * 1024
_MAX_FORM_PARTS = 2_000
SAMPLE_FLAG = Service[SampleFlag]("registry.sample_flag")


class RegistryApp(Flask):
    """Flask with synchronous handlers only."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function itself: checking eight handlers per request for coroutines takes 0.1 ms."""
        return func


#: What is answered where no trusted hosts are set: only this machine.
LOCAL_HOSTS: Final = ("localhost", "127.0.0.1", "[::1]")


def create_app(
    settings: Settings | None = None,
    database: Database | None = None,
    features: Sequence[Feature] = FEATURES,
) -> Flask:
    """The application for one set of settings; `database` replaces that of the settings (tests)."""
    app_settings = settings or Settings.from_env()
    configure_logging(app_settings)
    app = RegistryApp(
        "registry",
        root_path=str(CHECKOUT / "registry"),
        template_folder=str(CHECKOUT / "templates"),
        static_folder=str(CHECKOUT / "registry" / "static"),
    )
    app.config.update(
        SECRET_KEY=app_settings.secret_key,
        TESTING=app_settings.testing,
        MAX_CONTENT_LENGTH=_MAX_REQUEST_BYTES,
        MAX_FORM_MEMORY_SIZE=_MAX_FORM_BYTES,
        MAX_FORM_PARTS=_MAX_FORM_PARTS,
    )
    INSTALLATION.put(app, app_settings)
    DATA_FOLDER.put(app, app_settings.data_dir)
    app.wsgi_app = TrustedHosts(app.wsgi_app, app_settings.trusted_hosts or LOCAL_HOSTS)  # type: ignore[method-assign]
    app.wsgi_app = HealthProbes(  # type: ignore[method-assign]
        app.wsgi_app, lambda: readiness(DATABASE.of(app), app_settings.data_dir)
    )
    app.wsgi_app = DrainedBodies(app.wsgi_app)  # type: ignore[method-assign]
    if app_settings.proxy_hops:
        hops = app_settings.proxy_hops
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    use_database(app, database or database_of(app_settings))
    WORKER_DATABASE.put(app, lambda: worker_database(app_settings))
    WORKER_SERVICES.put(app, worker_services(app, app_settings))
    init_i18n(app)
    init_passages(app)
    app.jinja_env.filters["stored"] = stored_text
    app.jinja_env.filters["named_links"] = named_links
    app.jinja_env.filters["unbroken"] = unbroken
    app.jinja_env.filters["stored_sentence"] = stored_sentence
    init_headers(
        app,
        https=app_settings.secure_cookies,
        tile_origin=origin_of(app_settings.tile_url) if app_settings.tile_url else None,
    )
    # Before a form is read and a token checked.
    init_lanes(app, app_settings.web_threads, lambda: lane_of_token() or lane_of_account())
    init_static_files(app)
    init_errors(app)
    CSRFProtect(app)
    init_sign_in(
        app,
        idle=timedelta(minutes=app_settings.session_idle_minutes),
        absolute=timedelta(hours=app_settings.session_absolute_hours),
        https=app_settings.secure_cookies,
    )
    SIGN_IN_PAGE.put(app, sign_in_page)
    app.url_map.converters |= {"int": RowNumber, "year": Year}
    app.context_processor(page_context)
    app.jinja_env.globals["request_key"] = new_key
    app.jinja_env.globals["support_contact"] = app_settings.support_contact
    install(app, app_settings, features)
    init_cli(app, app_settings)
    return app


def database_of(settings: Settings, role: str = WEB_ROLE) -> Database:
    if settings.database_url is None:
        return Database(Cluster(settings.data_dir).url(role), role=role)
    own = settings.web_database_url if role == WEB_ROLE else settings.worker_database_url
    return Database(own or settings.database_url, role=role)


def worker_database(settings: Settings) -> Database:
    """The connection pool of the job worker; its changes join the audit chain like those of pages."""
    database = database_of(settings, WORKER_ROLE)
    if write_pending not in database.before_commit:
        database.before_commit.append(write_pending)
    return database


def worker_services(app: Flask, settings: Settings) -> TaskServices:
    """Services for the tasks of features: exports, checkpoints, and the mailer where a mail server is set."""
    server, sender, base_url = settings.mail_server, settings.mail_from, settings.base_url
    mail = MAILER.given(Mailer(app, server, sender, base_url)) if server and sender and base_url else {}
    file = settings.checkpoint_file or default_checkpoint_file(settings.data_dir, settings.backup_dir)
    checkpoints = CHECKPOINTS.given(CheckpointTargets(file, settings.checkpoint_addresses, server, sender or ""))
    return {
        **export_services(app),
        **dashboard_services(app),
        **mail,
        **checkpoints,
        **BACKED_UP.given(settings),
    }


def use_database(app: Flask, database: Database) -> None:
    """Connect the application to a pool, with all hooks that depend on it."""
    if write_pending not in database.before_commit:
        database.before_commit.append(write_pending)
    DATABASE.put(app, database)
    ACTOR_LOADER.put(app, lambda session: token_holder(session) or load_actor(session))
    PREFETCH.put(app, prefetch_statements)
    NOTES.put(app, AuditNoteWriter(database))
    AFTER_VIEW.put(app, after_view)
    SAMPLE_FLAG.put(app, SampleFlag(database))


def prefetch_statements(now: datetime, read_only: bool) -> list[BoundStatement]:
    """Statements of every request: the signed-in actor and, for reads, the version of the register."""
    return [*(token_questions(now) or actor_questions(now)), *([LAST_EVENT] if read_only else [])]


def after_view(ctx: Ctx) -> None:
    """Note what a request showed, and the token that it used."""
    write_access_note(ctx)
    note_use(ctx)


def write_access_note(ctx: Ctx) -> None:
    """Write one note about the exact positions of other owners that this request showed."""
    accesses, owners = logged_accesses(ctx)
    if not accesses:
        return
    ctx.notes.append(
        note_statement(
            ctx.actor,
            log_action(ctx),
            owner_ids=owners,
            request_id=g.get("request_id", ""),
            origin=request.remote_addr or "",
            looks=accesses,
            endpoint=request.endpoint,
        )
    )


def unread_notices() -> int:
    """Number of unread notices of the reader; 0 on error pages, which are rendered after the transaction."""
    ctx: Ctx | None = g.get("ctx")
    return count_unread(ctx) if ctx is not None and not ctx.is_over else 0


def notes_of_successions(markup: str) -> list[str]:
    """Sentences about the succeeded organisations that a part of the page names, each once a page."""
    ctx: Ctx | None = g.get("ctx")
    if ctx is None or ctx.is_over:
        return []
    noted: set[str] = g.setdefault("noted_successions", set())
    sentences = [sentence for sentence in succession_notes(ctx, markup) if sentence not in noted]
    noted.update(sentences)
    return sentences


def page_context() -> dict[str, Any]:
    """Variables of every template: actor, navigation, language, sample data flag."""
    if "actor" not in g:
        g.actor = read_actor() if has_request_context() else PUBLIC_ACTOR
    actor: Actor = g.actor
    return {
        "current_actor": actor if actor.id is not None else None,
        "locale": current_locale(),
        "navigation": navigation_of(actor),
        "main_act": main_act(actor),
        "ended_notice": ended_notice(actor),
        "account_menu": account_entries(actor),
        "session_seconds": session_seconds(),
        "unread_notices": unread_notices,
        "succession_notes": notes_of_successions,
        "most_counted_notices": MAX_COUNTED_NOTICES,
        "page_made_at": utc_now(),
        "sample_data": SAMPLE_FLAG.current()(),
        "samples_need_no_factor": samples_need_no_factor(INSTALLATION.current()),
    }
