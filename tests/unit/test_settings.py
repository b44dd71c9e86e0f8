"""Declarations of the dated settings: typed texts, stored values, and the values in words."""

import re
from datetime import date
from decimal import Decimal

import pytest

from config.settings import CHECKOUT
from registry.kernel.dated_rows import cite
from registry.kernel.dated_settings import SETTINGS, PartShape
from registry.kernel.errors import Invalid
from registry.kernel.i18n import LANGUAGES, force_locale
from registry.settings.rules import described, stored_value, typed_texts
from tests.support.offenders import no_offenders

#: Became targets of indicators, or were dropped by a later revision.
MOVED = {"kpi.bts_shared_position_pct", "kpi.underground_cable_pct", "public.least_count"}


def bounds_of(field):
    """The least and the most value of a numeric field."""
    return [value for value in (field.minimum, field.maximum) if value is not None]


def test_every_first_setting_is_declared():
    paths = [*(CHECKOUT / "migrations").rglob("*.sql"), *(CHECKOUT / "migrations" / "versions").glob("*.py")]
    files = [path.read_text(encoding="utf-8") for path in paths]
    seeds = "\n".join(file for file in files if "INSERT INTO dated_setting" in file)
    assert set(re.findall(r"^[\s\"]*\('([a-z_0-9.]+\.[a-z_0-9]+)'", seeds, re.MULTILINE)) - MOVED == set(SETTINGS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_setting_has_labels_and_bounds(language):
    offenders = []
    with force_locale(language):
        for setting in SETTINGS.values():
            fields = [field for part in setting.parts for field in (part.columns or (part.field,))]
            if not all(
                str(label).strip() for label in (setting.label, setting.subject, *(field.label for field in fields))
            ):
                offenders.append((setting.key, "a label is empty"))
            offenders += [
                (setting.key, field.name, "has no least or no most value")
                for field in fields
                if field.python_type in (int, Decimal) and None in (field.minimum, field.maximum)
            ]
    no_offenders("every setting has labels, every number two bounds", offenders, "complete the declaration")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", sorted(SETTINGS))
def test_every_bound_is_typed_stored_and_shown_as_it_is(loaded_app, key, language):
    declaration = SETTINGS[key]
    with loaded_app.test_request_context(), force_locale(language):
        for which in (0, -1):
            value = {}
            for part in declaration.parts:
                fill(value, part, which)
            value = value.get("", value)
            typed = typed_texts(declaration, value)
            assert stored_value(declaration, typed) == value
            assert all(label and text for label, text in described(declaration, value))


def fill(value, part, which):
    """Put the least (0) or the most (-1) value of a part where it is stored; "" is the value itself."""

    def of(field):
        bounds = bounds_of(field)
        if not bounds:
            return {bool: which == 0, date: "2026-01-31"}.get(field.python_type, "THA")
        number = bounds[which]
        return int(number) if number == int(number) else float(number)

    if part.shape is PartShape.ONE:
        entry = f"{Decimal(str(of(part.field))).normalize():f}" if part.as_text else of(part.field)
    elif part.shape is PartShape.LIST:
        entry = [of(part.columns[0])]
    elif part.shape is PartShape.ROWS:
        entry = [{column.name: of(column) for column in part.columns}]
    else:
        entry = {"14758": {column.name: of(column) for column in part.columns[1:]}}
    target = value
    for name in part.path[:-1]:
        target = target.setdefault(name, {})
    target[part.path[-1] if part.path else ""] = entry


@pytest.mark.parametrize(
    ("key", "typed", "name"),
    [
        ("export.link_days", {"value": "0"}, "value"),
        ("export.link_days", {"value": "7,5"}, "value"),
        ("export.link_days", {"value": ""}, "value"),
        ("upkeep.reminder_days", {"value": "14, ba, 0"}, "value"),
        ("upkeep.reminder_days", {"value": "14,,0"}, "value"),
        ("pole.power_distance_m", {"steps": "1; 1,25\n35"}, "steps"),
        ("pole.power_distance_m", {"steps": "1; xa"}, "steps"),
        ("pole.power_distance_m", {"steps": "1; 1\n" * 201}, "steps"),
        ("permit.exempt_from", {"value": "31/02/2026"}, "value"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_name_of_the_part(loaded_app, key, typed, name):
    with loaded_app.test_request_context(), pytest.raises(Invalid) as refused:
        stored_value(SETTINGS[key], typed)
    assert list(refused.value.fields) == [name]


def test_a_commune_is_given_its_own_spacing_once(loaded_app):
    spacing = SETTINGS["planned_sites.mast_spacing"]
    typed = dict.fromkeys(("urban_same", "urban_different", "other_same", "other_different", "exempt_height_m"), "3")
    with loaded_app.test_request_context():
        stored = stored_value(spacing, typed | {"units": "14758; 300; 120"})
        assert stored["units"] == {"14758": {"same": 300, "different": 120}}
        assert stored_value(spacing, typed | {"units": ""})["units"] == {}
        with pytest.raises(Invalid, match="đã có ở dòng trên"):
            stored_value(spacing, typed | {"units": "14758; 300; 120\n14758; 1; 1"})


def test_an_owners_row_names_only_what_differs(loaded_app):
    with loaded_app.test_request_context():
        assert stored_value(SETTINGS["screening.duct"], {"fill_pct": "35"}, is_partial=True) == {"fill_pct": 35}
        with pytest.raises(Invalid):
            stored_value(SETTINGS["screening.duct"], {"fill_pct": "35"})
        with pytest.raises(Invalid):
            stored_value(SETTINGS["screening.duct"], {}, is_partial=True)


def test_only_a_confirmed_source_is_cited(loaded_app):
    with loaded_app.test_request_context():
        assert cite("QĐ 1", needs_verification=False) == "QĐ 1"
        assert cite("ghi theo trí nhớ", needs_verification=True) == "theo cấu hình của Sở"
