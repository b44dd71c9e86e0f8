"""WAL archiving: the settings by which the server keeps its log in a folder, and those by which a copy replays it."""

import shlex
from pathlib import Path
from typing import Final

#: A segment with changes is archived after this time even if it is not full: at most five minutes are lost.
ARCHIVE_TIMEOUT_S: Final = 240
#: A segment is complete under its name or not there. One that is there counts if it can be read and is the same.
_ARCHIVE: Final = (
    "d={wal}; f=%f; if gzip -tq $d/$f.gz 2>/dev/null; then gzip -dc $d/$f.gz | cmp -s - %p;"
    " else gzip -1 -c %p > $d/$f.new && sync $d/$f.new && mv $d/$f.new $d/$f.gz && sync $d"
    " || {{ rm -f $d/$f.new; exit 1; }}; fi"
)
#: More than 125 stops the recovery: a damaged segment must not pass for the end of the log.
_RESTORE: Final = (
    "d={wal}; f=%f; test -f $d/$f.gz || exit 1; gzip -dc $d/$f.gz > %p || {{ echo torn WAL $f >&2; exit 126; }}"
)
TORN: Final = "torn WAL "


def archive_settings(wal: Path) -> dict[str, str]:
    return {
        "archive_mode": "on",
        "archive_timeout": str(ARCHIVE_TIMEOUT_S),
        "archive_command": _in_shell(_ARCHIVE, wal),
    }


def recovery_settings(wal: Path, at: str | None, point: str | None, timeline: str) -> dict[str, str]:
    """`at`: the moment to stop at, as PostgreSQL reads it; `point`: a named restore point; neither: the end."""
    target = {"recovery_target_time": at} if at else {"recovery_target_name": point} if point else {}
    if target:
        target["recovery_target_action"] = "promote"
    return {
        "archive_mode": "off",
        "restore_command": _in_shell(_RESTORE, wal),
        "recovery_target_timeline": timeline,
        **target,
    }


def _in_shell(command: str, wal: Path) -> str:
    # PostgreSQL reads % as a placeholder. A double quote keeps $d one word.
    return (
        command.format(wal=shlex.quote(str(wal)).replace("%", "%%"))
        .replace("$d/$f", '"$d"/"$f"')
        .replace("sync $d ", 'sync "$d" ')
    )
