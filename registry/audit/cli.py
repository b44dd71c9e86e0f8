"""`flask audit`: verify the chains."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import AppGroup
from sqlalchemy import Connection

from registry.audit.checkpoints import CheckpointRefused, read_checkpoints
from registry.audit.verifier import describe, reading, verify
from registry.kernel.cli.target import installation, owner_url
from registry.kernel.clock import utc_now
from registry.kernel.db.migrations import current_on
from registry.kernel.i18n import _, _n

#: Findings that are printed.
_SHOWN = 50
#: Revision from which every version in a history belongs to an event.
_FIRST_VERIFIED = "r0005"

audit_group = AppGroup("audit", help="The audit chains.")


@audit_group.command("verify")
@click.option(
    "--checkpoint",
    "path",
    type=click.Path(path_type=Path),
    help="A file of checkpoints from outside the database: finds a chain that was cut or computed again, too.",
)
def verify_command(path: Path | None) -> None:
    """Look for edits, deletions and swaps in audit records and histories, reading only; exit code 1 when any is found.

    Example: flask --app app audit verify --checkpoint /mnt/append-only/checkpoints.jsonl
    """
    settings = installation()
    with reading(settings.audit_database_url or owner_url(settings)) as connection:
        _require_schema(connection)
        try:
            checkpoints = read_checkpoints(path, connection) if path else []
        except CheckpointRefused as refused:
            raise click.ClickException(str(refused)) from refused
        report = verify(connection, utc_now(), checkpoints)
    for line in describe(report):
        click.echo(line)
    for sentence in report.findings[:_SHOWN]:
        click.echo(sentence, err=True)
    if report.findings:
        raise click.ClickException(_n("Nhật ký không còn nguyên vẹn: tìm thấy %(num)d chỗ sai.", len(report.findings)))
    if checkpoints:
        last = max(checkpoint.time for checkpoint in checkpoints)
        click.echo(
            _n(
                "Nguyên vẹn; khớp với %(num)d điểm kiểm, điểm cuối lúc %(time)s.",
                len(checkpoints),
                time=last.isoformat(timespec="seconds"),
            )
        )
    else:
        click.echo(_("Nguyên vẹn; để kiểm tra phần cuối có bị cắt hay không, cần thêm --checkpoint TỆP."))


def _require_schema(connection: Connection) -> None:
    """Refuse a schema whose revisions wrote histories that no event names."""
    schema_version = current_on(connection) or ""
    if schema_version < _FIRST_VERIFIED:
        raise click.ClickException(
            _(
                "Lược đồ của cơ sở dữ liệu ở bản %(found)s, cần bản %(least)s trở lên để kiểm tra nhật ký; hãy chạy"
                " `flask --app app db upgrade`.",
                found=schema_version or "∅",
                least=_FIRST_VERIFIED,
            )
        )
