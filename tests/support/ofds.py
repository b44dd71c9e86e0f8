"""Networks of the Open Fibre Data Standard, held against the schemas and checks that the standard publishes."""

import copy
import json
from functools import cache
from pathlib import Path

import libcoveofds.schema
from jsonschema import Draft202012Validator, FormatChecker
from libcoveofds.additionalfields import AdditionalFields
from libcoveofds.geojson import JSONToGeoJSONConverter
from libcoveofds.python_validate import PythonValidate
from libcoveofds.schema import OFDSSchema

FOLDER = Path(libcoveofds.schema.__file__).parent / "data"


@cache
def validator(version="0.4"):
    """The validator of network packages of a version."""
    schema = json.loads((FOLDER / f"schema-{version.replace('.', '-')}-0.json").read_text(encoding="utf-8"))
    return Draft202012Validator(schema, format_checker=FormatChecker())


def problems(document, version="0.4"):
    """What the schema finds; for the current version also the checks of references and of members not in the schema.

    A pole or a tower that no line ends at is none.
    """
    messages = [error.message for error in validator(version).iter_errors(document)]
    if version == OFDSSchema.schema_version:
        checked = PythonValidate(OFDSSchema()).validate(document)
        messages += [problem for problem in checked if problem["type"] != "node_not_used_in_any_spans"]
        messages += list(AdditionalFields(OFDSSchema()).process(document))
    return messages


def as_geojson(document):
    """The nodes and spans of a package as the standard's own converter gives them."""
    converter = JSONToGeoJSONConverter()
    converter.process_package(copy.deepcopy(document))
    return {"nodes.geojson": converter.get_nodes_geojson(), "spans.geojson": converter.get_spans_geojson()}
