"""OGC API Features and Tiles at `/ogc`: the register for QGIS, GDAL and scripts (docs/interfaces.md)."""
