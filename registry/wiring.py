"""Puts the registry together: the only module that knows every feature."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

from flask import Flask, current_app, g, request, url_for
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter, Map

import registry.audit.models
import registry.authz.matrix
import registry.kernel.dated
import registry.streets.models  # noqa: F401 - models that no page imports must still be mapped
from config.logging import configure_logging
from config.settings import CHECKOUT, Settings
from registry.accounts import jobs as accounts_jobs
from registry.accounts.browser import init_sign_in, load_actor
from registry.accounts.pages import bp as accounts_bp
from registry.audit.chain import write_pending
from registry.audit.notes import NoteWriter, looks_of
from registry.audit.pages import bp as audit_bp
from registry.authz.actors import PUBLIC_ACTOR, Actor, Ctx
from registry.authz.blueprint import ACTOR_LOADER, AFTER_REQUEST, DATABASE, NOTES
from registry.authz.documents import permissions_document
from registry.authz.permissions import P
from registry.authz.scopes import holds
from registry.capacity.pages import bp as capacity_bp
from registry.capacity.pages import capacity_panel
from registry.dashboard.pages import bp as home_bp
from registry.dashboard.pages import preferences_bp
from registry.demo import jobs as demo_jobs
from registry.demo.first_start import FirstStart
from registry.demo.flag import SampleFlag
from registry.files import jobs as files_jobs
from registry.files.pages import FOLDER as FILES_FOLDER
from registry.files.pages import STORE
from registry.files.pages import bp as files_bp
from registry.files.storage import FileStore
from registry.files.subjects import Subject, register_subject
from registry.imports import jobs as imports_jobs
from registry.imports.pages import bp as imports_bp
from registry.kernel.cli import init_cli
from registry.kernel.cli.worker import WORKER_DATABASE
from registry.kernel.db.cluster import Cluster
from registry.kernel.db.session import WEB_ROLE, WORKER_ROLE, Database
from registry.kernel.documents import DOCUMENTS
from registry.kernel.forms.base import new_key
from registry.kernel.http.headers import init_headers
from registry.kernel.http.pages import init_errors
from registry.kernel.http.static_files import init_static_files
from registry.kernel.i18n import _l, current_locale, init_i18n
from registry.kernel.installation import BEFORE_SERVING
from registry.structures.attachments import files_panel, owner_of_files
from registry.structures.pages import bp as structures_bp
from registry.structures.panels import register_panel
from registry.territory import jobs as territory_jobs
from registry.territory.pages import bp as territory_bp

SETTINGS = "registry.settings"
_MAX_REQUEST_BYTES = 101 * 1024 * 1024
_MAX_FORM_BYTES = 2 * 1024 * 1024
_MAX_FORM_PARTS = 2_000
BLUEPRINTS = (
    home_bp,
    preferences_bp,
    accounts_bp,
    territory_bp,
    structures_bp,
    capacity_bp,
    files_bp,
    imports_bp,
    audit_bp,
)
#: label, endpoint, permission; shown to whoever holds the permission for anything at all.
NAVIGATION: tuple[tuple[Any, str, P], ...] = (
    (_l("Việc của tôi"), "home.index", P.ACCOUNT_SELF),
    (_l("Công trình"), "structures.list", P.PUBLIC),
    (_l("Nhập từ tệp"), "imports.index", P.IMPORT_RUN),
    (_l("Địa bàn"), "territory.index", P.PUBLIC),
    (_l("Lượt xem vị trí"), "audit.looks", P.LOOK_LOG_READ),
    (_l("Nhật ký thay đổi"), "audit.events", P.AUDIT_READ),
    (_l("Tổ chức"), "accounts.organisations", P.ACCOUNT_MANAGE),
    (_l("Tài khoản"), "accounts.users", P.ACCOUNT_MANAGE),
)
ACCOUNT_MENU: tuple[tuple[Any, str], ...] = ((_l("Tài khoản của tôi"), "accounts.own_account"),)
SAMPLE_FLAG = "registry.sample_flag"


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
        MAX_CONTENT_LENGTH=_MAX_REQUEST_BYTES,
        MAX_FORM_MEMORY_SIZE=_MAX_FORM_BYTES,
        MAX_FORM_PARTS=_MAX_FORM_PARTS,
        TRUSTED_HOSTS=list(chosen.trusted_hosts) or None,
    )
    app.extensions[SETTINGS] = chosen
    if chosen.proxy_hops:
        hops = chosen.proxy_hops
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    use_database(app, database or database_of(chosen))
    app.extensions[WORKER_DATABASE] = lambda: worker_database(chosen)
    app.extensions[STORE] = FileStore(chosen.data_dir / FILES_FOLDER)
    app.extensions[imports_jobs.STORE] = FileStore(chosen.data_dir / imports_jobs.FOLDER)
    app.extensions[imports_jobs.STORE] = FileStore(chosen.data_dir / imports_jobs.FOLDER)
    init_i18n(app)
    init_headers(app, https=chosen.secure_cookies)
    init_static_files(app)
    init_errors(app)
    CSRFProtect(app)
    init_sign_in(
        app,
        idle=timedelta(minutes=chosen.session_idle_minutes),
        absolute=timedelta(hours=chosen.session_absolute_hours),
        https=chosen.secure_cookies,
    )
    app.url_map.converters["int"] = RowNumber
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    app.context_processor(page_context)
    app.jinja_env.globals["request_key"] = new_key
    _init_commands(app)
    _init_first_start(app, chosen)
    register_subject(Subject("structure", owner_of_files, "structures.by_id", "structure_id"))
    register_panel(capacity_panel)
    register_panel(files_panel)
    init_cli(app, chosen)
    return app


class RowNumber(IntegerConverter):
    """Numbers in addresses are ids of rows: larger ones than the database knows are no address (404)."""

    def __init__(self, map: Map, fixed_digits: int = 0, min: int | None = None, max: int | None = None) -> None:
        """The converter of Werkzeug with the largest bigint as its upper end."""
        super().__init__(map, fixed_digits, min, 2**63 - 1 if max is None else max)


def database_of(settings: Settings, role: str = WEB_ROLE) -> Database:
    """The pool of connections that the settings name, under an application role."""
    if settings.database_url is None:
        return Database(Cluster(settings.data_dir).url(role), role=role)
    own = settings.web_database_url if role == WEB_ROLE else settings.worker_database_url
    return Database(own or settings.database_url, role=role)


def worker_database(settings: Settings) -> Database:
    """The pool of the job worker, whose changes join the audit chain as those of the pages do."""
    database = database_of(settings, WORKER_ROLE)
    if write_pending not in database.before_commit:
        database.before_commit.append(write_pending)
    return database


def use_database(app: Flask, database: Database) -> None:
    """Put the application on a pool of connections, with everything that hangs on it."""
    if write_pending not in database.before_commit:
        database.before_commit.append(write_pending)
    app.extensions[DATABASE] = database
    app.extensions[ACTOR_LOADER] = load_actor
    app.extensions[NOTES] = NoteWriter(database)
    app.extensions[AFTER_REQUEST] = note_looks
    app.extensions[SAMPLE_FLAG] = SampleFlag(database)


def _init_commands(app: Flask) -> None:
    for group in (
        accounts_jobs.user,
        accounts_jobs.organisation,
        territory_jobs.group,
        files_jobs.group,
        imports_jobs.group,
        demo_jobs.group,
    ):
        app.cli.add_command(group)


def _init_first_start(app: Flask, settings: Settings) -> None:
    """What `serve` does before the first request, and the documents that are made from the program."""
    first_start = FirstStart(
        lambda: app.extensions[DATABASE],
        settings.province,
        settings.demo,
        settings.data_dir / demo_jobs.ACCOUNTS_FILE,
    )
    app.extensions.setdefault(BEFORE_SERVING, []).append(first_start)
    app.extensions[DOCUMENTS] = {"docs/permissions.md": permissions_document}


def note_looks(ctx: Ctx) -> None:
    """Write the one note of what this request showed of other owners' exact positions."""
    looks, owners = looks_of(ctx)
    if not looks:
        return
    writer = cast("NoteWriter", current_app.extensions[NOTES])
    writer(
        ctx.actor,
        "look",
        owner_ids=owners,
        request_id=g.get("request_id", ""),
        origin=request.remote_addr or "",
        looks=looks,
        endpoint=request.endpoint,
    )


def _is_here(address: str) -> bool:
    """Whether the page shown is this entry of the navigation or one below it."""
    return request.path == address or (address != "/" and request.path.startswith(f"{address}/"))


def page_context() -> dict[str, Any]:
    """What every template sees: who is signed in, where one can go, the language, whether the data is a sample."""
    actor: Actor = g.get("actor", PUBLIC_ACTOR)
    return {
        "current_actor": actor if actor.id is not None else None,
        "locale": current_locale(),
        "navigation": [
            {"label": label, "url": url_for(endpoint), "active": _is_here(url_for(endpoint)), "badge": None}
            for label, endpoint, permission in NAVIGATION
            if holds(actor, permission)
        ],
        "account_menu": [{"label": label, "url": url_for(endpoint)} for label, endpoint in ACCOUNT_MENU],
        "sample_data": current_app.extensions[SAMPLE_FLAG](),
    }
