"""The style of a layer as QGIS reads it from a GeoPackage (`layer_styles`): symbols by value, labels, field names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from xml.sax.saxutils import quoteattr

#: Columns that symbols follow, and those that label a feature; the first that a layer has.
SYMBOLS_BY: Final = ("kind", "state")
LABELS: Final = ("name", "number", "own_code", "registry_code")
#: More values than these have one symbol: no legend is read that is longer.
MOST_VALUES: Final = 40
#: Colours that people who see fewer of them tell apart (Okabe and Ito), and forms of points.
_COLOURS: Final = ("0,114,178", "230,159,0", "0,158,115", "204,121,167", "213,94,0", "86,180,233", "60,60,60")
_FORMS: Final = ("circle", "square", "triangle", "diamond", "pentagon", "star")
_TYPES: Final = {"diem": "marker", "tuyen": "line", "o_luoi": "fill"}
LAYER_STYLES: Final = """
CREATE TABLE layer_styles (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256), f_table_schema TEXT(256),
    f_table_name TEXT(256), f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT, styleSLD TEXT,
    useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30),
    update_time DATETIME DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
);
INSERT INTO gpkg_contents (table_name, data_type, identifier) VALUES ('layer_styles', 'attributes', 'layer_styles');
"""


def first_of(names: Sequence[str], wanted: Sequence[str]) -> str:
    """The first wanted column that a layer has; '' for none."""
    return next((name for name in wanted if name in names), "")


def layer_style(shape: str, names: Sequence[str], labels: Sequence[str], values: Sequence[str]) -> str:
    """The QML of a layer; `values`: those of the column that symbols follow, none for a single symbol."""
    attribute = first_of(names, SYMBOLS_BY) if values else ""
    renderer = f'<renderer-v2 type="singleSymbol"><symbols>{_symbol(shape, 0)}</symbols></renderer-v2>'
    if attribute:
        categories = "".join(
            f'<category render="true" symbol="{at}" value={quoteattr(value)} label={quoteattr(value)}/>'
            for at, value in enumerate(values)
        )
        symbols = "".join(_symbol(shape, at) for at in range(len(values)))
        renderer = (
            f'<renderer-v2 type="categorizedSymbol" attr={quoteattr(attribute)}>'
            f"<categories>{categories}</categories><symbols>{symbols}</symbols></renderer-v2>"
        )
    aliases = "".join(
        f'<alias field={quoteattr(name)} index="{at}" name={quoteattr(label)}/>'
        for at, (name, label) in enumerate(zip(names, labels, strict=True))
    )
    return (
        "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>"
        f'<qgis version="3.22.0" labelsEnabled="{int(bool(first_of(names, LABELS)))}">'
        f"<aliases>{aliases}</aliases>{renderer}{_labeling(shape, names)}</qgis>"
    )


def _symbol(shape: str, at: int) -> str:
    colour = _COLOURS[at % len(_COLOURS)]
    options = {"color": f"{colour},255", "outline_color": "255,255,255,255", "size": "3"}
    kind, layer = _TYPES[shape], "SimpleMarker"
    if kind == "marker":
        options["name"] = _FORMS[at // len(_COLOURS) % len(_FORMS)]
    elif kind == "line":
        layer, options = "SimpleLine", {"line_color": f"{colour},255", "line_width": "0.7"}
    else:
        layer, options = "SimpleFill", {"color": f"{colour},60", "outline_color": f"{colour},255"}
    inner = "".join(f'<Option name="{name}" type="QString" value="{value}"/>' for name, value in options.items())
    return (
        f'<symbol type="{kind}" name="{at}" alpha="1"><layer class="{layer}" enabled="1" locked="0" pass="0">'
        f'<Option type="Map">{inner}</Option></layer></symbol>'
    )


def _labeling(shape: str, names: Sequence[str]) -> str:
    field = first_of(names, LABELS)
    if not field:
        return ""
    placement = {"diem": 0, "tuyen": 2, "o_luoi": 1}[shape]
    return (
        f'<labeling type="simple"><settings><text-style fieldName={quoteattr(field)} fontFamily="Noto Sans"'
        ' fontSize="8" textColor="40,40,40,255"><text-buffer bufferDraw="1" bufferSize="0.7"'
        ' bufferColor="255,255,255,255"/>'
        f'</text-style><placement placement="{placement}" dist="1"/>'
        '<rendering drawLabels="1" scaleVisibility="1" scaleMin="1" scaleMax="25000"/></settings></labeling>'
    )
