"""Checkpoints: how far the chains reach and with which digest, kept where the superuser of the database is not."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from registry.audit.chain import GENESIS
from registry.audit.models import AuditEvent, AuditSeal, RegisterIdentity
from registry.kernel.i18n import _
from registry.kernel.installation import make_private
from registry.kernel.jobs import TaskService
from registry.kernel.mail import MailServer

#: Key of the services of the worker (kernel.jobs.Resources).
CHECKPOINTS: Final = TaskService["CheckpointTargets"]()
#: Below the folder of backups, or the data directory, where no other file is set.
DEFAULT_FILE: Final = "audit/checkpoints.jsonl"
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_MAX_BYTES: Final = 100 * 1024 * 1024


class CheckpointRefused(ValueError):
    """A file of checkpoints that cannot be used; the message is one sentence."""


@dataclass(frozen=True)
class Checkpoint:
    """Number and digest of the last event and of the last seal of a register at a moment; 0 and GENESIS for none."""

    register: UUID
    time: datetime
    events: int
    events_head: bytes
    seals: int
    seals_head: bytes

    def as_line(self) -> str:
        """One line of JSON."""
        return json.dumps(
            {
                "register": str(self.register),
                "time": self.time.isoformat(),
                "events": self.events,
                "events_head": self.events_head.hex(),
                "seals": self.seals,
                "seals_head": self.seals_head.hex(),
            }
        )


@dataclass(frozen=True)
class CheckpointTargets:
    """Where checkpoints go: a file, and addresses by a mail server."""

    file: Path
    addresses: tuple[str, ...] = ()
    server: MailServer | None = None
    sender: str = ""


def default_checkpoint_file(data_dir: Path, backup_dir: Path | None) -> Path:
    """Where checkpoints go by default: on the disk of the backups, which outlives that of the register."""
    return (data_dir if backup_dir is None or not backup_dir.is_dir() else backup_dir) / DEFAULT_FILE


def take_checkpoint(session: Session, now: datetime) -> Checkpoint:
    """The present ends of both chains."""
    (events, events_head), (seals, seals_head) = (
        session.execute(select(model.number, model.digest).order_by(model.number.desc()).limit(1)).one_or_none()
        or (0, GENESIS)
        for model in (AuditEvent, AuditSeal)
    )
    register = session.scalars(select(RegisterIdentity.id)).one()
    return Checkpoint(register, now, events, events_head, seals, seals_head)


def write_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Append a line that is on disk when this returns; OSError where the file cannot be written."""
    make_private(path.parent)
    with open(path, "a", encoding="ascii", opener=lambda name, flags: os.open(name, flags, 0o600)) as target:
        target.write(f"{checkpoint.as_line()}\n")
        target.flush()
        os.fsync(target.fileno())


def mail_of(checkpoint_line: str, targets: CheckpointTargets, address: str, now: datetime) -> EmailMessage:
    """The mail with a checkpoint as an attached file; keeping the mail is keeping the checkpoint."""
    checkpoint = checkpoint_from(checkpoint_line)
    if checkpoint is None:
        raise ValueError("no checkpoint")
    message = EmailMessage(policy=SMTP)
    message["Subject"] = _(
        "Điểm kiểm nhật ký: %(events)s thay đổi, %(seals)s niêm phong", events=checkpoint.events, seals=checkpoint.seals
    )
    message["From"] = targets.sender
    message["To"] = address
    message["Date"] = format_datetime(now)
    domain = parseaddr(targets.sender)[1].rpartition("@")[2]
    message["Message-ID"] = f"<checkpoint.{checkpoint.register}.{checkpoint.time.timestamp():.0f}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(
        _(
            "Tệp kèm theo ghi độ dài của nhật ký hệ thống tại thời điểm này. Đề nghị lưu giữ tệp: lệnh `flask audit "
            "verify --checkpoint TỆP` dùng tệp này để phát hiện nhật ký bị cắt hoặc bị tính lại về sau."
        )
        + "\n",
        charset="utf-8",
    )
    name = f"checkpoint-{checkpoint.time:%Y%m%dT%H%M%S}.json"
    message.add_attachment(f"{checkpoint_line}\n".encode(), maintype="application", subtype="json", filename=name)
    return message


def read_checkpoints(path: Path, connection: Connection) -> list[Checkpoint]:
    """The checkpoints of a file, a line each; other lines are skipped.

    CheckpointRefused for a file without any, or with one of another register than the connected one.
    """
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise CheckpointRefused(_("Tệp %(path)s lớn hơn 100 MB, cần tệp điểm kiểm.", path=path))
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError as error:
        raise CheckpointRefused(
            _("Không đọc được tệp điểm kiểm %(path)s (%(reason)s).", path=path, reason=error.strerror)
        ) from error
    checkpoints = [checkpoint for line in lines if (checkpoint := checkpoint_from(line)) is not None]
    if not checkpoints:
        raise CheckpointRefused(
            _("Tệp %(path)s không có điểm kiểm nào, cần tệp do hệ thống ghi hoặc gửi theo thư.", path=path)
        )
    own = connection.scalars(select(RegisterIdentity.id)).one_or_none()
    _refuse_foreign(checkpoints, own)
    return checkpoints


def _refuse_foreign(checkpoints: Iterable[Checkpoint], own: UUID | None) -> None:
    foreign = next((checkpoint for checkpoint in checkpoints if checkpoint.register != own), None)
    if foreign is not None:
        raise CheckpointRefused(
            _(
                "Điểm kiểm thuộc hệ thống %(foreign)s, cơ sở dữ liệu này là hệ thống %(own)s; cần điểm kiểm của"
                " hệ thống này.",
                foreign=foreign.register,
                own=own or "∅",
            )
        )


def checkpoint_from(line: str) -> Checkpoint | None:
    """The checkpoint of a line; None for any other text."""
    if not line.strip().startswith("{"):
        return None
    try:
        values: dict[str, Any] = json.loads(line)
        time = datetime.fromisoformat(values["time"])
        events, seals = values["events"], values["seals"]
        heads = values["events_head"], values["seals_head"]
        register = UUID(values["register"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    if not all(type(count) is int and count >= 0 for count in (events, seals)):
        return None
    if time.tzinfo is None or not all(isinstance(head, str) and _DIGEST.fullmatch(head) for head in heads):
        return None
    return Checkpoint(register, time, events, bytes.fromhex(heads[0]), seals, bytes.fromhex(heads[1]))
