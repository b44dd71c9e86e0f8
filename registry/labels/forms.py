"""The form of a set of labels."""

from __future__ import annotations

from wtforms import TextAreaField
from wtforms.validators import Length

from registry.kernel.forms.base import BaseForm
from registry.kernel.i18n import _l
from registry.labels.commands import IssueLabels
from registry.labels.rules import MOST, read_structure_codes

_MOST_TEXT = 20_000


class LabelsForm(BaseForm):
    """The structures that get labels, by their codes."""

    codes = TextAreaField(
        _l("Mã công trình"),
        validators=[Length(max=_MOST_TEXT)],
        description=_l(
            "Mỗi dòng một mã tỉnh hoặc mã của chủ sở hữu, tối đa %(most)d mã; nhãn được in theo thứ tự này.", most=MOST
        ),
    )

    def to_command(self) -> IssueLabels:
        """The command of what was typed."""
        return IssueLabels(read_structure_codes(self.codes.data or ""))
