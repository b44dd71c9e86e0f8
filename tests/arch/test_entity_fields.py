"""A field of an entity is declared once: its label stands in the model, and nowhere else of its feature (ADR 0037)."""

import re

import pytest

from registry.kernel.db.base import Base
from registry.kernel.fields import fields_of
from registry.structures.models import Structure
from tests.arch.sources import CHECKOUT, text_of
from tests.support.offenders import no_offenders

#: Features whose models declare the fields of their entities.
ENTITIES = {
    "accounts": ("organisation", "user_account"),
    "campaigns": ("report_campaign",),
    "colocation": ("colocation_agreement",),
    "incidents": ("incident_report",),
    "routelists": ("route_item",),
    "tariffs": ("tariff",),
    "villages": ("village",),
}

#: Places that say the words of a label as something else: the title of a page, a task.
OTHER_MEANINGS = {"templates/accounts/digests.html", "registry/colocation/agreements/workflow/__init__.py"}


@pytest.fixture(autouse=True)
def program(loaded_app):
    """All features are mounted."""
    return loaded_app


def declared_models():
    for mapper in Base.registry.mappers:
        model = mapper.class_
        if model.__table__.name in {name for names in ENTITIES.values() for name in names}:
            yield model.__module__.split(".")[1], model


def test_entities_are_versioned_models_with_declared_fields():
    declared = {(feature, model.__table__.name) for feature, model in declared_models() if fields_of(model)}
    assert declared == {(feature, name) for feature, names in ENTITIES.items() for name in names}
    assert not any(issubclass(model, Structure) for _feature, model in declared_models())


def test_the_label_of_a_field_stands_once_in_its_feature():
    twice = []
    for feature, model in declared_models():
        sources = [
            *sorted((CHECKOUT / "registry" / feature).rglob("*.py"), key=lambda path: path.name != "models.py"),
            *(CHECKOUT / "templates" / feature).rglob("*.html"),
        ]
        for field in fields_of(model).values():
            label = re.compile(rf'\b_l?\(\s*"{re.escape(str(field.label))}"\s*[,)]')
            places = [path for path in sources if label.search(text_of(path))]
            places = [path for path in places if str(path.relative_to(CHECKOUT)) not in OTHER_MEANINGS]
            twice += [f"{path.relative_to(CHECKOUT)}: {field.name}: {field.label}" for path in places[1:]]
    no_offenders(
        "the label of a declared field stands once",
        twice,
        "read it from the declaration: fields_named, declared_columns, facts_of, fields_of",
    )
