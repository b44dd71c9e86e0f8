"""Issued papers: the content of a paper is stored when it is issued, and served as it was from then on.

A feature freezes a paper in the transaction that issues it (`Workflow.papers`, or its own service), and reads
`issued_paper` before it makes one: only a draft follows what the register says now.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, fields, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, SmallInteger, UniqueConstraint, bindparam, func, select
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Mapped, deferred, mapped_column

from registry.audit.chain import as_stored, canonical
from registry.authz.actors import Ctx
from registry.documents.official import OfficialPaper, PaperTable
from registry.kernel.db.base import Base, BigId
from registry.kernel.db.compiled import compile_statement
from registry.kernel.i18n import format_date

#: Of a paper that was issued before the register stored papers.
_MADE_AGAIN: Final = "Bản lập lại ngày {day} từ dữ liệu hiện nay; hệ thống không lưu nội dung lúc ban hành"


class IssuedPaper(Base):
    """The content of one paper as it was issued; never changed. A later edition is a paper of its own.

    `content` is an OfficialPaper, or what the feature's template needs, as JSON; `digest` is the SHA-256 of its
    canonical form, in hexadecimal digits.
    """

    __tablename__ = "issued_paper"

    id: Mapped[BigId]
    subject_kind: Mapped[str]
    subject_id: Mapped[int]
    #: Code of the paper among those of its subject.
    paper: Mapped[str]
    #: 1 for the first one.
    edition: Mapped[int] = mapped_column(SmallInteger)
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)
    digest: Mapped[str]
    issued_at: Mapped[datetime]
    #: NULL where the end of a term issued it.
    issued_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))

    __table_args__ = (
        UniqueConstraint("subject_kind", "subject_id", "paper", "edition"),
        CheckConstraint("edition >= 1", name="edition"),
        CheckConstraint("digest ~ '^[0-9a-f]{64}$'", name="digest"),
    )


class IssuedPdf(Base):
    """The PDF file of an issued paper as it was first served; the same bytes are served from then on."""

    __tablename__ = "issued_pdf"

    #: That of the paper.
    id: Mapped[int] = mapped_column(ForeignKey("issued_paper.id"), primary_key=True)
    content: Mapped[bytes] = deferred(mapped_column(LargeBinary, nullable=False), raiseload=True)
    #: SHA-256 of the file, in hexadecimal digits.
    sha256: Mapped[str]
    made_at: Mapped[datetime]

    __table_args__ = (CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256"),)


#: Of two that serve a paper first at one instant, one is stored; they have equal bytes (registry.documents.child).
_KEEP: Final = compile_statement(
    insert(IssuedPdf)
    .values({name: bindparam(name) for name in ("id", "content", "sha256", "made_at")})
    .on_conflict_do_nothing()
)


def served_pdf(ctx: Ctx, paper: IssuedPaper, make: Callable[[], bytes]) -> bytes:
    """The PDF of an issued paper: made when it is first served, and stored with the end of this transaction.

    The reader may see the paper.
    """
    if (stored := _stored_pdf(ctx, paper.id)) is not None:
        return stored
    content = make()
    digest = hashlib.sha256(content).hexdigest()
    ctx.notes.append((_KEEP, {"id": paper.id, "content": content, "sha256": digest, "made_at": ctx.now}))
    return content


def _stored_pdf(ctx: Ctx, number: int) -> bytes | None:
    return ctx.session.scalar(select(IssuedPdf.content).where(IssuedPdf.id == number))


def freeze_paper(ctx: Ctx, kind: str, subject_id: int, paper: str, content: OfficialPaper | Mapping[str, Any]) -> None:
    """Store a paper as its next edition; the subject is locked by the caller."""
    plain = as_stored(asdict(content) if isinstance(content, OfficialPaper) else content)
    last = select(func.max(IssuedPaper.edition)).where(*_of(kind, subject_id, paper))
    ctx.session.add(
        IssuedPaper(
            subject_kind=kind,
            subject_id=subject_id,
            paper=paper,
            edition=(ctx.session.scalar(last) or 0) + 1,
            content=plain,
            digest=hashlib.sha256(canonical(plain)).hexdigest(),
            issued_at=ctx.now,
            issued_by_id=ctx.actor.id,
        )
    )
    ctx.session.flush()


def issued_paper(ctx: Ctx, kind: str, subject_id: int, paper: str, edition: int | None = None) -> IssuedPaper | None:
    """The last edition of an issued paper, or a certain one; None if there is none. The reader may see its subject."""
    query = select(IssuedPaper).where(*_of(kind, subject_id, paper)).order_by(IssuedPaper.edition.desc()).limit(1)
    if edition is not None:
        query = query.where(IssuedPaper.edition == edition)
    return ctx.session.scalars(query).one_or_none()


def list_editions(ctx: Ctx, kind: str, subject_id: int, paper: str) -> Sequence[IssuedPaper]:
    """The editions of an issued paper, the last one first. The reader may see its subject."""
    query = select(IssuedPaper).where(*_of(kind, subject_id, paper))
    return ctx.session.scalars(query.order_by(IssuedPaper.edition.desc())).all()


def official_paper(content: Mapping[str, Any]) -> OfficialPaper:
    """The official paper that was stored."""
    names = {field.name for field in fields(OfficialPaper)}
    kept = {name: value for name, value in content.items() if name in names}
    table = PaperTable(**kept["table"]) if kept.get("table") else None
    pairs = {name: tuple(kept[name]) for name in ("left", "right") if name in kept}
    values: dict[str, Any] = kept | pairs | {"table": table}
    return OfficialPaper(**values)


def made_again(ctx: Ctx, paper: OfficialPaper) -> OfficialPaper:
    """A paper with a number whose content was never stored, marked as such."""
    return replace(
        paper, remark="; ".join(filter(None, (paper.remark, _MADE_AGAIN.format(day=format_date(ctx.today)))))
    )


def _of(kind: str, subject_id: int, paper: str) -> tuple[Any, ...]:
    return IssuedPaper.subject_kind == kind, IssuedPaper.subject_id == subject_id, IssuedPaper.paper == paper
