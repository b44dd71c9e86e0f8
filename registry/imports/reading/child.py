"""Program that reads one uploaded file in a sandbox, describes it and writes its rows as lines.

Started by `client.py` as `python -I -c ...` with an empty environment, in a new directory with its options; the file is
its standard input. Resource limits are set before the file is read, and only its first bytes (to load the right
readers) are read before the sandbox is closed.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from codecs import lookup
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, Final

from flask import Flask

from registry.imports.reading import formats, protocol
from registry.imports.reading.archive import check_workbook
from registry.imports.reading.limits import refuse, storable, too_much_memory
from registry.imports.reading.protocol import FileDescription, ReadOptions, Row
from registry.kernel import sandbox
from registry.kernel.errors import Invalid
from registry.kernel.i18n import DEFAULT_LANGUAGE, LANGUAGES, _, catalogue, force_locale, init_translations

_INPUT: Final = "input"
#: Codecs that Python imports on first use.
_CODECS: Final = (
    *("utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1", "ascii"),
    *("cp1258", "cp1252", "cp437"),
)


def main() -> None:
    """Read the file on stdin by the options in the directory; argument: seconds of processor time."""
    sandbox.apply_limits(int(sys.argv[1]))
    options = protocol.options_from(Path(protocol.OPTIONS).read_text(encoding="utf-8"))
    Path(protocol.OPTIONS).unlink()
    out = sys.stdout.buffer
    language = options.language if options.language in LANGUAGES else DEFAULT_LANGUAGE
    app = Flask("reading")
    init_translations(app)
    catalogue(language)
    with app.app_context(), force_locale(language):
        try:
            _read(options, out)
        except Invalid as refused:
            _send(out, protocol.to_line({"refused": storable(refused.message)}))
        except MemoryError:
            _send(out, protocol.to_line({"refused": too_much_memory().message}))
        except Exception as error:  # the parent logs where; a person reads that the file is broken
            _send(out, protocol.to_line({"failed": _traceback_text(error)}))


def _read(options: ReadOptions, out: BinaryIO) -> None:
    head = _copy_input()
    family = formats.family(head)
    loaded = formats.load(family)
    for codec in _CODECS:
        lookup(codec)
    time.strptime("2000", "%Y")  # imports on first use
    sandbox_status = sandbox.enter_sandbox(Path.cwd())
    _send(out, protocol.to_line({"sandbox": sandbox_status.as_json()}))
    path = Path(_INPUT)
    file_format = formats.identify(path, family, head)
    if file_format not in loaded:
        raise RuntimeError(f"no reader for {file_format} is loaded")
    reader = loaded[file_format]
    if reader.needs_closed_network and not sandbox_status.network:
        raise refuse(
            _(
                "Máy chủ này không chặn được mạng khi đọc tệp nên không nhận Shapefile và GeoPackage; hãy dùng GeoJSON,"
                " KML, CSV hoặc XLSX, hoặc báo quản trị hệ thống."
            )
        )
    if file_format in ("xlsx", "ods"):
        check_workbook(path)
    description = reader.describe(path, options)
    _send(out, protocol.description_line(description))
    sandbox.allow_full_cpu_time()
    _send_rows(
        out, reader.rows(path, _completed(options, description)) if _reads_one_table(options, description) else iter(())
    )


def _copy_input() -> bytes:
    """Copy the file into the working directory; returns its first bytes."""
    with Path(_INPUT).open("xb") as target:
        shutil.copyfileobj(sys.stdin.buffer, target, protocol.MAX_LINE)
    if os.geteuid() == 0:
        sandbox.chown_to_nobody(Path(_INPUT))
    with Path(_INPUT).open("rb") as source:
        return source.read(formats.HEAD)


def _reads_one_table(options: ReadOptions, description: FileDescription) -> bool:
    """Whether one table is read; Invalid where the requested one is missing."""
    names = [table.name for table in description.tables]
    if options.table is None:
        return len(names) == 1
    if options.table not in names:
        raise refuse(
            _(
                "Tệp không có bảng “%(name)s”; các bảng: %(names)s.",
                name=options.table[:60],
                names=", ".join(name[:60] for name in names[:20]),
            )
        )
    return True


def _completed(options: ReadOptions, description: FileDescription) -> ReadOptions:
    """The options, completed by the description, so that detection runs once."""
    table = next(t for t in description.tables if options.table in (None, t.name))
    return replace(
        options,
        table=table.name,
        encoding=options.encoding or description.encoding,
        separator=options.separator or description.separator,
        header_row=table.header_row or None if options.header_row is None else options.header_row,
    )


def _send_rows(out: BinaryIO, rows: Iterator[Row]) -> None:
    batch = protocol.Batch()
    for read_row in rows:
        row = protocol.limited(read_row)
        _check_row(row)
        if batch.add(row):
            _send(out, batch.take())
    if batch.rows:
        _send(out, batch.take())
    _send(out, protocol.to_line({"end": batch.count}))


def _check_row(row: Row) -> None:
    size = sum(map(len, row.cells)) + len(row.geometry or "")
    if size > protocol.MAX_ROW:
        raise refuse(
            _(
                "Dòng %(number)d dài %(length)d ký tự kể cả hình, tối đa %(most)d.",
                number=row.number,
                length=size,
                most=protocol.MAX_ROW,
            )
        )


def _send(out: BinaryIO, line: bytes) -> None:
    out.write(line)
    out.flush()


def _traceback_text(error: BaseException) -> str:
    """Class and traceback lines of an error, without values of the file."""
    places = []
    trace = error.__traceback__
    while trace is not None:
        places.append(f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}")
        trace = trace.tb_next
    return f"{type(error).__name__} at {' > '.join(places[-6:])}"
