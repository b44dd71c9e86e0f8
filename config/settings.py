"""The settings of one installation, read once from the environment; a wrong one stops the program at its start."""

import contextlib
import ipaddress
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from config.environment import Environment, SettingsError
from config.tiles import read_tile_url
from registry.kernel.http.trusted_hosts import is_host_name
from registry.kernel.i18n import _
from registry.kernel.mail import MailServer

__all__ = ["CHECKOUT", "Settings", "SettingsError"]

CHECKOUT: Final = Path(__file__).resolve().parents[1]
PREFIX: Final = "REGISTRY_"
SECRET_KEY_MIN_LENGTH: Final = 32
KEY_FILE_NAME: Final = "secret-key"
LOG_LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR")
DRIVER: Final = "postgresql+psycopg://"
SCHEMES: Final = (DRIVER, "postgresql://", "postgres://")
#: "a@b.vn", or "Tên <a@b.vn>".
SENDER: Final = re.compile(r"[^\s@<>]+@[^\s@<>]+|[^\r\n@<>]+<[^\s@<>]+@[^\s@<>]+>")
ADDRESS: Final = re.compile(r"[^\s@<>]+@[^\s@<>]+")
CONTACT_MOST: Final = 200
#: Only keys under our own prefix can be told from the rest of the environment, so only those are checked.
KNOWN_KEYS: Final = frozenset(
    PREFIX + name
    for name in (
        "HOST",
        "WEB_DATABASE_URL",
        "WEB_DATABASE_URL_FILE",
        "WORKER_DATABASE_URL",
        "WORKER_DATABASE_URL_FILE",
        "AUDIT_DATABASE_URL",
        "AUDIT_DATABASE_URL_FILE",
        "CHECKPOINT_FILE",
        "CHECKPOINT_ADDRESSES",
        "PG_BIN",
        "WEB_WORKERS",
        "WEB_THREADS",
        "TRUSTED_HOSTS",
        "PROXY_HOPS",
        "SESSION_IDLE_MINUTES",
        "SESSION_ABSOLUTE_HOURS",
        "BASE_URL",
        "MAIL_URL",
        "MAIL_URL_FILE",
        "MAIL_FROM",
        "BACKUP_DAYS",
        "METRICS_PORT",
        "LOG_LEVEL",
        "PROVINCE",
        "SIGNATURE_ROOTS",
        "SUPPORT_CONTACT",
        "TILE_ATTRIBUTION",
        "TILE_URL",
        "TESTING",
    )
)
OTHER_KEYS: Final = frozenset(
    {"PORT", "DATA_DIR", "DEMO", "DEMO_SECOND_FACTOR", "PG_BIN", "BACKUP_DIR", "SECRET_KEY_FILE"}
)
#: Their values may hold a password; a key that names a file with the value is none of them.
_CERTIFICATE: Final = b"-----BEGIN CERTIFICATE-----"
SECRET_KEYS: Final = frozenset({"REGISTRY_WEB_DATABASE_URL", "REGISTRY_WORKER_DATABASE_URL", "REGISTRY_MAIL_URL"})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What one installation has chosen; secrets never show in its repr."""

    secret_key: str = field(repr=False)
    data_dir: Path = CHECKOUT / "var"
    #: The owner's connection; None means the program's own private cluster in `data_dir`.
    database_url: str | None = field(default=None, repr=False)
    web_database_url: str | None = field(default=None, repr=False)
    worker_database_url: str | None = field(default=None, repr=False)
    #: The same database for a role with read rights only: what the verifier of the audit uses.
    audit_database_url: str | None = field(default=None, repr=False)
    #: Where the hourly checkpoints of the audit go: a file (None: in `data_dir`), and addresses.
    checkpoint_file: Path | None = None
    checkpoint_addresses: tuple[str, ...] = ()
    #: Folder of the PostgreSQL programs for the private cluster; None means search.
    pg_bin: Path | None = None
    host: str = "127.0.0.1"
    port: int = 8000
    demo: bool = False
    #: Sample accounts are asked for a second factor, too.
    demo_second_factor: bool = False
    debug: bool = False
    testing: bool = False
    web_workers: int = 2
    web_threads: int = 4
    trusted_hosts: tuple[str, ...] = ()
    #: Number of reverse proxies in front whose X-Forwarded headers are believed.
    proxy_hops: int = 0
    session_idle_minutes: int = 30
    session_absolute_hours: int = 12
    #: Where browsers reach the registry, without a slash at the end: what links in mails begin with.
    base_url: str | None = None
    #: Without a mail server no e-mail is sent; notices stay in the application.
    mail_server: MailServer | None = None
    mail_from: str | None = None
    #: Port of /metrics on 127.0.0.1; None for none.
    metrics_port: int | None = None
    #: Folder of backups, which must exist; None for no backups.
    backup_dir: Path | None = None
    backup_days: int = 30
    open_settings: Mapping[str, str] = field(default_factory=dict, repr=False)
    log_level: str = "INFO"
    #: Code of the statistics office for the province whose units are seeded.
    province: str = "38"
    #: Somebody's image tiles as the ground of maps, with {z}, {x} and {y}, and whom to thank; browsers ask that host.
    tile_url: str | None = None
    tile_attribution: str | None = None
    #: Who runs this installation and how they are reached: one line, shown in the help and on error pages.
    support_contact: str | None = None
    #: Root certificates (PEM) that signatures of electronic minutes must lead to; None: no signed file is accepted.
    signature_roots: Path | None = None

    def __post_init__(self) -> None:
        """Refuse combinations that are unsafe, however the settings were made."""
        if len(self.secret_key) < SECRET_KEY_MIN_LENGTH:
            raise SettingsError(
                _(
                    "SECRET_KEY dài %(length)d ký tự, cần ít nhất %(least)d ký tự ngẫu nhiên.",
                    length=len(self.secret_key),
                    least=SECRET_KEY_MIN_LENGTH,
                )
            )
        if self.debug:
            raise SettingsError(_("FLASK_DEBUG = 1 không được phép, vì trang lỗi sẽ lộ mã nguồn; cần bỏ FLASK_DEBUG."))
        if not is_loopback(self.host) and (self.demo or self.proxy_hops == 0 or not self.trusted_hosts):
            raise SettingsError(
                _(
                    "REGISTRY_HOST = %(host)s mở cổng ra ngoài máy, cần DEMO=0, REGISTRY_PROXY_HOPS từ 1"
                    " và REGISTRY_TRUSTED_HOSTS; nếu không hãy dùng 127.0.0.1.",
                    host=self.host,
                )
            )
        if self.metrics_port == self.port:
            sentence = _("REGISTRY_METRICS_PORT = %(port)d trùng với PORT, cần hai cổng khác nhau.", port=self.port)
            raise SettingsError(sentence)
        if self.tile_url is not None and self.tile_attribution is None:
            raise SettingsError(_("REGISTRY_TILE_ATTRIBUTION còn trống, cần tên nguồn khi đã có REGISTRY_TILE_URL."))
        if self.mail_server is not None and self.mail_from is None:
            raise SettingsError(_("REGISTRY_MAIL_FROM còn trống, cần địa chỉ gửi khi đã có REGISTRY_MAIL_URL."))
        if self.checkpoint_addresses and self.mail_server is None:
            raise SettingsError(
                _("REGISTRY_MAIL_URL còn trống, cần máy chủ thư khi đã có REGISTRY_CHECKPOINT_ADDRESSES.")
            )
        if self.mail_server is not None and self.base_url is None:
            raise SettingsError(
                _("REGISTRY_BASE_URL còn trống, cần địa chỉ mở hệ thống trên trình duyệt khi đã có REGISTRY_MAIL_URL.")
            )

    @property
    def embedded(self) -> bool:
        """Whether the program runs its own private PostgreSQL cluster."""
        return self.database_url is None

    @property
    def has_own_sign_ins(self) -> bool:
        """Whether web and worker sign in under their own roles."""
        return self.web_database_url is not None and self.worker_database_url is not None

    @property
    def production(self) -> bool:
        """Whether this is a real installation: a database server of its own, and not a test run."""
        return self.database_url is not None and not self.testing

    @property
    def secure_cookies(self) -> bool:
        """Whether browsers reach us through HTTPS, that is through a reverse proxy."""
        return self.proxy_hops > 0

    @property
    def is_local(self) -> bool:
        """Whether only this machine reaches the program, directly."""
        return is_loopback(self.host) and self.proxy_hops == 0

    @property
    def url(self) -> str:
        """The address to open in a browser on this machine."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> "Settings":
        """Read and check everything; SettingsError with one sentence on the first wrong key or value.

        With the private cluster a missing SECRET_KEY is generated once into `<data_dir>/secret-key` (mode 600);
        with DATABASE_URL it is required, since several machines must share it.
        """
        env = Environment(os.environ if environ is None else environ)
        env.refuse_unknown(PREFIX, KNOWN_KEYS)
        database_url = read_database_url(env, "DATABASE_URL")
        data_dir = read_folder(env, "DATA_DIR", CHECKOUT / "var")
        pg_bin = env.text("REGISTRY_PG_BIN") or env.text("PG_BIN")
        return cls(
            secret_key=read_secret_key(env, data_dir, embedded=database_url is None),
            data_dir=data_dir,
            database_url=database_url,
            web_database_url=read_database_url(env, "REGISTRY_WEB_DATABASE_URL"),
            worker_database_url=read_database_url(env, "REGISTRY_WORKER_DATABASE_URL"),
            audit_database_url=read_database_url(env, "REGISTRY_AUDIT_DATABASE_URL"),
            checkpoint_file=read_checkpoint_file(env),
            checkpoint_addresses=read_checkpoint_addresses(env),
            pg_bin=None if pg_bin is None else Path(pg_bin),
            host=read_host(env),
            port=env.number("PORT", 8000, least=1, most=65535),
            demo=env.flag("DEMO", default=database_url is None),
            demo_second_factor=env.flag("DEMO_SECOND_FACTOR", default=False),
            debug=env.flag("FLASK_DEBUG", default=False),
            testing=env.flag("REGISTRY_TESTING", default=False),
            web_workers=env.number("REGISTRY_WEB_WORKERS", 2, least=1, most=64),
            web_threads=env.number("REGISTRY_WEB_THREADS", 4, least=1, most=64),
            trusted_hosts=read_trusted_hosts(env),
            proxy_hops=env.number("REGISTRY_PROXY_HOPS", 0, least=0, most=5),
            # The upper ends are what the registry promises (30 minutes idle, 12 hours at all): only shorter is allowed.
            session_idle_minutes=env.number("REGISTRY_SESSION_IDLE_MINUTES", 30, least=1, most=30),
            session_absolute_hours=env.number("REGISTRY_SESSION_ABSOLUTE_HOURS", 12, least=1, most=12),
            base_url=read_base_url(env),
            mail_server=read_mail_server(env),
            mail_from=read_mail_from(env),
            province=env.text("REGISTRY_PROVINCE", "38") or "38",
            tile_url=read_tile_url(env),
            signature_roots=read_signature_roots(env),
            support_contact=read_support_contact(env),
            tile_attribution=env.text("REGISTRY_TILE_ATTRIBUTION"),
            metrics_port=env.number("REGISTRY_METRICS_PORT", 0, least=0, most=65535) or None,
            backup_dir=None if env.text("BACKUP_DIR") is None else read_folder(env, "BACKUP_DIR", data_dir),
            backup_days=env.number("REGISTRY_BACKUP_DAYS", 30, least=1, most=3650),
            open_settings=env.given((KNOWN_KEYS | OTHER_KEYS) - SECRET_KEYS),
            log_level=env.choice("REGISTRY_LOG_LEVEL", "INFO", LOG_LEVELS),
        )


