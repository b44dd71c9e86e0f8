"""Streets and where they run."""

from __future__ import annotations

from registry.audit.labels import ACTION_LABELS, OBJECT_LABELS
from registry.kernel.feature import Feature
from registry.kernel.i18n import _l
from registry.streets.jobs import group

FEATURE = Feature(
    name="streets",
    commands=(group,),
    provides=(
        OBJECT_LABELS.named(
            {
                "street_line": _l("Tim đường"),
            }
        ),
        ACTION_LABELS.named(
            {
                "streets.import": _l("Nhập tim đường"),
            }
        ),
    ),
)
