"""A label of Viettel on each of two towers: what the rows of the table name, and what its form sends."""

from tests.factories.labels import labelled
from tests.factories.structures import make

LABEL_FIELDS = {"labels.issue": {"codes": "{code}"}}


def label_objects(ctx_of, position):
    """Object of the table -> what fills addresses and bodies."""
    with ctx_of("viettel") as ctx:
        codes = [make(ctx, at=position).code, make(ctx, at=position, sharing_status="restricted").code]
    with ctx_of("viettel") as ctx:
        labels = labelled(ctx, *codes)
    return {
        name: {"sheet_id": label.sheet_id, "label_id": label.id, "size": "a4", "code": code, "label": label.code}
        for name, label, code in zip(("viettel label", "viettel restricted label"), labels, codes, strict=True)
    }
