"""Questions about files that are sent: asked before anything is kept, answered by sending the same once more."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from registry.kernel.errors import Invalid
from registry.kernel.i18n import _


def ask_once(asked: Any, name: str, questions: Sequence[str]) -> None:
    """Invalid at the field `name` with the questions, unless the form showed the same ones before.

    `asked` is the hidden field that says which were shown; it takes these. The caller has stored the files in the
    savepoint of `submit`, which is rolled back.
    """
    if not questions:
        return
    digest = sha256("\n".join(sorted(questions)).encode()).hexdigest()
    if asked.data == digest:
        return
    asked.data = digest
    again = _("Nếu đúng là ảnh của vụ việc này, hãy gửi lại lần nữa.")
    raise Invalid({name: [*questions, again]})
