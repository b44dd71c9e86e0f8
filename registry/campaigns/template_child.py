"""Program that fills in a department's own DOCX template in the sandbox.

Started by `own_template.py`. Its input is a line of JSON (what the template may name), then the template. Its answer is
a line of JSON, `{}` or why there is no file, then the file.
"""

from __future__ import annotations

import io
import json
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from docx import Document
from docxtpl import DocxTemplate
from jinja2 import StrictUndefined, TemplateError
from jinja2.exceptions import SecurityError, UndefinedError
from jinja2.sandbox import SandboxedEnvironment

from registry.campaigns.template_codes import BROKEN, CPU_S, FORBIDDEN, MOST_UNPACKED, SYNTAX, UNKNOWN
from registry.kernel import sandbox

_MEMORY_BYTES: Final = 400 * sandbox.MEGABYTE
_SHOWN: Final = 200


def main() -> None:
    """Answer on the standard output."""
    sandbox.apply_limits(CPU_S)
    header, _newline, template = sys.stdin.buffer.read().partition(b"\n")
    names = json.loads(header)
    # Once outside: what the libraries read and import on first use, the sandbox would not let them.
    for sample_names in ({"title": ""}, {}):
        _filled(_plain_document(), sample_names)
    sandbox.enter_sandbox(Path.cwd(), memory_bytes=_MEMORY_BYTES)
    refused, document = _filled(template, names)
    sys.stdout.buffer.write(json.dumps(refused).encode() + b"\n" + document)
    sys.stdout.buffer.flush()


def _plain_document() -> bytes:
    target = io.BytesIO()
    document = Document()
    document.add_paragraph("{{ title|replace('a', 'b') }}")
    document.save(target)
    return target.getvalue()


def _filled(template: bytes, names: Mapping[str, object]) -> tuple[dict[str, str], bytes]:
    environment = SandboxedEnvironment(autoescape=True, undefined=StrictUndefined)
    target = io.BytesIO()
    try:
        with zipfile.ZipFile(io.BytesIO(template)) as parts:
            if sum(part.file_size for part in parts.infolist()) > MOST_UNPACKED:
                return {"refused": BROKEN, "detail": "too large when unpacked"}, b""
        document = DocxTemplate(io.BytesIO(template))
        document.render(names, jinja_env=environment, autoescape=True)
        document.save(target)
    except SecurityError as error:
        return {"refused": FORBIDDEN, "detail": str(error)[:_SHOWN]}, b""
    except UndefinedError as error:
        return {"refused": UNKNOWN, "detail": str(error)[:_SHOWN]}, b""
    except TemplateError as error:
        return {"refused": SYNTAX, "detail": str(error)[:_SHOWN]}, b""
    except Exception as error:  # the parent logs it; a person reads that the file cannot be used
        return {"refused": BROKEN, "detail": f"{type(error).__name__}: {error}"[:_SHOWN]}, b""
    return {}, target.getvalue()


if __name__ == "__main__":
    main()
