"""What the writes of attachments need."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class AddFile:
    """A file for an object; `content` is what was sent, to the last byte."""

    subject_kind: str
    subject_id: int
    file_name: str
    content: bytes
    caption: str | None = None


@dataclass(frozen=True, kw_only=True)
class WithdrawFile:
    """Take an attachment off an object; the file and the row stay as evidence."""

    subject_kind: str
    subject_id: int
    attachment_id: int
