"""Access tokens: how programs (QGIS, GDAL, scripts) sign in to the interfaces, with less than their owner may do."""
