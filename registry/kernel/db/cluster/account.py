"""The system account that the database server runs under, since PostgreSQL refuses to run as root."""

import os
import pwd
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from registry.kernel.db.cluster.errors import ClusterError
from registry.kernel.i18n import _
from registry.kernel.processes import die_with_parent

SERVICE_ACCOUNT: Final = "postgres"
#: Nothing else: PGHOST, PGUSER and the like of the caller must not reach the server, nor its language its messages.
ENVIRONMENT: Final = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "HOME": "/"}


@dataclass(frozen=True)
class Account:
    """Who the server runs as; `switched` tells whether that differs from the caller."""

    uid: int
    gid: int
    switched: bool

    @classmethod
    def for_server(cls) -> "Account":
        """The caller, or the account `postgres` when the caller is root."""
        if os.geteuid() != 0:
            return cls(os.geteuid(), os.getegid(), switched=False)
        try:
            entry = pwd.getpwnam(SERVICE_ACCOUNT)
        except KeyError as error:
            raise ClusterError(
                _(
                    "Máy không có tài khoản hệ thống %(account)s để chạy PostgreSQL thay cho root,"
                    " cần cài gói postgresql.",
                    account=SERVICE_ACCOUNT,
                )
            ) from error
        return cls(entry.pw_uid, entry.pw_gid, switched=True)

    def run(self, arguments: list[str], timeout_s: float = 120) -> subprocess.CompletedProcess[str]:
        """Run a program to its end under this account."""
        return subprocess.run(
            arguments,
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout_s,
            env=ENVIRONMENT,
            cwd="/",
            user=self.uid if self.switched else None,
            group=self.gid if self.switched else None,
            extra_groups=[] if self.switched else None,
        )

    def spawn(self, arguments: list[str], log: IO[bytes]) -> subprocess.Popen[bytes]:
        """Start a server under this account that shuts down (SIGINT, PostgreSQL's fast way) when we die.

        It has a session of its own, out of reach of Ctrl-C at the terminal.
        """
        return subprocess.Popen(
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=ENVIRONMENT,
            cwd="/",
            start_new_session=True,
            user=self.uid if self.switched else None,
            group=self.gid if self.switched else None,
            extra_groups=[] if self.switched else None,
            preexec_fn=die_with_parent(signal.SIGINT),  # noqa: PLW1509  # one system call, no locks
        )

    def can_use(self, directory: Path) -> bool:
        """Whether this account can reach and write `directory`, its parents included."""
        return self.run(["test", "-w", str(directory), "-a", "-x", str(directory)]).returncode == 0

    def give(self, path: Path) -> None:
        """Make this account the owner of `path`."""
        if self.switched:
            os.chown(path, self.uid, self.gid)
