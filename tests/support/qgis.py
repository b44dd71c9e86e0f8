"""QGIS of Debian, for `make interop`."""

import subprocess
from pathlib import Path

import pytest

QGIS_PYTHON = "/usr/bin/python3"


def _has_qgis():
    if not Path(QGIS_PYTHON).exists():
        return False
    return subprocess.run([QGIS_PYTHON, "-c", "import qgis.core"], capture_output=True, check=False).returncode == 0


NEEDS_QGIS = pytest.mark.skipif(not _has_qgis(), reason="needs Debian's python3-qgis")
#: Arguments: server, token, picture, the example of the document, collections with styles. Prints what it saw as JSON.
SCRIPT = """
import json, os, sys
from qgis.core import (
    QgsApplication, QgsAuthMethodConfig, QgsCoordinateReferenceSystem, QgsMapRendererSequentialJob, QgsMapSettings,
    QgsVectorTileLayer,
)
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor

server, token, picture, example, styled = sys.argv[1:]
application = QgsApplication([], True)
application.initQgis()
manager = QgsApplication.authManager()
manager.setMasterPassword("tests", True)
config = QgsAuthMethodConfig("Basic")
config.setName("register")
config.setConfig("username", "me")
config.setConfig("password", token)
manager.storeAuthenticationConfig(config)
authcfg = config.id()
names = {"server": server, "authcfg": authcfg}
exec(example, names)
layer = names["layer"]
features = list(layer.getFeatures()) if layer.isValid() else []

def tiles_of(code):
    layer = QgsVectorTileLayer(
        f"type=xyz&url={server}/ogc/collections/{code}/tiles/WebMercatorQuad/{{z}}/{{y}}/{{x}}"
        f"&zmin=0&zmax=18&authcfg={authcfg}&styleUrl={server}/ogc/styles/{code}", code
    )
    layer.loadDefaultStyle()
    return layer

tiles = tiles_of("structures")
# Kept: what a layer gives is gone with it.
layers = {code: tiles_of(code) for code in styled.split(",")}
styles = {code: [style.styleName() for style in each.renderer().styles()] for code, each in layers.items()}
settings = QgsMapSettings()
settings.setLayers([tiles])
settings.setDestinationCrs(QgsCoordinateReferenceSystem("EPSG:3857"))
settings.setOutputSize(QSize(600, 450))
settings.setBackgroundColor(QColor("white"))
from qgis.core import QgsCoordinateTransform, QgsProject
box = QgsCoordinateTransform(layer.crs(), settings.destinationCrs(), QgsProject.instance()).transformBoundingBox(
    layer.extent()
)
box.grow(2000)
settings.setExtent(box)
job = QgsMapRendererSequentialJob(settings)
job.start()
job.waitForFinished()
image = job.renderedImage()
image.save(picture)
colours = {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}
print(json.dumps({
    "features": len(features), "is_valid": layer.isValid(), "tiles_valid": tiles.isValid(), "colours": sorted(colours),
    "styles": styles,
    "labels": [feature["name"] for feature in features][:3],
}))
sys.stdout.flush()
# The libraries of QGIS end by a fault of memory where an interpreter tears them down.
os._exit(0)
"""
#: Arguments: GeoPackage, names of its layers, picture. Opens each with the style of the file, and prints what it saw.
OPEN_FILE = """
import json, os, sys
from qgis.core import QgsApplication, QgsMapRendererSequentialJob, QgsMapSettings, QgsVectorLayer
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor

path, names, picture = sys.argv[1:]
application = QgsApplication([], True)
application.initQgis()
layers = [QgsVectorLayer(f"{path}|layername={name}", name, "ogr") for name in names.split(",")]
settings = QgsMapSettings()
settings.setLayers(layers)
settings.setOutputSize(QSize(600, 450))
settings.setBackgroundColor(QColor("white"))
box = layers[0].extent()
for layer in layers:
    box.combineExtentWith(layer.extent())
box.grow(0.003)
settings.setExtent(box)
job = QgsMapRendererSequentialJob(settings)
job.start()
job.waitForFinished()
job.renderedImage().save(picture)
facts = {}
for layer in layers:
    renderer = layer.renderer()
    is_by_value = renderer.type() == "categorizedSymbol"
    facts[layer.name()] = {
        "renderer": renderer.type(),
        "labels": layer.labeling().settings().fieldName if layer.labelsEnabled() else "",
        "aliases": {field.name(): field.alias() for field in layer.fields()},
        "values": [each.label() for each in renderer.categories()] if is_by_value else [],
        "colours": [each.symbol().color().name() for each in renderer.categories()] if is_by_value else [],
    }
print(json.dumps(facts))
sys.stdout.flush()
os._exit(0)
"""
