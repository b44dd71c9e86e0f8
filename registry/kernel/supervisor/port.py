"""Whether the port to serve on is free, and when the server behind it answers."""

import contextlib
import errno
import socket
import time
from typing import Final

from click import ClickException

from registry.kernel.i18n import _

#: A server that was killed a moment ago may still be closing.
PATIENCE_S: Final = 5.0
POLL_S: Final = 0.1


class PortBusyError(ClickException):
    """The port cannot be listened on."""


def check_port(host: str, port: int) -> None:
    """Refuse a port that another program holds or that this account may not open."""
    deadline = time.monotonic() + PATIENCE_S
    while (number := _try_to_bind(host, port)) == errno.EADDRINUSE and time.monotonic() < deadline:
        time.sleep(POLL_S)
    if number == errno.EADDRINUSE:
        raise PortBusyError(
            _(
                "Cổng %(port)d trên %(host)s đang được chương trình khác dùng,"
                " cần dừng chương trình đó hoặc chọn cổng khác, ví dụ PORT=%(other)d.",
                port=port,
                host=host,
                other=port + 1 if port < 65535 else port - 1,  # noqa: PLR2004  # the last TCP port
            )
        )
    if number != 0:
        raise PortBusyError(
            _(
                "Không mở được cổng %(port)d trên %(host)s (%(reason)s), cần chọn cổng khác bằng PORT.",
                port=port,
                host=host,
                reason=errno.errorcode.get(number, str(number)),
            )
        )


def _try_to_bind(host: str, port: int) -> int:
    family, kind, protocol, _name, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server does: closed connections may linger
        try:
            probe.bind(address)
        except OSError as error:
            return error.errno or errno.EINVAL
    return 0


def answers(host: str, port: int) -> bool:
    """Whether something accepts connections there."""
    with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=1):
        return True
    return False


def wait_for_port(host: str, port: int, timeout_s: float) -> bool:
    """Wait until something accepts connections there; False when nothing does in time."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if answers(host, port):
            return True
        time.sleep(POLL_S)
    return False
