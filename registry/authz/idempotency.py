"""Idempotency of forms: a key that is sent twice gets the stored response of the first time (PROMISES 7.4).

A form of a visitor without an account is stored only where its route asks for it (`once=True`): pages of visitors may
be cached, and then share their key. A report of the public has its draft instead (`incidents/drafts.py`), because its
response names a tracking code, which the database does not hold.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from flask import Request, Response, current_app, redirect
from flask import request as current_request
from sqlalchemy import Index, LargeBinary, UniqueConstraint, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column
from werkzeug.wrappers import Response as BaseResponse

from registry.authz.actors import Ctx
from registry.kernel.db.base import Base, BigId
from registry.kernel.db.session import patience
from registry.kernel.errors import Conflict
from registry.kernel.forms.base import KEY_FIELD
from registry.kernel.i18n import _

RETENTION: Final = timedelta(hours=24)
_KEY: Final = re.compile(r"[0-9a-f]{32}")
#: Fields that differ between submissions of the same content.
_IGNORED: Final = (KEY_FIELD, "csrf_token")
_CHUNK: Final = 1 << 20
#: How long a form that was sent twice waits for its first response; the slowest takes less.
_WAIT_S: Final = 25
#: Stands for all visitors; their keys are random and so never meet.
_VISITOR: Final = 0


class RequestKey(Base):
    """An accepted form: actor, endpoint, digest of its content, and the redirect of the response."""

    __tablename__ = "request_key"

    id: Mapped[BigId]
    actor_id: Mapped[int]
    endpoint: Mapped[str]
    key: Mapped[str]
    body_digest: Mapped[bytes] = mapped_column(LargeBinary)
    #: The response, written at the end of the same transaction.
    status: Mapped[int] = mapped_column(server_default="303")
    location: Mapped[str] = mapped_column(server_default="/")
    created_at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("actor_id", "endpoint", "key"), Index(None, "created_at"))


@dataclass(frozen=True)
class Claim:
    """The row of a key that this request was the first to send."""

    row_id: int


def claim(ctx: Ctx, request: Request, *, of_visitors: bool = False) -> Claim | BaseResponse | None:
    """Take the key of a form for this request; the stored response if it was taken before, None without a key.

    None also for a visitor without an account, unless `of_visitors`.

    Conflict for a known key with different content. A concurrent second request waits for the first; if that one was
    refused, the second takes the key.
    """
    key = request.form.get(KEY_FIELD, "")
    actor_id = _VISITOR if ctx.actor.id is None or of_visitors else ctx.actor.id
    if (actor_id == _VISITOR and not of_visitors) or request.endpoint is None or not _KEY.fullmatch(key):
        return None
    ctx.session.execute(delete(RequestKey).where(RequestKey.created_at < ctx.now - RETENTION))
    content = _digest(request)
    values: dict[str, Any] = {"actor_id": actor_id, "endpoint": request.endpoint, "key": key}
    with patience(ctx.session, _WAIT_S):
        taken = ctx.session.scalar(
            insert(RequestKey)
            .values(**values, body_digest=content, created_at=ctx.now)
            .on_conflict_do_nothing()
            .returning(RequestKey.id)
        )
    if taken is not None:
        return Claim(taken)
    first = ctx.session.scalars(select(RequestKey).filter_by(**values)).one()
    if first.body_digest != content:
        raise Conflict(
            _(
                "Biểu mẫu này đã được nhận trước đó với nội dung khác; hãy xem lại danh sách, cần gửi thêm thì mở lại"
                " trang."
            )
        )
    return redirect(first.location, first.status)


def token_of_form(secret: str, purpose: str, subject: object) -> str | None:
    """A token that follows from the key of the form of this request, for a page that shows it once; None without a key.

    Such a page is no stored response: the database must not hold the token. Sent twice, the form gives the same one.
    """
    key = current_request.form.get(KEY_FIELD, "")
    if not _KEY.fullmatch(key):
        return None
    text = f"{purpose}:{subject}:{key}".encode()
    return urlsafe_b64encode(hmac.digest(secret.encode(), text, "sha256")).decode().rstrip("=")


def store_response(ctx: Ctx, claimed: Claim, response: Response) -> None:
    """Store the redirect of an accepted form in its transaction; a response without redirect changed nothing."""
    row = RequestKey.id == claimed.row_id
    location = response.headers.get("Location")
    if location is None:
        ctx.session.execute(delete(RequestKey).where(row))
    else:
        ctx.session.execute(update(RequestKey).where(row).values(status=response.status_code, location=location))


def _digest(request: Request) -> bytes:
    """Keyed SHA-256 of the path, the fields in order and the content of files.

    Keyed, because a field may be a password: no digest of one can be tried without the secret of the application.
    """
    secret = str(current_app.config["SECRET_KEY"]).encode()
    running = hmac.new(secret, request.path.encode("utf-8", "surrogatepass"), hashlib.sha256)
    for name, value in request.form.items(multi=True):
        if name not in _IGNORED:
            _add(running, name, value)
    for name, file in request.files.items(multi=True):
        _add(running, name, file.filename or "")
        while part := file.stream.read(_CHUNK):
            running.update(part)
        file.stream.seek(0)
    return running.digest()


def _add(running: Any, *texts: str) -> None:
    for text in texts:
        encoded = text.encode("utf-8", "surrogatepass")
        running.update(len(encoded).to_bytes(8, "big") + encoded)
