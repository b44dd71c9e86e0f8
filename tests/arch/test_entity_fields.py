"""A field of an entity is declared once: its label stands in the model, and nowhere else of its feature (ADR 0037)."""

import re

import pytest

from registry.kernel.db.base import Base
from registry.kernel.fields import fields_of
from registry.planned_sites.forms import NEED_FIELDS, radius_field
from registry.structures.models import Structure
from tests.arch.sources import CHECKOUT, text_of
from tests.support.offenders import no_offenders

#: Features whose models declare the fields of their entities.
ENTITIES = {
    "accounts": ("organisation", "user_account"),
    "campaigns": ("report_campaign",),
    "colocation": ("colocation_agreement",),
    "incidents": ("incident", "incident_report"),
    "routelists": ("route_item",),
    "tariffs": ("tariff",),
    "villages": ("village",),
    "violations": ("violation", "violation_delegation"),
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


def places_of(label, sources):
    """The files, in the order of `sources`, that state a label as a text of their own."""
    text = re.compile(rf'\b_l?\(\s*"{re.escape(str(label))}"\s*[,)]')
    paths = [path.relative_to(CHECKOUT).as_posix() for path in sources if text.search(text_of(path))]
    return [path for path in paths if path not in OTHER_MEANINGS]


def test_entities_are_versioned_models_with_declared_fields():
    declared = {(feature, model.__table__.name) for feature, model in declared_models() if fields_of(model)}
    assert declared == {(feature, name) for feature, names in ENTITIES.items() for name in names}
    assert not any(issubclass(model, Structure) for _feature, model in declared_models())


def test_the_fields_of_a_planned_site_stand_once_in_its_feature():
    sources = [
        path for folder in ("registry", "templates") for path in (CHECKOUT / folder / "planned_sites").rglob("*.*")
    ]
    fields = (*NEED_FIELDS, radius_field({"usual": 100, "most": 1000}))
    sources = [path for path in sources if path.suffix in (".py", ".html")]
    assert {field.name: places_of(field.label, sources) for field in fields} == {
        field.name: ["registry/planned_sites/forms.py"] for field in fields
    }


def test_the_label_of_a_field_stands_once_in_its_feature():
    twice = []
    for feature, model in declared_models():
        sources = [
            *sorted((CHECKOUT / "registry" / feature).rglob("*.py"), key=lambda path: path.name != "models.py"),
            *(CHECKOUT / "templates" / feature).rglob("*.html"),
        ]
        for field in fields_of(model).values():
            twice += [f"{path}: {field.name}: {field.label}" for path in places_of(field.label, sources)[1:]]
    no_offenders(
        "the label of a declared field stands once",
        twice,
        "read it from the declaration: fields_named, declared_columns, facts_of, fields_of",
    )
