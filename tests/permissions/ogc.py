"""Collections of the open interface, and a tower of Viettel in it that only few may know of."""

from tests.factories.structures import make, place_outside

TILE = {"tile_set": "WebMercatorQuad", "zoom": 7, "row": 57, "column": 101}


def ogc_objects(ctx_of):
    """Object of the table -> what its addresses are filled with."""
    with ctx_of("viettel") as ctx:
        hidden = make(ctx, at=place_outside(ctx.session, [0]), sharing_status="restricted", name="Kín")
    return {
        "collection structures": {"collection": "structures", **TILE},
        "collection violations": {"collection": "violations", **TILE},
        "collection restricted": {"collection": "structures", "feature_id": hidden.id},
    }
