"""What the kernel needs to know of an installation: the settings it is given, and where the program lies."""

from pathlib import Path
from typing import Final, Protocol

from registry.kernel.mail import MailServer

CHECKOUT: Final = Path(__file__).resolve().parents[2]
#: Key of app.extensions: callables without arguments that `serve` calls after the migrations and before the first
#: request, at every start; each decides from the database whether its work is done already.
BEFORE_SERVING: Final = "registry.before_serving"


class Installation(Protocol):
    """The settings that running and looking after an installation needs (config.settings.Settings has them)."""

    @property
    def data_dir(self) -> Path:
        """Folder of everything that the program writes."""
        ...

    @property
    def database_url(self) -> str | None:
        """The owner's address of the database; None for the private cluster."""
        ...

    @property
    def pg_bin(self) -> Path | None:
        """Folder of the PostgreSQL programs, where an administrator has named one."""
        ...

    @property
    def host(self) -> str:
        """Address to listen on."""
        ...

    @property
    def port(self) -> int:
        """TCP port to listen on."""
        ...

    @property
    def url(self) -> str:
        """What to open in a browser on this machine."""
        ...

    @property
    def mail_server(self) -> MailServer | None:
        """What takes our mail; None where none is sent."""
        ...

    @property
    def base_url(self) -> str | None:
        """Where browsers reach the registry, without a slash at the end."""
        ...

    @property
    def province(self) -> str:
        """Code of the province whose units are seeded."""
        ...

    @property
    def demo(self) -> bool:
        """Whether a first start makes the demonstration."""
        ...

    @property
    def tile_url(self) -> str | None:
        """Somebody's image tiles as the ground of maps, with {z}, {x} and {y}."""
        ...

    @property
    def tile_attribution(self) -> str | None:
        """Whom to thank for these tiles."""
        ...
