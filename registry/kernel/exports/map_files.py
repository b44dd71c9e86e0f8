"""GeoPackage and zipped Shapefiles, written by GDAL in a child process that gets the records in batches.

In the web process the library would block all other threads.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import zipfile
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from tempfile import mkdtemp
from typing import IO, Any, Final

from registry.kernel.errors import Invalid
from registry.kernel.exports.csv_file import safe_cell
from registry.kernel.exports.dataset import Dataset, FileColumn, Value, json_value
from registry.kernel.exports.map_child import GPKG, MAX_SHP_BYTES, SHP, MapPlan
from registry.kernel.exports.wkb import read_wkb
from registry.kernel.i18n import _
from registry.kernel.installation import CHECKOUT

logger = logging.getLogger(__name__)

#: Longest text of a Shapefile, in bytes, and its longest field name.
MAX_FIELD_BYTES: Final = 254
MAX_NAME_LETTERS: Final = 10
_TYPES: Final = {int: "int", Decimal: "real", bool: "bool", date: "date", datetime: "moment"}
_BATCH_ROWS: Final = 2_000
_BATCH_BYTES: Final = 4 * 1024 * 1024
_START: Final = (
    "import sys; sys.path.insert(0, sys.argv.pop()); from registry.kernel.exports.map_child import main; main()"
)
#: A file within this distance of the limit was truncated.
_MARGIN: Final = 1024 * 1024

Converter = Callable[[Value], Any]


def write_gpkg(data: Dataset, path: Path) -> int:
    """Write a GeoPackage with one indexed layer per shape; returns the number of records."""
    indexes = data.column_indexes(geometry=True)
    columns = [data.columns[at] for at in indexes]
    plan = _plan(data, GPKG, [column.name for column in columns], columns)
    with _run_child(data, plan, path.parent) as (count, files):
        _copy(files[0], path)
    return count


def write_shp(data: Dataset, path: Path) -> int:
    """Write one Shapefile with index per shape and zip them; returns the number of records."""
    indexes = data.column_indexes(geometry=True)
    columns = [data.columns[at] for at in indexes]
    names = short_names([column.name for column in columns])
    with _run_child(data, _plan(data, SHP, names, columns), path.parent) as (count, files):
        _zip(path, files, _about(data, names, columns))
    return count


def short_names(names: list[str]) -> list[str]:
    """Unique field names of at most ten letters: the first ten, or fewer with a number."""
    used_names: list[str] = []
    for name in names:
        short, again = name[:MAX_NAME_LETTERS], 1
        while short in used_names:
            again += 1
            short = f"{name[: MAX_NAME_LETTERS - len(str(again))]}{again}"
        used_names.append(short)
    return used_names


def clip_text(text: str) -> str:
    """As much of a text as a field of a Shapefile can hold, cut between characters."""
    return text.encode()[:MAX_FIELD_BYTES].decode(errors="ignore")


def _plan(data: Dataset, file_format: str, names: list[str], columns: list[FileColumn]) -> MapPlan:
    types = [_TYPES.get(column.kind, "text") for column in columns]
    if file_format == SHP:
        # dBASE has dates, but no time of day.
        types = ["text" if kind == "moment" else kind for kind in types]
    return MapPlan(
        file_format=file_format,
        stem=data.stem,
        title=data.title,
        names=names,
        labels=[column.label for column in columns],
        types=types,
        notes=list(data.notes),
    )


@contextmanager
def _run_child(data: Dataset, plan: MapPlan, folder: Path) -> Iterator[tuple[int, list[Path]]]:
    """The files of the child process, in a directory that is removed afterwards, and their number of records."""
    private = Path(mkdtemp(dir=folder, prefix="map-"))
    process = start(private)
    try:
        # A child that has died already explains it in its answer.
        with contextlib.suppress(BrokenPipeError):
            _send(process.stdin, data, plan)
        answer, _errors = process.communicate()
        yield _checked_answer(answer, process.returncode, private, plan)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()
        process.wait()
        shutil.rmtree(private, ignore_errors=True)


def start(private: Path) -> subprocess.Popen[bytes]:
    """Start the program that writes files into `private`."""
    return subprocess.Popen(
        [sys.executable, "-I", "-X", "utf8", "-c", _START, str(CHECKOUT)],
        cwd=private,
        env={},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _send(pipe: IO[bytes] | None, data: Dataset, plan: MapPlan) -> None:
    if pipe is None:
        raise RuntimeError("the writing process has no input")
    indexes = data.column_indexes(geometry=True)
    convert = [_shp_text if plan.file_format == SHP and kind == "text" else _CONVERTERS[kind] for kind in plan.types]
    batches: dict[str, _Batch] = {}
    pipe.write(_line(asdict(plan)))
    for record in data.records():
        shape = read_wkb(record.geometry).shape.value if record.geometry is not None else ""
        batch = batches.setdefault(shape, _Batch(shape))
        values = [converter(record.values[at]) for converter, at in zip(convert, indexes, strict=True)]
        if batch.add(values, record.geometry):
            pipe.write(batch.take())
    for batch in batches.values():
        if batch.rows:
            pipe.write(batch.take())
    pipe.write(_line({"end": True}))
    pipe.flush()


class _Batch:
    def __init__(self, shape: str) -> None:
        self.shape = shape
        self.rows: list[list[Any]] = []
        self._shapes: list[str] = []
        self._bytes = 0

    def add(self, values: list[Any], geometry: bytes | None) -> bool:
        """Add one record; True when the batch is full."""
        self.rows.append(values)
        if geometry is not None:
            self._shapes.append(b64encode(geometry).decode("ascii"))
            self._bytes += len(geometry)
        return len(self.rows) >= _BATCH_ROWS or self._bytes >= _BATCH_BYTES

    def take(self) -> bytes:
        line = _line({"shape": self.shape, "rows": self.rows, "shapes": self._shapes})
        self.rows, self._shapes, self._bytes = [], [], 0
        return line


def _text(value: Value) -> str | None:
    return None if value is None else str(json_value(value))


def _shp_text(value: Value) -> str | None:
    """Spreadsheets open the table of a Shapefile, so texts are escaped."""
    text = value.isoformat(timespec="seconds") if isinstance(value, datetime) else _text(value)
    return None if text is None else clip_text(safe_cell(text))


_CONVERTERS: Final[dict[str, Converter]] = {"text": _text} | dict.fromkeys(
    ("int", "real", "bool", "date", "moment"), json_value
)


def _line(message: dict[str, Any]) -> bytes:
    return json.dumps(message, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode() + b"\n"


def _checked_answer(answer: bytes, status: int, private: Path, plan: MapPlan) -> tuple[int, list[Path]]:
    """The number and files of the answer; Invalid for a Shapefile that grew too large, RuntimeError otherwise."""
    child_answer = json.loads(answer) if answer.endswith(b"\n") else {"failed": f"ended with {status}"}
    for warning in child_answer.get("warnings", ()):
        logger.warning("writing %s: %s", plan.file_format, warning)
    if "failed" not in child_answer:
        return int(child_answer["count"]), [private / Path(name).name for name in child_answer["files"]]
    sizes = [path.lstat().st_size for path in private.iterdir()]
    if plan.file_format == SHP and max(sizes, default=0) > MAX_SHP_BYTES - _MARGIN:
        raise Invalid({"format": _("Danh sách vượt quá 2 GB, Shapefile không chứa được; hãy chọn GeoPackage.")})
    message = f"no {plan.file_format} was written: {child_answer['failed']}"
    raise RuntimeError(message)


def _opened(path: Path) -> IO[bytes]:
    """Open a file of the child process without following links."""
    return os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb")


def _copy(source_path: Path, path: Path) -> None:
    with _opened(source_path) as source, path.open("wb") as target:
        shutil.copyfileobj(source, target)


def _zip(path: Path, files: list[Path], about: str) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as out:
        out.writestr("README.txt", f"\ufeff{about}")
        for file in files:
            with _opened(file) as source, out.open(file.name, "w", force_zip64=True) as target:
                shutil.copyfileobj(source, target)


def _about(data: Dataset, names: list[str], columns: list[FileColumn]) -> str:
    lines = [data.title, *(f"{label}: {text}" for label, text in data.notes), ""]
    lines.append(_("Tên trường trong tệp, tên đầy đủ và tên hiển thị:"))
    lines += [f"{name}\t{column.name}\t{column.label}" for name, column in zip(names, columns, strict=True)]
    lines += ["", _("Chữ dài hơn 254 byte bị cắt bớt; bản đầy đủ có trong CSV, XLSX, GeoJSON và GeoPackage.")]
    return "\r\n".join(lines) + "\r\n"