def read_signature_roots(env: Environment) -> Path | None:
    """A readable file with at least one certificate; None when not given."""
    value = env.text("REGISTRY_SIGNATURE_ROOTS")
    if value is None:
        return None
    path = Path(value).expanduser().resolve()
    if not path.is_file() or _CERTIFICATE not in path.read_bytes():
        raise env.refusal("REGISTRY_SIGNATURE_ROOTS", _("tệp PEM có ít nhất một chứng thư gốc"))
    return path


def read_support_contact(env: Environment) -> str | None:
    """One line of at most 200 characters; None when not given."""
    value = env.text("REGISTRY_SUPPORT_CONTACT")
    if value is not None and (len(value) > CONTACT_MOST or not value.isprintable()):
        expected = _("một dòng tối đa %(most)d ký tự, ví dụ tên đơn vị, điện thoại, thư", most=CONTACT_MOST)
        raise env.refusal("REGISTRY_SUPPORT_CONTACT", expected)
    return value


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach `host` (an IP address or localhost)."""
    return host == "localhost" or ipaddress.ip_address(host).is_loopback


def read_host(env: Environment) -> str:
    """The address to listen on: an IP address or localhost."""
    host = env.text("REGISTRY_HOST", "127.0.0.1") or "127.0.0.1"
    if host == "localhost":
        return host
    try:
        return str(ipaddress.ip_address(host))
    except ValueError as error:
        raise env.refusal("REGISTRY_HOST", _("địa chỉ IP hoặc localhost")) from error


def read_trusted_hosts(env: Environment) -> tuple[str, ...]:
    """Names or IP addresses without scheme, port or path, as a Host header has them."""
    hosts = env.words("REGISTRY_TRUSTED_HOSTS")
    if not all(is_host_name(host) for host in hosts):
        expected = _("các tên máy chủ hoặc địa chỉ IP, không kèm http:// và cổng, cách nhau dấu phẩy")
        raise env.refusal("REGISTRY_TRUSTED_HOSTS", expected)
    return hosts


def read_base_url(env: Environment) -> str | None:
    """Where browsers reach the registry: http or https, host, perhaps a path; None when not given."""
    value = env.text("REGISTRY_BASE_URL")
    parts = urlsplit(value or "")
    if value is not None and (parts.scheme not in {"http", "https"} or not parts.netloc or parts.query):
        raise env.refusal("REGISTRY_BASE_URL", _("địa chỉ dạng https://hatang.example.vn"))
    return value and value.rstrip("/")


def read_mail_server(env: Environment) -> MailServer | None:
    """The server that takes our mail; None when not given."""
    value = env.secret("REGISTRY_MAIL_URL")
    try:
        return None if value is None else MailServer.from_url(value)
    except ValueError:
        # The value may hold a password, also in its reasons.
        raise SettingsError(
            _("REGISTRY_MAIL_URL không đọc được, cần dạng smtp://tên:mật-khẩu@máy-chủ:587 hoặc smtps://máy-chủ:465.")
        ) from None


def read_mail_from(env: Environment) -> str | None:
    """The sender of our mail, an address with or without a name; None when not given."""
    value = env.text("REGISTRY_MAIL_FROM")
    if value is not None and not SENDER.fullmatch(value):
        raise env.refusal("REGISTRY_MAIL_FROM", _("địa chỉ thư dạng ten@coquan.gov.vn"))
    return value


def read_checkpoint_file(env: Environment) -> Path | None:
    """The file of the checkpoints, an absolute path; None when not given."""
    value = env.text("REGISTRY_CHECKPOINT_FILE")
    if value is None:
        return None
    if not Path(value).is_absolute() or Path(value).is_dir():
        raise env.refusal("REGISTRY_CHECKPOINT_FILE", _("đường dẫn đầy đủ của một tệp"))
    if not may_write(Path(value)):
        raise env.refusal("REGISTRY_CHECKPOINT_FILE", _("một tệp mà tài khoản chạy hệ thống ghi được"))
    return Path(value)


def may_write(path: Path) -> bool:
    """Whether this account may write a file, or make it and the folders that are missing."""
    if path.exists():
        return os.access(path, os.W_OK)
    parent = next(folder for folder in path.parents if folder.exists())
    return parent.is_dir() and os.access(parent, os.W_OK | os.X_OK)


def read_folder(env: Environment, key: str, default: Path) -> Path:
    """A folder, which need not be there yet but is no file."""
    path = env.folder(key, default)
    if path.exists() and not path.is_dir():
        raise env.refusal(key, _("một thư mục, không phải tệp"))
    return path


def read_checkpoint_addresses(env: Environment) -> tuple[str, ...]:
    """The addresses that get the checkpoints."""
    found = env.words("REGISTRY_CHECKPOINT_ADDRESSES")
    if not all(ADDRESS.fullmatch(address) for address in found):
        raise env.refusal(
            "REGISTRY_CHECKPOINT_ADDRESSES", _("các địa chỉ thư dạng ten@coquan.gov.vn, cách nhau dấu phẩy")
        )
    return found


def read_database_url(env: Environment, key: str) -> str | None:
    """The PostgreSQL address of `key` with the psycopg 3 driver spelt out; None when not given.

    Hosting services write postgres://, libpq writes postgresql://, and SQLAlchemy's own reading of the latter depends
    on its version. Several hosts and libpq parameters pass through untouched.
    """
    value = env.secret(key)
    if value is None:
        return None
    for scheme in SCHEMES:
        if value.startswith(scheme):
            return DRIVER + value.removeprefix(scheme)
    # The value may hold a password, so only its scheme is repeated.
    raise SettingsError(
        _(
            "%(key)s bắt đầu bằng %(scheme)s, cần địa chỉ PostgreSQL dạng postgresql://...",
            key=key,
            scheme=value.split(":", 1)[0][:20],
        )
    )


def read_secret_key(env: Environment, data_dir: Path, *, embedded: bool) -> str:
    """The key that signs cookies and paging marks: given, or generated once for the private cluster."""
    given = env.secret("SECRET_KEY")
    if given is not None:
        return given
    if not embedded:
        raise SettingsError(_("SECRET_KEY còn trống, cần ít nhất 32 ký tự ngẫu nhiên khi có DATABASE_URL."))
    path = data_dir / KEY_FILE_NAME
    try:
        return path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return generate_secret_key(path)
    except OSError as error:
        raise SettingsError(_("Không đọc được tệp khóa %(path)s (%(reason)s).", path=path, reason=error)) from error


def generate_secret_key(path: Path) -> str:
    """Write a new key to `path` (mode 600) and return it; of two processes at once the first one's key wins."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.unlink(missing_ok=True)
        with open(draft, "x", encoding="ascii", opener=private_opener) as target:
            target.write(secrets.token_urlsafe(48))
            target.flush()
            os.fsync(target.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
        return path.read_text(encoding="ascii").strip()
    except OSError as error:
        raise SettingsError(
            _("Không ghi được vào DATA_DIR = %(path)s (%(reason)s).", path=path.parent, reason=error.strerror)
        ) from error


def private_opener(path: str, flags: int) -> int:
    """Open a file that only its owner may read."""
    return os.open(path, flags, 0o600)
