"""The form of an obstacle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from wtforms import SelectChoice, SelectField

from registry.kernel.fields import Field, fields_of
from registry.kernel.forms.base import BaseForm
from registry.kernel.forms.builder import declared_form, values_of
from registry.kernel.i18n import _, _l
from registry.obstacles.commands import RaiseObstacle
from registry.obstacles.models import Obstacle

_NAMES: Final = ("subject", "field", "address", "description")
FIELDS: Final[Mapping[str, Field]] = {name: fields_of(Obstacle)[name] for name in _NAMES}


class _Commune(BaseForm):
    #: The service says of a commune that has ended what it became.
    commune = SelectField(_l("Xã, phường"), coerce=int, validate_choice=False)

    def offer(self, communes: Sequence[tuple[int, str]]) -> None:
        """The communes of today."""
        self.commune.choices = [
            SelectChoice(0, _("Không giới hạn xã, phường")),
            *(SelectChoice(unit_id, name) for unit_id, name in communes),
        ]

    def to_command(self) -> RaiseObstacle:
        return RaiseObstacle(values_of(self, FIELDS), self.commune.data or None)


ObstacleForm = declared_form("ObstacleForm", FIELDS.values(), _Commune)
