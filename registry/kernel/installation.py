"""The settings that running and maintaining an installation needs, and the folder of the program."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final, Protocol

from registry.kernel.mail import MailServer
from registry.kernel.services import Service

CHECKOUT: Final = Path(__file__).resolve().parents[2]
#: Callables without arguments that `serve` calls at every start, after the migrations and before the first request;
#: each checks in the database whether its work is done already.
BEFORE_SERVING = Service[Sequence[Callable[[], object]]]("registry.before_serving", default=())


class Installation(Protocol):
    """Settings of one installation; config.settings.Settings has them."""

    #: Folder of everything that the program writes.
    @property
    def data_dir(self) -> Path: ...

    #: The owner's address of the database; None for the private cluster.
    @property
    def database_url(self) -> str | None: ...

    #: Address of the database with read rights only, for the verifier of the audit; None to use the owner's.
    @property
    def audit_database_url(self) -> str | None: ...

    #: Whether web and worker sign in under their own roles, so that the owner need not change to them.
    @property
    def has_own_sign_ins(self) -> bool: ...

    #: Local port of /metrics; None for none.
    @property
    def metrics_port(self) -> int | None: ...

    #: Folder of backups and archived WAL, on another disk; None for no backups.
    @property
    def backup_dir(self) -> Path | None: ...

    #: Days that base backups are kept.
    @property
    def backup_days(self) -> int: ...

    #: The settings that were given and are no secret, by their key.
    @property
    def open_settings(self) -> Mapping[str, str]: ...

    #: Folder of the PostgreSQL programs; None to search for them.
    @property
    def pg_bin(self) -> Path | None: ...

    @property
    def host(self) -> str: ...

    @property
    def port(self) -> int: ...

    #: Address to open in a browser on this machine.
    @property
    def url(self) -> str: ...

    #: None where no mail is sent.
    @property
    def mail_server(self) -> MailServer | None: ...

    #: Address by which browsers reach the registry, without a slash at the end.
    @property
    def base_url(self) -> str | None: ...

    #: Code of the province; its units are seeded.
    @property
    def province(self) -> str: ...

    #: Whether a first start creates the demonstration data.
    @property
    def demo(self) -> bool: ...

    #: Whether sample accounts are asked for a second factor, too.
    @property
    def demo_second_factor(self) -> bool: ...

    #: Whether only this machine reaches the program, directly.
    @property
    def is_local(self) -> bool: ...

    #: Address of external base map tiles, with {z}, {x} and {y}; None for the own base map.
    @property
    def tile_url(self) -> str | None: ...

    #: File of the certificates (PEM) that signatures of electronic papers must lead to; None where none are checked.
    @property
    def signature_roots(self) -> Path | None: ...

    #: Attribution that the tile provider asks for.
    @property
    def tile_attribution(self) -> str | None: ...


INSTALLATION = Service[Installation]("registry.settings")


def make_private(folder: Path) -> None:
    """Create a folder and those above it that are missing, each readable by its owner only.

    `Path.mkdir` gives its mode to the last folder alone.
    """
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    for path in reversed(missing):
        path.mkdir(mode=0o700, exist_ok=True)
